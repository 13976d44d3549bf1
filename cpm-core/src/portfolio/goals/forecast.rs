//! Whether a goal will be reached if things go on as they went.

use serde::Serialize;

use super::goal::{Goal, GoalPath};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval};
use crate::numerics::distribution::{student_quantile, student_two_sided};
use crate::transactions::Timestamp;

/// Seconds.
const DAY: f64 = 86_400.0;

/// Where a figure is heading; see [`forecast_goal`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GoalForecast {
    /// The figure at the date of the goal, with its prediction interval.
    pub expected: Estimate,
    /// Probability that it is at the target or beyond it at that date.
    pub probability: f64,
    /// Change per day so far (factor per day less 1 on a compound path).
    pub trend: f64,
    /// Change per day that would reach the target from the last measurement.
    pub required_trend: f64,
    /// Days from the last measurement to the date.
    pub days: f64,
}

/// The figure at the date of the goal if its changes go on as they did: a random walk with drift, whose drift and variance per day are those of the
/// measurements (Hyndman & Athanasopoulos 2021, Forecasting: Principles and Practice, 5.2), on the logarithm for a compound path.
///
/// With n measurements over T days, h days ahead: yₙ + h·(yₙ − y₁)/T ± t·σ·√(h + h²/T), Student's t with n − 2 degrees of freedom, σ² the mean
/// square of the changes around the drift per day. Errors of measurement are in the changes and make the interval wider.
/// Times need not be equally far apart. Seasons are not known to it: compare like with like.
///
/// ```
/// use cpm_core::Timestamp;
/// use cpm_core::portfolio::{Goal, GoalPath, forecast_goal};
/// let goal = Goal::new("repeat rate", 0.30, 0.36, "2024-01-01".parse()?, "2024-12-31".parse()?, GoalPath::Linear)?;
/// let times: Vec<Timestamp> = (0..7).map(|month| Timestamp::from_days(19_723 + 30 * month)).collect();
/// let forecast = forecast_goal(&goal, &times, &[0.300, 0.306, 0.309, 0.316, 0.318, 0.327, 0.330], 0.95)?;
/// assert!(forecast.expected.value > 0.355 && forecast.probability > 0.4);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::NotIdentified`] for fewer than three measurements; [`Error::InvalidValue`] for times that do not
/// ascend, values that are not finite, or not above 0 on a compound path; [`Error::InvalidArgument`] if the last is after the date.
pub fn forecast_goal(goal: &Goal, times: &[Timestamp], values: &[f64], level: f64) -> Result<GoalForecast> {
    error::level("level", level)?;
    check(goal, times, values)?;
    let compound = goal.path() == GoalPath::Compound;
    let scale = |value: f64| if compound { value.ln() } else { value };
    let back = |value: f64| if compound { value.exp() } else { value };
    let day = |t: Timestamp| t.seconds() as f64 / DAY;
    let n = times.len();
    let (last, at) = (scale(values[n - 1]), day(times[n - 1]));
    let span = at - day(times[0]);
    let drift = (last - scale(values[0])) / span;
    let around = |k: usize| {
        let days = day(times[k + 1]) - day(times[k]);
        (scale(values[k + 1]) - scale(values[k]) - drift * days).powi(2) / days
    };
    let freedom = (n - 2) as f64;
    let variance = (0..n - 1).map(around).sum::<f64>() / freedom;
    let days = day(goal.date()) - at;
    let centre = last + drift * days;
    let error = (variance * (days + days * days / span)).sqrt();
    let reach = student_quantile(freedom, 0.5 + 0.5 * level) * error;
    let target = scale(goal.target());
    let ahead = goal.direction() * (centre - target);
    // Changes without any scatter leave nothing to chance, but for rounding.
    let probability = if error > 1e-12 * (1.0 + centre.abs()) {
        let tail = 0.5 * student_two_sided(freedom, ahead / error);
        if ahead >= 0.0 { 1.0 - tail } else { tail }
    } else {
        f64::from(u8::from(ahead >= -1e-9 * (1.0 + target.abs())))
    };
    let needed = if days > 0.0 { (target - last) / days } else { 0.0 };
    let per_day = |rate: f64| if compound { rate.exp_m1() } else { rate };
    let interval = Interval { low: back(centre - reach), high: back(centre + reach) };
    Ok(GoalForecast {
        expected: Estimate { value: back(centre), interval },
        probability,
        trend: per_day(drift),
        required_trend: per_day(needed),
        days,
    })
}

fn check(goal: &Goal, times: &[Timestamp], values: &[f64]) -> Result<()> {
    same_length("values", values.len(), "times", times.len())?;
    if times.len() < 3 {
        return Err(Error::NotIdentified {
            model: "the forecast of the goal",
            reason: format!("there are {} measurements", times.len()),
            remedy: "Give three at least: with two nothing is known of how much the figure varies".to_owned(),
        });
    }
    let wrong =
        |column, row, value, expected, remedy| Err(Error::InvalidValue { column, row, value, expected, remedy });
    if let Some(k) = times.windows(2).position(|w| w[0] >= w[1]) {
        let expected = "times must ascend";
        return wrong("times", k + 1, times[k + 1].to_string(), expected, "Sort the measurements, one per time");
    }
    let positive = goal.path() == GoalPath::Compound;
    if let Some(row) = values.iter().position(|v| !v.is_finite() || (positive && *v <= 0.0)) {
        let expected = if positive { "it must be finite and above 0" } else { "it must be a finite number" };
        return wrong("values", row, values[row].to_string(), expected, "Correct it, or leave the measurement out");
    }
    match times.last().filter(|last| **last > goal.date()) {
        Some(last) => {
            let expected = format!("the last measurement must not be after the date of the goal, {}", goal.date());
            Err(Error::argument("times", last, expected))
        }
        None => Ok(()),
    }
}
