//! Policies of reading, the quality report, and columns beyond customer, date and amount.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use cpm_core::transactions::{Amount, Customer, Duplicates, LogBuilder, Reason, RowDetails, When};
use cpm_core::{
    Column, CustomerSummary, Error, MergeWithin, OnError, ReadOptions, Returns, SplitOptions, SummaryBuilder,
    SummaryOptions, Table, TimeUnit, TransactionLog,
};
use proptest::prelude::*;

fn options() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount")
}

fn read(text: &str, options: &ReadOptions) -> cpm_core::Result<TransactionLog> {
    TransactionLog::from_csv_reader(text.as_bytes(), "orders.csv", options)
}

fn integers<'a>(table: &'a Table, name: &str) -> &'a [i64] {
    match table.column(name) {
        Some(Column::Integer(values)) => values,
        other => panic!("{other:?}"),
    }
}

/// Rows of the quality table by outcome.
fn outcome(log: &TransactionLog, name: &str) -> i64 {
    let table = log.quality().to_table().unwrap();
    let outcomes = table.texts("outcome").unwrap();
    outcomes.iter().zip(integers(&table, "rows")).filter(|(o, _)| *o == name).map(|(_, n)| n).sum()
}

#[test]
fn duplicates_are_counted_and_shown() {
    let text = "customer,date,amount,note\na,2024-03-01,5,x\nb,2024-03-01,5,x\na,2024-03-01,5,y\na,2024-03-02,5,x\na,2024-03-01,5.0,x\na,2024-03-01,5,z\n";
    let kept = read(text, &options()).unwrap();
    assert_eq!(kept.rows(), 6);
    // Notes are not read, so they do not tell rows apart; 5.0 is the number 5.
    let log = read(text, &options().duplicates(Duplicates::Drop)).unwrap();
    assert_eq!((log.rows(), log.quality().rows_read), (3, 6));
    assert_eq!(log.quality().excluded.get(&Reason::DuplicateRow), Some(&3));
    let lines: Vec<u64> = log.quality().examples.iter().map(|e| e.place.number()).collect();
    assert_eq!(lines, [4, 6, 7]);
    assert_eq!(log.quality().total_amount, 15.0);
    let summary = log.summarize(&SummaryOptions::new()).unwrap();
    assert_eq!(summary.frequency(), [1.0, 0.0]);
    // What a policy leaves out is no error, and columns that are read tell rows apart.
    let with_notes = read(text, &options().duplicates(Duplicates::Drop).product("note")).unwrap();
    assert_eq!(with_notes.quality().excluded.get(&Reason::DuplicateRow), Some(&1));
}

#[test]
fn a_window_of_time() {
    let text = "customer,date,amount\na,2024-02-29,1\na,2024-03-01,2\na,2024-03-31 23:00,3\nb,2024-04-01,4\n";
    let log = read(text, &options().start("2024-03-01").unwrap().end("2024-03-31").unwrap()).unwrap();
    assert_eq!((log.customers(), log.rows()), (1, 2));
    let excluded: Vec<_> = log.quality().excluded.iter().map(|(r, n)| (*r, *n)).collect();
    assert_eq!(excluded, [(Reason::BeforeStart, 1), (Reason::Future, 1)]);
    let wrong = options().start("2024-03-02").unwrap().end("2024-03-01").unwrap();
    assert!(read(text, &wrong).unwrap_err().to_string().contains("before the start"));
    assert!(options().start("1.3.2024").is_err() && options().end("x").is_err());
}

#[test]
fn gaps_in_the_calendar_and_one_time_buyers() {
    let text = "customer,date,amount\na,2024-03-01,1\na,2024-03-04,1\nb,2024-03-10,1\nc,2024-03-12,1\n";
    let log = read(text, &options()).unwrap();
    let quality = log.quality();
    assert_eq!(quality.days_without_rows, 2 + 5 + 1);
    let gap = quality.longest_gap.map(|(first, last)| (first.date_string(), last.date_string()));
    assert_eq!(gap, Some(("2024-03-05".to_owned(), "2024-03-09".to_owned())));
    assert_eq!(quality.one_time_share(), 2.0 / 3.0);
    assert!(quality.to_string().contains("longest gap from 2024-03-05 to 2024-03-09"), "{quality}");
    let dense = read("customer,date,amount\na,2024-03-01,1\na,2024-03-02,1\n", &options()).unwrap();
    assert_eq!((dense.quality().days_without_rows, dense.quality().longest_gap), (0, None));
}

