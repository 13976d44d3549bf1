#![allow(clippy::unwrap_used)]

use super::*;

fn table() -> Table {
    let mut table = Table::new();
    table.push("segment", Column::Text(vec!["<b>".into(), "loyal".into()])).unwrap();
    table.push("net_retention", Column::Optional(vec![Some(1.0345), None])).unwrap();
    table.push("net_retention_low", Column::Optional(vec![Some(0.9), None])).unwrap();
    table.push("net_retention_high", Column::Optional(vec![Some(1.2), None])).unwrap();
    table.push("clv", Column::Float(vec![12_345.678, f64::INFINITY])).unwrap();
    table.push("low", Column::Float(vec![1.0, 2.0])).unwrap();
    table.push("high", Column::Float(vec![20_000.0, 3.0])).unwrap();
    table.push("customers", Column::Integer(vec![1_200, 3])).unwrap();
    table
}

#[test]
fn columns_with_ends_are_one_and_numbers_are_kept() {
    let view = TableView::of("what", &table());
    let names: Vec<&str> = view.headers.iter().map(|h| h.name.as_str()).collect();
    assert_eq!(names, ["Segment", "Net retention", "CLV", "Customers"]);
    assert_eq!(view.headers.iter().map(|h| h.interval).collect::<Vec<_>>(), [false, true, true, false]);
    let row = &view.rows[0];
    assert_eq!((row[1].text.as_str(), row[1].value, row[1].low), ("103.5\u{a0}%", Some(1.0345), Some(0.9)));
    assert_eq!(row[1].range.as_deref(), Some("90.0\u{a0}% to 120.0\u{a0}%"));
    assert_eq!((row[2].text.as_str(), row[2].value), ("12\u{202f}346", Some(12_345.678)));
    assert_eq!(row[3].text, "1\u{202f}200");
    // What does not exist, and what is not finite, is a dash without a number.
    assert_eq!(
        (view.rows[1][1].text.as_str(), view.rows[1][1].value, &view.rows[1][1].range),
        ("\u{2013}", None, &None)
    );
    assert_eq!((view.rows[1][2].text.as_str(), view.rows[1][2].value), ("\u{2013}", None));
}

#[test]
fn long_tables_are_cut_and_counted() {
    let mut long = Table::new();
    long.push("n", Column::Integer((0..120).collect())).unwrap();
    let view = TableView::of("long", &long);
    assert_eq!((view.rows.len(), view.left_out), (50, 70));
}

#[test]
fn ids_are_unique_and_plain() {
    let section = |title: &str| ReportSection::new(title, "");
    let sections =
        [section("Growth"), section("Growth"), section("Größe & <x>"), section("\u{4e2d}"), section("Headlines")];
    let views = SectionView::all(&sections, &["headlines"]).unwrap();
    let ids: Vec<&str> = views.iter().map(|v| v.id.as_str()).collect();
    assert_eq!(ids, ["growth", "growth-2", "gr-e-x", "section", "headlines-2"]);
}
