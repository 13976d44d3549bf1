//! Covariates of a regression: checked, standardised, in an order that does not depend on the caller's.

use std::cmp::Ordering;

use ndarray::{Array2, ArrayView2};

use super::SurvivalData;
use crate::error::{Error, Result, same_length};
use crate::numerics::parallel;
use crate::numerics::row_hash::row_hash;
use crate::numerics::symmetric::Eigen;

/// Rows per parallel task.
const CHUNK: usize = 8192;

/// Names of the columns, given or made up; shapes and values checked.
pub(super) fn checked_names(
    data: &SurvivalData,
    x: ArrayView2<'_, f64>,
    names: Option<&Vec<String>>,
) -> Result<Vec<String>> {
    same_length("covariates", x.nrows(), "durations", data.len())?;
    let names = match names {
        Some(names) => names.clone(),
        None => (0..x.ncols()).map(|j| format!("x{j}")).collect(),
    };
    if names.len() != x.ncols() {
        let expected = format!("the covariates have {} columns; give one name for each", x.ncols());
        return Err(Error::argument("names", format!("{} names", names.len()), expected));
    }
    if let Some((_, name)) = names.iter().enumerate().find(|(j, name)| names[..*j].contains(name)) {
        return Err(Error::argument("names", name, "two columns have this name"));
    }
    if x.ncols() == 0 {
        return Err(Error::Empty {
            what: "the table of covariates".to_owned(),
            remedy: "Give at least one column, or use KaplanMeier".to_owned(),
        });
    }
    finite(x, &names)?;
    Ok(names)
}

/// Every covariate is a finite number.
pub(super) fn finite(x: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    // Nearly always all are, and this is the quicker way to see it.
    if x.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    match x.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::InvalidValue {
            column: "covariates",
            row,
            value: format!("{} = {value}", names[column]),
            expected: "a covariate must be a finite number",
            remedy: "Fill in or leave out what is missing",
        }),
    }
}

/// The covariates of a prediction have the columns of the fit.
pub(super) fn same_columns(x: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    if x.ncols() != names.len() {
        let expected = format!("the model has {}: {}", names.len(), names.join(", "));
        return Err(Error::argument("covariates", format!("{} columns", x.ncols()), expected));
    }
    finite(x, names)
}