#[test]
fn outliers_are_flagged_and_kept() {
    let mut text = String::from("customer,date,amount\n");
    for i in 1..=100 {
        text += &format!("c{i},2024-03-01,{}\n", i % 4 + 1);
    }
    text += "big,2024-03-01,100000\n";
    let log = read(&text, &options().flag_outliers(3.0).unwrap()).unwrap();
    let outliers = log.quality().outliers.unwrap();
    // numpy.quantile(numpy.log(amounts), [0.25, 0.75]) is ln 2 and ln 4, of 101 amounts with ties.
    assert!((outliers.above - 4.0 * 2.0_f64.powi(3)).abs() < 1e-12, "{outliers:?}");
    assert_eq!((outliers.rows, outliers.largest, log.rows()), (1, 100_000.0, 101));
    assert_eq!(read(&text, &options()).unwrap().quality().outliers, None);
    assert!(options().flag_outliers(f64::NAN).is_err());
}

#[test]
fn rows_of_an_order_are_one_purchase() {
    let text = "customer,date,amount,order\n\
        a,2024-03-01,10,1\na,2024-03-01,5,1\na,2024-03-01,7,2\na,2024-03-08,-7,2\na,2024-03-15,4,3\nb,2024-03-02,9,1\n";
    let options = options().order("order").returns(Returns::Net);
    let log = read(text, &options).unwrap();
    let by_order = SummaryOptions::new().merge_within(MergeWithin::Order).time_unit(TimeUnit::Day);
    let summary = log.summarize(&by_order.as_of("2024-03-31").unwrap()).unwrap();
    // Order 2 was returned a week later, so that it is no purchase; without the return it is one.
    assert_eq!(summary.frequency(), [1.0, 0.0]);
    assert_eq!(summary.recency(), [14.0, 0.0]);
    assert_eq!(summary.total_amount().unwrap(), [19.0, 9.0]);
    assert_eq!(summary.orders().unwrap(), [3, 1]);
    assert_eq!(summary.quality().unwrap().periods_cancelled, 1);
    let early = log.summarize(&by_order.as_of("2024-03-07").unwrap()).unwrap();
    assert_eq!(early.frequency(), [1.0, 0.0]);
    assert_eq!(early.quality().unwrap().rows_after_as_of, 2);
    let split = SplitOptions::new("2024-03-07").unwrap().merge_within(MergeWithin::Order);
    assert_eq!(log.split(&split).unwrap().holdout.purchases, [1.0, 0.0]);

    let plain = read(text, &ReadOptions::new("customer", "date", "amount").returns(Returns::Net)).unwrap();
    assert!(plain.summarize(&by_order).unwrap_err().to_string().contains("no order ids"));
    let missing = "customer,date,amount,order\na,2024-03-01,10, \n";
    let error = read(missing, &options).unwrap_err().to_string();
    assert!(error.contains("`order`") && error.contains("no order id"), "{error}");
}

#[test]
fn quantities_times_prices() {
    let text = "customer,date,price,n\na,2024-03-01,2.5,4\na,2024-03-01,2.5,\na,2024-03-01,2.5,x\na,2024-03-01,1e200,1e200\na,2024-03-02,3,-1\n";
    let options = ReadOptions::new("customer", "date", "").quantity_and_price("n", "price");
    let log = read(text, &options.on_error(OnError::Exclude)).unwrap();
    assert_eq!(log.rows_of(0).1, [10.0]);
    let excluded: Vec<_> = log.quality().excluded.iter().map(|(r, n)| (*r, *n)).collect();
    let expected =
        [Reason::NonFiniteAmount, Reason::NegativeAmount, Reason::MissingQuantity, Reason::UnparsableQuantity];
    assert_eq!(excluded, expected.map(|r| (r, 1)));
}

