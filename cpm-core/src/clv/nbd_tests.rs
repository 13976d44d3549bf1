//! NBD against 40-digit values, finite differences and simulated data.

use super::*;
use crate::clv::{GammaGamma, PurchaseModel, SimulationPlan};
use crate::golden::{close, close_evaluation, close_pmf, nbd_family, rows};
use crate::numerics::newton::Evaluation;
use crate::summary::{Histories, MergeWithin, SummaryOptions};

/// The log-likelihood of one history as the fit sees it.
fn evaluation(r: f64, alpha: f64, h: History) -> Evaluation {
    let histories = Histories::group(&[h.x], &[h.t_x], &[h.T], None);
    let of_history = |h: &History, of_x: &OfCount| of_x.until(h.T, r, alpha);
    LikelihoodSum::new(&histories).evaluate([r, alpha], |x| OfCount::new(r, x), of_history)
}

#[test]
fn likelihood_and_predictions_over_the_domain() {
    for row in rows(&nbd_family()["nbd"]) {
        let model = Nbd::from_params(row.get("r"), row.get("alpha")).unwrap();
        let (h, t, rate) = (row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64| close(found, row.get(name), 1e-9, &format!("{name} {}", row.0));
        check("log_likelihood", model.ln_likelihood(h));
        close_evaluation(&evaluation(model.r, model.alpha, h), &row, 1e-290);
        check("conditional", model.purchases(h, t));
        check("no_purchase", model.no_purchase(h, t));
        let d = model.discounted_purchases(h, t, rate);
        check("discounted", d.mean);
        check("discounted", model.discounted_expectation(h, t, rate));
        check("discounted_square", d.mean_square);
        check("no_purchase", d.none);
        let mut pmf = Vec::new();
        model.purchase_probabilities(h, t, 1e-13, &mut pmf);
        close_pmf(&pmf, &row);
        assert_eq!((model.alive(h), model.alive_after(h, t)), (1.0, 1.0));
    }
}

/// None of the first 80,000 counts is a number of its own; mpmath at 60 digits.
#[test]
fn many_purchases_have_their_probabilities() {
    let mut pmf = Vec::new();
    Nbd::from_params(5e7, 1e3).unwrap().purchase_probabilities(History::NEW, 2.0, 1e-15, &mut pmf);
    assert_eq!(pmf[80_000], 0.0);
    for (n, expected) in
        [(99_000, 8.477_149_082_862_48e-6), (100_000, 1.260_305_533_690_813_6e-3), (100_700, 1.095_303_422_795_863e-4)]
    {
        close(pmf[n], expected, 1e-11, &n);
    }
    close(pmf.iter().sum::<f64>(), 1.0, 1e-11, &"sum");
}

#[test]
fn derivatives_against_finite_differences() {
    let step = 1e-5_f64;
    for (x, t) in [(0.0, 0.0), (0.0, 38.9), (1.0, 38.9), (30.0, 38.9)] {
        let h = History::new(x, 0.0, t);
        let at = evaluation(0.5, 6.0, h);
        let moved = |r: f64, alpha: f64| evaluation(0.5 * r.exp(), 6.0 * alpha.exp(), h);
        let pairs = [(moved(step, 0.0), moved(-step, 0.0)), (moved(0.0, step), moved(0.0, -step))];
        let size = 1.0 + at.value.abs();
        for (i, (up, down)) in pairs.iter().enumerate() {
            assert!(((up.value - down.value) / (2.0 * step) - at.gradient[i]).abs() < 1e-8 * size);
            for j in 0..2 {
                let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                assert!((slope - at.hessian[(i, j)]).abs() < 1e-8 * size, "{i} {j}: {slope} {at:?}");
            }
        }
    }
}

#[test]
fn parameters_are_recovered_within_three_standard_errors() {
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    for (seed, truth) in [[0.385, 12.1], [2.0, 10.0], [0.1, 1.0], [5.0, 20.0], [0.5, 60.0]].into_iter().enumerate() {
        let model = Nbd::from_params(truth[0], truth[1]).unwrap();
        let plan = SimulationPlan::new(5_000, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0);
        let log = model.simulate(&spend, &plan.seed(seed as u64)).unwrap();
        let customers = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Nothing)).unwrap();
        let fitted = Nbd::fit(&customers, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in truth.iter().zip(fitted.parameters()).zip(errors) {
            assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} instead of {truth}");
        }
    }
}

#[test]
fn everything_the_frame_gives_works_without_dropout() {
    let customers = CustomerSummary::new(&[4.0, 0.0], &[30.0, 0.0], &[38.0, 38.0], crate::TimeUnit::Week).unwrap();
    let prediction = Nbd::from_params(0.5, 10.0).unwrap().predict(&customers, 52.0, 0.95).unwrap();
    for c in prediction.customers() {
        let alive = c.probability_alive;
        assert_eq!((alive.value, alive.interval.low, alive.interval.high), (1.0, 1.0, 1.0));
        assert!(c.purchases.low <= c.expected_purchases.value && c.expected_purchases.value <= c.purchases.high);
    }
}

#[test]
fn an_early_end_of_the_counts_leaves_no_more_than_the_tail() {
    // For r < 1 the ratios of the probabilities rise towards z: their present value does not bound the tail.
    let model = Nbd::from_params(0.01, 1.0).unwrap();
    for t in [1.0, 100.0, 1e4] {
        for tail in [1e-2, 1e-4, 1e-6] {
            let mut pmf = Vec::new();
            model.purchase_probabilities(History::NEW, t, tail, &mut pmf);
            let rest = 1.0 - pmf.iter().sum::<f64>();
            assert!(rest <= tail && rest >= -1e-12, "t {t}: {rest} left, {tail} allowed");
        }
    }
}

#[test]
fn equal_rates_are_named_as_the_limit() {
    // Less variation than Poisson: the gamma distribution degenerates.
    let x: Vec<f64> = (0..300).map(|i| [9.0, 10.0, 11.0][i % 3]).collect();
    let customers = CustomerSummary::new(&x, &[50.0; 300], &[52.0; 300], crate::TimeUnit::Week).unwrap();
    let model = Nbd::fit(&customers, &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    assert!(!report.warnings().is_empty(), "{report}");
    close(model.expected_purchases_new_customer(52.0).unwrap(), 10.0, 1e-3, &"the mean rate");
}
