use crate::transactions::{Amount, Customer, LogBuilder, RowDetails, When};
use crate::{Column, ReadOptions, SummaryBuilder, SummaryOptions, TransactionLog};

fn log(options: ReadOptions) -> TransactionLog {
    let mut builder = LogBuilder::new(options.aliases([("annie", "ann")]).unwrap());
    let rows = [
        ("bob", "2024-03-02", 5.0, Some("2"), Amount::Missing),
        ("annie", "2024-03-01 08:15", 20.0, Some("1"), Amount::Number(8.0)),
        ("ann", "2024-02-01", 7.5, None, Amount::Number(3.0)),
    ];
    for (line, (customer, date, amount, product, cost)) in (1..).zip(rows) {
        let details = RowDetails {
            order: Some("o"),
            product,
            channel: Some("web"),
            cost,
            attributes: &[product, Some("DE")],
            ..RowDetails::default()
        };
        builder.push_detailed(line, Customer::Text(customer), When::Text(date), Amount::Number(amount), &details);
    }
    builder.finish().unwrap()
}

fn cells(table: &crate::Table, name: &str) -> Vec<String> {
    let column = table.column(name).unwrap();
    (0..column.len()).map(|row| column.format(row)).collect()
}

#[test]
fn all_that_was_kept_comes_back() {
    let options = ReadOptions::new("customer", "date", "amount");
    let plain = log(options.clone()).to_table().unwrap();
    assert_eq!(plain.columns().map(|(name, _)| name).collect::<Vec<_>>(), ["customer_id", "time", "amount"]);
    let options = options.order("nr").product("sku").channel("shop").cost("cost").attributes(["amount", "country"]);
    let table = log(options).to_table().unwrap();
    assert_eq!(
        table.columns().map(|(name, _)| name).collect::<Vec<_>>(),
        ["customer_id", "time", "amount", "order", "product", "channel", "cost", "attribute_amount", "country"]
    );
    assert_eq!(cells(&table, "customer_id"), ["ann", "ann", "bob"]);
    assert_eq!(cells(&table, "time"), ["2024-02-01", "2024-03-01 08:15:00", "2024-03-02"]);
    assert_eq!(cells(&table, "amount"), ["7.5", "20", "5"]);
    assert_eq!(cells(&table, "product"), ["", "1", "2"]);
    assert_eq!(cells(&table, "cost"), ["3", "8", ""]);
    assert_eq!(cells(&table, "attribute_amount"), ["", "1", "2"]);
    assert_eq!(cells(&table, "country"), ["DE"; 3]);
}

#[test]
fn merged_rows_say_how_many_they_are() {
    let mut builder = SummaryBuilder::new(ReadOptions::new("customer", "date", "amount"), SummaryOptions::new());
    for hour in [9, 10, 33] {
        let time = format!("2024-03-0{} {:02}:00", 1 + hour / 24, hour % 24);
        builder.push(hour, Customer::Integer(7), When::Text(&time), Amount::Number(1.5));
    }
    let table = builder.finish_log().unwrap().to_table().unwrap();
    assert_eq!(table.column("rows"), Some(&Column::Integer(vec![2, 1])));
    assert_eq!(cells(&table, "time"), ["2024-03-01 09:00:00", "2024-03-02 09:00:00"]);
    assert_eq!(cells(&table, "amount"), ["3", "1.5"]);
}
