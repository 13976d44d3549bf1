//! Attributes on one scale: distances mean nothing while one column is in days and the next in euros.

use ndarray::{Array2, ArrayView2, ArrayViewMut1};
use serde::{Deserialize, Serialize};

use super::data::Names;
use super::rows::{CHUNK, Rows};
use crate::error::{Error, Result};
use crate::numerics::brent::minimise_scalar;
use crate::numerics::parallel;

/// The range of the Yeo-Johnson power. Beyond it transformed values differ by rounding only.
const LARGEST_POWER: f64 = 5.0;

/// What happens to a column before distances are taken.
///
/// | scaling | a value x becomes |
/// |---|---|
/// | `None` | x |
/// | `Standard` | (x − mean)/standard deviation (of the population, as scikit-learn's `StandardScaler`) |
/// | `Robust` | (x − median)/(third − first quartile), as scikit-learn's `RobustScaler` |
/// | `Log` | ln(1 + x), then standard; for amounts and counts, x ≥ 0 |
/// | `YeoJohnson` | the power transform whose result is closest to normal by maximum likelihood, then standard |
///
/// Source: Yeo & Johnson 2000, "A New Family of Power Transformations to Improve Normality or Symmetry",
/// Biometrika 87(4), equation 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scaling {
    /// Values as they are.
    #[default]
    None,
    /// Mean 0 and standard deviation 1.
    Standard,
    /// Median 0 and interquartile range 1.
    Robust,
    /// Logarithm of 1 + x, then mean 0 and standard deviation 1.
    Log,
    /// Power transform with fitted power, then mean 0 and standard deviation 1.
    YeoJohnson,
}

impl Scaling {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("standard", Self::Standard),
        ("robust", Self::Robust),
        ("log", Self::Log),
        ("yeo-johnson", Self::YeoJohnson),
    ];
}

impl std::str::FromStr for Scaling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, scaling)| *scaling).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|(n, _)| *n).collect();
            Error::argument("scaling", name, format!("it must be one of {}", names.join(", ")))
        })
    }
}

/// The fitted scaling of one column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ColumnScale {
    /// What was asked for.
    pub scaling: Scaling,
    /// The power of Yeo-Johnson; 1 for all else.
    pub lambda: f64,
    /// Taken from the transformed value.
    pub center: f64,
    /// What the rest is divided by.
    pub scale: f64,
}

impl ColumnScale {
    /// The scaled value.
    #[must_use]
    pub fn apply(&self, x: f64) -> f64 {
        (self.transform(x) - self.center) / self.scale
    }

    /// The value that is scaled to `z`; the nearest end of the range where there is none (Yeo-Johnson maps the
    /// line on a half-line if its power is below 0 or above 2).
    #[must_use]
    pub fn invert(&self, z: f64) -> f64 {
        let y = z * self.scale + self.center;
        match self.scaling {
            Scaling::Log => y.exp_m1(),
            Scaling::YeoJohnson => inverse_yeo_johnson(y, self.lambda),
            _ => y,
        }
    }

    fn transform(&self, x: f64) -> f64 {
        match self.scaling {
            Scaling::Log => x.ln_1p(),
            Scaling::YeoJohnson => yeo_johnson(x, self.lambda),
            _ => x,
        }
    }

    /// Logarithm of the derivative of the scaled value: what a density has to be multiplied by.
    pub(super) fn ln_derivative(&self, x: f64) -> f64 {
        let of_transform = match self.scaling {
            Scaling::Log => -x.ln_1p(),
            Scaling::YeoJohnson => (self.lambda - 1.0) * x.abs().ln_1p().copysign(x),
            _ => 0.0,
        };
        of_transform - self.scale.ln()
    }

    fn is_valid(&self) -> bool {
        self.lambda.abs() <= LARGEST_POWER && self.center.is_finite() && self.scale.is_finite() && self.scale > 0.0
    }
}

/// The columns of a fitted model: their names and scales.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    names: Vec<String>,
    columns: Vec<ColumnScale>,
}

