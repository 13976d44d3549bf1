//! What a randomised campaign did.

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval};
use crate::numerics::distribution::{chi_squared_tail, student_quantile, student_two_sided};
use crate::numerics::least_squares::{Covariance, least_squares};

/// How what was known of customers before the campaign is used to take noise out of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Adjustment {
    /// Not at all: the difference of the means.
    #[default]
    None,
    /// CUPED (Deng, Xu, Kohavi & Walker 2013, WSDM): the difference of the means of y − θ'(x − x̄), θ from a regression of
    /// y on x over both groups.
    Cuped,
    /// Regression on treatment and covariates.
    Regression,
    /// The same with covariates centred and multiplied by treatment: never less precise in large samples (Lin 2013, Annals of
    /// Applied Statistics 7(1)).
    Interacted,
}

/// Choices for [`campaign_effect`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectOptions {
    adjustment: Adjustment,
    expected_share: Option<f64>,
    level: f64,
}

impl Default for EffectOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl EffectOptions {
    /// The difference of the means with 95 % interval.
    #[must_use]
    pub fn new() -> Self {
        Self { adjustment: Adjustment::None, expected_share: None, level: 0.95 }
    }

    /// How covariates are used.
    #[must_use]
    pub fn adjustment(mut self, adjustment: Adjustment) -> Self {
        self.adjustment = adjustment;
        self
    }

