//! The iteration of k-prototypes, on rows of scaled numbers followed by positions of levels.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::mixed_exchange::exchange;
use super::rows::{CHUNK, Rows};
use super::seeding::CORESET;
use crate::numerics::parallel;

/// Rounds of moving single rows; more than two or three are rare.
const MOST_EXCHANGES: usize = 10;

/// The space of rows and prototypes.
pub(super) struct Prototypes {
    pub(super) numbers: usize,
    /// Number of levels of each category.
    pub(super) levels: Vec<usize>,
    pub(super) gamma: f64,
}

/// Where the iteration ended.
pub(super) struct Solution {
    /// Row after row.
    pub(super) prototypes: Vec<f64>,
    pub(super) sizes: Vec<f64>,
    pub(super) cost: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Sums over the rows of each prototype; they merge.
pub(super) struct Sums {
    pub(super) size: Vec<f64>,
    /// Of numbers, prototype after prototype.
    pub(super) x: Vec<f64>,
    /// Weight of each level of each category, prototype after prototype.
    pub(super) levels: Vec<f64>,
    cost: f64,
    /// The largest cost of a row, and which.
    worst: (f64, usize),
}

impl Prototypes {
    /// Squared distance of the numbers plus γ for each category that differs.
    pub(super) fn distance(&self, row: &[f64], prototype: &[f64]) -> f64 {
        let (x, a) = row.split_at(self.numbers);
        let (y, b) = prototype.split_at(self.numbers);
        let squares: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
        // Positions of levels are whole numbers: equal or not.
        #[expect(clippy::float_cmp, reason = "positions of levels are whole numbers")]
        let different = a.iter().zip(b).filter(|(a, b)| a != b).count();
        squares + self.gamma * different as f64
    }

    /// The nearest prototype, of equally near ones the first.
    pub(super) fn nearest(&self, row: &[f64], prototypes: &[f64]) -> (usize, f64) {
        let distances = prototypes.chunks_exact(row.len()).map(|p| self.distance(row, p));
        distances.enumerate().fold((0, f64::INFINITY), |best, (c, d)| if d < best.1 { (c, d) } else { best })
    }

    pub(super) fn sums(&self, rows: &Rows, prototypes: &[f64]) -> Sums {
        let k = prototypes.len() / rows.columns;
        let width: usize = self.levels.iter().sum();
        let empty = || Sums {
            size: vec![0.0; k],
            x: vec![0.0; k * self.numbers],
            levels: vec![0.0; k * width],
            cost: 0.0,
            worst: (f64::NEG_INFINITY, 0),
        };
        parallel::map_chunks(rows.len(), CHUNK, |range| {
            let mut sums = empty();
            for i in range {
                let (row, w) = (rows.row(i), rows.weight[i]);
                let (c, distance) = self.nearest(row, prototypes);
                sums.size[c] += w;
                sums.cost += w * distance;
                if w * distance > sums.worst.0 {
                    sums.worst = (w * distance, i);
                }
                let x = &mut sums.x[c * self.numbers..(c + 1) * self.numbers];
                x.iter_mut().zip(row).for_each(|(sum, x)| *sum += w * x);
                let mut from = c * width;
                for (level, count) in row[self.numbers..].iter().zip(&self.levels) {
                    sums.levels[from + *level as usize] += w;
                    from += count;
                }
            }
            sums
        })
        .fold(empty(), |mut all, part| {
            let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            add(&mut all.size, &part.size);
            add(&mut all.x, &part.x);
            add(&mut all.levels, &part.levels);
            all.cost += part.cost;
            if part.worst.0 > all.worst.0 {
                all.worst = part.worst;
            }
            all
        })
    }

    /// Means and most frequent levels; a prototype without rows takes the place of the row that costs most.
    fn update(&self, rows: &Rows, sums: &Sums, prototypes: &[f64]) -> Vec<f64> {
        let width: usize = self.levels.iter().sum();
        let mut next = prototypes.to_vec();
        let mut relocated = false;
        for (c, (prototype, &size)) in next.chunks_exact_mut(rows.columns).zip(&sums.size).enumerate() {
            if size <= 0.0 {
                // One at a time: the next round sees what is left.
                if !relocated {
                    prototype.copy_from_slice(rows.row(sums.worst.1));
                    relocated = true;
                }
                continue;
            }
            let (numbers, levels) = prototype.split_at_mut(self.numbers);
            let sums_of = &sums.x[c * self.numbers..(c + 1) * self.numbers];
            numbers.iter_mut().zip(sums_of).for_each(|(x, sum)| *x = sum / size);
            let mut from = c * width;
            for (level, count) in levels.iter_mut().zip(&self.levels) {
                *level = Self::most_frequent(&sums.levels[from..from + count]);
                from += count;
            }
        }
        next
    }

