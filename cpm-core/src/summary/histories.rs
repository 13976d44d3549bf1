//! Grouping of equal histories.
//!
//! Customers with the same (x, t_x, T) have the same likelihood and the same predictions. Day-grained
//! data repeat histories a lot (some 1,000 stand for the 2,357 customers of CDNOW), so fitting and
//! scoring work on the distinct ones. The grouping is exact, and its sorted order makes every result
//! independent of the order of the customers.

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
    of_row: Vec<u32>,
    /// Rows in the order of their histories; those of history `g` are `start[g]..start[g + 1]`.
    rows: Vec<u32>,
    start: Vec<u32>,
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
        // Bits of non-negative floats sort like the floats; -0.0 is normalised by adding 0.0.
        let bits = |v: f64| (v + 0.0).to_bits();
        let profile = |i: usize| profile.map_or(0, |p| p[i]);
        let times = |i: usize| u128::from(bits(t[i])) << 64 | u128::from(bits(t_x[i]));
        let item = |i: usize| (times(i), profile(i), i as u32);
        // Most customers share a few x, so rows are counted into places by x, and sorted within these.
        let largest = x.iter().fold(0.0, |a: f64, b| a.max(*b)) as usize;
        let mut rows: Vec<(u128, u32, u32)>;
        if largest <= 1024 + 4 * x.len() {
            let mut start = vec![0_usize; largest + 2];
            x.iter().for_each(|x| start[*x as usize + 1] += 1);
            (0..=largest).for_each(|k| start[k + 1] += start[k]);
            rows = vec![(0, 0, 0); x.len()];
            let mut next = start.clone();
            for (i, x) in x.iter().enumerate() {
                rows[next[*x as usize]] = item(i);
                next[*x as usize] += 1;
            }
            for of_x in start.windows(2).filter(|of_x| of_x[1] > of_x[0] + 1) {
                parallel::sort_by(&mut rows[of_x[0]..of_x[1]], Ord::cmp);
            }
        } else {
            rows = (0..x.len()).map(item).collect();
            parallel::sort_by(&mut rows, |a, b| {
                let x = |row: u32| x[row as usize] + 0.0;
                x(a.2).total_cmp(&x(b.2)).then_with(|| a.cmp(b))
            });
        }

        let mut grouped = Self {
            distinct: vec![],
            weight: vec![],
            of_row: vec![0; x.len()],
            rows: Vec::with_capacity(x.len()),
            start: vec![],
        };
        let mut last = None;
        for (times, profile, row) in rows {
            let i = row as usize;
            let key = Some((bits(x[i]), times, profile));
            if last != key {
                last = key;
                grouped.distinct.push(History { x: x[i], t_x: t_x[i], T: t[i], profile });
                grouped.weight.push(0.0);
                grouped.start.push(grouped.rows.len() as u32);
            }
            grouped.rows.push(row);
            let group = grouped.distinct.len() - 1;
            grouped.weight[group] += weight.map_or(1.0, |w| w[i]);
            grouped.of_row[i] = group as u32;
        }
        grouped.start.push(grouped.rows.len() as u32);
        grouped
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
        &self.of_row
    }

    /// The customers with a given distinct history.
    pub(crate) fn rows_of(&self, group: usize) -> &[u32] {
        &self.rows[self.start[group] as usize..self.start[group + 1] as usize]
    }

    /// Computes a value for each distinct history, in parallel, and hands it to each customer.
    pub(crate) fn scatter<T: Copy + Send + Sync>(&self, value: impl Fn(History) -> T + Sync) -> Vec<T> {
        let values: Vec<T> = parallel::map(self.distinct.len(), 256, |g| value(self.distinct[g]));
        parallel::map(self.of_row.len(), 16_384, |i| values[self.of_row[i] as usize])
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
}
