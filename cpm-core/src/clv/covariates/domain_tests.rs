//! Customers far out: 80-digit values, predictions in range wherever covariates may lead, and coefficients that run off.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::Kind;
use crate::clv::covariates::{CovariateBase, CovariateOptions, Moved, WithCovariates, covariate_profile_interval};
use crate::clv::{BgNbd, FitOptions, MbgNbd, ParetoNbd, ProfileOptions, PurchaseModel};
use crate::error::SCALES;
use crate::golden::{close, far_customers, rows};
use crate::summary::{Covariates, CustomerSummary, History, TimeUnit};
use crate::table::{Column, Table};

fn check_rows<M: CovariateBase>(section: &str) {
    for row in rows(&far_customers()[section]) {
        let model = M::at_theta(M::NAMES.map(|name| row.get(name)));
        let (h, t) = (row.history(), row.get("t"));
        for (name, found) in [
            ("log_likelihood", model.ln_likelihood(h)),
            ("p_alive", model.alive(h)),
            ("alive_after", model.alive_after(h, t)),
            ("conditional", model.purchases(h, t)),
        ] {
            close(found, row.get(name), 1e-9, &format!("{name} {}", row.0));
        }
    }
}

#[test]
fn far_customers_have_their_digits() {
    check_rows::<BgNbd>("bg_nbd");
    check_rows::<MbgNbd>("mbg_nbd");
    check_rows::<ParetoNbd>("pareto_nbd");
}

/// Parameters as far out as a customer may have them; those that covariates do not move as a fit may find them.
fn any_theta<M: CovariateBase>() -> [std::ops::Range<f64>; 4] {
    std::array::from_fn(|k| {
        let range = match M::KINDS[k] {
            Kind::Fixed => 1e-4..=1e6,
            Kind::Chance => super::SHAPES,
            Kind::Purchases | Kind::Death => SCALES,
        };
        range.start().ln()..range.end().ln()
    })
}

fn any_history() -> impl Strategy<Value = History> {
    let x = prop_oneof![Just(0.0), (0.0..13.8_f64).prop_map(|ln| ln.exp().round())];
    (x, -6.9..11.5_f64, prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64]).prop_map(|(x, ln_t, share)| {
        let t = ln_t.exp();
        History::new(x, if x > 0.0 { share * t } else { 0.0 }, t)
    })
}

fn check_range<M: CovariateBase>(ln_theta: [f64; 4], h: History, t: f64, rate: f64) -> Result<(), TestCaseError> {
    let model = M::at_theta(ln_theta.map(f64::exp));
    prop_assert!(model.ln_likelihood(h).is_finite());
    let (alive, later, none) = (model.alive(h), model.alive_after(h, t), model.no_purchase(h, t));
    prop_assert!(
        (0.0..=1.0).contains(&alive) && (0.0..=alive * (1.0 + 1e-9) + 1e-300).contains(&later),
        "{alive} {later}"
    );
    prop_assert!((0.0..=1.0 + 1e-12).contains(&none) && (0.0..=1.0 + 1e-12).contains(&model.never_again(h)));
    let purchases = model.purchases(h, t);
    prop_assert!(purchases.is_finite() && purchases >= (1.0 - none) * (1.0 - 1e-9) - 1e-14, "{purchases} {none}");
    let (longer, between) = (model.purchases(h, 2.0 * t), model.purchases_between(h, t, 2.0 * t));
    prop_assert!(longer.is_finite() && longer >= purchases * (1.0 - 1e-9), "{purchases} {longer}");
    prop_assert!((between - (longer - purchases)).abs() <= 1e-8 * longer + 1e-300, "{purchases} {longer} {between}");
    let for_ever = model.discounted_for_ever(h, rate);
    prop_assert!(for_ever.is_finite() && for_ever >= 0.0, "{for_ever}");
    let (once, d) = (model.discounted_expectation(h, t, rate), model.discounted_purchases(h, t, rate));
    prop_assert!((0.0..=purchases * (1.0 + 1e-9) + 1e-300).contains(&once), "{once} {purchases}");
    prop_assert!((once - d.mean).abs() <= 1e-9 * once + 1e-300, "{once} {d:?}");
    // The longest horizon that counts as one leaves out nothing that can be seen.
    let long = model.discounted_purchases(h, 44.9 / rate, rate);
    prop_assert!(once <= for_ever * (1.0 + 1e-9) + 1e-300, "{once} {for_ever}");
    prop_assert!((long.mean - for_ever).abs() <= 1e-9 * for_ever + 1e-300, "{long:?} {for_ever}");
    prop_assert!(d.mean_square.is_finite() && d.mean_square >= d.mean * d.mean * (1.0 - 1e-6) - 1e-300, "{d:?}");
    Ok(())
}

