//! Gradient-boosted trees, by the crate `forust-ml` (the algorithm of XGBoost: Chen & Guestrin 2016).
//!
//! Its monotone constraints are not offered: fitted trees were seen to break them.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use forust_ml::data::Matrix;
use forust_ml::gradientbooster::{ContributionsMethod, GradientBooster};
use ndarray::Array2;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::logistic::sigmoid;
use super::options::BoostingOptions;
use crate::error::{Error, Result};

const NAME: &str = "the boosted tree model";

/// Fitted trees.
#[derive(Clone)]
pub(super) struct Trees(Arc<GradientBooster>);

impl Trees {
    /// Fits trees to columns of numbers.
    pub(super) fn fit(
        columns: &[Cow<'_, [f64]>],
        churned: &[bool],
        weights: &[f64],
        options: &BoostingOptions,
    ) -> Result<Self> {
        let y: Vec<f64> = churned.iter().map(|c| f64::from(u8::from(*c))).collect();
        let flat = columns.concat();
        let mut booster = GradientBooster::default()
            .set_iterations(options.trees)
            .set_learning_rate(options.learning_rate as f32)
            .set_max_depth(options.max_depth)
            .set_l2(options.l2 as f32)
            .set_min_leaf_weight(options.min_leaf_weight as f32)
            .set_subsample(options.subsample as f32)
            .set_colsample_bytree(options.columns_per_tree)
            .set_seed(options.seed)
            .set_initialize_base_score(true);
        if options.subsample < 1.0 {
            booster = booster.set_sample_method(forust_ml::sampler::SampleMethod::Random);
        }
        guarded(|| {
            let data = Matrix::new(&flat, churned.len(), columns.len());
            booster.fit(&data, &y, weights, None).map_err(|e| e.to_string())?;
            Ok(booster)
        })
        .map(|booster| Self(Arc::new(booster)))
    }

    /// Log-odds per row.
    pub(super) fn log_odds(&self, columns: &[Cow<'_, [f64]>], rows: usize) -> Result<Vec<f64>> {
        let flat = columns.concat();
        guarded(|| Ok(self.0.predict(&Matrix::new(&flat, rows, columns.len()), true)))
    }

    /// SHAP values of each column (row of the result) for each row, and the common part in the last row of the result.
    pub(super) fn contributions(&self, columns: &[Cow<'_, [f64]>], rows: usize) -> Result<Array2<f64>> {
        let flat = columns.concat();
        let p = columns.len() + 1;
        let values = guarded(|| {
            let data = Matrix::new(&flat, rows, columns.len());
            Ok(self.0.predict_contributions(&data, ContributionsMethod::Shapley, true))
        })?;
        if values.len() != rows * p {
            return Err(failed(format!("{} contributions for {rows} rows", values.len())));
        }
        Ok(Array2::from_shape_fn((p, rows), |(j, i)| values[i * p + j]))
    }

    pub(super) fn probability(log_odds: f64) -> f64 {
        sigmoid(log_odds)
    }

    fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(&*self.0)
    }
}

/// A panic of the trees' crate becomes an error: it must not reach Python.
fn guarded<T>(run: impl FnOnce() -> std::result::Result<T, String>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(failed),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it gave up without a reason");
            Err(failed(text.to_owned()))
        }
    }
}

fn failed(reason: String) -> Error {
    Error::NotIdentified { model: NAME, reason, remedy: "Check the features, or use method = logistic".to_owned() }
}

impl std::fmt::Debug for Trees {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} trees", self.0.trees.len())
    }
}

impl PartialEq for Trees {
    fn eq(&self, other: &Self) -> bool {
        // JSON sorts the maps that a tree keeps in no order.
        Arc::ptr_eq(&self.0, &other.0) || matches!((self.json(), other.json()), (Ok(a), Ok(b)) if a == b)
    }
}

impl Serialize for Trees {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        // By way of JSON, so that equal trees are equal text.
        self.json().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Trees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        GradientBooster::deserialize(deserializer).map(|booster| Self(Arc::new(booster)))
    }
}
