//! Drivers of satisfaction: which rated attributes move the overall answer.

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::student_quantile;
use crate::numerics::least_squares::{Covariance, least_squares};
use crate::numerics::symmetric::eigen;
use crate::table::{Column, Table};

/// One attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Driver {
    /// Its name.
    pub name: String,
    /// Mean rating, with t interval.
    pub performance: Estimate,
    /// Regression coefficient: change of the overall answer per unit of the rating, others held; t interval with errors that
    /// allow for unequal variances (HC3).
    pub coefficient: Estimate,
    /// Importance: the share of the explained variance that is the attribute's (Johnson 2000), with a normal interval.
    pub importance: Estimate,
    /// Correlation with the overall answer.
    pub correlation: f64,
    /// Where it lies: above or below the mean importance and the mean performance (Martilla & James 1977).
    pub quadrant: &'static str,
}

/// All attributes of a survey, or of one segment of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drivers {
    /// In the order of the columns.
    pub drivers: Vec<Driver>,
    /// Share of the variance of the overall answer that the attributes explain.
    pub r_squared: f64,
    /// Customers who answered.
    pub answers: usize,
}

impl Drivers {
    /// Columns `attribute, performance, performance_low, performance_high, importance, …, coefficient, …, correlation, quadrant`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        let text = |of: fn(&Driver) -> String| Column::Text(self.drivers.iter().map(of).collect());
        table.push("attribute", text(|d| d.name.clone()))?;
        type Part = (&'static str, fn(&Driver) -> Estimate);
        let parts: [Part; 3] =
            [("performance", |d| d.performance), ("importance", |d| d.importance), ("coefficient", |d| d.coefficient)];
        for (name, of) in parts {
            let column = |get: fn(Estimate) -> f64| Column::Float(self.drivers.iter().map(|d| get(of(d))).collect());
            table.push(name, column(|e| e.value))?;
            table.push(&format!("{name}_low"), column(|e| e.interval.low))?;
            table.push(&format!("{name}_high"), column(|e| e.interval.high))?;
        }
        table.push("correlation", Column::Float(self.drivers.iter().map(|d| d.correlation).collect()))?;
        table.push("quadrant", text(|d| d.quadrant.to_owned()))?;
        Ok(table)
    }
}

