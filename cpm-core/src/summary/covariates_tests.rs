//! Profiles of covariates, and what is refused.

use super::*;

fn table(columns: Vec<(&str, Column)>) -> Table {
    let mut table = Table::new();
    for (name, column) in columns {
        table.push(name, column).unwrap();
    }
    table
}

fn texts(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|v| (*v).to_owned()).collect())
}

#[test]
fn profiles_are_the_distinct_rows_whatever_their_order() {
    let one = Covariates::new(&table(vec![
        ("channel", texts(&["web", "shop", "web", "web"])),
        ("age", Column::Float(vec![-1.0, 5.0, -1.0, 0.0])),
    ]))
    .unwrap();
    let turned = Covariates::new(&table(vec![
        ("channel", texts(&["web", "web", "shop", "web"])),
        ("age", Column::Optional(vec![Some(-0.0), Some(-1.0), Some(5.0), Some(-1.0)])),
    ]))
    .unwrap();
    assert_eq!(one.profiles(), 3);
    assert_eq!(one.of_row(), [1, 0, 1, 2]);
    assert_eq!(turned.of_row(), [2, 1, 0, 1]);
    assert_eq!(one.columns, turned.columns);
    assert_eq!(one.row_of(2), 3);
    assert_eq!(one.names().collect::<Vec<_>>(), ["channel", "age"]);
}

#[test]
fn what_cannot_be_used_is_named() {
    let message = |column: Column| Covariates::new(&table(vec![("age", column)])).unwrap_err().to_string();
    assert!(message(Column::Float(vec![1.0, f64::NAN])).contains("row 1: age = NaN"));
    assert!(message(Column::Optional(vec![None, Some(1.0)])).contains("row 0: age = (missing)"));
    assert!(message(texts(&["a", " "])).contains("row 1: age = (empty)"));
    assert!(message(Column::Date(vec!["2024-01-01".parse().unwrap()])).contains("has type date"));
    assert!(Covariates::new(&Table::new()).unwrap_err().to_string().contains("is empty"));
}
