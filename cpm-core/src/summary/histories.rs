//! Grouping of equal histories.
//!
//! Customers with the same (x, t_x, T) have the same likelihood and the same predictions. Day-grained
//! data repeat histories a lot (some 1,000 stand for the 2,357 customers of CDNOW), so fitting and
//! scoring work on the distinct ones. The grouping is exact, and its sorted order makes every result
//! independent of the order of the customers.

use std::sync::OnceLock;

use super::distinct::{Distinct, Times};
use super::ranks::{Ranks, starts};
use crate::numerics::parallel;

/// What the models know of a customer's purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(non_snake_case)]
pub struct History {
    /// Number of repeat purchases, a whole number.
    pub x: f64,
    /// Time from the first to the last purchase.
    pub t_x: f64,
    /// Time from the first purchase to the end of observation.
    pub T: f64,
    /// Which of the summary's distinct rows of covariates the customer has; 0 without covariates. See
    /// [`Covariates::profiles`](super::Covariates::profiles).
    pub profile: u32,
}

/// Distinct histories, how many customers share each, and which one each customer has.
#[derive(Debug, Clone)]
pub struct Histories {
    distinct: Distinct,
    /// Made when scores are handed to customers: a fit does without.
    of_row: OnceLock<Vec<u32>>,
    /// Rows in the order of their histories; those of history `g` are `start[g]..start[g + 1]`.
    rows: Vec<u32>,
    start: Vec<u32>,
}

/// A row, and its T and `t_x` as numbers of the distinct values.
#[derive(Clone, Copy)]
struct Item {
    row: u32,
    /// T before `t_x`.
    times: u32,
}

/// Rows in buckets, with their T and `t_x` as numbers of the distinct values. Customers of one x and T have a bucket; those of a large
/// x, who are few, share it whatever their T.
struct Ranked {
    t: Ranks,
    t_x: Ranks,
    items: Vec<Item>,
    /// Those of bucket k are `start[k]..start[k + 1]`.
    start: Vec<u32>,
    /// From this x on T is not told apart.
    large: usize,
}

/// Rows of one task.
const PART: usize = 16_384;

impl Ranked {
    /// `None` where counting would take more places than there are rows, or there are too many values.
    fn new(x: &[f64], t_x: &[f64], t: &[f64]) -> Option<Self> {
        let largest = x.iter().fold(0.0, |a: f64, b| a.max(*b)) as usize;
        if largest > 1024 + 4 * x.len() {
            return None;
        }
        let mut both = parallel::map_chunks(2, 1, |k| Ranks::of([t, t_x][k.start]));
        let (t, t_x) = (both.next()??, both.next()??);
        let times = t.values.len();
        let large = (x.len() / times).clamp(1, largest + 1);
        let bucket = |(x, t): (&f64, &u16)| {
            let x = *x as usize;
            if x < large { x * times + *t as usize } else { large * (times - 1) + x }
        };
        let start = starts(large * (times - 1) + largest + 1, x.iter().zip(&t.of_row).map(bucket));
        let mut next = start.clone();
        let mut items = vec![Item { row: 0, times: 0 }; x.len()];
        for (row, ((x, t), t_x)) in x.iter().zip(&t.of_row).zip(&t_x.of_row).enumerate() {
            let place = &mut next[bucket((x, t))];
            items[*place as usize] = Item { row: row as u32, times: u32::from(*t) << 16 | u32::from(*t_x) };
            *place += 1;
        }
        Some(Self { t, t_x, items, start, large })
    }

    /// The rows of each bucket by T, `t_x` and position.
    fn sort(&mut self) {
        let (mut parts, mut rest, mut buckets) = (Vec::new(), self.items.as_mut_slice(), self.start.as_slice());
        while !rest.is_empty() {
            let from = buckets[0];
            let end = buckets.partition_point(|start| ((start - from) as usize) < PART).min(buckets.len() - 1);
            let (part, others) = rest.split_at_mut((buckets[end] - from) as usize);
            parts.push((&buckets[..=end], part));
            (rest, buckets) = (others, &buckets[end..]);
        }
        let sort = |(buckets, items): (&[u32], &mut [Item])| {
            for bucket in buckets.windows(2) {
                items[(bucket[0] - buckets[0]) as usize..(bucket[1] - buckets[0]) as usize]
                    .sort_unstable_by_key(|item| u64::from(item.times) << 32 | u64::from(item.row));
            }
        };
        parallel::consume(parts, sort).for_each(drop);
    }

    /// x of a bucket.
    fn x(&self, bucket: usize) -> f64 {
        let times = self.t.values.len();
        let x = if bucket < self.large * times { bucket / times } else { bucket - self.large * (times - 1) };
        x as f64
    }
}

