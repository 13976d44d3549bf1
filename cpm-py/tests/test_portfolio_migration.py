"""Migration between segments: counts, tests, steady state, time in stage, value, policy."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cpm
from cpm.portfolio import TransitionMatrix, contact_policy, migration_matrix

STATES = ["a", "b", "c"]


@pytest.fixture(scope="module")
def expected() -> Any:
    path = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "portfolio.json"
    return json.loads(path.read_text())["migration"]


def test_against_scipy_and_numpy(expected: Any) -> None:
    matrix = TransitionMatrix.from_counts(STATES, expected["periods"])
    test = matrix.stationarity_test()
    assert test.statistic == pytest.approx(expected["statistic"], rel=1e-12)
    assert test.p_value == pytest.approx(expected["p_value"], rel=1e-9)
    assert matrix.steady_state()["share"] == pytest.approx(expected["steady"], rel=1e-12)
    chain = matrix.absorbing(["c"])
    assert chain["time"] == pytest.approx(expected["time"], rel=1e-12)
    assert chain["standard_deviation"] ** 2 == pytest.approx(expected["variance_of_time"], rel=1e-12)
    value = matrix.value(expected["rewards"], discount_rate=0.1)
    assert value["value"] == pytest.approx(expected["value"], rel=1e-12)
    smoothed = TransitionMatrix.from_counts(STATES, expected["periods"], prior=0.5, level=expected["level"])
    assert smoothed["low"].reshape(3, 3) == pytest.approx(np.array(expected["posterior_low"]), rel=1e-7)
    assert smoothed.level == expected["level"]


def test_labels_of_any_kind() -> None:
    text = migration_matrix([["1", "2", "2"], ["2", "2", "1"]])
    for dates in (
        [[1, 2, 2], [2, 2, 1]],
        [np.array([1, 2, 2]), np.array([2, 2, 1], dtype="int32")],
        [pd.Series([1.0, 2, 2]), pd.Series(["2", "2", "1"], dtype="category")],
    ):
        assert (migration_matrix(dates).probabilities == text.probabilities).all()
    gaps = migration_matrix([[1, 2, 2, None, 1], [2, 2, 1, 1, float("nan")]])
    assert (gaps.probabilities == text.probabilities).all()
    assert gaps.left_out == 2
    assert gaps.periods is not None
    assert gaps.periods["count"].sum() == 3
    assert np.allclose(text.after(2), text.probabilities @ text.probabilities)


def test_unusable_input_is_named() -> None:
    with pytest.raises(cpm.DataError, match="rows"):
        migration_matrix([["a", "b"], ["a"]])
    with pytest.raises(cpm.DataError, match="one of the states"):
        migration_matrix([["a", "q"], ["a", "b"]], states=["a", "b"])
    with pytest.raises(cpm.DataError, match="text or a whole number"):
        migration_matrix([[1, 1.5], [1, 2]])
    with pytest.raises(cpm.FitError, match="prior above 0"):
        migration_matrix([["a", "a"], ["a", "b"]])
    with pytest.raises(cpm.CpmError, match="two dates"):
        migration_matrix([["a", "b"]])
    with pytest.raises(cpm.CpmError, match="whole numbers"):
        TransitionMatrix.from_counts(["a", "b"], [[[1.5, 1], [1, 1]]])
    known = TransitionMatrix.from_probabilities(["a", "b"], [[0.5, 0.5], [0, 1]])
    assert known.periods is None
    with pytest.raises(cpm.FitError, match="given, not counted"):
        known.stationarity_test()
    with pytest.raises(cpm.CpmError, match="horizon"):
        known.value([1, 0], discount_rate=0)
    with pytest.raises(cpm.CpmError, match="between 0 and 1"):
        TransitionMatrix.from_probabilities(["a", "b"], [[1.5, -0.5], [0, 1]])
    with pytest.raises(cpm.CpmError, match="sum to 1"):
        contact_policy(["a", "b"], {"x": ([[0.5, 0.6], [0, 1]], [1, 0])}, discount_rate=0.1)


def test_policy_is_worth_at_least_each_action_alone() -> None:
    rng = np.random.default_rng(3)
    actions = {str(k): (rng.dirichlet(np.ones(4), 4), rng.normal(0, 5, 4)) for k in range(3)}
    best = contact_policy(list("abcd"), actions, discount_rate=0.05)
    for probabilities, rewards in actions.values():
        alone = np.linalg.solve(np.eye(4) - probabilities / 1.05, rewards)
        assert (best["value"] >= alone - 1e-9).all()


def test_whole_numbers_are_labels_like_their_text() -> None:
    first, second = [10, 2, 10, 2], [2, 2, 10, 10]
    numbers = cpm.portfolio.migration_matrix([np.array(first), np.array(second)])
    text = cpm.portfolio.migration_matrix([[str(k) for k in first], [str(k) for k in second]])
    assert numbers["from"] == text["from"] == ["2", "2", "10", "10"]
    np.testing.assert_array_equal(numbers["count"], text["count"])
