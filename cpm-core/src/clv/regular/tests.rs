//! BG/CNBD-k and MBG/CNBD-k against values from first principles, the case k = 1, finite differences, and simulated customers.

use super::*;
use crate::clv::{BgNbd, MbgNbd, PurchaseModel, PurchaseProcess};
use crate::golden::{close, regular as golden, rows};
use crate::summary::Histories;

fn derivatives<D: Dropout>(model: &BetaGeometricCnbd<D>, h: History) -> Evaluation {
    let histories = Histories::group(&[h.x], &[h.t_x], &[h.T], None);
    let sum = LikelihoodSum::new(&histories);
    likelihood::evaluate(&sum, [model.r, model.alpha, model.a, model.b], model.stages(), D::AT_FIRST)
}

fn any(k: u32, at_first: f64, theta: [f64; 4]) -> Box<dyn PurchaseProcess> {
    if at_first > 0.0 { Box::new(MbgCnbd::at(k, theta)) } else { Box::new(BgCnbd::at(k, theta)) }
}

#[test]
fn likelihood_and_predictions_from_first_principles() {
    for row in rows(&golden()["rows"]) {
        let theta = ["r", "alpha", "a", "b"].map(|name| row.get(name));
        let model = any(row.get("k") as u32, row.get("at_first"), theta);
        let (h, t, rate) = (row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64| close(found, row.get(name), 1e-9, &format!("{name} {}", row.0));
        check("log_likelihood", model.ln_likelihood(h));
        check("p_alive", model.alive(h));
        check("p_alive_after", model.alive_after(h, t));
        check("conditional", model.purchases(h, t));
        check("no_purchase", model.no_purchase(h, t));
        check("discounted", model.discounted_expectation(h, t, rate));
        check("for_ever", model.discounted_for_ever(h, rate));
        check("square", model.discounted_purchases(h, t, 0.0).mean_square);
        let discounted = model.discounted_purchases(h, t, rate);
        check("discounted", discounted.mean);
        assert!(discounted.mean_square >= discounted.mean * discounted.mean);
        let mut pmf = Vec::new();
        model.purchase_probabilities(h, t, 1e-12, &mut pmf);
        for (n, expected) in row.list("pmf").into_iter().enumerate() {
            let found = pmf.get(n).copied().unwrap_or(0.0);
            assert!((found - expected).abs() <= 1e-9 * expected + 1e-12, "{n} {found} {expected} {}", row.0);
        }
        close(pmf.iter().sum::<f64>(), 1.0, 1e-11, row.0);
    }
}

/// The integral over the rate against that over time, also where the density is narrow, where the rate is far from that of discounting,
/// and where next to nobody drops out.
#[test]
fn purchases_without_horizon_are_those_of_a_long_one() {
    let plenty = [0.4, 3.0, 0.6, 1e4];
    for (k, theta, h, rate) in [
        (2, [1.2, 3.0, 0.8, 2.5], History::new(3.0, 21.5, 25.0), 0.05),
        (3, [0.05, 40.0, 0.2, 0.7], History::new(0.0, 0.0, 60.0), 0.01),
        (2, [1.2, 3.0, 0.8, 2.5], History::new(400.0, 24.9, 25.0), 0.3),
        (4, [2.0, 4.0, 0.9, 2.0], History::new(2.0, 30.0, 30.0), 2.0),
        (6, [0.3, 1.0, 3.0, 1.5], History::new(1.0, 5.0, 9.0), 50.0),
        (2, plenty, History::new(5.0, 20.0, 25.0), 0.02),
    ] {
        let model = BgCnbd::at(k, theta);
        let (found, expected) =
            (model.discounted_for_ever(h, rate), model.discounted_expectation(h, 44.9 / rate, rate));
        close(found, expected, 1e-9, &format!("{k} {theta:?} {h:?} {rate}"));
    }
    // By mpmath, with hyp2f1 under the integral.
    let model = BgCnbd::at(3, [0.05, 40.0, 0.2, 0.7]);
    close(model.discounted_for_ever(History::new(0.0, 0.0, 60.0), 0.01), 0.021_230_015_351_876_137, 1e-12, &"mpmath");
}

/// Counting stages and integrating over time, one customer alone and several that share what they can.
#[test]
fn discounted_purchases_are_the_same_whichever_way() {
    let model = MbgCnbd::at(3, [0.9, 6.0, 0.6, 1.9]);
    let mut histories = Vec::new();
    for x in [0.0, 1.0, 4.0, 30.0] {
        for (t_x, t) in [(20.0, 20.0), (20.0, 31.0), (31.0, 47.0)] {
            histories.push(History::new(x, if x > 0.0 { t_x } else { 0.0 }, t));
        }
    }
    for (horizon, rate) in [(52.0, 0.002), (8.0, 0.5), (300.0, 0.1)] {
        let together = model.discounted_expectations_of(&histories, horizon, rate);
        let moments = model.discounted_purchases_of(&histories, horizon, rate);
        for (i, &h) in histories.iter().enumerate() {
            let by_time = model.alive(h) * model.living(h).discounted_by_time(horizon, [rate])[0];
            close(together[i], by_time, 1e-10, &format!("{h:?} {horizon} {rate}"));
            close(together[i], model.discounted_expectation(h, horizon, rate), 1e-13, &format!("{h:?} alone"));
            close(together[i], moments[i].mean, 1e-13, &format!("{h:?} with squares"));
        }
    }
}

#[test]
fn with_one_stage_they_are_the_models_without_regularity() {
    let theta = [0.6, 5.0, 0.9, 1.7];
    let [r, alpha, a, b] = theta;
    let pairs: [(Box<dyn PurchaseProcess>, Box<dyn PurchaseProcess>); 2] = [
        (Box::new(BgCnbd::at(1, theta)), Box::new(BgNbd::from_params(r, alpha, a, b).unwrap())),
        (Box::new(MbgCnbd::at(1, theta)), Box::new(MbgNbd::from_params(r, alpha, a, b).unwrap())),
    ];
    for (one, plain) in &pairs {
        for h in [(0.0, 0.0, 0.0), (0.0, 0.0, 30.0), (1.0, 3.0, 30.0), (7.0, 29.0, 30.0), (50.0, 20.0, 30.0)] {
            let h = History::new(h.0, h.1, h.2);
            close(one.ln_likelihood(h), plain.ln_likelihood(h), 1e-12, &format!("{h:?}"));
            close(one.alive(h), plain.alive(h), 1e-12, &format!("{h:?}"));
            for t in [0.01, 3.0, 40.0] {
                close(one.alive_after(h, t), plain.alive_after(h, t), 1e-9, &format!("{h:?}"));
                close(one.purchases(h, t), plain.purchases(h, t), 1e-9, &format!("{h:?}"));
                close(one.no_purchase(h, t), plain.no_purchase(h, t), 1e-9, &format!("{h:?}"));
                let (found, expected) = (one.discounted_purchases(h, t, 0.0), plain.discounted_purchases(h, t, 0.0));
                close(found.mean_square, expected.mean_square, 1e-9, &format!("{h:?}"));
                close(one.discounted_for_ever(h, 0.02), plain.discounted_for_ever(h, 0.02), 1e-10, &format!("{h:?}"));
                close(
                    one.discounted_expectation(h, t, 0.02),
                    plain.discounted_expectation(h, t, 0.02),
                    1e-9,
                    &format!("{h:?}"),
                );
            }
        }
    }
    // The equality of the fits.
    let customers = crate::datasets::cdnow_sample()
        .unwrap()
        .summarize(&crate::SummaryOptions::new().as_of("1997-09-30").unwrap())
        .unwrap();
    let (one, plain) = (
        MbgCnbd::fit_with_k(&customers, 1, &FitOptions::new()).unwrap(),
        MbgNbd::fit(&customers, &FitOptions::new()).unwrap(),
    );
    let value = |m: &dyn PurchaseProcess| m.fit_report().unwrap().log_likelihood;
    close(value(&one), value(&plain), 1e-12, &"log-likelihood");
    for ((_, found), (_, expected)) in one.parameters().into_iter().zip(plain.parameters()) {
        close(found, expected, 1e-8, &"parameters");
    }
}

#[test]
fn gradient_and_hessian_are_the_finite_differences_of_the_likelihood() {
    fn of<D: Dropout>() {
        for (k, h) in [(2, (3.0, 21.0, 25.0)), (3, (0.0, 0.0, 30.0)), (5, (8.0, 50.0, 52.0)), (2, (4.0, 20.0, 20.0))] {
            let h = History::new(h.0, h.1, h.2);
            let theta = [1.2, 4.0, 0.7, 2.5];
            let at = derivatives(&BetaGeometricCnbd::<D>::at(k, theta), h);
            close(at.value, BetaGeometricCnbd::<D>::at(k, theta).ln_likelihood(h), 1e-12, &format!("{h:?}"));
            for i in 0..4 {
                let moved = |by: f64| {
                    let mut there = theta;
                    there[i] *= f64::exp(by);
                    derivatives(&BetaGeometricCnbd::<D>::at(k, there), h)
                };
                let (up, down) = (moved(1e-5), moved(-1e-5));
                assert!(((up.value - down.value) / 2e-5 - at.gradient[i]).abs() < 1e-8, "{i} {h:?}");
                for j in 0..4 {
                    let slope = (up.gradient[j] - down.gradient[j]) / 2e-5;
                    assert!((slope - at.hessian[(i, j)]).abs() < 1e-7, "{k} {i} {j} {slope} {h:?}");
                }
            }
        }
    }
    of::<AfterRepeatPurchases>();
    of::<AfterEveryPurchase>();
}

#[test]
fn predictions_are_finite_at_the_edges() {
    for k in [1, 3, 50] {
        for theta in [[1e-3, 1e5, 1e-3, 1e5], [1e5, 1e-3, 1e5, 1e-3], [1e-3, 1e-3, 1e-3, 1e-3], [10.0, 1.0, 1.0, 1.0]] {
            for h in [(0.0, 0.0, 0.0), (0.0, 0.0, 1e5), (1e6, 1e5, 1e5), (3.0, 1e-3, 1e5)] {
                let h = History::new(h.0, h.1, h.2);
                let model = MbgCnbd::at(k, theta);
                let at = derivatives(&model, h);
                assert!(at.value.is_finite() && at.gradient.iter().chain(&at.hessian).all(|v| v.is_finite()), "{h:?}");
                assert!((0.0..=1.0).contains(&model.alive(h)));
                let none = model.no_purchase(h, 1.0);
                assert!((0.0..=1.0 + 1e-9).contains(&none), "{none} {k} {theta:?} {h:?}");
                let purchases = model.purchases(h, 1.0);
                assert!(purchases.is_finite() && purchases >= 0.0, "{purchases}");
            }
        }
    }
}

/// Customers with the intervals between their purchases.
#[cfg(feature = "simulation")]
fn simulated<D: Dropout>(k: u32, theta: [f64; 4], customers: u64, seed: u64) -> CustomerSummary {
    use crate::clv::{GammaGamma, SimulationPlan};
    use crate::summary::{MergeWithin, SummaryOptions};
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let plan = SimulationPlan::new(customers, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(seed);
    let log = BetaGeometricCnbd::<D>::at(k, theta).simulate(&spend, &plan).unwrap();
    log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Hour)).unwrap()
}

