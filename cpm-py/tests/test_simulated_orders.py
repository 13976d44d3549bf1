"""Simulated exports: the quality report finds the noise that was put in, and the truth is what the log says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

NOISE: dict[str, Any] = {
    "duplicates": 0.04,
    "missing_customers": 0.03,
    "missing_dates": 0.02,
    "unparsable_dates": 0.02,
    "missing_amounts": 0.02,
    "unparsable_amounts": 0.02,
    "future_dates": 0.01,
    "mixed_case": 0.05,
    "returns": 0.1,
}
PLAN: dict[str, Any] = {"customers": 300, "start": "2024-01-01", "end": "2025-06-30", "acquired_over": 91, "seed": 5}


@pytest.fixture(scope="module")
def spending() -> cpm.GammaGamma:
    return cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)


@pytest.fixture(scope="module")
def buyers() -> cpm.ParetoNbd:
    return cpm.ParetoNbd.from_params(r=0.9, alpha=8.0, s=0.6, beta=12.0)


def test_a_file_with_every_defect(buyers: cpm.ParetoNbd, spending: cpm.GammaGamma, tmp_path: Path) -> None:
    orders = cpm.simulate_orders(buyers, spending, **PLAN, **NOISE)
    assert len(orders.defects) == 7
    orders.write_csv(tmp_path / "orders.csv")
    log = cpm.TransactionLog.read(
        tmp_path / "orders.csv",
        customer="customer",
        date="date",
        amount="amount",
        on_error="exclude",
        duplicates="drop",
        returns="net",
        end="2025-06-30",
        aliases=orders.aliases,
    )
    assert log.quality.excluded == orders.defects
    assert log.quality.rows_kept == orders.good_rows
    assert log.quality.rows_read == len(orders) == orders.good_rows + sum(orders.defects.values())
    assert log.quality.aliases_found == len(orders.aliases)
    assert log.customers == 300
    truth = orders.truth()
    np.testing.assert_allclose(log.quality.total_amount, truth["amount"].sum(), rtol=1e-12)
    assert truth["purchases"].sum() + truth["returns"].sum() == orders.good_rows
    same = orders.read()
    assert same.quality.excluded == orders.defects
    assert same.rows == log.rows


@pytest.mark.parametrize(
    "model",
    [
        cpm.BgNbd.from_params(r=0.6, alpha=6, a=0.8, b=2.4),
        cpm.MbgNbd.from_params(r=0.6, alpha=6, a=0.8, b=2.4),
        cpm.Nbd.from_params(r=0.6, alpha=6),
        cpm.ParetoNbd.from_params(r=0.6, alpha=6, s=0.6, beta=12),
        cpm.GGompertzNbd.from_params(r=0.6, alpha=6, b=0.02, s=0.6, beta=3),
        cpm.BgCnbd.from_params(k=2, r=0.6, alpha=6, a=0.8, b=2.4),
        cpm.MbgCnbd.from_params(k=2, r=0.6, alpha=6, a=0.8, b=2.4),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_model(model: cpm.PurchaseModel, spending: cpm.GammaGamma) -> None:
    orders = cpm.simulate_orders(model, spending, **(PLAN | {"customers": 40}), **NOISE)
    assert orders.read().quality.excluded == orders.defects
    again = cpm.simulate_orders(model, spending, **(PLAN | {"customers": 40}), **NOISE)
    assert again.to_table().to_dict() == orders.to_table().to_dict()


def test_seasons(spending: cpm.GammaGamma) -> None:
    model = cpm.Nbd.from_params(r=2, alpha=4)
    plan = PLAN | {"start": "2023-01-01", "end": "2024-12-31", "acquired_over": 0}
    orders = cpm.simulate_orders(model, spending, **plan, seasonality=[1.0] * 11 + [4.0])
    table = cpm.portfolio.activity_panel(orders.read(), merge_within="nothing").to_table()
    months = np.array([period[5:] for period in table["period"]])
    december = table["orders"][months == "12"].sum()
    june = table["orders"][months == "06"].sum()
    assert 3.3 < december / june < 4.9  # 4 times 31/30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seasonality": [1.0, 2.0]}, "one value per month"),
        ({"seasonality": [0.0] * 12}, "seasonality"),
        ({"returns": 1.5}, "returns"),
        ({"return_days": 0.0, "returns": 0.1}, "mean_days"),
        ({"duplicates": -0.1}, "duplicate"),
        ({"mixed_case": float("nan")}, "mixed_case"),
        ({"customers": 0}, "customers"),
        ({"end": "2020-01-01"}, "end"),
    ],
)
def test_bad_arguments(buyers: cpm.ParetoNbd, spending: cpm.GammaGamma, change: dict[str, Any], message: str) -> None:
    with pytest.raises(cpm.CpmError, match=message):
        cpm.simulate_orders(buyers, spending, **(PLAN | change))


def test_unfitted(spending: cpm.GammaGamma) -> None:
    with pytest.raises(cpm.CpmError, match="fit"):
        cpm.simulate_orders(cpm.BgNbd(), spending, **PLAN)
