"""Campaigns: whom to contact, what it did, what channels bring."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"
P = cpm.portfolio


def test_effects_equal_statsmodels() -> None:
    case = json.loads((GOLDEN / "campaigns.json").read_text())
    past = np.array(case["past"])
    adjustments: list[Any] = ["none", "cuped", "regression", "interacted"]
    for adjustment in adjustments:
        found = P.campaign_effect(case["y"], case["treated"], past, adjustment=adjustment, expected_share=0.4)
        expected = case[adjustment]
        np.testing.assert_allclose(found.effect.value, expected["effect"], rtol=1e-10)
        np.testing.assert_allclose(found.standard_error, expected["error"], rtol=1e-10)
        np.testing.assert_allclose(
            [found.effect.low, found.effect.high], [expected["low"], expected["high"]], rtol=1e-8
        )
        assert found.total.value == pytest.approx(found.effect.value * found.treated)
        assert found.treated + found.control == len(past)
    default = P.campaign_effect(case["y"], case["treated"], {"a": past[:, 0], "b": past[:, 1]})
    np.testing.assert_allclose(default.effect.value, case["interacted"]["effect"], rtol=1e-10)
    assert default.sample_ratio_p_value is None
    plain = P.campaign_effect(case["y"], case["treated"])
    assert plain.effect.value == pytest.approx(case["none"]["effect"])


def test_the_list_follows_the_profit() -> None:
    rng = np.random.default_rng(3)
    baseline = rng.uniform(0, 0.4, 500)
    response = np.minimum(baseline + rng.uniform(-0.1, 0.3, 500), 1).clip(0)
    value, cost = rng.gamma(2, 20, 500), rng.uniform(0.5, 2, 500)
    ids = np.arange(500) + 1_000
    targets = P.target_customers(response, value, cost, baseline=baseline, incentive=1.5, customer_id=ids)
    profit = (response - baseline) * value - 1.5 * response - cost
    np.testing.assert_allclose(targets.expected_profit, profit, atol=1e-12)
    np.testing.assert_array_equal(targets["row"], np.argsort(-profit, kind="stable")[: (profit > 0).sum()])
    np.testing.assert_array_equal(targets["customer_id"], targets["row"] + 1_000)
    assert targets.profit.value == pytest.approx(profit[profit > 0].sum())
    assert targets.profit.low < targets.profit.value < targets.profit.high
    assert targets.profit_of_everybody.value == pytest.approx(profit.sum())
    assert targets.curve["customers"][-1] == 500
    assert len(targets.to_table()) == targets.depth == len(targets)
    capped = P.target_customers(response, value, cost, baseline=baseline, incentive=1.5, capacity=10)
    assert (capped.depth, capped.limited_by, capped.columns) == (10, "capacity", ["row", "expected_profit"])


def test_hold_out_is_the_same_with_the_same_seed() -> None:
    targets = P.target_customers(np.linspace(0.1, 0.5, 400), 50, 1)
    first, again, other = targets.hold_out(0.25, 1), targets.hold_out(0.25, 1), targets.hold_out(0.25, 2)
    np.testing.assert_array_equal(first.hold_out, again.hold_out)
    assert set(first.hold_out) != set(other.hold_out)
    assert set(first.hold_out) | set(first.contact) == set(range(400))
    assert first.cost == pytest.approx(targets.expected_profit[first.hold_out].sum())


def test_channels() -> None:
    table = P.acquisition_by_channel([2, 2, 7, 2], [90, 120, 30, 60], {2: 150, 5: 10, 7: 0})
    assert table["channel"] == ["2", "5", "7"]
    np.testing.assert_allclose(table["cac_low"][0], 150 / 8.767_273_069_742_323, rtol=1e-9)  # SciPy: chi2
    np.testing.assert_allclose(table["mean_value_low"][0], 15.475_868_647_490_088, rtol=1e-12)  # SciPy: t
    assert np.isnan(table["cac"][1])
    assert np.isnan(table["ltv_to_cac"][2])
    np.testing.assert_array_equal(table["profit"], [120, -10, 30])
    cells = P.value_by_channel_and_cohort(["a", "a", "b", "a"], [1, 0, 1, 1], [1, 2, 3, 5], level=0.9)
    assert list(zip(cells["channel"], cells["cohort"], cells["total"], strict=True)) == [
        ("a", "0", 2),
        ("a", "1", 6),
        ("b", "1", 3),
    ]


def test_bad_campaigns_are_named() -> None:
    calls: list[tuple[str, Any]] = [
        ("`response`, row 1", lambda: P.target_customers([0.1, 1.2], 1, 1)),
        ("`baseline`, row 0", lambda: P.target_customers([0.1], 1, 1, baseline=[-1])),
        ("`value`", lambda: P.target_customers([0.1, 0.2], [1], 1)),
        ("`customer_id` has 1 rows", lambda: P.target_customers([0.1, 0.2], 1, 1, customer_id=["a"])),
        ("empty", lambda: P.target_customers([], 1, 1)),
        ("budget", lambda: P.target_customers([0.1], 1, 1, budget=-1)),
        ("share", lambda: P.target_customers([0.5, 0.5], 50, 1).hold_out(0.01)),
        ("adjustment", lambda: P.campaign_effect([1, 2, 3, 4], [1, 0, 1, 0], adjustment="cuped")),
        ("adjustment", lambda: P.campaign_effect([1, 2, 3, 4], [1, 0, 1, 0], adjustment="x")),  # type: ignore[arg-type]
        ("at least two of both", lambda: P.campaign_effect([1, 2, 3], [1, 1, 0])),
        ("`treated`, row 2", lambda: P.campaign_effect([1, 2, 3], [1, 0, 2])),
        ("spend must have every channel", lambda: P.acquisition_by_channel(["a", "b"], [1, 2], {"a": 1})),
        ("spend", lambda: P.acquisition_by_channel(["a"], [1], {"a": -1})),
        ("needs a label", lambda: P.value_by_channel_and_cohort(["a", None], [1, 2], [1, 2])),
    ]
    for message, call in calls:
        with pytest.raises(cpm.CpmError, match=message):
            call()
