//! The bootstrap agrees with the asymptotic standard errors where both are right.

use super::*;
use crate::clv::PurchaseModel;
use crate::{SummaryOptions, datasets};

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
