use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::golden::{Row, close, portfolio};
use crate::portfolio::{CalendarPeriod, Measured};

fn options() -> DrawOptions {
    DrawOptions::new().draws(200)
}

fn golden_programme(row: &Row<'_>) -> Programme {
    Programme::new(&row.list("acquired"), &row.list("survival"))
        .cost_per_acquisition(35.0)
        .upfront_cost(500.0)
        .fixed_cost(60.0)
        .revenue(14.0)
        .variable_cost(6.0)
        .collection_lag(1.5)
        .payment_lag(0.25)
        .discount_rate(0.02)
}

#[test]
fn every_invoice_is_where_a_ledger_has_it() {
    let golden = portfolio();
    let row = Row(&golden["programme"]);
    let path = golden_programme(&row).cash_path(&options()).unwrap();
    assert_eq!(path.rows.len(), 10);
    for (t, found) in path.rows.iter().enumerate() {
        close(found.cumulative_cash.value, row.list("cumulative_cash")[t], 1e-12, &t);
        close(found.cumulative_profit.value, row.list("cumulative_profit")[t], 1e-12, &t);
    }
    close(path.npv.value, row.get("npv"), 1e-12, &"npv");
    close(path.funding_need.value, row.get("funding_need"), 1e-12, &"need");
    assert_eq!(path.trough_period as f64, row.get("trough_period"));
    // Known inputs: no width.
    assert_eq!((path.npv.interval.low, path.npv.interval.high), (path.npv.value, path.npv.value));
    assert!(path.to_table().unwrap().rows() == 10 && path.figures_table().unwrap().rows() == 6);
}

#[test]
fn a_profitable_programme_can_break_the_credit_limit() {
    let golden = portfolio();
    let programme = golden_programme(&Row(&golden["programme"]));
    let need = programme.cash_path(&options()).unwrap().funding_need.value;
    let with = |limit: f64| programme.clone().credit_limit(limit).cash_path(&options()).unwrap();
    assert_eq!(with(need).verdict(), Verdict::Sound);
    let short = with(need - 1_000.0);
    assert_eq!(short.verdict(), Verdict::BreaksCreditLimit);
    let credit = short.credit.unwrap();
    assert!(short.npv.value > 0.0 && (credit.headroom.value + 1_000.0).abs() < 1e-9);
    assert_eq!(credit.probability_of_breach, 1.0);
    assert!(credit.first_breach.unwrap() <= short.trough_period);
    // Scaled down as far as it says, the limit is just kept.
    let scale = credit.largest_scale.unwrap();
    let acquired: Vec<f64> = programme.acquired.iter().map(|n| n * scale).collect();
    let smaller = Programme { acquired, ..programme.clone() }.cash_path(&options()).unwrap();
    close(smaller.funding_need.value, need - 1_000.0, 1e-12, &"scaled");
    // With a start that nobody can pay there is no such scale.
    assert_eq!(with(300.0).credit.unwrap().largest_scale, None);
    let dear = programme.clone().cost_per_acquisition(80.0).credit_limit(100.0).cash_path(&options()).unwrap();
    assert_eq!(dear.verdict(), Verdict::UnprofitableAndBreaksCreditLimit);
    assert_eq!((dear.cash_break_even.value, dear.discounted_payback.value), (None, None));
    assert_eq!(dear.verdict().to_string(), "not profitable, and it breaks the credit limit");
}

#[test]
fn times_are_periods_and_have_names() {
    // 100 out, 30 a period in, collected two periods later: cash even in period 5, profit in period 3.
    let programme = Programme::new(&[1.0], &[1.0; 8]).cost_per_acquisition(100.0).revenue(30.0).collection_lag(2.0);
    let path = programme.clone().starting("2026-11-15", CalendarPeriod::Month).unwrap().cash_path(&options()).unwrap();
    assert_eq!((path.cash_break_even.value, path.profit_break_even.value), (Some(5.0), Some(3.0)));
    assert_eq!(path.labels[..3], ["2026-11", "2026-12", "2027-01"]);
    assert_eq!((path.funding_need.value, path.trough_period, path.rows.len()), (100.0, 0, 10));
    // At 10 % the cash of periods 2 to 5 is worth 86.5 and of period 6 another 16.9.
    let later = programme.discount_rate(0.1).cash_path(&options()).unwrap();
    assert_eq!(later.discounted_payback.value, Some(6.0));
    // Cash before cost: nothing is ever owed.
    let paid = Programme::new(&[1.0], &[1.0; 3]).revenue(5.0).cash_path(&options()).unwrap();
    assert_eq!((paid.funding_need.value, paid.cash_break_even.value), (0.0, Some(0.0)));
}

