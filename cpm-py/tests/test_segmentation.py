"""Clusters, mixtures and indices."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm


@pytest.fixture(scope="module")
def X() -> Any:  # noqa: N802 - scikit-learn's name
    random = np.random.default_rng(1)
    return np.vstack([random.normal(center, 1.0, size=(100, 2)) for center in ([0, 0], [8, 0], [0, 8])])


def test_kmeans(X: Any, tmp_path: Path) -> None:
    model = cpm.KMeans(n_clusters=3, seed=0).fit(X)
    assert model.sizes.tolist() == [100, 100, 100]
    assert model.converged
    labels = model.predict(X)
    assert labels.dtype == np.int64
    distances = model.transform(X)
    assert (distances.argmin(axis=1) == labels).all()
    assert model.inertia == pytest.approx((distances.min(axis=1) ** 2).sum())
    assert model.score(X) == pytest.approx(-model.inertia)
    assert (cpm.KMeans(n_clusters=3).fit_predict(X[::-1])[::-1] == labels).all()
    for copy in (pickle.loads(pickle.dumps(model)), load(model, tmp_path)):
        assert (copy.predict(X) == labels).all()
    assert model.to_table().columns == ["cluster", "size", "share", "x0", "x1"]


def load(model: Any, folder: Path) -> Any:
    model.save(folder / "model.json")
    return cpm.load_model(folder / "model.json")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_keep_their_names(X: Any, library: str) -> None:
    module = pytest.importorskip(library)
    columns = {"orders": X[:, 0], "value": X[:, 1]}
    make = module.table if library == "pyarrow" else module.DataFrame
    model = cpm.KMeans(n_clusters=3, scaling={"value": "standard"}).fit(make(columns))
    assert model.names == ["orders", "value"]
    turned = make({"value": X[:, 1], "orders": X[:, 0]})
    assert (model.predict(turned) == model.predict(X)).all()


def test_batches(X: Any) -> None:
    random = np.random.default_rng(2)
    shuffled = X[random.permutation(len(X))]
    model = cpm.KMeans(n_clusters=3)
    for batch in np.array_split(shuffled, 5):
        model.partial_fit(batch)
    assert model.sizes.sum() == 300
    assert -model.score(X) < 1.02 * cpm.KMeans(n_clusters=3).fit(X).inertia


def test_mixture(X: Any, tmp_path: Path) -> None:
    model = cpm.GaussianMixture(n_components=3, covariance_type="diag").fit(X)
    probabilities = model.predict_proba(X)
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (probabilities.argmax(axis=1) == model.predict(X)).all()
    assert model.score_samples(X).sum() == pytest.approx(model.log_likelihood)
    assert model.bic < cpm.GaussianMixture(n_components=1).fit(X).bic
    again = load(model, tmp_path)
    assert again.get_params()["covariance_type"] == "diag"
    assert (again.predict_proba(X) == probabilities).all()
    assert (pickle.loads(pickle.dumps(model)).means == model.means).all()


def test_indices(X: Any) -> None:
    labels = np.repeat(["a", "b", "c"], 100)
    score, error = cpm.segmentation.silhouette_score(X, labels)
    assert score == pytest.approx(cpm.segmentation.silhouette_samples(X, labels).mean())
    sampled, error = cpm.segmentation.silhouette_score(X, labels, sample=100, seed=3)
    assert abs(sampled - score) < 4 * error
    assert cpm.segmentation.calinski_harabasz_score(X, labels) > 100
    assert cpm.segmentation.davies_bouldin_score(X, labels) < 1
    assert cpm.segmentation.adjusted_rand_index(labels, cpm.KMeans(n_clusters=3).fit_predict(X)) == 1.0


def test_parameters_as_scikit_learn_has_them(X: Any) -> None:
    model = cpm.KMeans(n_clusters=2, tol=0.5, scaling="robust")
    copy = cpm.KMeans(**model.get_params())
    # What scikit-learn's clone asks for.
    assert all(copy.get_params()[name] is value for name, value in model.get_params().items())
    assert model.set_params(n_clusters=3) is model
    assert model.fit(X).sizes.size == 3
    assert repr(model).startswith("KMeans(n_clusters=3, seed=0, ")
    with pytest.raises(cpm.CpmError, match="no parameter k; it has n_clusters"):
        model.set_params(k=3)
    pipeline = pytest.importorskip("sklearn.pipeline")
    fitted = pipeline.make_pipeline(cpm.KMeans(n_clusters=2)).fit(X)
    assert set(fitted.predict(X)) == {0, 1}


def test_bad_input(X: Any) -> None:
    with pytest.raises(cpm.CpmError, match="not fitted yet"):
        cpm.KMeans().predict(X)
    with pytest.raises(cpm.DataError, match="x1") as raised:
        cpm.KMeans(n_clusters=1).fit([[1.0, np.nan]])
    assert (raised.value.column, raised.value.row) == ("x1", 0)
    with pytest.raises(cpm.FitError, match="2 distinct rows for 3 clusters"):
        cpm.KMeans(n_clusters=3).fit([[1.0], [1.0], [2.0]])
    with pytest.raises(cpm.FitError, match="`same` has the same value"):
        cpm.KMeans(n_clusters=2, scaling="standard").fit({"same": [1, 1, 1], "other": [1, 2, 3]})
    with pytest.raises(cpm.FitError, match="density is infinite"):
        cpm.GaussianMixture().fit([[1.0], [1.0]])
    with pytest.raises(cpm.CpmError, match="scaling"):
        cpm.KMeans(scaling="minmax").fit(X)
    with pytest.raises(cpm.CpmError, match="n_clusters"):
        cpm.KMeans(n_clusters=-1).fit(X)
    with pytest.raises(TypeError, match="n_clusters"):
        cpm.KMeans(n_clusters="three").fit(X)
    with pytest.raises(cpm.CpmError, match="fitted to 2 columns"):
        cpm.KMeans(n_clusters=2).fit(X).predict([[1.0]])
    with pytest.raises(cpm.CpmError, match="1 clusters"):
        cpm.segmentation.silhouette_score(X, np.zeros(300, dtype=int))
    with pytest.raises(cpm.DataError, match="labels"):
        cpm.segmentation.davies_bouldin_score(X, [1, 2])


def test_rfm_keeps_its_scale(log: cpm.TransactionLog, tmp_path: Path) -> None:
    june, september = log.summarize(as_of="1997-06-30"), log.summarize(as_of="1997-09-30")
    plain = cpm.Rfm().fit(june)
    # Customers of the fit are scored by rank.
    assert plain.predict(june)["rfm"] == cpm.rfm_segments(june)["rfm"]
    assert plain.predict(september)["rfm"] != cpm.rfm_segments(september)["rfm"]
    for copy in (pickle.loads(pickle.dumps(plain)), load(plain, tmp_path)):
        assert copy.predict(september)["segment"] == plain.predict(september)["segment"]
    edges = {"recency": [30, 60, 90, 120], "frequency": [2, 3, 5, 9]}
    by_value = cpm.Rfm(edges=edges, weights=[1, 0, 0]).fit(june)
    days = september.days_since_last
    expected = 5 - (days > 30) - (days > 60) - (days > 90) - (days > 120)
    scores = by_value.predict(september)
    assert (scores["recency_score"] == expected).all()
    assert (scores["total_score"] == expected).all()
    clumpiness = cpm.segmentation.purchase_rhythm(log, as_of="1997-06-30")["clumpiness"]
    nested = cpm.Rfm(nested=True, fourth="clumpiness", bins=3).fit(june, clumpiness)
    assert set(nested.predict(june, clumpiness)["clumpiness_score"]) <= {1, 2, 3}
    with pytest.raises(cpm.CpmError, match="clumpiness"):
        nested.predict(june)
    with pytest.raises(cpm.CpmError, match="4 finite edges"):
        cpm.Rfm(edges={"recency": [30]}).fit(june)
    with pytest.raises(cpm.CpmError, match="one of recency, frequency"):
        cpm.Rfm(edges={"age": [1, 2, 3, 4]}).fit(june)
    rules = [("Recent", (2, 3), (1, 3)), ("Silent", (1, 1), (1, 3))]
    assert cpm.Rfm(bins=3, rules=rules).fit(june).segment_names == ["Recent", "Silent"]


def test_lifecycle(log: cpm.TransactionLog, customers: cpm.CustomerSummary, model: cpm.BgNbd, tmp_path: Path) -> None:
    alive = model.probability_alive(customers)
    rhythm = cpm.segmentation.purchase_rhythm(log, as_of="1997-09-30")
    fitted = cpm.Lifecycle(loyal_purchases=3).fit(customers)
    stages = fitted.predict(customers, alive, last_gap=rhythm["last_gap"])
    assert stages.names == ["Prospect", "New", "Active", "Loyal", "At risk", "Dormant", "Lost", "Won back"]
    lost = [stage == "Lost" for stage in stages["stage"]]
    assert lost == (alive < 0.2).tolist()
    assert stages.counts["Won back"] > 0 == fitted.predict(customers, alive).counts["Won back"]
    again = load(fitted, tmp_path)
    assert again.get_params() == fitted.get_params()
    assert again.predict(customers, alive, rhythm["last_gap"])["stage"] == stages["stage"]
    with pytest.raises(cpm.DataError, match="probability_alive"):
        fitted.predict(customers, alive + 1)
    with pytest.raises(cpm.CpmError, match="dormant_after"):
        cpm.Lifecycle(dormant_after=1).fit(customers)


def test_tiers(model: cpm.BgNbd, spend: cpm.GammaGamma, customers: cpm.CustomerSummary, tmp_path: Path) -> None:
    value = cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=0.1, margin=0.3)
    fitted = cpm.ValueTiers().fit(value["value"])
    tiers = fitted.predict(
        value["value"], low=value["value_low"], high=value["value_high"], customer_id=value["customer_id"]
    )
    in_a = np.array(tiers["tier"]) == "A"
    assert 0.8 <= value["value"][in_a].sum() / value["value"].sum() < 0.81
    chances = sum(tiers[f"probability_{name}"] for name in "ABC")
    assert chances == pytest.approx(1.0)
    assert ((tiers["probability"] >= 0) & (tiers["probability"] <= 1)).all()
    again = load(fitted, tmp_path)
    assert again.predict(value["value"])["tier"] == tiers["tier"]
    assert again.get_params() == {"tiers": {"A": 0.8, "B": 0.95, "C": 1.0}, "basis": "value"}
    with pytest.raises(cpm.CpmError, match="both low and high"):
        fitted.predict([1.0], low=[0.5])
    with pytest.raises(cpm.CpmError, match="rise from above 0 to 1"):
        cpm.ValueTiers(tiers={"A": 0.5}).fit([1.0])


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
def test_rules(library: str, tmp_path: Path) -> None:
    columns = {"customer_id": ["a", "b", "c"], "spend": [10.0, None, 250.0], "channel": ["web", "shop", None]}
    module = None if library == "dict" else pytest.importorskip(library)
    table = columns if module is None else module.table(columns) if library == "pyarrow" else module.DataFrame(columns)
    path = tmp_path / "rules.txt"
    path.write_text("# two rules\nRich: spend > 100\nWeb: channel = 'web' or spend is missing\n")
    rules = cpm.RuleSet.read(path, otherwise="Rest")
    segments = rules.predict(table)
    assert segments["customer_id"] == ["a", "b", "c"]
    assert segments["segment"] == ["Web", "Web", "Rich"]
    assert rules.report(table)["unknown"].tolist() == [1, 0, 0]
    for copy in (pickle.loads(pickle.dumps(rules)), load(rules, tmp_path)):
        assert copy.predict(table)["segment"] == segments["segment"]
        assert copy.get_params() == rules.get_params()


def test_rules_that_cannot_be_read() -> None:
    with pytest.raises(cpm.CpmError, match="at character 9"):
        cpm.RuleSet({"a": "spend > "})
    with pytest.raises(cpm.CpmError, match="levels of nesting"):
        cpm.RuleSet({"a": "(" * 100_000})
    with pytest.raises(cpm.CpmError, match="no column `spent`; the table has: spend"):
        cpm.RuleSet({"a": "spent > 1"}).predict({"spend": [1, 2]})
    with pytest.raises(cpm.DataError, match="several types"):
        cpm.RuleSet({"a": "spend > 1"}).predict({"spend": [1, "x"], "other": np.array([1, "x"], dtype=object)})
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.RuleSet().predict({"spend": [1]})
    with pytest.raises(cpm.DataError, match="table with named columns"):
        cpm.RuleSet({"a": "spend > 1"}).predict(3)  # type: ignore[arg-type]
