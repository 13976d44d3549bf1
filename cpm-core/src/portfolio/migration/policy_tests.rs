use ndarray::array;
use proptest::prelude::*;

use super::*;

fn states(k: usize) -> Vec<String> {
    (0..k).map(|i| format!("s{i}")).collect()
}

#[test]
fn pfeifer_and_carraway_do_not_write_to_recency_four() {
    let lost = [0.0, 0.0, 0.0, 0.0, 1.0];
    let write = MarkovAction {
        name: "write".into(),
        probabilities: array![
            [0.30, 0.70, 0.00, 0.00, 0.00],
            [0.20, 0.00, 0.80, 0.00, 0.00],
            [0.15, 0.00, 0.00, 0.85, 0.00],
            [0.05, 0.00, 0.00, 0.00, 0.95],
            lost
        ],
        rewards: vec![36.0, -4.0, -4.0, -4.0, 0.0],
    };
    let stop = MarkovAction {
        name: "stop".into(),
        probabilities: array![lost, lost, lost, lost, lost],
        rewards: vec![40.0, 0.0, 0.0, 0.0, 0.0],
    };
    let policy = contact_policy(states(5), &[stop, write], 0.2).unwrap();
    assert_eq!(policy.actions, ["write", "write", "write", "stop", "stop"]);
    // NumPy, with writing in states 1 to 3 only.
    let expected = [53.149_425_287_356_316, 6.620_689_655_172_415, 2.643_678_160_919_540_3, 0.0, 0.0];
    for (found, expected) in policy.values.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-10, "{found} {expected}");
    }
    assert_eq!(policy.margins[4], 0.0);
    assert!((policy.margins[3] - (4.0 - 0.05 * expected[0] / 1.2)).abs() < 1e-10);
    assert_eq!(policy.to_table().unwrap().rows(), 5);
}

#[test]
fn unusable_actions_are_named() {
    let action = |p, rewards| MarkovAction { name: "a".into(), probabilities: p, rewards };
    let of = |a| contact_policy(states(2), &[a], 0.1).unwrap_err().to_string();
    assert!(of(action(array![[0.5, 0.6], [0.0, 1.0]], vec![1.0, 0.0])).contains("sum to 1"));
    assert!(of(action(array![[0.5, 0.5], [0.0, 1.0]], vec![1.0])).contains("rewards"));
    assert!(contact_policy(states(2), &[], 0.1).is_err());
    let one = action(array![[0.5, 0.5], [0.0, 1.0]], vec![1.0, 0.0]);
    assert!(contact_policy(states(2), std::slice::from_ref(&one), 0.0).is_err());
    assert_eq!(contact_policy(states(2), &[one], 0.1).unwrap().margins, [0.0, 0.0]);
}

proptest! {
    /// Every one of the 3^3 policies is worth at most as much, in every state.
    #[test]
    fn no_policy_is_better(cells in prop::collection::vec(0.01..1.0_f64, 27), rewards in prop::collection::vec(-10.0..10.0_f64, 9), d in 0.01..1.0_f64) {
        let action = |a: usize| {
            let mut p = Array2::from_shape_fn((3, 3), |(i, j)| cells[9 * a + 3 * i + j]);
            for mut row in p.rows_mut() {
                let sum = row.sum();
                row /= sum;
            }
            MarkovAction { name: a.to_string(), probabilities: p, rewards: rewards[3 * a..3 * a + 3].to_vec() }
        };
        let actions: Vec<MarkovAction> = (0..3).map(action).collect();
        let best = contact_policy(states(3), &actions, d).unwrap();
        for code in 0..27_usize {
            let choice = [code % 3, code / 3 % 3, code / 9];
            let step = Array2::from_shape_fn((3, 3), |(i, j)| actions[choice[i]].probabilities[(i, j)] / (1.0 + d));
            let reward: Array1<f64> = (0..3).map(|i| actions[choice[i]].rewards[i]).collect();
            for (value, best) in visits(&step, d).unwrap().dot(&reward).iter().zip(&best.values) {
                prop_assert!(*value <= best + 1e-9 * (1.0 + best.abs()));
            }
        }
    }
}
