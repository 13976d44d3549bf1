"""Survival analysis: the golden values of lifelines, scikit-survival and R, tables of any kind, and what is refused."""

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

REFERENCE: Any = json.loads(
    (Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "survival.json").read_text(encoding="utf-8")
)
SETS = REFERENCE["data"]
ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
X = {name: SETS["rossi"][name] for name in ROSSI}
WEEKS = np.asarray(SETS["rossi"]["week"], dtype=float)
TIED = cpm.SurvivalData(WEEKS, SETS["rossi"]["arrest"])
UNTIED = cpm.SurvivalData(WEEKS + np.arange(432) / 1000, SETS["rossi"]["arrest"])
FOUR = cpm.SurvivalData([1, 2, 3, 4], [True, True, False, True])


def close(found: Any, expected: Any, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), tolerance, tolerance)


def lung(*columns: str) -> tuple[dict[str, Any], cpm.SurvivalData]:
    """Lung cancer patients with complete covariates."""
    rows = SETS["lung"]
    complete = [i for i in range(228) if all(rows[c][i] is not None for c in columns)]
    data = cpm.SurvivalData([rows["time"][i] for i in complete], [rows["status"][i] for i in complete])
    return {c: [rows[c][i] for i in complete] for c in columns}, data


def test_data() -> None:
    data = cpm.SurvivalData([6, 6, 10], np.array([True, False, True]), entry=[0, 2, 6], weights=[1, 2, 3])
    assert (len(data), data.events_observed) == (3, 4.0)
    assert (data.durations.tolist(), data.events.tolist()) == ([6, 6, 10], [True, False, True])
    assert data.entry is not None
    assert data.weights is not None
    assert repr(data) == "SurvivalData(3 rows, 4 events, with entry times, with weights)"
    assert (FOUR.entry, FOUR.weights) == (None, None)
    for again in (pickle.loads(pickle.dumps(data)), copy.deepcopy(data)):
        assert again.entry.tolist() == data.entry.tolist()
        assert again.weights.tolist() == data.weights.tolist()


@pytest.mark.parametrize(
    ("columns", "column", "row"),
    [
        ({"durations": [1, -1]}, "durations", 1),
        ({"durations": [np.nan, 1]}, "durations", 0),
        ({"durations": [1, None]}, "durations", 1),
        ({"events": [1, 2]}, "events", 1),
        ({"events": [None, 1]}, "events", 0),
        ({"events": [True]}, "events", None),
        ({"entry": [0, 5]}, "entry", 1),
        ({"weights": [1, -1]}, "weights", 1),
        ({"weights": [0, 0]}, None, None),
        ({"durations": ["1", "2"]}, "durations", None),
        ({"durations": np.ma.masked_array([1.0, 2.0], [False, True])}, "durations", None),
    ],
)
def test_data_refused(columns: dict[str, Any], column: str | None, row: int | None) -> None:
    with pytest.raises(cpm.DataError) as caught:
        cpm.SurvivalData(**{"durations": [3, 5], "events": [1, 0], **columns})
    assert (caught.value.column, caught.value.row) == (column, row)


def test_kaplan_meier() -> None:
    leukemia = SETS["leukemia"]
    weights = cpm.SurvivalData(WEEKS, SETS["rossi"]["arrest"], weights=SETS["weights"])
    entry = cpm.SurvivalData(UNTIED.durations, UNTIED.events, entry=SETS["entry"])
    treated = cpm.SurvivalData(leukemia["week"][:21], leukemia["relapse"][:21])
    for name, data in [("leukemia", treated), ("rossi", TIED), ("weights", weights), ("entry", entry)]:
        curve, expected = cpm.KaplanMeier().fit(data), REFERENCE["kaplan_meier"][name]
        table = curve.to_table()
        close(table["survival"], expected["survival"], 1e-12)
        close(table["low"], expected["low"])
        if name != "entry":
            close(table["high"], expected["high"])
            assert table["time"].tolist() == expected["time"]
            assert curve.median.value == expected["median"]
    curve = cpm.KaplanMeier().fit(treated)
    at = curve.survival_at([5, 6, 7, 10, 13, 16, 22, 23])
    assert at.columns == ["time", "survival", "low", "high"]
    close(at["survival"], [1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], 1e-3)
    assert curve.quantile(0.5) == curve.median