/// Importance against performance of rated attributes.
///
/// `ratings` has a row per answer and a column per attribute, `overall` is the answer that they should explain. Importance is
/// Johnson's relative weight (2000, Multivariate Behavioral Research 35(1)): the attributes are replaced by the orthogonal
/// variables closest to them, R = Λ², whose squared coefficients are shared out by Λ²; weights are positive and sum to R², also for
/// attributes that move together, where coefficients mislead. The interval is that of the delta method over the covariances.
///
/// ```
/// use cpm_core::portfolio::satisfaction_drivers;
/// use ndarray::Array2;
/// let ratings = Array2::from_shape_fn((60, 2), |(i, j)| ((i * (7 + 4 * j)) % (5 + 2 * j)) as f64);
/// let overall: Vec<f64> = ratings.rows().into_iter().map(|r| 3.0 * r[0] + r[1]).collect();
/// let drivers = satisfaction_drivers(ratings.view(), &["speed".into(), "price".into()], &overall, 0.95)?;
/// assert!((drivers.r_squared - 1.0).abs() < 1e-12);
/// assert!((drivers.drivers[0].coefficient.value - 3.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for numbers that are not finite; [`Error::NotIdentified`] for too few answers, an
/// attribute (or an overall answer) that does not vary, or one that is a combination of others.
pub fn satisfaction_drivers(
    ratings: ArrayView2<'_, f64>,
    names: &[String],
    overall: &[f64],
    level: f64,
) -> Result<Drivers> {
    error::level("level", level)?;
    let (n, k) = ratings.dim();
    check(ratings, names, overall)?;
    let unfit = |reason: String, remedy: &str| Error::NotIdentified {
        model: "the regression on the attributes",
        reason,
        remedy: remedy.to_owned(),
    };
    if n < k + 3 {
        let reason = format!("there are {n} answers for {k} attributes");
        return Err(unfit(reason, "Give more answers, or fewer attributes"));
    }
    // Standardised columns, the overall answer last.
    let column = |j: usize| -> Vec<f64> { if j < k { ratings.column(j).to_vec() } else { overall.to_vec() } };
    let mut z = Array2::zeros((n, k + 1));
    let (mut means, mut deviations) = (Vec::new(), Vec::new());
    for j in 0..=k {
        let values = column(j);
        let mean = values.iter().sum::<f64>() / n as f64;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        if deviation <= 1e-12 * mean.abs() {
            let name = names.get(j).map_or("the overall answer", |n| n);
            return Err(unfit(format!("{name} is the same in all answers"), "Leave it out"));
        }
        values.iter().enumerate().for_each(|(i, v)| z[(i, j)] = (v - mean) / deviation);
        means.push(mean);
        deviations.push(deviation);
    }
    let dependent = |j: usize| {
        let reason = format!("{} is a combination of the attributes before it", names.get(j).map_or("", |n| n));
        unfit(reason, "Leave it out, or merge them")
    };
    // Standardised columns are centred: the intercept is orthogonal to them, but takes a degree of freedom and leverage.
    let design = Array2::from_shape_fn((n, k + 1), |(i, j)| if j < k { z[(i, j)] } else { 1.0 });
    let y = z.column(k).to_vec();
    let fit = least_squares(design.view(), &y, Covariance::Hc3).map_err(dependent)?;
    let r_squared = (1.0 - fit.residual_sum / n as f64).clamp(0.0, 1.0);

    let covariance = z.t().dot(&z) / n as f64;
    let weights = shares(&covariance);
    let errors = share_errors(&z, &covariance);
    let t = student_quantile(fit.degrees_of_freedom as f64, 0.5 + 0.5 * level);
    let about =
        |value: f64, reach: f64| Estimate { value, interval: Interval { low: value - reach, high: value + reach } };
    let mean_performance = means[..k].iter().sum::<f64>() / k as f64;
    let driver = |j: usize| {
        let scale = deviations[k] / deviations[j];
        let own = (n as f64 / (n as f64 - 1.0)).sqrt() * deviations[j] / (n as f64).sqrt();
        let reach = half_width(level) * errors[j];
        let interval = Interval { low: (weights[j] - reach).max(0.0), high: (weights[j] + reach).min(1.0) };
        let quadrant = match (weights[j] >= 1.0 / k as f64, means[j] >= mean_performance) {
            (true, true) => "keep up",
            (true, false) => "concentrate here",
            (false, false) => "low priority",
            (false, true) => "possible overkill",
        };
        Driver {
            name: names[j].clone(),
            performance: about(means[j], student_quantile(n as f64 - 1.0, 0.5 + 0.5 * level) * own),
            coefficient: about(fit.coefficients[j] * scale, t * fit.standard_error(j) * scale),
            importance: Estimate { value: weights[j], interval },
            correlation: covariance[(j, k)],
            quadrant,
        }
    };
    Ok(Drivers { drivers: (0..k).map(driver).collect(), r_squared, answers: n })
}

/// The drivers of each segment; `groups` numbers each answer's segment from 0. A segment whose answers do not identify them has
/// the reason instead.
///
/// # Errors
/// As [`satisfaction_drivers`] for the columns as a whole; [`Error::InvalidValue`] for a group of `count` or above.
pub fn satisfaction_drivers_by_group(
    ratings: ArrayView2<'_, f64>,
    names: &[String],
    overall: &[f64],
    groups: &[u32],
    count: usize,
    level: f64,
) -> Result<Vec<Result<Drivers>>> {
    error::level("level", level)?;
    check(ratings, names, overall)?;
    super::groups::check_codes("groups", groups, overall.len(), count)?;
    let of = |group: usize| {
        let rows: Vec<usize> = (0..overall.len()).filter(|&i| groups[i] as usize == group).collect();
        let own: Vec<f64> = rows.iter().map(|&i| overall[i]).collect();
        satisfaction_drivers(ratings.select(ndarray::Axis(0), &rows).view(), names, &own, level)
    };
    Ok((0..count).map(of).collect())
}

