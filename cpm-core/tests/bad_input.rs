//! What a messy file or a wrong column gets: an error that names the place and the remedy, or a counted exclusion.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use cpm_core::transactions::{Reason, RowPlace};
use cpm_core::{
    AnalysisOptions, BgNbd, CustomerSummary, Error, FitOptions, GammaGamma, OnError, PurchaseModel, ReadOptions,
    Result, Returns, SavedModel, SplitOptions, SummaryOptions, TimeUnit, TransactionLog, analyze, datasets,
};

fn options() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount")
}

fn read(text: &str, options: &ReadOptions) -> Result<TransactionLog> {
    TransactionLog::from_csv_reader(text.as_bytes(), "orders.csv", options)
}

/// The error of one bad row in line 3, and the log that is left when it is excluded.
#[track_caller]
fn bad_row(row: &str, reason: Reason, column: &str) -> TransactionLog {
    let text = format!("customer,date,amount\nann,2024-01-05,10\n{row}\nben,2024-02-05,20\n");
    match read(&text, &options()) {
        Err(Error::BadRows { count: 1, total: 3, first, .. }) => {
            assert_eq!((first.place, first.reason, first.column.as_str()), (RowPlace::Line(3), reason, column));
            assert!(first.to_string().contains("orders.csv, line 3"), "{first}");
        }
        other => panic!("{other:?}"),
    }
    let log = read(&text, &options().on_error(OnError::Exclude)).unwrap();
    let quality = log.quality();
    assert_eq!(quality.excluded.get(&reason), Some(&1));
    assert_eq!((quality.rows_read, quality.rows_kept, quality.rows_excluded()), (3, 2, 1));
    log
}

#[test]
fn bad_rows_are_named_or_counted() {
    bad_row("cay,2024-13-05,10", Reason::UnparsableDate, "date");
    bad_row("cay,yesterday,10", Reason::UnparsableDate, "date");
    bad_row("cay,2024-02-30,10", Reason::UnparsableDate, "date");
    bad_row("cay,03/04/2024,10", Reason::AmbiguousDate, "date");
    bad_row("cay,3.4.24,10", Reason::AmbiguousDate, "date");
    bad_row("cay,,10", Reason::MissingDate, "date");
    bad_row(",2024-01-05,10", Reason::MissingCustomer, "customer");
    bad_row("  ,2024-01-05,10", Reason::MissingCustomer, "customer");
    bad_row("cay,2024-01-05,", Reason::MissingAmount, "amount");
    bad_row("cay,2024-01-05,$10", Reason::UnparsableAmount, "amount");
    bad_row("cay,2024-01-05,\"1,000.00\"", Reason::UnparsableAmount, "amount");
    bad_row("cay,2024-01-05,NaN", Reason::MissingAmount, "amount");
    bad_row("cay,2024-01-05,-inf", Reason::NonFiniteAmount, "amount");
    bad_row("cay,2024-01-05,inf", Reason::NonFiniteAmount, "amount");
    bad_row("cay,2024-01-05,1e999", Reason::NonFiniteAmount, "amount");
    bad_row("cay,2024-01-05,-10", Reason::NegativeAmount, "amount");
    bad_row("cay,2024-01-05", Reason::MalformedRow, "");
    bad_row("cay,2024-01-05,10,extra", Reason::MalformedRow, "");
}

#[test]
fn bytes_that_are_not_utf8_are_a_malformed_row() {
    let text = b"customer,date,amount\nann,2024-01-05,10\nm\xfcller,2024-01-05,10\n";
    let error = TransactionLog::from_csv_reader(&text[..], "latin1.csv", &options()).unwrap_err();
    assert!(matches!(&error, Error::BadRows { first, .. } if first.reason == Reason::MalformedRow), "{error}");
}

#[test]
fn dates_are_never_guessed() {
    let text = "customer,date,amount\nann,03/04/2024,10\n";
    let day_first = read(text, &options().date_format("%d/%m/%Y")).unwrap();
    let month_first = read(text, &options().date_format("%m/%d/%Y")).unwrap();
    assert_eq!(day_first.first_and_last().0.to_string(), "2024-04-03");
    assert_eq!(month_first.first_and_last().0.to_string(), "2024-03-04");
}

#[test]
fn times_and_offsets() {
    let text =
        "customer,date,amount\na,2024-01-05T23:30:00-05:00,1\nb,2024-01-05 10:00:00,1\nc,2024-01-05T10:00:00Z,1\n";
    let log = read(text, &options()).unwrap();
    let time = |i| log.rows_of(i).0[0].to_string();
    assert_eq!(
        (time(0), time(1), time(2)),
        ("2024-01-06 04:30:00".to_owned(), "2024-01-05 10:00:00".to_owned(), time(1))
    );
}

