//! What the logs of real shops have in them: returns to the cent, any line end, stray quotes, words for nothing.
#![allow(clippy::unwrap_used)]

use cpm_core::transactions::{Amount, Customer, Reason, When};
use cpm_core::{
    CustomerSummary, Duplicates, MergeWithin, OnError, ReadOptions, Returns, SplitOptions, SummaryBuilder,
    SummaryOptions, Timestamp, TransactionLog,
};
use proptest::prelude::*;

fn options() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount")
}

/// Day and amount of each row of one customer.
type Rows<'a> = &'a [(i64, f64)];

fn push(builder: &mut SummaryBuilder, rows: Rows<'_>) {
    for (line, &(day, amount)) in (1..).zip(rows) {
        let time = When::At(Timestamp::from_seconds(86_400 * (19_000 + day)));
        builder.push(line, Customer::Text("x"), time, Amount::Number(amount));
    }
}

/// The summary of a log, of a builder, of one merged from two halves, and of one that was saved in between.
fn every_way(rows: Rows<'_>, summary: SummaryOptions) -> [cpm_core::Result<CustomerSummary>; 4] {
    let new = || SummaryBuilder::new(options().returns(Returns::Net), summary);
    let log = {
        let nothing = SummaryOptions::new().merge_within(MergeWithin::Nothing);
        let mut builder = SummaryBuilder::new(options().returns(Returns::Net), nothing);
        push(&mut builder, rows);
        builder.finish_log().unwrap().summarize(&summary)
    };
    let (mut at_once, mut first, mut second) = (new(), new(), new());
    push(&mut at_once, rows);
    let (early, late) = rows.split_at(rows.len() / 2);
    push(&mut first, early);
    let mut saved = SummaryBuilder::from_bytes(&first.to_bytes().unwrap()).unwrap();
    push(&mut saved, late);
    push(&mut second, late);
    second.merge(first).unwrap();
    [log, at_once.finish(), second.finish(), saved.finish()]
}

fn frequencies(rows: Rows<'_>) -> Vec<(f64, u64)> {
    let of = |summary: cpm_core::Result<CustomerSummary>| {
        let summary = summary.unwrap();
        (summary.frequency()[0], summary.quality().unwrap().periods_cancelled)
    };
    every_way(rows, SummaryOptions::new()).map(of).to_vec()
}

#[test]
fn a_day_that_is_returned_to_the_cent_is_no_purchase() {
    // As binary numbers these leave 5.6e-17, 1.4e-14, nothing and 7.1e-15.
    for day in [&[0.1, 0.2, -0.3][..], &[85.06, 21.9, -106.96], &[5.0, -5.0], &[-21.9, -85.06, 106.96]] {
        let rows: Vec<(i64, f64)> = [(0, 10.0)].into_iter().chain(day.iter().map(|&a| (31, a))).collect();
        assert_eq!(frequencies(&rows), [(0.0, 1); 4], "{day:?}");
    }
    // A quantity times a price times a rate is rounded more often.
    let unit = 0.1 * 1.1;
    assert_eq!(frequencies(&[(0, 10.0), (31, 3.0 * unit), (31, -unit), (31, -2.0 * unit)]), [(0.0, 1); 4]);
    // A cent of a large day is a cent, and so is one of a million small ones.
    assert_eq!(frequencies(&[(0, 10.0), (31, 1e9), (31, 0.01), (31, -1e9)]), [(1.0, 0); 4]);
    let mut many = vec![(31, 0.07); 1000];
    many.extend([(0, 10.0), (31, -70.0), (31, 0.01)]);
    assert_eq!(frequencies(&many), [(1.0, 0); 4]);
    // What is not a return is not cancelled, however little it is.
    assert_eq!(frequencies(&[(0, 10.0), (31, 1e-300)]), [(1.0, 0); 4]);
    assert_eq!(frequencies(&[(0, 10.0), (31, -1e-300), (31, 1e-290)]), [(1.0, 0); 4]);
}

