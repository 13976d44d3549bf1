use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::error::Error;
use crate::portfolio::{DrawOptions, Measured};
use crate::transactions::Timestamp;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/goals.json")).unwrap()
}

fn of<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found} against {expected}");
}

const DAY: fn(i64) -> Timestamp = Timestamp::from_days;

#[test]
fn forecasts_equal_least_squares() {
    for case in golden()["forecasts"].as_array().unwrap() {
        let days: Vec<i64> = of(&case["days"]);
        let values: Vec<f64> = of(&case["values"]);
        let path = if of(&case["compound"]) { GoalPath::Compound } else { GoalPath::Linear };
        let goal = Goal::new("x", values[0], of(&case["target"]), DAY(0), DAY(of(&case["goal_day"])), path).unwrap();
        let times: Vec<Timestamp> = days.iter().map(|d| DAY(*d)).collect();
        let found = forecast_goal(&goal, &times, &values, 0.9).unwrap();
        close(found.expected.value, of(&case["expected"]), 1e-10);
        close(found.expected.interval.low, of(&case["low"]), 1e-8);
        close(found.expected.interval.high, of(&case["high"]), 1e-8);
        close(found.probability, of(&case["probability"]), 1e-8);
        // The required trend ends at the target.
        let last = values[values.len() - 1];
        let end = match path {
            GoalPath::Linear => last + found.required_trend * found.days,
            GoalPath::Compound => last * (1.0 + found.required_trend).powf(found.days),
        };
        close(end, goal.target(), 1e-10);
    }
}

#[test]
fn levers_equal_root_finding() {
    for case in golden()["levers"].as_array().unwrap() {
        let [margin, purchases, retention, discount]: [f64; 4] = of(&case["arguments"]);
        let drivers = ClvDrivers {
            margin: margin.into(),
            purchases: purchases.into(),
            retention: retention.into(),
            discount,
            periods: of(&case["periods"]),
        };
        close(drivers.value().unwrap(), of(&case["value"]), 1e-11);
        let limits = [9.0 * margin, 9.0 * purchases, 1.0];
        let options = DrawOptions::new().draws(100);
        let (gap, needed, value) = close_clv_gap(&drivers, of(&case["rise"]), limits, &options).unwrap();
        close(gap.alone[0].needed.unwrap(), of(&case["margin"]), 1e-10);
        close(gap.alone[2].needed.unwrap(), of(&case["retention"]), 1e-10);
        close(gap.alone[1].needed.unwrap() / purchases, gap.alone[0].needed.unwrap() / margin, 1e-12);
        close(gap.alone[0].elasticity.unwrap(), 1.0, 1e-6);
        // Nothing is uncertain: the intervals are points.
        assert_eq!((needed[2].low, needed[2].high), (gap.alone[2].needed, gap.alone[2].needed));
        assert_eq!(value.interval.low, value.value);
    }
    // m·r/(1 + d − r): the elasticity of retention is (1 + d)/(1 + d − r).
    let drivers =
        ClvDrivers { margin: 1.0.into(), purchases: 1.0.into(), retention: 0.8.into(), discount: 0.1, periods: None };
    let (gap, ..) = close_clv_gap(&drivers, 0.1, [2.0, 2.0, 0.99], &DrawOptions::new().draws(100)).unwrap();
    close(gap.alone[2].elasticity.unwrap(), 1.1 / 0.3, 1e-6);
}

#[test]
fn uncertain_drivers_give_intervals() {
    let drivers = ClvDrivers {
        margin: Measured::new(25.0, 2.0),
        purchases: Measured::new(4.0, 0.3),
        retention: Measured::new(0.8, 0.03),
        discount: 0.1,
        periods: None,
    };
    let options = DrawOptions::new().draws(400).seed(3);
    let (gap, needed, value) = close_clv_gap(&drivers, 0.15, [28.0, 5.0, 0.95], &options).unwrap();
    // 28 is just below 25·1.15: out of reach, and at the low end of the draws it is not.
    assert!(
        gap.alone[0].needed.is_none()
            && needed[0].value.is_none()
            && needed[0].low.is_some()
            && needed[0].high.is_none()
    );
    assert!(needed[2].low.unwrap() < needed[2].value.unwrap() && needed[2].value.unwrap() < needed[2].high.unwrap());
    assert!(value.interval.low < value.value && value.value < value.interval.high);
    let again = close_clv_gap(&drivers, 0.15, [28.0, 5.0, 0.95], &options).unwrap();
    assert_eq!(again.1, needed);
}

#[test]
fn status_follows_the_interval() {
    let goal = Goal::new("churn", 0.30, 0.20, DAY(0), DAY(100), GoalPath::Linear).unwrap();
    let at = |value, error| goal.status(Measured::new(value, error), DAY(50), 0.95).unwrap();
    assert_eq!(at(0.25, 0.0).state, GoalState::OnTrack); // exactly on the path
    assert_eq!(at(0.24, 0.001).state, GoalState::OnTrack);
    assert_eq!(at(0.24, 0.02).state, GoalState::Undecided);
    assert_eq!(at(0.29, 0.01).state, GoalState::Behind);
    assert_eq!(at(0.18, 0.005).state, GoalState::Reached);
    let status = at(0.29, 0.01);
    assert!(status.progress.interval.low < 0.1 && status.progress.interval.high > 0.1);
    close(status.progress.value, 0.1, 1e-12);
    for pair in golden()["on_path"].as_array().unwrap() {
        let [z, p]: [f64; 2] = of(pair);
        close(at(0.25 - 0.01 * z, 0.01).on_path, p, 1e-9);
    }
    let grow = Goal::new("x", 100.0, 400.0, DAY(0), DAY(100), GoalPath::Compound).unwrap();
    close(grow.required(DAY(50)), 200.0, 1e-14);
    assert_eq!((grow.required(DAY(-9)), grow.required(DAY(999))), (100.0, 400.0));
    assert_eq!(GoalState::Undecided.name(), "undecided");
}

