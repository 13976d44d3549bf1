//! The log and its summary do not depend on how the rows arrive.
#![allow(clippy::unwrap_used)]

use cpm_core::transactions::{Amount, Customer, LogBuilder, RowPlace, When};
use cpm_core::{
    CustomerId, CustomerSummary, MergeWithin, OnError, ReadOptions, Returns, SummaryBuilder, SummaryOptions,
    TransactionLog, ZeroAmounts,
};
use proptest::prelude::*;

/// A customer, an hour since 2024-01-01, cents; some rows have no usable amount.
type Row = (u8, u32, i64);

fn read() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount").returns(Returns::Net).on_error(OnError::Exclude)
}

fn push(row: &Row, mut to: impl FnMut(Customer<'_>, When<'_>, Amount<'_>)) {
    let (customer, hour, cents) = *row;
    let time = format!("2024-01-{:02} {:02}:00", 1 + hour / 24, hour % 24);
    let amount = if cents % 97 == 0 { Amount::Missing } else { Amount::Number(cents as f64 / 100.0) };
    to(Customer::Text(&format!("customer {customer:03}")), When::Text(&time), amount);
}

fn log(rows: &[Row]) -> cpm_core::Result<TransactionLog> {
    let mut builder = LogBuilder::new(read());
    builder.begin("rows");
    for (i, row) in rows.iter().enumerate() {
        push(row, |c, w, a| builder.push(i as u64, c, w, a));
    }
    builder.finish()
}

fn built(pieces: &[&[Row]], options: SummaryOptions) -> SummaryBuilder {
    let mut whole = SummaryBuilder::new(read(), options);
    for piece in pieces {
        let mut builder = SummaryBuilder::new(read(), options);
        builder.begin("rows");
        for (i, row) in piece.iter().enumerate() {
            push(row, |c, w, a| builder.push(i as u64, c, w, a));
        }
        whole.merge(builder).unwrap();
    }
    whole
}

fn assert_same(a: &CustomerSummary, b: &CustomerSummary) {
    assert_eq!(a.customer_ids(), b.customer_ids());
    assert_eq!(a.frequency(), b.frequency());
    assert_eq!(a.recency(), b.recency());
    assert_eq!(a.T(), b.T());
    assert_eq!((a.first_purchase(), a.last_purchase()), (b.first_purchase(), b.last_purchase()));
    assert_eq!(a.quality(), b.quality());
    for (a, b) in a.monetary_value().unwrap().iter().zip(b.monetary_value().unwrap()) {
        assert!((a - b).abs() <= 1e-12 * a.abs().max(100.0), "{a} {b}");
    }
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..40_u8, 0..24 * 28_u32, -3_000..10_000_i64), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_of_rows_does_not_matter((rows, shuffled) in rows(300).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))) {
        match (log(&rows), log(&shuffled)) {
            (Ok(a), Ok(b)) => {
                let (mut qa, mut qb) = (a.quality().clone(), b.quality().clone());
                prop_assert_eq!(qa.rows_read, qa.rows_kept + qa.rows_excluded());
                // Only the examples are told by their place.
                qa.examples.clear();
                qb.examples.clear();
                prop_assert_eq!(qa, qb);
                prop_assert_eq!(a.customer_ids(), b.customer_ids());
                for i in 0..a.customers() {
                    prop_assert_eq!(a.rows_of(i), b.rows_of(i));
                }
            }
            (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
        }
    }

    #[test]
    fn a_builder_gives_the_summary_of_the_log(rows in rows(600), cuts in prop::array::uniform2(0.0..1.0), as_of in 1..28_u32, merge in 0..4_usize) {
        let merge = [MergeWithin::Nothing, MergeWithin::Hour, MergeWithin::Day, MergeWithin::Week][merge];
        let options = SummaryOptions::new().merge_within(merge).as_of(&format!("2024-01-{as_of:02} 11:00")).unwrap();
        let [a, b] = cuts.map(|c: f64| (c * rows.len() as f64) as usize);
        let (a, b) = (a.min(b), a.max(b));
        let pieces = [&rows[..a], &rows[a..b], &rows[b..]];
        let reversed = [pieces[2], pieces[0], pieces[1]];
        let summary = log(&rows).and_then(|log| log.summarize(&options));
        for pieces in [pieces, reversed] {
            match (&summary, built(&pieces, options).finish()) {
                (Ok(a), Ok(b)) => assert_same(a, &b),
                (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
            }
        }
    }

    #[test]
    fn a_summary_by_part_is_that_of_the_whole_log(rows in rows(600), cut in 0.0..1.0, as_of in prop::option::of(1..28_u32), merge in 0..5_usize) {
        use MergeWithin::{Day, Hour, Month, Nothing, Week};
        let mut options = SummaryOptions::new().merge_within([Nothing, Hour, Day, Week, Month][merge]);
        if let Some(day) = as_of {
            options = options.as_of(&format!("2024-01-{day:02} 11:00")).unwrap();
        }
        let cut = (cut * rows.len() as f64) as usize;
        let mut builder = built(&[&rows[cut..], &rows[..cut]], options);
        let so_far = builder.summary_so_far();
        match (builder.clone().finish_log().and_then(|log| log.summarize(&options)), so_far, builder.finish()) {
            (Ok(by_log), Ok(so_far), Ok(by_part)) => {
                for other in [so_far, by_part] {
                    assert_same(&by_log, &other);
                    prop_assert_eq!(by_log.monetary_value(), other.monetary_value());
                    prop_assert_eq!(by_log.total_amount(), other.total_amount());
                    prop_assert_eq!(by_log.first_amount(), other.first_amount());
                }
            }
            (a, b, c) => prop_assert!(a.is_err() && b.is_err() && c.is_err()),
        }
    }
}

#[test]
fn rows_are_merged_on_the_way() {
    // Enough rows of few customers that a builder merges them while they come.
    let rows: Vec<Row> =
        (0..60_000_u64).map(|i| ((i % 3) as u8, (i * 7919 % 672) as u32, (i * 31 % 12_000) as i64 - 2_000)).collect();
    let options = SummaryOptions::new();
    let summary = log(&rows).unwrap().summarize(&options).unwrap();
    assert_same(&summary, &built(&[&rows], options).finish().unwrap());
    let (front, back) = rows.split_at(41_234);
    assert_same(&summary, &built(&[back, front], options).finish().unwrap());
    let merged = built(&[&rows], options).finish_log().unwrap();
    assert_eq!(merged.quality().rows_sharing_a_day, log(&rows).unwrap().quality().rows_sharing_a_day);
}

#[test]
fn builders_merge_whatever_their_ids_but_not_with_other_choices() {
    let new = |merge| SummaryBuilder::new(read(), SummaryOptions::new().merge_within(merge));
    let problem = new(MergeWithin::Day).merge(new(MergeWithin::Week)).unwrap_err().to_string();
    assert!(problem.ends_with("they differ in merge_within"), "{problem}");
    let other = SummaryBuilder::new(read().date_format("%d/%m/%Y"), SummaryOptions::new());
    let problem = new(MergeWithin::Day).merge(other).unwrap_err().to_string();
    assert!(problem.ends_with("they differ in date_format"), "{problem}");
    let (mut text, mut integer) = (new(MergeWithin::Day), new(MergeWithin::Day));
    text.push(1, Customer::Text("7"), When::Text("2024-01-01"), Amount::Number(1.0));
    integer.push(1, Customer::Integer(7), When::Text("2024-01-01"), Amount::Number(1.0));
    text.merge(integer).unwrap();
    assert_eq!(text.finish().unwrap().customer_ids().get(0), CustomerId::Text("7"));
}

#[test]
fn threads_do_not_matter() {
    let mut csv = String::from("customer,date,amount\n");
    for i in 0..60_000_u64 {
        let amount = if i % 20_011 == 7 { "x".to_owned() } else { format!("{}.{:02}", i % 90, i % 100) };
        csv += &format!("c{},2024-{:02}-{:02},{amount}\n", i * 7919 % 5_003, 1 + i % 12, 1 + i % 28);
    }
    let options = ReadOptions::new("customer", "date", "amount").on_error(OnError::Exclude);
    let read = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| TransactionLog::from_csv_reader(csv.as_bytes(), "orders.csv", &options)).unwrap()
    };
    let one = read(1);
    assert_eq!(one.quality().examples.iter().map(|e| e.place.number()).collect::<Vec<_>>(), [9, 20_020, 40_031]);
    for threads in [2, 3, 8] {
        let many = read(threads);
        assert_eq!(one.quality(), many.quality());
        assert_eq!(one.customer_ids(), many.customer_ids());
        assert!((0..one.customers()).all(|i| one.rows_of(i) == many.rows_of(i)));
    }
}

