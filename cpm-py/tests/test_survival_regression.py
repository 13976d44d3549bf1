"""Accelerated failure time and discrete-time hazard: equal to lifelines and statsmodels, and what is refused."""

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"
SETS: Any = json.loads((GOLDEN / "survival.json").read_text(encoding="utf-8"))["data"]["rossi"]
REFERENCE: Any = json.loads((GOLDEN / "aft_and_hazard.json").read_text(encoding="utf-8"))
ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
X = {name: SETS[name] for name in ROSSI}
DATA = cpm.SurvivalData(SETS["week"], SETS["arrest"])
FOUR = cpm.SurvivalData([1, 2, 3, 4], [True, True, False, True])
BREAKS = list(range(1, 53, 4))


def close(found: Any, expected: Any, tolerance: float = 1e-7) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), tolerance, tolerance)


@pytest.mark.parametrize("distribution", ["weibull", "log-normal", "log-logistic"])
def test_aft_equals_lifelines(distribution: Any) -> None:
    expected = REFERENCE["aft"][distribution]["rossi"]
    model = cpm.Aft(distribution).fit(X, DATA)
    assert list(model.params) == ["intercept", *ROSSI, "log_scale"]
    close(list(model.params.values()), expected["parameters"])
    close(list(model.standard_errors.values()), expected["standard_errors"])
    close(model.covariance.ravel(), expected["covariance"])
    close(model.log_likelihood, expected["log_likelihood"])
    assert model.aic == pytest.approx(2 * 9 - 2 * model.log_likelihood)
    assert model.likelihood_ratio_test.degrees_of_freedom == 7
    assert (model.rows, model.events) == (432, 114)
    set_ = {name: REFERENCE["simulated"][name] for name in ("group", "size")}
    late = cpm.SurvivalData(
        REFERENCE["simulated"]["time"],
        REFERENCE["simulated"]["event"],
        entry=REFERENCE["simulated"]["entry"],
        weights=REFERENCE["simulated"]["weight"],
    )
    found = cpm.Aft(distribution).fit(set_, late)
    close(list(found.params.values()), REFERENCE["aft"][distribution]["simulated"]["parameters"])


def test_aft_predictions() -> None:
    model = cpm.Aft().fit(X, DATA)
    first = {name: values[:6] for name, values in X.items()}
    survival = model.predict_survival(first, [10, 52, 200])
    assert survival.shape == (6, 3)
    assert (np.diff(survival, axis=1) < 0).all()
    table = model.predict_survival_intervals(first, [10, 52, 200])
    assert table.columns == ["row", "time", "survival", "low", "high"]
    assert table["survival"].tolist() == survival.ravel().tolist()
    assert (table["low"] < table["survival"]).all()
    assert (table["survival"] < table["high"]).all()
    median = model.predict_quantile_intervals(first)
    close(median["duration"], model.predict_median(first))
    assert (median["low"] < median["duration"]).all()
    ages = [0, 10, 20, 30, 40, 50]
    later = model.predict_survival(first, [5], conditional_after=ages)[:, 0]
    both = [model.predict_survival(first, [age + 5, age])[i] for i, age in enumerate(ages)]
    close(later, [after / before for after, before in both])
    shape, scale = 1 / model.sigma, model.predict_quantile(first, 1 - np.exp(-1))
    close(survival[:, 0], np.exp(-((10 / scale) ** shape)))
    assert (model.predict_mean(first) > 0).all()
    assert model.predict_median(np.column_stack([X[n] for n in ROSSI])[:6]).tolist() == median["duration"].tolist()


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_hazard_equals_a_glm_on_person_periods(link: Any) -> None:
    for name, entry in [(link, None), (f"{link}_entry", REFERENCE["entry"])]:
        expected = REFERENCE["hazard"][name]
        data = cpm.SurvivalData(SETS["week"], SETS["arrest"], entry=entry)
        model = cpm.DiscreteHazard(link, breaks=BREAKS).fit(X, data)
        baseline = model.baseline
        close([*baseline["intercept"], *model.params.values()], expected["parameters"])
        close([*baseline["standard_error"], *model.standard_errors.values()], expected["standard_errors"])
        close(model.log_likelihood, expected["log_likelihood"])
        assert model.person_periods == expected["person_periods"]
        assert baseline["events"].sum() == model.events == 114


def test_hazard_predictions() -> None:
    model = cpm.DiscreteHazard().fit(X, DATA)
    first = {name: values[:4] for name, values in X.items()}
    periods = np.arange(1, 53)
    hazard, survival = model.predict_hazard(first, periods), model.predict_survival(first, periods)
    close(survival, np.cumprod(1 - hazard, axis=1), 1e-12)
    table = model.predict_survival_intervals(first, [4, 52], conditional_after=[0, 0, 0, 0])
    assert table.columns == ["row", "period", "survival", "low", "high"]
    close(table["survival"], survival[:, [3, 51]].ravel(), 1e-12)
    assert (table["low"] < table["survival"]).all()
    close(
        model.predict_survival(first, [2], [0, 1, 2, 3])[:, 0],
        [survival[0, 1], *(survival[i, i + 1] / survival[i, i - 1] for i in (1, 2, 3))],
        1e-12,
    )
    # No arrest in some weeks: the hazard is 0 there, and no number is missing.
    quiet = np.asarray(model.baseline["events"]) == 0
    assert quiet.any()
    assert (hazard[:, quiet] == 0).all()
    assert np.isnan(model.baseline["intercept"][quiet]).all()


