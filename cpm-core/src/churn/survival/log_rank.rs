//! Do groups leave at the same rate? The log-rank test and its weighted variants.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{KaplanMeier, RiskTable, SurvivalData, TestResult};
use crate::error::{self, Error, Result, same_length};
use crate::numerics::symmetric::eigen;

/// Weight of the difference at each event time: which part of the curves the test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum LogRankWeights {
    /// 1: best against proportional hazards (Mantel 1966).
    #[default]
    LogRank,
    /// n, the number at risk: early differences (Gehan 1965, Breslow 1970).
    Wilcoxon,
    /// The square root of n (Tarone & Ware 1977).
    TaroneWare,
    /// Peto's modified survival estimate, the product of 1 - d/(n + 1) (Peto & Peto 1972; Andersen et al. 1982).
    Peto,
    /// S(t-)^p (1 - S(t-))^q with the pooled Kaplan-Meier curve: q > 0 looks at late differences, p > 0 at early
    /// ones; q = 0 is the family of R's `survdiff(rho = p)` (Fleming & Harrington 1981).
    FlemingHarrington {
        /// Power of S.
        p: f64,
        /// Power of 1 - S.
        q: f64,
    },
}

/// A group of the log-rank test: what happened in it, and what would have if all groups had one hazard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogRankGroup {
    /// The group's code.
    pub group: u32,
    /// Rows, as a sum of weights.
    pub rows: f64,
    /// Observed events, weighted by the test's weights.
    pub observed: f64,
    /// Expected events under one hazard, weighted in the same way.
    pub expected: f64,
}

/// Result of [`log_rank_test`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRankTest {
    /// Statistic, degrees of freedom, p-value.
    pub test: TestResult,
    /// The groups in ascending order of their codes.
    pub groups: Vec<LogRankGroup>,
}

/// Tests whether two or more groups have the same hazard.
///
/// With n_g of n at risk and d events at an event time, group g expects d·n_g/n; the weighted sums of observed
/// less expected, with their hypergeometric covariance d (n - d)/(n - 1) · n_g/n · (δ_gh - n_h/n), give a
/// chi-squared statistic with one degree of freedom fewer than there are groups with expected events
/// (as in R's `survdiff` and lifelines' `multivariate_logrank_test`).
///
/// ```
/// use cpm_core::churn::survival::{LogRankWeights, SurvivalData, log_rank_test};
/// let data = SurvivalData::new(&[3.0, 5.0, 7.0, 2.0, 18.0, 16.0, 2.0, 9.0, 16.0, 12.0], &[true; 10])?;
/// let result = log_rank_test(&data, &[0, 0, 0, 0, 1, 1, 1, 1, 1, 1], LogRankWeights::LogRank)?;
/// assert!(result.test.p_value < 0.05);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidArgument`] for a negative power;
/// [`Error::NotIdentified`] with fewer than two groups, without events, or if only one group is ever at risk.
pub fn log_rank_test(data: &SurvivalData, groups: &[u32], weights: LogRankWeights) -> Result<LogRankTest> {
    same_length("groups", groups.len(), "durations", data.len())?;
    if let LogRankWeights::FlemingHarrington { p, q } = weights {
        error::non_negative("p", p)?;
        error::non_negative("q", q)?;
    }
    let rows = data.rows();
    let mut codes: Vec<u32> = rows.iter().map(|&i| groups[i]).collect();
    codes.sort_unstable();
    codes.dedup();
    let pooled = KaplanMeier::fit(data);
    let all = pooled.risk_table();
    let factors = factors(&pooled, weights);
    if codes.len() < 2 || factors.is_empty() {
        let reason = if factors.is_empty() { "no event was observed" } else { "there is only one group" };
        return Err(not_identified(reason.to_owned()));
    }

    // One table per group at the pooled times.
    let tables: Vec<RiskTable> = codes
        .iter()
        .map(|code| {
            let members: Vec<usize> = rows.iter().copied().filter(|&i| groups[i] == *code).collect();
            RiskTable::on(all.time.clone(), data, &members)
        })
        .collect();
    let k = codes.len();
    let mut observed = vec![0.0; k];
    let mut expected = vec![0.0; k];
    let mut covariance = Array2::<f64>::zeros((k, k));
    for &(at, factor) in &factors {
        let (n, d) = (all.at_risk[at], all.observed[at]);
        // Fewer than one at risk beside the event can only come from fractional weights.
        let spread = if n > 1.0 { d * ((n - d) / (n - 1.0)).clamp(0.0, 1.0) } else { 0.0 };
        for (g, table) in tables.iter().enumerate() {
            let share = table.at_risk[at] / n;
            observed[g] += factor * table.observed[at];
            expected[g] += factor * d * share;
            for (h, other) in tables.iter().enumerate() {
                let same = if g == h { 1.0 } else { 0.0 };
                covariance[(g, h)] += factor * factor * spread * share * (same - other.at_risk[at] / n);
            }
        }
    }

    let tested: Vec<usize> = (0..k).filter(|&g| expected[g] > 0.0).collect();
    if tested.len() < 2 {
        return Err(not_identified("only one group is at risk when events happen".to_owned()));
    }
    // The differences sum to 0, so the covariance of all has no inverse and that of all but one has.
    let used = &tested[1..];
    let difference: Vec<f64> = used.iter().map(|&g| observed[g] - expected[g]).collect();
    let block = Array2::from_shape_fn((used.len(), used.len()), |(i, j)| covariance[(used[i], used[j])]);
    let spectrum = eigen(&block);
    if spectrum.condition() > 1e14 {
        return Err(not_identified("the groups are never at risk at the same time".to_owned()));
    }
    let group = |g: usize| {
        let count = rows.iter().filter(|&&i| groups[i] == codes[g]).map(|&i| data.weight(i)).sum();
        LogRankGroup { group: codes[g], rows: count, observed: observed[g], expected: expected[g] }
    };
    Ok(LogRankTest {
        test: TestResult::chi_squared(spectrum.quadratic_of_inverse(&difference), used.len()),
        groups: (0..k).map(group).collect(),
    })
}

/// Event times (as indices) and the weight of the difference there.
fn factors(pooled: &KaplanMeier, weights: LogRankWeights) -> Vec<(usize, f64)> {
    let (risk, survival) = (pooled.risk_table(), pooled.survival());
    let mut peto = 1.0;
    let of = |k: usize| {
        let n = risk.at_risk[k];
        peto *= 1.0 - risk.observed[k] / (n + 1.0);
        let factor = match weights {
            LogRankWeights::LogRank => 1.0,
            LogRankWeights::Wilcoxon => n,
            LogRankWeights::TaroneWare => n.sqrt(),
            LogRankWeights::Peto => peto,
            LogRankWeights::FlemingHarrington { p, q } => {
                let before = if k > 0 { survival[k - 1] } else { 1.0 };
                before.powf(p) * (1.0 - before).powf(q)
            }
        };
        (k, factor)
    };
    risk.event_times().map(of).collect()
}

fn not_identified(reason: String) -> Error {
    Error::NotIdentified {
        model: "the log-rank test",
        reason,
        remedy: "Give at least two groups that are observed over the same time, and events".to_owned(),
    }
}
