//! Clusters: groups of customers that the data make, not the analyst.

mod choice;
mod cholesky;
mod clusters;
mod components;
mod data;
mod exchange;
mod indices;
mod kmeans;
mod kprototypes;
mod lloyd;
mod mixed_exchange;
mod mixture;
mod packed;
mod prototypes;
mod resampling;
mod rows;
mod scaling;
mod seeding;
#[cfg(test)]
mod test_data;

pub use choice::{ClusterCandidate, ClusterChoice, ClusterChoiceOptions, choose_clusters};
pub(super) use indices::agreement;
pub use indices::{
    adjusted_rand_index, calinski_harabasz_score, davies_bouldin_score, silhouette_samples, silhouette_score,
};
pub use kmeans::{KMeans, KMeansOptions};
pub use kprototypes::{KPrototypes, KPrototypesOptions};
pub use mixture::{Covariance, GaussianMixture, GaussianMixtureOptions};
pub use scaling::{ColumnScale, Scaler, Scaling};
