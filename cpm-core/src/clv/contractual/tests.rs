//! Contractual models against published and 50-digit numbers, and against themselves.

use super::beta_survival::{derivatives, ln_survival};
use super::likelihood::Statement;
use super::*;
use crate::clv::FitOptions;
use crate::estimate::{Estimate, Interval};
use crate::golden::{close, discrete_time, published, rows};
use serde_json::Value;

pub(super) const LEVEL: f64 = 0.95;

fn alive(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(super) fn percent(segment: &str, years: usize) -> Renewals {
    let shares = alive(&published()["sbg"]["survivors_percent_year_0_12"][segment]);
    Renewals::from_cohorts(&[Cohort::from_percent(&shares[..=years], 1000.0)]).unwrap()
}

pub(super) fn sbg(renewals: &Renewals) -> ShiftedBetaGeometric {
    ShiftedBetaGeometric::fit(renewals, &FitOptions::new()).unwrap()
}

pub(super) fn bdw(renewals: &Renewals) -> BetaDiscreteWeibull {
    BetaDiscreteWeibull::fit(renewals, &FitOptions::new()).unwrap()
}

fn log_likelihood(renewals: &Renewals, theta: [f64; 3]) -> f64 {
    let statement = Statement { model: "", names: ["", "", ""], ln_survival: derivatives };
    statement.log_likelihood(&renewals.terms(), &theta).value
}

#[test]
fn published_fits_of_sbg() {
    let golden = &published()["sbg"];
    for segment in ["regular", "high_end"] {
        let expected = &golden["fit_7_years"][segment];
        let model = sbg(&percent(segment, 7));
        let report = model.fit_report().unwrap();
        assert!((model.alpha() - expected["alpha"].as_f64().unwrap()).abs() < 5e-4);
        assert!((model.beta() - expected["beta"].as_f64().unwrap()).abs() < 5e-4);
        // Three decimals are published for High End.
        assert!((report.log_likelihood - expected["log_likelihood"].as_f64().unwrap()).abs() < 5e-4);
        assert!(report.converged && report.warnings().is_empty() && report.customers == 1000.0);
    }
    // The trap: the paper's text misprints .688 for High End; the maximum is at .668.
    let (data, model) = (percent("high_end", 7), sbg(&percent("high_end", 7)));
    assert!((model.alpha() - 0.688).abs() > 0.019);
    assert!(log_likelihood(&data, [0.688, model.beta(), 1.0]) < model.fit_report().unwrap().log_likelihood - 0.05);
    for (theta, expected) in [(1.0, "(1,1)"), (0.01, "(.01,.01)")] {
        let expected = golden["high_end_log_likelihood_at"][expected].as_f64().unwrap();
        assert!((log_likelihood(&data, [theta, theta, 1.0]) - expected).abs() < 5e-5);
    }
}

#[test]
fn published_fits_of_bdw() {
    for segment in ["regular", "high_end"] {
        let expected = &published()["bdw"]["fit_4_renewals"][segment];
        let model = bdw(&percent(segment, 4));
        // The published parameters stop a few units of the fourth decimal short of the maximum.
        for (name, value) in model.parameters() {
            assert!((value - expected[name].as_f64().unwrap()).abs() < 2e-4, "{name} {value}");
        }
        let found = model.fit_report().unwrap().log_likelihood;
        assert!((found - expected["log_likelihood"].as_f64().unwrap()).abs() < 5e-5);
    }
}

#[test]
fn maxima_to_the_last_digit() {
    for row in rows(&discrete_time()["fits"]) {
        let data = Renewals::from_cohorts(&[Cohort::new(&row.list("alive"))]).unwrap();
        let (parameters, found) = if row.0["model"] == "sbg" {
            let model = sbg(&data);
            (model.parameters(), model.fit_report().unwrap().log_likelihood)
        } else {
            let model = bdw(&data);
            (model.parameters(), model.fit_report().unwrap().log_likelihood)
        };
        for ((_, value), expected) in parameters.into_iter().zip(row.list("fit")) {
            close(value, expected, 1e-8, row.0);
        }
        close(found, row.get("log_likelihood"), 1e-13, row.0);
    }
}

#[test]
fn answers_to_many_digits() {
    for row in rows(&discrete_time()["contractual"]) {
        let [gamma, delta, c, rate] = ["gamma", "delta", "c", "rate"].map(|n| row.get(n));
        let n = row.get("renewals") as u64;
        let check = |model: &dyn ContractualProcess| {
            close(model.survival(n + 1, LEVEL).unwrap().value, row.get("survival"), 1e-12, row.0);
            close(model.survival_of_active(n, 12, LEVEL).unwrap().value, row.get("survival_of_active"), 1e-12, row.0);
            close(model.churn_probability(n + 1, LEVEL).unwrap().value, row.get("churn"), 1e-12, row.0);
            close(model.discounted_expected_lifetime(rate, LEVEL).unwrap().value, row.get("del"), 1e-12, row.0);
            let derl = model.discounted_expected_residual_lifetime(n, rate, LEVEL).unwrap().value;
            close(derl, row.get("derl"), 1e-12, row.0);
            close(model.retention_elasticity(n, rate, LEVEL).unwrap().value, row.get("elasticity"), 1e-12, row.0);
            close(model.expected_lifetime(100, LEVEL).unwrap().value, row.get("lifetime_100"), 1e-12, row.0);
        };
        check(&BetaDiscreteWeibull::from_params(gamma, delta, c).unwrap());
        if c == 1.0 {
            check(&ShiftedBetaGeometric::from_params(gamma, delta).unwrap());
        }
    }
}

#[test]
fn slow_discounting() {
    for row in rows(&discrete_time()["slow_discount"]) {
        let model = ShiftedBetaGeometric::from_params(row.get("alpha"), row.get("beta")).unwrap();
        let (n, rate) = (row.get("renewals") as u64, row.get("rate"));
        close(model.discounted_expected_lifetime(rate, LEVEL).unwrap().value, row.get("del"), 1e-11, row.0);
        let derl = model.discounted_expected_residual_lifetime(n, rate, LEVEL).unwrap().value;
        close(derl, row.get("derl"), 1e-11, row.0);
        close(model.retention_elasticity(n, rate, LEVEL).unwrap().value, row.get("elasticity"), 1e-11, row.0);
    }
}

#[test]
fn published_residual_values() {
    let golden = &published()["sbg"]["derl"];
    let model = ShiftedBetaGeometric::from_params(0.764, 1.296).unwrap();
    for (before, value) in golden["before_renewal"].as_object().unwrap() {
        let renewals = before.parse::<u64>().unwrap() - 1;
        let derl = model.discounted_expected_residual_lifetime(renewals, 0.1, LEVEL).unwrap().value;
        assert!((100.0 * derl - value.as_f64().unwrap()).abs() < 5e-5);
    }
    // A customer about to be acquired pays now and is then before its first renewal, a period later.
    let value = model.lifetime_value(&ContractValueOptions::new(100.0, 0.1)).unwrap().value;
    close(value, 100.0 + 288.2211 / 1.1, 1e-6, &"lifetime value");
}

#[test]
fn total_lifetime_is_finite_where_it_should_be() {
    for (alpha, beta) in [(1.01, 3.0), (1.5, 0.2), (2.0, 1e3), (30.0, 100.0), (1e4, 1e-2), (3.0, 1e5)] {
        let sbg = ShiftedBetaGeometric::from_params(alpha, beta).unwrap();
        let expected = (alpha + beta - 1.0) / (alpha - 1.0);
        close(sbg.expected_total_lifetime(LEVEL).unwrap().unwrap().value, expected, 1e-12, &alpha);
    }
    let heavy = BetaDiscreteWeibull::from_params(0.5, 2.0, 1.9).unwrap();
    assert!(heavy.expected_total_lifetime(LEVEL).unwrap().is_none());
    // With c = 2 and E[1/θ²] finite the sum is that of a theta function; here by brute force.
    let fast = BetaDiscreteWeibull::from_params(4.0, 3.0, 2.0).unwrap();
    let brute: f64 = (0..3000).rev().map(|t| ln_survival(4.0, 3.0, 2.0, 0.0, f64::from(t)).exp()).sum();
    close(fast.expected_total_lifetime(LEVEL).unwrap().unwrap().value, brute, 1e-12, &"brute force");
    // A fit whose interval of alpha reaches below 1 cannot exclude an infinite lifetime.
    let model = sbg(&Renewals::from_cohorts(&[Cohort::new(&[50.0, 25.0, 15.0, 11.0, 8.0])]).unwrap());
    if let Some(total) = model.expected_total_lifetime(LEVEL).unwrap() {
        assert!(total.interval.high >= total.value && !total.interval.low.is_nan());
    }
}

#[test]
fn weibull_with_c_one_is_geometric() {
    for (alpha, beta) in [(0.7, 1.2), (1e-3, 1e5), (1e5, 1e-3), (40.0, 0.02)] {
        let geometric = ShiftedBetaGeometric::from_params(alpha, beta).unwrap();
        let weibull = BetaDiscreteWeibull::from_params(alpha, beta, 1.0).unwrap();
        for t in [1, 2, 17, 1000] {
            let n = t as f64;
            let closed = (beta + n - 1.0) / (alpha + beta + n - 1.0);
            close(geometric.retention_rate(t, LEVEL).unwrap().value, closed, 1e-12, &closed);
            assert_eq!(geometric.survival(t, LEVEL).unwrap(), weibull.survival(t, LEVEL).unwrap());
            close(
                geometric.churn_probability(t, LEVEL).unwrap().value,
                geometric.survival(t - 1, LEVEL).unwrap().value * alpha / (alpha + beta + n - 1.0),
                1e-12,
                &t,
            );
        }
    }
}

#[test]
fn elasticity_is_what_a_change_of_retention_does() {
    // Each (1 - θ) times e^h: survival S(t) e^(h t).
    let (n, rate, h) = (3.0, 0.1f64, 1e-5);
    let derl = |h: f64| -> f64 {
        let ln = |k: f64| ln_survival(0.8, 1.5, 1.2, n, n + k) + h * k - (k - 1.0) * rate.ln_1p();
        (1..2000).map(|k| ln(f64::from(k)).exp()).sum()
    };
    let numeric = (derl(h).ln() - derl(-h).ln()) / (2.0 * h);
    let model = BetaDiscreteWeibull::from_params(0.8, 1.5, 1.2).unwrap();
    close(model.retention_elasticity(3, rate, LEVEL).unwrap().value, numeric, 1e-8, &"elasticity");
    // Without heterogeneity: (1 + d)/(1 + d - r).
    let alike = ShiftedBetaGeometric::at(2e9, 8e9);
    close(alike.retention_elasticity(3, rate, LEVEL).unwrap().value, 1.1 / 0.3, 1e-6, &"homogeneous");
}

#[test]
fn derivatives_agree_with_differences() {
    let data = Renewals::from_cohorts(&[
        Cohort::new(&[900.0, 700.0, 610.0, 560.0, 560.0, 530.0]),
        Cohort::new(&[300.0, 250.0]),
        Cohort::new(&[120.0, 115.0, 110.0]).observed_from(40),
    ])
    .unwrap();
    let statement = Statement { model: "", names: ["", "", ""], ln_survival: derivatives };
    for theta in [[0.7, 1.2, 1.0], [0.05, 8.0, 0.6], [12.0, 0.3, 1.7], [3.0, 300.0, 2.5], [0.5, 0.5, 900.0]] {
        let at = |ln: [f64; 3]| {
            let natural = ln.map(f64::exp);
            statement.log_likelihood(&data.terms(), &natural).in_logs(&natural)
        };
        let centre = theta.map(f64::ln);
        let here = at(centre);
        for i in 0..3 {
            let h = 1e-4;
            let shifted = |steps: f64| at(std::array::from_fn(|j| centre[j] + if i == j { steps * h } else { 0.0 }));
            let (up, down, up2, down2) = (shifted(1.0), shifted(-1.0), shifted(2.0), shifted(-2.0));
            let slope = |of: &dyn Fn(&crate::numerics::newton::Evaluation) -> f64| {
                (8.0 * (of(&up) - of(&down)) - (of(&up2) - of(&down2))) / (12.0 * h)
            };
            let size = here.value.abs();
            let numeric = slope(&|e| e.value);
            assert!((here.gradient[i] - numeric).abs() < 1e-9 * size, "{theta:?} {i} {} {numeric}", here.gradient[i]);
            for j in 0..3 {
                let numeric = slope(&|e| e.gradient[j]);
                assert!(
                    (here.hessian[(i, j)] - numeric).abs() < 1e-8 * size,
                    "{theta:?} {i} {j} {} {numeric}",
                    here.hessian[(i, j)]
                );
            }
        }
    }
}

#[test]
fn cohorts_customers_and_parts_give_the_same_data() {
    let cohorts = [Cohort::new(&[5.0, 3.0, 2.0]), Cohort::new(&[4.0, 4.0]), Cohort::new(&[7.0])];
    let table = Renewals::from_cohorts(&cohorts).unwrap();
    assert_eq!((table.customers(), table.without_opportunity()), (9.0, 7.0));
    let renewals = [0, 0, 1, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
    let active = [false, false, false, true, true, true, true, true, true, true, true, true, true, true, true, true];
    let single = Renewals::from_customers(&renewals, &active, None).unwrap();
    assert_eq!(single, table);
    let weighted =
        Renewals::from_customers(&[0, 1, 2, 1, 0], &[false, false, true, true, true], Some(&[2.0, 1.0, 2.0, 4.0, 7.0]));
    assert_eq!(weighted.unwrap(), table);
    let mut merged = Renewals::from_cohorts(&cohorts[2..]).unwrap();
    merged.merge(&Renewals::from_cohorts(&cohorts[..2]).unwrap());
    assert_eq!(merged, table);
    let reversed: Vec<Cohort> = cohorts.iter().rev().cloned().collect();
    assert_eq!(Renewals::from_cohorts(&reversed).unwrap(), table);
    // Seen late, the lost ones are unknown: the same likelihood as that of the later opportunities alone.
    let late = Renewals::from_cohorts(&[Cohort::new(&[3.0, 2.0]).observed_from(1)]).unwrap();
    let expected = 2.0 * ln_survival(0.7, 1.2, 1.1, 1.0, 2.0) + (-ln_survival(0.7, 1.2, 1.1, 1.0, 2.0).exp_m1()).ln();
    close(log_likelihood(&late, [0.7, 1.2, 1.1]), expected, 1e-14, &"late entry");
}

#[test]
fn bad_data_are_refused_with_reasons() {
    let message = |r: crate::Result<Renewals>| r.unwrap_err().to_string();
    assert!(message(Renewals::from_cohorts(&[])).contains("empty"));
    assert!(message(Renewals::from_cohorts(&[Cohort::new(&[])])).contains("cohort 0"));
    assert!(message(Renewals::from_cohorts(&[Cohort::new(&[10.0, 11.0])])).contains("cannot grow"));
    assert!(message(Renewals::from_cohorts(&[Cohort::new(&[10.0, f64::NAN])])).contains("finite"));
    assert!(message(Renewals::from_cohorts(&[Cohort::from_percent(&[0.0, 0.0], 10.0)])).contains("finite"));
    assert!(message(Renewals::from_customers(&[1, 2], &[true], None)).contains("active"));
    assert!(message(Renewals::from_customers(&[1], &[true], Some(&[-1.0]))).contains("weights"));
    assert!(message(Renewals::from_customers(&[u64::MAX], &[true], None)).contains("renewals"));

    let fit = |alive: &[f64]| {
        let data = Renewals::from_cohorts(&[Cohort::new(alive)]).unwrap();
        BetaDiscreteWeibull::fit(&data, &FitOptions::new()).unwrap_err().to_string()
    };
    assert!(fit(&[10.0]).contains("no customer had an opportunity"));
    assert!(fit(&[10.0, 10.0, 10.0]).contains("nobody churned"));
    assert!(fit(&[10.0, 0.0]).contains("nobody renewed"));
    assert!(fit(&[10.0, 7.0, 6.0]).contains("2 renewal opportunities"));
    let data = percent("regular", 7);
    assert!(ShiftedBetaGeometric::fit(&data, &FitOptions::new().weights(&[1.0])).is_err());
    assert!(ShiftedBetaGeometric::fit(&data, &FitOptions::new().start(&[1.0])).is_err());
    assert!(ShiftedBetaGeometric::from_params(0.0, 1.0).is_err());
    assert!(BetaDiscreteWeibull::from_params(1.0, 1.0, f64::INFINITY).is_err());

    let model = sbg(&data);
    assert!(model.retention_rate(0, LEVEL).is_err());
    assert!(model.survival(1, 1.0).is_err());
    assert!(model.expected_lifetime(0, LEVEL).is_err());
    assert!(model.discounted_expected_lifetime(0.0, LEVEL).is_err());
    assert!(model.residual_value(&[], &ContractValueOptions::new(1.0, 0.1)).is_err());
    assert!(model.residual_value(&[1], &ContractValueOptions::new(f64::NAN, 0.1)).is_err());
    assert!(model.residual_value(&[1], &ContractValueOptions::new(1.0, 0.0)).is_err());
    assert!(model.residual_value(&[1], &ContractValueOptions::new(1.0, 0.0).horizon(3)).is_ok());
    let flows = |options: &ContractValueOptions| model.cash_flows(&[1, 2], options).unwrap_err().to_string();
    assert!(flows(&ContractValueOptions::new(1.0, 0.1)).contains("name it"));
    assert!(flows(&ContractValueOptions::new(1.0, 0.1).horizon(100_001)).contains("100000"));
    assert!(flows(&ContractValueOptions::new(1.0, 0.1).horizon(0)).contains("horizon"));
}

#[test]
fn cash_flows_are_what_the_survivors_pay() {
    let model = bdw(&percent("regular", 7));
    let options = ContractValueOptions::new(20.0, 0.05).until_next_renewal(0.25).horizon(6);
    let renewals = [0, 3, 3, 9];
    let flows = model.cash_flows(&renewals, &options).unwrap();
    let mut cumulative = 0.0;
    for (k, row) in (1..).zip(&flows.rows) {
        let paying: f64 = renewals.iter().map(|&n| model.survival_of_active(n, k, LEVEL).unwrap().value).sum();
        close(row.customers, paying, 1e-12, &k);
        close(row.time, 0.25 + (k - 1) as f64, 1e-12, &k);
        close(row.cash_flow.value, 20.0 * paying, 1e-12, &k);
        close(row.discounted, 20.0 * paying * 1.05_f64.powf(-row.time), 1e-12, &k);
        assert!(0.0 < row.cash_flow.interval.low && row.cash_flow.interval.high < 80.0);
        assert!(row.cash_flow.interval.low < row.cash_flow.value && row.cash_flow.value < row.cash_flow.interval.high);
        cumulative += row.discounted;
        close(row.cumulative, cumulative, 1e-12, &k);
    }
    close(cumulative, model.residual_value(&renewals, &options).unwrap().total.value, 1e-12, &"total");
    assert_eq!(flows.to_table().unwrap().rows(), 6);
}

#[test]
fn limiting_cases_are_named() {
    // Everybody alike: retention is 80 % at each opportunity.
    let alive: Vec<f64> = (0..8).map(|t| 1e5 * 0.8f64.powi(t)).collect();
    let model = sbg(&Renewals::from_cohorts(&[Cohort::new(&alive)]).unwrap());
    let report = model.fit_report().unwrap();
    assert!(!report.warnings().is_empty(), "{report}");
    let rate = model.retention_rate(9, LEVEL).unwrap();
    assert!((rate.value - 0.8).abs() < 1e-3 && rate.interval.low <= rate.value && rate.value <= rate.interval.high);
}

#[test]
fn everything_is_finite_in_the_whole_domain() {
    let extremes = [1e-6, 1e-3, 1.0, 1e5, 1e8];
    for gamma in extremes {
        for delta in extremes {
            for c in [1e-6, 1e-3, 0.5, 1.0, 3.0, 1e5, 1e8] {
                let model = BetaDiscreteWeibull::from_params(gamma, delta, c).unwrap();
                let context = format!("{gamma} {delta} {c}");
                for n in [0, 1, 100, 1_000_000] {
                    for value in [
                        model.retention_rate(n + 1, LEVEL).unwrap(),
                        model.churn_probability(n + 1, LEVEL).unwrap(),
                        model.survival(n, LEVEL).unwrap(),
                        model.expected_renewals(n, 1000, LEVEL).unwrap(),
                        model.discounted_expected_residual_lifetime(n, 0.01, LEVEL).unwrap(),
                    ] {
                        assert!(value.value.is_finite() && value.value >= 0.0, "{context} {n} {value:?}");
                        assert!(!value.interval.low.is_nan() && !value.interval.high.is_nan(), "{context} {n}");
                    }
                    let elasticity = model.retention_elasticity(n, 0.01, LEVEL).unwrap().value;
                    assert!(elasticity.is_finite() && elasticity >= 1.0 - 1e-12, "{context} {n} {elasticity}");
                    let (from, to) = (n as f64, n as f64 + 1.0);
                    let d = derivatives(&[gamma, delta, c], from, to);
                    assert!(
                        d.gradient.iter().chain(d.hessian.iter().flatten()).all(|v| v.is_finite()),
                        "{context} {n}"
                    );
                }
                let total = model.expected_total_lifetime(LEVEL).unwrap();
                assert!(total.is_none_or(|t| t.value >= 1.0 && t.value.is_finite()), "{context} {total:?}");
            }
        }
    }
}

#[test]
fn intervals_stay_within_what_is_possible() {
    // One customer of 40 left: next to nothing is known of how many will, and at 1 % a period nobody is worth more than 101 periods.
    let active: Vec<bool> = (0..40).map(|i| i < 39).collect();
    let renewals = Renewals::from_customers(&[4; 40], &active, None).unwrap();
    let model = ShiftedBetaGeometric::fit(&renewals, &FitOptions::new()).unwrap();
    let within = |e: Estimate, low: f64, high: f64| {
        let Interval { low: l, high: h } = e.interval;
        assert!(low <= l && l < e.value && e.value < h && h <= high, "{e:?} in {low} to {high}");
    };
    within(model.discounted_expected_residual_lifetime(4, 0.01, LEVEL).unwrap(), 0.0, 101.0);
    within(model.discounted_expected_lifetime(0.01, LEVEL).unwrap(), 1.0, 101.0);
    within(model.retention_elasticity(4, 0.01, LEVEL).unwrap(), 1.0, 101.0);
    within(model.expected_lifetime(24, LEVEL).unwrap(), 1.0, 24.0);
    within(model.expected_renewals(4, 24, LEVEL).unwrap(), 0.0, 24.0);
    let options = ContractValueOptions::new(10.0, 0.01).horizon(24);
    let paid = (0..25).map(|k| 10.0 * 1.01_f64.powi(-k)).sum::<f64>() * (1.0 + 1e-12);
    within(model.lifetime_value(&options).unwrap(), 10.0, paid);
    let worth = model.residual_value(&[4, 4], &options).unwrap();
    within(worth.customers[0], 0.0, paid - 10.0);
    within(worth.total, 0.0, 2.0 * (paid - 10.0));
    // Renewals of a new customer and its lifetime differ by the first period, and so do their intervals.
    let (renewals, lifetime) = (model.expected_renewals(0, 24, LEVEL), model.expected_lifetime(25, LEVEL));
    let (renewals, lifetime) = (renewals.unwrap().interval, lifetime.unwrap().interval);
    close(lifetime.low, 1.0 + renewals.low, 1e-9, &"low");
    close(lifetime.high, 1.0 + renewals.high, 1e-9, &"high");
}

#[test]
fn curve_and_table() {
    let model = sbg(&percent("regular", 7));
    let curve = model.curve(12, LEVEL).unwrap();
    let table = curve.to_table().unwrap();
    assert_eq!((table.rows(), curve.rows[0].survival.value), (13, 1.0));
    assert!(curve.rows[0].retention.is_none());
    let churn: f64 = curve.rows.iter().filter_map(|r| r.churn).map(|e| e.value).sum();
    close(churn, 1.0 - curve.rows[12].survival.value, 1e-12, &"churn adds up");
    let many = model.survival_of_customers(&[3, 0, 3], 5, LEVEL).unwrap();
    assert_eq!(many[0], many[2]);
    assert_eq!(many[1], model.survival_of_active(0, 5, LEVEL).unwrap());
}

#[test]
fn parameters_have_a_domain() {
    for wrong in [1e-7, 1e9, f64::INFINITY, f64::NAN, -1.0] {
        let message = ShiftedBetaGeometric::from_params(wrong, 1.0).unwrap_err().to_string();
        assert!(message.contains("alpha = "), "{message}");
        assert!(BetaDiscreteWeibull::from_params(1.0, wrong, 1.0).is_err());
        assert!(BetaDiscreteWeibull::from_params(1.0, 1.0, wrong).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn answers_are_finite_and_in_range(
        alpha in -13.8..18.4_f64, beta in -13.8..18.4_f64, c in -13.8..18.4_f64, n in 0..100_000_u64, h in 1..500_u64, stretched: bool,
    ) {
        let (alpha, beta, c) = (alpha.exp(), beta.exp(), c.exp());
        let sbg = ShiftedBetaGeometric::from_params(alpha, beta).unwrap();
        let bdw = BetaDiscreteWeibull::from_params(alpha, beta, c).unwrap();
        let model: &dyn ContractualProcess = if stretched { &bdw } else { &sbg };
        let probabilities = [
            model.retention_rate(n + 1, LEVEL).unwrap().value,
            model.churn_probability(n + 1, LEVEL).unwrap().value,
            model.survival(n, LEVEL).unwrap().value,
            model.survival_of_active(n, h, LEVEL).unwrap().value,
        ];
        proptest::prop_assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{probabilities:?}");
        let expected = model.expected_renewals(n, h, LEVEL).unwrap().value;
        proptest::prop_assert!((0.0..=h as f64 * (1.0 + 1e-9)).contains(&expected), "{expected}");
        let residual = model.discounted_expected_residual_lifetime(n, 0.02, LEVEL).unwrap().value;
        proptest::prop_assert!((0.0..=51.0 * (1.0 + 1e-9)).contains(&residual), "{residual}");
        let lifetime = model.discounted_expected_lifetime(0.02, LEVEL).unwrap().value;
        proptest::prop_assert!((0.0..=51.0 * (1.0 + 1e-9)).contains(&lifetime), "{lifetime}");
    }
}
