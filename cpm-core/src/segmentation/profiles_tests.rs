//! Profiles against SciPy and scikit-learn; rules against the language in which they are written.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::segmentation::RuleSet;
use crate::table::Column;
use crate::transactions::CustomerIds;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/profiles.json")).unwrap()
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn data() -> (Vec<String>, Vec<u32>, Table) {
    let golden = golden();
    let mut table = Table::new();
    table.push("orders", Column::Float(list(&golden["orders"]))).unwrap();
    table.push("spend", Column::Optional(list(&golden["spend"]))).unwrap();
    table.push("channel", Column::Text(list(&golden["channel"]))).unwrap();
    (["a", "b", "c"].map(String::from).to_vec(), list(&golden["segment"]), table)
}

#[track_caller]
fn same(found: Option<f64>, expected: &Value) {
    let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{found} {expected}");
}

#[test]
fn effects_are_those_of_scipy() {
    let (names, codes, table) = data();
    let golden = golden();
    let profiles = SegmentProfiles::new(&names, &codes, &table, None, None, &ProfileOptions::new()).unwrap();
    for row in golden["effects"].as_array().unwrap() {
        let found = profiles
            .effects()
            .iter()
            .find(|e| e.segment as u64 == row["segment"] && e.attribute == row["attribute"].as_str().unwrap())
            .unwrap();
        same(found.in_segment, &row["in_segment"]);
        same(found.in_base, &row["in_base"]);
        same(found.effect, &row["effect"]);
        same(found.interval.map(|i| i.low), &row["low"]);
        same(found.interval.map(|i| i.high), &row["high"]);
    }
    let whole = &golden["whole"];
    let by_segment = whole["by_segment"].as_array().unwrap();
    let found = profiles.effects().iter().filter(|e| e.measure == EffectMeasure::CramersV);
    found.zip(by_segment).for_each(|(found, expected)| same(found.effect, expected));
    same(profiles.attributes()[0].effect, &whole["eta_squared_orders"]);
    same(profiles.attributes()[2].effect, &whole["v"]);
    same(profiles.attributes()[2].test.map(|t| t.p_value), &whole["p_value"]);
    let missing = golden["spend"].as_array().unwrap().iter().filter(|v| v.is_null()).count() as u64;
    assert_eq!(profiles.attributes()[1].missing, missing);
    assert_eq!(profiles.effects_table().unwrap().rows(), 3 * (2 + 1 + 3));
    assert_eq!(profiles.attributes_table().unwrap().rows(), 3);
}

#[test]
fn rules_are_the_best_of_their_length() {
    let (names, codes, table) = data();
    let golden = golden();
    let mut orders = Table::new();
    orders.push("orders", table.column("orders").unwrap().clone()).unwrap();
    let options = ProfileOptions::new().conditions(1);
    let profiles = SegmentProfiles::new(&names, &codes, &orders, None, None, &options).unwrap();
    for (rule, expected) in profiles.rules().iter().zip(golden["rules"].as_array().unwrap()) {
        // A rule has to be worth its reading beside none at all.
        assert!(rule.f1 >= expected["f1"].as_f64().unwrap() - 0.005, "{rule:?} {expected}");
        if !rule.text.is_empty() {
            same(Some(rule.f1), &expected["f1"]);
            same(Some(rule.precision.value), &expected["precision"]);
            same(Some(rule.recall.value), &expected["recall"]);
        }
    }
    // Three conditions find at least what the best leaf of a tree of that depth finds.
    let profiles = SegmentProfiles::new(&names, &codes, &table, None, None, &ProfileOptions::new()).unwrap();
    for (rule, tree) in profiles.rules().iter().zip(golden["tree_f1"].as_array().unwrap()) {
        assert!(rule.f1 >= tree.as_f64().unwrap() - 0.005, "{rule:?} {tree}");
    }
    assert_eq!(profiles.rules_table().unwrap().rows(), 3);
}

