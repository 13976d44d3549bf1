//! BG/NBD and MBG/NBD against 40-digit values over their whole domain, and the identities that predictions obey.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::clv::latent_attrition::Living;
use crate::clv::{PurchaseModel, PurchaseProcess};
use crate::golden::{Row, close, close_evaluation, close_pmf, high_precision, nbd_family, rows};
use crate::numerics::newton::Evaluation;
use crate::summary::Histories;

fn model<D: Dropout>(row: &Row<'_>) -> BetaGeometricNbd<D> {
    BetaGeometricNbd::at([row.get("r"), row.get("alpha"), row.get("a"), row.get("b")])
}

/// The log-likelihood of one history as the fit sees it.
fn evaluation<D: Dropout>(m: &BetaGeometricNbd<D>, h: History) -> Evaluation {
    let histories = Histories::group(&[h.x], &[h.t_x], &[h.T], None);
    likelihood::evaluate(&LikelihoodSum::new(&histories), [m.r, m.alpha, m.a, m.b], D::AT_FIRST)
}

#[test]
fn bg_nbd_over_the_domain() {
    for row in rows(&high_precision()["bg_nbd"]) {
        let (model, h, t, rate) = (model::<AfterRepeatPurchases>(&row), row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64, tolerance: f64| {
            close(found, row.get(name), tolerance, &format!("{name} {}", row.0));
        };
        check("log_likelihood", model.ln_likelihood(h), 1e-9);
        close_evaluation(&evaluation(&model, h), &row, 1e-290);
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
        close_pmf(&pmf, &row);
    }
}

#[test]
fn mbg_nbd_over_the_domain() {
    for row in rows(&nbd_family()["mbg_nbd"]) {
        let (model, h, t, rate) = (model::<AfterEveryPurchase>(&row), row.history(), row.get("t"), row.get("delta"));
        let check = |name: &str, found: f64, tolerance: f64| {
            close(found, row.get(name), tolerance, &format!("{name} {}", row.0));
        };
        check("log_likelihood", model.ln_likelihood(h), 1e-9);
        // A history that is all but certain has derivatives near 0, as differences of terms of up to a thousand.
        close_evaluation(&evaluation(&model, h), &row, 1e-3);
        check("p_alive", model.alive(h), 1e-9);
        check("alive_after", model.alive_after(h, t), 1e-9);
        check("conditional", model.purchases(h, t), 1e-9);
        check("no_purchase", model.no_purchase(h, t), 1e-9);
        let d = model.discounted_purchases(h, t, rate);
        check("discounted", d.mean, 1e-9);
        check("discounted", model.discounted_expectation(h, t, rate), 1e-9);
        check("discounted_square", d.mean_square, 1e-7);
        check("no_purchase", d.none, 1e-9);
        let none = model.discounted_purchases(h, t, 0.0);
        close(none.mean_square - none.mean_of_squares, row.get("factorial_moment"), 1e-6, row.0);
        let mut pmf = Vec::new();
        model.purchase_probabilities(h, t, 1e-13, &mut pmf);
        close_pmf(&pmf, &row);
    }
}

/// Gradient and Hessian against central differences of value and gradient.
fn check_differences<D: Dropout>(m: &BetaGeometricNbd<D>, h: History) {
    let theta = [m.r, m.alpha, m.a, m.b];
    let at = evaluation(m, h);
    let step = 1e-5;
    for i in 0..4 {
        let moved = |by: f64| {
            let mut there = theta;
            there[i] *= f64::exp(by);
            evaluation(&BetaGeometricNbd::<D>::at(there), h)
        };
        let (up, down) = (moved(step), moved(-step));
        let slope = (up.value - down.value) / (2.0 * step);
        let size = 1.0 + at.value.abs() + at.gradient.iter().fold(0.0, |s: f64, g| s.max(g.abs()));
        assert!((slope - at.gradient[i]).abs() < 1e-8 * size, "{} {i}: {slope} {at:?} {h:?}", D::MODEL);
        for j in 0..4 {
            let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
            assert!((slope - at.hessian[(i, j)]).abs() < 1e-8 * size, "{} {i} {j}: {slope} {at:?} {h:?}", D::MODEL);
        }
    }
}

#[test]
fn derivatives_against_finite_differences() {
    let histories = [(0.0, 0.0, 0.0), (0.0, 0.0, 38.9), (1.0, 1.7, 38.9), (7.0, 29.4, 38.9), (30.0, 38.9, 38.9)];
    for [r, alpha, a, b] in [[0.52, 6.18, 0.89, 1.61], [3.0, 20.0, 1.0, 0.3], [0.1, 2.0, 4.0, 9.0]] {
        for (x, t_x, t) in histories {
            let h = History::new(x, t_x, t);
            check_differences(&BgNbd::at([r, alpha, a, b]), h);
            check_differences(&MbgNbd::at([r, alpha, a, b]), h);
        }
    }
}

#[test]
fn without_horizon_chances_that_hardly_differ_keep_their_digits() {
    // a = b = 1e8. The integral over time with p at its mean and the variance of p as a correction, to 25 digits; what that leaves out
    // is of the order of 1e-16.
    let model = BgNbd::from_params(1e-6, 1.0, 1e8, 1e8).unwrap();
    let (h, d) = (History::new(50.0, 39.0, 39.0), 1.1_f64.ln() / (365.25 / 7.0));
    close(model.discounted_for_ever(h, d), 0.997_027_319_488_861_1, 1e-12, &"for ever");
    close(model.discounted_expectation(h, 1e3, d), model.discounted_for_ever(h, d), 1e-12, &"a thousand weeks");
}

#[cfg(feature = "covariates")]
#[test]
fn without_horizon_rare_dropout_keeps_its_digits() {
    // E[λ/(d + λp)] in 25 and 30 digits: over p in closed form and λ by quadrature, and the other way round.
    let ln = |logs: [f64; 4]| logs.map(f64::exp);
    let [r, alpha, a, d] =
        ln([9.349_052_487_094_246, 13.746_291_103_887_796, -5.398_249_706_002_866, -11.505_489_907_537_81]);
    let bg = BgNbd::at_theta([r, alpha, a, 1.0]);
    let found = bg.discounted_for_ever(History::new(13.0, 0.0, 1.0), d);
    close(found, 1_201.136_861_145_763_5, 1e-12, &"BG/NBD");
    close(bg.discounted_expectation(History::new(13.0, 0.0, 1.0), 44.9 / d, d), found, 1e-10, &"a long horizon");
    let [r, alpha, a, d] = ln([0.0, 10.570_239_877_577_35, -20.203_719_197_290_344, -11.994_779_978_456_164]);
    let mbg = MbgNbd::at_theta([r, alpha, a, 1.0]);
    close(mbg.discounted_for_ever(History::new(2_701.0, 0.0, 1.0), d), 11_229.078_066_528_972, 1e-11, &"MBG/NBD");
}

#[test]
fn a_new_customer_of_mbg_nbd_may_be_gone_already() {
    let model = MbgNbd::from_params(0.5, 6.0, 0.9, 1.6).unwrap();
    assert!((model.alive(History::NEW) - 1.6 / 2.5).abs() < 1e-15);
    assert_eq!(BgNbd::from_params(0.5, 6.0, 0.9, 1.6).unwrap().alive(History::NEW), 1.0);
    // Few purchases come soon: E[X(t)] is about b/(a+b) r/alpha t.
    let t = 1e-7;
    close(model.expected_purchases_new_customer(t).unwrap(), 1.6 / 2.5 * 0.5 / 6.0 * t, 1e-6, &"short horizon");
    // With next to no dropout both are NBD.
    let limit = crate::clv::Nbd::from_params(0.5, 6.0).unwrap();
    for h in [History::NEW, History::new(3.0, 20.0, 30.0)] {
        let models: [&dyn PurchaseProcess; 2] = [&BgNbd::at([0.5, 6.0, 1e-3, 1e5]), &MbgNbd::at([0.5, 6.0, 1e-3, 1e5])];
        for model in models {
            assert!((model.ln_likelihood(h) - limit.ln_likelihood(h)).abs() < 1e-6, "{model:?}");
            close(model.purchases(h, 39.0), limit.purchases(h, 39.0), 1e-6, &"purchases");
        }
    }
}

/// Parameters and histories of any scale.
fn any_customer() -> impl Strategy<Value = ([f64; 4], History)> {
    let ln = |low: f64, high: f64| (low.ln()..high.ln()).prop_map(f64::exp);
    let parameters = (ln(1e-3, 1e5), ln(1e-3, 1e5), ln(1e-3, 1e5), ln(1e-3, 1e5));
    let x = prop_oneof![Just(0.0), ln(1.0, 1e6).prop_map(f64::round)];
    (parameters, x, ln(1e-3, 1e5), 0.0..=1.0).prop_map(
        |((r, alpha, a, b), x, t, share): ((f64, f64, f64, f64), f64, f64, f64)| {
            let t_x = if x > 0.0 { (t * share).min(t) } else { 0.0 };
            ([r, alpha, a, b], History::new(x, t_x, t))
        },
    )
}

fn check_range(model: &impl PurchaseProcess, h: History, t: f64) -> Result<(), TestCaseError> {
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
    Ok(())
}

fn check_counts(model: &impl PurchaseProcess, h: History, t: f64) -> Result<(), TestCaseError> {
    let mut pmf = Vec::new();
    model.purchase_probabilities(h, t, 1e-13, &mut pmf);
    let sum: f64 = pmf.iter().sum();
    let mean: f64 = pmf.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    let square: f64 = pmf.iter().enumerate().map(|(n, p)| (n * n) as f64 * p).sum();
    prop_assert!((sum - 1.0).abs() < 1e-10);
    prop_assert!((pmf[0] - model.no_purchase(h, t)).abs() < 1e-12);
    prop_assert!((mean - model.purchases(h, t)).abs() < 1e-7 * (1.0 + mean));
    prop_assert!((square - model.discounted_purchases(h, t, 0.0).mean_square).abs() < 1e-5 * (1.0 + square));
    Ok(())
}

proptest! {
    #[test]
    fn predictions_are_finite_and_in_range((theta, h) in any_customer(), t in -5.0..9.0_f64) {
        check_range(&BgNbd::at(theta), h, t.exp())?;
        check_range(&MbgNbd::at(theta), h, t.exp())?;
        check_range(&crate::clv::Nbd::from_params(theta[0], theta[1]).unwrap(), h, t.exp())?;
    }

    #[test]
    fn probabilities_of_counts_sum_to_one_with_the_right_mean(
        r in 0.1..5.0_f64, alpha in 1.0..20.0_f64, a in 0.2..5.0_f64, b in 0.2..5.0_f64,
        x in 0_u8..20, share in 0.0..1.0_f64, t in 1.0..100.0_f64,
    ) {
        let x = f64::from(x);
        let h = History::new(x, if x > 0.0 { 40.0 * share } else { 0.0 }, 40.0);
        check_counts(&BgNbd::at([r, alpha, a, b]), h, t)?;
        check_counts(&MbgNbd::at([r, alpha, a, b]), h, t)?;
        check_counts(&crate::clv::Nbd::from_params(r, alpha).unwrap(), h, t)?;
    }
}

fn check_parameters(truth: &[f64], found: Vec<(&str, f64)>, report: &FitReport) {
    for ((truth, (name, found)), error) in truth.iter().zip(found).zip(&report.standard_errors) {
        assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} instead of {truth}, error {error:?}");
    }
}