proptest! {
    #[test]
    fn purchases_returned_in_full_are_none_whatever_the_cents(
        cents in prop::collection::vec(1..10_000_000_i64, 1..20), as_one in any::<bool>(), rotate in 0..40_usize
    ) {
        let money = |cents: i64| cents as f64 / 100.0;
        let mut day: Vec<(i64, f64)> = cents.iter().map(|&c| (31, money(c))).collect();
        if as_one {
            day.push((31, -money(cents.iter().sum())));
        } else {
            day.extend(cents.iter().rev().map(|&c| (31, -money(c))));
        }
        let places = day.len();
        day.rotate_left(rotate % places);
        day.push((0, 10.0));
        prop_assert_eq!(frequencies(&day), [(0.0, 1); 4]);
        // A cent that is left is a purchase.
        day.push((31, 0.01));
        prop_assert_eq!(frequencies(&day), [(1.0, 0); 4]);
    }

    #[test]
    fn log_builder_and_saved_state_agree_on_any_amounts(
        rows in prop::collection::vec((0..4_i64, -1.0..1.0_f64, -300..290_i32), 1..20)
    ) {
        let rows: Vec<(i64, f64)> = rows.into_iter().map(|(day, a, e)| (day, a * 10_f64.powi(e / 30))).collect();
        let [log, others @ ..] = every_way(&rows, SummaryOptions::new());
        for other in others {
            match (&log, other) {
                (Ok(log), Ok(other)) => {
                    prop_assert_eq!(log.frequency(), other.frequency());
                    prop_assert_eq!(log.recency(), other.recency());
                    prop_assert_eq!(log.quality().unwrap(), other.quality().unwrap());
                }
                (Err(log), Err(other)) => prop_assert_eq!(log.to_string(), other.to_string()),
                (log, other) => prop_assert!(false, "{log:?} {other:?}"),
            }
        }
    }
}

#[test]
fn a_hundred_thousand_dimes_are_as_many_dimes() {
    let n = 100_000;
    // What math.fsum of as many 0.1 gives; a plain sum is 1.9e-8 off.
    let exact = 10_000.0;
    let rows = |merge| {
        let mut builder = SummaryBuilder::new(options(), SummaryOptions::new().merge_within(merge));
        for i in 0..n {
            let time = When::At(Timestamp::from_seconds(946_684_800 + 600 * i));
            builder.push(i as u64, Customer::Integer(1), time, Amount::Number(0.1));
        }
        builder
    };
    let near = |value: f64| assert!((value / exact - 1.0).abs() < 1e-15, "{value:?}");
    for merge in [MergeWithin::Nothing, MergeWithin::Hour, MergeWithin::Month] {
        let by_part = rows(merge).finish().unwrap();
        near(by_part.total_amount().unwrap()[0]);
        near(by_part.monetary_value().unwrap()[0] * by_part.frequency()[0] + by_part.first_amount().unwrap()[0]);
        let log = rows(MergeWithin::Nothing).finish_log().unwrap();
        near(log.quality().total_amount);
        near(log.summarize(&SummaryOptions::new().merge_within(merge)).unwrap().total_amount().unwrap()[0]);
        let split = log.split(&SplitOptions::new("2000-01-01").unwrap().merge_within(merge));
        if merge != MergeWithin::Month {
            let split = split.unwrap();
            near(split.holdout.amount[0] + split.calibration.total_amount().unwrap()[0]);
        }
    }
}

fn read(text: &str, options: &ReadOptions) -> cpm_core::Result<TransactionLog> {
    TransactionLog::from_csv_reader(text.as_bytes(), "orders.csv", options)
}

#[test]
fn returns_to_the_cent_from_a_file() {
    let text = "customer,date,amount\nx,2024-01-01,10\nx,2024-02-01,.10\nx,2024-02-01,.20\nx,2024-02-01,-.30\n";
    let log = read(text, &options().returns(Returns::Net)).unwrap();
    let summary = log.summarize(&SummaryOptions::new()).unwrap();
    assert_eq!((summary.frequency(), summary.quality().unwrap().periods_cancelled), (&[0.0][..], 1));
}