/// Order of two rows by all of their covariates.
pub(super) fn by_covariates(x: ArrayView2<'_, f64>, i: usize, j: usize) -> Ordering {
    let mut columns = x.row(i).into_iter().zip(x.row(j)).map(|(a, b)| a.total_cmp(b));
    columns.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// Rows that count, by stratum, then by duration, events first, then by all else that is known of them.
///
/// A hash of all else stands for it, and lies beside the row with the rest of the key: looking the rows up decides only where
/// they are equal, or nearly never. Durations are not negative, so their bits sort as they do.
pub(super) fn in_order(
    data: &SurvivalData,
    x: ArrayView2<'_, f64>,
    stratum: impl Fn(usize) -> u32 + Sync,
) -> Vec<usize> {
    let key = |i: usize| {
        let rest = [data.entry_of(i), data.weight(i)].into_iter().chain(x.row(i).into_iter().copied());
        let censored = u64::from(!data.events()[i]) << 63;
        (stratum(i), data.durations()[i].to_bits(), censored | (row_hash(0, rest) >> 1), i)
    };
    let mut keyed = parallel::map(data.len(), CHUNK, key);
    if data.weights().is_some() {
        keyed.retain(|(.., i)| data.weight(*i) > 0.0);
    }
    parallel::sort_by(&mut keyed, |&(s, t, h, i), &(r, u, g, j)| {
        (s, t, h).cmp(&(r, u, g)).then_with(|| data.compare(i, j)).then_with(|| by_covariates(x, i, j))
    });
    keyed.into_iter().map(|(.., i)| i).collect()
}

/// Rows of a matrix in another order, one after another.
pub(super) fn gathered(x: ArrayView2<'_, f64>, order: &[usize]) -> Vec<f64> {
    let p = x.ncols();
    let mut rows = vec![0.0; order.len() * p];
    parallel::fill(&mut rows, CHUNK * p, |first, part| {
        for (row, &i) in part.chunks_exact_mut(p).zip(&order[first / p..]) {
            row.iter_mut().zip(x.row(i)).for_each(|(to, x)| *to = *x);
        }
    });
    rows
}

/// An error unless there is an event.
pub(super) fn some_events(model: &'static str, events: f64) -> Result<()> {
    if events > 0.0 {
        return Ok(());
    }
    Err(Error::NotIdentified {
        model,
        reason: "no event was observed".to_owned(),
        remedy: "Observe for longer: every row is censored".to_owned(),
    })
}

/// Brings each column to mean 0 and standard deviation 1, which makes steps and penalties alike in all of them; the
/// means and deviations it had.
pub(super) fn standardise(
    model: &'static str,
    x: &mut [f64],
    weight: &[f64],
    names: &[String],
) -> Result<(Vec<f64>, Vec<f64>)> {
    let p = names.len();
    let total: f64 = weight.iter().sum();
    // Row by row, so that memory is read once.
    let over = |of: &(dyn Fn(usize, f64) -> f64 + Sync)| -> Vec<f64> {
        let chunk = |rows: std::ops::Range<usize>| {
            let mut sums = vec![0.0; p];
            for (row, w) in x[rows.start * p..rows.end * p].chunks_exact(p).zip(&weight[rows]) {
                sums.iter_mut().zip(row).enumerate().for_each(|(j, (s, x))| *s += w * of(j, *x));
            }
            sums
        };
        let mut sums = vec![0.0; p];
        for part in parallel::map_chunks(weight.len(), CHUNK, chunk) {
            sums.iter_mut().zip(part).for_each(|(s, part)| *s += part);
        }
        sums.iter_mut().for_each(|s| *s /= total);
        sums
    };
    let mean = over(&|_, x| x);
    let variance = over(&|j, x| (x - mean[j]) * (x - mean[j]));
    let mut scale = Vec::with_capacity(p);
    for (j, v) in variance.iter().enumerate() {
        let (first, spread) = (x[j], *v);
        if !spread.is_finite() || spread <= 0.0 || x.iter().skip(j).step_by(p).all(|x| *x == first) {
            return Err(Error::NotIdentified {
                model,
                reason: format!("column `{}` has the same value, {first}, in every row", names[j]),
                remedy: "Leave the column out".to_owned(),
            });
        }
        scale.push(spread.sqrt());
    }
    parallel::fill(x, CHUNK * p, |_, rows| {
        for row in rows.chunks_exact_mut(p) {
            for ((x, m), s) in row.iter_mut().zip(&mean).zip(&scale) {
                *x = (*x - m) / s;
            }
        }
    });
    Ok((mean, scale))
}

/// Smallest eigenvalue of the information per event, in standardised columns, that counts as information.
const SMALLEST_INFORMATION: f64 = 1e-9;

/// What to do about columns whose coefficients the data do not say, by whether the model takes a penalty.
pub(super) const PENALISE: &str = "Leave a column out, merge rare categories, or add a penalty";
pub(super) const SIMPLIFY: &str = "Leave a column out, or merge rare categories";

/// An error that names the columns along which the data say nothing.
pub(super) fn informative(
    (model, remedy): (&'static str, &str),
    spectrum: &Eigen,
    events: f64,
    names: &[String],
    what: &str,
) -> Result<()> {
    if spectrum.values[0] >= SMALLEST_INFORMATION * events {
        return Ok(());
    }
    let direction = spectrum.vectors.column(0);
    let involved: Vec<&str> =
        names.iter().zip(direction).filter(|(_, w)| w.abs() > 0.1).map(|(n, _)| n.as_str()).collect();
    Err(Error::NotIdentified {
        model,
        reason: format!("the columns {} are {what}", involved.join(", ")),
        remedy: remedy.to_owned(),
    })
}

/// An error that names the columns whose coefficients were stopped at the bound of the search: they would run off.
pub(super) fn none_runs_off((model, remedy): (&'static str, &str), held: &[bool], names: &[String]) -> Result<()> {
    let involved: Vec<&str> = names.iter().zip(held).filter(|(_, held)| **held).map(|(n, _)| n.as_str()).collect();
    if involved.is_empty() {
        return Ok(());
    }
    Err(Error::NotIdentified {
        model,
        reason: format!(
            "the columns {} are able to separate the rows with events from the others: no finite estimate",
            involved.join(", ")
        ),
        remedy: remedy.to_owned(),
    })
}

/// Rows that count, sorted by all that is known of them, with their standardised covariates.
pub(super) struct Design {
    pub(super) names: Vec<String>,
    /// Row of the caller's table.
    pub(super) original: Vec<usize>,
    /// Standardised covariates, row after row.
    pub(super) x: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) mean: Vec<f64>,
    pub(super) scale: Vec<f64>,
    /// Sums of weights: of the rows with an event, and of all.
    pub(super) events: f64,
    pub(super) total: f64,
}

impl Design {
    pub(super) fn new(
        model: &'static str,
        data: &SurvivalData,
        x: ArrayView2<'_, f64>,
        names: Option<&Vec<String>>,
    ) -> Result<Self> {
        let names = checked_names(data, x, names)?;
        let original = in_order(data, x, |_| 0);
        let mut sorted = gathered(x, &original);
        let weight: Vec<f64> = original.iter().map(|&i| data.weight(i)).collect();
        let events: f64 = original.iter().zip(&weight).filter(|(i, _)| data.events()[**i]).map(|(_, w)| w).sum();
        some_events(model, events)?;
        let (mean, scale) = standardise(model, &mut sorted, &weight, &names)?;
        let total = weight.iter().sum();
        Ok(Self { names, original, x: sorted, weight, mean, scale, events, total })
    }

    pub(super) fn x(&self, row: usize) -> &[f64] {
        let p = self.names.len();
        &self.x[row * p..(row + 1) * p]
    }

    pub(super) fn len(&self) -> usize {
        self.original.len()
    }
}

/// x' V x, never below 0.
pub(super) fn quadratic(v: &Array2<f64>, x: &[f64]) -> f64 {
    v.indexed_iter().map(|((i, j), v)| x[i] * v * x[j]).sum::<f64>().max(0.0)
}
