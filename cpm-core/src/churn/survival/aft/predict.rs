//! Predictions for customers, from their covariates, with intervals by the delta method.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::{Aft, NAME};
use crate::churn::survival::IntervalScale;
use crate::churn::survival::design::{quadratic, same_columns};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};

/// exp of anything beyond leaves the range of numbers.
const LARGEST_LOG_TIME: f64 = 700.0;

impl Aft {
    /// x'β of each row, the location of ln T.
    fn locations(&self, covariates: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        same_columns(covariates, &self.names)?;
        let location =
            |x: ArrayView1<'_, f64>| self.theta[0] + x.iter().zip(self.coefficients()).map(|(x, b)| x * b).sum::<f64>();
        let all: Vec<f64> = covariates.rows().into_iter().map(location).collect();
        match all.iter().position(|v| !(v.is_finite() && v.abs() <= LARGEST_LOG_TIME)) {
            None => Ok(all),
            Some(row) => Err(Error::InvalidValue {
                column: "covariates",
                row,
                value: format!("a logarithm of time of {}", all[row]),
                expected: "it must lie between -700 and 700",
                remedy: "Check the row's units: it lies far from the data of the fit",
            }),
        }
    }

    /// Derivative of (location + `share`·ln σ) in the parameters.
    fn gradient(x: ArrayView1<'_, f64>, share: f64) -> Vec<f64> {
        [1.0].into_iter().chain(x.iter().copied()).chain([share]).collect()
    }

    /// The time by which each customer has left with `probability`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a probability outside (0, 1) and a wrong number of columns;
    /// [`Error::InvalidValue`] naming the row of a covariate that is not finite, or far from the data.
    pub fn predict_quantile(&self, covariates: ArrayView2<'_, f64>, probability: f64) -> Result<Vec<f64>> {
        let z = self.distribution.quantile(error::level("probability", probability)?);
        Ok(self.locations(covariates)?.into_iter().map(|eta| (eta + self.sigma() * z).exp()).collect())
    }

    /// The same with intervals, normal on the scale of the logarithm.
    ///
    /// # Errors
    /// As [`predict_quantile`](Self::predict_quantile), and unless the level lies strictly between 0 and 1.
    pub fn predict_quantile_intervals(
        &self,
        covariates: ArrayView2<'_, f64>,
        probability: f64,
        level: f64,
    ) -> Result<Vec<Estimate>> {
        let width = half_width(error::level("level", level)?);
        let values = self.predict_quantile(covariates, probability)?;
        let along = self.sigma() * self.distribution.quantile(probability);
        let one = |(x, value): (ArrayView1<'_, f64>, f64)| {
            let reach = width * quadratic(&self.covariance, &Self::gradient(x, along)).sqrt();
            Estimate { value, interval: Interval { low: value * (-reach).exp(), high: value * reach.exp() } }
        };
        Ok(covariates.rows().into_iter().zip(values).map(one).collect())
    }

    /// The median time of each customer.
    ///
    /// # Errors
    /// As [`predict_quantile`](Self::predict_quantile).
    pub fn predict_median(&self, covariates: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        self.predict_quantile(covariates, 0.5)
    }

    /// The expected time of each customer.
    ///
    /// # Errors
    /// As [`predict_quantile`](Self::predict_quantile); [`Error::NotIdentified`] for a log-logistic model with σ >= 1, whose
    /// mean is infinite.
    pub fn predict_mean(&self, covariates: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        let Some(ln_mean) = self.distribution.ln_mean(self.sigma()) else {
            return Err(Error::NotIdentified {
                model: NAME,
                reason: format!("with a scale of {:.4} the mean of a log-logistic duration is infinite", self.sigma()),
                remedy: "Predict the median".to_owned(),
            });
        };
        Ok(self.locations(covariates)?.into_iter().map(|eta| (eta + ln_mean).exp()).collect())
    }

    /// S(t | x), one row per row of the covariates and one column per time. With `conditional_after`, an age for each
    /// row, it is the chance to stay `t` longer for one who has stayed so long: S(age + t)/S(age).
    ///
    /// # Errors
    /// As [`predict_quantile`](Self::predict_quantile); [`Error::InvalidArgument`] for a time that is negative or not finite;
    /// [`Error::LengthMismatch`] and [`Error::InvalidValue`] for the ages.
    pub fn predict_survival(
        &self,
        covariates: ArrayView2<'_, f64>,
        times: &[f64],
        conditional_after: Option<&[f64]>,
    ) -> Result<Array2<f64>> {
        let (locations, ages) = self.checked(covariates, times, conditional_after)?;
        Ok(Array2::from_shape_fn((locations.len(), times.len()), |(i, k)| {
            (-self.hazard(locations[i], ages[i], times[k]).0).exp()
        }))
    }

    /// The same with intervals, normal on the scale of ln(-ln S).
    ///
    /// # Errors
    /// As [`predict_survival`](Self::predict_survival), and unless the level lies strictly between 0 and 1.
    pub fn predict_survival_intervals(
        &self,
        covariates: ArrayView2<'_, f64>,
        times: &[f64],
        conditional_after: Option<&[f64]>,
        level: f64,
    ) -> Result<Array2<Estimate>> {
        let width = half_width(error::level("level", level)?);
        let (locations, ages) = self.checked(covariates, times, conditional_after)?;
        Ok(Array2::from_shape_fn((locations.len(), times.len()), |(i, k)| {
            let (hazard, in_location, in_scale) = self.hazard(locations[i], ages[i], times[k]);
            let mut slope: Vec<f64> = Self::gradient(covariates.row(i), 0.0).iter().map(|g| g * in_location).collect();
            slope[self.theta.len() - 1] = in_scale;
            let value = (-hazard).exp();
            let error = quadratic(&self.covariance, &slope).sqrt();
            Estimate { value, interval: IntervalScale::LogLog.interval(value, error, width) }
        }))
    }

    /// Cumulative hazard from an age over a time, and its derivatives in the location and in ln σ.
    fn hazard(&self, location: f64, age: f64, time: f64) -> (f64, f64, f64) {
        let to = |t: f64| {
            if t <= 0.0 {
                return (0.0, 0.0, 0.0);
            }
            let z = (t.ln() - location) / self.sigma();
            let [tail, slope, _] = self.distribution.ln_tail(z);
            (-tail, slope / self.sigma(), slope * z)
        };
        let (before, after) = (to(age), to(age + time));
        ((after.0 - before.0).max(0.0), after.1 - before.1, after.2 - before.2)
    }

    fn checked(
        &self,
        covariates: ArrayView2<'_, f64>,
        times: &[f64],
        ages: Option<&[f64]>,
    ) -> Result<(Vec<f64>, Vec<f64>)> {
        if let Some(t) = times.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
            return Err(Error::argument("times", t, "a time must be a finite number of at least 0"));
        }
        let locations = self.locations(covariates)?;
        let Some(ages) = ages else { return Ok((locations, vec![0.0; covariates.nrows()])) };
        same_length("conditional_after", ages.len(), "covariates", covariates.nrows())?;
        match ages.iter().position(|a| !(a.is_finite() && *a >= 0.0)) {
            None => Ok((locations, ages.to_vec())),
            Some(row) => Err(Error::InvalidValue {
                column: "conditional_after",
                row,
                value: ages[row].to_string(),
                expected: "an age must be a finite number of at least 0",
                remedy: "Give the time since the origin",
            }),
        }
    }
}
