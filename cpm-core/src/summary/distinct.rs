//! Distinct histories: each x with its own, and their times as numbers of the times that occur.

use std::ops::Range;
use std::sync::OnceLock;

use super::History;

/// Distinct histories sorted by x, and how many customers share each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distinct {
    /// The x that occur, ascending; the histories of `x[k]` are `start[k]..start[k + 1]`, the last ones all that follow.
    x: Vec<f64>,
    start: Vec<u32>,
    times: Times,
    weight: Vec<f64>,
    /// Made for those who look at one after the other: what works by times does without.
    histories: OnceLock<Vec<History>>,
}

/// The times that occur, for what depends on one of them alone: with days as a grain they are few.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    /// Distinct T, and distinct `t_x`.
    pub(crate) t: Vec<f64>,
    pub(crate) t_x: Vec<f64>,
    /// For each history the positions of its own.
    pub(crate) of: Vec<[u32; 2]>,
}

impl Distinct {
    /// Each history with times of its own. They are sorted by x.
    pub(crate) fn of(histories: Vec<History>, weight: Vec<f64>) -> Self {
        let times = Times {
            t: histories.iter().map(|h| h.T).collect(),
            t_x: histories.iter().map(|h| h.t_x).collect(),
            of: (0..histories.len() as u32).map(|i| [i, i]).collect(),
        };
        let mut distinct = Self { times, weight, ..Self::default() };
        let mut next = 0;
        for of_x in histories.chunk_by(|a, b| a.x == b.x) {
            distinct.begin(of_x[0].x, next);
            next += of_x.len();
        }
        distinct.histories = histories.into();
        distinct
    }

    /// Histories by the positions of their times; `first_of_x` has each x with the position of its first history.
    pub(super) fn by_times(times: Times, first_of_x: impl Iterator<Item = (f64, usize)>, weight: Vec<f64>) -> Self {
        let mut distinct = Self { times, weight, ..Self::default() };
        first_of_x.for_each(|(x, first)| distinct.begin(x, first));
        distinct
    }

    fn begin(&mut self, x: f64, first: usize) {
        self.x.push(x);
        self.start.push(first as u32);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.weight.len()
    }

    /// The x that occur, in ascending order.
    pub(crate) fn x(&self) -> &[f64] {
        &self.x
    }

    /// Those of some histories that have one x, with the position of that x among [`x`](Self::x).
    pub(crate) fn of_each_x(&self, histories: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let first = self.start.partition_point(|&start| start as usize <= histories.start).saturating_sub(1);
        let mut from = histories.start;
        (first..self.x.len()).map_while(move |k| {
            let of_x = from..self.start.get(k + 1).map_or(self.len(), |&end| end as usize).min(histories.end);
            from = of_x.end;
            (!of_x.is_empty()).then_some((k, of_x))
        })
    }

    /// The sum of the weights of the customers of each.
    pub(crate) fn weight(&self) -> &[f64] {
        &self.weight
    }

    /// Their times.
    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// The histories, one after the other.
    pub(crate) fn histories(&self) -> &[History] {
        self.histories.get_or_init(|| {
            let Times { t, t_x, of } = &self.times;
            let mut histories = Vec::with_capacity(self.len());
            for (k, of_x) in self.of_each_x(0..self.len()) {
                let history =
                    |&[of_t, of_t_x]: &[u32; 2]| History::new(self.x[k], t_x[of_t_x as usize], t[of_t as usize]);
                histories.extend(of[of_x].iter().map(history));
            }
            histories
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_each_x() {
        let xs = [0.0, 0.0, 1.0, 4.0, 4.0, 4.0];
        let histories: Vec<History> =
            xs.iter().zip(1_u8..).map(|(&x, t)| History::new(x, 0.5 * x, f64::from(t))).collect();
        let distinct = Distinct::of(histories.clone(), vec![1.0; 6]);
        assert_eq!(distinct.x(), [0.0, 1.0, 4.0]);
        let parts = |rows: Range<usize>| distinct.of_each_x(rows).collect::<Vec<_>>();
        assert_eq!(parts(0..6), [(0, 0..2), (1, 2..3), (2, 3..6)]);
        assert_eq!(parts(1..5), [(0, 1..2), (1, 2..3), (2, 3..5)]);
        assert_eq!(parts(2..3), [(1, 2..3)]);
        assert_eq!(parts(4..6), [(2, 4..6)]);
        let again =
            Distinct::by_times(distinct.times().clone(), [(0.0, 0), (1.0, 2), (4.0, 3)].into_iter(), vec![1.0; 6]);
        assert_eq!(again.histories(), histories);
        assert_eq!(Distinct::default().of_each_x(0..0).count(), 0);
    }
}