def test_kaplan_meier_of_r() -> None:
    _, data = lung("sex")
    curve, r = cpm.KaplanMeier(interval_scale="log").fit(data), REFERENCE["r"]
    assert list(curve.median) == [r["lung_median"][k] for k in ("value", "low", "high")]
    assert repr(curve.median) == "QuantileEstimate(value=310, low=285, high=363)"
    mean, expected = curve.restricted_mean(horizon=1022), r["lung_restricted_mean"]
    assert mean.value == pytest.approx(expected["value"], abs=0.05)
    assert (mean.high - mean.value) / 1.959964 == pytest.approx(expected["standard_error"], abs=0.05)


def test_nelson_aalen() -> None:
    expected = REFERENCE["nelson_aalen"]
    close(cpm.NelsonAalen().fit(TIED).to_table()["cumulative_hazard"], expected["tied"], 1e-12)
    hazard = cpm.NelsonAalen().fit(UNTIED)
    table = hazard.to_table()
    close(table["cumulative_hazard"], expected["untied"], 1e-12)
    close(table["low"], expected["low"])
    close(table["high"], expected["high"])
    assert (
        hazard.cumulative_hazard_at(table["time"])["cumulative_hazard"].tolist() == table["cumulative_hazard"].tolist()
    )


def test_log_rank() -> None:
    groups = np.minimum(SETS["rossi"]["prio"], 3)
    names: list[Any] = ["logrank", "wilcoxon", "tarone-ware", "peto", "fleming-harrington"]
    for name in names:
        powers: Any = {"p": 0.5, "q": 1.0} if name == "fleming-harrington" else {}
        weighting: Any = "log-rank" if name == "logrank" else name
        for labels in (groups, groups.astype(float), [f"{g} arrests" for g in groups]):
            test, expected = cpm.log_rank_test(TIED, labels, weighting, **powers), REFERENCE["log_rank"][name]
            close(test.statistic, expected["statistic"])
            close(test.p_value, expected["p_value"])
            assert test.degrees_of_freedom == 3
            assert list(test["group"]) == sorted(set(np.asarray(labels).tolist()))
    x, data = lung("sex")
    test, expected = cpm.log_rank_test(data, x["sex"]), REFERENCE["r"]["lung_log_rank_by_sex"]
    assert test["observed"].tolist() == expected["observed"]
    close(test["expected"], expected["expected"], 1e-3)
    assert test.statistic == pytest.approx(expected["statistic"], abs=0.05)


def test_log_rank_refused() -> None:
    with pytest.raises(cpm.FitError, match="only one group"):
        cpm.log_rank_test(FOUR, [1] * 4)
    with pytest.raises(cpm.CpmError, match="only weighting"):
        cpm.log_rank_test(FOUR, [0, 0, 1, 1], q=1.0)
    with pytest.raises(cpm.CpmError, match="p = -1"):
        cpm.log_rank_test(FOUR, [0, 0, 1, 1], "fleming-harrington", p=-1.0)
    with pytest.raises(cpm.CpmError, match="log-rank, wilcoxon"):
        cpm.log_rank_test(FOUR, [0, 0, 1, 1], "mantel")  # type: ignore[arg-type]
    wrong: list[tuple[Any, int]] = [(["a", "b", None, "a"], 2), ([0, 1, 0.5, 1], 2), ([0, 1, 1, np.nan], 3)]
    for labels, row in wrong:
        with pytest.raises(cpm.DataError) as caught:
            cpm.log_rank_test(FOUR, labels)
        assert (caught.value.column, caught.value.row) == ("groups", row)


def same(model: cpm.CoxPh, expected: Any, tolerance: float = 1e-9) -> None:
    close(list(model.params.values()), expected["coefficients"], tolerance)
    close(list(model.standard_errors.values()), expected["standard_errors"], tolerance)
    if not model.robust:
        close(model.covariance.ravel(), expected["covariance"], tolerance)
    close(model.log_likelihood, expected["log_likelihood"], tolerance)


