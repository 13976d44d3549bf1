"""The churn classifier: reference values, tables of all kinds, habits of scikit-learn, bad input."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = json.loads((Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "logistic.json").read_text())
DATA = GOLDEN["data"]
X = {name: DATA[name] for name in ("tenure", "charge", "calls", "plan")}
Y = np.array(DATA["y"])


def test_equal_to_statsmodels() -> None:
    expected = GOLDEN["plain"]
    model = cpm.LogisticRegression().fit(X, Y)
    summary = model.summary()
    assert summary["name"] == ["intercept", "tenure", "charge", "calls", "plan = family", "plan = student"]
    assert summary["coefficient"] == pytest.approx(np.array(expected["coefficients"]), rel=1e-8)
    assert summary["standard_error"] == pytest.approx(np.array(expected["errors"]), rel=1e-8)
    assert summary["p_value"] == pytest.approx(np.array(expected["p_values"]), rel=1e-7)
    assert model.log_likelihood == pytest.approx(expected["log_likelihood"])
    robust = cpm.LogisticRegression(robust=True).fit(X, Y).summary()
    assert robust["standard_error"] == pytest.approx(np.array(expected["robust_errors"]), rel=1e-7)
    weighted = cpm.LogisticRegression().fit(X, Y, sample_weight=DATA["w"])
    assert list(weighted.params.values()) == pytest.approx(GOLDEN["weighted"]["coefficients"], rel=1e-8)
    assert model.predict_proba(X)[:, 1].sum() == pytest.approx(Y.sum())
    assert model.likelihood_ratio_test is not None


def test_equal_to_scikit_learn() -> None:
    ridge = cpm.LogisticRegression(penalty=10, standardize=False).fit(X, Y)
    assert list(ridge.params.values()) == pytest.approx(GOLDEN["ridge"], rel=1e-6)
    assert ridge.covariance is None
    assert np.isnan(ridge.summary()["p_value"]).all()
    balanced = cpm.LogisticRegression(penalty=10, standardize=False, class_weight="balanced").fit(X, Y)
    assert list(balanced.params.values()) == pytest.approx(GOLDEN["balanced"], rel=1e-6)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_of_all_kinds(library: str) -> None:
    module = pytest.importorskip(library)
    frame = module.table(X) if library == "pyarrow" else module.DataFrame(X)
    model = cpm.ChurnClassifier().fit(frame, Y)
    expected = cpm.ChurnClassifier().fit(X, Y).predict_proba(X)
    assert model.predict_proba(frame) == pytest.approx(expected, abs=1e-12)
    assert model.feature_names_in_ == list(X)


@pytest.mark.parametrize("method", ["logistic", "boosting"])
@pytest.mark.parametrize("calibration", ["none", "platt", "isotonic", "beta"])
def test_fit_predict_save(method: Any, calibration: Any, tmp_path: Path) -> None:
    rows = dict(X)
    rows["tenure"] = [np.nan if i % 20 == 0 else v for i, v in enumerate(DATA["tenure"])]
    rows["plan"] = [None if i % 30 == 0 else v for i, v in enumerate(DATA["plan"])]
    model = cpm.ChurnClassifier(method=method, calibration=calibration, folds=3, trees=30).fit(rows, Y)
    p = model.predict_proba(rows)
    assert p.shape == (250, 2)
    assert p.sum(axis=1) == pytest.approx(1)
    assert cpm.churn.auc(Y, p[:, 1]).value > 0.7
    assert model.predict(rows).tolist() == (p[:, 1] > 0.5).astype(int).tolist()
    assert model.score(rows, Y) == (model.predict(rows) == Y).mean()
    model.save(tmp_path / "model.json")
    for again in (cpm.load_model(tmp_path / "model.json"), pickle.loads(pickle.dumps(model))):
        assert isinstance(again, cpm.ChurnClassifier)
        assert again.predict_proba(rows).tolist() == p.tolist()
    parts = model.contributions(rows)
    assert parts.columns == list(X)
    reasons = model.reasons(rows, count=3)
    assert all("odds of churn" in text for text in reasons["reason_1"])
    importance = model.permutation_importance(rows, Y)
    assert importance["feature"][0] in ("tenure", "charge")
    assert cpm.churn.auc(Y, model.cross_validate(rows, Y)).value > 0.6


def test_habits_of_scikit_learn() -> None:
    model = cpm.ChurnClassifier(method="boosting", trees=50)
    assert model.get_params()["trees"] == 50
    assert model.set_params(trees=20, class_weight={0: 1, 1: 3}) is model
    assert "trees=20" in repr(model)
    with pytest.raises(cpm.CpmError, match="no parameter depth"):
        model.set_params(depth=3)
    matrix = np.column_stack([DATA["tenure"], DATA["charge"]])
    assert cpm.ChurnClassifier().fit(matrix, Y).feature_names_in_ == ["x0", "x1"]
    sklearn = pytest.importorskip("sklearn")
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    clone = sklearn.base.clone(model)
    assert clone.get_params() == model.get_params()
    pipeline = make_pipeline(StandardScaler(), cpm.ChurnClassifier())
    scores = cross_val_score(pipeline, matrix, Y, cv=cpm.churn.stratified_folds(Y, folds=3), scoring="roc_auc")
    assert (scores > 0.6).all()
    search = GridSearchCV(cpm.LogisticRegression(), {"penalty": [0.0, 1e6]}, cv=3).fit(matrix, Y)
    assert search.best_params_ == {"penalty": 0.0}
    right = (search.best_estimator_.predict(matrix) == Y).mean()
    assert search.score(matrix, Y) == pytest.approx(right, rel=1e-12)


def test_time_is_respected() -> None:
    times = np.arange(250) // 50
    model = cpm.ChurnClassifier(calibration="platt", folds=2)
    p = model.cross_validate(X, Y, times=times, gap=1)
    first = cpm.churn.expanding_windows(times, folds=2, gap=1)[0]
    assert np.isnan(p[: first[1][0]]).all()
    assert not np.isnan(p[first[1]]).any()
    assert times[first[0]].max() <= times[first[1]].min() - 1


def test_bad_input() -> None:
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.ChurnClassifier().predict(X)
    with pytest.raises(cpm.CpmError, match="method"):
        cpm.ChurnClassifier(method="forest").fit(X, Y)  # type: ignore[arg-type]
    with pytest.raises(cpm.CpmError, match="class_weight"):
        cpm.ChurnClassifier(class_weight="other").fit(X, Y)  # type: ignore[arg-type]
    with pytest.raises(cpm.FitError, match="churned"):
        cpm.LogisticRegression().fit(X, np.zeros(250))
    with pytest.raises(cpm.FitError, match="separate"):
        cpm.LogisticRegression().fit({"a": [1, 2, 3, 4, 5, 6]}, [0, 0, 0, 1, 1, 1])
    with pytest.raises(cpm.FitError, match="same value"):
        cpm.LogisticRegression().fit({"a": [1, 1, 1, 1], "b": [1, 2, 1, 4]}, [0, 0, 1, 1])
    model = cpm.ChurnClassifier().fit(X, Y)
    with pytest.raises(cpm.DataError, match="fit did not see"):
        model.predict({**X, "plan": ["gold"] * 250})
    with pytest.raises(cpm.DataError, match="tenure"):
        model.predict({name: values for name, values in X.items() if name != "tenure"})
    kind = cpm.ChurnClassifier(unseen="average").fit(X, Y)
    assert np.isfinite(kind.predict_proba({**X, "plan": ["gold"] * 250})).all()
    with pytest.raises(cpm.DataError):
        cpm.ChurnClassifier().fit(X, Y[:10])
    with pytest.raises(cpm.CpmError, match="coefficients"):
        cpm.ChurnClassifier(method="boosting", trees=5).fit(X, Y).coefficients()