#[test]
fn currencies() {
    let text = "customer,date,amount,currency,cost\na,2024-03-01,10,EUR,4\na,2024-03-05,10,USD,4\nb,2024-03-01,5,EUR,\nc,2024-03-01,5,,1\n";
    let named = options().currency("currency").on_error(OnError::Exclude);
    match read(text, &named) {
        Err(error @ Error::MixedCurrencies { .. }) => {
            let text = error.to_string();
            assert!(
                text.contains("EUR (2 rows, first orders.csv, line 2), USD (1 rows, first orders.csv, line 3)"),
                "{text}"
            );
        }
        other => panic!("{other:?}"),
    }
    let converted = named.clone().cost("cost").exchange_rates([("EUR", 1.0), ("USD", 0.5)]).unwrap();
    let log = read(text, &converted).unwrap();
    assert_eq!(log.rows_of(0).1, [10.0, 5.0]);
    assert_eq!(
        log.quality().currencies.iter().map(|(c, n)| (c.as_str(), *n)).collect::<Vec<_>>(),
        [("EUR", 2), ("USD", 1)]
    );
    assert_eq!(log.quality().excluded.get(&Reason::MissingCurrency), Some(&1));
    let summary = log.summarize(&SummaryOptions::new()).unwrap();
    assert_eq!(summary.total_profit().unwrap(), [Some(9.0), None]);
    assert_eq!(summary.mean_profit().unwrap(), [Some(3.0), None]);
    assert_eq!(log.quality().rows_without_cost, 1);
    let partial = named.exchange_rates([("EUR", 1.0)]).unwrap();
    assert_eq!(read(text, &partial).unwrap().quality().excluded.get(&Reason::UnknownCurrency), Some(&1));
    assert!(options().exchange_rates([("EUR", 0.0)]).is_err());
    let error = read(text, &options().exchange_rates([("EUR", 1.0)]).unwrap()).unwrap_err().to_string();
    assert!(error.contains("name the column of currencies"), "{error}");
}

#[test]
fn attributes_as_of_the_end_of_observation() {
    let text = "customer,date,amount,country,plan\n\
        a,2024-03-05,1,DE,\na,2024-03-01,1,FR,free\na,2024-03-09,1,US,pro\nb,2024-03-01,1,,\n";
    let log = read(text, &options().attributes(["country", "plan"])).unwrap();
    let whole = log.summarize(&SummaryOptions::new()).unwrap();
    assert_eq!(whole.attribute_names(), ["country", "plan"]);
    assert_eq!(whole.attribute("country").unwrap(), [Some("US"), None]);
    let early = log.summarize(&SummaryOptions::new().as_of("2024-03-06").unwrap()).unwrap();
    assert_eq!(early.attribute("country").unwrap(), [Some("DE"), None]);
    assert_eq!(early.attribute("plan").unwrap(), [Some("free"), None]);
    assert_eq!(early.attribute("city"), None);
    let table = early.to_table().unwrap();
    assert_eq!(table.column("country").unwrap().format(0), "DE");
    assert_eq!(table.column("country").unwrap().format(1), "");
}

#[test]
fn a_missing_optional_column_is_named() {
    let error = read("customer,date,amount\na,2024-03-01,1\n", &options().order("order_id")).unwrap_err();
    assert!(error.to_string().contains("Name the column that holds the order id"), "{error}");
}

#[test]
fn sums_of_log_gaps() {
    let text = "customer,date,amount\na,2024-03-01,1\na,2024-03-08,1\na,2024-03-22,1\na,2024-03-22,1\nb,2024-03-01,1\n";
    let log = read(text, &options()).unwrap();
    let summary = log.summarize(&SummaryOptions::new()).unwrap();
    let gaps = summary.ln_gaps().unwrap();
    assert!((gaps[0] - (1.0_f64.ln() + 2.0_f64.ln())).abs() < 1e-14 && gaps[1] == 0.0, "{gaps:?}");
    let days = log.summarize(&SummaryOptions::new().time_unit(TimeUnit::Day)).unwrap();
    assert!((days.ln_gaps().unwrap()[0] - (7.0_f64.ln() + 14.0_f64.ln())).abs() < 1e-14);
    // Rows of one time that are not merged have no gap with a logarithm.
    let apart = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Nothing)).unwrap();
    assert_eq!(apart.ln_gaps(), None);
    let months = SummaryOptions::new().merge_within(MergeWithin::Month).time_unit(TimeUnit::Month);
    assert_eq!(log.summarize(&months).unwrap().frequency(), [0.0, 0.0]);
}

/// A customer, an hour since 2024-01-01, cents, an order; some rows are unusable.
type Row = (u8, u32, i64, u8);

fn detailed_options() -> ReadOptions {
    options()
        .returns(Returns::Net)
        .on_error(OnError::Exclude)
        .duplicates(Duplicates::Drop)
        .order("order")
        .cost("cost")
        .attributes(["country"])
        .currency("currency")
        .end("2024-01-25")
        .unwrap()
}

