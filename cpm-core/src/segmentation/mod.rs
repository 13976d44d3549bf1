//! Segmentation: which customers are alike.
//!
//! [`RfmScores`] ranks customers by how recently, how often and for how much they bought;
//! [`SegmentTable`] turns the scores into named segments that can be looked up on one grid;
//! [`rfm_segments`] does both with the usual settings. The result, [`Segments`], is a name per customer.
//!
//! Recency means the days since the last purchase here. The models of [`clv`](crate::clv) mean the time
//! from the first to the last purchase; see [`summary`](crate::summary).

#[cfg(feature = "clustering")]
mod attributes;
#[cfg(feature = "segmentation")]
mod clumpiness;
#[cfg(feature = "clustering")]
mod clustering;
mod dimension;
#[cfg(feature = "segmentation")]
mod lifecycle;
mod named;
#[cfg(feature = "clustering")]
mod profiles;
mod rfm;
#[cfg(feature = "segmentation")]
mod rfm_model;
#[cfg(feature = "segmentation")]
mod rhythm;
#[cfg(feature = "segmentation")]
mod rules;
mod scale;
mod segments;
#[cfg(feature = "segmentation")]
mod tiers;

#[cfg(feature = "segmentation")]
pub use clumpiness::clumpiness;
#[cfg(feature = "clustering")]
pub use clustering::{
    ClusterCandidate, ClusterChoice, ClusterChoiceOptions, ColumnScale, Covariance, GaussianMixture,
    GaussianMixtureOptions, KMeans, KMeansOptions, KPrototypes, KPrototypesOptions, Scaler, Scaling,
    adjusted_rand_index, calinski_harabasz_score, choose_clusters, davies_bouldin_score, silhouette_samples,
    silhouette_score,
};
pub use dimension::RfmDimension;
#[cfg(feature = "segmentation")]
pub use lifecycle::{LIFECYCLE_STAGES, LifecycleModel, LifecycleThresholds};
pub use named::{SegmentRule, SegmentTable, rfm_segments};
#[cfg(feature = "clustering")]
pub use profiles::{
    AttributeEffect, EffectMeasure, ProfileOptions, SegmentEffect, SegmentProfiles, SegmentRuleFound, SegmentSize,
    SegmentStability, segment_stability,
};
pub use rfm::{MonetaryMeasure, RfmOptions, RfmScores};
#[cfg(feature = "segmentation")]
pub use rfm_model::{RfmModel, RfmModelOptions};
#[cfg(feature = "segmentation")]
pub use rhythm::purchase_rhythm;
#[cfg(feature = "segmentation")]
pub use rules::RuleSet;
pub use segments::Segments;
#[cfg(feature = "segmentation")]
pub use tiers::{TierBasis, ValueSpread, ValueTiers};