def test_habits(tmp_path: Path) -> None:
    makers: list[Any] = [
        (cpm.Aft("log-normal"), {"distribution": "log-normal"}, "weibull"),
        (cpm.DiscreteHazard("cloglog", breaks=BREAKS), {"link": "cloglog", "breaks": BREAKS}, "logit"),
        (cpm.DiscreteHazard(), {"link": "logit", "breaks": None}, "cloglog"),
    ]
    for model, params, other in makers:
        assert model.get_params() == model.get_params(deep=False) == params
        assert isinstance(model, cpm.SurvivalRegression)
        assert repr(type(model)(**params)) == repr(model)
        with pytest.raises(cpm.CpmError, match="no parameter depth"):
            model.set_params(depth=1)
        for call in (lambda m=model: m.save(tmp_path / "x.json"), lambda m=model: m.params):
            with pytest.raises(cpm.CpmError, match="not fitted"):
                call()
        for fitted in (False, True):
            if fitted:
                assert model.fit(X, DATA) is model
                model.save(tmp_path / "model.json")
                assert repr(cpm.load_model(tmp_path / "model.json")) == repr(model)
            for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
                assert repr(again) == repr(model)
                if fitted:
                    assert again.params == model.params
                    assert repr(again.summary()) == repr(model.summary())
        assert model.set_params() is model
        assert model.params
        first = next(iter(params))
        # Another distribution is another model: the fit is gone.
        with pytest.raises(cpm.CpmError, match="not fitted"):
            _ = model.set_params(**{first: other}).params


def test_clones_of_scikit_learn() -> None:
    base = pytest.importorskip("sklearn.base")
    models: list[Any] = [
        cpm.Aft("log-normal"),
        cpm.CoxPh("breslow", 0.5, True),
        cpm.DiscreteHazard(breaks=BREAKS),
        cpm.KaplanMeier(0.9),
        cpm.NelsonAalen(0.8),
    ]
    for model in models:
        assert repr(base.clone(model)) == repr(model)


def test_refused() -> None:
    x = {"age": [1.0, 0.5, 0.0, 2.0]}
    wrong: list[tuple[Any, str]] = [
        (lambda: cpm.Aft("normal"), "weibull, log-normal, log-logistic"),  # type: ignore[arg-type]
        (lambda: cpm.DiscreteHazard("probit"), "logit, cloglog"),  # type: ignore[arg-type]
        (lambda: cpm.DiscreteHazard(breaks=[2, 3]).fit(x, FOUR), "breaks"),
        (lambda: cpm.DiscreteHazard(breaks=[1, -3]), "breaks"),
        (lambda: cpm.Aft().fit({"age": [1, 2]}, FOUR), "2 rows"),
        (lambda: cpm.Aft().fit({"age": [3, 3, 3, 3]}, FOUR), "same value"),
        (lambda: cpm.Aft().fit(x, cpm.SurvivalData([1, 2, 3, 4], [0] * 4)), "no event"),
    ]
    for call, words in wrong:
        with pytest.raises(cpm.CpmError, match=words):
            call()
    zero, half = cpm.SurvivalData([0, 2, 3, 4], [1] * 4), cpm.SurvivalData([1, 2.5, 3, 4], [1] * 4)
    for model, data, row in [(cpm.Aft(), zero, 0), (cpm.DiscreteHazard(), zero, 0), (cpm.DiscreteHazard(), half, 1)]:
        with pytest.raises(cpm.DataError) as caught:
            model.fit(x, data)
        assert (caught.value.column, caught.value.row) == ("durations", row)
    aft, hazard = cpm.Aft().fit(X, DATA), cpm.DiscreteHazard().fit(X, DATA)
    for call, words in [
        (lambda: aft.predict_survival(X, [-1]), "times"),
        (lambda: aft.predict_survival(X, [1], conditional_after=[1]), "conditional_after"),
        (lambda: aft.predict_quantile(X, 0), "probability"),
        (lambda: aft.summary(level=0), "level"),
        (lambda: hazard.predict_hazard(X, [53]), "1 to 52"),
        (lambda: hazard.predict_hazard(X, [1.5]), "periods"),
        (lambda: hazard.predict_survival(X, [10], conditional_after=[50] * 432), "1 to 52"),
        (lambda: aft.predict_median({"age": [1]}), "fin"),
    ]:
        with pytest.raises(cpm.CpmError, match=words):
            call()
