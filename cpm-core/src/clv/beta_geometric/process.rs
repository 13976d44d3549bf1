//! The future of a living customer.
//!
//! Given x purchases until T and that the customer is alive after k chances to drop out (x in BG/NBD, x + 1
//! in MBG/NBD), λ ~ Gamma(r + x, α + T) and p ~ Beta(a, b + k), independently: the model again, with updated
//! parameters. All predictions are means over p of functions that are elementary given p. With R = r + x,
//! S = α + T, τ = t/S:
//!
//! - P(alive after t | p) = (1 + p τ)^-R
//! - E[N(t) | p] = (1 - (1 + p τ)^-R)/p
//!
//! Their means are Gauss hypergeometric functions (eq. 10 of the paper), here summed in Euler's form,
//! whose terms fall with x, and in a form in which a = 1 is not special. Where the series would lose
//! digits or converge slowly, the mean over p is taken by quadrature.

use super::for_ever::AT_RANDOM;
use crate::clv::latent_attrition::Living;
use crate::clv::negative_binomial::{self, Counts, MAX_COUNT};
use crate::clv::purchase_model::DiscountedPurchases;
use crate::numerics::quadrature::{NODES, beta_mean, by_panel};

/// Parameters of a living customer: λ ~ Gamma(r, alpha), p ~ Beta(a, b).
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct LivingCustomer {
    pub(in crate::clv) r: f64,
    pub(in crate::clv) alpha: f64,
    pub(in crate::clv) a: f64,
    pub(in crate::clv) b: f64,
}

/// Longest series before quadrature is cheaper: for one time, and for many times that share their coefficients.
const MAX_TERMS: usize = 400;
const MAX_SHARED_TERMS: usize = 4_000;
/// Series that lose more than this factor to cancellation are given up.
const MAX_CANCELLATION: f64 = 1e4;
const PRECISION: f64 = 1e-17;
/// Widest Gauss panel in ln(1 + t/scale) for the integrals over time.
const WIDEST_PANEL: f64 = 2.5;
/// By how many powers of e discounting may fall within a panel; its square falls twice as far.
const MOST_FOLDS: f64 = 5.0;
/// What is discounted by e to this power counts for nothing.
const FOR_EVER: f64 = 45.0;

impl Living for LivingCustomer {
    /// P(alive after t) = 2F1(r, a; a+b; -t/α).
    fn alive_after(&self, t: f64) -> f64 {
        self.alive_series(t).unwrap_or_else(|| {
            let (r, tau) = (self.r, t / self.alpha);
            beta_mean(self.a, self.b, (r * tau).max(r), |p, q| {
                (-r * (p * tau).ln_1p(), -r * tau * p * q / (1.0 + p * tau))
            })
            .min(1.0)
        })
    }

    /// E[N(t)], the expected number of purchases.
    fn purchases(&self, t: f64) -> f64 {
        PurchaseSeries::new(self, t, MAX_TERMS).evaluate(t)
    }

    /// E[N(to)] - E[N(from)].
    fn purchases_between(&self, from: f64, to: f64) -> f64 {
        let until = self.purchases(to);
        let difference = if from > 0.0 { until - self.purchases(from) } else { until };
        if difference > 1e-3 * until {
            return difference;
        }
        // M'(v) = (r/α) P(alive after v) of a customer with r + 1: no difference of nearly equal numbers.
        let next = Self { r: self.r + 1.0, ..*self };
        let y = |v: f64| (v / self.alpha).ln_1p();
        let mut sum = 0.0;
        by_panel(0.0, y(to) - y(from), WIDEST_PANEL, |nodes, weights| {
            for (u, w) in nodes.iter().zip(weights) {
                // α + v = (α + from) e^u.
                let end = (self.alpha + from) * u.exp();
                sum += w * end * next.alive_after(from + (self.alpha + from) * u.exp_m1());
            }
        });
        self.r / self.alpha * sum
    }

    /// P(N(t) = 0) = (α/(α+t))^r.
    fn no_purchase(&self, t: f64) -> f64 {
        negative_binomial::none(self.r, self.alpha, t)
    }

