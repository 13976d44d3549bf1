//! The next purchase time: it inverts P(no purchase), and "never" is where that ends.

use super::*;
use crate::clv::{BgNbd, GGompertzNbd, MbgNbd, Nbd, ParetoNbd, PurchaseModel};
use crate::golden::close;
use crate::summary::TimeUnit;

fn models() -> Vec<Box<dyn PurchaseProcess>> {
    vec![
        Box::new(BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(MbgNbd::from_params(0.525, 6.183, 0.891, 1.614).unwrap()),
        Box::new(ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669).unwrap()),
        Box::new(Nbd::from_params(0.385, 12.07).unwrap()),
        Box::new(GGompertzNbd::from_params(0.553, 10.578, 0.02, 0.606, 0.3).unwrap()),
    ]
}

const HISTORIES: [History; 5] = [
    History::NEW,
    History::new(0.0, 0.0, 38.86),
    History::new(2.0, 30.43, 38.86),
    History::new(26.0, 30.86, 31.0),
    History::new(5.0, 3.0, 300.0),
];

#[test]
fn quantiles_invert_the_probability_of_silence() {
    for model in models() {
        for h in HISTORIES {
            let never = model.never_again(h);
            assert!((0.0..=1.0).contains(&never), "{model:?} {h:?} {never}");
            for probability in [0.05, 0.5, 0.95] {
                match quantile(model.as_ref(), h, probability) {
                    Some(t) => close(model.no_purchase(h, t), 1.0 - probability, 1e-9, &format!("{model:?} {h:?}")),
                    None => assert!(never >= 1.0 - probability),
                }
            }
        }
    }
}

#[test]
fn never_is_the_limit_of_silence() {
    for model in models() {
        for h in HISTORIES {
            let never = model.never_again(h);
            let late = model.no_purchase(h, 1e30);
            assert!(late >= never - 1e-12 && late - never < 1e-6, "{model:?} {h:?} {never} {late}");
        }
    }
    // Pareto/NBD with α = β: the hazards are R : s all along, so death comes first with probability s/(R + s).
    let model = ParetoNbd::from_params(1.5, 7.0, 0.5, 7.0).unwrap();
    close(model.never_again(History::NEW), 0.25, 1e-13, &"alpha = beta");
}

#[test]
fn intervals_hold_the_uncertainty_of_the_parameters() {
    let customers = crate::datasets::cdnow_sample()
        .unwrap()
        .summarize(&crate::SummaryOptions::new().as_of("1997-09-30").unwrap())
        .unwrap();
    let model = BgNbd::fit(&customers, &crate::FitOptions::new()).unwrap();
    let next = model.next_purchase(&customers, 0.9).unwrap();
    for (i, c) in next.customers().iter().enumerate() {
        assert!(c.never.interval.low <= c.never.value && c.never.value <= c.never.interval.high);
        if let (Some(low), Some(median)) = (c.low, c.median) {
            assert!(low < median, "{i}");
        }
        if let (Some(median), Some(high)) = (c.median, c.high) {
            assert!(median < high, "{i}");
        }
    }
    let table = next.to_table().unwrap();
    assert_eq!((table.rows(), table.columns().count()), (2_357, 7));
    assert_eq!(next.level(), 0.9);
    assert!(model.next_purchase(&customers, 1.0).unwrap_err().to_string().contains("level"));
}

#[test]
fn bad_arguments() {
    let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap();
    let customers = crate::CustomerSummary::new(&[2.0], &[30.43], &[38.86], TimeUnit::Week).unwrap();
    let message = |e: crate::Error| e.to_string();
    assert!(message(model.next_purchase_quantile(&customers, 0.0).unwrap_err()).contains("probability = 0"));
    assert!(message(model.expected_purchases_between(&customers, 5.0, 5.0).unwrap_err()).contains("start = 5"));
    assert!(message(model.expected_purchases_between(&customers, -1.0, 5.0).unwrap_err()).contains("start = -1"));
    assert!(message(model.probability_of_purchases(&customers, 1, f64::NAN).unwrap_err()).contains("horizon"));
    assert!(message(model.discounted_residual_transactions(&customers, 0.0, None).unwrap_err()).contains("horizon"));
    assert!(message(model.discounted_residual_transactions(&customers, -0.1, Some(5.0)).unwrap_err()).contains("-0.1"));
    assert!(message(model.track(&customers, 0, 1.0, 0.95).unwrap_err()).contains("periods = 0"));
}
