"""Risk: returns of segments, frontier, value at risk, stress tests."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm
from cpm.portfolio import SegmentReturns, efficient_frontier, portfolio_at, revenue_at_risk, stress_test

NAMES = list("abcde")


@pytest.fixture(scope="module")
def expected() -> Any:
    path = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "portfolio.json"
    return json.loads(path.read_text())["risk"]


def test_returns_are_those_of_scikit_learn_and_scipy(expected: Any) -> None:
    returns = SegmentReturns(NAMES, expected["returns"])
    covariance, shrinkage = returns.ledoit_wolf()
    assert shrinkage == pytest.approx(expected["shrinkage"], rel=1e-12)
    assert covariance.ravel() == pytest.approx(expected["covariance"], rel=1e-10)
    assert np.allclose(returns.covariance, np.cov(np.array(expected["returns"]).T))
    risk = returns.risk(expected["weights"], hurdle=0.05)
    assert risk["beta"] == pytest.approx(expected["beta"], rel=1e-10)
    assert risk["reward_ratio"] == pytest.approx(expected["reward"], rel=1e-9)


def test_frontier_is_that_of_a_convex_solver(expected: Any) -> None:
    returns = SegmentReturns(NAMES, expected["returns"])
    covariance, _ = returns.ledoit_wolf()
    for target, mix in zip(expected["targets"], expected["mixes"], strict=True):
        found = portfolio_at(returns.mean, covariance, target, expected["lower"], expected["upper"])
        assert found.weights == pytest.approx(mix, abs=1e-6)
        assert found.residual < 1e-12
    frontier = efficient_frontier(NAMES, returns.mean, covariance, expected["lower"], expected["upper"], points=25)
    assert frontier["expected_return"][-1] == pytest.approx(expected["highest"], rel=1e-12)
    assert (np.diff(frontier["risk"], 2) >= -1e-9).all()


def test_infeasible_and_singular() -> None:
    with pytest.raises(cpm.CpmError, match=r"lower them by 0\.2"):
        portfolio_at([0.1, 0.2], [[0.04, 0], [0, 0.09]], lower=0.6)
    with pytest.raises(cpm.CpmError, match="misses them by"):
        portfolio_at([0.1, 0.2], [[0.04, 0], [0, 0.09]], target=0.5)
    with pytest.raises(cpm.FitError, match="ledoit_wolf"):
        portfolio_at([0.1, 0.2], [[0.04, 0.04], [0.04, 0.04]])
    with pytest.raises(cpm.FitError, match="no variance"):
        SegmentReturns(["a"], [[1.0]])
    with pytest.raises(cpm.DataError, match="cost"):
        SegmentReturns.from_contributions(["a"], [[1.0], [2.0]], [[1.0], [0.0]])


def test_risk_and_stress() -> None:
    alone = revenue_at_risk([100] * 400, [120] * 400, none=[0.3] * 400)
    shared = revenue_at_risk([100] * 400, [120] * 400, none=[0.3] * 400, shock=0.1)
    assert alone.value_at_risk.value == pytest.approx(1.645 * 120 * 20, rel=0.06)
    assert shared.value_at_risk.value > 1.4 * alone.value_at_risk.value
    assert shared.diversified_value_at_risk == alone.diversified_value_at_risk
    assert shared.expected_shortfall.value > shared.value_at_risk.value
    assert "value_at_risk" in repr(shared)
    table = stress_test([100, 60, 40], {"all": {"churn": 0.5, "spend": 0.1, "lose_top": 1}}, churn=[0.2, 0.4, 0.0])
    assert table["value"][0] == pytest.approx(0.9 * (40 + 40))
    with pytest.raises(cpm.CpmError, match="not price"):
        stress_test([1.0], {"x": {"price": 1}})  # type: ignore[typeddict-unknown-key]
    with pytest.raises(cpm.CpmError, match="give them"):
        stress_test([1.0], {"x": {"churn": 0.1}})
    with pytest.raises(cpm.DataError, match="none"):
        revenue_at_risk([1.0], [1.0], none=[1.5])