#[test]
fn bad_goals_are_named() {
    let new = |b, t, s, d, path| Goal::new("x", b, t, DAY(s), DAY(d), path);
    assert!(new(1.0, 1.0, 0, 1, GoalPath::Linear).is_err());
    assert!(new(f64::NAN, 1.0, 0, 1, GoalPath::Linear).is_err());
    assert!(new(1.0, 2.0, 1, 1, GoalPath::Linear).is_err());
    assert!(new(0.0, 2.0, 0, 1, GoalPath::Compound).is_err());
    let goal = new(1.0, 2.0, 0, 10, GoalPath::Linear).unwrap();
    assert!(goal.status(Measured::new(1.0, -1.0), DAY(3), 0.9).is_err());
    assert!(goal.status(1.0.into(), DAY(3), 1.0).is_err());
    let of = |days: &[i64], values: &[f64]| {
        forecast_goal(&goal, &days.iter().map(|d| DAY(*d)).collect::<Vec<_>>(), values, 0.9)
    };
    assert!(matches!(of(&[0, 1], &[1.0, 2.0]), Err(Error::NotIdentified { .. })));
    assert!(matches!(of(&[0, 1, 1], &[1.0, 2.0, 3.0]), Err(Error::InvalidValue { row: 2, .. })));
    assert!(matches!(of(&[0, 1, 2], &[1.0, f64::NAN, 3.0]), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matches!(of(&[0, 1, 2], &[1.0, 2.0]), Err(Error::LengthMismatch { .. })));
    assert!(of(&[0, 1, 11], &[1.0, 2.0, 3.0]).is_err());
    // Without scatter nothing is left to chance; at the date nothing is left to time.
    assert_eq!(of(&[0, 1, 2], &[1.0, 1.1, 1.2]).unwrap().probability, 1.0);
    assert_eq!(of(&[0, 1, 2], &[1.0, 1.05, 1.1]).unwrap().probability, 0.0);
    let done = of(&[0, 5, 10], &[1.0, 1.9, 2.1]).unwrap();
    assert_eq!((done.probability, done.expected.interval.low, done.required_trend), (1.0, 2.1, 0.0));
    let lever = |value, limit| [Lever::new("x", value, limit)];
    assert!(close_gap(|x| Ok(x[0]), &[], 1.0).is_err());
    assert!(close_gap(|x| Ok(x[0]), &lever(1.0, f64::INFINITY), 1.0).is_err());
    assert!(close_gap(|x| Ok(x[0]), &lever(1.0, 2.0), f64::NAN).is_err());
    assert!(close_gap(|_| Ok(f64::NAN), &lever(1.0, 2.0), 1.0).is_err());
    let drivers =
        ClvDrivers { margin: 1.0.into(), purchases: 1.0.into(), retention: 0.8.into(), discount: 0.0, periods: None };
    assert!(drivers.value().is_err());
    assert_eq!(ClvDrivers { retention: 1.0.into(), periods: Some(5), ..drivers }.value().unwrap(), 5.0);
    let fine = ClvDrivers { discount: 0.1, ..drivers };
    for (rise, limits) in [(0.0, [2.0, 2.0, 0.9]), (0.1, [0.5, 2.0, 0.9]), (0.1, [2.0, 2.0, 1.1])] {
        assert!(close_clv_gap(&fine, rise, limits, &DrawOptions::new()).is_err());
    }
}

proptest! {
    /// What is said to be needed is enough, and hardly more than enough.
    #[test]
    fn levers_reach_the_target(a in 0.1_f64..50.0, b in 0.1_f64..50.0, more in 1.0_f64..4.0, goal in 0.2_f64..5.0) {
        let metric = |x: &[f64]| Ok(x[0].sqrt() * x[1] / (1.0 + x[1]));
        let target = metric(&[a, b]).unwrap() * goal;
        // Upward and downward.
        let limit = |v: f64| if goal >= 1.0 { v * more } else { v / more };
        let gap = close_gap(metric, &[Lever::new("a", a, limit(a)), Lever::new("b", b, limit(b))], target).unwrap();
        let enough = |v: f64| if goal >= 1.0 { v >= target * (1.0 - 1e-9) } else { v <= target * (1.0 + 1e-9) };
        for (k, answer) in gap.alone.iter().enumerate() {
            let mut at = [a, b];
            match answer.needed {
                Some(needed) => {
                    at[k] = needed;
                    let reached = metric(&at).unwrap();
                    prop_assert!(enough(reached) && (reached / target - 1.0).abs() < 1e-9);
                }
                None => prop_assert!(!enough(answer.at_limit)),
            }
        }
        if gap.alone.iter().any(|l| l.needed.is_some()) {
            prop_assert!(gap.together.is_some());
        }
    }
}
