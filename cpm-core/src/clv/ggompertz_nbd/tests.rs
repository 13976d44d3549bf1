//! GGompertz/NBD against mpmath, its limit, finite differences, and simulated customers.

use super::*;
use crate::clv::{ParetoNbd, PurchaseModel, PurchaseProcess};
use crate::golden::{Row, close, ggompertz, rows};
use crate::numerics::newton::Evaluation;
use crate::summary::Histories;

fn model(row: &Row<'_>) -> GGompertzNbd {
    GGompertzNbd::at(PARAMETERS.map(|name| row.get(name)))
}

fn derivatives(model: &GGompertzNbd, h: History) -> Evaluation {
    let histories = Histories::group(&[h.x], &[h.t_x], &[h.T], None);
    likelihood::evaluate(&LikelihoodSum::new(&histories), model)
}

#[test]
fn likelihood_and_predictions() {
    for row in rows(&ggompertz()["rows"]) {
        let (model, h, t, rate) = (model(&row), row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64| close(found, row.get(name), 1e-9, &format!("{name} {}", row.0));
        check("log_likelihood", model.ln_likelihood(h));
        check("p_alive", model.alive(h));
        check("p_dead", model.since(h).standing().gone);
        check("p_alive_after", model.alive_after(h, t));
        check("conditional", model.purchases(h, t));
        check("no_purchase", model.no_purchase(h, t));
        check("discounted", model.discounted_expectation(h, t, rate));
        let discounted = model.discounted_purchases(h, t, rate);
        check("discounted", discounted.mean);
        check("discounted_square", discounted.mean_square);
        let mut pmf = Vec::new();
        model.purchase_probabilities(h, t, 1e-13, &mut pmf);
        for (n, expected) in row.list("pmf").into_iter().enumerate() {
            let found = pmf.get(n).copied().unwrap_or(0.0);
            assert!((found - expected).abs() <= 1e-9 * expected + 1e-13, "{n} {found} {expected} {}", row.0);
        }
        close(pmf.iter().sum::<f64>(), 1.0, 1e-9, row.0);
        let outcome = model.since(h);
        close(outcome.neither + outcome.death + outcome.purchase, 1.0, 1e-10, row.0);
    }
}

#[test]
fn gradient_and_hessian_are_the_finite_differences_of_the_likelihood() {
    for row in rows(&ggompertz()["rows"]) {
        let (theta, h) = (model(&row).theta(), row.history());
        let at = derivatives(&GGompertzNbd::at(theta), h);
        close(at.value, row.get("log_likelihood"), 1e-9, row.0);
        let size = 1.0 + at.value.abs();
        for i in 0..5 {
            let moved = |by: f64| {
                let mut there = theta;
                there[i] *= f64::exp(by);
                derivatives(&GGompertzNbd::at(there), h)
            };
            let (up, down) = (moved(1e-5), moved(-1e-5));
            assert!(((up.value - down.value) / 2e-5 - at.gradient[i]).abs() < 1e-8 * size, "{i} {}", row.0);
            for j in 0..5 {
                let slope = (up.gradient[j] - down.gradient[j]) / 2e-5;
                assert!(
                    (slope - at.hessian[(i, j)]).abs() < 1e-7 * size,
                    "{i} {j} {slope} {} {}",
                    at.hessian[(i, j)],
                    row.0
                );
            }
        }
    }
}

#[test]
fn near_its_limit_it_is_pareto_nbd() {
    let b = 1e-11;
    let near = GGompertzNbd::from_params(0.553, 10.578, b, 0.606, b * 11.669).unwrap();
    let limit = ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669).unwrap();
    for h in [(0.0, 0.0, 0.0), (0.0, 0.0, 38.86), (2.0, 30.43, 38.86), (26.0, 30.86, 31.0), (300.0, 10.0, 100.0)] {
        let h = History::new(h.0, h.1, h.2);
        let same = |found: f64, expected: f64| close(found, expected, 1e-8, &format!("{h:?}"));
        if h.T > 0.0 {
            same(near.ln_likelihood(h), limit.ln_likelihood(h));
        }
        same(near.alive(h), limit.alive(h));
        same(near.purchases(h, 52.0), limit.purchases(h, 52.0));
        same(near.no_purchase(h, 52.0), limit.no_purchase(h, 52.0));
        same(
            near.discounted_purchases(h, 52.0, 0.01).mean_square,
            limit.discounted_purchases(h, 52.0, 0.01).mean_square,
        );
    }
}

#[test]
fn predictions_are_finite_at_the_edges() {
    let edges = [1e-3, 1.0, 1e5];
    for b in [1e-6, 1e-3, 1.0, 1e3] {
        for s in edges {
            for beta in edges {
                for h in [(0.0, 0.0, 0.0), (0.0, 0.0, 1e5), (1e6, 1e5, 1e5), (3.0, 1e-3, 1e5), (1.0, 1.0, 1.0)] {
                    let h = History::new(h.0, h.1, h.2);
                    let model = GGompertzNbd::at([0.5, 2.0, b, s, beta]);
                    let of = format!("{b} {s} {beta} {h:?}");
                    let at = derivatives(&model, h);
                    assert!(
                        at.value.is_finite() && at.gradient.iter().chain(&at.hessian).all(|v| v.is_finite()),
                        "{of}"
                    );
                    assert!((0.0..=1.0 + 1e-12).contains(&model.alive(h)), "{of}");
                    assert!((0.0..=1.0 + 1e-9).contains(&model.no_purchase(h, 10.0)), "{of}");
                    let purchases = model.purchases(h, 10.0);
                    assert!(purchases.is_finite() && purchases >= 0.0, "{purchases} {of}");
                }
            }
        }
    }
}

#[test]
fn on_cdnow_the_report_says_that_the_fifth_parameter_is_not_determined() {
    let customers = crate::datasets::cdnow_sample()
        .unwrap()
        .summarize(&crate::SummaryOptions::new().as_of("1997-09-30").unwrap())
        .unwrap();
    let model = GGompertzNbd::fit(&customers, &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    let pareto = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap();
    // It contains Pareto/NBD as a limit, so it is at least as good.
    assert!(report.log_likelihood > pareto.fit_report().unwrap().log_likelihood - 0.01, "{report}");
    assert!(!report.warnings().is_empty(), "{report} {model:?}");
    let expected = model.expected_purchases(&customers, 39.0).unwrap().iter().sum::<f64>();
    assert!((1_400.0..1_900.0).contains(&expected), "{expected}");
}

#[cfg(feature = "simulation")]
#[test]
fn parameters_are_recovered_within_three_standard_errors() {
    use crate::clv::{GammaGamma, SimulationPlan};
    use crate::summary::{MergeWithin, SummaryOptions};
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    // Most customers leave between one and two years after their first purchase; in the second case some at any time.
    for (seed, truth) in [(1, [1.5, 4.0, 0.1, 1.0, 1000.0]), (2, [2.0, 6.0, 0.08, 0.6, 60.0])] {
        let plan = SimulationPlan::new(3_000, "2022-01-01", "2024-12-31").unwrap().acquired_over(91.0).seed(seed);
        let log = GGompertzNbd::at(truth).simulate(&spend, &plan).unwrap();
        let customers = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Nothing)).unwrap();
        let fitted = GGompertzNbd::fit(&customers, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in truth.iter().zip(fitted.parameters()).zip(errors) {
            assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} not {truth}, error {error:?}");
        }
    }
}
