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
        let key = |i: usize| ([bits(x[i]), bits(t[i]), bits(t_x[i])], profile(i));
        let mut rows: Vec<_> = (0..x.len()).map(|i| (key(i), i as u32)).collect();
        parallel::sort_by(&mut rows, Ord::cmp);

        let mut grouped = Self {
            distinct: vec![],
            weight: vec![],
            of_row: vec![0; x.len()],
            rows: Vec::with_capacity(x.len()),
            start: vec![],
        };
        let mut last = None;
        for (key, row) in rows {
            let i = row as usize;
            if last != Some(key) {
                last = Some(key);
                grouped.distinct.push(History { x: x[i], t_x: t_x[i], T: t[i], profile: key.1 });
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