macro_rules! in_range {
    ($name:ident, $model:ty) => {
        proptest! {
            #[test]
            fn $name(theta in any_theta::<$model>(), h in any_history(), t in -6.9..9.2_f64, rate in -13.8..0.0_f64) {
                check_range::<$model>(theta, h, t.exp(), rate.exp())?;
            }
        }
    };
}

in_range!(bg_nbd_is_finite_wherever_covariates_lead, BgNbd);
in_range!(mbg_nbd_is_finite_wherever_covariates_lead, MbgNbd);
in_range!(pareto_nbd_is_finite_wherever_covariates_lead, ParetoNbd);

/// Customers of whom those of channel 1 never came back, and those of channel 2 did until the end.
fn extreme_channels() -> CustomerSummary {
    let n = 600;
    let channel: Vec<usize> = (0..n)
        .map(|i| {
            if i % 20 == 0 {
                1
            } else if i % 20 == 1 {
                2
            } else {
                0
            }
        })
        .collect();
    let t: Vec<f64> = (0..n).map(|i| 20.0 + (i * 7 % 31) as f64).collect();
    let x: Vec<f64> = (0..n)
        .map(|i| match channel[i] {
            0 => [0.0, 0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 9.0][i * 5 % 8],
            1 => 0.0,
            _ => 4.0 + (i % 5) as f64,
        })
        .collect();
    let t_x: Vec<f64> = (0..n)
        .map(|i| match channel[i] {
            _ if x[i] == 0.0 => 0.0,
            0 => t[i] * (0.1 + 0.8 * (i * 13 % 97) as f64 / 97.0),
            _ => t[i] - 0.01,
        })
        .collect();
    let mut table = Table::new();
    let names = ["usual", "never", "always"];
    table.push("channel", Column::Text(channel.iter().map(|&c| names[c].to_owned()).collect())).unwrap();
    CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week)
        .unwrap()
        .with_covariates(Covariates::new(&table).unwrap())
        .unwrap()
}

