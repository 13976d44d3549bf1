//! BG/NBD against 40-digit values over its whole domain, and the identities that its predictions obey.

use proptest::prelude::*;

use super::*;
use crate::clv::PurchaseModel;
use crate::golden::{Row, close, high_precision, rows};

fn model(row: &Row<'_>) -> BgNbd {
    at([row.get("r"), row.get("alpha"), row.get("a"), row.get("b")])
}

fn at([r, alpha, a, b]: [f64; 4]) -> BgNbd {
    BgNbd { r, alpha, a, b, fit: None }
}

fn history(row: &Row<'_>) -> History {
    History { x: row.get("x"), t_x: row.get("t_x"), T: row.get("T") }
}

#[test]
fn likelihood_and_predictions_over_the_domain() {
    for row in rows(&high_precision()["bg_nbd"]) {
        let (model, h, t, rate) = (model(&row), history(&row), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64, tolerance: f64| {
            close(found, row.get(name), tolerance, &format!("{name} {}", row.0));
        };
        check("log_likelihood", model.ln_likelihood(h), 1e-9);
        check("p_alive", model.alive(h), 1e-9);
        check("conditional", model.purchases(h, t), 1e-9);
        check("no_purchase", model.no_purchase(h, t), 1e-9);

        let living = model.living(h);
        check("expected_alive", living.purchases(t), 1e-9);
        check("survival", living.alive_after(t), 1e-9);
        let d = living.discounted_purchases(t, rate);
        check("discounted", d.mean, 1e-9);
        check("discounted", living.discounted_expectation(t, rate), 1e-9);
        // Second moments serve the width of intervals.
        check("discounted_square", d.mean_square, 1e-7);
        let none = living.discounted_purchases(t, 0.0);
        close(none.mean, row.get("expected_alive"), 1e-9, row.0);
        close(none.mean_square - none.mean_of_squares, row.get("factorial_moment"), 1e-6, row.0);

        let mut pmf = Vec::new();
        living.purchase_probabilities(t, 1e-13, &mut pmf);
        for (n, expected) in row.list("pmf").into_iter().enumerate() {
            let found = pmf.get(n).copied().unwrap_or(0.0);
            assert!((found - expected).abs() <= 1e-9 * expected + 1e-12, "pmf {n}: {found} {}", row.0);
        }
    }
}

#[test]
fn gradient_and_hessian() {
    for row in rows(&high_precision()["bg_nbd"]) {
        let (m, h) = (model(&row), history(&row));
        let histories = Histories::group(&[h.x], &[h.t_x], &[h.T], None);
        let at = LogLikelihood::new(&histories).evaluate(m.r, m.alpha, m.a, m.b);
        close(at.value, row.get("log_likelihood"), 1e-9, row.0);
        let gradient = row.list("gradient");
        let size = gradient.iter().fold(1e-300, |s: f64, g| s.max(g.abs()));
        for (i, expected) in gradient.iter().enumerate() {
            assert!((at.gradient[i] - expected).abs() <= 1e-9 * size, "gradient {i} {} {}", at.gradient[i], row.0);
        }
        let hessian: Vec<Vec<f64>> = serde_json::from_value(row.0["hessian"].clone()).unwrap();
        let size = hessian.iter().flatten().fold(size, |s, v| s.max(v.abs()));
        for (i, row_of) in hessian.iter().enumerate() {
            for (j, expected) in row_of.iter().enumerate() {
                let found = at.hessian[(i, j)];
                assert!((found - expected).abs() <= 1e-8 * size, "hessian {i} {j} {found} {}", row.0);
            }
        }
    }
}

/// Parameters and histories of any scale.
fn any_customer() -> impl Strategy<Value = (BgNbd, History)> {
    let ln = |low: f64, high: f64| (low.ln()..high.ln()).prop_map(f64::exp);
    let parameters = (ln(1e-3, 1e5), ln(1e-3, 1e5), ln(1e-3, 1e5), ln(1e-3, 1e5));
    let x = prop_oneof![Just(0.0), ln(1.0, 1e6).prop_map(f64::round)];
    (parameters, x, ln(1e-3, 1e5), 0.0..=1.0).prop_map(
        |((r, alpha, a, b), x, t, share): ((f64, f64, f64, f64), f64, f64, f64)| {
            let t_x = if x > 0.0 { (t * share).min(t) } else { 0.0 };
            (at([r, alpha, a, b]), History { x, t_x, T: t })
        },
    )
}

proptest! {
    #[test]
    fn predictions_are_finite_and_in_range((model, h) in any_customer(), t in -5.0..9.0_f64) {
        let t = t.exp();
        prop_assert!(model.ln_likelihood(h).is_finite());
        let (alive, later) = (model.alive(h), model.alive_after(h, t));
        prop_assert!((0.0..=1.0).contains(&alive));
        prop_assert!((0.0..=alive * (1.0 + 1e-12)).contains(&later), "{later} {alive}");
        let none = model.no_purchase(h, t);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&none));
        let purchases = model.purchases(h, t);
        prop_assert!(purchases.is_finite() && purchases >= 0.0);
        prop_assert!(purchases >= (1.0 - none) * (1.0 - 1e-9) - 1e-14, "E[N] >= P(N > 0): {purchases} {none}");
        prop_assert!(model.purchases(h, 2.0 * t) >= purchases * (1.0 - 1e-9));
        let d = model.discounted_purchases(h, t, 0.01 / t);
        prop_assert!(d.mean <= purchases * (1.0 + 1e-9) && d.mean >= purchases * (-0.01_f64).exp() * (1.0 - 1e-9));
        prop_assert!(d.mean_square >= d.mean * d.mean * (1.0 - 1e-6), "{d:?}");
    }

    #[test]
    fn probabilities_of_counts_sum_to_one_with_the_right_mean(
        r in 0.1..5.0_f64, alpha in 1.0..20.0_f64, a in 0.2..5.0_f64, b in 0.2..5.0_f64,
        x in 0_u8..20, share in 0.0..1.0_f64, t in 1.0..100.0_f64,
    ) {
        let model = BgNbd::from_params(r, alpha, a, b).unwrap();
        let x = f64::from(x);
        let h = History { x, t_x: if x > 0.0 { 40.0 * share } else { 0.0 }, T: 40.0 };
        let mut pmf = Vec::new();
        model.purchase_probabilities(h, t, 1e-13, &mut pmf);
        let sum: f64 = pmf.iter().sum();
        let mean: f64 = pmf.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        let square: f64 = pmf.iter().enumerate().map(|(n, p)| (n * n) as f64 * p).sum();
        prop_assert!((sum - 1.0).abs() < 1e-10);
        prop_assert!((pmf[0] - model.no_purchase(h, t)).abs() < 1e-12);
        prop_assert!((mean - model.purchases(h, t)).abs() < 1e-7 * (1.0 + mean));
        prop_assert!((square - model.discounted_purchases(h, t, 0.0).mean_square).abs() < 1e-5 * (1.0 + square));
    }
}

