//! Lloyd's iteration with Hamerly's bounds.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::packed::{Packed, squared_distance};
use super::rows::{CHUNK, Rows};
use crate::numerics::parallel;

/// Where the iteration ended.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    /// Row after row.
    pub(super) centers: Vec<f64>,
    /// Weight of the rows nearest to each center.
    pub(super) sizes: Vec<f64>,
    pub(super) inertia: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// What a task knows of its rows between iterations.
struct Bounds {
    center: Vec<u32>,
    /// At least the distance to the row's center.
    upper: Vec<f64>,
    /// At most the distance to every other center.
    lower: Vec<f64>,
}

/// Sums over the rows of each center; they merge.
struct Sums {
    weight: Vec<f64>,
    x: Vec<f64>,
}

impl Sums {
    fn new(k: usize, columns: usize) -> Self {
        Self { weight: vec![0.0; k], x: vec![0.0; k * columns] }
    }

    fn add(&mut self, center: u32, row: &[f64], weight: f64) {
        let at = center as usize;
        self.weight[at] += weight;
        let sums = &mut self.x[at * row.len()..(at + 1) * row.len()];
        sums.iter_mut().zip(row).for_each(|(s, x)| *s += weight * x);
    }

    fn merge(mut self, other: Self) -> Self {
        self.weight.iter_mut().zip(other.weight).for_each(|(a, b)| *a += b);
        self.x.iter_mut().zip(other.x).for_each(|(a, b)| *a += b);
        self
    }
}

/// Moves centers to the means of their rows until they move by no more than `tolerance` in all (squared), exactly as
/// Lloyd 1982; a row whose bounds show that its center stays the nearest is not compared with the others
/// (Hamerly 2010, "Making k-means Even Faster", SDM).
pub(super) fn lloyd(rows: &Rows, mut centers: Vec<f64>, max_iterations: usize, tolerance: f64) -> Solution {
    let d = rows.columns;
    let k = centers.len() / d;
    let chunk = chunk_for(k, d);
    let states: Vec<Mutex<Option<Bounds>>> = (0..rows.len().div_ceil(chunk)).map(|_| Mutex::new(None)).collect();
    let mut moved = vec![0.0; k];
    let (mut iterations, mut converged) = (0, false);
    while iterations < max_iterations && !converged {
        iterations += 1;
        let packed = Packed::new(&centers, d);
        let half_gap = half_gaps(&centers, d);
        let largest = moved.iter().copied().fold(0.0, f64::max);
        let sums = parallel::map_chunks(rows.len(), chunk, |range| {
            let mut state = states[range.start / chunk].lock().unwrap_or_else(PoisonError::into_inner);
            let mut sums = Sums::new(k, d);
            match state.as_mut() {
                None => *state = Some(first_bounds(rows, range, &packed, &mut sums)),
                Some(bounds) => {
                    for (at, i) in range.enumerate() {
                        let row = rows.row(i);
                        let own = bounds.center[at] as usize;
                        bounds.upper[at] += moved[own];
                        bounds.lower[at] -= largest;
                        let enough = bounds.lower[at].max(half_gap[own]);
                        if bounds.upper[at] > enough {
                            bounds.upper[at] = squared_distance(row, &centers[own * d..(own + 1) * d]).sqrt();
                            if bounds.upper[at] > enough {
                                let nearest = packed.nearest(row);
                                bounds.center[at] = nearest.center;
                                bounds.upper[at] = nearest.distance.sqrt();
                                bounds.lower[at] = nearest.second.sqrt();
                            }
                        }
                        sums.add(bounds.center[at], row, rows.weight[i]);
                    }
                }
            }
            sums
        })
        .fold(Sums::new(k, d), Sums::merge);

        let mut next = centers.clone();
        let mut empty = Vec::new();
        for (c, &weight) in sums.weight.iter().enumerate() {
            if weight > 0.0 {
                let mean = sums.x[c * d..(c + 1) * d].iter().map(|s| s / weight);
                next[c * d..(c + 1) * d].iter_mut().zip(mean).for_each(|(x, m)| *x = m);
            } else {
                empty.push(c);
            }
        }
        relocate(rows, &mut next, &empty);
        let shift: f64 = squared_distance(&next, &centers);
        for (c, m) in moved.iter_mut().enumerate() {
            *m = squared_distance(&next[c * d..(c + 1) * d], &centers[c * d..(c + 1) * d]).sqrt();
        }
        converged = shift <= tolerance && empty.is_empty();
        centers = next;
    }
    let (sizes, inertia) = assess_within(rows, &centers, &states, &moved);
    Solution { centers, sizes, inertia, iterations, converged }
}

