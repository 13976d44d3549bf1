use proptest::prelude::*;

use super::*;
use crate::transactions::store::order::{Block, in_order};

/// A row with what it may have: customer, time, amount, what it stands for, the rest of a sum.
type Row = (u32, i64, f64, Option<MergedRows>, Vec<f64>);

fn times() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        (-40_000..40_000_i64).prop_map(|days| days * DAY),
        (0..9_000_i64).prop_map(|minutes| 1_700_000_000 / 60 * 60 + minutes * 60),
        -100..100_i64,
    ]
}

fn amounts() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (-9_000_000..9_000_000_i64, prop::sample::select(vec![1.0, 10.0, 100.0, 1e3, 1e4, 1e5]))
            .prop_map(|(whole, scale)| whole as f64 / scale),
        prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NAN, LARGEST_DECIMAL]),
        (any::<i64>(), 0..4_usize).prop_map(|(whole, scale)| whole as f64 / SCALES[scale]),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let merged = proptest::option::weighted(0.2, (any::<u32>(), any::<u16>(), any::<u16>(), -1022..1024_i16));
    let merged = merged.prop_map(|m| {
        m.map(|(rows, returns, zeros, scale)| MergedRows {
            rows,
            returns,
            zeros,
            return_scale: if returns > 0 { scale } else { NO_RETURN },
        })
    });
    let rest = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(amounts(), 1..4)];
    let customer = prop_oneof![3 => 0..4_u32, 1 => 0..400_u32];
    prop::collection::vec((customer, times(), amounts(), merged, rest), 0..60)
}

/// A row with amounts as bits, for a comparison that knows NaN and the sign of zero.
type Bits = (u32, i64, u64, Option<MergedRows>, Vec<u64>);

fn comparable(rows: &[Row]) -> Vec<Bits> {
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect();
    rows.iter().map(|(c, t, a, m, r)| (*c, *t, a.to_bits(), *m, bits(r))).collect()
}

/// What is sealed, without sorting or merging: `rows` must be in order of customers and times.
fn sealed(rows: &[Row]) -> Option<Sealed> {
    let mut all = ExactRows::default();
    all.rows.start = vec![0; 401];
    for (number, (customer, time, amount, merged, rest)) in rows.iter().enumerate() {
        all.rows.start[*customer as usize + 1] += 1;
        all.rows.time.push(Timestamp::from_seconds(*time));
        all.rows.amount.push(*amount);
        all.rows.merged.push(merged.unwrap_or_else(|| MergedRows::once(*amount)));
        all.rest.extend(rest.iter().map(|&part| (number as u32, part)));
    }
    for i in 1..all.rows.start.len() {
        all.rows.start[i] += all.rows.start[i - 1];
    }
    Sealed::of(&all)
}

proptest! {
    #[test]
    fn what_is_sealed_comes_out_again(mut rows in rows()) {
        rows.sort_by_key(|row| (row.0, row.1));
        // A row that stands for itself is one of the source.
        rows.iter_mut().for_each(|row| row.3 = row.3.filter(|m| *m != MergedRows::once(row.2)));
        let Some(sealed) = sealed(&rows) else {
            prop_assert!(rows.is_empty());
            return Ok(());
        };
        let mut found: Vec<Row> = Vec::new();
        sealed.for_each(|customer, row| {
            found.push((customer, row.time.seconds(), row.amount, row.merged, row.rest.to_vec()));
        });
        prop_assert_eq!(comparable(&found), comparable(&rows));
        prop_assert_eq!(sealed.rows(), rows.len());
        let times = rows.iter().map(|row| Timestamp::from_seconds(row.1));
        prop_assert_eq!(sealed.period(), (times.clone().min().unwrap(), times.max().unwrap()));
        let runs = rows.chunk_by(|a, b| a.0 == b.0).map(|run| (run[0].0, run.len()));
        prop_assert!(sealed.customers().eq(runs));
    }

    #[test]
    fn rows_come_in_order_from_wherever_they_are(mut rows in rows(), cut in 0.0..1.0) {
        rows.iter_mut().for_each(|row| (row.3, row.4) = (None, Vec::new()));
        let (early, late) = rows.split_at((rows.len() as f64 * cut) as usize);
        let block = |rows: &[Row]| {
            let mut block = Block::default();
            for (customer, time, amount, ..) in rows {
                let (time, amount) = (Timestamp::from_seconds(*time), *amount);
                block.push(*customer, StoredRow { time, amount, merged: None, rest: &[] });
            }
            block
        };
        let first: Vec<Sealed> = Sealed::of(&in_order(&[], &[block(early)], 401, None, None)).into_iter().collect();
        let all = in_order(&first, &[block(late)], 401, None, None).rows;
        let mut found = Vec::new();
        for customer in 0..all.customers() {
            let (times, amounts, _) = all.of(customer);
            let pairs = times.iter().zip(amounts);
            found.extend(pairs.map(|(time, &amount)| (customer as u32, time.seconds(), amount, None, Vec::new())));
        }
        rows.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        prop_assert_eq!(comparable(&found), comparable(&rows));
    }
}

#[test]
fn purchases_of_a_shop_take_few_bytes() {
    // A customer buys every few weeks, for amounts in cents.
    let row =
        |i: i64| (i as u32 / 20, (19_000 + 37 * (i % 20)) * DAY, (i * 7_919 % 9_000) as f64 / 100.0, None, vec![]);
    let rows: Vec<Row> = (0..8_000).map(row).collect();
    let sealed = sealed(&rows).unwrap();
    assert!(sealed.bytes.len() + sealed.customers.len() < 4 * rows.len(), "{}", sealed.bytes.len());
}