fn check_running_off<M: CovariateBase>() {
    let customers = extreme_channels();
    let model = WithCovariates::<M>::fit(&customers, &CovariateOptions::new(), &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    // Those who never came back purchase at the lowest rate; what is known of their dropout is nothing.
    let never = model.coefficients().iter().find(|c| c.name == "purchase:channel=never").unwrap();
    assert!(report.at_boundary.contains(&never.name) && never.standard_error.is_none(), "{report}");
    close(never.value, -50.0, 1e-9, &"the limit");
    // The customers of the fit have their answers, with intervals, however far a coefficient ran.
    let bound = model.of(&customers).unwrap();
    let prediction = bound.predict(&customers, 26.0, 0.9).unwrap();
    let mean = |rest: usize| -> f64 {
        let of = prediction.customers().iter().skip(rest).step_by(20).map(|c| c.expected_purchases.value);
        of.clone().sum::<f64>() / of.count() as f64
    };
    assert!(mean(0) < 0.01 && mean(1) > 2.0, "{} {}", mean(0), mean(1));
    for customer in prediction.customers() {
        for e in [customer.probability_alive, customer.expected_purchases] {
            let (low, high) = (e.interval.low, e.interval.high);
            assert!(
                0.0 <= low && low <= e.value * (1.0 + 1e-9) && e.value <= high * (1.0 + 1e-9) && high.is_finite(),
                "{e:?}"
            );
        }
    }
}

#[test]
fn likelihoods_beyond_the_domain_are_those_of_the_limit() {
    fn of<M: CovariateBase>(sides: &[f64]) {
        let histories = [History::new(0.0, 0.0, 30.0), History::new(1.0, 10.0, 30.0), History::new(5.0, 20.0, 33.0)];
        let at = |ln: [f64; 4]| M::log_likelihood(M::DOMAIN.hold(ln), &histories, &[3.0, 2.0, 1.0]);
        // Far out nothing changes along a shift of all that is dropout.
        for far in sides.iter().flat_map(|side| [60.0 * side, 300.0 * side]) {
            let ln = |by: f64| std::array::from_fn(|k| [-1.0, 1.5, -0.5, 0.7][k] + M::DROPOUT[k].abs() * (far + by));
            let (near, there) = (at(ln(0.0)), at(ln(far.signum())));
            close(there.value, near.value, 1e-8, &far);
            for k in 0..4 {
                close(there.gradient[k], near.gradient[k], 1e-8, &format!("{far} {k}"));
            }
            let along: f64 = (0..4).map(|k| M::DROPOUT[k] * there.gradient[k]).sum();
            assert!(along.abs() < 1e-8 * there.value.abs(), "{far} {along}");
        }
    }
    of::<BgNbd>(&[-1.0, 1.0]);
    of::<MbgNbd>(&[-1.0, 1.0]);
    // Who dies at once cannot have purchased: that is no limit.
    of::<ParetoNbd>(&[1.0]);
}

#[test]
fn coefficients_that_run_off_leave_their_customers_with_answers() {
    check_running_off::<BgNbd>();
    check_running_off::<MbgNbd>();
    check_running_off::<ParetoNbd>();
}

#[test]
fn chances_keep_their_mean_where_they_are_held() {
    let domain = super::Domain { names: BgNbd::NAMES, kinds: BgNbd::KINDS };
    let check = |ln: [f64; 4], expected: [f64; 4]| {
        domain.hold(ln).into_iter().zip(expected).for_each(|(found, expected)| close(found, expected, 1e-11, &"held"));
    };
    check([0.0, 70.0, 2e20_f64.ln(), 6e20_f64.ln()], [1.0, 1e25, 1e12 / 3.0, 1e12]);
    check([0.0, 1e3, -1e3, 2_f64.ln()], [1.0, 1e25, 1e-40, 2.0]);
    check([0.0, 0.0, -1e3, -1e3 - 1.0], [1.0, 1.0, 1e-20, 1e-20 / std::f64::consts::E]);
    check([0.0, -1e3, 1e3, 1e3 - 1.0], [1.0, 1e-20, 1e12, 1e12 / std::f64::consts::E]);
}

/// Customers of two channels who come back, and of a third, every `step`-th, who never do.
fn with_an_empty_channel(names: [&str; 3], step: usize) -> CustomerSummary {
    let n = 900;
    let empty = |i: usize| if step > 1 { i.is_multiple_of(step) } else { !i.is_multiple_of(4) };
    let x: Vec<f64> =
        (0..n).map(|i| if empty(i) { 0.0 } else { [0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 7.0][i * 5 % 7] }).collect();
    let t: Vec<f64> = (0..n).map(|i| 20.0 + (i * 7 % 31) as f64).collect();
    let t_x: Vec<f64> =
        (0..n).map(|i| if x[i] > 0.0 { t[i] * (0.1 + 0.8 * (i * 13 % 97) as f64 / 97.0) } else { 0.0 }).collect();
    let channel = (0..n).map(|i| names[if empty(i) { 2 } else { i / 5 % 2 }].to_owned());
    let mut table = Table::new();
    table.push("channel", Column::Text(channel.collect())).unwrap();
    CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week)
        .unwrap()
        .with_covariates(Covariates::new(&table).unwrap())
        .unwrap()
}

