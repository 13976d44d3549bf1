//! Segmentation: one file per idea, as in the core.

mod choice;
mod indices;
mod kmeans;
mod kprototypes;
mod lifecycle;
mod mixture;
mod model;
mod profiles;
mod rfm;
mod rfm_model;
mod rules;
mod tiers;

use cpm_core::SavedModel;
use pyo3::prelude::*;

pub(crate) use choice::{ClusterChoice, choose_clusters};
pub(crate) use indices::{
    adjusted_rand_index, calinski_harabasz_score, davies_bouldin_score, silhouette_samples, silhouette_score,
};
pub(crate) use kmeans::KMeans;
pub(crate) use kprototypes::KPrototypes;
pub(crate) use lifecycle::Lifecycle;
pub(crate) use mixture::GaussianMixture;
pub(crate) use model::SegmentationModel;
pub(crate) use profiles::{SegmentProfiles, SegmentStability, profile_segments, segment_stability};
pub(crate) use rfm::{Segments, rfm_segments};
pub(crate) use rfm_model::{Rfm, purchase_rhythm};
pub(crate) use rules::RuleSet;
pub(crate) use tiers::ValueTiers;

/// A saved segmentation as the Python class of its kind; None if it is a model of another room.
pub(crate) fn to_python(py: Python<'_>, model: &SavedModel) -> PyResult<Option<Py<PyAny>>> {
    let object = match model {
        SavedModel::KMeans(_) => Py::new(py, KMeans::loaded(py, model.clone())?)?.into_any(),
        SavedModel::KPrototypes(_) => Py::new(py, KPrototypes::loaded(py, model.clone())?)?.into_any(),
        SavedModel::GaussianMixture(_) => Py::new(py, GaussianMixture::loaded(py, model.clone())?)?.into_any(),
        SavedModel::Rfm(_) => Py::new(py, Rfm::loaded(py, model.clone())?)?.into_any(),
        SavedModel::RuleSet(_) => Py::new(py, RuleSet::loaded(py, model.clone())?)?.into_any(),
        SavedModel::Lifecycle(_) => Py::new(py, Lifecycle::loaded(py, model.clone())?)?.into_any(),
        SavedModel::ValueTiers(_) => Py::new(py, ValueTiers::loaded(py, model.clone())?)?.into_any(),
        _ => return Ok(None),
    };
    Ok(Some(object))
}
