"""Clusters of numbers and categories."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm


def data(n: int = 80) -> dict[str, Any]:
    random = np.random.default_rng(5)
    group = np.arange(n) % 2
    return {
        "age": random.normal(30 + 25 * group, 3),
        "channel": np.where(group == 1, "shop", np.where(random.random(n) < 0.9, "web", None)).tolist(),
        "customer_id": np.arange(n),
    }


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
def test_clusters(library: str, tmp_path: Path) -> None:
    X: Any = data()
    if library != "dict":
        module = pytest.importorskip(library)
        X = module.table(X) if library == "pyarrow" else module.DataFrame(X)
    model = cpm.KPrototypes(n_clusters=2, seed=1).fit(X)
    labels = model.predict(X)
    assert cpm.segmentation.adjusted_rand_index(labels, np.arange(80) % 2) == 1.0
    assert model.numeric_names == ["age"]
    assert model.categorical_names == ["channel"]
    assert sorted(model.modes) == [["shop"], ["web"]]
    assert model.gamma == pytest.approx(0.5)
    assert model.sizes.sum() == 80
    assert model.converged
    assert model.cost == pytest.approx(model.transform(X).min(axis=1).sum())
    model.save(tmp_path / "model.json")
    for copy in (pickle.loads(pickle.dumps(model)), cpm.load_model(tmp_path / "model.json")):
        assert (copy.predict(X) == labels).all()
    assert model.to_table().columns == ["cluster", "size", "share", "age", "channel"]


def test_like_other_estimators() -> None:
    model = cpm.KPrototypes(n_clusters=3, gamma=2.0)
    assert model.get_params()["gamma"] == 2.0
    assert "n_clusters=2" in repr(model.set_params(n_clusters=2))
    X = data()
    weights = np.ones(80)
    assert (model.fit_predict(X, weights=weights) == model.predict(X)).all()
    assert model.predict({"age": [30.0], "channel": ["never seen"]}).shape == (1,)


def test_bad_input() -> None:
    X = data()
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.KPrototypes().predict(X)
    with pytest.raises(cpm.DataError, match="row 0"):
        cpm.KPrototypes(n_clusters=2).fit({**X, "age": [np.nan, *X["age"][1:]]})
    with pytest.raises(cpm.CpmError, match="gamma = -1"):
        cpm.KPrototypes(gamma=-1.0).fit(X)
    with pytest.raises(cpm.FitError, match="distinct rows"):
        cpm.KPrototypes(n_clusters=200).fit(X)
    with pytest.raises(cpm.DataError, match="channel"):
        cpm.KPrototypes(n_clusters=2).fit(X).predict({"age": [1.0]})
