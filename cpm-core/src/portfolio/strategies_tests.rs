use super::Level::{High, Low, Medium};
use super::*;

fn names() -> Vec<String> {
    ["Loyal", "New customers"].map(String::from).to_vec()
}

#[test]
fn the_suggested_table_decides_everywhere_and_once() {
    let table = StrategyTable::suggested();
    // It is a table that could have been given.
    assert_eq!(StrategyTable::new(table.rules().to_vec()).unwrap(), table);
    let grid = [
        ["serve at low cost", "serve at low cost", "let go"],
        ["cross-sell", "automated programme", "retention offer within its value"],
        ["reward and grow", "preventive contact", "personal retention"],
    ];
    for value in [Low, Medium, High] {
        for risk in [Low, Medium, High] {
            let first = table.rules().iter().find(|r| r.fits("Loyal", value, risk)).unwrap();
            assert_eq!(first.treatment, grid[value as usize][risk as usize], "{value} {risk}");
            let first = table.rules().iter().find(|r| r.fits("New customers", value, risk)).unwrap();
            assert_eq!(first.treatment, "welcome");
        }
    }
    assert_eq!(table.to_table().unwrap().rows(), 9);
}

#[test]
fn levels_go_by_rank_and_probability() {
    let names = names();
    let value: Vec<f64> = (0..10).map(f64::from).collect();
    let risk = [0.0, 0.3, 0.29, 0.6, 0.59, 1.0, 0.1, 0.1, 0.1, 0.1];
    let columns = StrategyColumns { segment: &[0; 10], names: &names, value: &value, risk: &risk };
    let found = suggest_treatments(&columns, &StrategyTable::suggested(), &StrategyLevels::default()).unwrap();
    assert_eq!(found.value_thresholds, [5.0, 8.0]);
    assert!(found.unknown_segments.is_empty());
    assert_eq!(found.values, [Low, Low, Low, Low, Low, Medium, Medium, Medium, High, High]);
    assert_eq!(found.risks[..6], [Low, Medium, Low, High, Medium, High]);
    let overview = found.overview(&columns, &StrategyTable::suggested()).unwrap();
    assert_eq!(overview.floats("value").unwrap().iter().sum::<f64>(), 45.0);
    // Equal values are of one level.
    let equal = StrategyColumns { value: &[1.0; 10], ..columns };
    let found = suggest_treatments(&equal, &StrategyTable::suggested(), &StrategyLevels::default()).unwrap();
    assert!(found.values.iter().all(|v| *v == High));
    let none = StrategyLevels { high_value: 0.0, medium_value: 0.0, ..StrategyLevels::default() };
    assert!(suggest_treatments(&columns, &StrategyTable::suggested(), &none).unwrap().values.iter().all(|v| *v == Low));
}

#[test]
fn customers_without_a_rule_are_counted() {
    let names = names();
    let table = StrategyTable::new(vec![StrategyRule::new("call", "").segment("Loyal").risk(High)]).unwrap();
    let columns =
        StrategyColumns { segment: &[0, 0, 1], names: &names, value: &[1.0, 2.0, 3.0], risk: &[0.9, 0.1, 0.9] };
    let found = suggest_treatments(&columns, &table, &StrategyLevels::default()).unwrap();
    assert_eq!((found.rules.as_slice(), found.unmatched), ([Some(0), None, None].as_slice(), 2));
    let overview = found.overview(&columns, &table).unwrap();
    assert_eq!(overview.texts("treatment").unwrap(), ["call", "(no rule)"]);
    let wider =
        StrategyTable::new(vec![StrategyRule::new("a", "").segment("Gold"), StrategyRule::new("b", "")]).unwrap();
    let found = suggest_treatments(&columns, &wider, &StrategyLevels::default()).unwrap();
    assert_eq!((found.unknown_segments, found.unmatched), (vec!["Gold".to_owned()], 0));
}

#[test]
fn bad_tables_are_named() {
    let rule = |t: &str| StrategyRule::new(t, "because");
    assert!(matches!(StrategyTable::new(Vec::new()), Err(Error::Empty { .. })));
    assert!(StrategyTable::new(vec![rule(" ")]).is_err());
    let error =
        StrategyTable::new(vec![rule("a").value(High), rule("b").value(High).risk(Low)]).unwrap_err().to_string();
    assert!(error.contains("rule 1") && error.contains("rule 0 fits"), "{error}");
    assert!(StrategyTable::new(vec![rule("b").value(High).risk(Low), rule("a").value(High)]).is_ok());
    let names = names();
    let good = StrategyColumns { segment: &[0, 1], names: &names, value: &[1.0, 2.0], risk: &[0.1, 0.2] };
    let table = StrategyTable::suggested();
    let of =
        |columns: StrategyColumns<'_>| suggest_treatments(&columns, &table, &StrategyLevels::default()).unwrap_err();
    assert!(matches!(of(StrategyColumns { segment: &[0, 2], ..good }), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(StrategyColumns { value: &[f64::NAN, 2.0], ..good }), Error::InvalidValue { row: 0, .. }));
    assert!(matches!(of(StrategyColumns { risk: &[0.0, 2.0], ..good }), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(StrategyColumns { risk: &[0.0], ..good }), Error::LengthMismatch { .. }));
    assert!(matches!(of(StrategyColumns { segment: &[], value: &[], risk: &[], ..good }), Error::Empty { .. }));
    let wrong = |levels| suggest_treatments(&good, &table, &levels).is_err();
    assert!(wrong(StrategyLevels { high_value: 0.6, ..StrategyLevels::default() }));
    assert!(wrong(StrategyLevels { high_risk: 0.2, ..StrategyLevels::default() }));
    let other = StrategyTable::new(vec![rule("a").segment("Gold")]).unwrap();
    assert!(suggest_treatments(&good, &other, &StrategyLevels::default()).is_err());
}
