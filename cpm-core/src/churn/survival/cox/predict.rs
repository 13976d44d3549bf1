//! Predictions for customers, from their covariates.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::{Baseline, CoxPh};
use crate::churn::survival::concordance::concordance_within;
use crate::churn::survival::design::{quadratic, same_columns};
use crate::churn::survival::interval::check_times;
use crate::churn::survival::{Concordance, IntervalScale, SurvivalData};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};

/// exp of anything beyond leaves the range of numbers.
const LARGEST_LOG_HAZARD: f64 = 700.0;

impl CoxPh {
    /// (x - mean)'β of each row: the log-hazard against a customer at the mean (lifelines' name; R: `type = "lp"`).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a wrong number of columns; [`Error::InvalidValue`] naming the row of a
    /// covariate that is not finite or so far from the data that the hazard leaves the range of numbers.
    pub fn predict_log_partial_hazard(&self, covariates: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        same_columns(covariates, &self.names)?;
        let log_hazard = |x: ArrayView1<'_, f64>| {
            x.iter().zip(&self.mean).zip(&self.coefficients).map(|((x, m), b)| (x - m) * b).sum::<f64>()
        };
        let all: Vec<f64> = covariates.rows().into_iter().map(log_hazard).collect();
        match all.iter().position(|v| !(v.is_finite() && v.abs() <= LARGEST_LOG_HAZARD)) {
            None => Ok(all),
            Some(row) => Err(Error::InvalidValue {
                column: "covariates",
                row,
                value: format!("a log-hazard of {}", all[row]),
                expected: "it must lie between -700 and 700",
                remedy: "Check the row's units: it lies far from the data of the fit",
            }),
        }
    }

    /// exp((x - mean)'β) of each row: the hazard against a customer at the mean.
    ///
    /// # Errors
    /// As [`predict_log_partial_hazard`](Self::predict_log_partial_hazard).
    pub fn predict_partial_hazard(&self, covariates: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        Ok(self.predict_log_partial_hazard(covariates)?.into_iter().map(f64::exp).collect())
    }

    /// S(t | x), one row per row of the covariates and one column per time. `strata` has one code per row, and
    /// is needed if the model has more than one stratum.
    ///
    /// # Errors
    /// As [`predict_log_partial_hazard`](Self::predict_log_partial_hazard); [`Error::InvalidArgument`] for an
    /// unknown stratum, and for a time that is negative, NaN, or beyond the largest duration of its stratum.
    pub fn predict_survival(
        &self,
        covariates: ArrayView2<'_, f64>,
        strata: Option<&[u32]>,
        times: &[f64],
    ) -> Result<Array2<f64>> {
        let hazard = self.predict_partial_hazard(covariates)?;
        let baselines = self.baselines_of(strata, covariates.nrows(), times)?;
        Ok(Array2::from_shape_fn((hazard.len(), times.len()), |(i, k)| {
            (-hazard[i] * baselines[i].position(times[k]).map_or(0.0, |at| baselines[i].cumulative_hazard[at])).exp()
        }))
    }

    /// The same with intervals, from the uncertainty of both coefficients and baseline (Tsiatis 1981; Link
    /// 1984), normal on the scale of ln(-ln S).
    ///
    /// # Errors
    /// As [`predict_survival`](Self::predict_survival); [`Error::InvalidArgument`] unless the level lies
    /// strictly between 0 and 1.
    pub fn predict_survival_intervals(
        &self,
        covariates: ArrayView2<'_, f64>,
        strata: Option<&[u32]>,
        times: &[f64],
        level: f64,
    ) -> Result<Array2<Estimate>> {
        let width = half_width(error::level("level", level)?);
        let hazard = self.predict_partial_hazard(covariates)?;
        let baselines = self.baselines_of(strata, covariates.nrows(), times)?;
        Ok(Array2::from_shape_fn((hazard.len(), times.len()), |(i, k)| {
            let Some(at) = baselines[i].position(times[k]) else {
                return Estimate { value: 1.0, interval: Interval { low: 1.0, high: 1.0 } };
            };
            let value = (-hazard[i] * baselines[i].cumulative_hazard[at]).exp();
            let error = hazard[i] * self.hazard_variance(baselines[i], at, covariates.row(i)).sqrt();
            Estimate { value, interval: IntervalScale::LogLog.interval(value, error, width) }
        }))
    }

    /// The first event time at which S(t | x) is at most 1/2; `None` where it does not fall so far.
    ///
    /// # Errors
    /// As [`predict_survival`](Self::predict_survival).
    pub fn predict_median(&self, covariates: ArrayView2<'_, f64>, strata: Option<&[u32]>) -> Result<Vec<Option<f64>>> {
        let hazard = self.predict_partial_hazard(covariates)?;
        let baselines = self.baselines_of(strata, covariates.nrows(), &[])?;
        let median = |(h, baseline): (&f64, &&Baseline)| {
            let needed = std::f64::consts::LN_2 / h;
            baseline.time.get(baseline.cumulative_hazard.partition_point(|c| *c < needed)).copied()
        };
        Ok(hazard.iter().zip(&baselines).map(median).collect())
    }

    /// Concordance of the model's hazards with the durations of `data`, over pairs of one stratum.
    ///
    /// # Errors
    /// As [`predict_log_partial_hazard`](Self::predict_log_partial_hazard) and
    /// [`concordance_index`](crate::churn::survival::concordance_index).
    pub fn concordance(
        &self,
        data: &SurvivalData,
        covariates: ArrayView2<'_, f64>,
        strata: Option<&[u32]>,
    ) -> Result<Concordance> {
        if let Some(strata) = strata {
            same_length("strata", strata.len(), "durations", data.len())?;
        }
        let scores: Vec<f64> = self.predict_log_partial_hazard(covariates)?.into_iter().map(|v| -v).collect();
        concordance_within(data, strata, &scores)
    }

    /// Variance of the cumulative hazard of a customer, divided by the square of its relative hazard.
    fn hazard_variance(&self, baseline: &Baseline, at: usize, x: ArrayView1<'_, f64>) -> f64 {
        let hazard = baseline.cumulative_hazard[at];
        // Derivative of the cumulative hazard in β, in the same units.
        let slope: Vec<f64> = (0..x.len()).map(|j| (x[j] - self.mean[j]) * hazard - baseline.drift[(at, j)]).collect();
        baseline.variance[at] + quadratic(&self.covariance, &slope)
    }

    /// Each row's baseline, all of which reach to the times.
    fn baselines_of(&self, strata: Option<&[u32]>, rows: usize, times: &[f64]) -> Result<Vec<&Baseline>> {
        let check = |baseline: &Baseline| check_times(times, baseline.last);
        let Some(strata) = strata else {
            if self.baselines.len() > 1 {
                return Err(Error::argument("strata", "None", "the model has strata: give the code of each row"));
            }
            self.baselines.iter().try_for_each(check)?;
            return Ok(self.baselines.iter().cycle().take(rows).collect());
        };
        same_length("strata", strata.len(), "covariates", rows)?;
        let find = |code: &u32| {
            let Some(baseline) = self.baselines.iter().find(|b| b.stratum == *code) else {
                return Err(Error::argument("strata", code, "no row of the fit was of this stratum"));
            };
            check(baseline)?;
            Ok(baseline)
        };
        strata.iter().map(find).collect()
    }
}

impl Baseline {
    /// Index of the last event time at or before `t`.
    fn position(&self, t: f64) -> Option<usize> {
        self.time.partition_point(|u| *u <= t).checked_sub(1)
    }
}
