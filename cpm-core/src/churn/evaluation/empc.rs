//! Maximum profit of a retention campaign, with one lifetime value for all customers: MPC and EMPC.

use serde::Serialize;
use statrs::function::beta::beta_reg;

use super::ScoredCustomers;
use crate::error::{self, Result};
use crate::estimate::{Estimate, Interval, half_width};

/// The campaign that a profit measure has in mind.
///
/// A share γ ~ Beta(α, β) of the would-be churners who get the offer accept it and stay. The offer costs `incentive_cost` to whoever
/// takes it (customers who would have stayed anyway all take it), the contact costs `contact_cost` per customer, and a
/// churner kept is worth `clv`. The defaults are those of Verbraken, Verbeke & Baesens (2013).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmpcOptions {
    alpha: f64,
    beta: f64,
    clv: f64,
    incentive_cost: f64,
    contact_cost: f64,
}

impl Default for EmpcOptions {
    fn default() -> Self {
        Self { alpha: 6.0, beta: 14.0, clv: 200.0, incentive_cost: 10.0, contact_cost: 1.0 }
    }
}

impl EmpcOptions {
    /// α = 6, β = 14 (an acceptance of 30 % on average), a lifetime value of 200, an incentive of 10, a contact of 1.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Distribution of the acceptance rate.
    #[must_use]
    pub fn acceptance(mut self, alpha: f64, beta: f64) -> Self {
        (self.alpha, self.beta) = (alpha, beta);
        self
    }

    /// Acceptance with this mean, for [`maximum_profit`](ScoredCustomers::maximum_profit), which needs no more.
    #[must_use]
    pub fn acceptance_rate(self, mean: f64) -> Self {
        self.acceptance(mean, 1.0 - mean)
    }

    /// Value of a churner kept, before the costs of the campaign.
    #[must_use]
    pub fn clv(mut self, clv: f64) -> Self {
        self.clv = clv;
        self
    }

    /// Cost of the incentive, and of contacting one customer.
    #[must_use]
    pub fn costs(mut self, incentive: f64, contact: f64) -> Self {
        (self.incentive_cost, self.contact_cost) = (incentive, contact);
        self
    }

    fn check(&self) -> Result<()> {
        error::positive("alpha", self.alpha)?;
        error::positive("beta", self.beta)?;
        error::positive("clv", self.clv)?;
        error::non_negative("incentive_cost", self.incentive_cost)?;
        error::non_negative("contact_cost", self.contact_cost)?;
        if self.incentive_cost >= self.clv {
            let expected = "the incentive must cost less than the customer is worth";
            return Err(crate::Error::argument("incentive_cost", self.incentive_cost, expected));
        }
        Ok(())
    }

    /// Profit of one customer who gets the offer: a churner at acceptance γ, a stayer.
    fn profits(&self, acceptance: f64) -> [f64; 2] {
        [acceptance * (self.clv - self.incentive_cost) - self.contact_cost, -self.incentive_cost - self.contact_cost]
    }
}

/// The most that a campaign can earn with a score, per customer of the base.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MaximumProfit {
    /// Profit per customer of the base, with its interval.
    pub profit: Estimate,
    /// Share of the base, largest scores first, that gets the offer (for EMPC on average over the acceptance rate).
    pub fraction: f64,
}

/// A segment of the convex hull of the receiver operating characteristic, by descending score.
struct Segment {
    churned: f64,
    stayed: f64,
    squares: [f64; 2],
}

/// A segment, the profits of a churner and of a stayer in it, and the chance that it gets the offer.
type Taken = (Segment, [f64; 2], f64);

impl ScoredCustomers {
    /// Maximum profit measure for churn (MPC; Verbeke et al. 2012, EJOR 218): the acceptance rate is known and is α/(α + β).
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if nobody churned or nobody stayed;
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for options and level.
    pub fn maximum_profit(&self, options: &EmpcOptions, level: f64) -> Result<MaximumProfit> {
        options.check()?;
        let profits = options.profits(options.alpha / (options.alpha + options.beta));
        // A point mass: a segment is taken if it pays.
        let taken = |segment: &Segment| {
            let pays = segment.churned * profits[0] + segment.stayed * profits[1] > 0.0;
            if pays { (profits, 1.0) } else { ([0.0; 2], 0.0) }
        };
        self.over_hull(level, taken)
    }