    /// The position of the level with the largest weight, of equal ones the first.
    pub(super) fn most_frequent(weights: &[f64]) -> f64 {
        weights.iter().enumerate().fold((0, -1.0), |b, (l, w)| if *w > b.1 { (l, *w) } else { b }).0 as f64
    }

    /// Where neither the iteration nor moving single rows lowers the cost.
    fn settle(&self, rows: &Rows, prototypes: Vec<f64>, most: usize) -> Solution {
        let mut solution = self.iterate(rows, prototypes, most);
        for _ in 0..MOST_EXCHANGES {
            let Some(better) = exchange(self, rows, &solution) else { break };
            let next = self.iterate(rows, better, most);
            if next.cost >= solution.cost {
                break;
            }
            solution = Solution { iterations: solution.iterations + next.iterations, ..next };
        }
        solution
    }

    /// Assignment and update in turn until the prototypes rest, or the cost does but for rounding.
    fn iterate(&self, rows: &Rows, mut prototypes: Vec<f64>, most: usize) -> Solution {
        let mut iterations = 0;
        loop {
            let sums = self.sums(rows, &prototypes);
            let next = self.update(rows, &sums, &prototypes);
            let converged = next == prototypes;
            if converged || iterations == most {
                return Solution { prototypes, sizes: sums.size, cost: sums.cost, iterations, converged };
            }
            prototypes = next;
            iterations += 1;
        }
    }

    /// Greedy k-means++ in this distance (Arthur & Vassilvitskii 2007).
    fn plus_plus(&self, rows: &Rows, k: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
        let trials = 2 + (k as f64).ln() as usize;
        let mut draw = |mass: &dyn Fn(usize) -> f64| {
            let mut until = Vec::with_capacity(rows.len());
            let mut total = 0.0;
            for i in 0..rows.len() {
                total += mass(i);
                until.push(total);
            }
            let place = random.random::<f64>() * total;
            let found = until.partition_point(|u| *u <= place);
            if found < until.len() { found } else { until.partition_point(|u| *u < total).min(until.len() - 1) }
        };
        let mut prototypes = rows.row(draw(&|i| rows.weight[i])).to_vec();
        let mut nearest = vec![f64::INFINITY; rows.len()];
        while prototypes.len() < k * rows.columns {
            let latest = &prototypes[prototypes.len() - rows.columns..];
            nearest.iter_mut().enumerate().for_each(|(i, d)| *d = d.min(self.distance(rows.row(i), latest)));
            // With γ = 0 rows can differ and be at no distance: any of them will do.
            let all_near = nearest.iter().all(|d| *d == 0.0);
            let mass = |i: usize| if all_near { rows.weight[i] } else { rows.weight[i] * nearest[i] };
            let drawn: Vec<usize> = (0..trials).map(|_| draw(&mass)).collect();
            let left = |at: usize| -> f64 {
                (0..rows.len()).map(|i| rows.weight[i] * nearest[i].min(self.distance(rows.row(i), rows.row(at)))).sum()
            };
            let best = drawn.into_iter().map(|at| (left(at), at)).reduce(|a, b| if b.0 < a.0 { b } else { a });
            prototypes.extend_from_slice(rows.row(best.map_or(0, |b| b.1)));
        }
        prototypes
    }
}

/// The best of several starts.
pub(super) fn best_start(
    rows: &Rows,
    space: &Prototypes,
    k: usize,
    starts: usize,
    most_iterations: usize,
    seed: u64,
) -> Solution {
    let few = (rows.len() > CORESET).then(|| rows.sample(&rows.systematic(CORESET)));
    let seen = few.as_ref().unwrap_or(rows);
    let run = |start: usize| {
        // Streams of one generator are independent.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(start as u64 + 1);
        space.settle(seen, space.plus_plus(seen, k, &mut random), most_iterations)
    };
    let mut solutions = parallel::map_chunks(starts, 1, |range| run(range.start));
    let first = solutions.next().unwrap_or_else(|| run(0));
    let best = solutions.fold(first, |best, other| if other.cost < best.cost { other } else { best });
    if few.is_none() { best } else { space.iterate(rows, best.prototypes, most_iterations) }
}
