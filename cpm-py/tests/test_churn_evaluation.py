"""Measures of churn scores: the wrapper agrees with the core's reference values, and refuses what it should."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

FILE = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "evaluation.json"
CASES = json.loads(FILE.read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{len(case['y'])} rows")
def test_equal_to_scikit_learn(case: Any) -> None:
    y, p, w = (np.array(case[name]) for name in "ypw")
    assert cpm.churn.auc(y, p, sample_weight=w).value == pytest.approx(case["auc"], abs=1e-13)
    assert cpm.churn.average_precision(y, p, w).value == pytest.approx(case["average_precision"], abs=1e-13)
    assert cpm.churn.log_loss(y == 1, p, w).value == pytest.approx(case["log_loss"], abs=1e-13)
    brier = cpm.churn.brier(y, p, sample_weight=w, bins=8)
    assert brier.score == pytest.approx(case["brier"], abs=1e-13)
    parts = brier.reliability - brier.resolution + brier.uncertainty
    parts += brier.within_bin_variance - brier.within_bin_covariance
    assert parts == pytest.approx(brier.score, abs=1e-13)
    assert cpm.churn.spiegelhalter(y, p, w).z == pytest.approx(case["spiegelhalter"], abs=1e-12)
    roc = cpm.churn.roc_curve(y, p, w)
    assert roc["true_positive_rate"] == pytest.approx(np.array(case["roc"]["tpr"]), abs=1e-13)
    for binning in ("uniform", "quantile"):
        if binning in case:
            curve = cpm.churn.calibration_curve(y, p, bins=7, binning=binning)
            assert curve["observed"] == pytest.approx(np.array(case[binning]["observed"]), abs=1e-13)
            assert (curve["low"] <= curve["observed"]).all()
    if "empc" in case:
        assert cpm.churn.empc(y, p).profit.value == pytest.approx(case["empc"], rel=1e-9)
        assert cpm.churn.mpc(y, p).profit.value == pytest.approx(case["mpc"], rel=1e-12)
    summary = dict(zip((table := cpm.churn.evaluate(y, p, w))["measure"], table["value"], strict=True))
    assert summary["auc"] == pytest.approx(case["auc"])


def test_published_profit() -> None:
    labels = [1, 1, 0, 0, 0, 1, 1, 1, 1, 0]
    scores = [0.6125478, 0.3642710, 0.4321361, 0.1402911, 0.3848959]
    scores += [0.2444155, 0.9706413, 0.8901728, 0.7817814, 0.8687518]
    assert cpm.churn.empc(labels, scores).profit.value == pytest.approx(30.3003222629848, abs=1e-9)


def test_plan_and_uplift() -> None:
    plan = cpm.churn.plan_retention_offer(
        [0.9, 0.1, 0.5], [500, 20, 100], acceptance=0.3, incentive_cost=10, contact_cost=1, clv_errors=[50, 2, 10]
    )
    assert plan["rank"].tolist() == [1, 3, 2]
    assert plan["target"].tolist() == [1, 0, 1]
    assert plan.campaign.profit.value == pytest.approx(plan["expected_profit"][[0, 2]].sum())
    assert plan.first(3).customers == 3
    assert plan.curve(points=3)["profit"].max() <= plan.campaign.profit.value
    assert plan.to_table().columns == plan.columns
    random = np.random.default_rng(0)
    treated, score = random.random(2000) < 0.4, random.random(2000)
    outcome = random.random(2000) < 0.3 + 0.3 * treated * (score > 0.5)
    curve = cpm.churn.qini_curve(outcome, treated, score, seed=1)
    assert curve.coefficient.low > 0
    assert curve.effect.low < 0.15 < curve.effect.high
    again = cpm.churn.qini_curve(outcome, treated, score, seed=1)
    assert again.coefficient == curve.coefficient


def test_lift_and_drift() -> None:
    y, p = [1, 1, 0, 0], [0.9, 0.8, 0.8, 0.1]
    assert cpm.churn.lift_table(y, p, bins=2)["churned"].tolist() == [1.5, 0.5]
    assert cpm.churn.lift_at(y, p, fraction=0.5).value == 1.5
    psi = cpm.churn.population_stability(np.arange(100), np.arange(100) + 30)
    assert psi.index > 0.25
    assert psi["current"].sum() == pytest.approx(1)
    assert psi.test.p_value < 0.01
    assert cpm.churn.kolmogorov_smirnov(np.arange(100), np.arange(100) + 30).statistic == pytest.approx(0.3)


def test_bad_input() -> None:
    with pytest.raises(cpm.DataError) as error:
        cpm.churn.auc([1, 0, 2], [0.1, 0.2, 0.3])
    assert (error.value.column, error.value.row) == ("y_true", 2)
    with pytest.raises(cpm.DataError) as error:
        cpm.churn.brier([1, 0], [0.1, 1.2])
    assert (error.value.column, error.value.row) == ("scores", 1)
    with pytest.raises(cpm.FitError, match="nobody churned"):
        cpm.churn.auc([0, 0], [0.1, 0.2])
    with pytest.raises(cpm.CpmError, match="binning"):
        cpm.churn.calibration_curve([1, 0], [0.1, 0.2], binning="other")  # type: ignore[arg-type]
    with pytest.raises(cpm.CpmError, match="acceptance"):
        cpm.churn.plan_retention_offer([0.1], [1], acceptance=2, incentive_cost=1, contact_cost=1)
    with pytest.raises(cpm.FitError, match="control"):
        cpm.churn.qini_curve([1, 0], [1, 1], [0.1, 0.2])
    for wrong in (lambda: cpm.churn.auc([1, 0], [0.1]), lambda: cpm.churn.auc([1, 0], ["a", "b"])):
        with pytest.raises(cpm.DataError):
            wrong()