#[test]
fn missing_column_lists_the_columns() {
    let error = read("client,when,total\n1,2024-01-01,3\n", &options()).unwrap_err();
    let Error::MissingColumn { column, available, .. } = &error else { panic!("{error}") };
    assert_eq!((column.as_str(), available.len()), ("customer", 3));
    assert!(error.to_string().contains("client, when, total"), "{error}");
}

#[test]
fn empty_files() {
    for text in ["", "\n", "customer,date,amount\n"] {
        assert!(matches!(read(text, &options()), Err(Error::Empty { .. })), "{text:?}");
    }
    let all_bad = read("customer,date,amount\nann,x,1\n", &options().on_error(OnError::Exclude)).unwrap_err();
    assert!(all_bad.to_string().contains("1 unparsable date"), "{all_bad}");
}

#[test]
fn files_that_are_not_csv() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0";
    let error = TransactionLog::from_csv_reader(&png[..], "image.png", &options()).unwrap_err();
    assert!(matches!(error, Error::UnreadableFile { .. }), "{error}");
    assert!(matches!(TransactionLog::read_csv("/does/not/exist.csv", &options()), Err(Error::Io { .. })));
}

#[test]
fn ids_are_opaque() {
    let text = "customer,date,amount\n007,2024-01-01,1\n7,2024-01-01,1\nÅsa,2024-01-01,1\n9007199254740993,2024-01-01,1\n9007199254740992,2024-01-01,1\n";
    let log = read(text, &options()).unwrap();
    assert_eq!(log.customers(), 5);
    let ids: Vec<String> = log.customer_ids().iter().map(|i| i.to_string()).collect();
    assert_eq!(ids, ["007", "7", "9007199254740992", "9007199254740993", "Åsa"]);
}

#[test]
fn returns_net_within_a_day() {
    let text = "customer,date,amount\nann,2024-01-05,10\nann,2024-01-05,-10\nann,2024-02-05,30\nann,2024-02-05,-5\n\
                ann,2024-03-05,-7\nben,2024-01-05,8\ncay,2024-01-05,4\ncay,2024-01-05,-4\n";
    let net = read(text, &options().returns(Returns::Net)).unwrap();
    assert_eq!(net.quality().negative_amounts, 4);
    let customers = net.summarize(&SummaryOptions::new()).unwrap();
    assert_eq!(customers.len(), 2);
    assert_eq!(customers.total_amount().unwrap(), [25.0, 8.0]);
    let quality = customers.quality().unwrap();
    assert_eq!((quality.periods_cancelled, quality.customers_cancelled, quality.rows_merged), (3, 1, 3));

    let dropped = read(text, &options().returns(Returns::Drop)).unwrap();
    assert_eq!(dropped.quality().excluded.get(&Reason::ReturnDropped), Some(&4));
    assert_eq!(dropped.summarize(&SummaryOptions::new()).unwrap().total_amount().unwrap(), [40.0, 8.0, 4.0]);
}

#[test]
fn rows_after_as_of_are_left_out_and_counted() {
    let log = datasets::cdnow_sample().unwrap();
    let customers = log.summarize(&SummaryOptions::new().as_of("1997-01-31").unwrap()).unwrap();
    let quality = customers.quality().unwrap();
    let kept = customers.frequency().iter().map(|x| *x as u64 + 1).sum::<u64>();
    assert_eq!(kept + quality.rows_merged + quality.rows_after_as_of, quality.rows);
    assert_eq!(customers.len() as u64 + quality.customers_after_as_of, 2357);
    let early = log.summarize(&SummaryOptions::new().as_of("1996-01-01").unwrap()).unwrap_err();
    assert!(early.to_string().contains("1997-01-01 to 1998-06-30"), "{early}");
    assert!(SummaryOptions::new().as_of("30/09/1997").is_err());
}

#[test]
fn customers_born_after_the_split_are_reported() {
    let log = datasets::cdnow_sample().unwrap();
    let split = log.split(&SplitOptions::new("1997-02-15").unwrap()).unwrap();
    assert_eq!(split.calibration.len() as u64 + split.holdout.customers_born_after, 2357);
    assert!(split.holdout.purchases_born_after >= split.holdout.customers_born_after);
    assert!(log.split(&SplitOptions::new("1998-06-30").unwrap()).is_err());
}

