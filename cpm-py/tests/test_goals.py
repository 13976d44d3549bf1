"""Targets, prospects and strategies."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"
P = cpm.portfolio


@pytest.fixture(scope="module")
def reference() -> Any:
    return json.loads((GOLDEN / "goals.json").read_text())


def test_forecasts_equal_least_squares(reference: Any) -> None:
    start = np.datetime64("2024-01-01")
    for case in reference["forecasts"]:
        path: Any = "compound" if case["compound"] else "linear"
        end = start + np.timedelta64(case["goal_day"], "D")
        goal = P.Goal("x", case["values"][0], case["target"], start, end, path)
        forecast = goal.forecast(start + np.array(case["days"], "timedelta64[D]"), case["values"], level=0.9)
        found = [forecast.expected.value, forecast.expected.low, forecast.expected.high, forecast.probability]
        np.testing.assert_allclose(found, [case[k] for k in ("expected", "low", "high", "probability")], rtol=1e-8)
        assert forecast.days == case["goal_day"] - case["days"][-1]


def test_goals_are_values() -> None:
    goal = P.Goal("churn", 0.3, 0.2, "2024-01-01", "2024-12-31", path="compound")
    assert pickle.loads(pickle.dumps(goal)) == goal
    assert (goal.metric, goal.baseline, goal.target) == ("churn", 0.3, 0.2)
    assert goal.required("2024-12-31") == 0.2
    assert goal.status(0.1, "2024-06-01").state == "reached"
    assert goal.status((0.1, 0.2), "2024-06-01").state == "undecided"
    assert goal.status(0.3, "2024-06-01").progress.value == 0


def test_levers_equal_root_finding(reference: Any) -> None:
    for case in reference["levers"]:
        margin, purchases, retention, discount = case["arguments"]
        gap = P.close_clv_gap(
            margin,
            purchases,
            retention,
            discount=discount,
            rise=case["rise"],
            limits=(9 * margin, 9 * purchases, 1),
            periods=case["periods"],
            draws=100,
        )
        np.testing.assert_allclose(gap.current, case["value"], rtol=1e-11)
        np.testing.assert_allclose(gap["needed"][[0, 2]], [case["margin"], case["retention"]], rtol=1e-10)
        np.testing.assert_allclose(gap["needed_low"], gap["needed"])
        assert gap.value is not None


def test_levers_of_any_metric() -> None:
    gap = P.close_gap(lambda a, b: a * b, {"a": (2.0, 4.0), "b": (3.0, 3.3)}, 9.0)
    np.testing.assert_allclose(gap["needed"], [3.0, np.nan])
    assert (gap.current, gap.target, gap.value) == (6, 9, None)
    assert gap.together is not None
    assert (2 + 2 * gap.together) * (3 + 0.3 * gap.together) == pytest.approx(9)
    with pytest.raises(ZeroDivisionError):
        P.close_gap(lambda a: 1 / (a - a), {"a": (1, 2)}, 3)
    with pytest.raises(TypeError, match="tuple"):
        P.close_gap(lambda a: a, {"a": 1}, 3)  # type: ignore[dict-item]


def test_pipeline_and_stages() -> None:
    p, value, cost = np.array([0.5, 0.1, 0.8]), np.array([1000.0, 400, 200]), np.array([50.0, 60, 10])
    pipeline = P.weighted_pipeline(p, value, cost, probability_error=0.2, base=(9420, 300), level=0.9)
    np.testing.assert_allclose(pipeline["expected"], p * value - cost)
    deviation = np.sqrt((value**2 * p * (1 - p)).sum() + (0.2 * 700) ** 2)
    assert pipeline.net.high == pytest.approx(580 + 1.6448536269514727 * deviation)
    assert (pipeline.total_value, pipeline.cost, pipeline.gain_of_dropping) == (1600, 120, 20)
    assert pipeline.share_of_portfolio is not None
    assert pipeline.share_of_portfolio.value == pytest.approx(580 / 10_000)
    assert P.weighted_pipeline(p, 100).share_of_portfolio is None
    stages = ["lead", "offer", "contract"]
    table = P.stage_conversion(["lead"] * 6 + ["offer"] * 3, ["lost"] * 4 + ["won"] * 2 + ["open"] * 3, stages=stages)
    np.testing.assert_array_equal(table["reached"], [9, 5, 2])
    np.testing.assert_array_equal(table["open"], [0, 3, 0])
    np.testing.assert_allclose(table["conversion"], [5 / 9, 1, 1])
    np.testing.assert_allclose(table["win"], [5 / 9, 1, 1])
    assert (table["win_low"] < table["win"]).all()


def test_strategies_name_their_rule() -> None:
    table = P.StrategyTable.suggested()
    again = P.StrategyTable(
        [
            {k: table[k][i] or None for k in ("segment", "value", "risk", "treatment", "reason")}
            for i in range(len(table))
        ]
    )
    assert again.to_dict() == table.to_dict()
    rng = np.random.default_rng(1)
    segment = rng.choice(["New customers", "Loyal"], 200)
    value, risk = rng.gamma(1, 50, 200), rng.random(200)
    found = P.suggest_treatments(segment, value, risk, table)
    high = np.array(found["value_level"]) == "high"
    assert high.sum() == 40
    assert value[high].min() == found.value_thresholds[1]
    assert set(np.array(found["treatment"])[segment == "New customers"]) == {"welcome"}
    np.testing.assert_array_equal(np.array(found["risk_level"]) == "high", risk >= 0.6)
    assert found.overview["customers"].sum() == 200
    assert found.unmatched == 0
    assert found.overview["value"].sum() == pytest.approx(value.sum())


def test_bad_input_is_named() -> None:
    goal = P.Goal("x", 1, 2, "2024-01-01", "2024-12-31")
    times = ["2024-01-01", "2024-02-01", "2024-03-01"]
    table = P.StrategyTable.suggested()
    calls: list[tuple[str, Any]] = [
        ("target", lambda: P.Goal("x", 1, 1, "2024-01-01", "2024-12-31")),
        ("date", lambda: P.Goal("x", 1, 2, "2024-01-01", "2024-01-01")),
        ("linear, compound", lambda: P.Goal("x", 1, 2, "2024-01-01", "2024-02-01", path="x")),  # type: ignore[arg-type]
        ("three at least", lambda: goal.forecast(times[:2], [1, 2])),
        ("`times`, row 1", lambda: goal.forecast(times[::-1], [1, 2, 3])),
        ("`values` has 2 rows", lambda: goal.forecast(times, [1, 2])),
        ("levers", lambda: P.close_gap(lambda a: a, {"a": (1, float("inf"))}, 2)),
        ("limits", lambda: P.close_clv_gap(1, 1, 0.8, discount=0.1, rise=0.1, limits=(0.5, 2, 0.9))),
        ("discount", lambda: P.close_clv_gap(1, 1, 0.8, discount=0, rise=0.1, limits=(2, 2, 0.9))),
        ("`probability`, row 0", lambda: P.weighted_pipeline([2], 1)),
        ("`value` has 2 rows", lambda: P.weighted_pipeline([0.2], [1, 2])),
        ("`stage`, row 0", lambda: P.stage_conversion(["x"], ["won"], stages=["lead"])),
        ("open, won, lost", lambda: P.stage_conversion(["lead"], ["gone"], stages=["lead"])),
        ("treatment", lambda: P.StrategyTable([{"value": "high"}])),
        ("low, medium, high", lambda: P.StrategyTable([{"value": "best", "treatment": "a"}])),
        ("rules = colour", lambda: P.StrategyTable([{"colour": "red", "treatment": "a"}])),
        ("rule 0 fits", lambda: P.StrategyTable([{"treatment": "a"}, {"treatment": "b"}])),
        ("`risk`, row 0", lambda: P.suggest_treatments(["a"], [1], [2], table)),
        ("risk_levels", lambda: P.suggest_treatments(["a"], [1], [0.2], table, risk_levels=(0.5, 0.4))),
    ]
    for message, call in calls:
        with pytest.raises(cpm.CpmError, match=message):
            call()