    /// The share of customers who were meant to be treated: the groups' sizes are tested against it.
    #[must_use]
    pub fn expected_share(mut self, share: f64) -> Self {
        self.expected_share = Some(share);
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// The effect of a campaign per customer, and in total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CampaignEffect {
    /// Mean effect per treated customer, with t interval.
    pub effect: Estimate,
    /// Its standard error, with variances that may differ between the groups (HC2).
    pub standard_error: f64,
    /// Probability of an effect at least as large, in either direction, if there is none.
    pub p_value: f64,
    /// Effect over the mean that the treated would have had; None if that is not positive. The interval is that of a ratio
    /// (delta method).
    pub relative: Option<Estimate>,
    /// The effect on all treated customers together.
    pub total: Estimate,
    /// Share of the variance of the plain difference that the adjustment took away; negative if it added some.
    pub variance_reduction: f64,
    /// Customers contacted.
    pub treated: usize,
    /// Customers held out.
    pub control: usize,
    /// Mean outcome of the control group.
    pub control_mean: f64,
    /// P-value of the groups' sizes, if the share was given: below 0.001 the assignment was not what was meant, and the effect cannot
    /// be trusted (Fabijan et al. 2019).
    pub sample_ratio_p_value: Option<f64>,
}

/// Incremental effect of a randomised campaign on an outcome: revenue, margin, value, or 1 and 0 for a response.
///
/// `covariates` hold what was known before the campaign, a row per customer: past revenue above all. The standard errors are those of
/// least squares with HC2 covariance; for the plain difference this is Neyman's variance s₁²/n₁ + s₀²/n₀.
///
/// ```
/// use cpm_core::portfolio::{Adjustment, EffectOptions, campaign_effect};
/// use ndarray::Array2;
/// let past: Vec<f64> = (0..200).map(|i| (i * 37 % 101) as f64).collect();
/// let treated: Vec<bool> = (0..200).map(|i| i % 2 == 0).collect();
/// let outcome: Vec<f64> = (0..200).map(|i| past[i] + 3.0 * f64::from(u8::from(treated[i])) + (i % 7) as f64).collect();
/// let before = Array2::from_shape_fn((200, 1), |(i, _)| past[i]);
/// let options = EffectOptions::new().adjustment(Adjustment::Cuped);
/// let effect = campaign_effect(&outcome, &treated, Some(before.view()), &options)?;
/// assert!((effect.effect.value - 3.0).abs() < 0.1 && effect.variance_reduction > 0.9);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for an outcome or covariate that is not finite; [`Error::InvalidArgument`] for an
/// adjustment without covariates; [`Error::NotIdentified`] for fewer than two customers in a group, or a covariate that is constant or a
/// combination of others.
pub fn campaign_effect(
    outcome: &[f64],
    treated: &[bool],
    covariates: Option<ArrayView2<'_, f64>>,
    options: &EffectOptions,
) -> Result<CampaignEffect> {
    let level = error::level("level", options.level)?;
    let n = outcome.len();
    same_length("treated", treated.len(), "outcome", n)?;
    finite("outcome", outcome.iter().copied())?;
    let count = treated.iter().filter(|t| **t).count();
    if count < 2 || n - count < 2 {
        return Err(Error::NotIdentified {
            model: "the effect of the campaign",
            reason: format!("{count} customers were treated and {} were not", n - count),
            remedy: "Give at least two of both; without a group held out at random there is nothing to compare with"
                .to_owned(),
        });
    }
    let x = match (covariates, options.adjustment) {
        (Some(x), _) if x.nrows() != n => {
            return Err(Error::LengthMismatch {
                column: "covariates",
                found: x.nrows(),
                reference: "outcome",
                expected: n,
            });
        }
        (Some(x), adjustment) => {
            for column in x.columns() {
                finite("covariates", column.iter().copied())?;
            }
            (adjustment != Adjustment::None).then(|| centred(x))
        }
        (None, Adjustment::None) => None,
        (None, adjustment) => {
            let expected = "it needs covariates: what was known of the customers before the campaign";
            return Err(Error::argument("adjustment", format!("{adjustment:?}"), expected));
        }
    };

    let mean = |which: bool| {
        let values = outcome.iter().zip(treated).filter(|(_, t)| **t == which).map(|(y, _)| y);
        values.sum::<f64>() / if which { count as f64 } else { (n - count) as f64 }
    };
    let (treated_mean, control_mean) = (mean(true), mean(false));
    let plain = fit(&design(n, treated, None, false), outcome)?;
    let fitted = match (&x, options.adjustment) {
        (Some(x), Adjustment::Cuped) => {
            let adjusted = without_covariates(outcome, x)?;
            fit(&design(n, treated, None, false), &adjusted)?
        }
        (Some(x), Adjustment::Regression) => fit(&design(n, treated, Some(x), false), outcome)?,
        (Some(x), Adjustment::Interacted) => fit(&design(n, treated, Some(x), true), outcome)?,
        _ => plain.clone(),
    };
    let (value, error) = (fitted.coefficients[1], fitted.standard_error(1));
    let t = student_quantile(fitted.degrees_of_freedom as f64, 0.5 + 0.5 * level);
    let about =
        |value: f64, reach: f64| Estimate { value, interval: Interval { low: value - reach, high: value + reach } };
    let baseline = treated_mean - value;
    // d(effect/baseline) with baseline = treated mean - effect; their covariance is that of the effect with the treated mean.
    let relative = (baseline > 0.0).then(|| {
        let of_treated = variance_of_mean(outcome, treated, treated_mean, count);
        let reach = error * treated_mean.abs() / (baseline * baseline);
        let own = value.abs() * of_treated.sqrt() / (baseline * baseline);
        // The derivatives are treated/baseline² in the effect and -effect/baseline² in the treated mean, and the two rise together.
        let variance = (reach * reach + own * own
            - 2.0 * value.signum() * own * of_treated.sqrt() * treated_mean.abs() / (baseline * baseline))
            .max(0.0);
        about(value / baseline, t * variance.sqrt())
    });
    let sample_ratio_p_value = options
        .expected_share
        .map(|share| {
            error::level("expected_share", share)?;
            let expected = share * n as f64;
            let distance = (count as f64 - expected).powi(2);
            Ok(chi_squared_tail(distance / expected + distance / (n as f64 - expected), 1))
        })
        .transpose()?;
    let p_value = if error > 0.0 {
        student_two_sided(fitted.degrees_of_freedom as f64, value / error)
    } else {
        f64::from(u8::from(value == 0.0))
    };
    let before = plain.standard_error(1).powi(2);
    Ok(CampaignEffect {
        effect: about(value, t * error),
        standard_error: error,
        p_value,
        relative,
        total: about(value * count as f64, t * error * count as f64),
        variance_reduction: if before > 0.0 { 1.0 - error * error / before } else { 0.0 },
        treated: count,
        control: n - count,
        control_mean,
        sample_ratio_p_value,
    })
}

fn finite(column: &'static str, mut values: impl Iterator<Item = f64>) -> Result<()> {
    match values.by_ref().enumerate().find(|(_, v)| !v.is_finite()) {
        Some((row, value)) => Err(Error::InvalidValue {
            column,
            row,
            value: value.to_string(),
            expected: "it must be a finite number",
            remedy: "Customers without purchases have an outcome of 0; leave nobody out who was assigned",
        }),
        None => Ok(()),
    }
}

fn variance_of_mean(outcome: &[f64], treated: &[bool], mean: f64, count: usize) -> f64 {
    let square: f64 = outcome.iter().zip(treated).filter(|(_, t)| **t).map(|(y, _)| (y - mean).powi(2)).sum();
    square / (count - 1) as f64 / count as f64
}

fn centred(x: ArrayView2<'_, f64>) -> Array2<f64> {
    let means: Vec<f64> = x.columns().into_iter().map(|c| c.sum() / c.len() as f64).collect();
    Array2::from_shape_fn(x.dim(), |(i, j)| x[(i, j)] - means[j])
}

/// Columns 1, treatment, covariates, and covariates by treatment.
fn design(n: usize, treated: &[bool], x: Option<&Array2<f64>>, interacted: bool) -> Array2<f64> {
    let k = x.map_or(0, Array2::ncols);
    let width = 2 + if interacted { 2 * k } else { k };
    let treatment = |i: usize| f64::from(u8::from(treated[i]));
    Array2::from_shape_fn((n, width), |(i, j)| match (j, x) {
        (0, _) => 1.0,
        (1, _) => treatment(i),
        (j, Some(x)) if j < 2 + k => x[(i, j - 2)],
        (j, Some(x)) => x[(i, j - 2 - k)] * treatment(i),
        _ => 0.0,
    })
}

/// y − θ'(x − x̄).
fn without_covariates(outcome: &[f64], x: &Array2<f64>) -> Result<Vec<f64>> {
    let (n, k) = x.dim();
    let design = Array2::from_shape_fn((n, k + 1), |(i, j)| if j == 0 { 1.0 } else { x[(i, j - 1)] });
    let fitted = fit(&design, outcome)?;
    let slope = |i: usize| (0..k).map(|j| fitted.coefficients[j + 1] * x[(i, j)]).sum::<f64>();
    Ok((0..n).map(|i| outcome[i] - slope(i)).collect())
}

fn fit(design: &Array2<f64>, y: &[f64]) -> Result<crate::numerics::least_squares::LeastSquares> {
    let unfit = |reason: String, remedy: &str| Error::NotIdentified {
        model: "the regression of the outcome",
        reason,
        remedy: remedy.to_owned(),
    };
    if design.nrows() <= design.ncols() {
        let reason = format!("there are {} customers for {} coefficients", design.nrows(), design.ncols());
        return Err(unfit(reason, "Give more customers, or fewer covariates"));
    }
    least_squares(design.view(), y, Covariance::Hc2).map_err(|column| {
        let reason = format!("column {column} (0 is the intercept, 1 the treatment, then the covariates) is a combination of those before it");
        unfit(reason, "Leave out covariates that are constant or follow from others")
    })
}
