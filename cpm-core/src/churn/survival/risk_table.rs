//! Who is at risk, and what happens, at each observed time.

use serde::{Deserialize, Serialize};

use super::SurvivalData;
use crate::error::{Error, Result};
use crate::table::{Column, Table};

/// The life table behind the estimators: one row per distinct duration, ascending, in sums of weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskTable {
    /// Distinct durations.
    pub time: Vec<f64>,
    /// At risk just before the time: entered before it, neither with event nor censored before it.
    pub at_risk: Vec<f64>,
    /// Events at the time.
    pub observed: Vec<f64>,
    /// Censored at the time, after the events of that time.
    pub censored: Vec<f64>,
    /// Came under observation since the time before (all at the first time, unless there are entry times).
    pub entered: Vec<f64>,
}

impl RiskTable {
    pub(super) fn new(data: &SurvivalData) -> Self {
        let rows = data.rows();
        let mut time: Vec<f64> = rows.iter().map(|&i| data.durations()[i]).collect();
        time.dedup();
        Self::on(time, data, &rows)
    }

    /// The table of some rows (sorted) at given times, among which are all durations of these rows.
    pub(super) fn on(time: Vec<f64>, data: &SurvivalData, rows: &[usize]) -> Self {
        let empty = vec![0.0; time.len()];
        let (mut observed, mut censored, mut entered) = (empty.clone(), empty.clone(), empty.clone());
        let mut at_risk = empty;
        let mut by_entry: Vec<usize> = rows.to_vec();
        if data.entry().is_some() {
            by_entry.sort_by(|&i, &j| data.entry_of(j).total_cmp(&data.entry_of(i)));
        }
        let (mut next_entry, mut next) = (0, rows.len());
        let (mut risk, mut rows_at_risk) = (0.0, 0_usize);
        for k in (0..time.len()).rev() {
            let mut rows_with_event = 0;
            while next > 0 && data.durations()[rows[next - 1]] >= time[k] {
                next -= 1;
                let (row, weight) = (rows[next], data.weight(rows[next]));
                rows_at_risk += 1;
                if data.events()[row] {
                    observed[k] += weight;
                    rows_with_event += 1;
                } else {
                    censored[k] += weight;
                }
            }
            risk += observed[k] + censored[k];
            while next_entry < by_entry.len() && data.entry_of(by_entry[next_entry]) >= time[k] {
                let weight = data.weight(by_entry[next_entry]);
                next_entry += 1;
                rows_at_risk -= 1;
                risk -= weight;
                // Only a later time can see this entry: its own duration.
                entered[k + 1] += weight;
            }
            // Differences of fractional weights leave a residue where nobody is left.
            if rows_at_risk == rows_with_event {
                risk = observed[k];
            }
            at_risk[k] = risk;
        }
        if let Some(first) = entered.first_mut() {
            *first = by_entry[next_entry..].iter().map(|&i| data.weight(i)).sum();
        }
        Self { time, at_risk, observed, censored, entered }
    }

    /// Checks what was read from a file, of which the estimators take shapes and signs for granted.
    pub(super) fn check(&self) -> Result<()> {
        let n = self.time.len();
        let columns = [&self.at_risk, &self.observed, &self.censored, &self.entered];
        if n == 0 || columns.iter().any(|c| c.len() != n || !c.iter().all(|v| v.is_finite() && *v >= 0.0)) {
            return Err(Error::argument("risk", "columns", "they must have one length, and numbers of at least 0"));
        }
        let ascending = self.time[0] >= 0.0 && self.time.windows(2).all(|t| t[0] < t[1]) && self.last().is_finite();
        if !ascending || self.observed.iter().zip(&self.at_risk).any(|(d, n)| d > n) {
            return Err(Error::argument("risk", "times", "they must ascend, with no more events than rows at risk"));
        }
        Ok(())
    }

    /// Indices of the times with an event.
    pub(super) fn event_times(&self) -> impl Iterator<Item = usize> {
        (0..self.time.len()).filter(|&k| self.observed[k] > 0.0)
    }

    /// Index of the last time at or before `t`.
    pub(super) fn position(&self, t: f64) -> Option<usize> {
        self.time.partition_point(|u| *u <= t).checked_sub(1)
    }

    /// Largest time.
    pub(super) fn last(&self) -> f64 {
        self.time.last().copied().unwrap_or(0.0)
    }

    /// Columns `time, at_risk, observed, censored, entered`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        for (name, values) in [
            ("time", &self.time),
            ("at_risk", &self.at_risk),
            ("observed", &self.observed),
            ("censored", &self.censored),
            ("entered", &self.entered),
        ] {
            table.push(name, Column::Float(values.clone()))?;
        }
        Ok(table)
    }
}
