//! Grouping of equal histories.
//!
//! Customers with the same (x, t_x, T) have the same likelihood and the same predictions. Day-grained
//! data repeat histories a lot (some 1,000 stand for the 2,357 customers of CDNOW), so fitting and
//! scoring work on the distinct ones. The grouping is exact, and its sorted order makes every result
//! independent of the order of the customers.

use std::sync::OnceLock;

use super::ranks::{Ranks, sort_by_count, starts};
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
    distinct: Vec<History>,
    weight: Vec<f64>,
    /// Made when scores are handed to customers: a fit does without.
    of_row: OnceLock<Vec<u32>>,
    /// Rows in the order of their histories; those of history `g` are `start[g]..start[g + 1]`.
    rows: Vec<u32>,
    start: Vec<u32>,
    times: Times,
}

/// The times that occur, for what depends on one of them alone: with days as a grain they are few.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    /// Distinct T, and distinct `t_x`.
    pub(crate) t: Vec<f64>,
    pub(crate) t_x: Vec<f64>,
    /// For each history the positions of its own.
    pub(crate) of: Vec<[u32; 2]>,
}

impl Times {
    /// Each history has times of its own.
    pub(crate) fn each(histories: &[History]) -> Self {
        Self {
            t: histories.iter().map(|h| h.T).collect(),
            t_x: histories.iter().map(|h| h.t_x).collect(),
            of: (0..histories.len() as u32).map(|i| [i, i]).collect(),
        }
    }
}

/// Rows by x, with their T and `t_x` as numbers of the distinct values.
struct Ranked {
    t: Ranks,
    t_x: Ranks,
    /// The numbers of T and of `t_x`, and the row, in one.
    items: Vec<u64>,
    /// Those of x are `start[x]..start[x + 1]`.
    start: Vec<u32>,
}

impl Ranked {
    /// `None` where counting would take more places than there are rows, or there are too many values.
    fn new(x: &[f64], t_x: &[f64], t: &[f64]) -> Option<Self> {
        let largest = x.iter().fold(0.0, |a: f64, b| a.max(*b)) as usize;
        if largest > 1024 + 4 * x.len() {
            return None;
        }
        let mut both = parallel::map_chunks(2, 1, |k| Ranks::of([t, t_x][k.start]));
        let (t, t_x) = (both.next()??, both.next()??);
        let start = starts(largest + 1, x.iter().map(|x| *x as usize));
        let mut next = start.clone();
        let mut items = vec![0; x.len()];
        for (row, (x, (t, t_x))) in x.iter().zip(t.of_row.iter().zip(&t_x.of_row)).enumerate() {
            let place = &mut next[*x as usize];
            items[*place as usize] = u64::from(*t) << 48 | u64::from(*t_x) << 32 | row as u64;
            *place += 1;
        }
        Some(Self { t, t_x, items, start })
    }

    /// The rows of each x by T, `t_x` and position.
    fn sort(&mut self) {
        let [t, t_x] = [&self.t, &self.t_x].map(|ranks| ranks.values.len());
        let mut by_t_x = Vec::new();
        for of_x in self.start.windows(2) {
            let items = &mut self.items[of_x[0] as usize..of_x[1] as usize];
            if items.len() > 4 * (t + t_x) {
                by_t_x.resize(items.len(), 0);
                sort_by_count(items, &mut by_t_x, t_x, |item| (item >> 32) as usize & 0xffff);
                sort_by_count(&by_t_x, items, t, |item| (item >> 48) as usize);
            } else {
                items.sort_unstable();
            }
        }
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
        let mut grouped = Self {
            distinct: vec![],
            weight: vec![],
            of_row: OnceLock::new(),
            rows: Vec::with_capacity(x.len()),
            start: vec![],
            times: Times { t: vec![], t_x: vec![], of: vec![] },
        };
        // With covariates equal rows are few, and so is what there is to gain.
        let ranked = if profile.is_some() { None } else { Ranked::new(x, t_x, t) };
        if let Some(mut ranked) = ranked {
            ranked.sort();
            for (x, of_x) in ranked.start.windows(2).enumerate() {
                let mut last = None;
                for item in &ranked.items[of_x[0] as usize..of_x[1] as usize] {
                    let (times, row) = ((item >> 32) as u32, *item as u32);
                    if last != Some(times) {
                        last = Some(times);
                        let [of_t, of_t_x] = [times >> 16, times & 0xffff];
                        let (t, t_x) = (ranked.t.values[of_t as usize], ranked.t_x.values[of_t_x as usize]);
                        grouped.begin(History::new(x as f64, t_x, t));
                        grouped.times.of.push([of_t, of_t_x]);
                    }
                    grouped.rows.push(row);
                }
            }
            (grouped.times.t, grouped.times.t_x) = (ranked.t.values, ranked.t_x.values);
        } else {
            for row in sorted_rows(x, t_x, t, profile) {
                let i = row as usize;
                let profile = profile.map_or(0, |p| p[i]);
                let history = History { x: x[i] + 0.0, t_x: t_x[i] + 0.0, T: t[i] + 0.0, profile };
                if grouped.distinct.last() != Some(&history) {
                    grouped.begin(history);
                }
                grouped.rows.push(row);
            }
            grouped.times = Times::each(&grouped.distinct);
        }
        grouped.start.push(x.len() as u32);
        let groups = grouped.start.windows(2);
        grouped.weight = match weight {
            None => groups.map(|of| f64::from(of[1] - of[0])).collect(),
            Some(w) => {
                let sum = |rows: &[u32]| rows.iter().map(|row| w[*row as usize]).sum();
                groups.map(|of| sum(&grouped.rows[of[0] as usize..of[1] as usize])).collect()
            }
        };
        grouped
    }

    fn begin(&mut self, history: History) {
        self.distinct.push(history);
        self.start.push(self.rows.len() as u32);
    }

    /// The distinct histories, sorted by x, then T, then t_x, then profile.
    #[must_use]
    pub fn distinct(&self) -> &[History] {
        &self.distinct
    }

    /// For each distinct history the sum of the weights of its customers.
    #[must_use]
    pub fn weight(&self) -> &[f64] {
        &self.weight
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

    /// The times of the distinct histories.
    pub(crate) fn times(&self) -> &Times {
        &self.times
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
        let mut all: Vec<T> = Vec::with_capacity(self.distinct.len());
        parallel::map_chunks(self.distinct.len(), 256, |g| values(&self.distinct[g])).for_each(|part| all.extend(part));
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
        let t_x: Vec<f64> = (0..n).map(|i| of(2, i * i) % 30.0 / 7.0).collect();
        let t: Vec<f64> = (0..n).map(|i| 5.0 + of(3, i) % 11.0 / 7.0).collect();
        let grouped = Histories::group(&x, &t_x, &t, None);
        assert_eq!(grouped.rows, sorted_rows(&x, &t_x, &t, None));
        let times = grouped.times();
        for (h, of) in grouped.distinct().iter().zip(&times.of) {
            assert_eq!((h.T, h.t_x), (times.t[of[0] as usize], times.t_x[of[1] as usize]));
        }
        assert!(times.t.len() <= 11 && grouped.distinct().len() > 1_000);
    }
}