fn check(ratings: ArrayView2<'_, f64>, names: &[String], overall: &[f64]) -> Result<()> {
    let (n, k) = ratings.dim();
    same_length("overall", overall.len(), "ratings", n)?;
    same_length("names", names.len(), "ratings", k)?;
    if k == 0 {
        let remedy = "Give a column per attribute".to_owned();
        return Err(Error::Empty { what: "the list of attributes".to_owned(), remedy });
    }
    let found = ratings.indexed_iter().find(|(_, v)| !v.is_finite()).map(|((row, _), v)| ("ratings", row, *v));
    let found = found.or_else(|| overall.iter().position(|v| !v.is_finite()).map(|row| ("overall", row, overall[row])));
    match found {
        Some((column, row, value)) => Err(Error::InvalidValue {
            column,
            row,
            value: value.to_string(),
            expected: "it must be a finite number",
            remedy: "Leave out answers that are not complete",
        }),
        None => Ok(()),
    }
}

/// Johnson's weights over their sum, from the covariance of the attributes and, last, the overall answer.
fn shares(covariance: &Array2<f64>) -> Vec<f64> {
    let k = covariance.nrows() - 1;
    let correlation = Array2::from_shape_fn((k + 1, k + 1), |(i, j)| {
        covariance[(i, j)] / (covariance[(i, i)] * covariance[(j, j)]).sqrt()
    });
    let spectrum = eigen(&Array2::from_shape_fn((k, k), |ij| correlation[ij]));
    let root = |power: f64| {
        let entry = |(i, j)| -> f64 {
            (0..k)
                .map(|e| {
                    spectrum.vectors[(i, e)] * spectrum.vectors[(j, e)] * spectrum.values[e].max(1e-300).powf(power)
                })
                .sum()
        };
        Array2::from_shape_fn((k, k), entry)
    };
    let (lambda, inverse) = (root(0.5), root(-0.5));
    let beta: Vec<f64> = (0..k).map(|e| (0..k).map(|j| inverse[(e, j)] * correlation[(j, k)]).sum()).collect();
    let raw: Vec<f64> = (0..k).map(|j| (0..k).map(|e| (lambda[(j, e)] * beta[e]).powi(2)).sum()).collect();
    let total: f64 = raw.iter().sum();
    // Without any correlation nothing is explained, and nothing shared out unevenly.
    raw.iter().map(|w| if total > 0.0 { w / total } else { 1.0 / k as f64 }).collect()
}

/// Standard errors of the shares: each answer moves the covariances, and they the shares (delta method).
fn share_errors(z: &Array2<f64>, covariance: &Array2<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let (n, width) = z.dim();
    let k = width - 1;
    let mut gradients: Vec<Array2<f64>> = vec![Array2::zeros((width, width)); k];
    for a in 0..width {
        for b in 0..=a {
            let moved = |by: f64| {
                let mut moved = covariance.clone();
                moved[(a, b)] += by;
                moved[(b, a)] = moved[(a, b)];
                shares(&moved)
            };
            let (up, down) = (moved(STEP), moved(-STEP));
            for j in 0..k {
                gradients[j][(a, b)] = (up[j] - down[j]) / (2.0 * STEP);
            }
        }
    }
    let error = |gradient: &Array2<f64>| {
        let influence = |row: ndarray::ArrayView1<'_, f64>| -> f64 {
            (0..width)
                .map(|a| (0..=a).map(|b| gradient[(a, b)] * (row[a] * row[b] - covariance[(a, b)])).sum::<f64>())
                .sum()
        };
        z.rows().into_iter().map(|row| influence(row).powi(2)).sum::<f64>().sqrt() / n as f64
    };
    gradients.iter().map(error).collect()
}
