"""What the estimators of segments, churn and survival say to data that cannot be fitted."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cpm

RANDOM = np.random.default_rng(0)
N = 60
X = RANDOM.normal(size=(N, 2))
Y = X[:, 0] + RANDOM.normal(size=N) > 0
CONSTANT = np.column_stack([X[:, 0], np.ones(N)])
TWICE = np.column_stack([X[:, 0], X[:, 0]])
MISSING = np.where(np.arange(2 * N).reshape(N, 2) == 7, np.nan, X)
SEPARATED = np.column_stack([np.where(Y, 1.0, -1.0) + 0.1 * X[:, 1], X[:, 1]])
TIMES = RANDOM.exponential(size=N) + 0.1
LEFT = RANDOM.random(N) < 0.6
TREATED = RANDOM.random(N) < 0.5

LOGISTIC = {
    "logistic": cpm.LogisticRegression,
    "classifier": cpm.ChurnClassifier,
    "calibrated": lambda: cpm.ChurnClassifier(calibration="platt"),
}
BOOSTING = {"boosting": lambda: cpm.ChurnClassifier(method="boosting", trees=20)}
CLUSTERS = {
    "k-means": lambda: cpm.KMeans(3, scaling="standard"),
    "mixture": lambda: cpm.GaussianMixture(3),
    "diagonal mixture": lambda: cpm.GaussianMixture(3, covariance_type="diag"),
}
REGRESSIONS = {
    "Cox": cpm.CoxPh,
    "Weibull": lambda: cpm.Aft("weibull"),
    "log-normal": lambda: cpm.Aft("log-normal"),
    "log-logistic": lambda: cpm.Aft("log-logistic"),
    "hazard": cpm.DiscreteHazard,
}


def each(makers: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("make", makers.values(), ids=makers.keys())


@each(LOGISTIC | BOOSTING)
def test_classifiers(make: Callable[[], Any]) -> None:
    with pytest.raises(cpm.FitError, match="60 of 60 customers"):
        make().fit(X, np.ones(N, dtype=bool))
    with pytest.raises(cpm.DataError, match=r"x1.*inf in row 3"):
        make().fit(np.where(np.isnan(MISSING), np.inf, X), Y)
    model = make().fit({"a": X[:, 0], "channel": ["web", "shop", "mail"] * 20}, Y)
    with pytest.raises(cpm.DataError, match="category `new` in row 0"):
        model.predict_proba({"a": [0.0], "channel": ["new"]})
    # Repeated rows, of which as many churned as not.
    p = make().fit(np.repeat(X[:6], 10, axis=0), np.tile([False, True], 30)).predict_proba(X[:6])
    assert (abs(p - 0.5) < 0.2).all()


@each(LOGISTIC)
def test_a_constant_column_is_named(make: Callable[[], Any]) -> None:
    with pytest.raises(cpm.FitError, match="column `x1` has the same value, 1"):
        make().fit(CONSTANT, Y)


@each(BOOSTING)
def test_trees_do_not_mind_a_constant_column(make: Callable[[], Any]) -> None:
    np.testing.assert_array_equal(
        make().fit(CONSTANT, Y).predict_proba(CONSTANT), make().fit(X[:, :1], Y).predict_proba(X[:, :1])
    )


def test_separation() -> None:
    with pytest.raises(cpm.FitError, match=r"x0.*separate"):
        cpm.LogisticRegression().fit(SEPARATED, Y)
    # Rows near the border: the search ends at its bound, where there still is information.
    x = RANDOM.normal(size=(400, 2))
    with pytest.raises(cpm.FitError, match=r"x0.*separate"):
        cpm.LogisticRegression().fit(x, x[:, 0] > 0)
    times = RANDOM.exponential(size=400) + 0.1
    with pytest.raises(cpm.FitError, match=r"x0.*separate"):
        cpm.CoxPh().fit(-times.reshape(-1, 1), cpm.SurvivalData(times, np.ones(400, dtype=bool)))
    with pytest.raises(cpm.FitError, match="dependent"):
        cpm.LogisticRegression().fit(TWICE, Y)
    # A penalty gives a finite answer; so does the classifier, which has one.
    for model in (cpm.LogisticRegression(penalty=1.0), cpm.ChurnClassifier()):
        p = model.fit(SEPARATED, Y).predict_proba(SEPARATED)[:, 1]
        assert np.isfinite(p).all()
        assert ((p > 0.5) == Y).all()


@pytest.mark.parametrize("make", [cpm.CoxPh, cpm.Aft, cpm.DiscreteHazard])
def test_a_group_without_events(make: Callable[[], Any]) -> None:
    rare = np.column_stack([X[:, 0], np.arange(N) < 9])
    data = cpm.SurvivalData(np.ceil(3 * TIMES), LEFT & (np.arange(N) >= 9))
    with pytest.raises(cpm.FitError, match=r"x1.*no finite estimate") as caught:
        make().fit(rare, data)
    # Only the Cox model takes a penalty.
    assert ("add a penalty" in str(caught.value)) == (make is cpm.CoxPh)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_hazards_that_are_separated(link: Any) -> None:
    x = RANDOM.normal(size=(400, 2))
    early = x[:, 0] > 0
    for durations, events in (
        (np.where(early, 1.0, 3.0), early),
        (np.ceil(3 - x[:, 0]).clip(1), np.ones(400, dtype=bool)),
    ):
        with pytest.raises(cpm.FitError, match=r"x0.*separate"):
            cpm.DiscreteHazard(link=link).fit(x, cpm.SurvivalData(durations, events))


@each(LOGISTIC | BOOSTING)
def test_missing_numbers_are_allowed(make: Callable[[], Any]) -> None:
    holes = X.copy()
    holes[::4, 1] = np.nan
    assert np.isfinite(make().fit(holes, Y).predict_proba(MISSING)).all()


@each(CLUSTERS)
def test_clusters(make: Callable[[], Any]) -> None:
    with pytest.raises(cpm.FitError, match="column `x1` has the same value, 1"):
        make().fit(CONSTANT)
    with pytest.raises(cpm.DataError, match="column `x1`, row 3: NaN") as caught:
        make().fit(MISSING)
    assert (caught.value.column, caught.value.row) == ("x1", 3)
    for few in (X[:2], np.repeat(X[:2], 9, axis=0)):
        with pytest.raises(cpm.FitError, match="2 distinct rows for 3 clusters"):
            make().fit(few)
    labels = make().fit(np.repeat(X[:4], 9, axis=0)).predict(X[:4])
    assert set(labels) <= {0, 1, 2}


def test_clusters_of_mixed_attributes() -> None:
    table = {"a": X[:, 0], "channel": ["web", "shop"] * 30}
    with pytest.raises(cpm.FitError, match="same value"):
        cpm.KPrototypes(2).fit({**table, "a": np.ones(N)})
    with pytest.raises(cpm.DataError, match="missing number in row 3"):
        cpm.KPrototypes(2).fit({**table, "a": MISSING[:, 1]})
    with pytest.raises(cpm.FitError, match="2 distinct rows for 3 clusters"):
        cpm.KPrototypes(3).fit({"a": [1.0, 2.0] * 6, "channel": ["web", "shop"] * 6})
    # A new category differs from all prototypes alike: the number decides.
    model = cpm.KPrototypes(2, gamma=0.1).fit({"a": [0.0, 0.1, 9.0, 9.1], "channel": ["web", "web", "shop", "shop"]})
    new = model.predict({"a": [0.05, 9.05], "channel": ["new", "new"]})
    assert new.tolist() == model.predict({"a": [0.05, 9.05], "channel": ["web", "shop"]}).tolist()


@each(REGRESSIONS)
def test_survival_regressions(make: Callable[[], Any]) -> None:
    times = np.ceil(3 * TIMES)
    data = cpm.SurvivalData(times, LEFT)
    with pytest.raises(cpm.FitError, match="column `x1` has the same value, 1"):
        make().fit(CONSTANT, data)
    with pytest.raises(cpm.FitError, match=r"x0, x1.*dependent"):
        make().fit(TWICE, data)
    with pytest.raises(cpm.DataError, match="column `x1`, row 3: NaN"):
        make().fit(MISSING, data)
    with pytest.raises(cpm.FitError, match="no event was observed"):
        make().fit(X, cpm.SurvivalData(times, np.zeros(N, dtype=bool)))
    at_once = cpm.SurvivalData(np.where(np.arange(N) == 4, 0.0, times), LEFT)
    if isinstance(make(), cpm.CoxPh):
        # Only the order of durations counts: 0 is a time like others.
        assert np.isfinite(list(make().fit(X, at_once).params.values())).all()
    else:
        with pytest.raises(cpm.DataError, match=r"durations.*row 4") as caught:
            make().fit(X, at_once)
        assert caught.value.row == 4
    # Repeated rows of covariates.
    assert np.isfinite(make().fit(np.repeat(X[:6], 10, axis=0), data).log_likelihood)


def test_curves() -> None:
    with pytest.raises(cpm.DataError, match=r"durations.*row 1: -1"):
        cpm.SurvivalData([1, -1], [True, True])
    nobody = cpm.SurvivalData(TIMES, np.zeros(N, dtype=bool))
    assert (cpm.KaplanMeier().fit(nobody).to_table()["survival"] == 1).all()
    assert (cpm.NelsonAalen().fit(nobody).to_table()["cumulative_hazard"] == 0).all()
    with pytest.raises(cpm.FitError, match="no event"):
        cpm.log_rank_test(nobody, Y)
    with pytest.raises(cpm.FitError, match="only one group"):
        cpm.log_rank_test(cpm.SurvivalData(TIMES, LEFT), np.ones(N))
    at_once = cpm.KaplanMeier().fit(cpm.SurvivalData(np.zeros(N), LEFT)).to_table()
    assert all(np.isfinite(np.asarray(at_once[name], dtype=float)).all() for name in at_once.columns)


def test_uplift() -> None:
    with pytest.raises(cpm.FitError, match="nobody is in the control group"):
        cpm.churn.UpliftModel().fit(X, Y, np.ones(N, dtype=bool))
    with pytest.raises(cpm.FitError, match="everybody of those"):
        cpm.churn.UpliftModel().fit(X, np.ones(N, dtype=bool), TREATED)
    with pytest.raises(cpm.FitError, match="same value"):
        cpm.churn.UpliftModel().fit(CONSTANT, Y, TREATED)


@pytest.mark.parametrize("method", ["platt", "isotonic", "beta"])
def test_calibrators(method: Any) -> None:
    p = 1 / (1 + np.exp(-X[:, 0]))
    with pytest.raises(cpm.CpmError):
        cpm.churn.Calibrator(method).fit(np.ones(N, dtype=bool), p)
    with pytest.raises(cpm.CpmError, match="row 2"):
        cpm.churn.Calibrator(method).fit(Y, np.where(np.arange(N) == 2, np.nan, p))
    # Scores that separate, and scores that say nothing: probabilities all the same.
    for scores in (np.where(Y, 0.9, 0.1), np.full(N, 0.3)):
        calibrated = cpm.churn.Calibrator(method).fit(Y, scores).predict(scores)
        assert ((calibrated >= 0) & (calibrated <= 1)).all()