def test_cox() -> None:
    expected = REFERENCE["cox"]
    model = cpm.CoxPh().fit(X, TIED)
    same(model, expected["rossi"])
    assert (model.names, model.rows, model.events) == (ROSSI, 432, 114)
    close(model.likelihood_ratio_test.statistic, expected["rossi"]["likelihood_ratio"])
    summary = model.summary()
    assert summary["covariate"] == ROSSI
    close(summary["low"], expected["rossi"]["lower"])
    close(summary["p_value"], expected["rossi"]["p_value"])
    close(summary["hazard_ratio"], np.exp(list(model.params.values())))
    concordance = model.concordance(X, TIED)
    close(concordance.index, expected["rossi"]["concordance"], 1e-12)
    assert concordance.standard_error == pytest.approx(0.027, abs=5e-4)
    value, low, high = concordance.estimate(level=0.9)
    assert low < value < high
    for name in ("wald", "score"):
        test = getattr(model, f"{name}_test")
        assert test.statistic == pytest.approx(REFERENCE["r"]["rossi"][name], abs=5.1e-3)
        assert test.degrees_of_freedom == 7
    assert model.aic == pytest.approx(14 - 2 * model.log_likelihood)
    assert model.log_likelihood_null < model.log_likelihood
    assert model.iterations < 20


def test_cox_with_options() -> None:
    expected, events = REFERENCE["cox"], SETS["rossi"]["arrest"]
    entry = np.asarray(SETS["entry"])
    entry_tied = np.floor(np.minimum(entry, WEEKS - 1))
    same(cpm.CoxPh().fit(X, UNTIED), expected["untied"])
    same(cpm.CoxPh(robust=True).fit(X, UNTIED), expected["robust"])
    clusters = np.arange(432) // 3
    for labels in (clusters, [f"household {c}" for c in clusters]):
        same(cpm.CoxPh().fit(X, UNTIED, clusters=labels), expected["clusters"])
    same(cpm.CoxPh().fit(X, cpm.SurvivalData(WEEKS, events, weights=SETS["weights"])), expected["weights"])
    weighted = cpm.SurvivalData(UNTIED.durations, events, weights=SETS["weights"])
    same(cpm.CoxPh(robust=True).fit(X, weighted), expected["robust_weights"])
    penalised = cpm.CoxPh(penalty=0.1).fit(X, TIED)
    close(list(penalised.params.values()), expected["penalty"]["coefficients"], 1e-8)
    same(cpm.CoxPh().fit(X, cpm.SurvivalData(UNTIED.durations, events, entry=entry)), expected["entry"])
    same(cpm.CoxPh().fit(X, cpm.SurvivalData(WEEKS, events, entry=entry_tied)), expected["entry_tied"])
    others = [name for name in ROSSI if name != "wexp"]
    stratified = cpm.CoxPh().fit(X, TIED, names=others, strata=X["wexp"])
    same(stratified, expected["strata"])
    assert set(stratified.baseline["stratum"]) == {0, 1}


def test_cox_predictions(tmp_path: Path) -> None:
    expected = REFERENCE["cox"]["untied"]
    model = cpm.CoxPh().fit(X, UNTIED)
    first = {name: values[:20] for name, values in X.items()}
    close(list(model.means.values()), expected["mean"], 1e-12)
    survival = model.predict_survival(first, expected["times"])
    close(survival.ravel(), expected["survival"])
    close(model.predict_median(first), expected["median"])
    table = model.predict_survival_intervals(first, expected["times"])
    assert table["survival"].tolist() == survival.ravel().tolist()
    assert (table["low"] < table["survival"]).all()
    assert (table["survival"] < table["high"]).all()
    assert table["row"].tolist() == np.repeat(np.arange(20), 5).tolist()
    close(np.log(model.predict_partial_hazard(X)), model.predict_log_partial_hazard(X), 1e-12)
    baseline = model.baseline
    assert baseline.columns == ["stratum", "time", "cumulative_hazard"]
    assert (np.diff(baseline["cumulative_hazard"]) > 0).all()

    model.save(tmp_path / "cox.json")
    loaded = cpm.load_model(tmp_path / "cox.json")
    assert isinstance(loaded, cpm.CoxPh)
    assert (loaded.predict_survival(first, expected["times"]) == survival).all()