    /// Expected maximum profit measure for churn (EMPC; Verbraken, Verbeke & Baesens 2013, IEEE TKDE 25(5)): the acceptance
    /// rate is Beta(α, β), and for each rate the best share of the base gets the offer.
    ///
    /// In closed form over the convex hull of the receiver operating characteristic: each segment of the hull is worth an
    /// offer from some acceptance rate on, and the profit integrates to incomplete beta functions. The best share for a
    /// rate is an optimum, so that to first order the measure is a mean over customers, whose spread gives the interval.
    ///
    /// ```
    /// use cpm_core::churn::evaluation::{EmpcOptions, ScoredCustomers};
    /// let scored = ScoredCustomers::new(&[true, false], &[0.9, 0.1])?;
    /// let empc = scored.expected_maximum_profit(&EmpcOptions::new(), 0.95)?;
    /// assert!((empc.profit.value - 28.0).abs() < 1e-9 && (empc.fraction - 0.5).abs() < 1e-9);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`maximum_profit`](Self::maximum_profit).
    pub fn expected_maximum_profit(&self, options: &EmpcOptions, level: f64) -> Result<MaximumProfit> {
        options.check()?;
        let EmpcOptions { alpha, beta, .. } = *options;
        let mean = alpha / (alpha + beta);
        let taken = |segment: &Segment| {
            // Profit is linear in the acceptance rate: the segment pays from this one on.
            let [at_none, at_all] = [0.0, 1.0].map(|rate| {
                let [churned, stayed] = options.profits(rate);
                segment.churned * churned + segment.stayed * stayed
            });
            if at_all <= 0.0 {
                return ([0.0; 2], 0.0);
            }
            let from = (-at_none / (at_all - at_none)).clamp(0.0, 1.0);
            let (chance, moment) = (upper_tail(alpha, beta, from), mean * upper_tail(alpha + 1.0, beta, from));
            let [per_rate, none, stayed] =
                [options.clv - options.incentive_cost, -options.contact_cost, options.profits(0.0)[1]];
            ([per_rate * moment + none * chance, stayed * chance], chance)
        };
        self.over_hull(level, taken)
    }

    /// Sums profits (of a churner, of a stayer, and the chance to get the offer) over the segments of the hull.
    fn over_hull(&self, level: f64, taken: impl Fn(&Segment) -> ([f64; 2], f64)) -> Result<MaximumProfit> {
        let level = error::level("level", level)?;
        self.both_classes("the maximum profit")?;
        let segments: Vec<Taken> = self
            .hull()
            .into_iter()
            .map(|segment| {
                let (profits, chance) = taken(&segment);
                (segment, profits, chance)
            })
            .collect();
        let total = |of: &dyn Fn(&Taken) -> f64| segments.iter().map(of).sum::<f64>();
        let value = total(&|(s, p, _)| s.churned * p[0] + s.stayed * p[1]) / self.weight();
        let around = |p: &[f64; 2]| p.map(|profit| (profit - value) * (profit - value));
        let squares = total(&|(s, p, _)| s.squares[0] * around(p)[0] + s.squares[1] * around(p)[1]);
        let n = self.effective_rows();
        let correction = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
        let reach = half_width(level) * (squares * correction).sqrt() / self.weight();
        let interval = Interval { low: (value - reach).max(0.0), high: value + reach };
        let fraction = total(&|(s, _, chance)| (s.churned + s.stayed) * chance) / self.weight();
        Ok(MaximumProfit { profit: Estimate { value, interval }, fraction: fraction.min(1.0) })
    }

    /// Segments of the convex hull: groups are merged until the share of churners falls from each to the next.
    fn hull(&self) -> Vec<Segment> {
        let mut hull: Vec<Segment> = Vec::new();
        for group in self.groups.iter().rev() {
            let mut next = Segment {
                churned: group.churned,
                stayed: group.stayed,
                squares: [group.churned_squares, group.stayed_squares],
            };
            // Odds by cross products: a segment may be without stayers.
            while let Some(last) = hull.pop_if(|last| last.churned * next.stayed <= next.churned * last.stayed) {
                next.churned += last.churned;
                next.stayed += last.stayed;
                next.squares[0] += last.squares[0];
                next.squares[1] += last.squares[1];
            }
            hull.push(next);
        }
        hull
    }
}

/// P(X > x) for X ~ Beta(a, b).
fn upper_tail(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x >= 1.0 {
        0.0
    } else {
        beta_reg(b, a, 1.0 - x)
    }
}

#[cfg(test)]
#[path = "empc_tests.rs"]
mod tests;
