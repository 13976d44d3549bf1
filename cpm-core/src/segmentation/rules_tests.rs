//! Rules: what they mean, what they refuse.

use proptest::prelude::*;

use super::*;

fn table() -> Table {
    let mut table = Table::new();
    table.push("customer_id", Column::Id(["a", "b", "c", "d"].into_iter().collect())).unwrap();
    table.push("spend", Column::Optional(vec![Some(10.0), Some(250.0), None, Some(0.0)])).unwrap();
    table.push("orders", Column::Integer(vec![1, 5, 2, 0])).unwrap();
    table.push("days since", Column::Float(vec![5.0, 100.0, 30.0, 400.0])).unwrap();
    let names = vec!["shop".to_owned(), "web".to_owned()];
    table.push("channel", Column::Category { names, codes: vec![0, 1, 1, 0] }).unwrap();
    table
}

/// Which of the four rows a condition holds for; `?` where it is unknown.
fn holds(text: &str) -> String {
    let rules = RuleSet::new(&[("rule", text)]).unwrap_or_else(|e| panic!("{e}"));
    let matches = rules.matches(&table()).unwrap_or_else(|e| panic!("{e}"));
    matches[0].iter().map(|m| m.map_or('?', |m| if m { '1' } else { '0' })).collect()
}

#[test]
fn meaning() {
    for (text, expected) in [
        ("spend > 5", "11?0"),
        ("not spend > 5", "00?1"),
        ("spend is missing", "0010"),
        ("spend is not missing and spend < 100", "1001"),
        ("spend / orders >= 50", "01??"),
        ("orders = 5 or `days since` < 10", "1100"),
        ("orders = 5 or spend > 5", "11?0"),
        ("orders == 2 and spend > 5 or orders = 2", "0010"),
        ("orders >= 1 and (channel = 'web' or `days since` <= 5)", "1110"),
        ("channel in (\"web\", 'mail')", "0110"),
        ("channel not in ('web')", "1001"),
        ("channel < 'w'", "1001"),
        ("orders in (0, 1 + 1)", "0011"),
        ("orders * 2 - 1 = 9", "0100"),
        ("10 - 5 - 2 = orders + 1", "0010"),
        ("8 / 2 / 2 = orders", "0010"),
        ("-orders < -1.5", "0110"),
        ("- -orders <> 5", "1011"),
        ("(orders > 1) = true", "0110"),
        ("NOT (orders > 1 AND TRUE)", "1001"),
        ("orders >= 1_0 or false", "0000"),
        ("channel = 'a ''quoted'' word'", "0000"),
        ("1e3 > `days since` * 2.5", "1110"),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
}

#[test]
fn errors_point_at_the_place() {
    for (text, at, reason) in [
        ("", 1, "missing before the end"),
        ("orders >", 9, "missing before the end"),
        ("orders > and 3", 10, "missing before `and`"),
        ("orders ? 3", 8, "`?` means nothing here"),
        ("orders 3", 8, "an operator such as `and` is missing before `3`"),
        ("(orders > 3", 12, "`)` is missing"),
        ("orders > 3)", 11, "missing before `)`"),
        ("channel = 'shop", 11, "never closed"),
        ("orders > 12abc", 10, "`12abc` is not a number"),
        ("1 < orders < 5", 12, "cannot be chained"),
        ("channel not 3", 13, "`in` is missing"),
        ("channel in 'a'", 12, "`(` is missing"),
        ("orders is 3", 11, "`missing` is missing"),
        ("größe > 3 and ∑ > 3", 15, "means nothing"),
    ] {
        let error = RuleSet::new(&[("r", text)]).unwrap_err().to_string();
        assert!(error.contains(&format!("at character {at}: ")) && error.contains(reason), "{text}: {error}");
    }
    for (text, at, reason) in [
        ("order > 3", 1, "there is no column `order`; the table has: customer_id, spend, orders"),
        ("orders > 3 and channel > 2", 26, "a comparison with text needs text, and this is a number"),
        ("orders", 1, "a rule needs true or false, and this is a number"),
        ("orders > 3 and spend", 16, "`and` needs true or false"),
        ("channel + 1 > 3", 1, "arithmetic needs a number, and this is text"),
        ("customer_id = 'a'", 1, "dates or ids"),
        ("(orders > 3) < true", 14, "no order"),
        ("orders in (1, 'a')", 15, "a list for a number needs a number"),
    ] {
        let rules = RuleSet::new(&[("r", text)]).unwrap();
        let error = rules.predict(&table()).unwrap_err().to_string();
        assert!(error.contains(&format!("at character {at}: ")) && error.contains(reason), "{text}: {error}");
    }
    let error = RuleSet::new(&[("Big", "spend >> 3")]).unwrap_err().to_string();
    assert!(error.contains("rule = Big") && error.ends_with("  spend >> 3\n         ^"), "{error}");
}

#[test]
fn sets_of_rules() {
    let rules =
        RuleSet::parse("# a comment\n\nBusy: orders > 1\nRich : spend > 100\n").unwrap().otherwise("Rest").unwrap();
    let segments = rules.predict(&table()).unwrap();
    assert_eq!(segments.names(), ["Busy", "Rich", "Rest"]);
    assert_eq!(segments.codes(), [2, 0, 0, 2]);
    assert_eq!(segments.customer_ids().get(1).to_string(), "b");
    let report = rules.report(&table()).unwrap();
    let column = |name: &str| report.column(name).cloned();
    assert_eq!(column("applies"), Some(Column::Integer(vec![2, 1, 2])));
    assert_eq!(column("assigned"), Some(Column::Integer(vec![2, 0, 2])));
    assert_eq!(column("alone"), Some(Column::Integer(vec![1, 0, 2])));
    assert_eq!(column("overlap"), Some(Column::Integer(vec![1, 1, 0])));
    assert_eq!(column("unknown"), Some(Column::Integer(vec![0, 1, 0])));
    let again: RuleSet = serde_json::from_str(&serde_json::to_string(&rules).unwrap()).unwrap();
    assert_eq!(again, rules);
    assert!(serde_json::from_str::<RuleSet>(r#"{"rules": [["a", "1 +"]], "otherwise": "x"}"#).is_err());
    let text = |rules: Result<RuleSet>| rules.unwrap_err().to_string();
    assert!(text(RuleSet::parse("a: true\nb")).contains("line 2"));
    assert!(text(RuleSet::parse("")).contains("at least one rule"));
    assert!(text(RuleSet::parse("a: true\na: false")).contains("name of its own"));
    assert!(text(RuleSet::parse("a: true").unwrap().otherwise("a")).contains("name of its own"));
}

#[test]
fn hostile_texts_are_refused_or_read() {
    let deep = 200_000;
    for open in ["(", "not ", "-", "- (", "not (", "1 in ("] {
        let error = RuleSet::new(&[("r", open.repeat(deep))].map(|(n, t)| (n.to_owned(), t))).unwrap_err().to_string();
        assert!(error.contains("levels of nesting") || error.contains("missing"), "{}", &error[error.len() - 100..]);
    }
    // Long is not deep.
    let long = format!("orders > 0{}", " and orders > 0".repeat(20_000));
    assert_eq!(holds(&long), "1110");
    let sum = format!("orders{} > 3", " + orders * 1".repeat(20_000));
    assert_eq!(holds(&sum), "1110");
}

proptest! {
    #[test]
    fn any_text_gives_a_rule_or_an_error(text in "[-a-z0-9 ()<>=!+*/,.'\"`]{0,60}|\\PC{0,40}") {
        if let Ok(rules) = RuleSet::new(&[("r".to_owned(), text)]) {
            let _ = rules.report(&table());
        }
    }

    #[test]
    fn logic_is_that_of_its_parts(a in -2..6_i32, b in -2..6_i32, c in 0..500_i32) {
        let one = |text: String| holds(&text);
        let (x, y, z) = (format!("orders > {a}"), format!("orders < {b}"), format!("`days since` >= {c}"));
        let both = |f: fn(bool, bool) -> bool, p: &str, q: &str| -> String {
            p.chars().zip(q.chars()).map(|(p, q)| if f(p == '1', q == '1') { '1' } else { '0' }).collect()
        };
        let (vx, vy, vz) = (one(x.clone()), one(y.clone()), one(z.clone()));
        let and = both(|p, q| p && q, &vy, &vz);
        prop_assert_eq!(one(format!("{x} or {y} and {z}")), both(|p, q| p || q, &vx, &and));
        let or = both(|p, q| p || q, &vx, &vy);
        prop_assert_eq!(one(format!("({x} or {y}) and {z}")), both(|p, q| p && q, &or, &vz));
        prop_assert_eq!(one(format!("not ({x} and {y})")), one(format!("not {x} or not {y}")));
    }
}
