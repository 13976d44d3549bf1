//! The rows of a Cox model: checked, standardised, sorted once, with the risk sets marked.

use std::ops::Range;

use ndarray::ArrayView2;

use super::super::SurvivalData;
use super::super::design::{checked_names, gathered, in_order, some_events, standardise};
use super::{CoxOptions, NAME};
use crate::error::{Result, same_length};

/// Events of one time in one stratum: the first rows of that time.
pub(super) struct Tie {
    pub(super) time: f64,
    pub(super) events: Range<usize>,
    /// Slot of the cumulative sums that holds them after this time; the slot before holds them before it.
    pub(super) slot: usize,
}

pub(super) struct Stratum {
    pub(super) code: u32,
    pub(super) ties: Range<usize>,
    /// Largest duration.
    pub(super) last: f64,
}

/// Ties that are swept in one go, and the rows from the first of them to the next segment.
pub(super) struct Segment {
    pub(super) stratum: usize,
    pub(super) rows: Range<usize>,
    pub(super) ties: Range<usize>,
}

/// Least rows of a segment: fixed, so that sums do not depend on the number of threads.
const SEGMENT: usize = 8192;

/// Rows by stratum, then by duration, events first, then by all else that is known of them.
pub(super) struct Rows {
    pub(super) columns: usize,
    pub(super) names: Vec<String>,
    /// Standardised covariates, row after row.
    pub(super) x: Vec<f64>,
    pub(super) event: Vec<bool>,
    pub(super) weight: Vec<f64>,
    pub(super) entry: Option<Vec<f64>>,
    /// Row of the caller's table.
    pub(super) original: Vec<usize>,
    pub(super) strata: Vec<Stratum>,
    pub(super) ties: Vec<Tie>,
    pub(super) segments: Vec<Segment>,
    /// Slots of the cumulative sums at each row's duration and entry.
    pub(super) until: Vec<usize>,
    pub(super) since: Vec<usize>,
    /// One slot per tie and one more per stratum, for the time before its first event.
    pub(super) slots: usize,
    /// Positions by descending entry within each stratum; empty without entry times.
    pub(super) by_entry: Vec<usize>,
    pub(super) mean: Vec<f64>,
    pub(super) scale: Vec<f64>,
    pub(super) total_weight: f64,
    pub(super) event_weight: f64,
}

impl Rows {
    pub(super) fn new(data: &SurvivalData, x: ArrayView2<'_, f64>, options: &CoxOptions) -> Result<Self> {
        let names = check(data, x, options)?;
        let stratum = |i: usize| options.strata.as_ref().map_or(0, |s| s[i]);
        let original = in_order(data, x, stratum);
        let sorted = gathered(x, &original);
        let weight: Vec<f64> = original.iter().map(|&i| data.weight(i)).collect();
        let event: Vec<bool> = original.iter().map(|&i| data.events()[i]).collect();
        let mut rows = Self {
            columns: x.ncols(),
            names,
            x: sorted,
            entry: data.entry().map(|_| original.iter().map(|&i| data.entry_of(i)).collect()),
            strata: Vec::new(),
            ties: Vec::new(),
            segments: Vec::new(),
            until: vec![0; original.len()],
            since: vec![0; original.len()],
            slots: 0,
            by_entry: Vec::new(),
            mean: Vec::new(),
            scale: Vec::new(),
            total_weight: weight.iter().sum(),
            event_weight: weight.iter().zip(&event).filter(|(_, e)| **e).map(|(w, _)| w).sum(),
            original,
            weight,
            event,
        };
        some_events(NAME, rows.event_weight)?;
        (rows.mean, rows.scale) = standardise(NAME, &mut rows.x, &rows.weight, &rows.names)?;
        rows.mark(data, stratum);
        Ok(rows)
    }

    pub(super) fn x(&self, position: usize) -> &[f64] {
        &self.x[position * self.columns..(position + 1) * self.columns]
    }

    pub(super) fn len(&self) -> usize {
        self.weight.len()
    }

    fn mark(&mut self, data: &SurvivalData, stratum: impl Fn(usize) -> u32) {
        let mut from = 0;
        while from < self.len() {
            let code = stratum(self.original[from]);
            let to = from + self.original[from..].partition_point(|&i| stratum(i) == code);
            let first_tie = self.ties.len();
            let first_slot = self.slots;
            let mut position = from;
            while position < to {
                let time = data.durations()[self.original[position]];
                let same = self.original[position..to].iter().take_while(|&&i| data.durations()[i] == time).count();
                let events = self.event[position..position + same].partition_point(|e| *e);
                if events > 0 {
                    self.slots += 1;
                    self.ties.push(Tie { time, events: position..position + events, slot: self.slots });
                }
                self.until[position..position + same].fill(self.slots);
                position += same;
            }
            self.since[from..to].fill(first_slot);
            if let Some(entry) = &self.entry {
                let ties = &self.ties[first_tie..];
                for (since, entry) in self.since[from..to].iter_mut().zip(&entry[from..to]) {
                    *since += ties.partition_point(|t| t.time <= *entry);
                }
                let start = self.by_entry.len();
                self.by_entry.extend(from..to);
                self.by_entry[start..].sort_by(|&a, &b| entry[b].total_cmp(&entry[a]));
            }
            let last = data.durations()[self.original[to - 1]];
            self.divide(first_tie, from..to);
            self.strata.push(Stratum { code, ties: first_tie..self.ties.len(), last });
            self.slots += 1;
            from = to;
        }
    }
}

impl Rows {
    /// Segments of the next stratum, whose ties start at the first one given. Whoever enters late must be taken out of the sums again, which
    /// only one sweep over the whole stratum can do.
    fn divide(&mut self, first_tie: usize, rows: Range<usize>) {
        let stratum = self.strata.len();
        let (mut end, mut last) = (rows.end, self.ties.len());
        let first = self.segments.len();
        for k in (first_tie..self.ties.len()).rev() {
            let start = self.ties[k].events.start;
            if k == first_tie || (self.entry.is_none() && end - start >= SEGMENT) {
                self.segments.push(Segment { stratum, rows: start..end, ties: k..last });
                (end, last) = (start, k);
            }
        }
        self.segments[first..].reverse();
        if self.entry.is_some()
            && let Some(only) = self.segments[first..].first_mut()
        {
            only.rows = rows;
        }
    }
}

/// Shapes and values; the names of the columns.
fn check(data: &SurvivalData, x: ArrayView2<'_, f64>, options: &CoxOptions) -> Result<Vec<String>> {
    let names = checked_names(data, x, options.names.as_ref())?;
    for (name, codes) in [("strata", &options.strata), ("clusters", &options.clusters)] {
        if let Some(codes) = codes {
            same_length(name, codes.len(), "durations", data.len())?;
        }
    }
    crate::error::non_negative("penalty", options.penalty)?;
    Ok(names)
}