    /// P(N(t) = n): n purchases and alive after the last, or n purchases of which the last was the end
    /// (eq. 8 of the paper).
    ///
    /// Counts up to [`MAX_COUNT`] are told apart; what is left of the probability then goes to the last one.
    fn purchase_probabilities(&self, t: f64, tail: f64, out: &mut Vec<f64>) {
        out.clear();
        let mut events = Counts::new(self.r, self.alpha, t);
        let mut dropout = PurchaseCounts::new(self.a, self.b);
        for _ in 0..=MAX_COUNT {
            out.push(dropout.next(events.probability()));
            // More than n purchases need more than n events and no dropout at the first n.
            if dropout.stayed_before * events.beyond() <= tail {
                return;
            }
            events.advance();
        }
        negative_binomial::give_rest_to_last(out);
    }

    /// E[D] = e^(-dt) M(t) + d ∫ e^(-dv) M(v) dv; see [`discounted_purchases`](Self::discounted_purchases).
    fn discounted_expectation(&self, t: f64, d: f64) -> f64 {
        if d * t > FOR_EVER {
            return self.discounted_for_ever(d);
        }
        let series = PurchaseSeries::new(self, t, MAX_SHARED_TERMS);
        let mut sum = (-d * t).exp() * series.evaluate(t);
        if d > 0.0 {
            self.over_time(t, d, |times, weights| {
                let at = series.evaluate_all(times);
                for i in 0..NODES {
                    sum += weights[i] * d * (-d * times[i]).exp() * at[i];
                }
            });
        }
        sum
    }

    /// Moments of the discounted number of purchases.
    ///
    /// Given λ and p, purchases come at rate λ e^(-λpu), and at u < v jointly at λ² (1-p) e^(-λpv),
    /// whatever u. Hence with M(t) = E[N(t)], M₊ the same for one purchase more (r+1, b+1), and d the rate,
    /// - E[D]   = ∫ e^(-du) M'(u) du
    /// - E[D²] = ∫ e^(-2du) M'(u) du + 2 (r/α) b/(a+b) ∫ g(v) M₊'(v) dv,  g(v) = (e^(-dv) - e^(-2dv))/d.
    ///
    /// Partial integration leaves M and M₊ themselves under the integral.
    fn discounted_purchases(&self, t: f64, d: f64) -> DiscountedPurchases {
        let next = Self { r: self.r + 1.0, b: self.b + 1.0, ..*self };
        let together = 2.0 * self.r / self.alpha * self.b / (self.a + self.b);
        if d * t > FOR_EVER {
            let [first, squares] = [d, 2.0 * d].map(|d| self.discounted_for_ever(d));
            let [next_first, next_squares] = [d, 2.0 * d].map(|d| next.discounted_for_ever(d));
            return DiscountedPurchases {
                mean: first,
                mean_square: squares + together * (next_first - next_squares) / d,
                mean_of_squares: squares,
                none: self.no_purchase(t),
            };
        }
        let [series, series_next] = [self, &next].map(|customer| PurchaseSeries::new(customer, t, MAX_SHARED_TERMS));
        let m = series.evaluate(t);
        let (once, twice) = ((-d * t).exp(), (-2.0 * d * t).exp());
        let (mut first, mut squares) = (once * m, twice * m);
        let g = if d > 0.0 { -once * (-d * t).exp_m1() / d } else { t };
        let mut pairs = g * series_next.evaluate(t);

        self.over_time(t, d, |times, weights| {
            let at_next = series_next.evaluate_all(times);
            let at = if d > 0.0 { series.evaluate_all(times) } else { [0.0; NODES] };
            for i in 0..NODES {
                let e = (-d * times[i]).exp();
                first += weights[i] * d * e * at[i];
                squares += weights[i] * 2.0 * d * e * e * at[i];
                pairs -= weights[i] * (2.0 * e * e - e) * at_next[i];
            }
        });
        DiscountedPurchases {
            mean: first,
            mean_square: squares + together * pairs,
            mean_of_squares: squares,
            none: self.no_purchase(t),
        }
    }

    /// It drops out at purchases only, and so purchases again.
    fn never_again(&self) -> f64 {
        0.0
    }

