use super::*;
use crate::golden::{Row, close, portfolio};

fn options() -> DrawOptions {
    DrawOptions::new().draws(400)
}

fn golden_valuation(row: &Row<'_>) -> CustomerBasedValuation {
    let (old, acquired) = (row.list("old"), row.list("acquired"));
    CustomerBasedValuation::new(row.get("existing"), &old, &acquired, &row.list("survival"), &row.list("spend"))
        .margin(0.35)
        .cost_per_acquisition(50.0)
        .fixed_cost(20_000.0)
        .tax_rate(0.25)
        .wacc(0.10)
        .terminal_growth(0.02)
        .reinvestment(0.05, Some(550_000.0))
        .net_debt(100_000.0)
}

#[test]
fn cash_flows_and_value_are_numpys() {
    let golden = portfolio();
    let row = Row(&golden["valuation"]);
    let found = golden_valuation(&row).value(&options()).unwrap();
    for (t, line) in found.rows.iter().enumerate() {
        close(line.customers, row.list("customers")[t], 1e-12, &t);
        close(line.free_cash_flow, row.list("cash")[t], 1e-11, &t);
    }
    close(found.operating_value.value, row.get("value"), 1e-12, &"value");
    close(found.equity_value.value, row.get("value") - 100_000.0, 1e-12, &"equity");
    let of = |input: &str| found.sensitivities.iter().find(|s| s.input == input).unwrap();
    close(of("churn").value_if_lower, row.get("churn_lower"), 1e-11, &"churn");
    close(of("churn").value_if_higher, row.get("churn_higher"), 1e-11, &"churn");
    close(of("wacc").value_if_higher, row.get("wacc_higher"), 1e-11, &"wacc");
    assert!(found.sensitivities.windows(2).all(|s| s[0].elasticity.abs() >= s[1].elasticity.abs()));
    assert!(
        (found.existing_customers + found.new_customers + found.firm_level - found.operating_value.value).abs() < 1e-6
    );
    assert!(found.terminal_share > 0.0 && found.terminal_share < 1.0);
    assert!(found.to_table().unwrap().rows() == 12 && found.sensitivity_table().unwrap().rows() == 8);
}

#[test]
fn constant_retention_is_the_textbook_formula() {
    // m·r/(1 + d − r) for each of today's customers, paid from the next period on (Gupta & Lehmann 2003).
    let old: Vec<f64> = (1..=400).map(|t| 0.8_f64.powi(t)).collect();
    let nobody = vec![0.0; 400];
    let found = CustomerBasedValuation::new(10.0, &old, &nobody, &old, &vec![50.0; 400]).margin(0.5).wacc(0.12);
    let found = found.value(&options()).unwrap();
    close(found.operating_value.value, 10.0 * 25.0 * 0.8 / 0.32, 1e-12, &"perpetuity");
    close(found.existing_customers, found.operating_value.value, 1e-12, &"existing");
    // And a terminal value instead of the tail, for a flow that shrinks by the churn.
    let short =
        CustomerBasedValuation::new(10.0, &old[..5], &nobody[..5], &old[..5], &[50.0; 5]).margin(0.5).wacc(0.12);
    let short = short.terminal_growth(-0.2).value(&options()).unwrap();
    close(short.operating_value.value, found.operating_value.value, 1e-12, &"Gordon");
    close(short.existing_customers, found.operating_value.value, 1e-12, &"Gordon, existing");
}

#[test]
fn uncertain_curves_give_an_interval() {
    let golden = portfolio();
    let valuation = golden_valuation(&Row(&golden["valuation"]));
    let sure = valuation.value(&options()).unwrap().operating_value;
    assert_eq!(sure.interval.low, sure.value);
    let unsure = valuation.clone().curve_errors(0.05, 0.1, 0.03).margin(Measured::new(0.35, 0.01));
    let unsure = unsure.wacc(Measured::new(0.10, 0.01)).value(&options()).unwrap().operating_value;
    assert!(
        unsure.interval.low < 0.9 * sure.value
            && unsure.interval.high > 1.1 * sure.value
            && unsure.interval.high.is_finite()
    );
}

#[test]
fn unusable_inputs_are_named() {
    let curve = [0.9, 0.8];
    let new = |acquired: &[f64], spend: &[f64]| CustomerBasedValuation::new(1.0, &curve, acquired, &curve, spend);
    let of = |v: CustomerBasedValuation| v.value(&options()).unwrap_err();
    assert!(matches!(of(new(&[1.0], &[1.0, 1.0])), Error::LengthMismatch { column: "acquired", .. }));
    assert!(matches!(of(new(&[1.0, -1.0], &[1.0, 1.0])), Error::InvalidValue { column: "acquired", row: 1, .. }));
    let good = || new(&[1.0, 1.0], &[1.0, 1.0]);
    assert!(of(good().margin(1.2)).to_string().contains("margin"));
    assert!(of(good().tax_rate(25.0)).to_string().contains("0.25 for 25 %"));
    assert!(of(good().wacc(0.05).terminal_growth(0.05)).to_string().contains("below the cost of capital"));
    let rising = CustomerBasedValuation::new(1.0, &[0.5, 0.6], &[1.0, 1.0], &curve, &[1.0, 1.0]);
    assert!(matches!(of(rising), Error::InvalidValue { column: "existing_survival", row: 1, .. }));
}
