//! Pareto/NBD against 40-digit values over its whole domain, and the identities that its predictions obey.

use proptest::prelude::*;

use super::*;
use crate::clv::latent_attrition::Living;
use crate::golden::{Row, close, pareto_nbd, rows};
use crate::summary::Histories;

fn model(row: &Row<'_>) -> ParetoNbd {
    ParetoNbd::at(&["r", "alpha", "s", "beta"].map(|name| row.get(name)))
}

fn derivatives(model: &ParetoNbd, h: History) -> crate::numerics::newton::Evaluation {
    let histories = Histories::group(&[h.x], &[h.t_x], &[h.T], None);
    likelihood::evaluate(&LikelihoodSum::new(&histories), model)
}

#[test]
fn likelihood_and_predictions_over_the_domain() {
    for row in rows(&pareto_nbd()["rows"]) {
        let (model, h, t, rate) = (model(&row), row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64, tolerance: f64| {
            close(found, row.get(name), tolerance, &format!("{name} {}", row.0));
        };
        check("log_likelihood", model.ln_likelihood(h), 1e-9);
        check("p_alive", model.alive(h), 1e-9);
        check("p_dead", model.race(h).run(h.T - h.t_x).standing().gone, 1e-9);
        check("conditional", model.purchases(h, t), 1e-9);
        check("no_purchase", model.no_purchase(h, t), 1e-9);
        let all = model.alive(h) * model.living(h).discounted_expectation(f64::INFINITY, rate);
        close(model.discounted_expectation(h, f64::INFINITY, rate), all, 1e-15, row.0);

        let living = model.living(h);
        check("expected_alive", living.purchases(t), 1e-9);
        check("survival", living.alive_after(t), 1e-9);
        check("dert", living.discounted_expectation(f64::INFINITY, rate), 1e-9);
        let d = living.discounted_purchases(t, rate);
        check("discounted", d.mean, 1e-9);
        check("discounted", living.discounted_expectation(t, rate), 1e-9);
        check("discounted_square", d.mean_square, 1e-9);
        let none = living.discounted_purchases(t, 0.0);
        close(none.mean, row.get("expected_alive"), 1e-9, row.0);
    }
}

#[test]
fn corners_of_the_domain() {
    for row in rows(&pareto_nbd()["scattered"]) {
        let (model, h, t, rate) = (model(&row), row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64| close(found, row.get(name), 1e-9, &format!("{name} {}", row.0));
        check("log_likelihood", model.ln_likelihood(h));
        check("p_alive", model.alive(h));
        check("p_dead", model.race(h).run(h.T - h.t_x).standing().gone);
        check("no_purchase", model.no_purchase(h, t));
        check("discounted", model.living(h).discounted_expectation(t, rate));
        check("dert", model.living(h).discounted_expectation(f64::INFINITY, rate));
    }
}

#[test]
fn probabilities_of_counts() {
    for row in rows(&pareto_nbd()["rows"]) {
        let counts = row.list("counts");
        if counts.is_empty() {
            continue;
        }
        let mut pmf = Vec::new();
        model(&row).living(row.history()).purchase_probabilities(row.get("t"), 1e-13, &mut pmf);
        for (n, expected) in counts.into_iter().zip(row.list("pmf")) {
            let found = pmf.get(n as usize).copied().unwrap_or(0.0);
            assert!((found - expected).abs() <= 1e-9 * expected + 1e-13, "pmf {n}: {found} {expected} {}", row.0);
        }
    }
}

#[test]
fn outcomes_of_the_race_sum_to_one() {
    for row in rows(&pareto_nbd()["rows"]) {
        let h = row.history();
        let outcome = model(&row).race(h).run(h.T - h.t_x);
        close(outcome.neither + outcome.death + outcome.purchase, 1.0, 1e-12, row.0);
    }
}

#[test]
fn gradient_and_hessian() {
    for row in rows(&pareto_nbd()["rows"]) {
        let at = derivatives(&model(&row), row.history());
        close(at.value, row.get("log_likelihood"), 1e-9, row.0);
        let gradient = row.list("gradient");
        for (i, expected) in gradient.iter().enumerate() {
            assert!(
                (at.gradient[i] - expected).abs() <= 1e-9 * expected.abs() + 1e-13,
                "gradient {i} {} {expected} {}",
                at.gradient[i],
                row.0
            );
        }
        let hessian: Vec<Vec<f64>> = serde_json::from_value(row.0["hessian"].clone()).unwrap();
        let size = hessian.iter().flatten().fold(1e-300, |s: f64, v| s.max(v.abs()));
        for (i, row_of) in hessian.iter().enumerate() {
            for (j, expected) in row_of.iter().enumerate() {
                let found = at.hessian[(i, j)];
                assert!((found - expected).abs() <= 1e-9 * size, "hessian {i} {j} {found} {expected} {}", row.0);
            }
        }
    }
}

#[test]
fn gradient_and_hessian_are_the_finite_differences_of_the_likelihood() {
    let step = 1e-5;
    let shifted = |model: &ParetoNbd, i: usize, by: f64| {
        let mut values = model.values();
        values[i] *= f64::exp(by);
        model.at_values(&values)
    };
    for row in rows(&pareto_nbd()["rows"]).take(8) {
        let (model, h) = (model(&row), row.history());
        let at = derivatives(&model, h);
        for i in 0..4 {
            let (up, down) = (shifted(&model, i, step), shifted(&model, i, -step));
            let slope = (up.ln_likelihood(h) - down.ln_likelihood(h)) / (2.0 * step);
            assert!((slope - at.gradient[i]).abs() < 1e-8, "{i} {slope} {}", at.gradient[i]);
            let (up, down) = (derivatives(&up, h), derivatives(&down, h));
            for j in 0..4 {
                let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                assert!((slope - at.hessian[(i, j)]).abs() < 1e-8, "{i} {j} {slope} {}", at.hessian[(i, j)]);
            }
        }
    }
}

/// Parameters and histories of any scale.
fn any_customer() -> impl Strategy<Value = (ParetoNbd, History)> {
    let ln = |low: f64, high: f64| (low.ln()..high.ln()).prop_map(f64::exp);
    let parameters = (ln(1e-3, 1e5), ln(1e-3, 1e5), ln(1e-3, 1e5), ln(1e-3, 1e5));
    let x = prop_oneof![Just(0.0), ln(1.0, 1e6).prop_map(f64::round)];
    (parameters, x, ln(1e-3, 1e5), 0.0..=1.0).prop_map(
        |((r, alpha, s, beta), x, t, share): ((f64, f64, f64, f64), f64, f64, f64)| {
            let t_x = if x > 0.0 { (t * share).min(t) } else { 0.0 };
            (ParetoNbd::at(&[r, alpha, s, beta]), History::new(x, t_x, t))
        },
    )
}

proptest! {
    #[test]
    fn predictions_are_finite_and_in_range((model, h) in any_customer(), t in -5.0..9.0_f64) {
        let t = t.exp();
        prop_assert!(model.ln_likelihood(h).is_finite());
        let at = derivatives(&model, h);
        prop_assert!(at.gradient.iter().chain(&at.hessian).all(|v| v.is_finite()));
        let (alive, later) = (model.alive(h), model.alive_after(h, t));
        prop_assert!((0.0..=1.0).contains(&alive));
        prop_assert!((0.0..=alive).contains(&later), "{later} {alive}");
        let none = model.no_purchase(h, t);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&none));
        let purchases = model.purchases(h, t);
        prop_assert!(purchases.is_finite() && purchases >= 0.0);
        prop_assert!(purchases >= (1.0 - none) * (1.0 - 1e-9) - 1e-14, "E[N] >= P(N > 0): {purchases} {none}");
        if alive < 1e-290 {
            // Subnormal numbers have no digits to compare.
            return Ok(());
        }
        prop_assert!(model.purchases(h, 2.0 * t) >= purchases * (1.0 - 1e-9));
        let d = model.discounted_purchases(h, t, 0.01 / t);
        prop_assert!(d.mean <= purchases * (1.0 + 1e-9) && d.mean >= purchases * (-0.01_f64).exp() * (1.0 - 1e-9));
        prop_assert!(d.mean_square >= d.mean * d.mean * (1.0 - 1e-6), "{d:?}");
        let all = model.discounted_expectation(h, f64::INFINITY, 0.01 / t);
        prop_assert!(all.is_finite() && all >= d.mean * (1.0 - 1e-9));
    }

    #[test]
    fn probabilities_of_counts_sum_to_one_with_the_right_mean(
        r in 0.1..5.0_f64, alpha in 1.0..20.0_f64, s in 0.2..5.0_f64, beta in 0.2..50.0_f64,
        x in 0_u8..20, share in 0.0..1.0_f64, t in 1.0..100.0_f64,
    ) {
        let model = ParetoNbd::from_params(r, alpha, s, beta).unwrap();
        let x = f64::from(x);
        let h = History::new(x, if x > 0.0 { 40.0 * share } else { 0.0 }, 40.0);
        let mut pmf = Vec::new();
        model.purchase_probabilities(h, t, 1e-13, &mut pmf);
        let sum: f64 = pmf.iter().sum();
        let mean: f64 = pmf.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        let square: f64 = pmf.iter().enumerate().map(|(n, p)| (n * n) as f64 * p).sum();
        prop_assert!((sum - 1.0).abs() < 1e-12);
        prop_assert!((pmf[0] - model.no_purchase(h, t)).abs() < 1e-12);
        prop_assert!((mean - model.purchases(h, t)).abs() < 1e-9 * (1.0 + mean));
        prop_assert!((square - model.discounted_purchases(h, t, 0.0).mean_square).abs() < 1e-6 * (1.0 + square));
    }
}