fn check_recovery<D: Dropout>(truths: &[[f64; 4]]) {
    use crate::clv::{GammaGamma, SimulationPlan};
    use crate::summary::{MergeWithin, SummaryOptions};
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    for (seed, truth) in truths.iter().enumerate() {
        let model = BetaGeometricNbd::<D>::at(*truth);
        let plan =
            SimulationPlan::new(20_000, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(seed as u64);
        let log = model.simulate(&spend, &plan).unwrap();
        let customers = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Nothing)).unwrap();
        let fitted = BetaGeometricNbd::<D>::fit(&customers, &FitOptions::new()).unwrap();
        check_parameters(truth, fitted.parameters(), fitted.fit_report().unwrap());
        let fitted = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
        check_parameters(&[6.25, 3.74, 15.44], fitted.parameters(), fitted.fit_report().unwrap());
    }
}

#[test]
fn parameters_are_recovered_within_three_standard_errors() {
    check_recovery::<AfterRepeatPurchases>(&[
        [0.243, 4.414, 0.793, 2.426],
        [1.5, 10.0, 0.5, 3.0],
        [0.8, 3.0, 2.0, 6.0],
        [3.0, 12.0, 1.0, 1.5],
    ]);
    check_recovery::<AfterEveryPurchase>(&[
        [0.525, 6.18, 0.891, 1.614],
        [1.5, 10.0, 0.5, 3.0],
        [0.8, 3.0, 2.0, 6.0],
        [3.0, 12.0, 1.0, 1.5],
    ]);
}

