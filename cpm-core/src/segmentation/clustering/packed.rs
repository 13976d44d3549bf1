//! Squared distances from one row to many centers, eight centers side by side.

/// Centers per group: what the compiler keeps in registers.
const LANES: usize = 8;

/// Centers in groups of eight, the coordinates of a group beside one another.
pub(super) struct Packed {
    columns: usize,
    count: usize,
    /// Group after group, column after column, lane after lane; missing lanes are infinitely far.
    values: Vec<f64>,
}

/// The nearest center and the second nearest, in squared distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nearest {
    pub(super) center: u32,
    pub(super) distance: f64,
    /// Infinite with one center.
    pub(super) second: f64,
}

impl Packed {
    /// Of centers row after row.
    pub(super) fn new(centers: &[f64], columns: usize) -> Self {
        let count = centers.len() / columns;
        let mut packed = Self { columns, count, values: vec![f64::INFINITY; count.div_ceil(LANES) * LANES * columns] };
        centers.chunks_exact(columns).enumerate().for_each(|(c, center)| packed.set(c, center));
        packed
    }

    /// Moves one center.
    pub(super) fn set(&mut self, c: usize, center: &[f64]) {
        for (j, x) in center.iter().enumerate() {
            self.values[((c / LANES) * self.columns + j) * LANES + c % LANES] = *x;
        }
    }

    /// Squared distances to the centers of each group, in order.
    fn groups<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = [f64; LANES]> + 'a {
        self.values.chunks_exact(LANES * self.columns).map(|group| {
            let mut sum = [0.0; LANES];
            for (x, lanes) in row.iter().zip(group.chunks_exact(LANES)) {
                for (sum, c) in sum.iter_mut().zip(lanes) {
                    let difference = x - c;
                    *sum += difference * difference;
                }
            }
            sum
        })
    }

    /// The nearest center; of equally near ones the first.
    pub(super) fn nearest(&self, row: &[f64]) -> Nearest {
        let mut found = Nearest { center: 0, distance: f64::INFINITY, second: f64::INFINITY };
        for (g, distances) in self.groups(row).enumerate() {
            for (lane, &distance) in distances.iter().enumerate() {
                if distance < found.distance {
                    found.second = found.distance;
                    found.distance = distance;
                    found.center = (g * LANES + lane) as u32;
                } else if distance < found.second {
                    found.second = distance;
                }
            }
        }
        found
    }

    /// Squared distances to all centers.
    pub(super) fn distances(&self, row: &[f64], into: &mut [f64]) {
        for (group, part) in self.groups(row).zip(into[..self.count].chunks_mut(LANES)) {
            part.copy_from_slice(&group[..part.len()]);
        }
    }
}

/// The squared distance of two points.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_definition() {
        for count in [1, 3, 8, 9, 20] {
            let centers: Vec<f64> = (0..3 * count).map(|i| ((i * 7919) % 101) as f64 / 10.0).collect();
            let packed = Packed::new(&centers, 3);
            let row = [2.0, 5.5, 7.25];
            let mut all = vec![0.0; count];
            packed.distances(&row, &mut all);
            let expected: Vec<f64> = centers.chunks(3).map(|c| squared_distance(&row, c)).collect();
            assert_eq!(all, expected);
            let mut sorted = expected.clone();
            sorted.sort_by(f64::total_cmp);
            let nearest = packed.nearest(&row);
            assert_eq!(nearest.distance, sorted[0]);
            assert_eq!(nearest.second, sorted.get(1).copied().unwrap_or(f64::INFINITY));
            assert_eq!(expected[nearest.center as usize], sorted[0]);
        }
    }
}
