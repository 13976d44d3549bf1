//! Which lever closes the gap.

use serde::Serialize;

use super::super::draws::{Domain, DrawOptions, Measured};
use crate::error::{Error, Result, positive};
use crate::estimate::{Estimate, QuantileEstimate};

/// Halvings of the range of a lever: to the last digit.
const HALVINGS: usize = 100;

/// Something that can be moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lever {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub value: f64,
    /// How far it can be moved: the limit, above or below the value.
    pub limit: f64,
}

impl Lever {
    /// A lever and the farthest that it can be moved.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, limit: f64) -> Self {
        Self { name: name.into(), value, limit }
    }
}

/// What one lever does alone; see [`close_gap`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeverAnswer {
    /// The lever.
    pub name: String,
    /// Where it is.
    pub current: f64,
    /// Where it would have to be; None if its limit is not enough.
    pub needed: Option<f64>,
    /// The metric with the lever at its limit.
    pub at_limit: f64,
    /// Percent of the metric for a percent of the lever, here and now; None where the lever or the metric is 0.
    pub elasticity: Option<f64>,
}

/// How a target can be reached; see [`close_gap`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// The metric now.
    pub current: f64,
    /// Where it should be.
    pub target: f64,
    /// Each lever alone, in the order given.
    pub alone: Vec<LeverAnswer>,
    /// The share of its way to the limit that every lever must go if all go together; None if all limits together are not enough.
    pub together: Option<f64>,
}

/// How far each lever must be moved alone, and all together, for a metric to reach a target.
///
/// The metric must rise or fall steadily on the way of each lever to its limit: the first point of the bisection that reaches the
/// target is taken.
///
/// ```
/// use cpm_core::portfolio::{Lever, close_gap};
/// // Revenue is customers · orders · basket.
/// let levers = [Lever::new("customers", 1_000.0, 1_100.0), Lever::new("orders", 4.0, 6.0), Lever::new("basket", 50.0, 80.0)];
/// let gap = close_gap(|x| Ok(x[0] * x[1] * x[2]), &levers, 240_000.0)?;
/// assert_eq!(gap.alone[0].needed, None); // 1,100 customers are not enough
/// assert!((gap.alone[1].needed.unwrap() - 4.8).abs() < 1e-12);
/// assert!((gap.alone[2].elasticity.unwrap() - 1.0).abs() < 1e-6);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without levers; [`Error::InvalidArgument`] for numbers that are not finite, or a metric that is not; what the
/// metric itself says.
pub fn close_gap(mut metric: impl FnMut(&[f64]) -> Result<f64>, levers: &[Lever], target: f64) -> Result<Gap> {
    if levers.is_empty() {
        let remedy = "Give one at least".to_owned();
        return Err(Error::Empty { what: "the list of levers".to_owned(), remedy });
    }
    if !target.is_finite() {
        return Err(Error::argument("target", target, "it must be a finite number"));
    }
    if let Some(lever) = levers.iter().find(|l| !l.value.is_finite() || !l.limit.is_finite()) {
        let value = format!("{}: {} to {}", lever.name, lever.value, lever.limit);
        return Err(Error::argument("levers", value, "value and limit must be finite numbers"));
    }
    let now: Vec<f64> = levers.iter().map(|l| l.value).collect();
    let mut of = |x: &[f64]| match metric(x)? {
        value if value.is_finite() => Ok(value),
        value => Err(Error::argument("metric", value, format!("it must be a finite number; the levers are at {x:?}"))),
    };
    let current = of(&now)?;
    let direction = if target >= current { 1.0 } else { -1.0 };
    let reached = |value: f64| direction * (value - target) >= -1e-13 * target.abs();
    // Whether levers, so far on their way to the limits, reach the target.
    let moved = |share: f64, which: Option<usize>| -> Vec<f64> {
        let way = |(k, l): (usize, &Lever)| match which {
            Some(only) if only != k => l.value,
            // The limit itself, to the last digit.
            _ if share == 1.0 => l.limit,
            _ => l.value + share * (l.limit - l.value),
        };
        levers.iter().enumerate().map(way).collect()
    };
    let mut share = |which: Option<usize>| -> Result<(Option<f64>, f64)> {
        let at_limit = of(&moved(1.0, which))?;
        if reached(current) {
            return Ok((Some(0.0), at_limit));
        }
        if !reached(at_limit) {
            return Ok((None, at_limit));
        }
        let (mut short, mut enough) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (short + enough);
            if middle <= short || middle >= enough {
                break;
            }
            if reached(of(&moved(middle, which))?) {
                enough = middle;
            } else {
                short = middle;
            }
        }
        Ok((Some(enough), at_limit))
    };
    let together = share(None)?.0;
    let shares: Vec<(Option<f64>, f64)> = (0..levers.len()).map(|k| share(Some(k))).collect::<Result<_>>()?;
    let mut alone = Vec::with_capacity(levers.len());
    for (k, (lever, (share, at_limit))) in levers.iter().zip(shares).enumerate() {
        let elasticity = if current == 0.0 || lever.value == 0.0 || lever.limit == lever.value {
            None
        } else {
            // On its way, where the metric is defined; two steps take the curvature out.
            let step = 1e-5 * (lever.value.abs() / (lever.limit - lever.value).abs()).min(1.0);
            let (one, two) = (of(&moved(step, Some(k)))?, of(&moved(2.0 * step, Some(k)))?);
            let slope = (4.0 * one - 3.0 * current - two) / (2.0 * step * (lever.limit - lever.value));
            Some(slope * lever.value / current)
        };
        alone.push(LeverAnswer {
            name: lever.name.clone(),
            current: lever.value,
            needed: share.map(|s| moved(s, Some(k))[k]),
            at_limit,
            elasticity,
        });
    }
    Ok(Gap { current, target, alone, together })
}

