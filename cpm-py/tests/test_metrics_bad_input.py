"""Every function of cpm.portfolio with each of its columns spoiled: a typed error that names the fault."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cpm

p = cpm.portfolio
LOG = cpm.datasets.cdnow()
CUSTOMERS = cpm.CustomerSummary(
    frequency=[2.0, 0.0, 5.0], recency=[30.0, 0.0, 37.0], T=[38.0, 38.0, 38.0], monetary_value=[20.0, 0.0, 35.0]
)
MODEL = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
BASKETS = p.Baskets([0, 0, 1, 1, 2, 2], ["a", "b", "a", "b", "a", "c"])
FEW = {"draws": 100}

#: A call of each function that works. Lists are its columns.
GOOD: dict[str, dict[str, Any]] = {
    "acquisition_by_channel": {"channel": ["a", "a", "b"], "value": [9.0, 12.0, 30.0], "spend": {"a": 15, "b": 10}},
    "activity_panel": {"log": LOG},
    "aggregate_segments": {"segment": ["a"] * 12, "measures": {"value": [1.0] * 12}, "least": 10},
    "allocate_budget": {"responses": {"a": p.Response.exponential(ceiling=10, rate=0.1)}, "budget": 5},
    "association_rules": {"itemsets": p.frequent_itemsets(BASKETS, 0.1)},
    "break_even": {"price": 20, "variable_cost": 12, "fixed_cost": 4000, **FEW},
    "break_even_response_rate": {"cost_per_contact": 1.0, "margin_per_response": 20.0, **FEW},
    "campaign_effect": {"outcome": [1.0, 3.0, 2.0, 5.0, 4.0], "treated": [True, False, True, False, True]},
    "cash_path": {"acquired": [100.0, 50.0], "survival": [1.0, 0.9, 0.8], "revenue": 50, **FEW},
    "ces": {"answers": [5.0, 6.0, 7.0]},
    "close_clv_gap": {
        "margin": 25, "purchases": 4, "retention": 0.8, "discount": 0.1, "rise": 0.15,
        "limits": (40, 6, 0.95), **FEW,
    },
    "close_gap": {"metric": lambda a: a, "levers": {"a": (1.0, 3.0)}, "target": 2.0},
    "cohort_retention": {"log": LOG},
    "cohort_table": {
        "customer_id": [1, 1, 2], "date": ["2026-01-05", "2026-02-20", "2026-01-09"], "revenue": [1.0, 2.0, 3.0],
        "profit": [0.5, 1.0, 1.5],
    },
    "concentration": {"values": [float(i % 7 + 1) for i in range(60)], **FEW},
    "contact_policy": {
        "states": ["a", "b"],
        "actions": {"mail": ([[0.5, 0.5], [0.2, 0.8]], [5.0, 1.0]), "none": ([[0.3, 0.7], [0.1, 0.9]], [4.0, 0.0])},
        "discount_rate": 0.1,
    },
    "csat": {"answers": [5.0, 4.0, 3.0]},
    "customer_based_valuation": {
        "existing": 1000.0, "existing_survival": [0.9, 0.8], "acquired": [100.0, 90.0], "survival": [1.0, 0.8],
        "spend": [50.0, 51.0], "margin": 0.4, "wacc": 0.1, **FEW,
    },
    "customer_equity": {
        "model": MODEL, "spend": SPEND, "customers": CUSTOMERS, "groups": ["a", "b", "a"], "horizon": 52,
    },
    "detractor_value": {"answers": [9.0, 3.0, 8.0], "values": [10.0, 20.0, 5.0]},
    "efficient_frontier": {"segments": ["a", "b"], "mean": [0.3, 0.2], "covariance": [[0.09, 0.01], [0.01, 0.04]]},
    "equity_of_values": {"value": [1.0, 2.0, 3.0], "groups": ["a", "b", "a"], "standard_deviation": [0.1, 0.2, 0.3]},
    "export_audience": {"consent": [True, False, True], "email": ["a@b.org", "b@b.org", "c@b.org"]},
    "frequent_itemsets": {"baskets": BASKETS, "min_support": 0.1},
    "future_equity": {"customers": [100.0, 90.0], "value": 50, "cost": 30, **FEW},
    "gini": {"values": [1.0, 2.0, 3.0]},
    "growth_bridge": {"before": [1.0, 2.0, 0.0], "after": [2.0, 0.0, 1.0], "earlier": [True, True, False]},
    "growth_by_period": {"log": LOG},
    "hash_emails": {"email": ["a@b.org", "c@b.org"]},
    "hhi": {"values": [1.0, 2.0, 3.0]},
    "item_similarity": {"baskets": BASKETS},
    "long_run_concentration": {"r": 0.5, "q": 3.7, **FEW},
    "lorenz": {"values": [1.0, 2.0, 3.0]},
    "ltv_to_cac": {"value": 120, "cost": 40, **FEW},
    "migration_matrix": {"dates": [["a", "b", "a"], ["b", "b", "a"]]},
    "normalised_gini": {"values": [-1.0, 2.0, 3.0]},
    "nps": {"answers": [9.0, 3.0, 8.0], "weights": [1.0, 2.0, 1.5]},
    "nps_by_value_tier": {"answers": [9.0, 3.0, 8.0, 7.0], "values": [10.0, 20.0, 5.0, 1.0], "tiers": 2},
    "payback": {"margin": [10.0, 10.0], "survival": [1.0, 0.8], "cost": 15, **FEW},
    "portfolio_at": {"mean": [0.3, 0.2], "covariance": [[0.09, 0.01], [0.01, 0.04]], "target": 0.25},
    "post_stratification_weights": {"strata": ["a", "b", "a"], "customers": {"a": 100, "b": 300}},
    "pseudonyms": {"customer_id": [1, 2], "key": b"0123456789abcdef"},
    "rank_offers": {"probability": [[0.5, 0.4], [0.2, 0.1]], "margin": [10.0, 12.0], "cost": [0.5, 0.5]},
    "referral_value": {
        "referrer": ["a", "b"], "period": [0.0, 1.0], "margin": [100.0, 90.0], "referral_cost": [10.0, 0.0],
        "marketing_cost": [5.0, 5.0], "acquisition_saving": [15.0, 15.0], "incremental": [1.0, 0.0], "rate": 0.1,
    },
    "repeat_purchases": {
        "customer": [i % 12 for i in range(60)], "product": ["a" if i % 3 else "b" for i in range(60)],
        "date": [f"2026-0{1 + i // 12}-{1 + (i * 7) % 27:02}" for i in range(60)], "as_of": "2026-06-01",
    },
    "revenue_at_risk": {
        "mean": [100.0, 80.0], "standard_deviation": [90.0, 120.0], "none": [0.3, 0.4], "draws": 500,
    },
    "satisfaction_drivers": {
        "ratings": {"speed": [float(i * 7 % 5) for i in range(30)], "price": [float(i * 11 % 7) for i in range(30)]},
        "overall": [float(i * 3 % 8) for i in range(30)],
    },
    "score_by_group": {"answers": [9.0, 3.0, 8.0, 7.0], "groups": ["a", "a", "b", "b"]},
    "stage_conversion": {
        "stage": ["lead", "offer", "offer"], "state": ["lost", "won", "open"], "stages": ["lead", "offer"], **FEW,
    },
    "stress_test": {"value": [10.0, 20.0], "scenarios": {"less": {"churn": 0.1}}, "churn": [0.1, 0.2]},
    "suggest_treatments": {
        "segment": ["a", "b"], "value": [1.0, 2.0], "risk": [0.1, 0.9], "strategies": p.StrategyTable.suggested(),
    },
    "target_customers": {"response": [0.3, 0.1], "value": [20.0, 30.0], "cost": 1.0, "baseline": [0.1, 0.05]},
    "top_share": {"values": [1.0, 2.0, 3.0], "fraction": 0.2},
    "value_bridge": {
        "before": [100.0, 50.0, 0.0], "after_same_model": [120.0, 5.0, 9.0], "after": [126.0, 5.0, 8.0],
        "acquired": [False, False, True], "purchased": [True, False, True], "lost": [False, True, False],
    },
    "value_by_channel_and_cohort": {"channel": ["a", "b"], "cohort": ["x", "x"], "value": [1.0, 2.0]},
    "volume_cost_profit": {"volumes": [0.0, 400.0], "price": 20, "variable_cost": 12, "fixed_cost": 4000, **FEW},
    "weighted_pipeline": {"probability": [0.5, 0.1], "value": [1000.0, 400.0], "cost": [50.0, 60.0]},
    "whale_curve": {"values": [-1.0, 2.0, 3.0]},
}  # fmt: skip

#: Shorter by a row, these are still whole: each has a length of its own.
OWN_LENGTH = {
    ("customer_based_valuation", "existing_survival"),
    ("cash_path", "acquired"),
    ("cash_path", "survival"),
    ("stage_conversion", "stages"),
    ("rank_offers", "probability"),
}
#: Text without an address is counted, not refused; a date without labels leaves its customers out.
COUNTED = {("hash_emails", "email"), ("export_audience", "email"), ("migration_matrix", "dates")}
#: What may be empty: nobody need be there before.
MAY_BE_EMPTY = {("cash_path", "acquired")}


def columns(number: bool = False) -> list[tuple[str, str]]:
    """Function and argument of every list; only of numbers if asked."""
    found = [(name, argument) for name, good in GOOD.items() for argument, v in good.items() if isinstance(v, list)]
    return [(n, a) for n, a in found if not number or isinstance(GOOD[n][a][0], float)]


def call(name: str, **changed: Any) -> Any:
    return getattr(p, name)(**{**GOOD[name], **changed})


def refused(run: Callable[[], Any]) -> str:
    with pytest.raises(cpm.CpmError) as caught:
        run()
    message = str(caught.value)
    assert len(message) > 30, message
    return message


def test_every_function_is_here_and_works() -> None:
    assert set(GOOD) == {name for name in p.__all__ if name[0].islower()}
    for name in GOOD:
        assert call(name) is not None


@pytest.mark.parametrize(("name", "argument"), columns(number=True))
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_number_that_is_none_is_named_with_its_row(name: str, argument: str, wrong: float) -> None:
    values = [*GOOD[name][argument][:-1], wrong]
    message = refused(lambda: call(name, **{argument: values}))
    assert f"row {len(values) - 1}" in message


@pytest.mark.parametrize(
    ("name", "argument"),
    [c for c in columns() if c not in OWN_LENGTH and sum(name == c[0] for name, _ in columns()) > 1],
)
def test_columns_of_different_lengths_are_named(name: str, argument: str) -> None:
    refused(lambda: call(name, **{argument: GOOD[name][argument][:-1]}))


@pytest.mark.parametrize(("name", "argument"), [c for c in columns() if c not in MAY_BE_EMPTY])
def test_nothing_is_no_input(name: str, argument: str) -> None:
    empty = {a: [] for n, a in columns() if n == name}
    if (name, argument) in COUNTED and name == "hash_emails":
        assert call(name, **empty) == []
        return
    refused(lambda: call(name, **empty))


@pytest.mark.parametrize("name", [n for n in GOOD if "level=" in (getattr(p, n).__text_signature__ or "")])
@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_a_level_is_a_probability(name: str, level: float) -> None:
    assert "level" in refused(lambda: call(name, level=level))


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("weighted_pipeline", "probability"),
        ("target_customers", "response"),
        ("target_customers", "baseline"),
        ("suggest_treatments", "risk"),
        ("stress_test", "churn"),
        ("revenue_at_risk", "none"),
        ("referral_value", "incremental"),
        ("payback", "survival"),
        ("cash_path", "survival"),
        ("customer_based_valuation", "survival"),
        ("customer_based_valuation", "existing_survival"),
    ],
)
@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_a_probability_lies_between_0_and_1(name: str, argument: str, wrong: float) -> None:
    values = [wrong, *GOOD[name][argument][1:]]
    message = refused(lambda: call(name, **{argument: values}))
    assert "row 0" in message
    assert argument in message


def test_currencies_are_not_mixed() -> None:
    table = {"who": [1, 1], "when": ["2026-01-05", "2026-02-20"], "much": [1.0, 2.0], "currency": ["EUR", "USD"]}
    read = cpm.TransactionLog.from_table
    message = refused(lambda: read(table, customer="who", date="when", amount="much", currency="currency"))
    assert "EUR" in message
    assert "USD" in message
    assert "exchange_rates" in message