#[test]
fn shares_of_revenue_and_value() {
    let mut table = Table::new();
    table.push("x", Column::Integer(vec![1, 2, 3, 4])).unwrap();
    let names = ["a", "b", "empty"].map(String::from);
    let (revenue, value) = ([10.0, 20.0, 30.0, 40.0], [1.0, -1.0, 0.0, 0.0]);
    let options = ProfileOptions::new();
    let profiles = SegmentProfiles::new(&names, &[0, 0, 1, 1], &table, Some(&revenue), Some(&value), &options).unwrap();
    assert_eq!(profiles.sizes()[1].revenue, Some((70.0, Some(0.7))));
    assert_eq!(profiles.sizes()[0].value, Some((0.0, None)));
    assert_eq!((profiles.sizes()[2].customers, profiles.sizes()[2].revenue), (0, Some((0.0, Some(0.0)))));
    assert_eq!(profiles.rules().len(), 2);
    let table = profiles.sizes_table().unwrap();
    assert!(table.column("revenue_share").is_some() && table.column("value_share").is_some());
}

#[test]
fn names_and_texts_are_quoted() {
    let mut table = Table::new();
    let odd = ["say \"x\"", "plain", "say \"x\"", "", "plain", ""].map(String::from).to_vec();
    table.push("the `odd` one", Column::Text(odd)).unwrap();
    let names = ["in", "out", "none"].map(String::from);
    let codes = [0, 1, 0, 2, 1, 2];
    let profiles = SegmentProfiles::new(&names, &codes, &table, None, None, &ProfileOptions::new()).unwrap();
    assert_eq!(profiles.rules()[0].text, "`the ``odd`` one` == \"say \"\"x\"\"\"");
    assert_eq!(profiles.rules()[2].text, "`the ``odd`` one` == \"\"");
    let pairs: Vec<(&str, &str)> =
        profiles.rules().iter().map(|r| (names[r.segment].as_str(), r.text.as_str())).collect();
    assert_eq!(RuleSet::new(&pairs).unwrap().predict(&table).unwrap().codes(), codes);
}

#[test]
fn two_dates() {
    let golden = &golden()["stability"];
    let (names, before, _) = data();
    let after: Vec<u32> = list(&golden["after"]);
    let ids = CustomerIds::counted(before.len());
    let change = segment_stability(&names, (&ids, &before), (&ids, &after), 0.95).unwrap();
    same(Some(change.agreement().value), &golden["adjusted_rand"]);
    let error = (change.agreement().interval.high - change.agreement().interval.low) / (2.0 * 1.959_964);
    let bootstrap = golden["bootstrap_error"].as_f64().unwrap();
    assert!((error / bootstrap - 1.0).abs() < 0.1, "{error} {bootstrap}");
    let stayed = change.stayed(0).unwrap();
    same(Some(stayed.value), &golden["stayed_first"]);
    same(Some(stayed.interval.low), &golden["stayed_interval"][0]);
    same(Some(stayed.interval.high), &golden["stayed_interval"][1]);
    let same_again = segment_stability(&names, (&ids, &before), (&ids, &before), 0.95).unwrap();
    assert_eq!(same_again.agreement().value, 1.0);
    assert_eq!(same_again.stayed_overall().value, 1.0);
    let table = change.to_table().unwrap();
    assert_eq!(table.rows(), 4);
    let one = ["all".to_owned()];
    let flat = segment_stability(&one, (&ids, &vec![0; 240]), (&ids, &vec![0; 240]), 0.95).unwrap();
    assert_eq!((flat.agreement().value, flat.agreement().interval.low), (1.0, 1.0));
}