/// What the value of a customer is made of, each with its standard error.
///
/// CLV = margin·purchases·Σ r^t/(1 + d)^t for t = 1, 2, …, periods, or without end: m·r/(1 + d − r) (Gupta & Lehmann 2003, Journal of
/// Interactive Marketing 17(1)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClvDrivers {
    /// Margin of a purchase.
    pub margin: Measured,
    /// Purchases of a living customer per period.
    pub purchases: Measured,
    /// Share of customers that stay from one period to the next.
    pub retention: Measured,
    /// Discount rate per period.
    pub discount: f64,
    /// Number of periods; None without end.
    pub periods: Option<u32>,
}

impl ClvDrivers {
    /// The value of a customer.
    ///
    /// ```
    /// use cpm_core::portfolio::{ClvDrivers, Measured};
    /// let drivers = ClvDrivers {
    ///     margin: 25.0.into(), purchases: 4.0.into(), retention: Measured::new(0.8, 0.01), discount: 0.1, periods: None,
    /// };
    /// assert!((drivers.value()? - 100.0 * 0.8 / 0.3).abs() < 1e-10);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a driver outside its domain: a negative margin or number of purchases, a retention outside 0 to 1,
    /// a negative discount rate, a sum without end that has none.
    pub fn value(&self) -> Result<f64> {
        self.check()?;
        Ok(self.at([self.margin.value, self.purchases.value, self.retention.value]))
    }

    fn check(&self) -> Result<()> {
        self.margin.check("margin", Domain::Amount)?;
        self.purchases.check("purchases", Domain::Amount)?;
        self.retention.check("retention", Domain::Share)?;
        crate::error::non_negative("discount", self.discount)?;
        if self.periods == Some(0) {
            return Err(Error::argument("periods", 0, "give one at least, or none for a value without end"));
        }
        if self.periods.is_none() && self.discount == 0.0 {
            let expected = "without discount a value without end may be infinite; give a rate above 0, or periods";
            return Err(Error::argument("discount", 0, expected));
        }
        Ok(())
    }

