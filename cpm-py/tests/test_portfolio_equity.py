"""Customer equity: groups, future cohorts, payback, valuation, value bridge."""

import json
from pathlib import Path

import numpy as np
import pytest

import cpm
from cpm.portfolio import (
    customer_based_valuation,
    customer_equity,
    future_equity,
    ltv_to_cac,
    payback,
    value_bridge,
)


def test_groups_add_up(customers: cpm.CustomerSummary, model: cpm.BgNbd, spend: cpm.GammaGamma) -> None:
    labels = np.where(customers.frequency > 0, "repeat", "once")
    equity = customer_equity(model, spend, customers, labels, horizon=52, discount_rate=0.1, margin=0.3)
    value = cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=0.1, margin=0.3)
    assert equity["group"] == ["once", "repeat"]
    assert equity["value"][1] == pytest.approx(value["value"][labels == "repeat"].sum(), rel=1e-12)
    assert equity.total == value.total
    with pytest.raises(cpm.DataError, match="rows"):
        customer_equity(model, spend, customers, labels[1:], horizon=52)


def test_new_customers() -> None:
    future = future_equity([100, 0, 200], value=(50, 2), cost=30, discount_rate=0.1)
    assert future.total.value == pytest.approx(20 * (100 / 1.1 + 200 / 1.331))
    assert future["value"].sum() == pytest.approx(future.total.value)
    assert ltv_to_cac(120, 40).value == 3
    survival = 0.8 ** np.arange(12)
    assert payback(10, survival, cost=33.0).value == 4
    assert payback([10] * 12, survival, cost=(33, 2)).low == 3
    assert payback(10, survival, cost=60).value is None
    with pytest.raises(cpm.CpmError, match="cost"):
        ltv_to_cac(1, 0)


def test_valuation_is_numpys() -> None:
    golden = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "portfolio.json"
    e = json.loads(golden.read_text())["valuation"]
    valuation = customer_based_valuation(
        e["existing"],
        e["old"],
        e["acquired"],
        e["survival"],
        e["spend"],
        margin=0.35,
        wacc=0.1,
        cost_per_acquisition=50,
        fixed_cost=20_000,
        tax_rate=0.25,
        reinvestment=0.05,
        revenue_before=550_000,
        terminal_growth=0.02,
        net_debt=100_000,
        churn_error=0.05,
    )
    assert valuation.operating_value.value == pytest.approx(e["value"], rel=1e-12)
    assert valuation.operating_value.low < e["value"] < valuation.operating_value.high
    assert valuation["free_cash_flow"] == pytest.approx(e["cash"], rel=1e-10)
    table = valuation.sensitivities
    assert table["value_if_higher"][table["input"].index("churn")] == pytest.approx(e["churn_higher"], rel=1e-10)
    assert valuation.equity_value.value == pytest.approx(e["value"] - 100_000, rel=1e-12)
    parts = valuation.existing_customers + valuation.new_customers + valuation.firm_level
    assert parts == pytest.approx(e["value"], rel=1e-12)
    with pytest.raises(cpm.CpmError, match="below the cost of capital"):
        customer_based_valuation(1, [0.9], [1], [1.0], [1], margin=0.5, wacc=0.05, terminal_growth=0.06)


def test_bridge_of_a_log_adds_up(log: cpm.TransactionLog, model: cpm.BgNbd, spend: cpm.GammaGamma) -> None:
    first, second = log.summarize(as_of="1997-09-30"), log.summarize(as_of="1998-06-30")
    new_model, new_spend = cpm.BgNbd().fit(second), cpm.GammaGamma().fit(second)

    def value(m: cpm.BgNbd, s: cpm.GammaGamma, of: cpm.CustomerSummary) -> np.ndarray:
        return np.asarray(cpm.lifetime_value(m, s, of, horizon=52, discount_rate=0.1)["value"])

    assert first.customer_id == second.customer_id
    before, same, after = value(model, spend, first), value(model, spend, second), value(new_model, new_spend, second)
    lost = model.probability_alive(second) < 0.1
    bridge = value_bridge(before, same, after, np.zeros(len(first)), second.frequency > first.frequency, lost)
    assert bridge["amount"][:6].sum() == pytest.approx(bridge["amount"][6], rel=1e-12)
    assert bridge["amount"][0] == pytest.approx(before.sum(), rel=1e-12)
    assert bridge.change == pytest.approx(after.sum() - before.sum(), rel=1e-9)
    assert bridge["amount"][4] < 0
    with pytest.raises(cpm.DataError, match="no value then"):
        value_bridge([1], [1], [1], [1], [0], [0])
