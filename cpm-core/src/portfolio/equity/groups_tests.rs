use super::*;
use crate::summary::TimeUnit;
use crate::{BgNbd, lifetime_value};

#[test]
fn groups_are_the_sums_of_their_customers() {
    let customers = CustomerSummary::new(&[2.0, 0.0, 5.0, 1.0], &[30.0, 0.0, 37.0, 10.0], &[38.0; 4], TimeUnit::Week)
        .and_then(|c| c.with_monetary_value(&[20.0, 0.0, 35.0, 12.0]))
        .unwrap();
    let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap();
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
    let names = ["2026", "empty", "2025"].map(String::from);
    let equity = customer_equity(&model, &spend, &customers, &options, &names, &[0, 2, 0, 2]).unwrap();
    let value = lifetime_value(&model, &spend, &customers, &options).unwrap();
    let each: Vec<f64> = value.customers().iter().map(|c| c.value).collect();
    assert_eq!(equity.groups.len(), 2); // nobody is in the second
    assert!((equity.groups[0].value.value - each[0] - each[2]).abs() < 1e-12);
    assert_eq!((equity.groups[1].name.as_str(), equity.groups[1].customers), ("2025", 2));
    assert_eq!(equity.total, value.total());
    assert!(equity.undiscounted.value > equity.total.value);
    let table = equity.to_table().unwrap();
    assert!((table.floats("share_of_value").unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-12);

    let of = |codes: &[u32]| customer_equity(&model, &spend, &customers, &options, &names, codes).unwrap_err();
    assert!(matches!(of(&[0]), Error::LengthMismatch { .. }));
    assert!(matches!(of(&[0, 0, 9, 0]), Error::InvalidValue { row: 2, .. }));
}
