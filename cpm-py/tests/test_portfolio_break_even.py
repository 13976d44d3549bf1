"""Break-even of profit and of cash."""

import json
from pathlib import Path

import numpy as np
import pytest

import cpm
from cpm.portfolio import break_even, break_even_response_rate, cash_path, volume_cost_profit


def test_by_volume() -> None:
    result = break_even(12.5, 7.5, 2000, 1000, non_cash_cost=500, debt_service=250, capital_expenditure=1000)
    figures = dict(zip(result["metric"], result["value"].tolist(), strict=True))
    assert figures["volume"] == 400
    assert figures["cash_volume"] == 550
    assert figures["margin_of_safety"] == 0.6
    assert figures["cash_margin_of_safety"] == 0.45
    assert figures["operating_leverage"] == pytest.approx(1 / 0.6)
    assert result.contribution.value == 5
    uncertain = break_even((12.5, 0.2), (7.5, 0.3), 2000, 500, seed=4)
    low, high = uncertain.volume.low, uncertain.volume.high
    assert low is not None
    assert high is not None
    assert low < 400 < high
    assert uncertain.probability_of_profit is not None
    assert 0.9 < uncertain.probability_of_profit < 1
    table = volume_cost_profit(np.array([0, 400, 1000]), 12.5, (7.5, 0.5), 2000)
    assert table["profit"].tolist() == [-2000, 0, 3000]
    assert (table["profit_low"] <= table["profit"]).all()
    assert break_even_response_rate(0.8, (40, 5), fixed_cost=3000, contacts=10_000).value == pytest.approx(0.0275)


def test_cash_path_is_the_ledger() -> None:
    golden = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "portfolio.json"
    expected = json.loads(golden.read_text())["programme"]
    path = cash_path(
        expected["acquired"],
        expected["survival"],
        cost_per_acquisition=35,
        upfront_cost=500,
        fixed_cost=60,
        revenue=14,
        variable_cost=6,
        collection_lag=1.5,
        payment_lag=0.25,
        discount_rate=0.02,
        credit_limit=5000,
        start="2026-11-01",
    )
    assert path["cumulative_cash"] == pytest.approx(expected["cumulative_cash"], rel=1e-12)
    assert path["cumulative_profit"] == pytest.approx(expected["cumulative_profit"], rel=1e-12)
    assert path.npv.value == pytest.approx(expected["npv"], rel=1e-12)
    assert path["label"][2] == "2027-01"
    assert path.verdict == "breaks_credit_limit"
    assert path.credit_headroom is not None
    assert path.credit_headroom.value == pytest.approx(-1005)
    assert path.first_breach == 1
    assert path.probability_of_breach == 1
    assert path.largest_scale is not None
    assert 0 < path.largest_scale < 1
    assert "npv" in path.figures["metric"]


def test_a_model_gives_survival_with_its_errors() -> None:
    renewals = cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593, 551, 517, 491]])
    curve = cpm.ShiftedBetaGeometric().fit(renewals).curve(24)
    survival, errors = curve["survival"], (curve["survival_high"] - curve["survival_low"]) / 3.92
    path = cash_path(
        1000, survival, survival_errors=errors, cost_per_acquisition=80, revenue=(15, 0.5), variable_cost=5
    )
    assert path.npv.low < path.npv.value < path.npv.high
    assert path.cash_break_even.value is not None


def test_unusable_inputs_are_named() -> None:
    with pytest.raises(cpm.CpmError, match="no volume breaks even"):
        break_even(5, 6, 100)
    with pytest.raises(cpm.CpmError, match="fixed cost is spread"):
        break_even_response_rate(1, 10, fixed_cost=5)
    with pytest.raises(cpm.DataError, match="survivors"):
        cash_path(1, [1.0, 1.2], revenue=1)
    with pytest.raises(cpm.DataError, match="acquired"):
        cash_path([1, -1], [1.0, 0.9], revenue=1)
    with pytest.raises(cpm.CpmError, match="credit_limit"):
        cash_path(1, [1.0], revenue=1, credit_limit=-5)
    with pytest.raises(cpm.CpmError, match="100 draws"):
        cash_path(1, [1.0], revenue=1, draws=5)
    with pytest.raises(cpm.CpmError, match="week, month, quarter"):
        cash_path(1, [1.0], revenue=1, start="2026-01-01", period="year")  # type: ignore[arg-type]