/// The same order by comparing.
fn sorted_rows(x: &[f64], t_x: &[f64], t: &[f64], profile: Option<&[u32]>) -> Vec<u32> {
    // Bits of non-negative floats sort like the floats; -0.0 is normalised by adding 0.0.
    let bits = |v: f64| (v + 0.0).to_bits();
    let key = |i: usize| (bits(x[i]), bits(t[i]), bits(t_x[i]), profile.map_or(0, |p| p[i]), i as u32);
    let mut keys: Vec<_> = (0..x.len()).map(key).collect();
    parallel::sort_by(&mut keys, Ord::cmp);
    keys.into_iter().map(|key| key.4).collect()
}

/// For each history the sum of the weights of its rows, 1 each if not given.
fn weights(rows: &[u32], start: &[u32], weight: Option<&[f64]>) -> Vec<f64> {
    let groups = start.windows(2);
    match weight {
        None => groups.map(|of| f64::from(of[1] - of[0])).collect(),
        Some(w) => {
            let mut of_group = Vec::new();
            let mut sum = |rows: &[u32]| {
                of_group.clear();
                of_group.extend(rows.iter().map(|row| w[*row as usize]));
                // The order of the customers must not show in the last digit.
                of_group.sort_unstable_by(f64::total_cmp);
                of_group.iter().sum()
            };
            groups.map(|of| sum(&rows[of[0] as usize..of[1] as usize])).collect()
        }
    }
}

impl Histories {
    /// Groups rows; `weight` counts a row more than once (1 each if not given).
    pub(crate) fn group(x: &[f64], t_x: &[f64], t: &[f64], weight: Option<&[f64]>) -> Self {
        Self::group_with_profiles(x, t_x, t, None, weight)
    }

    /// The same for customers with covariates: histories of customers with other covariates are other histories.
    pub(crate) fn group_with_profiles(
        x: &[f64],
        t_x: &[f64],
        t: &[f64],
        profile: Option<&[u32]>,
        weight: Option<&[f64]>,
    ) -> Self {
        // With covariates equal rows are few, and so is what there is to gain.
        let ranked = if profile.is_some() { None } else { Ranked::new(x, t_x, t) };
        match ranked {
            Some(ranked) => Self::of_ranked(ranked, weight),
            None => Self::of_sorted(sorted_rows(x, t_x, t, profile), weight, |row| {
                let profile = profile.map_or(0, |p| p[row]);
                History { x: x[row] + 0.0, t_x: t_x[row] + 0.0, T: t[row] + 0.0, profile }
            }),
        }
    }

    fn of_ranked(mut ranked: Ranked, weight: Option<&[f64]>) -> Self {
        ranked.sort();
        // Memory that is not written to costs nothing.
        let mut start = Vec::with_capacity(ranked.items.len() + 1);
        let (mut of, mut first_of_x) = (Vec::with_capacity(ranked.items.len()), Vec::new());
        for (k, bucket) in ranked.start.windows(2).enumerate().filter(|(_, bucket)| bucket[0] < bucket[1]) {
            let x = ranked.x(k);
            if first_of_x.last().is_none_or(|(last, _)| *last != x) {
                first_of_x.push((x, of.len()));
            }
            let mut last = None;
            for (position, Item { times, .. }) in
                (bucket[0]..).zip(&ranked.items[bucket[0] as usize..bucket[1] as usize])
            {
                if last != Some(times) {
                    last = Some(times);
                    of.push([times >> 16, times & 0xffff]);
                    start.push(position);
                }
            }
        }
        of.shrink_to_fit();
        let times = Times { t: ranked.t.values, t_x: ranked.t_x.values, of };
        let rows: Vec<u32> = ranked.items.iter().map(|item| item.row).collect();
        start.push(rows.len() as u32);
        start.shrink_to_fit();
        let weight = weights(&rows, &start, weight);
        let distinct = Distinct::by_times(times, first_of_x.into_iter(), weight);
        Self { distinct, of_row: OnceLock::new(), rows, start }
    }

    fn of_sorted(rows: Vec<u32>, weight: Option<&[f64]>, history: impl Fn(usize) -> History) -> Self {
        let (mut start, mut histories) = (Vec::new(), Vec::new());
        for (position, &row) in rows.iter().enumerate() {
            let history = history(row as usize);
            if histories.last() != Some(&history) {
                histories.push(history);
                start.push(position as u32);
            }
        }
        start.push(rows.len() as u32);
        let weight = weights(&rows, &start, weight);
        Self { distinct: Distinct::of(histories, weight), of_row: OnceLock::new(), rows, start }
    }

    /// The distinct histories, sorted by x, then T, then t_x, then profile.
    #[must_use]
    pub fn distinct(&self) -> &[History] {
        self.distinct.histories()
    }