fn push(row: &Row, line: u64, to: &mut LogBuilder) {
    let (customer, hour, cents, order) = *row;
    let time = format!("2024-01-{:02} {:02}:00", 1 + hour / 24, hour % 24);
    let amount = if cents % 7 == 0 { Amount::Missing } else { Amount::Number(cents as f64 / 100.0) };
    let order = if order == 0 { String::new() } else { format!("o{order}") };
    let country = ["", "DE", "FR"][(hour % 3) as usize];
    let details = RowDetails {
        order: Some(&order),
        cost: if cents % 5 == 0 { Amount::Missing } else { Amount::Number(cents as f64 / 300.0) },
        currency: Some("EUR"),
        attributes: &[Some(country)],
        ..RowDetails::default()
    };
    to.push_detailed(line, Customer::Text(&format!("c{customer}")), When::Text(&time), amount, &details);
}

fn build(pieces: &[&[Row]]) -> cpm_core::Result<TransactionLog> {
    let mut whole = LogBuilder::new(detailed_options());
    for (i, piece) in pieces.iter().enumerate() {
        let mut part = LogBuilder::new(detailed_options());
        part.begin(&format!("piece {i}"));
        piece.iter().enumerate().for_each(|(line, row)| push(row, line as u64, &mut part));
        whole.merge(part)?;
    }
    whole.finish()
}

fn same(a: &CustomerSummary, b: &CustomerSummary) {
    assert_eq!(a.customer_ids(), b.customer_ids());
    assert_eq!((a.frequency(), a.recency(), a.T()), (b.frequency(), b.recency(), b.T()));
    assert_eq!((a.monetary_value(), a.total_profit()), (b.monetary_value(), b.total_profit()));
    assert_eq!((a.orders(), a.attribute("country")), (b.orders(), b.attribute("country")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn totals_add_up_and_order_does_not_matter(
        (rows, shuffled) in prop::collection::vec((0..4_u8, 0..24 * 28_u32, -20..60_i64, 0..6_u8), 1..120)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        cut in 0.0..1.0,
    ) {
        let middle = (cut * rows.len() as f64) as usize;
        let whole = build(&[&rows]);
        for other in [build(&[&shuffled]), build(&[&rows[middle..], &rows[..middle]])] {
            match (&whole, other) {
                (Ok(a), Ok(b)) => {
                    for log in [a, &b] {
                        let quality = log.quality();
                        prop_assert_eq!(quality.rows_read, rows.len() as u64);
                        prop_assert_eq!(quality.rows_read, quality.rows_kept + quality.rows_excluded());
                        let read = outcome(log, "kept") + outcome(log, "merged") + outcome(log, "excluded");
                        prop_assert_eq!(read, rows.len() as i64);
                        prop_assert_eq!(quality.currencies.values().sum::<u64>(), quality.rows_kept);
                        prop_assert!(quality.rows_without_cost <= quality.rows_kept);
                    }
                    prop_assert_eq!(&a.quality().excluded, &b.quality().excluded);
                    prop_assert_eq!(a.quality().rows_without_cost, b.quality().rows_without_cost);
                    for merge in [MergeWithin::Day, MergeWithin::Order, MergeWithin::Month] {
                        let options = SummaryOptions::new().merge_within(merge).as_of("2024-01-20").unwrap();
                        match (a.summarize(&options), b.summarize(&options)) {
                            (Ok(a), Ok(b)) => same(&a, &b),
                            (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
                        }
                    }
                    // The usable rows are those that are distinct, in the window, and have an amount and an order.
                    let usable: BTreeSet<Row> = rows.iter().copied()
                        .filter(|&(_, hour, cents, order)| cents % 7 != 0 && order != 0 && hour < 24 * 25).collect();
                    prop_assert_eq!(a.rows(), usable.len());
                }
                (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
            }
        }
    }
}

#[test]
fn a_summary_builder_with_orders() {
    let text = "customer,date,amount,order\na,2024-03-01,10,1\na,2024-03-05,5,1\na,2024-03-09,7,2\n";
    let options = options().order("order");
    let summary = SummaryOptions::new().merge_within(MergeWithin::Order);
    let mut builder = SummaryBuilder::new(options.clone(), summary);
    let folder = std::env::temp_dir().join(format!("cpm-orders-{}.csv", std::process::id()));
    std::fs::write(&folder, text).unwrap();
    let done = builder.read(&folder);
    std::fs::remove_file(&folder).unwrap();
    done.unwrap();
    same(&builder.finish().unwrap(), &read(text, &options).unwrap().summarize(&summary).unwrap());
}