#[test]
fn counts_beyond_any_list_stay_a_distribution() {
    // About 10^8 purchases to expect, and a rate known to one part in a thousand.
    for (r, alpha, t) in [(2.0, 1e-3, 1e5), (1e6, 1.0, 1.0), (1e6, 10.0, 1.0)] {
        let living = LivingCustomer { r, alpha, s: 0.5, beta: 1e3 };
        let mut pmf = Vec::new();
        living.purchase_probabilities(t, 1e-3, &mut pmf);
        let sum: f64 = pmf.iter().sum();
        assert!((sum - 1.0).abs() < 2e-3 && pmf.iter().all(|p| *p >= 0.0), "{r} {sum}");
        if t < r {
            let mean: f64 = pmf.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            close(mean, living.purchases(t), 2e-3, &r);
        }
    }
}

#[test]
fn nearly_immortal_customers_follow_the_negative_binomial() {
    // s → 0: nobody dies, and the likelihood is that of the NBD.
    let model = ParetoNbd::from_params(0.8, 5.0, 1e-3, 1e5).unwrap();
    let h = History::new(7.0, 19.0, 20.0);
    let nbd = ln_rising(0.8, 7.0) - 0.8 * (20.0_f64 / 5.0).ln_1p() - 7.0 * 25.0_f64.ln();
    close(model.ln_likelihood(h), nbd, 1e-6, &"NBD");
    close(model.purchases(h, 10.0), 7.8 / 25.0 * 10.0, 1e-3, &"NBD");
}

#[test]
fn parameters_are_recovered_within_three_standard_errors() {
    use crate::clv::{GammaGamma, SimulationPlan};
    use crate::summary::{MergeWithin, SummaryOptions};
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let truths = [[0.553, 10.578, 0.606, 11.669], [1.5, 10.0, 0.5, 30.0], [0.8, 3.0, 2.0, 60.0], [3.0, 40.0, 1.0, 8.0]];
    for (seed, truth) in truths.into_iter().enumerate() {
        let plan =
            SimulationPlan::new(20_000, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(seed as u64);
        let log = ParetoNbd::at(&truth).simulate(&spend, &plan).unwrap();
        let customers = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Nothing)).unwrap();
        let fitted = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in truth.iter().zip(fitted.parameters()).zip(errors) {
            assert!(
                (found - truth).abs() < 3.0 * error.unwrap(),
                "{name}: {found} instead of {truth}, error {error:?}"
            );
        }
    }
}
