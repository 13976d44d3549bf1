"""Segmentation: which customers are alike, how good a segmentation is, and how much two of them agree.

The classes are at the top level of the package; the functions are here:

>>> import cpm
>>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
>>> X = {"purchases": customers.frequency + 1, "silence": customers.days_since_last}
>>> model = cpm.KMeans(n_clusters=3, scaling="yeo-johnson")
>>> labels = model.fit_predict(X)
>>> score, error = cpm.segmentation.silhouette_score(X, labels, sample=1000)
>>> -1 < score < 1
True
"""

from cpm._core import (
    ClusterChoice,
    GaussianMixture,
    KMeans,
    KPrototypes,
    Lifecycle,
    Rfm,
    RuleSet,
    SegmentationModel,
    SegmentProfiles,
    Segments,
    SegmentStability,
    ValueTiers,
    adjusted_rand_index,
    calinski_harabasz_score,
    choose_clusters,
    davies_bouldin_score,
    profile_segments,
    purchase_rhythm,
    rfm_segments,
    segment_stability,
    silhouette_samples,
    silhouette_score,
)

__all__ = [
    "ClusterChoice",
    "GaussianMixture",
    "KMeans",
    "KPrototypes",
    "Lifecycle",
    "Rfm",
    "RuleSet",
    "SegmentProfiles",
    "SegmentStability",
    "SegmentationModel",
    "Segments",
    "ValueTiers",
    "adjusted_rand_index",
    "calinski_harabasz_score",
    "choose_clusters",
    "davies_bouldin_score",
    "profile_segments",
    "purchase_rhythm",
    "rfm_segments",
    "segment_stability",
    "silhouette_samples",
    "silhouette_score",
]
