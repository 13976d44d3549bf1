//! How much each row of a fit counts: its own weight times the factor of its class.

use std::borrow::Cow;

use crate::churn::evaluation::check_weights;
use crate::error::{self, Error, Result, same_length};

/// Weights of rows and factors of classes, as the options of all classifiers have them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Weighting {
    pub(super) rows: Option<Vec<f64>>,
    /// Factors of those who stayed and of those who churned.
    pub(super) classes: Option<[f64; 2]>,
    /// Factors such that both classes count half.
    pub(super) balanced: bool,
}

impl Weighting {
    /// The same factors with the weights of other rows.
    pub(super) fn with_rows(&self, rows: Option<Vec<f64>>) -> Self {
        Self { rows, ..*self }
    }

    /// The rows' own weights, checked; `None` where every row counts once.
    pub(super) fn own(&self, rows: usize) -> Result<Option<&[f64]>> {
        if let Some(weights) = &self.rows {
            same_length("weights", weights.len(), "y", rows)?;
            check_weights(weights)?;
        }
        Ok(self.rows.as_deref())
    }

    /// Weights times the factors of the classes; `None` where every row counts once.
    pub(super) fn of(&self, churned: &[bool]) -> Result<Option<Cow<'_, [f64]>>> {
        let own = self.own(churned.len())?;
        if let Some(factors) = self.classes {
            if self.balanced {
                return Err(Error::argument("class_weight", "balanced", "give either factors or `balanced`"));
            }
            for factor in factors {
                error::positive("class_weight", factor)?;
            }
        }
        let weight = |i: usize| own.map_or(1.0, |w| w[i]);
        let sum = |which: bool| (0..churned.len()).filter(|&i| churned[i] == which).map(weight).sum::<f64>();
        let factors = self.classes.or_else(|| {
            // Without one of the classes the fit says so.
            let sums = if self.balanced { [sum(false), sum(true)] } else { [0.0; 2] };
            let whole = sums[0] > 0.0 && sums[1] > 0.0;
            whole.then(|| sums.map(|sum| (sums[0] + sums[1]) / (2.0 * sum)))
        });
        let Some([stayed, left]) = factors else { return Ok(own.map(Cow::Borrowed)) };
        Ok(Some((0..churned.len()).map(|i| weight(i) * if churned[i] { left } else { stayed }).collect()))
    }
}

/// Positions of the rows with a weight above 0; `None` if all have one.
pub(super) fn positive(weights: Option<&[f64]>) -> Option<Vec<usize>> {
    let weights = weights.filter(|w| w.contains(&0.0))?;
    Some((0..weights.len()).filter(|&i| weights[i] > 0.0).collect())
}