fn check_limiting_case<D: Dropout>(customers: &CustomerSummary) {
    let model = BetaGeometricNbd::<D>::fit(customers, &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    assert!(!report.at_boundary.is_empty() || report.flat_direction.is_some(), "{report}");
    assert!(!report.warnings().is_empty());
    let prediction = model.predict(customers, 10.0, 0.95).unwrap();
    assert!(prediction.customers().iter().all(|c| c.expected_purchases.interval.high.is_finite()));
}

#[test]
fn limiting_cases_are_named() {
    // Purchases at one rate for everybody: the gamma distribution degenerates, r and alpha run away together.
    let n = 400;
    let x: Vec<f64> = (0..n).map(|i| [8.0, 9.0, 10.0, 11.0, 12.0][i % 5]).collect();
    let t_x: Vec<f64> = (0..n).map(|i| 48.0 + (i % 7) as f64 * 0.5).collect();
    let customers = CustomerSummary::new(&x, &t_x, &vec![52.0; n], crate::TimeUnit::Week).unwrap();
    check_limiting_case::<AfterRepeatPurchases>(&customers);
    check_limiting_case::<AfterEveryPurchase>(&customers);
    // Nobody comes back after a while, but for the one-time buyers nothing tells dropout from a low rate.
    let x: Vec<f64> = (0..n).map(|i| if i % 4 == 0 { 1.0 } else { 0.0 }).collect();
    let t_x: Vec<f64> = x.iter().map(|x| 10.0 * x).collect();
    let customers = CustomerSummary::new(
        &x,
        &t_x,
        &(0..n).map(|i| 20.0 + (i % 9) as f64).collect::<Vec<_>>(),
        crate::TimeUnit::Week,
    )
    .unwrap();
    check_limiting_case::<AfterRepeatPurchases>(&customers);
    check_limiting_case::<AfterEveryPurchase>(&customers);
}
