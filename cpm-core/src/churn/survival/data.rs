//! What every survival estimator takes: durations, events, entry times, weights.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, same_length};
use crate::numerics::parallel;

/// One row per customer: how long it was observed, and whether the event (churn) ended the observation.
///
/// - `durations`: time from the origin (first purchase, start of the contract) to the event or to the end of
///   observation, at least 0, in any unit of time; results come in the same unit.
/// - `events`: `true` if the event happened at that duration, `false` if the row is censored there.
/// - Entry times (left truncation, delayed entry): the customer is known only from then on, because whoever
///   left before could not be in the data. A row is at risk over (entry, duration], as in R's `Surv(start, stop, event)`.
/// - Weights: how often a row counts. Weights are frequencies: weight 2 is the same as the row given twice (but for
///   Efron's treatment of ties in [`CoxPh`](super::CoxPh), to which a weighted event is one event). A weight of 0
///   leaves a row out.
///
/// ```
/// use cpm_core::churn::survival::SurvivalData;
/// let data = SurvivalData::new(&[6.0, 6.0, 10.0], &[true, false, true])?.with_entry(&[0.0, 2.0, 6.0])?;
/// assert_eq!((data.len(), data.events_observed()), (3, 2.0));
/// let wrong = SurvivalData::new(&[6.0, -1.0], &[true, false]).unwrap_err();
/// assert!(wrong.to_string().contains("row 1"));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalData {
    durations: Vec<f64>,
    events: Vec<bool>,
    entry: Option<Vec<f64>>,
    weights: Option<Vec<f64>>,
}

impl SurvivalData {
    /// Rows that are observed from their origin on, each counting once.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], and [`Error::InvalidValue`] naming the row of a duration
    /// that is negative, infinite or NaN.
    pub fn new(durations: &[f64], events: &[bool]) -> Result<Self> {
        if durations.is_empty() {
            return Err(Error::Empty {
                what: "the survival data".to_owned(),
                remedy: "Give at least one duration".to_owned(),
            });
        }
        same_length("events", events.len(), "durations", durations.len())?;
        check("durations", durations, "a duration must be a finite number of at least 0", |_, t| t >= 0.0)?;
        // -0 would sort before 0.
        let durations = durations.iter().map(|t| t + 0.0).collect();
        Ok(Self { durations, events: events.to_vec(), entry: None, weights: None })
    }

    /// Adds entry times, for rows that are known only from then on (left truncation).
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of an entry time that is not finite,
    /// or not before the row's duration: such a row is never at risk.
    pub fn with_entry(mut self, entry: &[f64]) -> Result<Self> {
        same_length("entry", entry.len(), "durations", self.len())?;
        let expected = "an entry time must be a finite number below the row's duration";
        check("entry", entry, expected, |row, e| e < self.durations[row])?;
        self.entry = Some(entry.iter().map(|e| e + 0.0).collect());
        Ok(self)
    }

    /// Adds weights: how often each row counts. Zero leaves a row out.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a weight that is negative or not
    /// finite; [`Error::Empty`] if all weights are 0.
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self> {
        same_length("weights", weights.len(), "durations", self.len())?;
        check("weights", weights, "a weight must be a finite number of at least 0", |_, w| w >= 0.0)?;
        if weights.iter().all(|w| *w == 0.0) {
            return Err(Error::Empty {
                what: "the survival data with a weight above 0".to_owned(),
                remedy: "Give a positive weight to at least one row".to_owned(),
            });
        }
        self.weights = Some(weights.to_vec());
        Ok(self)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.durations.len()
    }

    /// Never: there is at least one row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.durations.is_empty()
    }

    /// Time to the event or to the end of observation.
    #[must_use]
    pub fn durations(&self) -> &[f64] {
        &self.durations
    }

    /// Whether the event happened.
    #[must_use]
    pub fn events(&self) -> &[bool] {
        &self.events
    }

    /// Entry times, if there are any.
    #[must_use]
    pub fn entry(&self) -> Option<&[f64]> {
        self.entry.as_deref()
    }

    /// Weights, if there are any.
    #[must_use]
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Sum of the weights of the rows with an event.
    #[must_use]
    pub fn events_observed(&self) -> f64 {
        if self.weights.is_none() {
            return self.events.iter().filter(|e| **e).count() as f64;
        }
        // In an order of its own, so that the sum does not depend on that of the rows.
        self.rows().iter().filter(|&&i| self.events[i]).map(|&i| self.weight(i)).sum()
    }

    /// Rows that count, sorted by duration and then by all else, so that sums do not depend on the order in
    /// which rows were given.
    pub(super) fn rows(&self) -> Vec<usize> {
        // The key decides nearly always, and lies beside the row: durations are not negative, so their bits sort as they do.
        let key = |i: usize| (self.durations[i].to_bits(), i);
        let mut keyed: Vec<(u64, usize)> = (0..self.len()).filter(|&i| self.weight(i) > 0.0).map(key).collect();
        parallel::sort_by(&mut keyed, |(t, i), (u, j)| t.cmp(u).then_with(|| self.compare(*i, *j)));
        keyed.into_iter().map(|(_, i)| i).collect()
    }

    /// Order of two rows: equal only if they are equal in all that is known here.
    pub(super) fn compare(&self, i: usize, j: usize) -> std::cmp::Ordering {
        self.durations[i]
            .total_cmp(&self.durations[j])
            .then_with(|| self.events[j].cmp(&self.events[i]))
            .then_with(|| self.entry_of(i).total_cmp(&self.entry_of(j)))
            .then_with(|| self.weight(i).total_cmp(&self.weight(j)))
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[row])
    }

    /// When the row comes under observation; without entry times it always was.
    pub(super) fn entry_of(&self, row: usize) -> f64 {
        self.entry.as_ref().map_or(f64::NEG_INFINITY, |e| e[row])
    }

    /// Largest duration of a row that counts.
    pub(super) fn last(&self) -> f64 {
        (0..self.len()).filter(|&i| self.weight(i) > 0.0).map(|i| self.durations[i]).fold(0.0, f64::max)
    }
}

fn check(
    column: &'static str,
    values: &[f64],
    expected: &'static str,
    allowed: impl Fn(usize, f64) -> bool,
) -> Result<()> {
    match values.iter().enumerate().position(|(row, &v)| !(v.is_finite() && allowed(row, v))) {
        None => Ok(()),
        Some(row) => Err(Error::InvalidValue {
            column,
            row,
            value: values[row].to_string(),
            expected,
            remedy: "Correct the value or leave the row out",
        }),
    }
}
