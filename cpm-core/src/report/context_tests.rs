use super::*;

#[test]
fn classes_hold_everybody_and_start_where_somebody_is() {
    let classes = purchase_classes([0.2, 0.3, 1.0, 1.9, 2.0, 7.0].into_iter());
    let found: Vec<(&str, u64, f64)> = classes.iter().map(|c| (c.label.as_str(), c.customers, c.purchases)).collect();
    let expected = [
        ("0.2\u{2013}0.5", 2, 0.5),
        ("0.5\u{2013}1", 0, 0.0),
        ("1\u{2013}2", 2, 2.9),
        ("2\u{2013}5", 1, 2.0),
        ("5\u{2013}10", 1, 7.0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_first_and_the_last_class_are_open() {
    let classes = purchase_classes([0.0, 1e9].into_iter());
    assert_eq!(classes.len(), CLASSES.len() + 1);
    assert_eq!((classes[0].label.as_str(), classes[10].label.as_str()), ("<\u{a0}0.1", "\u{2265}\u{a0}100"));
    assert!(purchase_classes(std::iter::empty()).is_empty());
}

#[test]
fn files_are_named_without_their_folders() {
    assert_eq!(file_name("/data/2024/orders.csv.gz"), "orders.csv.gz");
    assert_eq!(file_name("orders.csv"), "orders.csv");
    assert_eq!(file_name("CDNOW, the papers' 1/10 sample"), "CDNOW, the papers' 1/10 sample");
}

#[test]
fn horizons_end_on_a_date_unless_they_are_endless() {
    let as_of: Timestamp = "1998-06-30".parse().unwrap();
    let end = horizon_end(as_of, 52.0, TimeUnit::Week).unwrap();
    assert_eq!(end.replace('\u{a0}', " "), "29 June 1999");
    assert_eq!(horizon_end(as_of, 1e5, TimeUnit::Year), None);
}

#[test]
fn every_parameter_has_a_meaning() {
    for parameter in ["r", "alpha", "a", "b", "p", "q", "v"] {
        assert!(!meaning("BG/NBD", parameter, "week").is_empty());
    }
    assert!(meaning("BG/NBD", "alpha", "month").ends_with("in months"));
}
