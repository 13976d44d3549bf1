"""Calibration on its own, and models of the effect of a treatment."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm


@pytest.mark.parametrize("method", ["platt", "isotonic", "beta"])
def test_calibrator(method: Any, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    p = random.random(4000)
    y = random.random(4000) < p**2
    calibrator = cpm.churn.Calibrator(method=method).fit(y[:2000], p[:2000])
    mended = calibrator.predict(p[2000:])
    before, after = (cpm.churn.calibration_error(y[2000:], scores, bins=10).expected for scores in (p[2000:], mended))
    assert before > 0.1
    assert after < 0.4 * before
    order = np.argsort(p[2000:])
    assert (np.diff(mended[order]) >= 0).all()
    calibrator.save(tmp_path / "calibrator.json")
    for copy in (cpm.load_model(tmp_path / "calibrator.json"), pickle.loads(pickle.dumps(calibrator))):
        assert copy.get_params() == {"method": method}
        assert (copy.predict(p) == calibrator.predict(p)).all()
    doubled = cpm.churn.Calibrator(method="isotonic").fit(y, p, sample_weight=np.full(4000, 2.0))
    assert doubled.predict(p) == pytest.approx(cpm.churn.Calibrator(method="isotonic").fit(y, p).predict(p))


def test_calibrator_says_what_it_found() -> None:
    y, p = [0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.9]
    assert set(cpm.churn.Calibrator().fit(y, p).curve) == {"intercept", "slope"}
    assert set(cpm.churn.Calibrator(method="beta").fit(y, p).curve) == {"intercept", "a", "b"}
    assert cpm.churn.Calibrator(method="isotonic").fit(y, p).curve["probability"].tolist()[-1] == 1.0
    assert repr(cpm.churn.Calibrator().set_params(method="beta")) == "Calibrator(method='beta')"


def test_calibrator_refuses() -> None:
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.churn.Calibrator().predict([0.5])
    with pytest.raises(cpm.FitError):
        cpm.churn.Calibrator().fit([1, 1], [0.2, 0.3])
    with pytest.raises(cpm.DataError, match="row 1"):
        cpm.churn.Calibrator().fit([1, 0], [0.2, 1.3])
    with pytest.raises(cpm.CpmError, match="method"):
        cpm.churn.Calibrator(method="straight").fit([1, 0], [0.2, 0.3])  # type: ignore[arg-type]


def campaign(n: int, seed: int) -> tuple[dict[str, Any], Any, Any]:
    random = np.random.default_rng(seed)
    bill, plan = random.random(n), random.choice(["basic", "plus"], n)
    treated = random.random(n) < 0.4
    effect = 0.4 * (bill - 0.5) * (plan == "plus")
    return {"bill": bill, "plan": plan}, random.random(n) < 0.5 + treated * effect, treated


@pytest.mark.parametrize("method", ["two_models", "transformed_outcome"])
def test_uplift(method: Any, tmp_path: Path) -> None:
    X, outcome, treated = campaign(6000, 1)
    X["both"] = X["bill"] * (X["plan"] == "plus")
    model = cpm.churn.UpliftModel(method=method).fit(X, outcome, treated)
    later, kept, given = campaign(6000, 2)
    later["both"] = later["bill"] * (later["plan"] == "plus")
    uplift = model.predict(later)
    truth = 0.4 * (later["bill"] - 0.5) * (later["plan"] == "plus")
    assert np.corrcoef(uplift, truth)[0, 1] > 0.8
    assert cpm.churn.qini_curve(kept, given, uplift, resamples=50).coefficient.low > 0
    assert model.average_effect == pytest.approx(outcome[treated].mean() - outcome[~treated].mean())
    assert model.treated_share == pytest.approx(treated.mean())
    model.save(tmp_path / "uplift.json")
    for copy in (cpm.load_model(tmp_path / "uplift.json"), pickle.loads(pickle.dumps(model))):
        assert (copy.predict(later) == uplift).all()
    if method == "two_models":
        both = model.predict_both(later)
        assert both[:, 1] - both[:, 0] == pytest.approx(uplift)
    else:
        with pytest.raises(cpm.CpmError, match="two_models"):
            model.predict_both(later)


def test_uplift_takes_the_choices_of_a_classifier() -> None:
    X, outcome, treated = campaign(600, 3)
    plain = cpm.churn.UpliftModel(classifier=cpm.ChurnClassifier(penalty=0.0)).fit(X, outcome, treated)
    parts = [
        cpm.ChurnClassifier(penalty=0.0).fit({k: v[rows] for k, v in X.items()}, outcome[rows])
        for rows in (treated, ~treated)
    ]
    expected = parts[0].predict_proba(X)[:, 1] - parts[1].predict_proba(X)[:, 1]
    assert plain.predict(X) == pytest.approx(expected, abs=1e-12)
    assert plain.feature_names_in_ == ["bill", "plan"]


def test_uplift_refuses() -> None:
    X, outcome, treated = campaign(100, 4)
    with pytest.raises(cpm.FitError, match="control group"):
        cpm.churn.UpliftModel().fit(X, outcome, np.ones(100))
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.churn.UpliftModel().predict(X)
    with pytest.raises(cpm.DataError, match="treated"):
        cpm.churn.UpliftModel().fit(X, outcome, treated[:50])
    with pytest.raises(TypeError, match="ChurnClassifier"):
        cpm.churn.UpliftModel(classifier="logistic").fit(X, outcome, treated)  # type: ignore[arg-type]
