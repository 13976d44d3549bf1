//! A goal, its path, and where a measurement stands on it.

use serde::{Deserialize, Serialize};

use super::super::draws::{Domain, Measured};
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::normal_cdf;
use crate::transactions::Timestamp;

/// How a figure is meant to go from baseline to target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum GoalPath {
    /// By the same amount every day.
    #[default]
    Linear,
    /// By the same factor every day: baseline·(target/baseline)^(share of the time).
    Compound,
}

impl GoalPath {
    /// Where the figure should be after a share of the time.
    fn at(self, baseline: f64, target: f64, share: f64) -> f64 {
        // Both ends to the last digit.
        if share == 0.0 {
            return baseline;
        }
        if share == 1.0 {
            return target;
        }
        match self {
            Self::Linear => baseline + share * (target - baseline),
            Self::Compound => baseline * (target / baseline).powf(share),
        }
    }
}

/// A figure that should get from its baseline to a target by a date.
///
/// ```
/// use cpm_core::portfolio::{Goal, GoalPath, GoalState, Measured};
/// let goal = Goal::new("net revenue retention", 0.90, 1.02, "2024-01-01".parse()?, "2024-12-31".parse()?, GoalPath::Linear)?;
/// let status = goal.status(Measured::new(0.95, 0.02), "2024-07-01".parse()?, 0.95)?;
/// assert!((status.required - 0.96).abs() < 1e-3);
/// assert_eq!(status.state, GoalState::Undecided); // 0.95 ± 0.04 may be on the path or not
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    metric: String,
    baseline: f64,
    target: f64,
    start: Timestamp,
    date: Timestamp,
    path: GoalPath,
}

/// Whether a figure is where it should be, as far as its own uncertainty lets one say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum GoalState {
    /// The whole interval is at the target or beyond it.
    Reached,
    /// The whole interval is on the path or ahead of it.
    OnTrack,
    /// The interval contains the path: more data, not more action, would tell.
    Undecided,
    /// The whole interval is short of the path.
    Behind,
}

impl GoalState {
    /// In words: `reached`, `on track`, `undecided`, `behind`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::OnTrack => "on track",
            Self::Undecided => "undecided",
            Self::Behind => "behind",
        }
    }
}

/// Where a measurement stands; see [`Goal::status`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GoalStatus {
    /// Where the figure should be.
    pub required: f64,
    /// Where it is, with interval.
    pub current: Estimate,
    /// Share of the way from baseline to target, with interval; may be below 0 or above 1.
    pub progress: Estimate,
    /// Share of the time that has passed, from 0 to 1.
    pub elapsed: f64,
    /// Probability that the figure is on the path or ahead of it.
    pub on_path: f64,
    /// The same in a word.
    pub state: GoalState,
    /// Where the path begins, and where it ends.
    pub ends: [f64; 2],
    /// The way between them.
    pub path: GoalPath,
}

impl GoalStatus {
    /// Where the figure should be after a share of the time.
    #[must_use]
    pub fn required_after(&self, share: f64) -> f64 {
        let [baseline, target] = self.ends;
        self.path.at(baseline, target, share)
    }
}

impl Goal {
    /// A goal from a baseline at `start` to a target at `date`. The target may be below the baseline: for churn, for costs.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for numbers that are not finite, equal ones, a date that is not after the start, or a compound path
    /// between numbers that are not both above 0.
    pub fn new(
        metric: impl Into<String>,
        baseline: f64,
        target: f64,
        start: Timestamp,
        date: Timestamp,
        path: GoalPath,
    ) -> Result<Self> {
        if !baseline.is_finite() {
            return Err(Error::argument("baseline", baseline, "it must be a finite number"));
        }
        if !target.is_finite() || target == baseline {
            return Err(Error::argument("target", target, "it must be a finite number other than the baseline"));
        }
        if date <= start {
            return Err(Error::argument("date", date, format!("it must be after the start, {start}")));
        }
        if path == GoalPath::Compound && (baseline <= 0.0 || target <= 0.0) {
            let expected = "from or to zero or less there is no path of equal factors; take the linear one";
            return Err(Error::argument("path", "compound", expected));
        }
        Ok(Self { metric: metric.into(), baseline, target, start, date, path })
    }

    /// What is to change.
    #[must_use]
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// Where it starts from.
    #[must_use]
    pub fn baseline(&self) -> f64 {
        self.baseline
    }

    /// Where it should get to.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }

    /// When the baseline was.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// When the target should be reached.
    #[must_use]
    pub fn date(&self) -> Timestamp {
        self.date
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> GoalPath {
        self.path
    }

    /// 1 if more is better, −1 if less is.
    pub(super) fn direction(&self) -> f64 {
        (self.target - self.baseline).signum()
    }

    /// Share of the time that has passed: 0 before the start, 1 after the date.
    #[must_use]
    pub fn elapsed(&self, at: Timestamp) -> f64 {
        let whole = (self.date.seconds() - self.start.seconds()) as f64;
        ((at.seconds() - self.start.seconds()) as f64 / whole).clamp(0.0, 1.0)
    }

    /// Where the figure should be at a time.
    #[must_use]
    pub fn required(&self, at: Timestamp) -> f64 {
        self.path.at(self.baseline, self.target, self.elapsed(at))
    }

    /// Where a measurement stands, given its standard error (0: a figure that is counted and not estimated).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a measurement that is not finite, a negative error, or a level outside (0, 1).
    pub fn status(&self, current: Measured, at: Timestamp, level: f64) -> Result<GoalStatus> {
        current.check("current", Domain::Real)?;
        let reach = half_width(error::level("level", level)?) * current.standard_error;
        let (required, up) = (self.required(at), self.direction());
        let (low, high) = (current.value - reach, current.value + reach);
        let way = |value: f64| (value - self.baseline) / (self.target - self.baseline);
        let (worst, best) = if up > 0.0 { (low, high) } else { (high, low) };
        let ahead = up * (current.value - required);
        let on_path = match current.standard_error {
            0.0 => f64::from(u8::from(ahead >= 0.0)),
            error => normal_cdf(ahead / error),
        };
        let state = if up * (worst - self.target) >= 0.0 {
            GoalState::Reached
        } else if up * (worst - required) >= 0.0 {
            GoalState::OnTrack
        } else if up * (best - required) >= 0.0 {
            GoalState::Undecided
        } else {
            GoalState::Behind
        };
        Ok(GoalStatus {
            required,
            current: Estimate { value: current.value, interval: Interval { low, high } },
            progress: Estimate { value: way(current.value), interval: Interval { low: way(worst), high: way(best) } },
            elapsed: self.elapsed(at),
            on_path,
            state,
            ends: [self.baseline, self.target],
            path: self.path,
        })
    }
}
