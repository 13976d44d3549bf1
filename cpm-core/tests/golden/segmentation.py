"""Writes segmentation.json: scalings, clusters, mixtures and indices of scikit-learn 1.9.

Run with scikit-learn installed: python segmentation.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn import cluster, metrics, mixture, preprocessing
from sklearn.datasets import load_iris, load_wine

random = np.random.default_rng(20)
blobs = np.vstack(
    [random.normal(center, 1.0 + 0.3 * i, size=(60, 3)) for i, center in enumerate([(0, 0, 0), (6, 1, -3), (2, 7, 4), (-5, 5, 0)])]
).round(4)
spend = np.column_stack(
    [random.negative_binomial(0.8, 0.25, 200), random.gamma(1.3, 40.0, 200).round(2), random.normal(0, 3, 200).round(3)]
).astype(float)
iris, wine = load_iris().data, load_wine().data[:, [0, 1, 6, 9, 12]]
wine = preprocessing.StandardScaler().fit_transform(wine).round(6)
data = {"blobs": blobs, "iris": iris, "wine": wine}

out: dict = {"data": {**{n: x.tolist() for n, x in data.items()}, "spend": spend.tolist()}}

yj = preprocessing.PowerTransformer().fit(spend)
robust = preprocessing.RobustScaler().fit(spend)
standard = preprocessing.StandardScaler().fit(spend)
out["scaling"] = {
    "lambda": yj.lambdas_.tolist(),
    "yeo_johnson": yj.transform(spend)[:20].tolist(),
    "robust": robust.transform(spend)[:20].tolist(),
    "standard": standard.transform(spend)[:20].tolist(),
}

out["kmeans"], out["indices"], out["mixture"] = [], [], []
for name, x in data.items():
    for k in (2, 3, 4, 7):
        best = cluster.KMeans(k, n_init=200, tol=0, max_iter=1000, random_state=0).fit(x)
        out["kmeans"].append({"data": name, "k": k, "inertia": best.inertia_})
        labels = best.labels_
        out["indices"].append(
            {
                "data": name,
                "k": k,
                "labels": labels.tolist(),
                "silhouette": metrics.silhouette_score(x, labels),
                "silhouette_samples": metrics.silhouette_samples(x, labels)[:10].tolist(),
                "calinski_harabasz": metrics.calinski_harabasz_score(x, labels),
                "davies_bouldin": metrics.davies_bouldin_score(x, labels),
                "other": (other := cluster.KMeans(4, n_init=1, random_state=5).fit_predict(x)).tolist(),
                "adjusted_rand": metrics.adjusted_rand_score(labels, other),
            }
        )
    k = 4 if name == "blobs" else 3
    for covariance in ("full", "diag"):
        # From k-means: with other starts a component of the iris data falls onto a plane, where only reg_covar bounds it.
        fits = [
            mixture.GaussianMixture(
                k, covariance_type=covariance, tol=1e-13, max_iter=20_000, random_state=s, n_init=4
            ).fit(x)
            for s in range(8)
        ]
        best = max(fits, key=lambda m: m.score(x))
        out["mixture"].append(
            {
                "data": name,
                "components": k,
                "covariance": covariance,
                "log_likelihood": best.score(x) * len(x),
                "aic": best.aic(x),
                "bic": best.bic(x),
                "weights": sorted(best.weights_.tolist(), reverse=True),
                "first_density": best.score_samples(x[:3]).tolist(),
            }
        )

# Gap statistic (Tibshirani, Walther & Hastie 2001): uniform references in the box along the principal components.
out["choice"] = []
REFERENCES = 100
for name, x in data.items():
    centered = x - x.mean(axis=0)
    scores = centered @ np.linalg.svd(centered, full_matrices=False)[2].T

    def log_inertia(table, k):
        return np.log(cluster.KMeans(k, n_init=10, random_state=0).fit(table).inertia_)

    gaps, errors = [], []
    tables = [random.uniform(scores.min(axis=0), scores.max(axis=0), scores.shape) for _ in range(REFERENCES)]
    for k in (1, 2, 3, 4):
        logs = np.array([log_inertia(table, k) for table in tables])
        gaps.append(logs.mean() - log_inertia(x, k))
        errors.append(logs.std())
    out["choice"].append({"data": name, "references": REFERENCES, "gap": gaps, "gap_error": errors})

Path(__file__).with_name("segmentation.json").write_text(json.dumps(out) + "\n")
