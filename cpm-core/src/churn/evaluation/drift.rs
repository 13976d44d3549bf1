//! Drift: are the scores of today those of the date on which the model was made?

use serde::Serialize;

use super::ScoredCustomers;
use super::calibration::Binning;
use super::scored::finite;
use crate::error::{Error, Result};
use crate::numerics::distribution::chi_squared_tail;
use crate::numerics::test_result::TestResult;
use crate::table::{Column, Table};

/// Population stability index with its bins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PopulationStability {
    /// Σ (q − p) ln(q/p). Below 0.1 is taken as stable, above 0.25 as shifted (Siddiqi 2006).
    pub index: f64,
    /// Test that nothing shifted: the index times nm/(n + m) is then chi-squared with one degree of freedom per bin but one
    /// (Yurdakul 2018). With many rows small shifts show, so look at the index as well.
    pub test: TestResult,
    /// Inner edges of the bins.
    pub edges: Vec<f64>,
    /// Rows of the reference per bin.
    pub reference: Vec<u64>,
    /// Rows of the current scores per bin.
    pub current: Vec<u64>,
    /// Each bin's part of the index.
    pub contribution: Vec<f64>,
}

impl PopulationStability {
    /// Columns `above, up_to` (the bin's edges), `reference, current` (shares of rows), `contribution`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let share = |counts: &[u64]| {
            let total = counts.iter().sum::<u64>() as f64;
            Column::Float(counts.iter().map(|c| *c as f64 / total).collect())
        };
        let edges = self.edges.iter().map(|e| Some(*e));
        let mut table = Table::new();
        table.push("above", Column::Optional(std::iter::once(None).chain(edges.clone()).collect()))?;
        table.push("up_to", Column::Optional(edges.chain(std::iter::once(None)).collect()))?;
        table.push("reference", share(&self.reference))?;
        table.push("current", share(&self.current))?;
        table.push("contribution", Column::Float(self.contribution.clone()))?;
        Ok(table)
    }
}

/// Population stability index of two sets of scores (or of any feature), over bins at the quantiles of the reference.
///
/// Bins that are the same for lack of distinct values are merged. A bin that is empty on one side counts as half a row there.
///
/// ```
/// use cpm_core::churn::evaluation::population_stability;
/// let reference: Vec<f64> = (0..1000).map(|i| i as f64 / 1000.0).collect();
/// let shifted: Vec<f64> = reference.iter().map(|s| s * s).collect();
/// assert_eq!(population_stability(&reference, &reference, 10)?.index, 0.0);
/// assert!(population_stability(&reference, &shifted, 10)?.index > 0.25);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming a row that is not finite; [`Error::InvalidArgument`] for fewer than 2 bins.
pub fn population_stability(reference: &[f64], current: &[f64], bins: usize) -> Result<PopulationStability> {
    check(reference, current)?;
    if bins < 2 {
        return Err(Error::argument("bins", bins, "there must be at least two bins"));
    }
    // Edges as of a calibration curve: a row on an edge belongs to the bin below.
    let scored = ScoredCustomers::new(&vec![false; reference.len()], reference)?;
    let mut edges = scored.edges(Binning::Quantile, bins)?;
    edges.dedup();
    let largest = reference.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Nothing of the reference is above its largest score.
    edges.retain(|e| *e < largest);
    let count = |scores: &[f64]| {
        let mut counts = vec![0_u64; edges.len() + 1];
        scores.iter().for_each(|s| counts[edges.partition_point(|e| e < s)] += 1);
        counts
    };
    let (before, after) = (count(reference), count(current));
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let part = |(b, a): (&u64, &u64)| {
        let [p, q] = [(*b, n), (*a, m)].map(|(count, total)| (count as f64).max(0.5) / total);
        if *b == 0 && *a == 0 { 0.0 } else { (q - p) * (q / p).ln() }
    };
    let contribution: Vec<f64> = before.iter().zip(&after).map(part).collect();
    let index: f64 = contribution.iter().sum();
    let statistic = index * n * m / (n + m);
    let degrees_of_freedom = edges.len();
    let p_value = chi_squared_tail(statistic, degrees_of_freedom);
    let test = TestResult { statistic, degrees_of_freedom, p_value };
    Ok(PopulationStability { index, test, edges, reference: before, current: after, contribution })
}