    fn discounted_for_ever(&self, d: f64) -> f64 {
        self.in_stages_for_ever(&AT_RANDOM, d)
    }
}

impl LivingCustomer {
    /// (1-z)^a 2F1(a+b-r, a; a+b; z), z = t/(α+t).
    fn alive_series(&self, t: f64) -> Option<f64> {
        let z = t / (self.alpha + t);
        let (upper, c) = (self.a + self.b - self.r, self.a + self.b);
        let (mut term, mut sum, mut size) = (1.0, 1.0, 1.0);
        for n in 0..MAX_TERMS {
            let n = n as f64;
            term *= (upper + n) * (self.a + n) / ((c + n) * (n + 1.0)) * z;
            sum += term;
            size += f64::abs(term);
            if !size.is_finite() {
                return None;
            }
            // Past the turning point the ratio of terms stays below z.
            if term.abs() <= PRECISION * size * (1.0 - z) && upper + n > 0.0 {
                return (size <= MAX_CANCELLATION * sum.abs())
                    .then(|| (-self.a * (t / self.alpha).ln_1p()).exp() * sum);
            }
        }
        None
    }

    /// Nodes and weights on (0, t]: v = scale (e^y - 1) follows M from its linear start, while those who drop out at their first purchase
    /// are there, to its logarithmic end, in panels in which e^(-dv) does not fall too far.
    fn over_time(&self, t: f64, d: f64, mut each: impl FnMut(&[f64; NODES], &[f64; NODES])) {
        let scale = self.alpha / (1.0 + self.r);
        let y = |v: f64| (v / scale).ln_1p();
        let parts = (d * t / MOST_FOLDS).ceil().max(1.0);
        let mut from = 0.0;
        for part in 1..=parts as usize {
            let to = y(t * part as f64 / parts);
            by_panel(from, to, WIDEST_PANEL, |y, mut weights| {
                let times = y.map(|y| scale * y.exp_m1());
                weights.iter_mut().zip(times).for_each(|(w, v)| *w *= scale + v);
                each(&times, &weights);
            });
            from = to;
        }
    }
}

/// P(N = n) from the probabilities of n purchases if nobody drops out, one after the other.
pub(in crate::clv) struct PurchaseCounts {
    a: f64,
    b: f64,
    n: f64,
    /// P(at least n events), B(a, b+n)/B(a, b), B(a+1, b+n-1)/B(a, b).
    at_least: f64,
    stayed: f64,
    left: f64,
    /// `stayed` of the last n that was asked for.
    stayed_before: f64,
}

impl PurchaseCounts {
    pub(in crate::clv) fn new(a: f64, b: f64) -> Self {
        Self { a, b, n: 0.0, at_least: 1.0, stayed: 1.0, left: 0.0, stayed_before: 1.0 }
    }

    /// n purchases and alive after the last, or n purchases of which the last was the end.
    pub(in crate::clv) fn next(&mut self, exactly: f64) -> f64 {
        let probability = self.stayed * exactly + self.left * self.at_least;
        self.at_least = f64::max(self.at_least - exactly, 0.0);
        self.stayed_before = self.stayed;
        let chances = self.a + self.b + self.n;
        self.left = self.stayed * self.a / chances;
        self.stayed *= (self.b + self.n) / chances;
        self.n += 1.0;
        probability
    }

    /// A bound of what is left: more events, and no dropout so far.
    pub(in crate::clv) fn rest(&self) -> f64 {
        self.stayed_before * self.at_least
    }
}

/// E[N(v)] for many v up to a largest one: the coefficients of the series do not depend on v.
///
/// With z = v/(α+v), c = a+b-1:
/// E[N(v)] = c (1 - (1-z)^(a-1))/(a-1) - (1-z)^(a-1) Σ_{n≥1} K_n z^n,
/// K_1 = c - r, K_{n+1}/K_n = (c-r+n)(a+n-1)/((c+n)(n+1)).
struct PurchaseSeries<'a> {
    customer: &'a LivingCustomer,
    /// None if the series is of no use.
    coefficients: Vec<f64>,
    /// Sum of the terms' absolute values over z, at the largest z.
    size: f64,
}

