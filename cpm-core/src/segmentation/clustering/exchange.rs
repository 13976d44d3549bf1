//! Single rows that lower the inertia by changing their cluster.

use super::lloyd::{Solution, assess};
use super::packed::Packed;
use super::rows::Rows;

/// Passes over the rows; few are needed, since Lloyd's iteration came before.
const MOST_PASSES: usize = 20;
/// A gain below this share of the inertia is rounding.
const LEAST_GAIN: f64 = 1e-12;

/// Moves single rows to other clusters as long as the inertia falls. To move a row of weight w at squared distance d from
/// its center saves d·nw/(n − w), and costs e·mw/(m + w) in a cluster of weight m at squared distance e, since both
/// centers move (Hartigan & Wong 1979, Applied Statistics 28(1), 100-108). What cannot be improved so, Lloyd's iteration
/// cannot improve either.
pub(super) fn exchange(rows: &Rows, mut solution: Solution) -> Solution {
    let d = rows.columns;
    let k = solution.sizes.len();
    if k < 2 {
        return solution;
    }
    let mut packed = Packed::new(&solution.centers, d);
    let mut labels: Vec<u32> = (0..rows.len()).map(|i| packed.nearest(rows.row(i)).center).collect();
    let mut distances = vec![0.0; k];
    let (mut moved, least) = (false, LEAST_GAIN * solution.inertia);
    // Means of exactly these rows: a tolerance may have stopped the iteration before.
    refresh(rows, &labels, &mut solution, &mut packed);
    for _ in 0..MOST_PASSES {
        let mut moves = 0;
        for (i, label) in labels.iter_mut().enumerate() {
            let (row, w, own) = (rows.row(i), rows.weight[i], *label as usize);
            let left = solution.sizes[own] - w;
            // The last row of a cluster stays.
            if left <= 1e-9 * w {
                continue;
            }
            packed.distances(row, &mut distances);
            let saved = distances[own] * w * solution.sizes[own] / left;
            let cost = |c: usize| distances[c] * w * solution.sizes[c] / (solution.sizes[c] + w);
            let to = (0..k).filter(|c| *c != own).min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(own);
            if saved - cost(to) <= least {
                continue;
            }
            let into = solution.sizes[to] + w;
            for (j, x) in row.iter().enumerate() {
                solution.centers[own * d + j] -= w * (x - solution.centers[own * d + j]) / left;
                solution.centers[to * d + j] += w * (x - solution.centers[to * d + j]) / into;
            }
            (solution.sizes[own], solution.sizes[to]) = (left, into);
            packed.set(own, &solution.centers[own * d..(own + 1) * d]);
            packed.set(to, &solution.centers[to * d..(to + 1) * d]);
            *label = to as u32;
            moves += 1;
        }
        moved |= moves > 0;
        if moves == 0 {
            break;
        }
        // Rounding of the running means does not pile up.
        refresh(rows, &labels, &mut solution, &mut packed);
    }
    if moved {
        solution.iterations += 1;
    }
    (solution.sizes, solution.inertia) = assess(rows, &solution.centers);
    solution
}

fn refresh(rows: &Rows, labels: &[u32], solution: &mut Solution, packed: &mut Packed) {
    let d = rows.columns;
    let k = solution.sizes.len();
    let (mut sums, mut sizes) = (vec![0.0; k * d], vec![0.0; k]);
    for (i, &label) in labels.iter().enumerate() {
        let c = label as usize;
        sizes[c] += rows.weight[i];
        sums[c * d..(c + 1) * d].iter_mut().zip(rows.row(i)).for_each(|(s, x)| *s += rows.weight[i] * x);
    }
    for c in (0..k).filter(|&c| sizes[c] > 0.0) {
        let center = &mut solution.centers[c * d..(c + 1) * d];
        center.iter_mut().zip(&sums[c * d..(c + 1) * d]).for_each(|(x, s)| *x = s / sizes[c]);
        packed.set(c, center);
    }
    solution.sizes = sizes;
}