#[test]
fn bad_input_is_named() {
    let mut table = Table::new();
    table.push("x", Column::Float(vec![1.0, 2.0])).unwrap();
    let names = ["a", "b"].map(String::from);
    let options = ProfileOptions::new();
    let text = |codes: &[u32], table: &Table, revenue: Option<&[f64]>, options: &ProfileOptions| {
        SegmentProfiles::new(&names, codes, table, revenue, None, options).unwrap_err().to_string()
    };
    assert!(text(&[0, 2], &table, None, &options).contains("row 1"));
    assert!(text(&[0], &table, None, &options).contains("2 rows"));
    assert!(text(&[], &Table::new(), None, &options).contains("is empty"));
    assert!(text(&[0, 1], &table, Some(&[1.0]), &options).contains("`revenue` has 1 rows"));
    assert!(text(&[0, 1], &table, Some(&[1.0, f64::NAN]), &options).contains("revenue"));
    assert!(text(&[0, 1], &table, None, &ProfileOptions::new().conditions(0)).contains("conditions = 0"));
    assert!(text(&[0, 1], &table, None, &ProfileOptions::new().level(1.0)).contains("level = 1"));
    let mut infinite = Table::new();
    infinite.push("x", Column::Float(vec![1.0, f64::INFINITY])).unwrap();
    assert!(text(&[0, 1], &infinite, None, &options).contains("`x`"));
    let ids = CustomerIds::from(vec![1, 1]);
    let other = CustomerIds::from(vec![2, 3]);
    let change = |a: &CustomerIds, b: &CustomerIds| {
        segment_stability(&names, (a, &[0, 1]), (b, &[0, 1]), 0.95).unwrap_err().to_string()
    };
    assert!(change(&ids, &other).contains("customer_id = 1"));
    assert!(change(&other, &CustomerIds::from(vec![7, 8])).contains("both dates"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// What a rule says of itself is what the language makes of it, and nobody's order matters.
    #[test]
    fn a_rule_holds_for_whom_it_says(
        rows in prop::collection::vec(
            (0..3_u32, prop::option::of(-5..5_i32), prop::sample::select(vec!["", "a", "b", "c \"d\""]), -1e300..1e300),
            2..60,
        )
    ) {
        let make = |rows: &[(u32, Option<i32>, &str, f64)]| {
            let mut table = Table::new();
            table.push("x", Column::Optional(rows.iter().map(|r| r.1.map(f64::from)).collect())).unwrap();
            table.push("not", Column::Text(rows.iter().map(|r| r.2.to_owned()).collect())).unwrap();
            table.push("z", Column::Float(rows.iter().map(|r| r.3).collect())).unwrap();
            let codes: Vec<u32> = rows.iter().map(|r| r.0).collect();
            let names = ["a", "b", "c"].map(String::from);
            let profiles = SegmentProfiles::new(&names, &codes, &table, None, None, &ProfileOptions::new()).unwrap();
            (profiles, codes, table)
        };
        let (profiles, codes, table) = make(&rows);
        for rule in profiles.rules() {
            if rule.text.is_empty() {
                prop_assert_eq!(rule.customers, rows.len() as u64);
                continue;
            }
            let found = RuleSet::new(&[("it", rule.text.as_str())]).unwrap().predict(&table).unwrap();
            let holds: Vec<bool> = found.codes().iter().map(|c| *c == 0).collect();
            let customers = holds.iter().filter(|h| **h).count();
            let hits = holds.iter().zip(&codes).filter(|(h, c)| **h && **c as usize == rule.segment).count();
            prop_assert_eq!(rule.customers, customers as u64, "{}", rule.text);
            prop_assert!((rule.precision.value - hits as f64 / customers as f64).abs() < 1e-12);
        }
        let finite = |v: Option<f64>| v.is_none_or(f64::is_finite);
        prop_assert!(profiles.effects().iter().all(|e| finite(e.effect) && finite(e.in_segment) && finite(e.in_base)));
        prop_assert!(profiles.attributes().iter().all(|e| finite(e.effect)));
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(make(&turned).0, profiles);
    }
}
