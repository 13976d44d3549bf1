use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::Value;

use super::{Activity, Allocation, Objective, Response};
use crate::error::Error;

fn golden(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../tests/golden/allocation.json")).unwrap();
    all[section].as_array().unwrap().clone()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn exponentials(case: &Value) -> Vec<Activity> {
    let (ceiling, rate) = (list(&case["ceiling"]), list(&case["rate"]));
    let of = |i: usize| Activity::new(format!("a{i}"), Response::exponential(ceiling[i], rate[i]).unwrap());
    (0..ceiling.len()).map(of).collect()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} against {expected}");
}

#[test]
fn equal_to_cvxpy() {
    for case in golden("exponential") {
        let (low, high) = (list(&case["minimum"]), list(&case["maximum"]));
        let activities =
            exponentials(&case).into_iter().enumerate().map(|(i, a)| a.minimum(low[i]).maximum(high[i])).collect();
        let mut problem = Allocation::new(activities, case["budget"].as_f64().unwrap());
        if case["use"].is_array() {
            problem = problem.limit("hours", &list(&case["use"]), case["limit"].as_f64().unwrap());
        }
        if case["covariance"].is_array() {
            let rows: Vec<Vec<f64>> = case["covariance"].as_array().unwrap().iter().map(list).collect();
            let covariance = Array2::from_shape_fn((low.len(), low.len()), |(i, j)| rows[i][j]);
            problem = problem.risk(covariance, case["sd"].as_f64().unwrap());
        }
        let plan = problem.solve().unwrap();
        close(plan.value(), case["value"].as_f64().unwrap(), 1e-8);
        plan.spend().iter().zip(list(&case["spend"])).for_each(|(x, e)| close(*x, e, 1e-5));
        plan.limits().iter().zip(list(&case["prices"])).for_each(|(l, e)| close(l.shadow_price, e, 1e-5));
        let proof = plan.certificate();
        assert!(proof.stationarity < 1e-7 && proof.feasibility < 1e-8, "{proof:?}");
        assert!(proof.complementarity < 1e-9 && proof.gap < 1e-9 && proof.problems == 1, "{proof:?}");
    }
}

#[test]
fn adbudg_with_an_infinite_slope_at_zero() {
    for case in golden("concave_adbudg") {
        let (c, half, high) = (list(&case["c"]), list(&case["half"]), list(&case["high"]));
        let of = |i: usize| Activity::new(format!("a{i}"), Response::adbudg(0.0, high[i], c[i], half[i]).unwrap());
        let plan = Allocation::new((0..c.len()).map(of).collect(), case["budget"].as_f64().unwrap()).solve().unwrap();
        close(plan.value(), case["value"].as_f64().unwrap(), 1e-9);
        plan.spend().iter().zip(list(&case["spend"])).for_each(|(x, e)| close(*x, e, 1e-4));
        assert!(plan.certificate().stationarity < 1e-7, "{:?}", plan.certificate());
    }
}

#[test]
fn measured_uplift() {
    for case in golden("piecewise") {
        let (x, y) = (case["spends"].as_array().unwrap(), case["responses"].as_array().unwrap());
        let of =
            |i: usize| Activity::new(format!("a{i}"), Response::piecewise_linear(&list(&x[i]), &list(&y[i])).unwrap());
        let plan = Allocation::new((0..x.len()).map(of).collect(), case["budget"].as_f64().unwrap()).solve().unwrap();
        close(plan.value(), case["value"].as_f64().unwrap(), 1e-8);
        close(plan.marginal_value_of_budget(), case["price"].as_f64().unwrap(), 1e-6);
        assert!(plan.certificate().stationarity < 1e-7, "{:?}", plan.certificate());
    }
}

#[test]
fn s_shaped_responses_find_the_global_optimum() {
    for case in golden("s_shaped") {
        let (c, half, high) = (list(&case["c"]), list(&case["half"]), list(&case["high"]));
        let of = |i: usize| Activity::new(format!("a{i}"), Response::adbudg(0.0, high[i], c[i], half[i]).unwrap());
        let plan = Allocation::new((0..c.len()).map(of).collect(), case["budget"].as_f64().unwrap()).solve().unwrap();
        let expected = case["value"].as_f64().unwrap();
        assert!(plan.value() >= expected * (1.0 - 1e-8), "{} against {expected}", plan.value());
        let proof = plan.certificate();
        assert!(proof.bound >= expected * (1.0 - 1e-9) && proof.gap < 1e-6, "{proof:?}");
        assert!(proof.stationarity < 1e-6 && proof.feasibility < 1e-8, "{proof:?}");
    }
}

