//! Responses: what an activity brings as a function of what is spent on it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, non_negative, positive, same_length};

/// What spending brings: a response that rises with the spend and, beyond some point, ever more slowly.
///
/// | response | formula | source |
/// |---|---|---|
/// | exponential | ceiling · (1 − exp(−rate · x)) | Blattberg & Deighton 1996, HBR 74(4) |
/// | ADBUDG | low + (high − low) · xᶜ / (d + xᶜ), d = half_saturationᶜ | Little 1970, Management Science 16(8) |
/// | piecewise linear | through measured points, flat beyond the last | an uplift measured at several spends |
///
/// ADBUDG with c > 1 is S-shaped: small budgets bring next to nothing. [`Allocation`](super::Allocation) then searches
/// for the global optimum and says how far from it the answer can be.
///
/// ```
/// use cpm_core::portfolio::Response;
/// // Today 100 brings 40; nothing would bring 10, half as much again 52, and no budget more than 80.
/// let response = Response::adbudg_from_judgements(10.0, 80.0, 100.0, 40.0, 52.0)?;
/// assert!((response.value(100.0) - 40.0).abs() < 1e-12);
/// assert!((response.value(150.0) - 52.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response(pub(super) Shape);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Shape {
    Exponential { ceiling: f64, rate: f64 },
    Adbudg { low: f64, high: f64, c: f64, half_saturation: f64 },
    PiecewiseLinear { spend: Vec<f64>, response: Vec<f64> },
}

impl Response {
    /// ceiling · (1 − exp(−rate · x)).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless both are positive.
    pub fn exponential(ceiling: f64, rate: f64) -> Result<Self> {
        positive("ceiling", ceiling)?;
        positive("rate", rate)?;
        Ok(Self(Shape::Exponential { ceiling, rate }))
    }

    /// The exponential response with a ceiling that gives `response` at `spend`, the two judgements that Blattberg &
    /// Deighton ask a manager for: rate = −ln(1 − response/ceiling)/spend.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless 0 < response < ceiling and the spend is positive.
    pub fn exponential_from_judgements(ceiling: f64, spend: f64, response: f64) -> Result<Self> {
        positive("ceiling", ceiling)?;
        positive("spend", spend)?;
        positive("response", response)?;
        if response >= ceiling {
            let expected = format!("today's response must be below the ceiling {ceiling}; raise the ceiling");
            return Err(Error::argument("response", response, expected));
        }
        Self::exponential(ceiling, -(-response / ceiling).ln_1p() / spend)
    }

    /// low + (high − low) · xᶜ/(half_saturationᶜ + xᶜ); half of the way is reached at `half_saturation`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless 0 <= low < high and the others are positive, c at most 20.
    pub fn adbudg(low: f64, high: f64, c: f64, half_saturation: f64) -> Result<Self> {
        non_negative("low", low)?;
        positive("half_saturation", half_saturation)?;
        if !(high.is_finite() && high > low) {
            return Err(Error::argument("high", high, format!("it must be above the response without spend, {low}")));
        }
        if !(c > 0.0 && c <= 20.0) {
            return Err(Error::argument("c", c, "it must lie above 0 and be at most 20, which is a step already"));
        }
        Ok(Self(Shape::Adbudg { low, high, c, half_saturation }))
    }

    /// ADBUDG from four judgements: the response without spend, without limit, at today's spend, and at 1.5 times that.
    ///
    /// With odds o = (response − low)/(high − response) today and o' at 1.5 times: c = ln(o'/o)/ln 1.5.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless low < today < more < high.
    pub fn adbudg_from_judgements(low: f64, high: f64, spend: f64, today: f64, more: f64) -> Result<Self> {
        positive("spend", spend)?;
        non_negative("low", low)?;
        if !(low < today && today < more && more < high && high.is_finite()) {
            return Err(Error::argument(
                "judgements",
                format!("{low}, {today}, {more}, {high}"),
                "the response must rise from no spend to today's, to 1.5 times today's, to saturation",
            ));
        }
        let odds = |response: f64| (response - low) / (high - response);
        let c = (odds(more) / odds(today)).ln() / 1.5_f64.ln();
        Self::adbudg(low, high, c, spend * odds(today).powf(-1.0 / c))
    }

    /// Straight lines through measured points, flat beyond the last: nothing is known there.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the first point that is not to the right of the one
    /// before, or at which the response falls or begins to rise faster (then take [`concave_envelope`](Self::concave_envelope)).
    pub fn piecewise_linear(spend: &[f64], response: &[f64]) -> Result<Self> {
        check_points(spend, response)?;
        let slope = |i: usize| (response[i + 1] - response[i]) / (spend[i + 1] - spend[i]);
        for i in 0..spend.len() - 1 {
            let (expected, remedy) = if response[i + 1] < response[i] {
                ("a response may not fall as the spend rises", "Correct the point, or take the concave envelope")
            } else if i > 0 && slope(i) > slope(i - 1) * (1.0 + 1e-12) {
                (
                    "the response rises faster than before this point, so it is not concave",
                    "Take the concave envelope if that is noise of the measurement",
                )
            } else {
                continue;
            };
            let value = response[i + 1].to_string();
            return Err(Error::InvalidValue { column: "response", row: i + 1, value, expected, remedy });
        }
        Ok(Self(Shape::PiecewiseLinear { spend: spend.to_vec(), response: response.to_vec() }))
    }

