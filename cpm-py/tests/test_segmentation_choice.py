"""How many clusters."""

from typing import Any

import numpy as np
import pytest

import cpm


@pytest.fixture(scope="module")
def X() -> Any:  # noqa: N802 - scikit-learn's name
    random = np.random.default_rng(1)
    return np.vstack([random.normal(center, 1.0, size=(50, 2)) for center in ([0, 0], [8, 0], [0, 8])])


def test_choice(X: Any) -> None:
    choice = cpm.segmentation.choose_clusters(X, max_clusters=5, n_init=3)
    assert choice.n_clusters == 3
    assert choice.votes == dict.fromkeys(choice.votes, 3)
    assert choice["clusters"].tolist() == [1, 2, 3, 4, 5]
    assert choice["recommended"].tolist() == [0, 0, 1, 0, 0]
    assert choice["votes"].tolist() == [0, 0, 6, 0, 0]
    assert np.isnan(choice["silhouette"][0])
    assert choice["stability"][2] > 0.95
    labels = cpm.KMeans(n_clusters=3, n_init=3).fit_predict(X)
    assert choice["silhouette"][2] == pytest.approx(cpm.segmentation.silhouette_score(X, labels)[0])
    assert choice["bic"][2] == pytest.approx(cpm.GaussianMixture(n_components=3, n_init=2).fit(X).bic)
    assert choice.reason.startswith("3 clusters: chosen by 6 of 6 criteria")
    again = cpm.segmentation.choose_clusters(X[::-1], max_clusters=5, n_init=3)
    assert again.to_table()["gap"].tolist() == choice["gap"].tolist()


def test_criteria_can_be_left_out(X: Any) -> None:
    table = {"a": X[:, 0], "b": X[:, 1], "other": X[:, 1]}
    choice = cpm.segmentation.choose_clusters(
        table, max_clusters=4, n_init=2, sample=60, references=0, resamples=0, covariance_type=None,
        scaling={"a": "standard"}, names=["a", "b"],
    )  # fmt: skip
    assert choice.votes["gap"] is None
    assert choice.votes["bic"] is None
    assert np.isnan(choice["stability"]).all()
    assert choice.sampled == 60
    assert choice["silhouette_error"][1] > 0


def test_bad_input(X: Any) -> None:
    choose = cpm.segmentation.choose_clusters
    with pytest.raises(cpm.CpmError, match="max_clusters = 1"):
        choose(X, max_clusters=1)
    with pytest.raises(cpm.FitError, match="3 distinct rows"):
        choose(X[:3], max_clusters=4)
    with pytest.raises(cpm.CpmError, match="covariance_type"):
        choose(X, covariance_type="round")
    with pytest.raises(cpm.CpmError, match="sample = 2"):
        choose(X, sample=2)
