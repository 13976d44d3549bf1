//! Which features matter: the loss of AUC when a feature's values are shuffled.

use serde::Serialize;

use super::features::Features;
use super::model::ChurnClassifier;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::random::SplitMix;
use crate::table::{Column, Table};

/// Importance of one feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Importance {
    /// The feature.
    pub feature: String,
    /// Mean loss of AUC over the shuffles, with the interval of that mean.
    pub loss: Estimate,
}

impl ChurnClassifier {
    /// Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019): the loss of AUC on these customers when the values of one feature
    /// are shuffled between them, by descending loss. Give customers of a hold-out. Features that say the same share the loss, and each
    /// looks dispensable alone. The interval holds the chance of the shuffles, not that of the customers.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); [`Error::InvalidArgument`] for fewer than 2 shuffles or the level;
    /// [`Error::NotIdentified`] if nobody churned or nobody stayed.
    pub fn permutation_importance(
        &self,
        features: &Features,
        churned: &[bool],
        shuffles: usize,
        seed: u64,
        level: f64,
    ) -> Result<Vec<Importance>> {
        let reach = half_width(error::level("level", level)?);
        if shuffles < 2 {
            return Err(Error::argument("shuffles", shuffles, "there must be at least two"));
        }
        let whole = self.auc(features, churned)?;
        let mut importance = Vec::new();
        for (j, name) in self.feature_names().into_iter().enumerate() {
            let mut losses = Vec::with_capacity(shuffles);
            for k in 0..shuffles {
                let mut rows: Vec<usize> = (0..churned.len()).collect();
                SplitMix::new(seed, (j * shuffles + k) as u64).shuffle(&mut rows);
                losses.push(whole - self.auc(&features.shuffled(&name, &rows), churned)?);
            }
            let n = shuffles as f64;
            let value = losses.iter().sum::<f64>() / n;
            let variance = losses.iter().map(|l| (l - value) * (l - value)).sum::<f64>() / (n - 1.0) / n;
            let interval = Interval { low: value - reach * variance.sqrt(), high: value + reach * variance.sqrt() };
            importance.push(Importance { feature: name, loss: Estimate { value, interval } });
        }
        importance.sort_by(|a, b| b.loss.value.total_cmp(&a.loss.value));
        Ok(importance)
    }

    /// [`permutation_importance`](Self::permutation_importance) as columns `feature, auc_loss, low, high`.
    ///
    /// # Errors
    /// As there.
    pub fn importance_table(
        &self,
        features: &Features,
        churned: &[bool],
        shuffles: usize,
        seed: u64,
        level: f64,
    ) -> Result<Table> {
        let rows = self.permutation_importance(features, churned, shuffles, seed, level)?;
        let mut table = Table::new();
        table.push("feature", Column::Text(rows.iter().map(|r| r.feature.clone()).collect()))?;
        table.push_estimates(["auc_loss", "low", "high"], rows.iter().map(|r| r.loss))?;
        Ok(table)
    }
}