#[test]
fn summaries_given_directly_are_validated() {
    let one = |x: f64, t_x: f64, t: f64| CustomerSummary::new(&[1.0, x], &[2.0, t_x], &[3.0, t], TimeUnit::Week);
    for (x, t_x, t, column) in [
        (-1.0, 0.0, 5.0, "frequency"),
        (1.5, 1.0, 5.0, "frequency"),
        (f64::NAN, 0.0, 5.0, "frequency"),
        (2e6, 1.0, 5.0, "frequency"),
        (2.0, 6.0, 5.0, "recency"),
        (2.0, -1.0, 5.0, "recency"),
        (2.0, f64::INFINITY, 5.0, "recency"),
        (0.0, 3.0, 5.0, "recency"),
        (2.0, 1.0, -5.0, "T"),
        (2.0, 1.0, f64::NAN, "T"),
    ] {
        match one(x, t_x, t) {
            Err(Error::InvalidValue { column: found, row: 1, .. }) => assert_eq!(found, column),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(CustomerSummary::new(&[], &[], &[], TimeUnit::Week), Err(Error::Empty { .. })));
    assert!(matches!(
        CustomerSummary::new(&[1.0], &[1.0, 2.0], &[3.0], TimeUnit::Week),
        Err(Error::LengthMismatch { column: "recency", .. })
    ));
    let valid = one(2.0, 1.0, 5.0).unwrap();
    let twice = valid.clone().with_customer_ids(["ann", "ann"].into_iter().collect());
    assert!(matches!(twice, Err(Error::InvalidValue { column: "customer_id", row: 1, .. })));
    assert!(valid.clone().with_monetary_value(&[1.0, f64::NAN]).is_err());
    assert!(valid.clone().with_monetary_value(&[1.0, -1.0]).is_err());
    assert!(valid.with_monetary_value(&[1.0]).is_err());
}

#[test]
fn data_that_cannot_identify_a_model() {
    let fit = |x: &[f64], t_x: &[f64], t: &[f64]| {
        BgNbd::fit(&CustomerSummary::new(x, t_x, t, TimeUnit::Week).unwrap(), &FitOptions::new())
    };
    let reason = |result: Result<BgNbd>| match result {
        Err(Error::NotIdentified { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason(fit(&[3.0], &[5.0], &[9.0])).contains("1 of 1 customers"));
    assert!(reason(fit(&[0.0; 50], &[0.0; 50], &[9.0; 50])).contains("0 of 50"));
    assert!(reason(fit(&[0.0; 50], &[0.0; 50], &[0.0; 50])).contains("no time has passed"));
    assert!(reason(fit(&[1.0; 50], &[4.0; 50], &[9.0; 50])).contains("distinct"));

    // All rows on one day, through the whole road.
    let text = "customer,date,amount\nann,2024-01-05,10\nben,2024-01-05,20\ncay,2024-01-05,20\n";
    let log = read(text, &options()).unwrap();
    assert!(matches!(analyze(&log, &AnalysisOptions::new(52.0)), Err(Error::NotIdentified { .. })));

    let customers = datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new()).unwrap();
    let free = customers.clone().with_monetary_value(&vec![0.0; customers.len()]).unwrap();
    assert!(matches!(GammaGamma::fit(&free, &FitOptions::new()), Err(Error::NotIdentified { .. })));
    assert!(matches!(GammaGamma::from_params(2.0, 0.9, 10.0), Err(Error::InfiniteMeanSpend { .. })));
}

#[test]
fn arguments_out_of_range() {
    let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap();
    let customers = CustomerSummary::new(&[2.0], &[30.0], &[38.0], TimeUnit::Week).unwrap();
    for horizon in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(model.expected_purchases(&customers, horizon), Err(Error::InvalidArgument { .. })));
    }
    assert!(model.predict(&customers, 5.0, 1.0).is_err());
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(BgNbd::from_params(bad, 1.0, 1.0, 1.0).is_err());
    }
    for options in
        [FitOptions::new().weights(&[1.0, 2.0]), FitOptions::new().weights(&[-1.0]), FitOptions::new().start(&[1.0])]
    {
        assert!(BgNbd::fit(&customers, &options).is_err());
    }
}

#[test]
fn saved_models_that_cannot_be_read() {
    let text = SavedModel::from(BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap()).to_json().unwrap();
    let changed = |from: &str, to: &str| SavedModel::from_json(&text.replace(from, to)).unwrap_err().to_string();
    assert!(changed("\"schema_version\": 1", "\"schema_version\": 2").contains("Update cpm"));
    assert!(changed("BgNbd", "Unknown").contains("Unknown"));
    assert!(changed("0.243", "-0.243").contains("r = -0.243"));
    assert!(SavedModel::from_json(&text[..text.len() / 2]).is_err());
    assert!(SavedModel::from_json("{}").unwrap_err().to_string().contains("cpm-model"));
}