#[test]
fn parameters_are_recovered_within_three_standard_errors() {
    use crate::clv::{GammaGamma, SimulationPlan};
    use crate::summary::{MergeWithin, SummaryOptions};
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let truths = [[0.243, 4.414, 0.793, 2.426], [1.5, 10.0, 0.5, 3.0], [0.8, 3.0, 2.0, 6.0], [3.0, 12.0, 1.0, 1.5]];
    for (seed, truth) in truths.into_iter().enumerate() {
        let model = BgNbd::from_params(truth[0], truth[1], truth[2], truth[3]).unwrap();
        let plan =
            SimulationPlan::new(20_000, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(seed as u64);
        let log = model.simulate(&spend, &plan).unwrap();
        let customers = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Nothing)).unwrap();
        let fitted = BgNbd::fit(&customers, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in truth.iter().zip(fitted.parameters()).zip(errors) {
            assert!(
                (found - truth).abs() < 3.0 * error.unwrap(),
                "{name}: {found} instead of {truth}, error {error:?}"
            );
        }
        let fitted = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in [6.25, 3.74, 15.44].iter().zip(fitted.parameters()).zip(errors) {
            assert!(
                (found - truth).abs() < 3.0 * error.unwrap(),
                "{name}: {found} instead of {truth}, error {error:?}"
            );
        }
    }
}

#[test]
fn limiting_cases_are_named() {
    // Purchases at one rate for everybody: the gamma distribution degenerates, r and alpha run away together.
    let n = 400;
    let x: Vec<f64> = (0..n).map(|i| [8.0, 9.0, 10.0, 11.0, 12.0][i % 5]).collect();
    let t_x: Vec<f64> = (0..n).map(|i| 48.0 + (i % 7) as f64 * 0.5).collect();
    let customers = CustomerSummary::new(&x, &t_x, &vec![52.0; n], crate::TimeUnit::Week).unwrap();
    let model = BgNbd::fit(&customers, &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    assert!(!report.at_boundary.is_empty() || report.flat_direction.is_some(), "{report}");
    assert!(!report.warnings().is_empty());
    let prediction = model.predict(&customers, 10.0, 0.95).unwrap();
    assert!(prediction.customers().iter().all(|c| c.expected_purchases.interval.high.is_finite()));
}
