//! Counting who moved where.

use std::collections::{BTreeSet, HashMap};

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::TransitionMatrix;
use crate::error::{Error, Result, same_length};
use crate::numerics::parallel;
use crate::numerics::test_result::TestResult;
use crate::table::{Column, Table};

/// Customers per parallel task.
const CHUNK: usize = 65_536;

/// Moves between states from each date to the next.
///
/// A customer without a label at either end of a period is not part of it and counted in
/// [`left_out`](Self::left_out). Counts of disjoint customers [merge](Self::merge).
///
/// ```
/// use cpm_core::portfolio::TransitionCounts;
/// let january = ["active", "active", "lapsed", "active"];
/// let february = ["active", "lapsed", "lapsed", "active"];
/// let march = ["lapsed", "lapsed", "active", "active"];
/// let counts = TransitionCounts::from_labels(&[&january, &february, &march], None)?;
/// assert_eq!(counts.states(), ["active", "lapsed"]);
/// assert_eq!(counts.period(0).as_slice(), Some(&[2, 1, 0, 1][..])); // from each row's state to each column's
/// assert_eq!(counts.pooled().sum(), 8);
/// let matrix = counts.matrix(0.0, 0.95)?;
/// assert_eq!(matrix.probabilities()[(0, 0)], 0.6);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitionCounts {
    states: Vec<String>,
    periods: Vec<Array2<u64>>,
    left_out: u64,
}

