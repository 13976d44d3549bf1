//! Hazards and survival of customers, period by period, with intervals by the delta method.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::likelihood::terms;
use super::{BaselineGroup, DiscreteHazard};
use crate::churn::survival::IntervalScale;
use crate::churn::survival::design::{quadratic, same_columns};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};

impl DiscreteHazard {
    /// h(j | x): the chance to leave in each of the periods (from 1) for one who is there at its beginning. One row per row of
    /// the covariates, one column per period.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a wrong number of columns and for a period that was not observed;
    /// [`Error::InvalidValue`] naming the row of a covariate that is not finite.
    pub fn predict_hazard(&self, covariates: ArrayView2<'_, f64>, periods: &[u32]) -> Result<Array2<f64>> {
        same_columns(covariates, &self.names)?;
        let groups = periods.iter().map(|j| self.group_at(*j)).collect::<Result<Vec<_>>>()?;
        Ok(Array2::from_shape_fn((covariates.nrows(), periods.len()), |(i, k)| {
            let along = self.along(&self.standardise(covariates.row(i)));
            -self.quiet(groups[k], along)[0].exp_m1()
        }))
    }

    /// S(j | x), the chance to be there after each of the periods. With `conditional_after`, an age in whole periods for each
    /// row, the chance to stay j periods longer.
    ///
    /// # Errors
    /// As [`predict_hazard`](Self::predict_hazard); [`Error::LengthMismatch`] for the ages.
    pub fn predict_survival(
        &self,
        covariates: ArrayView2<'_, f64>,
        periods: &[u32],
        conditional_after: Option<&[u32]>,
    ) -> Result<Array2<f64>> {
        let ages = self.checked(covariates, periods, conditional_after)?;
        Ok(Array2::from_shape_fn((covariates.nrows(), periods.len()), |(i, k)| {
            let along = self.along(&self.standardise(covariates.row(i)));
            let hazard: f64 = self.stretch(ages[i], periods[k]).map(|(g, m)| m * -self.quiet(g, along)[0]).sum();
            (-hazard).exp()
        }))
    }

    /// The same with intervals, normal on the scale of ln(-ln S).
    ///
    /// # Errors
    /// As [`predict_survival`](Self::predict_survival), and unless the level lies strictly between 0 and 1.
    pub fn predict_survival_intervals(
        &self,
        covariates: ArrayView2<'_, f64>,
        periods: &[u32],
        conditional_after: Option<&[u32]>,
        level: f64,
    ) -> Result<Array2<Estimate>> {
        let width = half_width(error::level("level", level)?);
        let ages = self.checked(covariates, periods, conditional_after)?;
        Ok(Array2::from_shape_fn((covariates.nrows(), periods.len()), |(i, k)| {
            let x = self.standardise(covariates.row(i));
            let along = self.along(&x);
            // Gradient g of the cumulative hazard; the variance is Σ g_α²/D + w'Vw with w = g_β − Σ g_α C/D.
            let (mut hazard, mut variance, mut w) = (0.0, 0.0, vec![0.0; x.len()]);
            for (group, periods) in self.stretch(ages[i], periods[k]) {
                let [quiet, slope] = self.quiet(group, along);
                hazard -= periods * quiet;
                if group.intercept.is_some() {
                    let g = -periods * slope;
                    variance += g * g / group.diagonal;
                    for ((w, x), c) in w.iter_mut().zip(&x).zip(&group.cross) {
                        *w += g * (x - c / group.diagonal);
                    }
                }
            }
            variance += quadratic(&self.covariance, &w);
            let value = (-hazard).exp();
            if variance == 0.0 || !hazard.is_finite() {
                return Estimate { value, interval: Interval { low: value, high: value } };
            }
            Estimate { value, interval: IntervalScale::LogLog.interval(value, variance.sqrt(), width) }
        }))
    }

    fn standardise(&self, x: ArrayView1<'_, f64>) -> Vec<f64> {
        x.iter().zip(&self.mean).zip(&self.scale).map(|((x, m), s)| (x - m) / s).collect()
    }

    fn along(&self, x: &[f64]) -> f64 {
        x.iter().zip(&self.standardised).map(|(x, b)| x * b).sum()
    }

    /// ln(1 - h) in a group, and its derivative in the linear predictor.
    fn quiet(&self, group: &BaselineGroup, along: f64) -> [f64; 2] {
        match group.intercept {
            Some(alpha) => {
                let (_, [value, slope, _]) = terms(self.link, alpha + along);
                [value, slope]
            }
            None if group.certain() > 0.0 => [f64::NEG_INFINITY, 0.0],
            None => [0.0, 0.0],
        }
    }

    /// The groups in the periods `age + 1, …, age + periods`, with the number of periods in each.
    fn stretch(&self, age: u32, periods: u32) -> impl Iterator<Item = (&BaselineGroup, f64)> {
        let (from, to) = (age + 1, age + periods);
        let within = self.groups.iter().filter(move |g| g.last >= from && g.first <= to);
        within.map(move |g| (g, f64::from(g.last.min(to) - g.first.max(from) + 1)))
    }

    fn group_at(&self, period: u32) -> Result<&BaselineGroup> {
        self.groups.iter().find(|g| (g.first..=g.last).contains(&period)).ok_or_else(|| self.unknown(period))
    }

    fn unknown(&self, period: impl ToString) -> Error {
        let expected = format!("nothing is known but of the periods 1 to {}", self.last_period());
        Error::argument("periods", period, expected)
    }

    fn checked(&self, covariates: ArrayView2<'_, f64>, periods: &[u32], ages: Option<&[u32]>) -> Result<Vec<u32>> {
        same_columns(covariates, &self.names)?;
        let ages = ages.map_or_else(|| vec![0; covariates.nrows()], <[u32]>::to_vec);
        same_length("conditional_after", ages.len(), "covariates", covariates.nrows())?;
        let longest = periods.iter().copied().max().unwrap_or(0);
        let oldest = ages.iter().copied().max().unwrap_or(0);
        match longest.checked_add(oldest) {
            Some(last) if last <= self.last_period() => Ok(ages),
            _ => Err(self.unknown(format!("{longest} after an age of {oldest}"))),
        }
    }
}