    fn at(&self, [margin, purchases, retention]: [f64; 3]) -> f64 {
        let factor = retention / (1.0 + self.discount);
        let times = match self.periods {
            None => factor / (1.0 - factor),
            Some(n) if factor == 1.0 => f64::from(n),
            Some(n) => factor * (1.0 - factor.powf(f64::from(n))) / (1.0 - factor),
        };
        margin * purchases * times
    }
}

/// Where each driver would have to be, with interval, for the value of a customer to rise by a share such as 0.15; see [`close_gap`].
///
/// The limits are those of the drivers as `limits` (margin, purchases, retention). Each draw of the uncertain drivers has a value of its
/// own to raise, and a needed driver of its own; `needed` is None, or an end of its interval is, where the limit is not enough.
///
/// ```
/// use cpm_core::portfolio::{ClvDrivers, DrawOptions, Measured, close_clv_gap};
/// let drivers = ClvDrivers {
///     margin: Measured::new(25.0, 1.0), purchases: 4.0.into(), retention: Measured::new(0.8, 0.01), discount: 0.1, periods: None,
/// };
/// let (gap, needed, value) = close_clv_gap(&drivers, 0.15, [40.0, 6.0, 0.95], &DrawOptions::new())?;
/// assert!((needed[0].value.unwrap() - 25.0 * 1.15).abs() < 1e-9);  // 15 % more margin
/// assert!((needed[2].value.unwrap() - 0.8288).abs() < 1e-3);       // or 3 points more retention
/// assert!(gap.together.unwrap() < 0.2 && value.interval.low < value.value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`ClvDrivers::value`] and [`close_gap`]; [`Error::InvalidArgument`] for a rise that is not above 0, or a limit below its driver.
pub fn close_clv_gap(
    drivers: &ClvDrivers,
    rise: f64,
    limits: [f64; 3],
    options: &DrawOptions,
) -> Result<(Gap, [QuantileEstimate; 3], Estimate)> {
    options.check()?;
    positive("rise", rise)?;
    let value = drivers.value()?;
    let now = [drivers.margin, drivers.purchases, drivers.retention];
    for (name, (driver, limit)) in ["margin", "purchases", "retention"].into_iter().zip(now.iter().zip(limits)) {
        if !limit.is_finite() || limit < driver.value || (name == "retention" && limit > 1.0) {
            let expected =
                format!("the limit of {name} must be finite, at least {} and, of retention, at most 1", driver.value);
            return Err(Error::argument("limits", limit, expected));
        }
    }
    let solve = |at: [f64; 3]| {
        let name = ["margin", "purchases", "retention"];
        // A draw may lie beyond the limit: then the driver stays where it is.
        let levers: Vec<Lever> = (0..3).map(|k| Lever::new(name[k], at[k], limits[k].max(at[k]))).collect();
        close_gap(|x| Ok(drivers.at([x[0], x[1], x[2]])), &levers, drivers.at(at) * (1.0 + rise))
    };
    let gap = solve([drivers.margin.value, drivers.purchases.value, drivers.retention.value])?;
    let mut values = Vec::with_capacity(options.draws);
    let mut needed: [Vec<f64>; 3] = Default::default();
    for draw in 0..options.draws {
        let mut random = options.stream(draw);
        let at = [
            drivers.margin.draw(Domain::Amount, &mut random),
            drivers.purchases.draw(Domain::Amount, &mut random),
            drivers.retention.draw(Domain::Share, &mut random),
        ];
        values.push(drivers.at(at));
        for (all, answer) in needed.iter_mut().zip(solve(at)?.alone) {
            all.push(answer.needed.unwrap_or(f64::INFINITY));
        }
    }
    let of = |k: usize, drawn: Vec<f64>| options.reached(gap.alone[k].needed.unwrap_or(f64::INFINITY), drawn);
    let [margin, purchases, retention] = needed;
    let needed = [of(0, margin), of(1, purchases), of(2, retention)];
    let value = options.estimate(value, values);
    Ok((gap, needed, value))
}