impl TransitionCounts {
    /// From labels at two or more dates: at each date one label per customer, in one order of the customers.
    ///
    /// An empty label says that the customer has none at that date. `states` sets the states and their order; without
    /// it they are the labels found, in ascending order (as numbers, if all of them are whole numbers).
    ///
    /// # Errors
    /// Those of [`from_codes`](Self::from_codes); [`Error::InvalidValue`] naming the row of a label that is not
    /// among `states`.
    pub fn from_labels<S: AsRef<str> + Sync>(dates: &[&[S]], states: Option<&[&str]>) -> Result<Self> {
        let states: Vec<String> = match states {
            Some(states) => states.iter().map(|s| (*s).to_owned()).collect(),
            None => distinct(dates),
        };
        let code: HashMap<&str, u32> = states.iter().enumerate().map(|(k, s)| (s.as_str(), k as u32)).collect();
        let codes = |labels: &&[S]| {
            let one = |(row, label): (usize, &S)| {
                let label = label.as_ref();
                if label.is_empty() {
                    return Ok(None);
                }
                code.get(label).copied().map(Some).ok_or_else(|| Error::InvalidValue {
                    column: "labels",
                    row,
                    value: label.to_owned(),
                    expected: "a label must be one of the states",
                    remedy: "Add it to states, or leave states out to take all labels found",
                })
            };
            labels.iter().enumerate().map(one).collect::<Result<Vec<Option<u32>>>>()
        };
        let codes = dates.iter().map(codes).collect::<Result<Vec<_>>>()?;
        Self::from_codes(states, &codes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// [`from_labels`](Self::from_labels) with whole numbers as labels, without making text of each: for millions of customers.
    ///
    /// ```
    /// use cpm_core::portfolio::TransitionCounts;
    /// let counts = TransitionCounts::from_numbers(&[&[10, 2, 10], &[2, 2, 10]])?;
    /// assert_eq!(counts.states(), ["2", "10"]);
    /// assert_eq!(counts, TransitionCounts::from_labels(&[&["10", "2", "10"], &["2", "2", "10"]], None)?);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_codes`](Self::from_codes).
    pub fn from_numbers(dates: &[&[i64]]) -> Result<Self> {
        let found: BTreeSet<i64> = dates
            .iter()
            .flat_map(|labels| parallel::map_chunks(labels.len(), CHUNK, |rows| distinct_numbers(&labels[rows])))
            .flatten()
            .collect();
        let code: HashMap<i64, u32> = found.iter().enumerate().map(|(k, label)| (*label, k as u32)).collect();
        let codes = |labels: &&[i64]| parallel::map(labels.len(), CHUNK, |row| code.get(&labels[row]).copied());
        let codes: Vec<Vec<Option<u32>>> = dates.iter().map(codes).collect();
        let states = found.iter().map(i64::to_string).collect();
        Self::from_codes(states, &codes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// From positions among `states`: at each of two or more dates one per customer, `None` for a customer who has no
    /// state then.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for fewer than two dates, or states that are fewer than two or not distinct;
    /// [`Error::LengthMismatch`] between dates; [`Error::InvalidValue`] naming the row of a position that is no
    /// state; [`Error::Empty`] if nobody has a state at two consecutive dates.
    pub fn from_codes(states: Vec<String>, dates: &[&[Option<u32>]]) -> Result<Self> {
        check_states(&states)?;
        let [first, rest @ ..] = dates else { return Err(too_few_dates(0)) };
        if rest.is_empty() {
            return Err(too_few_dates(1));
        }
        for labels in rest {
            same_length("labels of a later date", labels.len(), "labels of the first date", first.len())?;
        }
        for labels in dates {
            let wrong = |code: &Option<u32>| code.is_some_and(|code| code as usize >= states.len());
            if let Some(row) = labels.iter().position(wrong) {
                return Err(Error::InvalidValue {
                    column: "labels",
                    row,
                    value: labels[row].map_or_else(String::new, |code| code.to_string()),
                    expected: "a code is the position of a state, counted from 0",
                    remedy: "Correct the code, or add the state",
                });
            }
        }
        let k = states.len();
        let periods: Vec<Array2<u64>> = dates.windows(2).map(|pair| count(k, pair[0], pair[1])).collect();
        let counted: u64 = periods.iter().map(|counts| counts.sum()).sum();
        let left_out = (first.len() * rest.len()) as u64 - counted;
        Self { states, periods, left_out }.not_empty()
    }

    /// From tables of counts: one square matrix per period, rows from, columns to.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for no matrix, one that has not a row and a column per state, or states that
    /// are fewer than two or not distinct; [`Error::Empty`] if all counts are 0.
    pub fn from_counts(states: Vec<String>, periods: Vec<Array2<u64>>) -> Result<Self> {
        check_states(&states)?;
        if periods.is_empty() {
            return Err(too_few_dates(1));
        }
        for counts in &periods {
            check_square("counts", counts.dim(), states.len())?;
        }
        Self { states, periods, left_out: 0 }.not_empty()
    }

    fn not_empty(self) -> Result<Self> {
        if self.periods.iter().all(|p| p.sum() == 0) {
            return Err(Error::Empty {
                what: "the list of moves".to_owned(),
                remedy: "Give customers who have a state at two consecutive dates".to_owned(),
            });
        }
        Ok(self)
    }

    /// Adds the moves of other customers between the same dates.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if states or number of periods differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.states != other.states || self.periods.len() != other.periods.len() {
            let expected = "merge counts of the same states, in one order, over the same number of periods";
            return Err(Error::argument("other", other.states.join(", "), expected));
        }
        self.periods.iter_mut().zip(&other.periods).for_each(|(sum, part)| *sum += part);
        self.left_out += other.left_out;
        Ok(())
    }

    /// The states, in the order of rows and columns.
    #[must_use]
    pub fn states(&self) -> &[String] {
        &self.states
    }

    /// Number of periods: dates less one.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods.len()
    }

    /// Moves of one period, rows from, columns to.
    ///
    /// # Panics
    /// If there is no such period, like indexing a slice.
    #[must_use]
    pub fn period(&self, period: usize) -> &Array2<u64> {
        &self.periods[period]
    }

    /// Moves of all periods together.
    #[must_use]
    pub fn pooled(&self) -> Array2<u64> {
        let mut sum = Array2::zeros(self.periods[0].dim());
        self.periods.iter().for_each(|counts| sum += counts);
        sum
    }

    /// Pairs of a customer and a period without a state at either end.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Transition probabilities with intervals; see [`TransitionMatrix::from_counts`].
    ///
    /// # Errors
    /// Those of [`TransitionMatrix::from_counts`].
    pub fn matrix(&self, prior: f64, level: f64) -> Result<TransitionMatrix> {
        TransitionMatrix::from_counts(self.states.clone(), self.pooled(), prior, level)
    }

    /// Whether the probabilities stay the same from period to period: the chi-squared test of Anderson & Goodman
    /// (1957, Annals of Mathematical Statistics 28(1), section 3.2).
    ///
    /// X² = Σ_t Σ_ab n_a(t)·(p_ab(t) − p_ab)²/p_ab, with p_ab pooled over the periods. Degrees of freedom: for
    /// each state, periods in which a customer starts there less one, times states ever reached from there less one. A small p-value
    /// says that one matrix does not describe all periods: forecasts from it would not hold.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] for a single period, or if no state has both a choice and two periods.
    pub fn stationarity_test(&self) -> Result<TestResult> {
        let not_possible = |reason: String, remedy: &str| Error::NotIdentified {
            model: "the test of stationarity",
            reason,
            remedy: remedy.to_owned(),
        };
        if self.periods.len() < 2 {
            let reason = "one period has nothing to be compared with".to_owned();
            return Err(not_possible(reason, "Give the states at three dates or more"));
        }
        let pooled = self.pooled();
        let (mut statistic, mut degrees_of_freedom) = (0.0, 0);
        for (a, row) in pooled.rows().into_iter().enumerate() {
            let starts: Vec<u64> = self.periods.iter().map(|counts| counts.row(a).sum()).collect();
            let observed = starts.iter().filter(|n| **n > 0).count();
            let reached = row.iter().filter(|n| **n > 0).count();
            degrees_of_freedom += observed.saturating_sub(1) * reached.saturating_sub(1);
            let total = row.sum() as f64;
            for (counts, &start) in self.periods.iter().zip(&starts) {
                for (b, &all) in row.iter().enumerate().filter(|(_, n)| **n > 0) {
                    let expected = start as f64 * all as f64 / total;
                    if start > 0 {
                        statistic += (counts[(a, b)] as f64 - expected).powi(2) / expected;
                    }
                }
            }
        }
        if degrees_of_freedom == 0 {
            let reason = "no state has customers in two periods and more than one destination".to_owned();
            return Err(not_possible(reason, "Give more customers or coarser states"));
        }
        Ok(TestResult::chi_squared(statistic, degrees_of_freedom))
    }

    /// One row per period and pair of states: `period, from, to, count`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let k = self.states.len();
        let cells = || (0..self.periods.len()).flat_map(|t| (0..k * k).map(move |ab| (t, ab / k, ab % k)));
        let state = |codes: Vec<u32>| Column::Category { names: self.states.clone(), codes };
        let mut table = Table::new();
        table.push("period", Column::Integer(cells().map(|(t, ..)| t as i64).collect()))?;
        table.push("from", state(cells().map(|(_, a, _)| a as u32).collect()))?;
        table.push("to", state(cells().map(|(.., b)| b as u32).collect()))?;
        table.push("count", Column::Integer(cells().map(|(t, a, b)| self.periods[t][(a, b)] as i64).collect()))?;
        Ok(table)
    }
}