impl Scaler {
    /// Fits the scaling of each column to distinct rows, then scales them in place.
    pub(super) fn fit(model: &'static str, names: Names, scalings: &[Scaling], rows: &mut Rows) -> Result<Self> {
        let mut columns = Vec::with_capacity(scalings.len());
        for (j, &scaling) in scalings.iter().enumerate() {
            columns.push(match scaling {
                Scaling::None => ColumnScale { scaling, lambda: 1.0, center: 0.0, scale: 1.0 },
                _ => fit_column(model, &names.0[j], scaling, &rows.column(j), &rows.weight)?,
            });
        }
        if scalings.iter().any(|s| *s != Scaling::None) {
            let d = rows.columns;
            parallel::fill(&mut rows.x, CHUNK * d, |_, part| {
                part.chunks_exact_mut(d)
                    .for_each(|row| row.iter_mut().zip(&columns).for_each(|(x, c)| *x = c.apply(*x)));
            });
        }
        Ok(Self { names: names.0, columns })
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Their scales.
    #[must_use]
    pub fn columns(&self) -> &[ColumnScale] {
        &self.columns
    }

    /// Scales a table of values; the caller has checked its columns.
    pub(super) fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut scaled = x.to_owned();
        scaled.rows_mut().into_iter().for_each(|row| self.apply_row(row));
        scaled
    }

    fn apply_row(&self, mut row: ArrayViewMut1<'_, f64>) {
        row.iter_mut().zip(&self.columns).for_each(|(x, column)| *x = column.apply(*x));
    }

    /// Rows of scaled values in the units of the data.
    pub(super) fn invert(&self, scaled: ArrayView2<'_, f64>) -> Array2<f64> {
        Array2::from_shape_fn(scaled.dim(), |(i, j)| self.columns[j].invert(scaled[(i, j)]))
    }

    /// Columns and values of new rows, before [`apply`](Self::apply).
    pub(super) fn check(&self, x: ArrayView2<'_, f64>) -> Result<()> {
        super::data::check_columns(x, &self.names)?;
        for (j, column) in self.columns.iter().enumerate().filter(|(_, c)| c.scaling == Scaling::Log) {
            not_negative(&self.names[j], x.column(j).iter().copied())?;
            debug_assert!(column.is_valid());
        }
        Ok(())
    }

    #[cfg(feature = "json")]
    /// Of a file that may have been edited.
    pub(super) fn check_saved(&self) -> Result<()> {
        if self.names.len() == self.columns.len() && self.columns.iter().all(ColumnScale::is_valid) {
            return Ok(());
        }
        Err(Error::argument(
            "scaler",
            "columns",
            "each column needs a name, finite center and lambda, and a positive scale",
        ))
    }
}

fn fit_column(
    model: &'static str,
    name: &str,
    scaling: Scaling,
    values: &[f64],
    weight: &[f64],
) -> Result<ColumnScale> {
    let mut column = ColumnScale { scaling, lambda: 1.0, center: 0.0, scale: 1.0 };
    if values.iter().all(|v| *v == values[0]) {
        return Err(Error::NotIdentified {
            model,
            reason: format!("column `{name}` has the same value, {}, in every row, and cannot be scaled", values[0]),
            remedy: "Leave the column out".to_owned(),
        });
    }
    match scaling {
        Scaling::Robust => {
            let [first, median, third] = quartiles(values, weight);
            if third <= first {
                return Err(Error::NotIdentified {
                    model,
                    reason: format!(
                        "column `{name}` has the value {median} in half of the rows or more, so its interquartile range is 0"
                    ),
                    remedy: "Use another scaling for it, such as standard or log".to_owned(),
                });
            }
            (column.center, column.scale) = (median, third - first);
            return Ok(column);
        }
        Scaling::Log => not_negative(name, values.iter().copied())?,
        Scaling::YeoJohnson => column.lambda = power(values, weight),
        Scaling::None | Scaling::Standard => {}
    }
    let (mean, variance) = moments(values.len(), |i| column.transform(values[i]), weight);
    column.center = mean;
    column.scale = variance.sqrt();
    if !column.is_valid() {
        return Err(Error::NotIdentified {
            model,
            reason: format!(
                "column `{name}` varies so little or so much that its standard deviation is {}",
                column.scale
            ),
            remedy: "Change its unit, or use another scaling for it".to_owned(),
        });
    }
    Ok(column)
}

