//! The sums over risk sets that everything in the Cox model is made of.

use std::ops::Range;

use super::Ties;
use super::rows::{Rows, Segment};
use crate::numerics::parallel;

/// Sums over the rows at risk at one event time, and over those with the event.
pub(super) struct RiskSet<'a> {
    ties: Ties,
    /// Number of rows with the event.
    events: usize,
    event_weight: f64,
    /// Σ w·exp(x'β), and with x in each term: at risk.
    s0: f64,
    s1: &'a [f64],
    /// The same over the rows with the event.
    d0: f64,
    d1: &'a [f64],
}

/// One term of the partial likelihood: `weight` events against a risk set from which the share `left` of the
/// tied rows is gone.
pub(super) struct Term {
    pub(super) weight: f64,
    pub(super) left: f64,
    pub(super) denominator: f64,
}

impl RiskSet<'_> {
    /// Efron: one term per event; Breslow: one for all.
    pub(super) fn terms(&self) -> impl Iterator<Item = Term> {
        let count = match self.ties {
            Ties::Efron => self.events,
            Ties::Breslow => 1,
        };
        let weight = self.term_weight();
        (0..count).map(move |l| {
            let left = l as f64 / count as f64;
            Term { weight, left, denominator: self.s0 - left * self.d0 }
        })
    }

    /// Mean m of covariate `j` over the whole risk set, and what a term adds to it per left/denominator: the mean of a
    /// term is m + left/denominator · u, without a difference of large sums.
    pub(super) fn mean_and_shift(&self, j: usize) -> (f64, f64) {
        let mean = self.s1[j] / self.s0;
        (mean, mean * self.d0 - self.d1[j])
    }

    /// Weight of each term.
    pub(super) fn term_weight(&self) -> f64 {
        match self.ties {
            Ties::Efron => self.event_weight / self.events as f64,
            Ties::Breslow => self.event_weight,
        }
    }

    /// Mean of covariate `j` over the risk set of a term.
    pub(super) fn mean(&self, term: &Term, j: usize) -> f64 {
        (self.s1[j] - term.left * self.d1[j]) / term.denominator
    }
}

/// Below this share of its peak a sum from which rows were taken out again has lost digits.
const DRAINED: f64 = 1e-4;

/// Risk sets of all ties, backwards in time within each stratum: segments of it side by side, since each starts from the sums over the
/// rows after it.
pub(super) struct Sweep<'a> {
    rows: &'a Rows,
    ties: Ties,
    /// w·exp(x'β) per row.
    risk: &'a [f64],
    /// Per segment the sum of the risk of the rows after it in its stratum, and with x.
    after: Vec<Vec<f64>>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(rows: &'a Rows, ties: Ties, risk: &'a [f64]) -> Self {
        let sums = |range: Range<usize>| {
            let mut sums = vec![0.0; rows.columns + 1];
            range.rev().for_each(|row| add(&mut sums, rows, risk, row, 1.0));
            sums
        };
        let last_of = |k: usize| rows.segments.get(k + 1).is_none_or(|next| next.stratum != rows.segments[k].stratum);
        // The first segment of a stratum is after none.
        let mut after: Vec<Vec<f64>> = parallel::map_chunks(rows.segments.len(), 1, |k| {
            let own = k.start > 0 && rows.segments[k.start - 1].stratum == rows.segments[k.start].stratum;
            if own { sums(rows.segments[k.start].rows.clone()) } else { vec![0.0; rows.columns + 1] }
        })
        .collect();
        let mut sum = vec![0.0; rows.columns + 1];
        for k in (0..after.len()).rev() {
            if last_of(k) {
                sum.fill(0.0);
            }
            let own = std::mem::replace(&mut after[k], sum.clone());
            sum.iter_mut().zip(own).for_each(|(s, own)| *s += own);
        }
        Self { rows, ties, risk, after }
    }

    /// Calls `each` with the index of a tie and its risk set, for all ties.
    pub(super) fn all(&self, mut each: impl FnMut(usize, &RiskSet<'_>)) {
        (0..self.after.len()).rev().for_each(|segment| self.segment(segment, &mut each));
    }

    /// The same for the ties of one segment.
    pub(super) fn segment(&self, segment: usize, mut each: impl FnMut(usize, &RiskSet<'_>)) {
        let (rows, risk) = (self.rows, self.risk);
        let p = rows.columns;
        let Segment { rows: range, ties, .. } = &rows.segments[segment];
        // Over the rows at risk, and over those with the event: the sum of the risk, and with x.
        let mut at_risk = self.after[segment].clone();
        let mut tied = vec![0.0; p + 1];
        let mut peak = at_risk[0];
        let mut next = range.end;
        let mut leaving = if rows.by_entry.is_empty() { 0..0 } else { range.clone() };
        for k in ties.clone().rev() {
            let tie = &rows.ties[k];
            while next > tie.events.start {
                next -= 1;
                add(&mut at_risk, rows, risk, next, 1.0);
            }
            peak = peak.max(at_risk[0]);
            if let Some(entry) = &rows.entry {
                while !leaving.is_empty() && entry[rows.by_entry[leaving.start]] >= tie.time {
                    add(&mut at_risk, rows, risk, rows.by_entry[leaving.start], -1.0);
                    leaving.start += 1;
                }
                if at_risk[0] < DRAINED * peak {
                    // What is left is a difference of large sums: add it up afresh.
                    at_risk.fill(0.0);
                    for row in (next..range.end).rev().filter(|&row| entry[row] < tie.time) {
                        add(&mut at_risk, rows, risk, row, 1.0);
                    }
                    peak = at_risk[0];
                }
            }
            let mut event_weight = 0.0;
            tied.fill(0.0);
            for row in tie.events.clone() {
                event_weight += rows.weight[row];
                add(&mut tied, rows, risk, row, 1.0);
            }
            let (s1, d1) = (&at_risk[1..], &tied[1..]);
            let (ties, events) = (self.ties, tie.events.len());
            each(k, &RiskSet { ties, events, event_weight, s0: at_risk[0], s1, d0: tied[0], d1 });
        }
    }
}

/// A row's risk, and its risk times x, added to sums or taken off.
fn add(sums: &mut [f64], rows: &Rows, risk: &[f64], row: usize, sign: f64) {
    let risk = sign * risk[row];
    sums[0] += risk;
    sums[1..].iter_mut().zip(rows.x(row)).for_each(|(s, x)| *s += risk * x);
}