#[test]
fn lines_are_those_of_an_editor_whatever_they_end_with() {
    for end in ["\n", "\r\n", "\r"] {
        let rows =
            "customer,date,amount\na,2024-01-01,1\n\n\nx,bad,1\nb,2024-01-01,1,5\nb,2024-01-01,1\nb,2024-01-01,1\n";
        let text = rows.replace('\n', end);
        let options = options().on_error(OnError::Exclude).duplicates(Duplicates::Drop);
        let log = read(&text, &options).unwrap();
        let lines: Vec<u64> = log.quality().examples.iter().map(|issue| issue.place.number()).collect();
        assert_eq!(lines, [5, 6, 8], "{end:?}");
        // A row that is no row is shown as it stands there.
        assert_eq!(log.quality().examples[1].value, "b,2024-01-01,1,5");
        let message = log.quality().examples[1].to_string();
        assert!(
            message.ends_with("\"b,2024-01-01,1,5\": 3 fields expected, 4 found; check quotes and delimiter"),
            "{message}"
        );
    }
    // In blocks of a megabyte, read on all cores.
    let row = "customer,2024-01-01,1.00\r\n".repeat(100_000);
    let text = format!("customer,date,amount\r\n{row}customer,2024-01-01,x\r\n{row}customer,x,1\r\n");
    let log = read(&text, &options().on_error(OnError::Exclude)).unwrap();
    let lines: Vec<u64> = log.quality().examples.iter().map(|issue| issue.place.number()).collect();
    assert_eq!(lines, [100_002, 200_003]);
}

#[test]
fn a_quote_that_is_not_closed_is_an_error_whatever_on_error_says() {
    let text = "customer,date,amount\na,2024-01-01,1\n\"b,2024-01-01,1\nc,2024-01-01,1\n";
    for policy in [OnError::Exclude, OnError::Raise] {
        let error = read(text, &options().on_error(policy)).unwrap_err().to_string();
        assert!(
            error.contains("orders.csv") && error.contains("the quote that opens on line 3 is not closed"),
            "{error}"
        );
        assert!(error.contains("quote = None"), "{error}");
    }
    assert_eq!(read(text, &options().quote(None).unwrap()).unwrap().rows(), 3);
}

#[test]
fn words_for_nothing_are_missing_values() {
    let text = "customer,date,amount,order,cost,currency,channel\n\
                NULL,2024-01-01,1,1,1,EUR,web\n\
                a,nan,1,1,1,EUR,web\n\
                a,2024-01-01,N/A,1,1,EUR,web\n\
                a,2024-01-01,1,\\N,1,EUR,web\n\
                a,2024-01-01,1,1,1,None,web\n\
                a,2024-01-01,1,1,NaN,EUR,NA\n\
                None,2024-01-01,1,1,1,EUR,web\n";
    let all = options().order("order").cost("cost").currency("currency").channel("channel");
    let log = read(text, &all.clone().on_error(OnError::Exclude)).unwrap();
    let excluded: Vec<_> = log.quality().excluded.iter().map(|(reason, n)| (*reason, *n)).collect();
    let one = [Reason::MissingDate, Reason::MissingAmount, Reason::MissingOrder, Reason::MissingCurrency];
    assert_eq!(excluded[0], (Reason::MissingCustomer, 2));
    assert_eq!(excluded[1..], one.map(|reason| (reason, 1)));
    assert_eq!((log.rows(), log.quality().rows_without_cost), (1, 1));
    assert_eq!(log.to_table().unwrap().column("channel").unwrap().format(0), "NA");
    let error = read(text, &all).unwrap_err().to_string();
    assert!(error.contains("value \"NULL\"") && error.contains("null_values = []"), "{error}");
    // Without the other columns the quick way is gone.
    let text = "customer,date,amount\nNULL,2024-01-01,1\nNancy,2024-01-01,1\n-,2024-01-01,1\n";
    assert_eq!(read(text, &options().on_error(OnError::Exclude)).unwrap().customers(), 2);
    assert_eq!(read(text, &options().null_values([""; 0]).unwrap()).unwrap().customers(), 3);
    let own = options().null_values(["-", "Nancy"]).unwrap().on_error(OnError::Exclude);
    assert_eq!(read(text, &own).unwrap().customer_ids().get(0), cpm_core::CustomerId::Text("NULL"));
}

