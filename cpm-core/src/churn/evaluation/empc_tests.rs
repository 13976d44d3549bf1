//! EMPC and MPC against published values and numerical integration.

use super::super::scored::tests::{churned, golden};
use super::*;
use crate::golden::Row;

fn scored(labels: &[u8], scores: &[f64]) -> ScoredCustomers {
    ScoredCustomers::new(&labels.iter().map(|l| *l == 1).collect::<Vec<_>>(), scores).unwrap()
}

#[test]
fn empc_of_the_published_example() {
    // Verbraken, Verbeke & Baesens 2013, cross-checked against two implementations.
    let labels = [1, 1, 0, 0, 0, 1, 1, 1, 1, 0];
    let scores =
        [0.6125478, 0.364271, 0.4321361, 0.1402911, 0.3848959, 0.2444155, 0.9706413, 0.8901728, 0.7817814, 0.8687518];
    let value = |labels: &[u8], scores: &[f64]| {
        scored(labels, scores).expected_maximum_profit(&EmpcOptions::new(), 0.95).unwrap().profit.value
    };
    assert!((value(&labels, &scores) - 30.300_322_262_984_8).abs() < 1e-9, "{}", value(&labels, &scores));
    assert!((value(&[1, 0], &[0.9, 0.1]) - 28.0).abs() < 1e-9);
    assert!((value(&[1, 0], &[0.5, 0.5]) - 22.500_791_224_451_1).abs() < 1e-9);
}

#[test]
fn profits_by_numerical_integration() {
    let golden = golden();
    let case = Row(&golden["cases"][0]);
    let scored = ScoredCustomers::new(&churned(&case), &case.list("p")).unwrap();
    let other = EmpcOptions::new().acceptance(2.5, 1.5).clv(60.0).costs(12.0, 0.5);
    for (options, name) in [(EmpcOptions::new(), ""), (other, "_other")] {
        let empc = scored.expected_maximum_profit(&options, 0.95).unwrap();
        let expected = case.get(&format!("empc{name}"));
        assert!((empc.profit.value - expected).abs() < 1e-9 * expected, "{empc:?} {expected}");
        assert!(empc.profit.interval.low < expected && empc.profit.interval.high > expected);
        let mpc = scored.maximum_profit(&options, 0.95).unwrap();
        assert!((mpc.profit.value - case.get(&format!("mpc{name}"))).abs() < 1e-12, "{mpc:?}");
        // Knowing the acceptance rate afterwards, as EMPC does, can only help.
        assert!(empc.profit.value >= mpc.profit.value);
    }
}

#[test]
fn the_interval_is_that_of_a_mean() {
    // A perfect score: half the base earns 0.3 · 190 − 1 = 56, the other half nothing.
    let labels: Vec<u8> = (0..100).map(|i| i % 2).collect();
    let scores: Vec<f64> = labels.iter().map(|l| f64::from(*l)).collect();
    let mpc = scored(&labels, &scores).maximum_profit(&EmpcOptions::new(), 0.95).unwrap();
    assert!((mpc.profit.value - 28.0).abs() < 1e-12 && mpc.fraction == 0.5);
    let reach = 1.959_963_984_540_054 * 28.0 / 99_f64.sqrt();
    assert!((mpc.profit.interval.high - 28.0 - reach).abs() < 1e-9, "{mpc:?}");
}

#[test]
fn an_offer_that_never_pays_is_made_to_nobody() {
    let options = EmpcOptions::new().clv(11.0).costs(10.0, 5.0);
    let empc = scored(&[1, 0, 1], &[0.9, 0.1, 0.4]).expected_maximum_profit(&options, 0.95).unwrap();
    assert_eq!((empc.profit.value, empc.fraction), (0.0, 0.0));
    for wrong in [options.clv(5.0), options.clv(-1.0), options.acceptance(0.0, 1.0), options.costs(-1.0, 0.0)] {
        assert!(scored(&[1, 0], &[0.9, 0.1]).maximum_profit(&wrong, 0.95).is_err(), "{wrong:?}");
    }
}