fn read_text(text: &str, options: &ReadOptions) -> cpm_core::Result<TransactionLog> {
    TransactionLog::from_csv_reader(text.as_bytes(), "orders.csv", options)
}

#[test]
fn european_files() {
    let options = ReadOptions::new("Kunde", "Datum", "Betrag").delimiter(';').unwrap().decimal(',').unwrap();
    let text = "\u{feff}Kunde;Datum;Betrag\n007;2024-03-01;\"12,50\"\nÄnne;2024-03-02;7\n";
    let log = read_text(text, &options).unwrap();
    assert_eq!(log.customer_ids().iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["007", "Änne"]);
    assert_eq!(log.quality().total_amount, 19.5);
    let error = read_text("Kunde;Datum;Betrag\n7;2024-03-01;1.234,50\n", &options).unwrap_err().to_string();
    assert!(error.contains("`Betrag`") && error.contains("1.234,50"), "{error}");
    let error = read_text(text, &options.clone().delimiter(',').unwrap()).unwrap_err().to_string();
    assert!(error.contains("or the delimiter of the file"), "{error}");
    for wrong in ['"', '\n', 'é'] {
        assert!(options.clone().delimiter(wrong).unwrap_err().to_string().contains("delimiter"));
    }
    assert!(options.decimal('x').unwrap_err().to_string().contains("decimal"));
}