fn not_negative(name: &str, mut values: impl Iterator<Item = f64>) -> Result<()> {
    match values.position(|v| v < 0.0) {
        None => Ok(()),
        Some(row) => Err(Error::argument(
            "scaling",
            format!("log for column `{name}`"),
            format!(
                "row {row} (of the distinct rows, where rows repeat) has a negative value; use yeo-johnson, which takes any number"
            ),
        )),
    }
}

/// Weighted mean and variance, in chunks of fixed length.
fn moments(len: usize, value: impl Fn(usize) -> f64 + Sync, weight: &[f64]) -> (f64, f64) {
    let sums = |f: &(dyn Fn(usize) -> f64 + Sync)| -> f64 {
        parallel::map_chunks(len, CHUNK, |range| range.map(|i| weight[i] * f(i)).sum::<f64>()).sum()
    };
    let total = sums(&|_| 1.0);
    let mean = sums(&value) / total;
    (mean, sums(&|i| (value(i) - mean).powi(2)) / total)
}

/// First quartile, median and third quartile by linear interpolation; a weight counts how often a value occurs.
fn quartiles(values: &[f64], weight: &[f64]) -> [f64; 3] {
    let mut order: Vec<(f64, f64)> = values.iter().copied().zip(weight.iter().copied()).collect();
    parallel::sort_by(&mut order, |a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut until = Vec::with_capacity(order.len());
    let mut total = 0.0;
    for (_, w) in &order {
        total += w;
        until.push(total);
    }
    let at = |place: f64| order[until.partition_point(|u| *u <= place).min(order.len() - 1)].0;
    [0.25, 0.5, 0.75].map(|p| {
        let place = (p * (total - 1.0)).max(0.0);
        let (below, above) = (at(place.floor()), at(place.floor() + 1.0));
        below + (place - place.floor()) * (above - below)
    })
}

fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 { power_of(x.ln_1p(), lambda) } else { -power_of((-x).ln_1p(), 2.0 - lambda) }
}

/// ((e^l)^λ − 1)/λ, and its limit l at λ = 0.
fn power_of(l: f64, lambda: f64) -> f64 {
    if lambda.abs() < 1e-12 { l } else { (lambda * l).exp_m1() / lambda }
}

fn inverse_yeo_johnson(y: f64, lambda: f64) -> f64 {
    let inverse = |y: f64, lambda: f64| {
        if lambda.abs() < 1e-12 { y.exp_m1() } else { ((lambda * y).max(f64::EPSILON - 1.0).ln_1p() / lambda).exp_m1() }
    };
    if y >= 0.0 { inverse(y, lambda) } else { -inverse(-y, 2.0 - lambda) }
}

/// The power with the largest likelihood: −W/2 ln variance + (λ − 1) Σ w sign(x) ln(1 + |x|), per unit of weight.
fn power(values: &[f64], weight: &[f64]) -> f64 {
    let logs: Vec<f64> = values.iter().map(|x| x.abs().ln_1p().copysign(*x)).collect();
    let (mean_log, _) = moments(logs.len(), |i| logs[i], weight);
    let one_sided = logs.iter().all(|l| *l >= 0.0);
    let (least, largest) = logs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), l| (a.min(*l), b.max(*l)));
    let negative_log_likelihood = |lambda: f64| {
        let ln_variance = if one_sided && lambda.abs() > 1e-3 {
            // The constant −1/λ plays no role for the variance, and without it nothing cancels or overflows.
            let top = (lambda * least).max(lambda * largest);
            let (_, variance) = moments(logs.len(), |i| (lambda * logs[i] - top).exp(), weight);
            variance.ln() + 2.0 * (top - lambda.abs().ln())
        } else {
            moments(values.len(), |i| yeo_johnson(values[i], lambda), weight).1.ln()
        };
        let value = 0.5 * ln_variance - (lambda - 1.0) * mean_log;
        if value.is_finite() { value } else { f64::INFINITY }
    };
    minimise_scalar(-LARGEST_POWER, LARGEST_POWER, 1e-9, negative_log_likelihood)
}

#[cfg(test)]
#[path = "scaling_tests.rs"]
mod tests;
