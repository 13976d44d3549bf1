//! Cumulative hazards at the fitted coefficients, and what residuals and errors need beside them.

use super::Ties;
use super::partial_likelihood::risk_scores;
use super::risk_sets::Sweep;
use super::rows::Rows;

/// Sums per slot, in units of the standardised covariates; hazards belong to a row at the mean of all covariates.
pub(super) struct Hazards {
    /// exp(x'β) of each row.
    pub(super) relative: Vec<f64>,
    /// Cumulative hazard.
    pub(super) hazard: Vec<f64>,
    /// Its variance at known coefficients.
    pub(super) variance: Vec<f64>,
    /// Integral of the risk sets' means over the cumulative hazard, p values per slot.
    pub(super) drift: Vec<f64>,
    /// At each slot's event time: the hazard and drift that the tied rows, leaving one by one, do not see.
    unseen: Vec<f64>,
    unseen_drift: Vec<f64>,
    /// Mean of the risk set, averaged over the tied events.
    mean: Vec<f64>,
}

impl Hazards {
    pub(super) fn new(rows: &Rows, ties: Ties, beta: &[f64]) -> Self {
        let p = rows.columns;
        let (risk, largest) = risk_scores(rows, beta);
        let zeros = |width: usize| vec![0.0; width * rows.slots];
        let (mut hazard, mut variance, mut unseen) = (zeros(1), zeros(1), zeros(1));
        let (mut drift, mut unseen_drift, mut mean) = (zeros(p), zeros(p), zeros(p));
        let unit = (-largest).exp();
        Sweep::new(rows, ties, &risk).all(|k, set| {
            let slot = rows.ties[k].slot;
            let mut events = 0.0;
            for term in set.terms() {
                events += term.weight;
                let jump = unit * term.weight / term.denominator;
                hazard[slot] += jump;
                variance[slot] += jump * unit / term.denominator;
                unseen[slot] += jump * term.left;
                for j in 0..p {
                    let of_term = set.mean(&term, j);
                    drift[slot * p + j] += jump * of_term;
                    unseen_drift[slot * p + j] += jump * term.left * of_term;
                    mean[slot * p + j] += term.weight * of_term;
                }
            }
            mean[slot * p..(slot + 1) * p].iter_mut().for_each(|m| *m /= events);
        });
        for stratum in &rows.strata {
            for tie in &rows.ties[stratum.ties.clone()] {
                let slot = tie.slot;
                hazard[slot] += hazard[slot - 1];
                variance[slot] += variance[slot - 1];
                for j in slot * p..(slot + 1) * p {
                    drift[j] += drift[j - p];
                }
            }
        }
        let relative = risk.iter().zip(&rows.weight).map(|(r, w)| r / w / unit).collect();
        Self { relative, hazard, variance, drift, unseen, unseen_drift, mean }
    }

    /// Observed covariates less those expected of the row with the event at this position.
    pub(super) fn schoenfeld(&self, rows: &Rows, position: usize, j: usize) -> f64 {
        rows.x(position)[j] - self.mean[rows.until[position] * rows.columns + j]
    }

    /// Score residual of each row: its share of the gradient, for a weight of 1 (Therneau, Grambsch & Fleming 1990).
    pub(super) fn score_residuals(&self, rows: &Rows) -> Vec<f64> {
        let p = rows.columns;
        let mut residuals = Vec::with_capacity(rows.len() * p);
        for position in 0..rows.len() {
            let (until, since) = (rows.until[position], rows.since[position]);
            let event = if rows.event[position] { 1.0 } else { 0.0 };
            let hazard = self.hazard[until] - self.hazard[since] - event * self.unseen[until];
            for (j, x) in rows.x(position).iter().enumerate() {
                let drift =
                    self.drift[until * p + j] - self.drift[since * p + j] - event * self.unseen_drift[until * p + j];
                let observed = if rows.event[position] { self.schoenfeld(rows, position, j) } else { 0.0 };
                residuals.push(observed - self.relative[position] * (x * hazard - drift));
            }
        }
        residuals
    }
}
