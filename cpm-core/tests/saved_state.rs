//! Saved states of summary builders: what they give is what a single pass gives.
#![allow(clippy::unwrap_used)]

use cpm_core::transactions::{Amount, Customer, Reason, RowDetails, When};
use cpm_core::{
    CustomerId, Duplicates, Error, MergeWithin, OnError, ReadOptions, Returns, SavedStateProblem, SummaryBuilder,
    SummaryOptions,
};
use proptest::prelude::*;

/// Number of the customer, hour, amount, order.
type Row = (u8, u32, i64, u8);

#[derive(Debug, Clone, Copy)]
struct Kind {
    merge: MergeWithin,
    integers: bool,
    with_as_of: bool,
    details: bool,
    duplicates: bool,
}

fn builder(kind: Kind) -> SummaryBuilder {
    let mut read = ReadOptions::new("customer", "date", "amount")
        .returns(Returns::Net)
        .on_error(OnError::Exclude)
        .aliases([("7", "1"), ("c7", "c1")])
        .unwrap();
    if kind.details {
        read = read.order("order").cost("cost").product("product").attributes(["country"]);
    }
    if kind.duplicates {
        read = read.duplicates(Duplicates::Drop).currency("currency");
    }
    let options = SummaryOptions::new().merge_within(kind.merge);
    SummaryBuilder::new(read, if kind.with_as_of { options.as_of("2024-02-03 07:00").unwrap() } else { options })
}

/// Rows of which the first stands in line `first`.
fn push(builder: &mut SummaryBuilder, rows: &[Row], first: usize, kind: Kind) {
    builder.begin("orders.csv");
    for (i, &(customer, hour, amount, order)) in rows.iter().enumerate() {
        let name = format!("c{customer}");
        let id = match kind.integers {
            true => Customer::Integer(i64::from(customer)),
            false => Customer::Text(&name),
        };
        let day = format!("2024-{:02}-{:02} {:02}:00", 1 + hour / 24 / 28 % 12, 1 + hour / 24 % 28, hour % 24);
        let when = if order == 9 { When::Text("soon") } else { When::Text(&day) };
        // Amounts whose sums are not exact, of very different size.
        let amount = amount as f64 * [0.1, 1e-7, 1e12, 0.01][usize::from(order % 4)];
        let order = format!("o{order}");
        let details = RowDetails {
            order: Some(&order),
            cost: if customer == 2 { Amount::Missing } else { Amount::Number(amount / 3.0) },
            product: (hour % 3 > 0).then_some(&order[1..]),
            currency: Some("EUR"),
            attributes: &[if hour % 2 == 0 { Some("DE") } else { None }],
            ..RowDetails::default()
        };
        builder.push_detailed((first + i) as u64, id, when, Amount::Number(amount), &details);
    }
}

fn again(builder: &SummaryBuilder) -> SummaryBuilder {
    SummaryBuilder::from_bytes(&builder.to_bytes().unwrap()).unwrap()
}