def test_schoenfeld_residuals_and_proportional_hazards() -> None:
    expected, model = REFERENCE["cox"]["rossi"], cpm.CoxPh().fit(X, TIED)
    found = model.schoenfeld_residuals(X, TIED)
    order = np.argsort(found["row"])
    close(np.column_stack([found[f"residual_{n}"] for n in ROSSI])[order].ravel(), expected["schoenfeld"])
    close(np.column_stack([found[f"scaled_{n}"] for n in ROSSI])[order].ravel(), expected["scaled_schoenfeld"], 1e-8)

    x, data = lung("age", "sex", "wt.loss")
    test = cpm.CoxPh().fit(x, data).proportional_hazards_test(x, data)
    r = REFERENCE["r"]["lung_zph_age_sex_wt.loss"]
    close(test["statistic"], [r[name] for name in test["covariate"]], 6e-5)
    assert test.global_test.statistic == pytest.approx(r["global"], abs=6e-5)
    assert test.global_test.degrees_of_freedom == 3
    with pytest.raises(cpm.FitError, match="penalty"):
        cpm.CoxPh(penalty=0.1).fit(x, data).proportional_hazards_test(x, data, transform="rank")


@pytest.mark.parametrize("library", ["numpy", "float32", "object", "pandas", "polars", "pyarrow", "cpm"])
def test_covariates_of_any_kind(library: str) -> None:
    expected = cpm.CoxPh().fit(X, TIED)
    matrix, names = np.column_stack([X[n] for n in ROSSI]), None
    table: Any
    if library in ("numpy", "float32", "object"):
        table, names = np.asfortranarray(matrix.astype("int64" if library == "numpy" else library)), ROSSI
        assert cpm.CoxPh().fit(table, TIED).names == [f"x{j}" for j in range(7)]
    elif library == "cpm":
        table = cpm.CoxPh().fit(X, TIED).schoenfeld_residuals(X, TIED)
        rows = cpm.SurvivalData(table["time"] + table["row"] / 1000, [1] * len(table))
        assert cpm.CoxPh().fit(table, rows, names=["residual_fin"]).names == ["residual_fin"]
        return
    else:
        module = pytest.importorskip(library)
        table = module.table(X) if library == "pyarrow" else module.DataFrame(X)
        if library == "pandas":
            # The index of a filtered frame is no covariate.
            table = table.set_index(np.arange(432)[::-1])
    model = cpm.CoxPh().fit(table, TIED, names=names)
    assert model.params == pytest.approx(expected.params, rel=1e-12)
    assert list(model.params) == ROSSI
    close(model.predict_partial_hazard(table), expected.predict_partial_hazard(X), 1e-12)


def test_predictions_take_columns_by_name() -> None:
    model = cpm.CoxPh().fit(X, TIED)
    shuffled = {"customer": ["someone"] * 432, **dict(reversed(X.items()))}
    assert (model.predict_partial_hazard(shuffled) == model.predict_partial_hazard(X)).all()
    with pytest.raises(cpm.DataError, match="it has: fin, age") as caught:
        model.predict_partial_hazard({name: X[name] for name in ROSSI[:6]})
    assert caught.value.column == "prio"
    with pytest.raises(cpm.CpmError, match="1 columns"):
        model.predict_partial_hazard(np.zeros((2, 1)))


@pytest.mark.parametrize("library", ["dict", "numpy", "pandas", "polars", "pyarrow"])
@pytest.mark.parametrize(("bad", "value"), [(None, ("None", "nan", "NaN")), (np.inf, ("inf",)), ("x", ("x", "5.0"))])
def test_covariates_refused(library: str, bad: Any, value: tuple[str, ...]) -> None:
    # Only objects have columns of several types: elsewhere all is text then, from the first row on.
    typed = library in ("dict", "polars", "pyarrow") and isinstance(bad, str)
    column = ["5.0", "4.0", bad, "5.5"] if typed else [5.0, 4.0, bad, 5.5]
    columns = {"age": [1.0, 0.5, 0.0, 2.0], "spend": column}
    table: Any = columns
    if library == "numpy":
        table = np.array([columns["age"], columns["spend"]], dtype=object).T
    elif library != "dict":
        module = pytest.importorskip(library)
        table = module.table(columns) if library == "pyarrow" else module.DataFrame(columns)
    with pytest.raises(cpm.DataError) as caught:
        cpm.CoxPh().fit(table, FOUR, names=["age", "spend"])
    assert (caught.value.column, caught.value.row) == ("spend", 0 if typed else 2)
    assert caught.value.value in value
    assert "spend" in str(caught.value)