#[test]
fn amounts_of_zero() {
    let text = "customer,date,amount\na,2024-03-01,0\na,2024-03-05,3\nb,2024-03-01,0.00\n";
    let options = ReadOptions::new("customer", "date", "amount");
    let kept = read_text(text, &options).unwrap();
    assert_eq!((kept.customers(), kept.rows(), kept.quality().zero_amounts), (2, 3, 2));
    // What a policy leaves out is counted, and is no error.
    let dropped = read_text(text, &options.zero_amounts(ZeroAmounts::Drop)).unwrap();
    assert_eq!((dropped.customers(), dropped.rows(), dropped.quality().rows_excluded()), (1, 1, 2));
    assert!(dropped.quality().excluded.keys().all(|reason| reason.is_asked_for()));
}

#[test]
fn folders() {
    let folder = std::env::temp_dir().join(format!("cpm-folder-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = ReadOptions::new("customer", "date", "amount");
    let empty = TransactionLog::read(&folder, &options).unwrap_err().to_string();
    for (name, row) in
        [("2023.csv", "a,2023-05-01,1"), ("2024.csv", "a,2024-05-01,2"), ("_SUCCESS", ""), ("notes.txt", "x")]
    {
        std::fs::write(folder.join(name), format!("customer,date,amount\n{row}\n")).unwrap();
    }
    let log = TransactionLog::read(&folder, &options);
    let mut builder = SummaryBuilder::new(options, SummaryOptions::new());
    builder.read(folder.join("2024.csv")).unwrap();
    builder.read(folder.join("2023.csv")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(empty.contains("no file that ends in"), "{empty}");
    let log = log.unwrap();
    assert_eq!((log.rows(), log.quality().origins.len()), (2, 2));
    assert_same(&log.summarize(&SummaryOptions::new()).unwrap(), &builder.finish().unwrap());
}

#[test]
fn a_row_after_a_merge_is_named_by_its_own_file() {
    let mut builders = ["a.csv", "b.csv"].map(|origin| {
        let mut builder = LogBuilder::new(read());
        builder.begin(origin);
        builder.push(2, Customer::Text("ann"), When::Text("2024-01-01"), Amount::Number(1.0));
        builder
    });
    let [a, b] = &mut builders;
    a.merge(b.clone()).unwrap();
    a.push(3, Customer::Missing, When::Text("2024-01-02"), Amount::Number(1.0));
    let log = a.clone().finish().unwrap();
    assert_eq!(log.quality().origins, ["a.csv", "b.csv"]);
    assert_eq!(
        (log.quality().examples[0].origin.as_str(), log.quality().examples[0].place),
        ("a.csv", RowPlace::Line(3))
    );
}