/// Exactly the same, or the same error.
fn assert_same(one: SummaryBuilder, other: SummaryBuilder) {
    let logs = (one.clone().finish_log(), other.clone().finish_log());
    if let (Ok(a), Ok(b)) = &logs {
        let (mut qa, mut qb) = (a.quality().clone(), b.quality().clone());
        // Of many bad rows the first that were read are shown.
        if qa.rows_excluded() > 10 {
            (qa.examples, qb.examples) = (vec![], vec![]);
        }
        qa.origins.dedup();
        qb.origins.dedup();
        assert_eq!(qa, qb);
        assert_eq!(a.customer_ids(), b.customer_ids());
        assert!((0..a.customers()).all(|i| a.rows_of(i) == b.rows_of(i)));
    }
    match (one.finish(), other.finish()) {
        (Ok(a), Ok(b)) => {
            assert_eq!(a.to_table().unwrap(), b.to_table().unwrap());
            assert_eq!(a.quality(), b.quality());
        }
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        (a, b) => panic!("{a:?} {b:?}"),
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    let merges = [
        MergeWithin::Nothing,
        MergeWithin::Hour,
        MergeWithin::Day,
        MergeWithin::Week,
        MergeWithin::Month,
        MergeWithin::Order,
    ];
    (proptest::sample::select(merges.to_vec()), any::<(bool, bool, bool, bool)>()).prop_map(
        |(merge, (integers, with_as_of, details, duplicates))| Kind {
            merge,
            integers,
            with_as_of,
            details: details || merge == MergeWithin::Order,
            duplicates,
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec((0..9_u8, 0..3_000_u32, -900..5_000_i64, 0..10_u8), 0..120)
}

proptest! {
    #[test]
    fn a_state_goes_on_as_if_nothing_had_happened(
        rows in rows(),
        kind in kinds(),
        cuts in proptest::collection::vec(0..121_usize, 0..4),
    ) {
        let mut whole = builder(kind);
        push(&mut whole, &rows, 1, kind);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).chain([0, rows.len()]).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut running = again(&builder(kind));
        for range in cuts.windows(2) {
            let piece = &rows[range[0]..range[1]];
            push(&mut running, piece, range[0] + 1, kind);
            running = again(&running);
            let mut own = builder(kind);
            push(&mut own, piece, range[0] + 1, kind);
            pieces.push(again(&own));
        }
        assert_same(whole.clone(), running);
        // The pieces in any order: here from behind, and every other one merged before.
        let mut merged = builder(kind);
        while let Some(mut piece) = pieces.pop() {
            if let Some(before) = pieces.pop() {
                piece.merge(before).unwrap();
            }
            merged.merge(again(&piece)).unwrap();
        }
        assert_same(whole, merged);
    }

    #[test]
    fn who_is_forgotten_was_never_there(rows in rows(), kind in kinds(), gone in 0..9_u8, load in any::<bool>()) {
        let mut all = builder(kind);
        push(&mut all, &rows, 1, kind);
        if load {
            all = again(&all);
        }
        let name = format!("c{gone}");
        let id = if kind.integers { CustomerId::Integer(gone.into()) } else { CustomerId::Text(&name) };
        let forgotten = all.forget(id).unwrap();
        let behind = if gone == 7 { 1 } else { gone };
        let same = |customer: u8| customer == gone || customer == behind || (behind == 1 && customer == 7);
        let usable = |row: &&Row| row.3 != 9;
        prop_assert_eq!(forgotten, rows.iter().filter(usable).filter(|row| same(row.0)).count() as u64);
        prop_assert_eq!(all.forget(id).unwrap(), 0);

        let others: Vec<Row> = rows.iter().filter(|row| !same(row.0)).copied().collect();
        let mut without = builder(kind);
        push(&mut without, &others, 1, kind);
        match (all.clone().finish_log(), without.clone().finish_log()) {
            (Ok(a), Ok(b)) => {
                let (qa, qb) = (a.quality(), b.quality());
                prop_assert_eq!(qa.rows_read, qa.rows_kept + qa.rows_excluded());
                prop_assert_eq!(qa.rows_kept, qb.rows_kept);
                prop_assert_eq!(qa.excluded.get(&Reason::Erased).copied().unwrap_or(0), forgotten);
                prop_assert_eq!(
                    (qa.zero_amounts, qa.negative_amounts, qa.rows_without_cost, qa.one_time_buyers),
                    (qb.zero_amounts, qb.negative_amounts, qb.rows_without_cost, qb.one_time_buyers)
                );
                prop_assert_eq!(qa.total_amount, qb.total_amount);
                prop_assert_eq!(a.customer_ids(), b.customer_ids());
            }
            (Err(_), Err(_)) => {}
            (a, b) => panic!("{a:?} {b:?}"),
        }
        if let (Ok(a), Ok(b)) = (all.clone().finish(), without.finish()) {
            prop_assert_eq!(a.to_table().unwrap(), b.to_table().unwrap());
        }
        // Nothing of the customer is left in the file.
        if !kind.integers {
            let bytes = all.to_bytes().unwrap();
            let text = format!("\u{2}{name}");
            let found = bytes.windows(text.len()).any(|w| w == text.as_bytes());
            prop_assert!(!found || gone == 7);
        }
    }

    #[test]
    fn a_changed_byte_is_found(rows in rows(), kind in kinds(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut builder = builder(kind);
        push(&mut builder, &rows, 1, kind);
        let good = builder.to_bytes().unwrap();
        let mut bad = good.clone();
        let at = at.index(bad.len());
        bad[at] = to;
        let error = |bytes: &[u8]| match SummaryBuilder::from_bytes(bytes) {
            Err(Error::SavedState { problem, .. }) => Some(problem),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        };
        prop_assert_eq!(error(&bad).is_none(), good[at] == to);
        match error(&good[..at]) {
            Some(SavedStateProblem::OtherFile) => prop_assert_eq!(at, 0),
            problem => prop_assert_eq!(problem, Some(SavedStateProblem::CutShort { bytes: at as u64 })),
        }
        let longer = [&good[..], &[to]].concat();
        let is_found = matches!(error(&longer), Some(SavedStateProblem::Damaged { .. }));
        prop_assert!(is_found);
    }
}

#[test]
fn many_rows_of_few_customers() {
    // So many that rows are merged on the way, at places that depend on how the rows are cut.
    let kind = Kind { merge: MergeWithin::Week, integers: false, with_as_of: true, details: false, duplicates: false };
    let row = |i: u64| ((i % 3) as u8, (i * 7919 % 1_500) as u32, (i * 31 % 12_000) as i64 - 2_000, (i % 8) as u8);
    let rows: Vec<Row> = (0..20_000).map(row).collect();
    let mut whole = builder(kind);
    push(&mut whole, &rows, 1, kind);
    let mut state = builder(kind);
    let (front, back) = rows.split_at(13_571);
    push(&mut state, back, front.len() + 1, kind);
    let mut state = again(&state);
    push(&mut state, front, 1, kind);
    assert!(state.to_bytes().unwrap().len() < 5_000);
    assert_same(whole, state);
}

#[test]
fn files_are_replaced_whole() {
    let kind = Kind { merge: MergeWithin::Day, integers: true, with_as_of: false, details: false, duplicates: false };
    let folder = std::env::temp_dir().join(format!("cpm-state-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("orders.state");
    let mut state = builder(kind);
    state.save(&path).unwrap();
    push(&mut state, &[(1, 5, 100, 0), (2, 70, 300, 0)], 1, kind);
    state.save(&path).unwrap();
    assert_same(state.clone(), SummaryBuilder::load(&path).unwrap());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);

    let problem = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        SummaryBuilder::load(&path).unwrap_err().to_string()
    };
    let good = state.to_bytes().unwrap();
    assert!(problem(b"customer,date,amount\n").contains("another kind of file"));
    assert!(problem(b"").contains("another kind of file"));
    assert!(problem(&good[..100]).contains("cut short after 100 bytes"));
    let mut newer = good.clone();
    newer[8] = 3;
    assert!(problem(&newer).contains("has version 3 of the format, this version of cpm reads up to 2. Update cpm"));
    let mut older = good.clone();
    older[8] = 1;
    assert!(problem(&older).contains("version 1 of the format, which is too old"));
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(problem(&damaged).contains("checksum"));
    // A frame that announces more than there is takes no memory.
    let mut endless = good[..12].to_vec();
    endless.extend([b'H', 255, 255, 255, 255, 255, 255, 255, 127]);
    assert!(problem(&endless).contains("cut short"));
    assert!(matches!(state.save(folder.join("none").join("x")), Err(Error::Io { .. })));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(matches!(SummaryBuilder::load(&path), Err(Error::Io { .. })));
}

#[test]
fn forgetting_says_what_is_wrong_with_an_id() {
    let kind = Kind { merge: MergeWithin::Day, integers: true, with_as_of: false, details: false, duplicates: false };
    let mut state = builder(kind);
    push(&mut state, &[(1, 5, 100, 0)], 1, kind);
    assert!(state.forget(CustomerId::Text("1")).unwrap_err().to_string().contains("whole numbers"));
    assert_eq!(state.forget(CustomerId::Integer(5)).unwrap(), 0);
    assert_eq!(state.forget(CustomerId::Integer(1)).unwrap(), 1);
    // What was forgotten keeps its kind of ids, and an empty log is an error that says why.
    let mut state = again(&state);
    assert!(state.forget(CustomerId::Text("1")).is_err());
    assert!(state.clone().finish().unwrap_err().to_string().contains("1 erased on request"));
    push(&mut state, &[(1, 5, 100, 0)], 1, kind);
    assert_eq!(state.finish().unwrap().len(), 1);
}