/// Two-sample Kolmogorov-Smirnov test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KolmogorovSmirnov {
    /// Largest distance of the two distribution functions.
    pub statistic: f64,
    /// Score at which it is reached (the smallest of them).
    pub at: f64,
    /// Probability of a distance at least as large if nothing shifted: Kolmogorov's limit with Stephens' (1970) correction for
    /// small samples; with ties it errs towards "nothing shifted".
    pub p_value: f64,
}

/// Kolmogorov-Smirnov test that two sets of scores come from one distribution.
///
/// ```
/// use cpm_core::churn::evaluation::kolmogorov_smirnov;
/// let test = kolmogorov_smirnov(&[0.1, 0.2, 0.3, 0.4], &[0.35, 0.5, 0.6, 0.7])?;
/// assert_eq!((test.statistic, test.at), (0.75, 0.3));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming a row that is not finite.
pub fn kolmogorov_smirnov(reference: &[f64], current: &[f64]) -> Result<KolmogorovSmirnov> {
    check(reference, current)?;
    let sorted = |scores: &[f64]| {
        let mut sorted = scores.to_vec();
        crate::numerics::parallel::sort_by(&mut sorted, f64::total_cmp);
        sorted
    };
    let (a, b) = (sorted(reference), sorted(current));
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut statistic, mut at) = (0, 0, 0.0, a[0]);
    while i < a.len() && j < b.len() {
        let here = a[i].min(b[j]);
        while i < a.len() && a[i] <= here {
            i += 1;
        }
        while j < b.len() && b[j] <= here {
            j += 1;
        }
        let distance = (i as f64 / n - j as f64 / m).abs();
        if distance > statistic {
            (statistic, at) = (distance, here);
        }
    }
    let root = (n * m / (n + m)).sqrt();
    Ok(KolmogorovSmirnov { statistic, at, p_value: kolmogorov_tail((root + 0.12 + 0.11 / root) * statistic) })
}

/// P(K > x) of Kolmogorov's limit distribution.
fn kolmogorov_tail(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        // The theta function's other series converges fast here.
        let step = -std::f64::consts::PI * std::f64::consts::PI / (8.0 * x * x);
        let sum: f64 = (0..20).map(|k| (step * f64::from(2 * k + 1).powi(2)).exp()).sum();
        return (1.0 - (2.0 * std::f64::consts::PI).sqrt() / x * sum).clamp(0.0, 1.0);
    }
    let term = |k: i32| if k % 2 == 1 { 2.0 } else { -2.0 } * (-2.0 * f64::from(k * k) * x * x).exp();
    (1..20).map(term).sum::<f64>().clamp(0.0, 1.0)
}

fn check(reference: &[f64], current: &[f64]) -> Result<()> {
    for (name, scores) in [("reference", reference), ("current", current)] {
        if scores.is_empty() {
            return Err(Error::Empty {
                what: format!("the list of {name} scores"),
                remedy: "Give the scores of at least one customer on either date".to_owned(),
            });
        }
        finite(name, scores)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::kolmogorov_tail;

    #[test]
    fn the_limit_of_kolmogorov() {
        // SciPy 1.17: kstwobign.sf.
        for (x, tail) in [
            (0.3, 0.9999906941986655),
            (0.8, 0.5441424115741981),
            (1.36, 0.04948587675537788),
            (2.5, 7.453306344157342e-06),
        ] {
            assert!((kolmogorov_tail(x) - tail).abs() < 1e-13, "{x} {}", kolmogorov_tail(x));
        }
    }
}
