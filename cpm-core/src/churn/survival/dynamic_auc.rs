//! The area under the time-dependent ROC curve: does the model tell those who have left by a time from those who stay?

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::censoring::Censoring;
use super::design::by_covariates;
use super::{KaplanMeier, RiskTable, SurvivalData};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::table::{Column, Table};

/// Cumulative/dynamic AUC at each of several times, and its mean; see [`cumulative_dynamic_auc`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CumulativeDynamicAuc {
    /// Times at which those who have left are told from those who stay.
    pub times: Vec<f64>,
    /// Probability that a customer who has left by then has a larger risk than one who stays longer, ties counted half.
    pub auc: Vec<f64>,
    /// Standard errors; the censoring distribution is taken as known.
    pub standard_error: Vec<f64>,
    /// Mean over the times, each weighted by the share of customers who leave between the time before and it (Lambert &
    /// Chevret 2016).
    pub mean: f64,
    /// Standard error of the mean; the weights of the times are taken as known too.
    pub mean_standard_error: f64,
}

impl CumulativeDynamicAuc {
    /// The areas with their normal intervals, cut at 0 and 1.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        self.auc.iter().zip(&self.standard_error).map(|(value, error)| share(*value, *error, level)).collect()
    }

    /// The mean with its normal interval, cut at 0 and 1.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn mean_estimate(&self, level: f64) -> Result<Estimate> {
        share(self.mean, self.mean_standard_error, level)
    }

    /// Columns `time, auc, standard_error`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("time", Column::Float(self.times.clone()))?;
        table.push("auc", Column::Float(self.auc.clone()))?;
        table.push("standard_error", Column::Float(self.standard_error.clone()))?;
        Ok(table)
    }
}

fn share(value: f64, error: f64, level: f64) -> Result<Estimate> {
    let reach = half_width(error::level("level", level)?) * error;
    Ok(Estimate { value, interval: Interval { low: (value - reach).max(0.0), high: (value + reach).min(1.0) } })
}

/// Cumulative/dynamic AUC with inverse probability of censoring weights (Uno et al. 2007, "Evaluating Prediction Rules for
/// t-Year Survivors with Censored Regression Models", JASA 102; Hung & Chiang 2010).
///
/// At each time t a case is a row of `test` with an event at T <= t, weighted by 1/G(T-), and a control is a row that stays
/// longer than t; rows censored up to t are neither, and the weights stand for them. G is the Kaplan-Meier curve of the
/// censoring in `train`; at a tie events come before censorings, as in [`brier_score`](super::brier_score()) (scikit-survival
/// takes G(T) there, which is another number only where an event and a censoring are tied).
///
/// `risk` has one row per row of `test`, and one column per time, or one column for all times. A **larger** risk predicts an
/// earlier event: give hazards or 1 − S(t), while [`concordance_index`](super::concordance_index) takes durations.
///
/// ```
/// use cpm_core::churn::survival::{SurvivalData, cumulative_dynamic_auc};
/// use ndarray::arr2;
/// let data = SurvivalData::new(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, false, true, true])?;
/// let risk = arr2(&[[0.9], [0.3], [0.5], [0.4], [0.1]]);
/// let auc = cumulative_dynamic_auc(&data, &data, &[1.5, 2.5], risk.view())?;
/// assert_eq!(auc.auc, [1.0, 4.0 / 6.0]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidArgument`] for times that do not ascend, lie beyond the durations
/// of `train` or `test`, at which everybody in `train` is censored, or by which nobody or everybody in `test` has left, and for
/// entry times in `test`; [`Error::InvalidValue`] naming the row of a risk that is not finite.
pub fn cumulative_dynamic_auc(
    train: &SurvivalData,
    test: &SurvivalData,
    times: &[f64],
    risk: ArrayView2<'_, f64>,
) -> Result<CumulativeDynamicAuc> {
    same_length("risk", risk.nrows(), "durations", test.len())?;
    if times.is_empty() || !(risk.ncols() == times.len() || risk.ncols() == 1) {
        let expected =
            format!("the risks have {} columns; give one time for each, or one column of risks", risk.ncols());
        return Err(Error::argument("times", format!("{} times", times.len()), expected));
    }
    let censoring = Censoring::for_times(train, test, times)?;
    if let Some(((row, column), value)) = risk.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(Error::InvalidValue {
            column: "risk",
            row,
            value: format!("{value} in column {column}"),
            expected: "a risk must be a finite number",
            remedy: "Correct the risk or leave the row out",
        });
    }
    let mut rows = test.rows();
    // Rows alike in all but their risks come in the order of these, so that sums do not depend on the caller's order.
    rows.sort_by(|&i, &j| test.compare(i, j).then_with(|| by_covariates(risk, i, j)));
    let cases: Vec<f64> = rows
        .iter()
        .map(|&i| if test.events()[i] { 1.0 / censoring.before(test.durations()[i]) } else { 0.0 })
        .collect();
    let compared = Compared { test, rows: &rows, case_weight: &cases };
    let found = parallel::map_chunks(times.len(), 1, |at| {
        let column = if risk.ncols() == 1 { 0 } else { at.start };
        compared.at(times[at.start], |i| risk[(i, column)])
    });
    let found = found.collect::<Result<Vec<_>>>()?;

    let curve = KaplanMeier::of(RiskTable::new(test));
    let stay: Vec<f64> = times.iter().map(|t| curve.risk_table().step(curve.survival(), 1.0, *t)).collect();
    let left = 1.0 - stay[stay.len() - 1];
    let share = |k: usize| (if k > 0 { stay[k - 1] } else { 1.0 } - stay[k]) / left;
    let mean = found.iter().enumerate().map(|(k, at)| share(k) * at.auc).sum();
    let influence = |row: usize| found.iter().enumerate().map(|(k, at)| share(k) * at.influence[row]).sum::<f64>();
    let mean_influence: Vec<f64> = (0..rows.len()).map(influence).collect();
    Ok(CumulativeDynamicAuc {
        times: times.to_vec(),
        auc: found.iter().map(|at| at.auc).collect(),
        standard_error: found.iter().map(|at| compared.error(&at.influence)).collect(),
        mean,
        mean_standard_error: compared.error(&mean_influence),
    })
}

