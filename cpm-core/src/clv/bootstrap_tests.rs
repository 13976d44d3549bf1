//! The bootstrap agrees with the asymptotic standard errors where both are right.

use super::*;
use crate::clv::PurchaseModel;
use crate::{SummaryOptions, TimeUnit, datasets};

fn cdnow() -> CustomerSummary {
    datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
}

#[test]
fn resamples_have_the_size_and_the_moments_of_the_multinomial() {
    let weight = [3.0, 0.0, 1.0, 6.0];
    let (mut mean, mut square) = ([0.0; 4], [0.0; 4]);
    let n = 4_000;
    for k in 0..n {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        random.set_stream(k);
        let drawn = resample(&weight, &mut random);
        assert_eq!(drawn.iter().sum::<f64>(), 10.0);
        for i in 0..4 {
            mean[i] += drawn[i] / n as f64;
            square[i] += drawn[i] * drawn[i] / n as f64;
        }
    }
    for i in 0..4 {
        let p = weight[i] / 10.0;
        assert!((mean[i] - weight[i]).abs() < 0.1);
        assert!((square[i] - mean[i] * mean[i] - 10.0 * p * (1.0 - p)).abs() < 0.15, "{i}");
    }
}

#[test]
fn standard_errors_are_those_of_the_information() {
    let customers = cdnow();
    for kind in [PurchaseModelKind::Nbd, PurchaseModelKind::BgNbd] {
        let boot = bootstrap(kind, &customers, &BootstrapOptions::new().replicates(60).seed(2)).unwrap();
        assert_eq!(boot.failed(), 0);
        let table = boot.parameters_table(0.9).unwrap();
        let errors = table.floats("standard_error").unwrap();
        let asymptotic = &boot.model().fit_report().unwrap().standard_errors;
        for (found, expected) in errors.iter().zip(asymptotic) {
            // CDNOW is not quite what the models assume, and 60 refits know an error to some 10 %.
            assert!((found / expected.unwrap()).ln().abs() < 0.5, "{kind}: {found} {expected:?}");
        }
        let (low, high) = (table.floats("low").unwrap(), table.floats("high").unwrap());
        for (i, (_, value)) in boot.model().parameters().into_iter().enumerate() {
            assert!(low[i] < value && value < high[i]);
        }
        let one = boot.estimate(0.9, |m| m.expected_purchases_new_customer(52.0)).unwrap();
        assert!(one.interval.low < one.value && one.value < one.interval.high);
    }
}

#[test]
fn a_seed_is_a_bootstrap_and_bad_options_say_so() {
    let customers = cdnow();
    let of = |seed| {
        bootstrap(PurchaseModelKind::Nbd, &customers, &BootstrapOptions::new().replicates(20).seed(seed)).unwrap()
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    assert!(of(1).estimate(1.0, |_| Ok(1.0)).is_err() && of(1).parameters_table(0.0).is_err());
    let few = BootstrapOptions::new().replicates(5);
    assert!(bootstrap(PurchaseModelKind::Nbd, &customers, &few).unwrap_err().to_string().contains("replicates = 5"));
}

#[test]
fn spend_is_refitted_to_the_same_uncertainty() {
    let customers = cdnow();
    let boot = spend_bootstrap(&customers, &BootstrapOptions::new().replicates(40).seed(5)).unwrap();
    assert_eq!((boot.failed(), boot.replicates().len()), (0, 40));
    let table = boot.parameters_table(0.9).unwrap();
    let (low, high) = (table.floats("low").unwrap(), table.floats("high").unwrap());
    for (i, (_, value)) in boot.model().parameters().into_iter().enumerate() {
        assert!(low[i] < value && value < high[i]);
    }
    // The mean of the population is known to some 2 %.
    let mean = boot.estimate(0.9, |m| Ok(m.population_mean())).unwrap();
    assert!(mean.interval.high / mean.interval.low < 1.2 && mean.interval.low < mean.value);
    let error = spend_bootstrap(&customers, &BootstrapOptions::new().k(2)).unwrap_err();
    assert!(error.to_string().contains("Gamma-Gamma has no k"));
}

#[test]
fn a_row_of_weight_w_is_w_customers() {
    let (x, t_x, t) = ([0.0, 1.0, 3.0, 6.0, 2.0], [0.0, 4.0, 20.0, 28.0, 9.0], [30.0, 32.0, 35.0, 38.0, 29.0]);
    let weights = [30.0, 14.0, 6.0, 4.0, 9.0];
    let grouped = CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap();
    let repeat = |v: &[f64]| -> Vec<f64> {
        v.iter().zip(weights).flat_map(|(v, w)| std::iter::repeat_n(*v, w as usize)).collect()
    };
    let each = CustomerSummary::new(&repeat(&x), &repeat(&t_x), &repeat(&t), TimeUnit::Week).unwrap();
    let options = BootstrapOptions::new().replicates(20).seed(2);
    let of_each = bootstrap(PurchaseModelKind::Nbd, &each, &options).unwrap();
    let of_rows = bootstrap(PurchaseModelKind::Nbd, &grouped, &options.clone().weights(&weights)).unwrap();
    assert_eq!(of_each, of_rows);
    let wrong = bootstrap(PurchaseModelKind::Nbd, &grouped, &options.weights(&[1.0])).unwrap_err();
    assert!(wrong.to_string().contains("weights"));
}

#[cfg(feature = "more-models")]
#[test]
fn regular_models_choose_k_again_unless_it_is_given() {
    use crate::clv::{GammaGamma, MbgCnbd, SimulationPlan};
    let truth = MbgCnbd::from_params(3, 2.0, 5.0, 0.9, 2.5).unwrap();
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let plan = SimulationPlan::new(300, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(1);
    let log = truth.simulate(&spend, &plan).unwrap();
    let merged = SummaryOptions::new().merge_within("hour".parse().unwrap());
    let customers = log.summarize(&merged).unwrap();
    let of = |kind, options: &BootstrapOptions| bootstrap(kind, &customers, options).unwrap();
    let options = BootstrapOptions::new().replicates(20).seed(4);
    for kind in [PurchaseModelKind::BgCnbd, PurchaseModelKind::MbgCnbd] {
        let chosen = of(kind, &options);
        assert_eq!(chosen.failed(), 0);
        let near = chosen.model().k();
        assert!(chosen.replicates().iter().all(|m| m.k().abs_diff(near) <= 2), "{kind}");
        let next = of(kind, &options.clone().k(2));
        assert!(next.replicates().iter().all(|m| m.k() == 2));
        let table = next.parameters_table(0.9).unwrap();
        let (low, high) = (table.floats("low").unwrap(), table.floats("high").unwrap());
        assert!((0..4).all(|i| low[i] < high[i]));
    }
    let error = bootstrap(PurchaseModelKind::Nbd, &customers, &options.k(2)).unwrap_err();
    assert!(error.to_string().contains("NBD has no k"));
    // What fails is said with its reason.
    let without =
        CustomerSummary::new(customers.frequency(), customers.recency(), customers.T(), TimeUnit::Week).unwrap();
    let error = bootstrap(PurchaseModelKind::MbgCnbd, &without, &BootstrapOptions::new()).unwrap_err();
    assert!(error.to_string().contains("ln_gaps"), "{error}");
}
