"""Concentration with intervals, and in the long run."""

import json
from pathlib import Path

import numpy as np
import pytest

import cpm
from cpm.portfolio import concentration, gini, long_run_concentration, whale_curve


def test_intervals_are_those_of_resampling() -> None:
    rng = np.random.default_rng(8)
    profit = rng.gamma(0.5, 100, 600) - 20
    table = concentration(profit, [0.2], draws=1000, seed=1)
    found = dict(zip(table["measure"], zip(table["value"], table["low"], table["high"], strict=True), strict=True))
    assert "hhi" not in found
    whale = whale_curve(profit)
    assert found["peak_share"][0] == pytest.approx(whale.peak_share, rel=1e-12)
    assert found["erosion"][0] == pytest.approx(whale.peak_share - 1, rel=1e-9)
    # The Stobachoff index from the area below the whale curve.
    curve = np.concatenate([[0], np.sort(profit)[::-1].cumsum() / profit.sum()])
    area = np.trapezoid(curve, dx=1 / 600)
    assert found["stobachoff"][0] == pytest.approx((area - 0.5) / area, rel=1e-9)
    draws = np.array([whale_curve(rng.choice(profit, 600)).peak_share for _ in range(600)])
    assert found["peak_share"][1] == pytest.approx(np.quantile(draws, 0.025), abs=0.02)
    assert found["peak_share"][2] == pytest.approx(np.quantile(draws, 0.975), abs=0.03)
    revenue = concentration(profit + 20, draws=200)
    assert revenue["measure"][:3] == ["gini", "hhi", "effective_number"]
    assert revenue["value"][0] == pytest.approx(gini(profit + 20), rel=1e-12)


def test_long_run_is_mpmaths() -> None:
    golden = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "portfolio.json"
    for row in json.loads(golden.read_text())["long_run"]:
        table = long_run_concentration(row["r"], row["q"], fractions=[0.2])
        assert table["value"] == pytest.approx([row["gini"], row["top_20"]], rel=1e-7)
    interval = long_run_concentration((0.243, 0.0126))
    assert interval["low"][0] < interval["value"][0] < interval["high"][0]


def test_unusable_input_is_named() -> None:
    with pytest.raises(cpm.DataError, match="values"):
        concentration([1, np.nan])
    with pytest.raises(cpm.CpmError, match="fraction"):
        concentration([1, 2], fractions=[0])
    with pytest.raises(cpm.FitError, match="may as well be 0"):
        concentration([10, -9.9] * 100)
    with pytest.raises(cpm.FitError, match="q = 0"):
        long_run_concentration(1.0, 0.5)
