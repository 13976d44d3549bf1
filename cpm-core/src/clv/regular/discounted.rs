//! Discounted purchases of living customers up to a horizon.
//!
//! Given that m stages end within the horizon t, they do so at m independent uniform times, whatever the rate: the i-th is worth
//! v(i:m) = E[e^(-zU)], z = dt, where U is the i-th smallest of m uniform numbers. That depends on no customer. Those of one x also share the
//! chances not to have dropped out, and with them what m stages are worth.

use super::living::LivingCustomer;
use crate::clv::latent_attrition::Living;
use crate::clv::purchase_model::DiscountedPurchases;

/// What is discounted by e to this power counts for nothing.
const FOR_EVER: f64 = 45.0;
/// Most stages that are told apart.
const MAX_STAGES: usize = 1_024;
/// Terms below this share of a sum are left out.
const PRECISION: f64 = 1e-17;

/// Discounting at N rates up to one horizon, with what customers share.
pub(super) struct Discounted<const N: usize> {
    horizon: f64,
    rates: [f64; N],
    /// For up to 1, 2, 4, 8, … stages: a customer's result does not depend on how many its neighbours make.
    levels: Vec<Option<Level<N>>>,
}

/// What is shared by customers of about as many stages.
struct Level<const N: usize> {
    worth: [OrderStatistics; N],
    /// Parameters of the dropout probability.
    dropout: [f64; 2],
    /// For each rate what m stages are worth with these, of which j more went before: k numbers for each m.
    sums: [Vec<f64>; N],
}

impl<const N: usize> Discounted<N> {
    pub(super) fn new(horizon: f64, rates: [f64; N]) -> Self {
        let levels = (0..=MAX_STAGES.ilog2()).map(|_| None).collect();
        Self { horizon, rates, levels }
    }

    /// E[Σ e^(-rate·t_i)] over the purchases of a living customer within the horizon, for each rate.
    pub(super) fn of(&mut self, customer: &LivingCustomer) -> [f64; N] {
        let counts = if self.for_ever() { None } else { customer.counts(self.horizon) };
        self.of_counts(customer, counts.as_deref())
    }

    /// Whether the horizon is beyond what counts.
    fn for_ever(&self) -> bool {
        self.rates.iter().all(|rate| rate * self.horizon > FOR_EVER)
    }

    /// The same from [`LivingCustomer::counts`] that are there already.
    pub(super) fn of_counts(&mut self, customer: &LivingCustomer, by_stage: Option<&[Vec<f64>]>) -> [f64; N] {
        let (t, rates) = (self.horizon, self.rates);
        if self.for_ever() {
            return rates.map(|rate| customer.discounted_for_ever(rate));
        }
        if rates.iter().all(|rate| *rate == 0.0) {
            return [customer.future_of(by_stage, t).purchases(); N];
        }
        let most = |by_stage: &[Vec<f64>]| by_stage.iter().map(Vec::len).max().unwrap_or(0);
        let Some(by_stage) = by_stage.filter(|by_stage| most(by_stage) <= MAX_STAGES) else {
            return customer.discounted_by_time(t, rates);
        };
        let most = most(by_stage);
        let size = most.next_power_of_two();
        let level = self.levels[size.ilog2() as usize].get_or_insert_with(|| Level::new(size, rates.map(|d| d * t)));
        level.share(customer, most);
        level.sums.each_ref().map(|worth| {
            let of_stage = |(j, counts): (usize, &Vec<f64>)| -> f64 {
                // Small terms first.
                counts.iter().enumerate().rev().map(|(m, p)| p * worth[m * customer.k + j]).sum()
            };
            by_stage.iter().enumerate().map(of_stage).sum()
        })
    }
}

impl Discounted<2> {
    /// Moments of a customer's discounted purchases, for a rate and twice that rate. The second moment is exact without discounting;
    /// with it, it is taken at the mean discount factor of a purchase.
    pub(super) fn moments(&mut self, living: &LivingCustomer) -> DiscountedPurchases {
        let counts = living.counts(self.horizon);
        let future = living.future_of(counts.as_deref(), self.horizon);
        let [mean, mean_of_squares] = self.of_counts(living, counts.as_deref());
        let factor = if future.purchases() > 0.0 { mean / future.purchases() } else { 0.0 };
        DiscountedPurchases {
            mean,
            mean_square: f64::max(future.mean_square() * factor * factor, mean * mean),
            mean_of_squares,
            none: living.no_purchase(self.horizon),
        }
    }
}

impl<const N: usize> Level<N> {
    fn new(size: usize, z: [f64; N]) -> Self {
        let worth = z.map(|z| OrderStatistics::new(size, z));
        Self { worth, dropout: [0.0; 2], sums: std::array::from_fn(|_| Vec::new()) }
    }

    /// Has ready what fewer than `most` stages of this customer are worth.
    fn share(&mut self, customer: &LivingCustomer, most: usize) {
        let LivingCustomer { k, a, b, .. } = *customer;
        if self.dropout != [a, b] {
            self.dropout = [a, b];
            self.sums.iter_mut().for_each(Vec::clear);
        }
        // P(no dropout at the first n purchases).
        let mut stayed = vec![1.0];
        for n in 0..most / k {
            stayed.push(stayed[n] * (b + n as f64) / (a + b + n as f64));
        }
        for (sums, worth) in self.sums.iter_mut().zip(&self.worth) {
            for m in sums.len() / k..most {
                let row = worth.row(m);
                // The n-th purchase is the stage kn - j of these; the row begins with the first.
                let of_stage = |j| row.iter().skip(k - 1 - j).step_by(k).zip(&stayed).map(|(v, s)| v * s).sum::<f64>();
                sums.extend((0..k).map(of_stage));
            }
        }
    }
}

/// v(i:m) for i = 1, …, m and m = 1, …, most.
struct OrderStatistics {
    /// Row after row.
    values: Vec<f64>,
}

impl OrderStatistics {
    fn new(most: usize, z: f64) -> Self {
        let start = |m: usize| m * m.saturating_sub(1) / 2;
        let mut values = vec![0.0; start(most + 1)];
        for i in 1..=most {
            values[start(most) + i - 1] = of_uniforms(i as f64, most as f64, z);
        }
        // i U(i+1:m) + (m-i) U(i:m) has the distribution of m U(i:m-1), mean by mean: nothing is lost.
        for m in (2..=most).rev() {
            let (fewer, these) = values[start(m - 1)..].split_at_mut(m - 1);
            for i in 1..m {
                fewer[i - 1] = (i as f64 * these[i] + (m - i) as f64 * these[i - 1]) / m as f64;
            }
        }
        Self { values }
    }

    /// v(1:m), …, v(m:m).
    fn row(&self, m: usize) -> &[f64] {
        let start = m * m.saturating_sub(1) / 2;
        &self.values[start..start + m]
    }
}

/// E[e^(-zU)] of the i-th smallest of m uniform numbers: e^-z 1F1(m + 1 - i; m + 1; z), a sum of positive terms.
fn of_uniforms(i: f64, m: f64, z: f64) -> f64 {
    let (mut term, mut sum, mut s) = (1.0, 1.0, 0.0);
    while term > PRECISION * sum || s < z {
        term *= (m + 1.0 - i + s) / (m + 1.0 + s) * z / (s + 1.0);
        sum += term;
        s += 1.0;
    }
    (-z).exp() * sum
}
