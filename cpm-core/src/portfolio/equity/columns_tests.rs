#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::portfolio::customer_equity;
use crate::{BgNbd, FitOptions, GammaGamma, SummaryOptions, ValueOptions, datasets, lifetime_value, rfm_segments};

fn names(k: usize) -> Vec<String> {
    (0..k).map(|k| k.to_string()).collect()
}

#[test]
fn values_of_the_models_give_the_equity_of_the_models() {
    let options = SummaryOptions::new().as_of("1997-09-30").unwrap();
    let customers = datasets::cdnow_sample().unwrap().summarize(&options).unwrap();
    let model = BgNbd::fit(&customers, &FitOptions::new()).unwrap();
    let spend = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
    let segments = rfm_segments(&customers).unwrap();
    let options = ValueOptions::new(52.0).margin(0.3);
    let by_model = customer_equity(&model, &spend, &customers, &options, segments.names(), segments.codes()).unwrap();
    let value = lifetime_value(&model, &spend, &customers, &options).unwrap();
    let of = |get: fn(&crate::clv::CustomerValue) -> f64| value.customers().iter().map(get).collect::<Vec<f64>>();
    let (values, spread) = (of(|c| c.value), of(|c| c.value_standard_deviation));
    let columns = EquityColumns {
        value: &values,
        standard_deviation: Some(&spread),
        undiscounted: None,
        groups: segments.codes(),
    };
    let plain = equity_of_values(&columns, segments.names(), 0.0, 0.95).unwrap();
    assert_eq!(plain.groups.len(), by_model.groups.len());
    for (a, b) in plain.groups.iter().zip(&by_model.groups) {
        assert_eq!((&a.name, a.customers), (&b.name, b.customers));
        assert!((a.value.value / b.value.value - 1.0).abs() < 1e-9);
    }
    // Chance alone is less than chance and the uncertainty of parameters.
    let width = |e: Estimate| e.interval.high - e.interval.low;
    assert!(width(plain.total) < width(by_model.total) && width(plain.total) > 0.3 * width(by_model.total));
}

#[test]
fn bad_input_is_named() {
    let columns = EquityColumns { value: &[1.0, 2.0], standard_deviation: None, undiscounted: None, groups: &[0, 1] };
    let message = |columns: EquityColumns<'_>, k, e, level| {
        equity_of_values(&columns, &names(k), e, level).unwrap_err().to_string()
    };
    assert!(message(EquityColumns { value: &[], groups: &[], ..columns }, 1, 0.0, 0.95).contains("is empty"));
    assert!(message(EquityColumns { groups: &[0], ..columns }, 1, 0.0, 0.95).contains("`groups` has 1 rows"));
    assert!(message(columns, 1, 0.0, 0.95).contains("column `groups`, row 1"));
    assert!(
        message(EquityColumns { value: &[1.0, f64::NAN], ..columns }, 2, 0.0, 0.95).contains("column `value`, row 1")
    );
    let negative = EquityColumns { standard_deviation: Some(&[0.0, -1.0]), ..columns };
    assert!(message(negative, 2, 0.0, 0.95).contains("column `standard_deviation`, row 1"));
    assert!(message(columns, 2, -0.1, 0.95).contains("model_error"));
    assert!(message(columns, 2, 0.1, 1.0).contains("level"));
}

proptest! {
    #[test]
    fn groups_add_up_and_variances_too(
        rows in prop::collection::vec((-1e6..1e6_f64, 0.0..1e4_f64, 0..4_u32), 1..60),
    ) {
        let value: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let spread: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let groups: Vec<u32> = rows.iter().map(|r| r.2).collect();
        let columns = EquityColumns {
            value: &value, standard_deviation: Some(&spread), undiscounted: None, groups: &groups,
        };
        let equity = equity_of_values(&columns, &names(4), 0.0, 0.9).unwrap();
        let scale: f64 = value.iter().map(|v| v.abs()).sum::<f64>() + 1.0;
        let sum: f64 = equity.groups.iter().map(|g| g.value.value).sum();
        prop_assert!((sum - equity.total.value).abs() < 1e-9 * scale);
        prop_assert_eq!(equity.groups.iter().map(|g| g.customers).sum::<u64>(), rows.len() as u64);
        let square = |e: Estimate| (0.5 * (e.interval.high - e.interval.low)).powi(2);
        let squares: f64 = equity.groups.iter().map(|g| square(g.value)).sum();
        let total = square(equity.total);
        prop_assert!((squares - total).abs() <= 1e-6 * total + 1e-6 * scale);
    }
}
