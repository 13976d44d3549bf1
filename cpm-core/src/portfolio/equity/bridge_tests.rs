use proptest::prelude::*;

use super::*;

fn columns<'a>(values: [&'a [f64]; 3], flags: [&'a [bool]; 3]) -> ValueColumns<'a> {
    ValueColumns {
        before: values[0],
        after_same_model: values[1],
        after: values[2],
        acquired: flags[0],
        purchased: flags[1],
        lost: flags[2],
    }
}

#[test]
fn unusable_columns_are_named() {
    let no = [false];
    let of = |values, flags| value_bridge(&columns(values, flags)).unwrap_err();
    assert!(matches!(of([&[], &[], &[]], [&[], &[], &[]]), Error::Empty { .. }));
    assert!(matches!(
        of([&[1.0], &[], &[1.0]], [&no, &no, &no]),
        Error::LengthMismatch { column: "after_same_model", .. }
    ));
    assert!(matches!(of([&[1.0], &[1.0], &[1.0]], [&no, &no, &[]]), Error::LengthMismatch { column: "lost", .. }));
    assert!(matches!(of([&[1.0], &[1.0], &[f64::NAN]], [&no, &no, &no]), Error::InvalidValue { column: "after", .. }));
    assert!(matches!(of([&[1.0], &[1.0], &[1.0]], [&[true], &no, &no]), Error::InvalidValue { column: "before", .. }));
}

proptest! {
    #[test]
    fn the_parts_add_up(rows in prop::collection::vec((-1e4..1e6_f64, -1e4..1e6_f64, -1e4..1e6_f64, any::<[bool; 3]>()), 1..200)) {
        let flags = |k: usize| rows.iter().map(|r| r.3[k]).collect::<Vec<bool>>();
        let (acquired, purchased, lost) = (flags(0), flags(1), flags(2));
        let before: Vec<f64> = rows.iter().map(|r| if r.3[0] { 0.0 } else { r.0 }).collect();
        let same: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let after: Vec<f64> = rows.iter().map(|r| r.2).collect();
        let bridge = value_bridge(&columns([&before, &same, &after], [&acquired, &purchased, &lost])).unwrap();
        let parts = bridge.parts();
        let sum: f64 = parts[..6].iter().map(|(_, part)| part.amount).sum();
        prop_assert!((sum - bridge.end.amount).abs() <= 1e-9 * rows.len() as f64);
        prop_assert!((bridge.end.amount - after.iter().sum::<f64>()).abs() <= 1e-9 * rows.len() as f64);
        prop_assert_eq!(bridge.purchases.customers + bridge.expectations.customers + bridge.loss.customers, bridge.start.customers);
        prop_assert_eq!(bridge.start.customers + bridge.acquisition.customers, bridge.end.customers);
        prop_assert_eq!(bridge.to_table().unwrap().rows(), 7);
    }
}