/// Long enough that the sums of a task are small beside its rows.
fn chunk_for(k: usize, d: usize) -> usize {
    CHUNK.max(8 * k * d)
}

fn first_bounds(rows: &Rows, range: Range<usize>, packed: &Packed, sums: &mut Sums) -> Bounds {
    let mut bounds = Bounds {
        center: Vec::with_capacity(range.len()),
        upper: Vec::with_capacity(range.len()),
        lower: Vec::with_capacity(range.len()),
    };
    for i in range {
        let nearest = packed.nearest(rows.row(i));
        bounds.center.push(nearest.center);
        bounds.upper.push(nearest.distance.sqrt());
        bounds.lower.push(nearest.second.sqrt());
        sums.add(nearest.center, rows.row(i), rows.weight[i]);
    }
    bounds
}

/// Half the distance from each center to its nearest neighbour: a row that is nearer than that is its.
fn half_gaps(centers: &[f64], d: usize) -> Vec<f64> {
    let one = |c: usize| {
        let own = &centers[c * d..(c + 1) * d];
        let others = centers.chunks_exact(d).enumerate().filter(|(o, _)| *o != c);
        0.5 * others.map(|(_, other)| squared_distance(own, other)).fold(f64::INFINITY, f64::min).sqrt()
    };
    (0..centers.len() / d).map(one).collect()
}

/// A center without rows moves to the row that is farthest from all centers, by its share of the inertia.
fn relocate(rows: &Rows, centers: &mut [f64], empty: &[usize]) {
    let d = rows.columns;
    for &c in empty {
        let packed = Packed::new(centers, d);
        let farthest = parallel::map_chunks(rows.len(), CHUNK, |range| {
            range
                .map(|i| (rows.weight[i] * packed.nearest(rows.row(i)).distance, i))
                .fold((f64::NEG_INFINITY, 0), further)
        })
        .fold((f64::NEG_INFINITY, 0), further);
        centers[c * d..(c + 1) * d].copy_from_slice(rows.row(farthest.1));
    }
}

fn further(a: (f64, usize), b: (f64, usize)) -> (f64, usize) {
    if b.0 > a.0 { b } else { a }
}

/// Weight of each cluster, and the inertia.
pub(super) fn assess(rows: &Rows, centers: &[f64]) -> (Vec<f64>, f64) {
    let packed = Packed::new(centers, rows.columns);
    assessed(rows, centers.len() / rows.columns, CHUNK, |range, each| {
        for i in range {
            let nearest = packed.nearest(rows.row(i));
            each(i, nearest.center, nearest.distance);
        }
    })
}

/// The same from the bounds of the last iteration, after which the centers moved: most rows are compared with their own only.
fn assess_within(rows: &Rows, centers: &[f64], states: &[Mutex<Option<Bounds>>], moved: &[f64]) -> (Vec<f64>, f64) {
    let d = rows.columns;
    let k = centers.len() / d;
    let chunk = chunk_for(k, d);
    let (packed, half_gap) = (Packed::new(centers, d), half_gaps(centers, d));
    let largest = moved.iter().copied().fold(0.0, f64::max);
    assessed(rows, k, chunk, |range, each| {
        let state = states[range.start / chunk].lock().unwrap_or_else(PoisonError::into_inner);
        let first = range.start;
        for i in range {
            let row = rows.row(i);
            let own = state.as_ref().map_or(0, |bounds| bounds.center[i - first]) as usize;
            let distance = squared_distance(row, &centers[own * d..(own + 1) * d]);
            let lower = state.as_ref().map_or(0.0, |bounds| bounds.lower[i - first] - largest);
            if distance.sqrt() <= lower.max(half_gap[own]) {
                each(i, own as u32, distance);
            } else {
                let nearest = packed.nearest(row);
                each(i, nearest.center, nearest.distance);
            }
        }
    })
}

/// Weights by cluster and the inertia of what `visit` says of the rows of a chunk: row, center, squared distance.
fn assessed(
    rows: &Rows,
    k: usize,
    chunk: usize,
    visit: impl Fn(Range<usize>, &mut dyn FnMut(usize, u32, f64)) + Sync,
) -> (Vec<f64>, f64) {
    parallel::map_chunks(rows.len(), chunk, |range| {
        let mut sizes = vec![0.0; k];
        let mut inertia = 0.0;
        visit(range, &mut |i, center, distance| {
            sizes[center as usize] += rows.weight[i];
            inertia += rows.weight[i] * distance;
        });
        (sizes, inertia)
    })
    .fold((vec![0.0; k], 0.0), |(mut sizes, inertia), (more, rest)| {
        sizes.iter_mut().zip(more).for_each(|(a, b)| *a += b);
        (sizes, inertia + rest)
    })
}