def test_text_among_lists_names_its_row() -> None:
    with pytest.raises(cpm.DataError) as caught:
        cpm.CoxPh().fit([[1, 5], [0.5, 4], [0, "x"], [2, 5.5]], FOUR)  # type: ignore[list-item]
    assert (caught.value.column, caught.value.row, caught.value.value) == ("x1", 2, "x")


def test_cox_refused() -> None:
    x = np.array([[1.0, 5.0], [0.5, 4.0], [0.0, 7.0], [2.0, 5.5]])
    wrong: list[tuple[Any, Any]] = [
        (lambda: cpm.CoxPh().fit(x[:2], FOUR), "2 rows"),
        (lambda: cpm.CoxPh().fit(x[:, 0], FOUR), "1 dimensions"),
        (lambda: cpm.CoxPh().fit({"age": [1, 2], "spend": [1, 2, 3, 4]}, FOUR), "4 rows while"),
        (lambda: cpm.CoxPh().fit(x, FOUR, names=["age"]), "names"),
        (lambda: cpm.CoxPh().fit(x, FOUR, names=["age", "age"]), "two columns"),
        (lambda: cpm.CoxPh().fit(x, FOUR, strata=[0, 1]), "strata"),
        (lambda: cpm.CoxPh().fit(x, FOUR, strata=["a", "b", "a", "b"]), "strata"),
        (lambda: cpm.CoxPh().fit(x, FOUR, strata=[0, -1, 0, 0]), "strata"),
        (lambda: cpm.CoxPh(penalty=-1).fit(x, FOUR), "penalty"),
        (lambda: cpm.CoxPh(ties="exact"), "efron, breslow"),  # type: ignore[arg-type]
        (lambda: cpm.CoxPh().fit(np.array([[4.0], [3.0], [2.0], [1.0]]), FOUR), "separate"),
        (lambda: cpm.CoxPh().fit({"age": [3, 3, 3, 3]}, FOUR), "same value"),
        (lambda: cpm.CoxPh().fit({"day": np.array(["2024-01-01"] * 4, dtype="M8[D]")}, FOUR), "numbers"),
    ]
    for call, words in wrong:
        with pytest.raises(cpm.CpmError, match=words):
            call()
    stratified = cpm.CoxPh().fit(X, TIED, strata=np.arange(432) % 2)
    for call, words in [
        (lambda: stratified.predict_survival(X, [10]), "strata"),
        (lambda: stratified.predict_survival(X, [10], strata=[9] * 432), "strata = 9"),
        (lambda: stratified.predict_survival(X, [60], strata=np.arange(432) % 2), "60"),
        (lambda: stratified.summary(level=1), "level"),
    ]:
        with pytest.raises(cpm.CpmError, match=words):
            call()


def test_concordance_and_brier_score() -> None:
    scores = np.round(np.sin(np.arange(432)) * 10)
    close(cpm.concordance_index(TIED, scores).index, REFERENCE["concordance"]["index"], 1e-12)
    with pytest.raises(cpm.DataError) as caught:
        cpm.concordance_index(FOUR, [1, 2, None, 1])
    assert (caught.value.column, caught.value.row) == ("predicted_scores", 2)

    expected, times = REFERENCE["brier"], REFERENCE["cox"]["untied"]["times"]
    survival = np.reshape(expected["survival"], (432, 5))
    found = cpm.brier_score(UNTIED, UNTIED, times, survival)
    close(found["score"], expected["score"], 1e-12)
    close(found.integrated, expected["integrated"], 1e-12)
    assert found["time"].tolist() == times
    estimate = found.integrated_estimate()
    assert estimate.low < estimate.value < estimate.high
    with pytest.raises(cpm.CpmError, match="ascend"):
        cpm.brier_score(FOUR, FOUR, [2, 1], np.full((4, 2), 0.5))
    with pytest.raises(cpm.DataError, match="at time 1"):
        cpm.brier_score(FOUR, FOUR, [1, 2], np.full((4, 2), np.nan))


