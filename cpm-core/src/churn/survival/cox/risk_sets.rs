//! The sums over risk sets that everything in the Cox model is made of.

use super::Ties;
use super::rows::Rows;

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

/// Calls `each` with the index of a tie and its risk set, for all ties, backwards in time within each stratum.
///
/// `risk` holds w·exp(x'β) per row.
pub(super) fn sweep(rows: &Rows, ties: Ties, risk: &[f64], mut each: impl FnMut(usize, &RiskSet<'_>)) {
    let p = rows.columns;
    let (mut s1, mut d1) = (vec![0.0; p], vec![0.0; p]);
    for stratum in &rows.strata {
        let (mut s0, mut peak) = (0.0, 0.0_f64);
        s1.fill(0.0);
        let mut next = stratum.rows.end;
        let mut leaving = if rows.by_entry.is_empty() { 0..0 } else { stratum.rows.clone() };
        for k in stratum.ties.clone().rev() {
            let tie = &rows.ties[k];
            while next > tie.events.start {
                next -= 1;
                s0 += risk[next];
                s1.iter_mut().zip(rows.x(next)).for_each(|(s, x)| *s += risk[next] * x);
            }
            peak = peak.max(s0);
            if let Some(entry) = &rows.entry {
                while !leaving.is_empty() && entry[rows.by_entry[leaving.start]] >= tie.time {
                    let row = rows.by_entry[leaving.start];
                    s0 -= risk[row];
                    s1.iter_mut().zip(rows.x(row)).for_each(|(s, x)| *s -= risk[row] * x);
                    leaving.start += 1;
                }
                if s0 < DRAINED * peak {
                    // What is left is a difference of large sums: add it up afresh.
                    s0 = 0.0;
                    s1.fill(0.0);
                    for row in (next..stratum.rows.end).rev().filter(|&row| entry[row] < tie.time) {
                        s0 += risk[row];
                        s1.iter_mut().zip(rows.x(row)).for_each(|(s, x)| *s += risk[row] * x);
                    }
                    peak = s0;
                }
            }
            let (mut d0, mut event_weight) = (0.0, 0.0);
            d1.fill(0.0);
            for row in tie.events.clone() {
                d0 += risk[row];
                event_weight += rows.weight[row];
                d1.iter_mut().zip(rows.x(row)).for_each(|(s, x)| *s += risk[row] * x);
            }
            each(k, &RiskSet { ties, events: tie.events.len(), event_weight, s0, s1: &s1, d0, d1: &d1 });
        }
    }
}