/// Transition probabilities between states from labels at two or more dates, with 95 % intervals and without smoothing:
/// [`TransitionCounts::from_labels`] and [`TransitionCounts::matrix`] in one call.
///
/// ```
/// use cpm_core::portfolio::migration_matrix;
/// let matrix = migration_matrix(&[&["gold", "gold", "basic"], &["gold", "basic", "basic"]])?;
/// assert_eq!(matrix.states(), ["basic", "gold"]);
/// assert_eq!(matrix.probabilities()[(1, 0)], 0.5);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of the two.
pub fn migration_matrix<S: AsRef<str> + Sync>(dates: &[&[S]]) -> Result<TransitionMatrix> {
    TransitionCounts::from_labels(dates, None)?.matrix(0.0, 0.95)
}

fn count(k: usize, from: &[Option<u32>], to: &[Option<u32>]) -> Array2<u64> {
    // Whole numbers: the sum is the same whatever the chunks, so there are as few as keep all cores busy.
    let chunk = from.len() / (4 * parallel::workers()) + 1;
    let mut sum = Array2::zeros((k, k));
    let parts = parallel::map_chunks(from.len(), chunk, |rows| {
        let mut part = vec![0_u64; k * k];
        for (a, b) in from[rows.clone()].iter().zip(&to[rows]) {
            if let (Some(a), Some(b)) = (a, b) {
                part[*a as usize * k + *b as usize] += 1;
            }
        }
        part
    });
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, n)| *sum += n);
    }
    sum
}

fn distinct<S: AsRef<str>>(dates: &[&[S]]) -> Vec<String> {
    let mut found: HashMap<&str, ()> = HashMap::new();
    for label in dates.iter().flat_map(|labels| labels.iter()) {
        found.insert(label.as_ref(), ());
    }
    let mut states: Vec<&str> = found.into_keys().filter(|s| !s.is_empty()).collect();
    states.sort_unstable();
    if states.iter().all(|s| s.parse::<i64>().is_ok()) {
        states.sort_by_key(|s| s.parse::<i64>().unwrap_or_default());
    }
    states.into_iter().map(str::to_owned).collect()
}

fn too_few_dates(dates: usize) -> Error {
    Error::argument(
        "dates",
        dates,
        "a move has a date before and a date after it: give the states at two dates or more",
    )
}

pub(super) fn check_states(states: &[String]) -> Result<()> {
    if states.len() < 2 {
        let expected = "customers move between states: there must be at least two";
        return Err(Error::argument("states", states.join(", "), expected));
    }
    let mut sorted: Vec<&String> = states.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::argument("states", pair[0], "each state may be named only once")),
        None => Ok(()),
    }
}

pub(super) fn check_square(name: &'static str, shape: (usize, usize), states: usize) -> Result<()> {
    if shape == (states, states) {
        return Ok(());
    }
    let (rows, columns) = shape;
    let expected = format!("there are {states} states, so it must have {states} rows and {states} columns");
    Err(Error::argument(name, format!("{rows} x {columns}"), expected))
}

fn distinct_numbers(labels: &[i64]) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    let mut last = None;
    for label in labels {
        // Neighbours are often alike.
        if last != Some(label) {
            found.insert(*label);
            last = Some(label);
        }
    }
    found
}

#[cfg(test)]
#[path = "counts_tests.rs"]
pub(super) mod tests;
