use proptest::prelude::*;

use super::*;
use crate::transactions::timestamp::DAY;

type Row = (i64, i64, f64);

/// Ids with customers' times, amounts and merged rows, in order of ids.
type Stored = Vec<(i64, Vec<Timestamp>, Vec<u64>, Vec<MergedRows>)>;

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let amount = prop_oneof![
        4 => (-2_000..20_000_i64).prop_map(|cents| cents as f64 / 100.0),
        1 => (-1e9..1e9_f64, -8..8_i32).prop_map(|(v, e)| v * 10_f64.powi(e)),
        1 => Just(0.0),
    ];
    // Few customers, so that a partition has more rows than are put away at a time.
    let time = prop_oneof![(0..40_i64).prop_map(|day| day * DAY), 0..40 * DAY];
    prop::collection::vec((0..12_i64, time, amount), 0..600)
}

/// A store of the rows, which come in pieces: each to a store of its own, or to one beside the first.
fn store(pieces: &[&[Row]], merging: Option<Merging>, beside: bool) -> RowStore {
    let new = || merging.map_or_else(RowStore::new, RowStore::merging);
    let mut all = new();
    for piece in pieces {
        let mut own = if beside { all.beside() } else { new() };
        for &(customer, time, amount) in *piece {
            assert!(own.push(CustomerId::Integer(customer), Timestamp::from_seconds(time), amount));
        }
        all.merge(own);
    }
    all
}

fn stored((ids, places, parts): (CustomerIds, Vec<Place>, Vec<SortedRows>)) -> Stored {
    let of = |(id, place): (CustomerId<'_>, &Place)| {
        let CustomerId::Integer(id) = id else { panic!("ids are integers") };
        let (times, amounts, merged) = parts[place.part as usize].of(place.number as usize);
        (id, times.to_vec(), amounts.iter().map(|a| a.to_bits()).collect(), merged.to_vec())
    };
    ids.iter().zip(&places).map(of).collect()
}

proptest! {
    /// Rows are put away, brought together, copied and moved between stores on the way: none of it shows.
    #[test]
    fn rows_are_the_same_whatever_their_way(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        cut in 0.0..1.0,
        beside: bool,
        merges: bool,
        as_of in proptest::option::of(0..40 * DAY),
        gone in 0..12_i64,
    ) {
        let as_of = as_of.map(Timestamp::from_seconds);
        let merging = merges.then_some(Merging { period: |time| time.days().div_euclid(3), as_of });
        let mut one = store(&[&rows], merging, false);
        let (left, right) = shuffled.split_at((rows.len() as f64 * cut) as usize);
        let mut other = store(&[left, right], merging, beside);

        one.settle();
        other.settle();
        let expected = stored(one.clone().consume(|rows| rows));
        prop_assert_eq!(&stored(other.visit(|rows| rows)), &expected);
        prop_assert_eq!(&stored(other.clone().consume(|rows| rows)), &expected);
        let times = || expected.iter().flat_map(|of_one| of_one.1.iter().copied());
        prop_assert_eq!(one.period(), times().min().zip(times().max()));
        prop_assert_eq!(other.period(), one.period());
        if merging.is_none() {
            let mut all: Vec<(i64, i64, f64)> = rows.clone();
            all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
            let amounts: Vec<u64> = all.iter().map(|row| row.2.to_bits()).collect();
            let found: Vec<u64> = expected.iter().flat_map(|of_one| of_one.2.iter().copied()).collect();
            prop_assert_eq!(found, amounts);
        } else {
            let rows_in = expected.iter().flat_map(|of_one| &of_one.3).map(|m| m.rows as usize).sum::<usize>();
            prop_assert_eq!(rows_in, rows.len());
        }

        // Who is forgotten was never there.
        let kept: Vec<Row> = rows.iter().copied().filter(|row| row.0 != gone).collect();
        let forgotten = other.forget(CustomerId::Integer(gone));
        prop_assert_eq!(forgotten.rows as usize, rows.len() - kept.len());
        let without = stored(store(&[&kept], merging, false).consume(|rows| rows));
        prop_assert_eq!(stored(other.consume(|rows| rows)), without);
    }
}