    /// The same without looking at each.
    pub(crate) fn as_distinct(&self) -> &Distinct {
        &self.distinct
    }

    /// For each distinct history the sum of the weights of its customers.
    #[must_use]
    pub fn weight(&self) -> &[f64] {
        self.distinct.weight()
    }

    /// For each customer the position of its history among the distinct ones.
    #[must_use]
    pub fn of_row(&self) -> &[u32] {
        self.of_row.get_or_init(|| {
            let mut of_row = vec![0; self.rows.len()];
            for group in 0..self.distinct.len() {
                self.rows_of(group).iter().for_each(|&row| of_row[row as usize] = group as u32);
            }
            of_row
        })
    }

    /// The customers with a given distinct history.
    pub(crate) fn rows_of(&self, group: usize) -> &[u32] {
        &self.rows[self.start[group] as usize..self.start[group + 1] as usize]
    }

    /// Computes a value for each distinct history, in parallel, and hands it to each customer.
    pub(crate) fn scatter<T: Copy + Send + Sync>(&self, value: impl Fn(History) -> T + Sync) -> Vec<T> {
        self.scatter_slices(|histories| histories.iter().map(|&h| value(h)).collect())
    }

    /// The same, where neighbours share work: histories come in their order, a slice at a time.
    pub(crate) fn scatter_slices<T: Copy + Send + Sync>(&self, values: impl Fn(&[History]) -> Vec<T> + Sync) -> Vec<T> {
        let distinct = self.distinct();
        let mut all: Vec<T> = Vec::with_capacity(distinct.len());
        parallel::map_chunks(distinct.len(), 256, |g| values(&distinct[g])).for_each(|part| all.extend(part));
        let of_row = self.of_row();
        parallel::map(of_row.len(), 16_384, |i| all[of_row[i] as usize])
    }
}

impl History {
    /// A customer at the moment of its first purchase.
    pub const NEW: Self = Self::new(0.0, 0.0, 0.0);

    /// x repeat purchases, the last one at `t_x`, observed until T; without covariates.
    #[must_use]
    #[allow(non_snake_case)]
    pub const fn new(x: f64, t_x: f64, T: f64) -> Self {
        Self { x, t_x, T, profile: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_in_order_whichever_way_rows_are_sorted() {
        let x = [2.0, 0.0, 1.0, 0.0, 2.0, -0.0, 1.0, 2.0];
        let t_x = [5.0, 0.0, 3.0, 0.0, 4.0, 0.0, 3.0, 5.0];
        let t = [9.0, 9.0, 7.0, 8.0, 9.0, 9.0, 7.0, 8.5];
        let grouped = Histories::group(&x, &t_x, &t, None);
        let found: Vec<(f64, f64, f64)> = grouped.distinct().iter().map(|h| (h.x, h.T, h.t_x)).collect();
        let expected =
            [(0.0, 8.0, 0.0), (0.0, 9.0, 0.0), (1.0, 7.0, 3.0), (2.0, 8.5, 5.0), (2.0, 9.0, 4.0), (2.0, 9.0, 5.0)];
        assert_eq!(found, expected);
        assert_eq!(grouped.weight(), [1.0, 2.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(grouped.of_row(), [5, 1, 2, 0, 4, 1, 2, 3]);
        assert_eq!(grouped.rows_of(1), [1, 5]);
        // A customer of a million purchases among few is sorted with the others.
        let mut many = x;
        many[0] = 1e6;
        let grouped = Histories::group(&many, &t_x, &t, None);
        assert_eq!(grouped.of_row(), [5, 1, 2, 0, 4, 1, 2, 3]);
        assert_eq!(grouped.distinct()[5].x, 1e6);
    }

    #[test]
    fn counting_and_comparing_give_one_order() {
        let of = |k: u64, i: u64| (i.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(k) >> 40) as f64;
        let n = 3_000;
        let x: Vec<f64> = (0..n).map(|i| of(1, i) % 5.0).collect();
        let t_x_of = |(i, x): (u64, &f64)| if *x > 0.0 { of(2, i * i) % 30.0 / 7.0 } else { 0.0 };
        let t_x: Vec<f64> = (0..n).zip(&x).map(t_x_of).collect();
        let t: Vec<f64> = (0..n).map(|i| 5.0 + of(3, i) % 11.0 / 7.0).collect();
        let grouped = Histories::group(&x, &t_x, &t, None);
        assert_eq!(grouped.rows, sorted_rows(&x, &t_x, &t, None));
        let times = grouped.as_distinct().times();
        for (h, of) in grouped.distinct().iter().zip(&times.of) {
            assert_eq!((h.T, h.t_x), (times.t[of[0] as usize], times.t_x[of[1] as usize]));
        }
        assert!(times.t.len() <= 11 && grouped.distinct().len() > 1_000);
    }
}