/// The rows of a test in an order of their own.
struct Compared<'a> {
    test: &'a SurvivalData,
    rows: &'a [usize],
    /// 1/G(T-) of rows with an event, 0 of the others.
    case_weight: &'a [f64],
}

/// The area at one time, and what each row adds to it: derivatives in the rows' weights.
struct At {
    auc: f64,
    influence: Vec<f64>,
}

impl Compared<'_> {
    fn at(&self, time: f64, risk: impl Fn(usize) -> f64) -> Result<At> {
        let stays = |k: usize| self.test.durations()[self.rows[k]] > time;
        let weight = |k: usize| self.test.weight(self.rows[k]);
        // As case, and as control.
        let part = |k: usize| if stays(k) { (0.0, weight(k)) } else { (weight(k) * self.case_weight[k], 0.0) };
        let (cases, controls) = (0..self.rows.len()).map(part).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        if cases <= 0.0 {
            return Err(Error::argument("times", time, "nobody in `test` has left by then: give later times"));
        }
        if controls <= 0.0 {
            return Err(Error::argument("times", time, "nobody in `test` stays longer: give earlier times"));
        }
        let mut order: Vec<usize> = (0..self.rows.len()).filter(|&k| part(k) != (0.0, 0.0)).collect();
        order.sort_by(|&a, &b| risk(self.rows[a]).total_cmp(&risk(self.rows[b])));
        // Placements: for a case the share of controls below, for a control the share of cases above.
        let mut placement = vec![0.0; self.rows.len()];
        let (mut cases_below, mut controls_below, mut auc) = (0.0, 0.0, 0.0);
        for tied in order.chunk_by(|&a, &b| risk(self.rows[a]) == risk(self.rows[b])) {
            let (own_cases, own_controls) =
                tied.iter().map(|&k| part(k)).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            let below = (controls_below + 0.5 * own_controls) / controls;
            let above = (cases - cases_below - 0.5 * own_cases) / cases;
            tied.iter().for_each(|&k| placement[k] = if stays(k) { above } else { below });
            auc += own_cases / cases * below;
            cases_below += own_cases;
            controls_below += own_controls;
        }
        let influence = |k: usize| {
            if stays(k) { (placement[k] - auc) / controls } else { self.case_weight[k] * (placement[k] - auc) / cases }
        };
        Ok(At { auc, influence: (0..self.rows.len()).map(influence).collect() })
    }

    /// The standard error by the infinitesimal jackknife.
    fn error(&self, influence: &[f64]) -> f64 {
        let squares = influence.iter().zip(self.rows).map(|(u, &i)| self.test.weight(i) * u * u);
        squares.sum::<f64>().sqrt()
    }
}