def test_cumulative_dynamic_auc() -> None:
    expected, rows = REFERENCE["dynamic_auc"], SETS["lung"]
    days, died = np.asarray(rows["time"]) + np.arange(228) / 1000, np.asarray(rows["status"])
    test = np.arange(228) % 3 == 0
    train_data, test_data = cpm.SurvivalData(days[~test], died[~test]), cpm.SurvivalData(days[test], died[test])
    score = np.asarray(rows["age"], dtype=float) - 10 * np.asarray(rows["sex"])
    moving = np.column_stack([np.round(score / (1 + k)) + k * np.sin(np.arange(228)) for k in range(5)])
    for name, risk in [("constant", score), ("moving", moving)]:
        found = cpm.cumulative_dynamic_auc(train_data, test_data, expected["times"], risk[test])
        close(found["auc"], expected[name]["auc"], 1e-12)
        close(found.mean, expected[name]["mean"], 1e-12)
        assert found["time"].tolist() == expected["times"]
        for estimate, error in zip(found.estimates(level=0.5), found["standard_error"], strict=True):
            assert estimate.low < estimate.value < estimate.high
            close(estimate.high - estimate.value, 0.6744897501960817 * error)
        mean = found.mean_estimate()
        assert mean.low < mean.value < mean.high
        assert found.mean_standard_error > 0
    assert found.to_table().columns == ["time", "auc", "standard_error"]
    for call, words in [
        (lambda: cpm.cumulative_dynamic_auc(FOUR, FOUR, [0.5], [1, 2, 3, 4]), "later times"),
        (lambda: cpm.cumulative_dynamic_auc(FOUR, FOUR, [2, 1], [1, 2, 3, 4]), "ascend"),
        (lambda: cpm.cumulative_dynamic_auc(FOUR, FOUR, [1], [1, 2, 3]), "risk"),
    ]:
        with pytest.raises(cpm.CpmError, match=words):
            call()
    with pytest.raises(cpm.DataError) as caught:
        cpm.cumulative_dynamic_auc(FOUR, FOUR, [1], [1, 2, float("nan"), 4])
    assert (caught.value.column, caught.value.row) == ("risk", 2)


def test_habits_of_models(tmp_path: Path) -> None:
    makers: list[Any] = [
        (cpm.KaplanMeier(level=0.9, interval_scale="log"), {"level": 0.9, "interval_scale": "log"}),
        (cpm.NelsonAalen(level=0.8), {"level": 0.8}),
        (cpm.CoxPh(ties="breslow", penalty=0.5), {"ties": "breslow", "penalty": 0.5, "robust": False}),
    ]
    for model, params in makers:
        assert model.get_params() == model.get_params(deep=False) == params
        assert type(model)(**params).get_params() == params
        assert model.set_params() is model
        with pytest.raises(cpm.CpmError, match="no parameter depth"):
            model.set_params(depth=1)
        with pytest.raises(cpm.CpmError, match="not fitted"):
            model.save(tmp_path / "model.json")
        arguments = (X, TIED) if isinstance(model, cpm.CoxPh) else (TIED,)
        for fitted in (False, True):
            if fitted:
                assert model.fit(*arguments) is model
                model.save(tmp_path / "model.json")
                assert repr(cpm.load_model(tmp_path / "model.json")) == repr(model)
            for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
                assert repr(again) == repr(model)
                assert again.get_params() == params
                if fitted:
                    table = "summary" if isinstance(model, cpm.CoxPh) else "to_table"
                    assert repr(getattr(again, table)()) == repr(getattr(model, table)())


def test_choices_of_a_fitted_curve_can_change() -> None:
    curve = cpm.KaplanMeier().fit(TIED)
    plain = cpm.KaplanMeier(level=0.8, interval_scale="plain").fit(TIED).to_table()
    assert curve.set_params(level=0.8, interval_scale="plain").to_table()["low"].tolist() == plain["low"].tolist()
    for level in (0, 1, 95):
        with pytest.raises(cpm.CpmError, match="level"):
            curve.set_params(level=level)
        with pytest.raises(cpm.CpmError, match="level"):
            cpm.NelsonAalen(level=level).fit(TIED)
    assert curve.level == 0.8
    for call in (lambda: curve.survival_at([60]), lambda: curve.quantile(1), lambda: curve.restricted_mean(60)):
        with pytest.raises(cpm.CpmError):
            call()
    with pytest.raises(cpm.CpmError, match="log-log, plain, log"):
        cpm.KaplanMeier(interval_scale="logit")  # type: ignore[arg-type]
