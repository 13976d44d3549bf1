"""Bad input of the portfolio functions: each case is refused with the fault and the remedy, or has a defined answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cpm

p = cpm.portfolio
RESPONSE = p.Response.exponential(ceiling=10, rate=0.1)
TWO_MOVES = [["a", "b"], ["b", "a"]]

CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "negative profits": (lambda: p.gini([-1, 2, 3]), "row 0: -1 .* for profits"),
    "negative profits, index": (lambda: p.hhi([-1, 2]), "row 0: -1"),
    "all at a loss": (lambda: p.whale_curve([-1, -2]), "shares exist only of a positive sum"),
    "zero revenue": (lambda: p.gini([0, 0]), "sum of values = 0"),
    "zero revenue, growth": (lambda: p.growth_bridge([0, 0], [0, 0]), "Choose periods in which customers bought"),
    "zero revenue, stress": (lambda: p.stress_test([0, 0], {"a": {"spend": 0.1}}), "positive value"),
    "zero revenue, risk": (lambda: p.revenue_at_risk([0, 0], [0, 0]), "customers of whom revenue is expected"),
    "no customers": (lambda: p.aggregate_segments([], least=5), "Give one row per customer"),
    "no answers": (lambda: p.nps([]), "one answer per customer"),
    "empty segment": (lambda: p.equity_of_values([1, 2], ["a", ""]), "every row needs a label"),
    "one date": (lambda: p.migration_matrix([["a", "b"]]), "the states at two dates or more"),
    "one move": (lambda: p.migration_matrix(TWO_MOVES).stationarity_test(), "three dates or more"),
    "one period": (lambda: p.SegmentReturns(["a", "b"], [[0.1, 0.2]]).risk([0.5, 0.5]), "at least two periods"),
    "singular covariance": (
        lambda: p.efficient_frontier(["a", "b"], [0.1, 0.1], [[1, 1], [1, 1]]),
        "singular.* Shrink it",
    ),
    "bounds beyond the budget": (
        lambda: p.efficient_frontier(["a", "b"], [0.1, 0.2], [[1, 0], [0, 1]], lower=[0.6, 0.6], upper=[1, 1]),
        "lower them by 0.2",
    ),
    "return out of reach": (lambda: p.portfolio_at([0.1, 0.2], [[1, 0], [0, 1]], target=0.5), "misses them by 0.3"),
    "budget too small": (
        lambda: p.allocate_budget({"a": RESPONSE, "b": RESPONSE}, budget=5, minimum=4),
        "`budget` .*at least 8 is needed, 5 is allowed, 3 too little",
    ),
    "limit too small": (
        lambda: p.allocate_budget({"a": RESPONSE}, budget=50, minimum=20, limits={"hours": ([1.0], 10)}),
        "`hours` .*10 too little",
    ),
    "probability, campaign": (lambda: p.target_customers([1.2], 10, 1), "between 0 and 1"),
    "probability, pipeline": (lambda: p.weighted_pipeline([-0.1], [10]), "between 0 and 1"),
    "probability, offers": (lambda: p.rank_offers([[1.5]], margin=1), "between 0 and 1"),
    "probability, risk": (lambda: p.revenue_at_risk([1], [1], none=[2]), "between 0 and 1"),
    "probability, matrix": (
        lambda: p.TransitionMatrix.from_probabilities(["a", "b"], [[1.2, -0.2], [0, 1]]),
        "between 0 and 1",
    ),
    "survivors who return": (lambda: p.cash_path(10, [1, 1.2]), "the share before"),
    "probability, strategies": (
        lambda: p.suggest_treatments(["a"], [1], [1.4], p.StrategyTable.suggested()),
        "between 0 and 1",
    ),
    "lengths, growth": (lambda: p.growth_bridge([1], [1, 2]), "`after` has 2 rows, but `before` has 1"),
    "lengths, weights": (lambda: p.nps([1, 2], weights=[1]), "`weights` has 1 rows"),
    "lengths, campaign": (lambda: p.campaign_effect([1, 2, 3], [True]), "`treated` has 1 rows"),
    "lengths, frontier": (lambda: p.efficient_frontier(["a"], [0.1, 0.2], [[1, 0], [0, 1]]), "`segments` has 1 rows"),
    "not a number": (lambda: p.gini([1, np.nan]), "row 1: NaN"),
    "a unit at a loss": (lambda: p.break_even(price=5, variable_cost=6, fixed_cost=1), "no volume breaks even"),
    "a channel without cost": (lambda: p.acquisition_by_channel(["a"], [1.0], {"b": 5}), "Add it to spend"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_names_the_fault_and_the_remedy(case: str) -> None:
    run, message = CASES[case]
    with pytest.raises(cpm.CpmError, match=message):
        run()


def test_what_looks_bad_but_has_an_answer() -> None:
    assert p.normalised_gini([-1, 2, 3]) == pytest.approx(16 / 27)
    assert p.whale_curve([-1, 2, 3])["share_of_profit"].max() == pytest.approx(1.25)
    assert p.growth_bridge([0, 0], [5, 0]).net_retention is None