impl<'a> PurchaseSeries<'a> {
    fn new(customer: &'a LivingCustomer, longest: f64, most: usize) -> Self {
        let z = longest / (customer.alpha + longest);
        // Not c + 1 below: a and b may be far smaller than 1.
        let above = customer.a + customer.b;
        let c = above - 1.0;
        let mut series = Self { customer, coefficients: Vec::with_capacity(64), size: 0.0 };
        let mut k = c - customer.r;
        let mut power = 1.0;
        for n in 1..=most {
            series.coefficients.push(k);
            let term = (k * power).abs();
            series.size += term;
            let n_real = n as f64;
            let rising = c - customer.r + n_real > 0.0;
            if rising && term <= PRECISION * (series.size + c.abs()) * (1.0 - z) && series.size.is_finite() {
                return series;
            }
            k *=
                (c - customer.r + n_real) * (customer.a + (n_real - 1.0)) / ((above + (n_real - 1.0)) * (n_real + 1.0));
            power *= z;
        }
        series.coefficients.clear();
        series
    }

    fn evaluate(&self, v: f64) -> f64 {
        let z = v / (self.customer.alpha + v);
        let sum = self.coefficients.iter().rev().fold(0.0, |sum, k| sum * z + k);
        self.complete(v, sum)
    }

    /// The same at all nodes of a panel: the sums run side by side, one coefficient at a time.
    fn evaluate_all(&self, times: &[f64; NODES]) -> [f64; NODES] {
        let z = times.map(|v| v / (self.customer.alpha + v));
        let mut sums = [0.0; NODES];
        for k in self.coefficients.iter().rev() {
            for i in 0..NODES {
                sums[i] = sums[i] * z[i] + k;
            }
        }
        std::array::from_fn(|i| self.complete(times[i], sums[i]))
    }

    /// E[N(v)] from the sum of the series over z, or in another way if that sum has lost its digits.
    fn complete(&self, v: f64, sum: f64) -> f64 {
        let LivingCustomer { r, alpha, a, b } = *self.customer;
        let tau = v / alpha;
        if !self.coefficients.is_empty() {
            let z = v / (alpha + v);
            let c = a + b - 1.0;
            let ln_alive = (1.0 - a) * tau.ln_1p();
            let growth = ln_alive.exp_m1();
            let first = if a == 1.0 { c * tau.ln_1p() } else { c * growth / (1.0 - a) };
            let factor = if ln_alive > -0.5 { 1.0 + growth } else { ln_alive.exp() } * z;
            let value = first - factor * sum;
            if first.abs() + factor * self.size <= MAX_CANCELLATION * value {
                return value;
            }
        }
        // Few purchases to expect, or hardly any dropout.
        if let Some(value) = self.in_powers_of(tau) {
            return value;
        }
        let number = r * tau;
        beta_mean(a, b, number.max(r), |p, q| {
            let u = r * (p * tau).ln_1p();
            let slope = if u > 0.0 { number * p * q / ((1.0 + p * tau) * u.exp_m1()) - q } else { 0.0 };
            let ln_g = if u > 1e-300 { (-(-u).exp_m1() / p).ln() } else { number.ln() };
            (ln_g, slope)
        })
    }

    /// Σ_{n≥1} (-1)^(n-1) (r)_n (a)_{n-1} / ((a+b)_{n-1} n!) τ^n, where each term is at most half the one before: then
    /// the alternating series has no cancellation. In the limit of no dropout, b to infinity, it has one term.
    fn in_powers_of(&self, tau: f64) -> Option<f64> {
        let LivingCustomer { r, a, b, .. } = *self.customer;
        let mut term = r * tau;
        let mut sum = term;
        let mut n = 1.0;
        while term.abs() > PRECISION * sum {
            let ratio = (r + n) * (a + (n - 1.0)) / ((a + b + (n - 1.0)) * (n + 1.0)) * tau;
            if ratio > 0.5 {
                return None;
            }
            term *= -ratio;
            sum += term;
            n += 1.0;
        }
        Some(sum)
    }
}
