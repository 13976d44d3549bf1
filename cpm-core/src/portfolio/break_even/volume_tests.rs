use super::*;

fn options() -> DrawOptions {
    DrawOptions::new().draws(4_000)
}

#[test]
fn known_inputs_have_no_width() {
    let costs =
        CostStructure::new(12.5, 7.5, 2_000.0).non_cash_cost(500.0).debt_service(250.0).capital_expenditure(1_000.0);
    let found = costs.break_even(Some(1_000.0), &options()).unwrap();
    let same = |v: f64| QuantileEstimate { value: Some(v), low: Some(v), high: Some(v) };
    assert_eq!((found.volume, found.revenue), (same(400.0), same(5_000.0)));
    assert_eq!((found.cash_volume, found.cash_revenue), (same(550.0), same(6_875.0)));
    assert_eq!((found.contribution.value, found.contribution_ratio.value), (5.0, 0.4));
    let plan = found.planned.as_ref().unwrap();
    assert_eq!((plan.profit.value, plan.cash.value), (3_000.0, 2_250.0));
    assert_eq!((plan.margin_of_safety.value, plan.cash_margin_of_safety.value), (0.6, 0.45));
    // Operating leverage is the reciprocal of the margin of safety.
    assert!((plan.operating_leverage.value.unwrap() - 1.0 / 0.6).abs() < 1e-15);
    assert_eq!((plan.probability_of_profit, plan.probability_of_cash), (1.0, 1.0));
    assert_eq!(found.to_table().unwrap().rows(), 11);
    // A plan at a loss has no leverage.
    let loss = costs.break_even(Some(300.0), &options()).unwrap().planned.unwrap();
    assert_eq!((loss.operating_leverage.value, loss.probability_of_profit), (None, 0.0));
    // Late payment: cash needs more volume.
    let late = costs.cash_margin(2.5).break_even(None, &options()).unwrap();
    assert_eq!((late.cash_volume.value, late.volume.value), (Some(1_100.0), Some(400.0)));
}

#[test]
fn intervals_are_those_of_the_delta_method_where_errors_are_small() {
    let costs = CostStructure::new(Measured::new(50.0, 0.3), Measured::new(30.0, 0.4), Measured::new(1e5, 1e3));
    let volume = costs.break_even(None, &DrawOptions::new().draws(20_000)).unwrap().volume;
    // Q = F/c: relative variance is that of F and of c = p − v.
    let error = 5_000.0 * (0.01_f64.powi(2) + (0.5_f64 / 20.0).powi(2)).sqrt();
    let found = (volume.high.unwrap() - volume.low.unwrap()) / (2.0 * 1.96);
    assert!((found / error - 1.0).abs() < 0.03, "{found} {error}");
    // The same seed gives the same draws, another one others.
    assert_eq!(costs.break_even(None, &options()).unwrap(), costs.break_even(None, &options()).unwrap());
    assert_ne!(costs.break_even(None, &options()).unwrap(), costs.break_even(None, &options().seed(1)).unwrap());
}

#[test]
fn a_volume_may_be_out_of_reach_in_some_draws() {
    let costs = CostStructure::new(10.0, Measured::new(9.5, 0.5), 100.0);
    let found = costs.break_even(Some(1_000.0), &options()).unwrap();
    assert!(found.volume.value == Some(200.0) && found.volume.low.is_some() && found.volume.high.is_none());
    let plan = found.planned.unwrap();
    assert!(plan.probability_of_profit < 0.9 && plan.margin_of_safety.interval.low == -1.0);
}

#[test]
fn table_by_volume() {
    let costs = CostStructure::new(12.5, Measured::new(7.5, 0.5), 2_000.0);
    let table = costs.volume_table(&[0.0, 400.0, 1_000.0], &options()).unwrap();
    assert_eq!(table.floats("total_cost").unwrap(), [2_000.0, 5_000.0, 9_500.0]);
    assert_eq!(table.floats("profit").unwrap(), [-2_000.0, 0.0, 3_000.0]);
    assert_eq!(table.floats("profit_low").unwrap()[0], -2_000.0);
    assert!(table.floats("profit_low").unwrap()[2] < 2_200.0 && table.floats("profit_high").unwrap()[2] > 3_800.0);
}

#[test]
fn unusable_inputs_are_named() {
    let of = |costs: CostStructure| costs.break_even(None, &options()).unwrap_err().to_string();
    assert!(of(CostStructure::new(10.0, 12.0, 1.0)).contains("no volume breaks even"));
    assert!(of(CostStructure::new(10.0, -1.0, 1.0)).contains("variable_cost"));
    assert!(of(CostStructure::new(10.0, 5.0, 1.0).non_cash_cost(2.0)).contains("part of the fixed cost"));
    assert!(of(CostStructure::new(10.0, 5.0, 1.0).cash_margin(-2.0)).contains("leaves no cash"));
    let costs = CostStructure::new(10.0, 5.0, 1.0);
    assert!(costs.break_even(Some(0.0), &options()).is_err());
    assert!(matches!(costs.volume_table(&[1.0, -1.0], &options()), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matches!(costs.volume_table(&[], &options()), Err(Error::Empty { .. })));
    assert!(break_even_response_rate(1.0, 0.0, None, &options()).is_err());
    assert!(break_even_response_rate(1.0, 10.0, Some((5.0, 0)), &options()).is_err());
    assert_eq!(break_even_response_rate(1.0, 0.5, None, &options()).unwrap().value, 2.0);
}