    /// The least concave and rising response above measured points: for measurements with noise.
    ///
    /// It is optimistic at the points that it leaves below it.
    ///
    /// # Errors
    /// As [`piecewise_linear`](Self::piecewise_linear), but any finite responses of at least 0 are welcome.
    pub fn concave_envelope(spend: &[f64], response: &[f64]) -> Result<Self> {
        check_points(spend, response)?;
        let mut hull: Vec<(f64, f64)> = Vec::new();
        for (&x, &y) in spend.iter().zip(response) {
            // A fall is no part of it: the highest point so far is kept.
            let y = hull.last().map_or(y, |last| y.max(last.1));
            while let [.., (x0, y0), (x1, y1)] = hull[..] {
                if (y1 - y0) * (x - x1) > (y - y1) * (x1 - x0) {
                    break;
                }
                hull.pop();
            }
            hull.push((x, y));
        }
        let (spend, response): (Vec<f64>, Vec<f64>) = hull.into_iter().unzip();
        Ok(Self(Shape::PiecewiseLinear { spend, response }))
    }

    /// The response to a spend of at least 0.
    #[must_use]
    pub fn value(&self, spend: f64) -> f64 {
        self.terms(spend)[0]
    }

    /// Additional response to the next unit of money; at a corner, to the right of it.
    #[must_use]
    pub fn marginal(&self, spend: f64) -> f64 {
        self.terms(spend)[1]
    }

    /// Whether small spends bring less per unit than larger ones: ADBUDG with c > 1.
    #[must_use]
    pub fn is_s_shaped(&self) -> bool {
        matches!(self.0, Shape::Adbudg { c, .. } if c > 1.0)
    }

    /// The spend up to which the response is convex: 0 unless it is S-shaped.
    #[must_use]
    pub fn inflection(&self) -> f64 {
        match self.0 {
            Shape::Adbudg { c, half_saturation, .. } if c > 1.0 => {
                half_saturation * ((c - 1.0) / (c + 1.0)).powf(1.0 / c)
            }
            _ => 0.0,
        }
    }

    /// Value, slope and curvature.
    pub(super) fn terms(&self, x: f64) -> [f64; 3] {
        match &self.0 {
            Shape::Exponential { ceiling, rate } => {
                let rest = (-rate * x).exp();
                [-ceiling * (-rate * x).exp_m1(), ceiling * rate * rest, -ceiling * rate * rate * rest]
            }
            Shape::Adbudg { low, high, c, half_saturation } => {
                if x <= 0.0 {
                    let at_zero = (high - low) / half_saturation;
                    let slope = if *c < 1.0 { f64::INFINITY } else { f64::from(u8::from(*c == 1.0)) * at_zero };
                    return [*low, slope, -2.0 * slope / half_saturation];
                }
                // The share s of the way has slope c s (1 - s)/x in x.
                let odds = (c * (x / half_saturation).ln()).exp();
                let (share, rest) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
                let share = if odds.is_finite() { share } else { 1.0 };
                let slope = (high - low) * c * share * rest / x;
                [low + (high - low) * share, slope, slope * (c * (rest - share) - 1.0) / x]
            }
            Shape::PiecewiseLinear { spend, response } => {
                let k = spend.partition_point(|s| *s <= x);
                let last = spend.len() - 1;
                if k > last {
                    return [response[last], 0.0, 0.0];
                }
                // The first spend is 0, so k is at least 1.
                let slope = (response[k] - response[k - 1]) / (spend[k] - spend[k - 1]);
                [response[k - 1] + slope * (x - spend[k - 1]), slope, 0.0]
            }
        }
    }

    /// The response `size` times as large and reached `speed` times as fast: what is not known well of it. What comes
    /// without spend stays.
    pub(super) fn varied(&self, size: f64, speed: f64) -> Self {
        Self(match &self.0 {
            Shape::Exponential { ceiling, rate } => Shape::Exponential { ceiling: ceiling * size, rate: rate * speed },
            Shape::Adbudg { low, high, c, half_saturation } => Shape::Adbudg {
                low: *low,
                high: low + (high - low) * size,
                c: *c,
                half_saturation: half_saturation / speed,
            },
            Shape::PiecewiseLinear { spend, response } => Shape::PiecewiseLinear {
                spend: spend.iter().map(|s| s / speed).collect(),
                response: response.iter().map(|r| response[0] + (r - response[0]) * size).collect(),
            },
        })
    }
}

fn check_points(spend: &[f64], response: &[f64]) -> Result<()> {
    same_length("response", response.len(), "spend", spend.len())?;
    if spend.len() < 2 {
        return Err(Error::argument("spend", spend.len(), "give at least two points, the first at a spend of 0"));
    }
    let wrong = |column, row: usize, value: f64, expected| {
        let remedy = "Give the measured points in ascending order of spend, the first one without any";
        Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
    };
    if spend[0] != 0.0 {
        return wrong("spend", 0, spend[0], "the first point must be at a spend of 0");
    }
    for i in 0..spend.len() {
        if !spend[i].is_finite() || (i > 0 && spend[i] <= spend[i - 1]) {
            return wrong("spend", i, spend[i], "spends must be finite and rise from point to point");
        }
        if !(response[i].is_finite() && response[i] >= 0.0) {
            return wrong("response", i, response[i], "it must be a finite number of at least 0");
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