#[test]
fn a_channel_that_runs_off_is_named_whatever_it_is_called_and_however_common_it_is() {
    let options = CovariateOptions::new().dropout(&[]);
    for step in [10, 1] {
        let fit = |names: [&str; 3]| {
            let customers = with_an_empty_channel(names, step);
            WithCovariates::<BgNbd>::fit(&customers, &options, &FitOptions::new()).unwrap()
        };
        let (last, first) = (fit(["a", "b", "c"]), fit(["b", "c", "a"]));
        let [of_last, of_first] = [&last, &first].map(|model| model.fit_report().unwrap());
        assert!((of_last.log_likelihood - of_first.log_likelihood).abs() < 1e-6, "{of_last} {of_first}");
        assert_eq!(of_last.at_boundary, ["purchase:channel=c"], "{step}");
        // Where it is the reference, nothing is known of it, and of the distance of either of the others from it.
        assert_eq!(of_first.at_boundary, ["alpha", "purchase:channel=b", "purchase:channel=c"], "{step}");
        for model in [&last, &first] {
            for coefficient in model.coefficients() {
                let named = model.fit_report().unwrap().at_boundary.contains(&coefficient.name);
                assert_eq!(coefficient.standard_error.is_none(), named, "{coefficient:?}");
            }
        }
        // What is known of the others does not depend on it.
        let (of_b, covariance) = (&last.coefficients()[0], &of_first.covariance_log);
        let difference = first.coefficients()[1].value - first.coefficients()[0].value;
        let variance = covariance[(4, 4)] + covariance[(5, 5)] - 2.0 * covariance[(4, 5)];
        close(difference, of_b.value, 1e-4, &step);
        close(variance.sqrt(), of_b.standard_error.unwrap(), 1e-3, &step);
        for coefficient in first.coefficients() {
            let name = &coefficient.name;
            let customers = with_an_empty_channel(["b", "c", "a"], step);
            let found =
                covariate_profile_interval::<BgNbd>(&customers, &options, name, &ProfileOptions::new()).unwrap();
            let ends = [found.interval.low, found.interval.high];
            assert!(ends[0] <= found.value && found.value <= ends[1], "{name} {found:?}");
            assert!(ends.iter().filter(|end| end.is_infinite()).count() == 1, "{name} {found:?}");
        }
    }
}

/// What is reported of a covariate does not depend on its unit.
#[test]
fn coefficients_in_small_units_do_not_run_off() {
    let of = |unit: f64| {
        let customers = with_an_empty_channel(["a", "a", "a"], 10);
        let z = (0..customers.len()).map(|i| unit * (i % 17) as f64).collect();
        let mut table = Table::new();
        table.push("z", Column::Float(z)).unwrap();
        let customers = customers.with_covariates(Covariates::new(&table).unwrap()).unwrap();
        WithCovariates::<BgNbd>::fit(&customers, &CovariateOptions::new().dropout(&[]), &FitOptions::new()).unwrap()
    };
    let expected = of(1.0);
    for unit in [1e-9, 1e-5, 1e7] {
        let found = of(unit);
        assert!(found.fit_report().unwrap().at_boundary.is_empty(), "{}", found.fit_report().unwrap());
        for (found, expected) in found.coefficients().iter().zip(expected.coefficients()) {
            close(found.value * unit, expected.value, 1e-6, &unit);
            close(found.standard_error.unwrap() * unit, expected.standard_error.unwrap(), 1e-6, &unit);
        }
    }
}

/// A covariate with a long tail: the customers far out never purchase, and must not keep the others from their estimate.
#[test]
fn a_long_tail_does_not_bound_the_coefficient() {
    let n = 3_000;
    let uniform = |i: usize, step: f64| ((i as f64 + 0.5) * step).fract();
    let far = |i: usize| if i.is_multiple_of(100) { 60.0 } else { 1.0 };
    let z: Vec<f64> = (0..n).map(|i| far(i) * (3.0 * uniform(i, 0.618_033_988_75)).exp()).collect();
    // Each customer has about the purchases that it is expected to have in 50 weeks, and none leaves.
    let x: Vec<f64> =
        (0..n).map(|i| (40.0 * (-0.3 * z[i]).exp() * 2.0 * uniform(i, 0.754_877_666_25)).round()).collect();
    let t_x: Vec<f64> = x.iter().map(|x| if *x > 0.0 { 50.0 * x / (x + 1.0) } else { 0.0 }).collect();
    let with = |z: Vec<f64>| {
        let mut table = Table::new();
        table.push("z", Column::Float(z)).unwrap();
        CustomerSummary::new(&x, &t_x, &vec![50.0; n], TimeUnit::Week)
            .unwrap()
            .with_covariates(Covariates::new(&table).unwrap())
            .unwrap()
    };
    let fit = |customers: &CustomerSummary| {
        let options = CovariateOptions::new().dropout(&[]);
        WithCovariates::<MbgNbd>::fit(customers, &options, &FitOptions::new()).unwrap()
    };
    // Beyond 30 nobody has a purchase to tell of more.
    let (customers, capped) = (with(z.clone()), with(z.iter().map(|z| z.min(30.0)).collect()));
    let model = fit(&customers);
    let (effect, expected) = (&model.coefficients()[0], fit(&capped).coefficients()[0].value);
    assert!(effect.standard_error.is_some() && expected < -0.2, "{effect:?}");
    close(effect.value, expected, 1e-2, &"coefficient");
    let purchases = model.of(&customers).unwrap().expected_purchases(&customers, 26.0).unwrap();
    assert!(purchases.iter().all(|v| v.is_finite() && *v >= 0.0));
}

