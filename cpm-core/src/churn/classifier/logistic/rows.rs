//! The rows of a fit: columns of numbers as they were given, read as if they were standardised.

use std::borrow::Cow;

use super::likelihood::{BLOCK, dot, sum};
use crate::numerics::parallel;

/// The weights of a block where every row counts once.
static ONCE: [f64; BLOCK] = [1.0; BLOCK];

/// A column of numbers and what brings it to mean 0 and standard deviation 1, which makes steps, bounds and penalties alike in all of
/// them. It is brought there block by block, whenever it is read: a copy would cost more.
pub(super) struct Standardised<'a> {
    values: Cow<'a, [f64]>,
    pub(super) mean: f64,
    pub(super) scale: f64,
}

impl<'a> Standardised<'a> {
    /// A column as it is.
    pub(super) fn plain(values: Vec<f64>) -> Self {
        Self { values: Cow::Owned(values), mean: 0.0, scale: 1.0 }
    }

    /// All columns side by side; a column that has the same value in every row is an error, and its position with the value is what is
    /// said of it.
    pub(super) fn of(columns: Vec<Cow<'a, [f64]>>, weight: Option<&[f64]>) -> Result<Vec<Self>, (usize, f64)> {
        let moments: Vec<Option<[f64; 2]>> =
            parallel::map_chunks(columns.len(), 1, |j| moments(&columns[j.start], weight)).collect();
        let mut standardised = Vec::with_capacity(columns.len());
        for (j, (values, moments)) in columns.into_iter().zip(moments).enumerate() {
            let Some([mean, scale]) = moments else { return Err((j, values[0])) };
            standardised.push(Self { values, mean, scale });
        }
        Ok(standardised)
    }

    /// The values from one row on.
    fn read(&self, from: usize, into: &mut [f64]) {
        let factor = 1.0 / self.scale;
        into.iter_mut().zip(&self.values[from..]).for_each(|(to, x)| *to = (x - self.mean) * factor);
    }

    /// Every n-th value.
    fn thinned(&self, step: usize) -> Self {
        let values = Cow::Owned(self.values.iter().step_by(step).copied().collect());
        Self { values, mean: self.mean, scale: self.scale }
    }
}

/// Mean and standard deviation; `None` where there is no spread.
fn moments(column: &[f64], weight: Option<&[f64]>) -> Option<[f64; 2]> {
    // Block by block, so that memory is read once (Chan, Golub & LeVeque 1979).
    let (mut total, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut off = [0.0; BLOCK];
    for (k, x) in column.chunks(BLOCK).enumerate() {
        let weight = weight.map_or(&ONCE[..x.len()], |w| &w[k * BLOCK..k * BLOCK + x.len()]);
        let own = sum(weight);
        let center = dot(x, weight) / own;
        off.iter_mut().zip(x).for_each(|(to, x)| *to = (x - center) * (x - center));
        let apart = center - mean;
        let together = total + own;
        squares += dot(&off[..x.len()], weight) + apart * apart * total * (own / together);
        mean += apart * (own / together);
        total = together;
    }
    let variance = squares / total;
    let constant = column.iter().all(|x| *x == column[0]) || variance <= 0.0 || !variance.is_finite();
    (!constant).then(|| [mean, variance.sqrt()])
}

/// Rows of a fit: columns of standardised numbers, with weights.
pub(super) struct Rows<'a> {
    /// One column after another.
    pub(super) x: Vec<Standardised<'a>>,
    pub(super) churned: Cow<'a, [bool]>,
    /// `None`: every row counts once.
    pub(super) weight: Option<Cow<'a, [f64]>>,
    pub(super) total_weight: f64,
}

impl Rows<'_> {
    /// Every n-th row.
    pub(super) fn thinned(&self, step: usize) -> Self {
        let weight: Option<Vec<f64>> = self.weight.as_ref().map(|w| w.iter().step_by(step).copied().collect());
        let churned: Vec<bool> = self.churned.iter().step_by(step).copied().collect();
        let x = parallel::map_chunks(self.x.len(), 1, |j| self.x[j.start].thinned(step)).collect();
        let total_weight = weight.as_ref().map_or(churned.len() as f64, |w| w.iter().sum());
        Self { x, churned: Cow::Owned(churned), weight: weight.map(Cow::Owned), total_weight }
    }

    pub(super) fn len(&self) -> usize {
        self.churned.len()
    }

    /// Weights of up to `BLOCK` rows from one on.
    pub(super) fn weights(&self, from: usize, rows: usize) -> &[f64] {
        self.weight.as_ref().map_or(&ONCE[..rows], |w| &w[from..from + rows])
    }

    /// Sum of the weights of those who churned.
    pub(super) fn churned_weight(&self) -> f64 {
        match &self.weight {
            Some(weight) => weight.iter().zip(&*self.churned).filter(|(_, c)| **c).map(|(w, _)| w).sum(),
            None => self.churned.iter().filter(|c| **c).count() as f64,
        }
    }

    /// Standardised values of rows from one on, one column per `BLOCK` places.
    pub(super) fn block(&self, from: usize, rows: usize, into: &mut [f64]) {
        self.x.iter().zip(into.chunks_exact_mut(BLOCK)).for_each(|(column, to)| column.read(from, &mut to[..rows]));
    }
}
