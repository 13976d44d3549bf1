//! Retention as a page shows it: a heat table of bounded size, and a curve of averages.

use serde::Serialize;

use super::format;
use crate::portfolio::{AverageRetention, CohortCell, CohortTable};

/// Cohorts and ages of the heat table: what fits on a page.
const COHORTS: usize = 24;
const AGES: usize = 24;
/// Ages of the curve.
const CURVE: usize = 60;

#[derive(Debug, Serialize)]
pub(super) struct Retention {
    /// The period of cohorts and ages: `month`.
    pub(super) period: String,
    ages: Vec<usize>,
    cohorts: Vec<Row>,
    average: Vec<Cell>,
    cohorts_left_out: usize,
    ages_left_out: usize,
    has_partial: bool,
    /// Averages from age 1 on.
    #[serde(skip)]
    pub(super) curve: Vec<RetentionPoint>,
}

/// Average retention at one age, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RetentionPoint {
    pub(super) age: f64,
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

#[derive(Debug, Serialize)]
struct Row {
    label: String,
    customers: u64,
    cells: Vec<Cell>,
}

/// One cell; without text if it was not observed.
#[derive(Debug, Default, Serialize)]
struct Cell {
    text: Option<String>,
    /// From 0 to 1: how much of the colour the cell shows.
    heat: String,
    partial: bool,
}

impl Retention {
    pub(super) fn of(table: &CohortTable) -> Self {
        let all_ages = table.cohorts.iter().map(|c| c.cells.len()).max().unwrap_or(0);
        let ages = all_ages.min(AGES);
        let left_out = table.cohorts.len().saturating_sub(COHORTS);
        let shown = &table.cohorts[left_out..];
        // Age 0 is 100 % by definition and would leave no colour for the others.
        let later = || shown.iter().flat_map(|c| c.cells.iter().take(ages).skip(1));
        let hottest = later().map(|c| c.retention).fold(0.0, f64::max);
        let row = |cohort: &crate::portfolio::Cohort| Row {
            label: cohort.label.clone(),
            customers: cohort.customers,
            cells: (0..ages)
                .map(|age| cohort.cells.get(age).map_or_else(Cell::default, |c| Cell::of(c, age, hottest)))
                .collect(),
        };
        let average_at = |age: usize| table.average.iter().find(|a| a.age == age);
        Self {
            period: table.period.to_string(),
            ages: (0..ages).collect(),
            cohorts: shown.iter().map(row).collect(),
            average: (0..ages).map(|age| average_at(age).map_or_else(Cell::default, Cell::of_average)).collect(),
            cohorts_left_out: left_out,
            ages_left_out: all_ages - ages,
            has_partial: later().any(|c| c.partial),
            curve: table.average.iter().filter(|a| (1..=CURVE).contains(&a.age)).map(RetentionPoint::of).collect(),
        }
    }
}

impl Cell {
    fn of(cell: &CohortCell, age: usize, hottest: f64) -> Self {
        let heat = if age > 0 && hottest > 0.0 { cell.retention / hottest } else { 0.0 };
        Self { text: Some(percentage(cell.retention)), heat: format!("{heat:.3}"), partial: cell.partial }
    }

    fn of_average(average: &AverageRetention) -> Self {
        Self { text: Some(percentage(average.retention.value)), ..Self::default() }
    }
}

/// Without the sign, which the caption of the table states once.
fn percentage(share: f64) -> String {
    if share == 1.0 { "100".to_owned() } else { format::fixed(100.0 * share, 1) }
}

impl RetentionPoint {
    fn of(average: &AverageRetention) -> Self {
        let estimate = average.retention;
        Self {
            age: average.age as f64,
            value: estimate.value,
            low: estimate.interval.low,
            high: estimate.interval.high,
        }
    }
}
