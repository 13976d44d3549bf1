//! Bootstrap, profile likelihood and simulation against the information, the likelihood-ratio test and the survivor function.

use super::*;
use crate::clv::contractual::tests::{LEVEL, percent};
use crate::clv::contractual::{Cohort, ContractualModel, simulate_contracts, simulate_future_renewals};
use crate::clv::{BetaDiscreteWeibull, FitReport, ShiftedBetaGeometric};
use crate::estimate::half_width;

const KINDS: [ContractualModelKind; 2] =
    [ContractualModelKind::ShiftedBetaGeometric, ContractualModelKind::BetaDiscreteWeibull];

fn report(model: &AnyContractualModel) -> FitReport {
    model.fit_report().unwrap().clone()
}

#[test]
fn bootstrap_errors_are_those_of_the_information() {
    // Data as a model says, cohorts of two ages, one of them known from its second renewal on only.
    let truth = BetaDiscreteWeibull::from_params(0.9, 3.0, 1.2).unwrap();
    let mut data = simulate_contracts(&truth, 3_000, 9, 0, 1).unwrap();
    data.merge(&simulate_contracts(&truth, 2_000, 5, 0, 2).unwrap());
    data.merge(&simulate_contracts(&truth, 1_000, 6, 2, 3).unwrap());
    for kind in KINDS {
        let boot = contract_bootstrap(kind, &data, &BootstrapOptions::new().replicates(200).seed(4)).unwrap();
        assert_eq!((boot.failed(), boot.replicates().len()), (0, 200));
        let table = boot.parameters_table(0.9).unwrap();
        let errors = table.floats("standard_error").unwrap();
        for (found, expected) in errors.iter().zip(report(boot.model()).standard_errors) {
            // 200 refits know an error to 5 %; sBG is not the model behind the data.
            assert!((found / expected.unwrap()).ln().abs() < 0.25, "{kind}: {found} {expected:?}");
        }
        let survival = boot.estimate(0.9, |m| Ok(m.survival(12, LEVEL)?.value)).unwrap();
        let normal = boot.model().survival(12, 0.9).unwrap();
        for (found, expected) in
            [(survival.interval.low, normal.interval.low), (survival.interval.high, normal.interval.high)]
        {
            assert!((found - expected).abs() < 0.35 * (normal.interval.high - normal.interval.low), "{kind}");
        }
    }
}

#[test]
fn a_resample_keeps_every_beginning_of_observation() {
    let data = Renewals::from_cohorts(&[
        Cohort::new(&[500.0, 300.0, 200.0]),
        Cohort::new(&[7.0]),
        Cohort::new(&[80.0, 60.0]).observed_from(3),
    ])
    .unwrap();
    let options = BootstrapOptions::new().replicates(20).seed(9);
    let mut random = <rand::rngs::ChaCha8Rng as rand::SeedableRng>::seed_from_u64(3);
    let resample = data.resampled(&mut random);
    assert_eq!((resample.customers(), resample.without_opportunity()), (580.0, 7.0));
    let periods = resample.by_period();
    assert_eq!((periods[0].at_risk, periods.last().unwrap().at_risk), (500.0, 80.0));
    assert_ne!(resample, data);
    let kind = ContractualModelKind::ShiftedBetaGeometric;
    let boot = contract_bootstrap(kind, &data, &options).unwrap();
    assert_eq!(boot, contract_bootstrap(kind, &data, &options).unwrap());
    assert!(contract_bootstrap(kind, &data, &options.replicates(3)).is_err());
    assert!("sbg".parse::<ContractualModelKind>().unwrap_err().to_string().contains("shifted_beta_geometric"));
}

#[test]
fn narrow_profile_intervals_are_the_asymptotic_ones() {
    let data = percent("high_end", 7);
    for kind in KINDS {
        let model = kind.fit(&data, &FitOptions::new()).unwrap();
        for (i, name) in kind.parameters().iter().enumerate() {
            let found = contract_profile_interval(kind, &data, name, &ProfileOptions::new().level(0.05)).unwrap();
            let expected = half_width(0.05) * report(&model).covariance_log[(i, i)].sqrt();
            for end in [found.interval.high / found.value, found.value / found.interval.low] {
                assert!((end.ln() / expected - 1.0).abs() < 0.03, "{kind} {name} {end} {expected}");
            }
        }
    }
}

#[test]
fn the_profile_of_c_ends_at_one_where_the_likelihood_ratio_test_says_so() {
    let data = percent("high_end", 7);
    let of = |kind: ContractualModelKind| report(&kind.fit(&data, &FitOptions::new()).unwrap());
    let (sbg, bdw) = (of(KINDS[0]), of(KINDS[1]));
    let statistic = 2.0 * (bdw.log_likelihood - sbg.log_likelihood);
    // The level at which half_width² is the statistic.
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if half_width(middle).powi(2) < statistic { low = middle } else { high = middle }
    }
    let c = contract_profile_interval(KINDS[1], &data, "c", &ProfileOptions::new().level(0.5 * (low + high))).unwrap();
    assert!(c.value > 1.0 && (c.interval.low - 1.0).abs() < 1e-5, "{c:?}");
    let unknown = contract_profile_interval(KINDS[0], &data, "c", &ProfileOptions::new().level(0.9)).unwrap_err();
    assert_eq!(unknown.to_string(), "parameter = c is not allowed: sBG has alpha, beta");
    assert!(contract_profile_interval(KINDS[0], &data, "alpha", &ProfileOptions::new().level(1.0)).is_err());
}

#[test]
fn simulated_customers_follow_the_survivor_function() {
    let model = BetaDiscreteWeibull::from_params(0.8, 2.0, 1.3).unwrap();
    let n = 1_000_000;
    for renewals in [0, 3] {
        let data = simulate_contracts(&model, n, 6, renewals, 5).unwrap();
        for period in data.by_period() {
            let rate = model.retention_rate(period.period, LEVEL).unwrap().value;
            let error = (rate * (1.0 - rate) / period.at_risk).sqrt();
            assert!((period.renewed / period.at_risk - rate).abs() < 4.0 * error, "{period:?} {rate}");
        }
    }
    let future = simulate_future_renewals(&model, &[2; 20_000], 8, 7).unwrap();
    for horizon in 1..=8 {
        let share = future.iter().filter(|k| **k >= horizon).count() as f64 / 20_000.0;
        let expected = model.survival_of_active(2, horizon, LEVEL).unwrap().value;
        assert!((share - expected).abs() < 4.0 * (expected * (1.0 - expected) / 20_000.0).sqrt(), "{horizon}");
    }
    // The same seed, the same customers; nobody depends on who else is there.
    assert_eq!(simulate_future_renewals(&model, &[2; 3], 8, 7).unwrap(), future[..3]);
    assert_eq!(simulate_contracts(&model, 100, 3, 0, 1).unwrap(), simulate_contracts(&model, 100, 3, 0, 1).unwrap());
    let sbg = ShiftedBetaGeometric::at(1e-9, 1e9);
    assert_eq!(simulate_contracts(&sbg, 100, 3, 0, 1).unwrap().by_period()[2].renewed, 100.0);
    for (customers, opportunities) in [(0, 3), (3, 0), (2_000_000_000, 1), (1, 1_000_000)] {
        assert!(simulate_contracts(&model, customers, opportunities, 0, 1).is_err());
    }
    assert!(simulate_contracts(&model, 1, 2, u64::MAX, 1).is_err());
    assert!(simulate_future_renewals(&model, &[1], 0, 1).is_err());
}