#[cfg(feature = "discrete-time")]
mod contracts {
    use super::*;
    use crate::clv::covariates::ShiftedBetaGeometricWithCovariates;
    use crate::clv::{ContractualModel, ContractualProcess, ShiftedBetaGeometric};

    #[test]
    fn far_contracts_have_their_digits() {
        for row in rows(&far_customers()["sbg"]) {
            let model = ShiftedBetaGeometric::at(row.get("alpha"), row.get("beta"));
            let (n, h) = (row.get("renewals") as u64, row.get("horizon") as u64);
            let survival = model.survival_of_active(n, h, 0.9).unwrap().value;
            close(survival, row.get("survival_of_active"), 1e-9, row.0);
            let derl = model.discounted_expected_residual_lifetime(n, row.get("discount_rate"), 0.9).unwrap().value;
            close(derl, row.get("derl"), 1e-9, row.0);
        }
    }

    #[test]
    fn a_category_that_nobody_left_has_its_answers() {
        let n = 300;
        let loyal = |i: usize| i.is_multiple_of(15);
        let renewals: Vec<u64> = (0..n).map(|i| if loyal(i) { 5 } else { (i * 7 % 6) as u64 }).collect();
        let active: Vec<bool> = renewals.iter().map(|r| *r == 5).collect();
        let mut table = Table::new();
        let channel = (0..n).map(|i| if loyal(i) { "loyal" } else { "usual" }.to_owned());
        table.push("channel", Column::Text(channel.collect())).unwrap();
        let covariates = Covariates::new(&table).unwrap();
        for options in [CovariateOptions::new(), CovariateOptions::new().separate_dropout(true)] {
            let model =
                ShiftedBetaGeometricWithCovariates::fit(&renewals, &active, &covariates, &options, &FitOptions::new())
                    .unwrap();
            assert!(!model.fit_report().unwrap().warnings().is_empty());
            let survival = model.survival_of_customers(&renewals, &covariates, 12, 0.9).unwrap();
            assert!(survival[0].value > 0.99 && survival[5].value < 0.9, "{:?} {:?}", survival[0], survival[5]);
            for e in survival {
                let (low, high) = (e.interval.low, e.interval.high);
                assert!(
                    0.0 <= low && low <= e.value * (1.0 + 1e-9) && e.value <= high * (1.0 + 1e-9) && high <= 1.0,
                    "{e:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn sbg_is_finite_wherever_covariates_lead(
            alpha in -92.1..27.6_f64, beta in -92.1..27.6_f64, n in 0..100_000_u64, h in 1..500_u64,
        ) {
            let model = ShiftedBetaGeometric::at(alpha.exp(), beta.exp());
            let of = |v: crate::Result<crate::estimate::Estimate>| v.unwrap().value;
            for p in [
                of(model.retention_rate(n + 1, 0.9)),
                of(model.churn_probability(n + 1, 0.9)),
                of(model.survival(n, 0.9)),
                of(model.survival_of_active(n, h, 0.9)),
                of(model.expected_renewals(n, h, 0.9)) / h as f64 / (1.0 + 1e-9),
                of(model.discounted_expected_residual_lifetime(n, 0.02, 0.9)) / 51.0 / (1.0 + 1e-9),
            ] {
                prop_assert!((0.0..=1.0).contains(&p), "{p}");
            }
            prop_assert!(model.ln_survival(0.0, n as f64 + 1.0).is_finite());
        }
    }
}