#[cfg(feature = "simulation")]
#[test]
fn with_dropout_after_repeat_purchases_only_parameters_are_recovered_too() {
    for (seed, (k, truth)) in [(2, [1.5, 6.0, 0.8, 2.5]), (3, [3.0, 4.0, 1.2, 4.0])].into_iter().enumerate() {
        let customers = simulated::<AfterRepeatPurchases>(k, truth, 3000, 7 + seed as u64);
        let fitted = BgCnbd::fit_with_k(&customers, k, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in truth.iter().zip(fitted.parameters()).zip(errors) {
            assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} not {truth}, error {error:?}");
        }
    }
}

#[cfg(feature = "simulation")]
#[test]
fn the_number_of_stages_and_the_parameters_are_recovered() {
    for (seed, (k, truth)) in [(3, [2.0, 5.0, 0.9, 2.5]), (1, [0.8, 5.0, 0.8, 2.0])].into_iter().enumerate() {
        let customers = simulated::<AfterEveryPurchase>(k, truth, 3000, seed as u64);
        let fitted = MbgCnbd::fit(&customers, &FitOptions::new()).unwrap();
        assert_eq!(fitted.k(), k);
        let report = fitted.fit_report().unwrap();
        for ((truth, (name, found)), error) in truth.iter().zip(fitted.parameters()).zip(&report.standard_errors) {
            assert!(
                (found - truth).abs() < 3.0 * error.unwrap(),
                "{name}: {found} instead of {truth}, error {error:?}"
            );
        }
        let per_customer = fitted.log_likelihood_per_customer(&customers).unwrap();
        close(per_customer.iter().sum::<f64>(), report.log_likelihood, 1e-10, &"sum");
        // A k that was searched for counts as a parameter, and one that was given does not.
        let given = MbgCnbd::fit_with_k(&customers, k, &FitOptions::new()).unwrap();
        assert_eq!(given.parameters(), fitted.parameters());
        let given = given.fit_report().unwrap();
        assert_eq!((report.chosen, given.chosen), (1, 0));
        close(report.aic(), given.aic() + 2.0, 1e-12, &"AIC");
        close(report.bic(), given.bic() + 3000_f64.ln(), 1e-12, &"BIC");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    use crate::summary::TimeUnit;
    let without = CustomerSummary::new(&[2.0, 0.0], &[5.0, 0.0], &[9.0, 9.0], TimeUnit::Week).unwrap();
    let message = BgCnbd::fit(&without, &FitOptions::new()).unwrap_err().to_string();
    assert!(message.contains("ln_gaps"), "{message}");
    assert!(BgCnbd::from_params(0, 1.0, 1.0, 1.0, 1.0).unwrap_err().to_string().contains("k = 0"));
    assert!(BgCnbd::from_params(2, 1.0, -1.0, 1.0, 1.0).unwrap_err().to_string().contains("alpha = -1"));
    let model = BgCnbd::from_params(2, 1.0, 1.0, 1.0, 1.0).unwrap();
    assert!(model.log_likelihood_per_customer(&without).is_err());
    assert_eq!(model.probability_alive(&without).unwrap().len(), 2);
}

#[test]
fn a_boundary_that_rounding_hides_is_named() {
    // Nobody has left: the search creeps along the edge, and ends where rounding ends it.
    let (x, t_x, t) =
        ([0.0, 0.0, 1.0, 2.0, 3.0, 0.0], [0.0, 0.0, 4.0, 6.0, 9.0, 0.0], [0.0, 0.0, 10.0, 10.0, 10.0, 10.0]);
    let gaps: Vec<f64> = x.iter().zip(t_x).map(|(x, t_x)| if *x > 0.0 { x * f64::ln(t_x / x) } else { 0.0 }).collect();
    let customers = CustomerSummary::new(&x, &t_x, &t, crate::TimeUnit::Week).unwrap().with_ln_gaps(gaps).unwrap();
    for k in 1..=3 {
        let model = MbgCnbd::fit_with_k(&customers, k, &FitOptions::new()).unwrap();
        assert!(!model.fit_report().unwrap().warnings().is_empty(), "{k}");
    }
}