#[test]
fn ids_of_two_kinds_are_text_whatever_comes_first() {
    // Some share a customer, and returns leave parts of sums to be kept.
    let rows: Vec<(i64, i64, f64)> =
        (0..4_000).map(|i| (i * 7 % 1_000, i % 29, if i % 5 == 0 { -0.1 } else { 0.3 + i as f64 / 10.0 })).collect();
    let built = |kinds: &[(bool, std::ops::Range<usize>)], read: ReadOptions| {
        let mut builder = SummaryBuilder::new(read.returns(Returns::Net), SummaryOptions::new());
        for (integers, range) in kinds {
            for (id, day, amount) in &rows[range.clone()] {
                let text = id.to_string();
                let id = if *integers { Customer::Integer(*id) } else { Customer::Text(&text) };
                let time = When::At(Timestamp::from_seconds(86_400 * (19_000 + day)));
                builder.push(1, id, time, Amount::Number(*amount));
            }
        }
        builder
    };
    for read in [options(), options().duplicates(Duplicates::Drop), options().channel("shop")] {
        let of = |kinds: &[(bool, std::ops::Range<usize>)]| built(kinds, read.clone());
        let expected = of(&[(false, 0..4_000)]).finish().unwrap();
        assert!(matches!(expected.customer_ids(), cpm_core::CustomerIds::Text(_)));
        let same = |found: SummaryBuilder| {
            let found = found.finish().unwrap();
            assert_eq!(found.customer_ids(), expected.customer_ids());
            assert_eq!((found.frequency(), found.T()), (expected.frequency(), expected.T()));
            assert_eq!(found.total_amount(), expected.total_amount());
            assert_eq!(found.quality(), expected.quality());
        };
        same(of(&[(true, 0..1_500), (false, 1_500..4_000)]));
        same(of(&[(false, 0..1_500), (true, 1_500..4_000)]));
        let (mut numbers, texts) = (of(&[(true, 0..2_500)]), of(&[(false, 2_500..4_000)]));
        let mut other = texts.clone();
        other.merge(SummaryBuilder::from_bytes(&numbers.to_bytes().unwrap()).unwrap()).unwrap();
        numbers.merge(texts).unwrap();
        same(numbers);
        same(other);
    }
}

#[test]
fn whole_numbers_with_an_alias_that_leads_to_text_are_text() {
    let aliases = [("7", "ann"), ("8", "9"), ("bob", "carl")];
    for read in [options(), options().duplicates(Duplicates::Drop), options().channel("shop")] {
        let read = read.aliases(aliases).unwrap();
        let built = |rows: &[i64]| {
            let mut builder = SummaryBuilder::new(read.clone(), SummaryOptions::new());
            for (line, &id) in (1..).zip(rows) {
                let day = Timestamp::from_days(19_000 + i64::from(line as u32));
                builder.push(line, Customer::Integer(id), When::At(day), Amount::Number(1.0));
            }
            builder
        };
        // The alias comes first, last, in another builder, or not at all.
        let (first, last) = (built(&[7, 8, 9, 10]), built(&[8, 9, 10, 7]));
        let mut merged = built(&[9, 10]);
        merged.merge(SummaryBuilder::from_bytes(&built(&[7, 8]).to_bytes().unwrap()).unwrap()).unwrap();
        for mut builder in [first, last, merged] {
            let summary = builder.summary_so_far().unwrap();
            let ids: Vec<String> = summary.customer_ids().iter().map(|id| id.to_string()).collect();
            assert_eq!(ids, ["10", "9", "ann"]);
            assert_eq!(summary.frequency().iter().sum::<f64>(), 1.0);
            assert_eq!(builder.forget(cpm_core::CustomerId::Integer(7)).unwrap(), 1);
        }
        assert!(matches!(built(&[8, 10]).finish().unwrap().customer_ids(), cpm_core::CustomerIds::Text(_)));
    }
}