#[test]
fn uncertain_inputs_give_intervals() {
    let survival: Vec<f64> = (0..12).map(|t| 0.9_f64.powi(t)).collect();
    let errors: Vec<f64> = (0..12).map(|t| 0.01 * f64::from(t).sqrt()).collect();
    let programme = Programme::new(&[100.0], &survival)
        .cost_per_acquisition(20.0)
        .revenue(Measured::new(10.0, 1.0))
        .variable_cost(4.0)
        .credit_limit(1_900.0);
    let path = programme.clone().survival_errors(&errors).cash_path(&DrawOptions::new()).unwrap();
    assert!(path.npv.interval.low < path.npv.value && path.npv.value < path.npv.interval.high);
    // Revenue's share of the variance alone: 100 · Σ S · 1.
    let years: f64 = survival.iter().sum();
    let half = (path.npv.interval.high - path.npv.interval.low) / 2.0;
    assert!(half > 1.9 * 100.0 * years && half < 2.5 * 100.0 * years, "{half}");
    assert!(path.cash_break_even.low.unwrap() < path.cash_break_even.high.unwrap());
    assert!(path.probability_of_profit > 0.9);
    let probability = path.credit.unwrap().probability_of_breach;
    assert_eq!(probability, 0.0); // revenue of the same period always covers what is above 1,900
    assert_eq!(path, programme.survival_errors(&errors).cash_path(&DrawOptions::new()).unwrap());
}

#[test]
fn unusable_programmes_are_named() {
    let of = |programme: Programme| programme.cash_path(&options()).unwrap_err();
    assert!(matches!(of(Programme::new(&[], &[1.0])), Error::Empty { .. }));
    assert!(matches!(of(Programme::new(&[1.0], &[])), Error::Empty { .. }));
    assert!(matches!(of(Programme::new(&[1.0, 1.0], &[1.0])), Error::LengthMismatch { found: 2, .. }));
    assert!(matches!(of(Programme::new(&[-1.0], &[1.0])), Error::InvalidValue { column: "acquired", row: 0, .. }));
    assert!(matches!(of(Programme::new(&[1.0], &[0.9, 0.95])), Error::InvalidValue { column: "survival", row: 1, .. }));
    assert!(matches!(of(Programme::new(&[1.0], &[1.1])), Error::InvalidValue { row: 0, .. }));
    let errors = |e: &[f64]| of(Programme::new(&[1.0], &[1.0]).survival_errors(e));
    assert!(matches!(errors(&[0.1, 0.1]), Error::LengthMismatch { .. }));
    assert!(matches!(errors(&[-0.1]), Error::InvalidValue { column: "survival_errors", .. }));
    let programme = || Programme::new(&[1.0], &[1.0]);
    assert!(of(programme().revenue(-1.0)).to_string().contains("revenue"));
    assert!(of(programme().collection_lag(1e9)).to_string().contains("at most 1000"));
    assert!(of(programme().credit_limit(-1.0)).to_string().contains("credit_limit"));
    assert!(of(programme().discount_rate(-0.1)).to_string().contains("discount_rate"));
    assert!(programme().starting("soon", CalendarPeriod::Month).is_err());
}

proptest! {
    /// All money is accounted for: in the end cash is profit, whatever the lags.
    #[test]
    fn lags_move_cash_but_lose_none(lags in (0.0..5.0_f64, 0.0..5.0_f64), n in prop::collection::vec(0.0..50.0_f64, 1..6), keep in 0.3..1.0_f64) {
        let survival: Vec<f64> = (0..6).map(|t| keep.powi(t)).collect();
        let path = Programme::new(&n, &survival).cost_per_acquisition(10.0).fixed_cost(3.0).revenue(9.0).variable_cost(4.0)
            .collection_lag(lags.0).payment_lag(lags.1).cash_path(&DrawOptions::new().draws(100)).unwrap();
        let last = path.rows.last().unwrap();
        prop_assert!((last.cumulative_cash.value - last.cumulative_profit.value).abs() < 1e-9);
        prop_assert!((path.npv.value - path.profit.value).abs() < 1e-9);
    }
}