#[test]
fn fixed_costs_are_paid_where_they_pay() {
    for case in golden("fixed_costs") {
        let fixed = list(&case["fixed"]);
        let activities = exponentials(&case).into_iter().enumerate().map(|(i, a)| a.fixed_cost(fixed[i])).collect();
        let plan = Allocation::new(activities, case["budget"].as_f64().unwrap()).solve().unwrap();
        close(plan.value(), case["value"].as_f64().unwrap(), 1e-7);
        for (x, on) in plan.spend().iter().zip(list(&case["on"])) {
            assert_eq!(*x > 1e-6, on == 1.0);
        }
        assert!(plan.certificate().gap < 1e-7 && plan.spent() <= case["budget"].as_f64().unwrap() * (1.0 + 1e-8));
    }
}

#[test]
fn profit_keeps_money_that_does_not_earn_itself_back() {
    let activity = || Activity::new("mail", Response::exponential(100.0, 0.05).unwrap());
    let plan = Allocation::new(vec![activity()], 500.0).objective(Objective::Profit).solve().unwrap();
    // 100 · 0.05 · exp(-0.05 x) = 1.
    close(plan.spend()[0], 5.0_f64.ln() / 0.05, 1e-8);
    close(plan.marginal_value_of_budget(), 0.0, 1e-8);
    // A fixed cost above what can be earned is not paid.
    let plan = Allocation::new(vec![activity().fixed_cost(70.0)], 500.0).objective(Objective::Profit).solve().unwrap();
    assert_eq!((plan.spend()[0], plan.spent()), (0.0, 0.0));
}

#[test]
fn what_cannot_be_kept_is_named_with_its_amount() {
    let two = |low: f64| -> Vec<Activity> {
        let of = |name: &str| Activity::new(name, Response::exponential(9.0, 0.1).unwrap()).minimum(low);
        vec![of("a"), of("b")]
    };
    let needed = |error: Error| match error {
        Error::Infeasible { constraint, needed, available, .. } => (constraint, needed, available),
        other => panic!("{other}"),
    };
    let (name, least, allowed) = needed(Allocation::new(two(30.0), 50.0).solve().unwrap_err());
    assert!(name.contains("`budget`"), "{name}");
    assert!((least - 60.0).abs() < 1e-9 && allowed == 50.0, "{least}");
    let problem = Allocation::new(two(30.0), 100.0).limit("cash", &[1.0, 0.5], 40.0);
    let (name, least, _) = needed(problem.solve().unwrap_err());
    assert!(name.contains("`cash`") && (least - 45.0).abs() < 1e-6, "{name} {least}");
    // At least 80 must be spent: together with a budget of 70 nothing is left.
    let problem = Allocation::new(two(1.0), 70.0).limit("at least", &[-1.0, -1.0], -80.0);
    let (name, least, allowed) = needed(problem.solve().unwrap_err());
    assert!(name.contains("`at least`") && (least + 70.0).abs() < 1e-6 && allowed == -80.0, "{name} {least}");
    let problem = Allocation::new(two(30.0), 100.0).risk(array![[1.0, 0.0], [0.0, 1.0]], 40.0);
    let (name, least, _) = needed(problem.solve().unwrap_err());
    assert!(name.contains("`risk`") && (least - 1800.0_f64.sqrt()).abs() < 1e-6, "{name} {least}");
    let message = Allocation::new(two(30.0), 50.0).solve().unwrap_err().to_string();
    assert!(message.contains("10 too little"), "{message}");
}

#[test]
fn limits_that_just_fit() {
    let a = |name: &str| Activity::new(name, Response::exponential(9.0, 0.1).unwrap()).minimum(25.0);
    let plan = Allocation::new(vec![a("a"), a("b")], 50.0).solve().unwrap();
    plan.spend().iter().for_each(|x| close(*x, 25.0, 1e-6));
    let free = Activity::new("a", Response::exponential(9.0, 0.1).unwrap());
    let plan = Allocation::new(vec![free], 0.0).solve().unwrap();
    assert_eq!(plan.value(), 0.0);
}

