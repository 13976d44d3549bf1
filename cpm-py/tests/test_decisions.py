"""Allocation, surveys, targeting, offers and the rest of what to do next."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

FOLDER = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"
P = cpm.portfolio


def reference(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def test_allocation_equals_cvxpy() -> None:
    for case in reference("allocation")["exponential"]:
        responses = [P.Response.exponential(c, r) for c, r in zip(case["ceiling"], case["rate"], strict=True)]
        plan = P.allocate_budget(
            responses,
            case["budget"],
            minimum=case["minimum"],
            maximum=case["maximum"],
            limits={"hours": (case["use"], case["limit"])} if "use" in case else None,
            risk=(case["covariance"], case["sd"]) if "covariance" in case else None,
            today=[0] * len(responses),
        )
        np.testing.assert_allclose(plan.value, case["value"], rtol=1e-8)
        np.testing.assert_allclose(plan["spend"], case["spend"], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(plan.limits["shadow_price"], case["prices"], rtol=1e-5, atol=1e-5)
        assert plan.certificate["stationarity"] < 1e-7
        assert plan.today is not None
        assert plan.today["gain"] == pytest.approx(plan.value)


def test_allocation_says_which_limit_and_by_how_much() -> None:
    response = P.Response.exponential(9, 0.1)
    with pytest.raises(cpm.CpmError, match=r"`budget`.*at least 60 is needed, 50 is allowed, 10 too little"):
        P.allocate_budget([response] * 2, 50, minimum=30)
    with pytest.raises(cpm.CpmError, match=r"`cash`.*at least 45 is needed, 40 is allowed, 5 too little"):
        P.allocate_budget([response] * 2, 100, minimum=30, limits={"cash": ([1, 0.5], 40)})
    calls: list[Any] = [
        lambda: P.allocate_budget([], 1),
        lambda: P.allocate_budget([response], -1),
        lambda: P.allocate_budget([response], 1, minimum=[1, 2]),
        lambda: P.allocate_budget([response], 1, objective="x"),  # type: ignore[arg-type]
        lambda: P.allocate_budget([response], 1, risk=([[1, 2], [2, 1]], 1)),
        lambda: P.allocate_budget([response], 1).regret(),
        lambda: P.Response.adbudg(0, 1, -1, 1),
        lambda: P.Response.piecewise_linear([0, 1, 2], [0, 1, 3]),
    ]
    for call in calls:
        with pytest.raises(cpm.CpmError):
            call()
    with pytest.raises(TypeError, match="Response"):
        P.allocate_budget([1], 1)  # type: ignore[list-item]


def test_s_shaped_budget_goes_to_one() -> None:
    steep = P.Response.adbudg(0, 100, 4, 50)
    plan = P.allocate_budget({"a": steep, "b": steep}, 60)
    assert sorted(plan["spend"].round(6)) == [0, 60]
    assert plan.certificate["gap"] < 1e-6


def test_surveys() -> None:
    effort = reference("voice")["effort"]
    first, second = P.ces(effort["a"]), P.ces(effort["b"])
    np.testing.assert_allclose([first.score.low, first.score.high], [effort["low"], effort["high"]])
    np.testing.assert_allclose(first.compare(second).p_value, effort["p_value"])
    weights = P.post_stratification_weights([1, 1, 2], {"1": 10, "2": 20})
    assert P.nps([9, 9, 3], weights=weights).value == pytest.approx(-1 / 3)
    with pytest.raises(cpm.DataError) as caught:
        P.nps([3, 12])
    assert (caught.value.column, caught.value.row) == ("answers", 1)
    with pytest.raises(cpm.DataError, match="customers must have"):
        P.post_stratification_weights(["a", "b"], {"a": 3})
    with pytest.raises(cpm.DataError, match="needs an answer"):
        P.post_stratification_weights(["a", "a"], {"a": 3, "b": 5})
    with pytest.raises(cpm.CpmError, match="metric"):
        P.score_by_group([1], ["a"], metric="x")  # type: ignore[arg-type]


def test_drivers_equal_statsmodels() -> None:
    case = reference("voice")["drivers"]
    found = P.satisfaction_drivers(np.array(case["x"]), case["y"])
    np.testing.assert_allclose(found["coefficient"], case["coefficients"], rtol=1e-9)
    np.testing.assert_allclose(found["importance"], case["weights"], rtol=1e-9)
    np.testing.assert_allclose(found.r_squared, case["r_squared"], rtol=1e-12)