#[test]
fn a_column_that_is_there_twice_is_refused() {
    let text = "customer,amount,date,amount\na,1,2024-01-01,2\n";
    let error = read(text, &options()).unwrap_err().to_string();
    assert!(
        error.starts_with("column `amount` is in orders.csv twice, at positions 2 and 4 counted from 1"),
        "{error}"
    );
    // One that is not read may be.
    assert!(read("customer,x,date,x,amount\na,1,2024-01-01,2,3\n", &options()).is_ok());
}

#[test]
fn duplicates_are_those_of_numbers() {
    let drop = options().duplicates(Duplicates::Drop);
    let text = "customer,date,amount\na,2024-01-01,10\na,2024-01-01,10.00\na,2024-01-01,1e1\nb,2024-01-01,0\nb,2024-01-01,-0\n";
    assert_eq!(read(text, &drop).unwrap().quality().excluded[&Reason::DuplicateRow], 3);
    // Two at 6 are not three at 4.
    let text = "customer,date,price,units\na,2024-01-01,6,2\na,2024-01-01,6.0,2.0\na,2024-01-01,4,3\n";
    let log = read(text, &drop.quantity_and_price("units", "price")).unwrap();
    assert_eq!((log.rows(), log.quality().excluded[&Reason::DuplicateRow]), (2, 1));
}

#[test]
fn what_cannot_be_is_said_before_rows_are_read() {
    let text = "customer,date,amount\na,2024-01-01,10\n";
    for format in ["%Q", "ISO8601", "", "%Y-%m", "%d/%m/%Y %Z"] {
        let error = read(text, &options().date_format(format)).unwrap_err().to_string();
        assert!(error.starts_with("date_format = "), "{error}");
    }
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let error = TransactionLog::from_csv_reader(&utf_16[..], "orders.csv", &options()).unwrap_err().to_string();
    assert!(error.contains("UTF-16") && error.contains("Save it as UTF-8"), "{error}");
    let log = read(text, &options()).unwrap();
    let error = log.summarize(&SummaryOptions::new().as_of("9999-12-31").unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("as_of = 9999-12-31") && error.contains("the log ends 2024-01-01"), "{error}");
    let error = SummaryBuilder::new(options(), SummaryOptions::new()).finish().unwrap_err().to_string();
    assert_eq!(error, "the builder is empty. Nothing was added: add rows, a table or a file first");
}

#[cfg(unix)]
#[test]
fn folders_with_tabs_and_links_to_nothing() {
    let folder = std::env::temp_dir().join(format!("cpm-real-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.csv"), "customer,date,amount\na,2024-01-01,1\n").unwrap();
    std::fs::write(folder.join("b.tsv"), "customer\tdate\tamount\nb\t2024-01-01\t1\n").unwrap();
    assert_eq!(TransactionLog::read(&folder, &options()).unwrap().customers(), 2);
    // What the user says wins over the name, also of a file that has commas for once.
    std::fs::write(folder.join("b.tsv"), "customer,date,amount\nb,2024-01-01,1\n").unwrap();
    assert!(TransactionLog::read(&folder, &options()).is_err());
    assert_eq!(TransactionLog::read(&folder, &options().delimiter(',').unwrap()).unwrap().customers(), 2);
    std::os::unix::fs::symlink(folder.join("nothing.csv"), folder.join("c.csv")).unwrap();
    let error = TransactionLog::read(&folder, &options()).unwrap_err().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(error.contains("c.csv: a link to a file that is not there"), "{error}");
}
