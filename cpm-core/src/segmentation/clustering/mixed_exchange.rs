//! Single rows with categories that lower the cost by changing their prototype.

use super::prototypes::{Prototypes, Solution};
use super::rows::Rows;

/// Passes over the rows; few are needed, since the iteration came before.
const MOST_PASSES: usize = 20;
/// A gain below this share of the cost is rounding.
const LEAST_GAIN: f64 = 1e-12;

/// Sums of the rows of each prototype, which follow every move.
struct Clusters<'a> {
    space: &'a Prototypes,
    size: Vec<f64>,
    /// Of numbers, prototype after prototype.
    mean: Vec<f64>,
    /// Weight of each level of each category, prototype after prototype.
    levels: Vec<f64>,
    /// Levels of all categories.
    width: usize,
}

/// Moves single rows to other prototypes as long as the cost falls; the prototypes then, or `None` if no row moves.
///
/// Numbers as in Hartigan & Wong (1979): to take a row of weight w at squared distance d out of a cluster of weight n saves d·nw/(n − w), and
/// to bring it into one costs d·nw/(n + w). A category costs γ for all rows of a cluster but those of its most frequent level: out of a cluster
/// with m rows of that level a row saves γ(w − (m − m')), m' the largest without it, and in the other it costs γ(w − (m' − m)).
/// What cannot be improved so, the iteration cannot improve either: no row has a nearer prototype.
pub(super) fn exchange(space: &Prototypes, rows: &Rows, solution: &Solution) -> Option<Vec<f64>> {
    let k = solution.sizes.len();
    if k < 2 {
        return None;
    }
    let mut labels: Vec<usize> = (0..rows.len()).map(|i| space.nearest(rows.row(i), &solution.prototypes).0).collect();
    let mut clusters = Clusters::new(space, rows, &solution.prototypes);
    let least = LEAST_GAIN * solution.cost;
    let mut moved = false;
    for _ in 0..MOST_PASSES {
        let mut moves = 0;
        for (i, label) in labels.iter_mut().enumerate() {
            let (row, w, own) = (rows.row(i), rows.weight[i], *label);
            // The last row of a cluster stays.
            if clusters.size[own] - w <= 1e-9 * w {
                continue;
            }
            let costs = (0..k).filter(|c| *c != own).map(|c| (clusters.cost(c, row, w), c));
            let Some((cost, to)) = costs.reduce(|a, b| if b.0 < a.0 { b } else { a }) else { continue };
            if clusters.saved(own, row, w) - cost > least {
                clusters.change(own, row, -w);
                clusters.change(to, row, w);
                *label = to;
                moves += 1;
            }
        }
        moved |= moves > 0;
        if moves == 0 {
            break;
        }
    }
    moved.then(|| clusters.prototypes(rows.columns, &solution.prototypes))
}

impl<'a> Clusters<'a> {
    fn new(space: &'a Prototypes, rows: &Rows, prototypes: &[f64]) -> Self {
        let sums = space.sums(rows, prototypes);
        let mut mean = sums.x;
        for (c, mean) in mean.chunks_exact_mut(space.numbers.max(1)).enumerate() {
            mean.iter_mut().for_each(|x| *x /= sums.size[c].max(f64::MIN_POSITIVE));
        }
        Self { space, size: sums.size, mean, levels: sums.levels, width: space.levels.iter().sum() }
    }

    fn squared(&self, c: usize, row: &[f64]) -> f64 {
        let numbers = self.space.numbers;
        let mean = &self.mean[c * numbers..(c + 1) * numbers];
        row.iter().zip(mean).map(|(x, m)| (x - m) * (x - m)).sum()
    }

    /// For each category of the row: where its level is counted, and the weights of all levels.
    fn categories<'b>(&'b self, c: usize, row: &'b [f64]) -> impl Iterator<Item = (usize, &'b [f64])> + 'b {
        let mut from = c * self.width;
        row[self.space.numbers..].iter().zip(&self.space.levels).map(move |(level, count)| {
            from += count;
            (*level as usize, &self.levels[from - count..from])
        })
    }

    /// What the cluster's cost falls by without the row.
    fn saved(&self, c: usize, row: &[f64], w: f64) -> f64 {
        let n = self.size[c];
        let of = |(level, weights): (usize, &[f64])| {
            let without = weights.iter().enumerate().map(|(l, v)| if l == level { v - w } else { *v });
            w - (largest(weights.iter().copied()) - largest(without))
        };
        let categories: f64 = self.categories(c, row).map(of).sum();
        self.squared(c, row) * n * w / (n - w) + self.space.gamma * categories
    }

    /// What the cluster's cost rises by with the row.
    fn cost(&self, c: usize, row: &[f64], w: f64) -> f64 {
        let n = self.size[c];
        let of = |(level, weights): (usize, &[f64])| {
            let most = largest(weights.iter().copied());
            w - ((weights[level] + w).max(most) - most)
        };
        let categories: f64 = self.categories(c, row).map(of).sum();
        self.squared(c, row) * n * w / (n + w) + self.space.gamma * categories
    }

    /// Brings a row in, or takes it out with a negative weight.
    fn change(&mut self, c: usize, row: &[f64], w: f64) {
        let numbers = self.space.numbers;
        self.size[c] += w;
        let share = w / self.size[c];
        let mean = &mut self.mean[c * numbers..(c + 1) * numbers];
        mean.iter_mut().zip(row).for_each(|(m, x)| *m += share * (x - *m));
        let mut from = c * self.width;
        for (level, count) in row[numbers..].iter().zip(&self.space.levels) {
            self.levels[from + *level as usize] += w;
            from += count;
        }
    }

    /// Means and most frequent levels; a cluster without rows keeps its place.
    fn prototypes(&self, columns: usize, before: &[f64]) -> Vec<f64> {
        let numbers = self.space.numbers;
        let mut all = before.to_vec();
        for (c, prototype) in all.chunks_exact_mut(columns).enumerate().filter(|(c, _)| self.size[*c] > 0.0) {
            let (x, levels) = prototype.split_at_mut(numbers);
            x.copy_from_slice(&self.mean[c * numbers..(c + 1) * numbers]);
            let mut from = c * self.width;
            for (level, count) in levels.iter_mut().zip(&self.space.levels) {
                *level = Prototypes::most_frequent(&self.levels[from..from + count]);
                from += count;
            }
        }
        all
    }
}

fn largest(weights: impl Iterator<Item = f64>) -> f64 {
    weights.fold(0.0, f64::max)
}