#[test]
fn bad_numbers_are_refused() {
    let a = || Activity::new("a", Response::exponential(9.0, 0.1).unwrap());
    let wrong = [
        Allocation::new(vec![], 1.0),
        Allocation::new(vec![a(), a()], 1.0),
        Allocation::new(vec![a()], -1.0),
        Allocation::new(vec![a()], f64::NAN),
        Allocation::new(vec![a().minimum(2.0).maximum(1.0)], 1.0),
        Allocation::new(vec![a().value(0.0)], 1.0),
        Allocation::new(vec![a().fixed_cost(-1.0)], 1.0),
        Allocation::new(vec![a()], 1.0).limit("cash", &[1.0, 2.0], 1.0),
        Allocation::new(vec![a()], 1.0).limit("cash", &[f64::NAN], 1.0),
        Allocation::new(vec![a()], 1.0).risk(array![[-1.0]], 1.0),
        Allocation::new(vec![a()], 1.0).risk(array![[1.0]], 0.0),
        Allocation::new(vec![a()], 1.0).today(&[1.0, 2.0]),
    ];
    assert!(wrong.iter().all(|problem| problem.solve().is_err()));
}

#[cfg(feature = "decisions")]
#[test]
fn regret_is_that_of_not_knowing() {
    let of = |name: &str, ceiling: f64, rate: f64| {
        Activity::new(name, Response::exponential(ceiling, rate).unwrap()).uncertainty(0.3, 0.2)
    };
    let problem = Allocation::new(vec![of("a", 100.0, 0.02), of("b", 150.0, 0.01)], 100.0).today(&[100.0, 0.0]);
    let plan = problem.solve().unwrap();
    let regret = problem.regret(&plan, 60, 1, 0.9).unwrap();
    assert_eq!(regret, problem.regret(&plan, 60, 1, 0.9).unwrap());
    assert!(regret.regret.value > 0.0 && regret.regret.value < 0.05 * regret.objective.value, "{regret:?}");
    assert!(regret.better_than_today.unwrap() > 0.5);
    // The plan for the medians has less regret than today's split: it is the better guess.
    let fixed = Allocation {
        activities: problem.activities.iter().map(|a| a.clone().uncertainty(0.0, 0.0)).collect(),
        ..problem.clone()
    };
    assert!(fixed.regret(&plan, 60, 1, 0.9).is_err());
    assert!(problem.regret(&plan, 1, 1, 0.9).is_err());
}

/// A response with an infinite slope at 0 and an optimum at some 1e-8 of the budget beside ones of ordinary size.
#[test]
fn a_tiny_optimal_share_is_found() {
    let activities = vec![
        Activity::new("linear", Response::exponential(300.3729244906516, 0.005).unwrap()),
        Activity::new("none", Response::exponential(10.0, 0.005).unwrap()),
        Activity::new("tiny", Response::adbudg(0.0, 10.0, 0.8663931610145028, 71.59717457375022).unwrap()),
        Activity::new("some", Response::adbudg(0.0, 10.0, 0.4, 5.0).unwrap()),
    ];
    let plan = Allocation::new(activities, 20.0).solve().unwrap();
    let certificate = plan.certificate();
    assert!(certificate.gap < 1e-9 && certificate.stationarity < 1e-6, "{certificate:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// 12 problems with 10,000 random splits in all that keep every constraint: none is better.
    #[test]
    fn beats_random_feasible_splits(
        ceilings in proptest::collection::vec(10.0..500.0_f64, 4),
        rates in proptest::collection::vec(0.005..0.1_f64, 2),
        shapes in proptest::collection::vec((0.4..3.0_f64, 5.0..80.0_f64), 2),
        budget in 20.0..200.0_f64,
        hours in proptest::collection::vec(0.0..1.0_f64, 4),
        splits in proptest::collection::vec(proptest::collection::vec(0.0..1.0_f64, 5), 850),
    ) {
        let mut activities: Vec<Activity> = (0..2)
            .map(|i| Activity::new(format!("e{i}"), Response::exponential(ceilings[i], rates[i]).unwrap()))
            .collect();
        activities.extend((0..2).map(|i| {
            let (c, half) = shapes[i];
            Activity::new(format!("s{i}"), Response::adbudg(0.0, ceilings[2 + i], c, half).unwrap())
        }));
        let limit = 0.3 * budget;
        let problem = Allocation::new(activities, budget).limit("hours", &hours, limit);
        let plan = problem.solve().unwrap();
        prop_assert!(plan.certificate().gap < 1e-5, "{:?}", plan.certificate());
        for split in splits {
            let used: f64 = split.iter().map(|v| -v.max(1e-12).ln()).sum();
            let mut x: Vec<f64> = split[..4].iter().map(|v| -v.max(1e-12).ln() / used * budget).collect();
            let spent: f64 = x.iter().zip(&hours).map(|(x, h)| x * h).sum();
            if spent > limit {
                x.iter_mut().for_each(|x| *x *= limit / spent);
            }
            let value = problem.objective_of(&x, &[true; 4]);
            prop_assert!(value <= plan.value() * (1.0 + 1e-9), "{value} {} {x:?}", plan.value());
        }
    }
}
