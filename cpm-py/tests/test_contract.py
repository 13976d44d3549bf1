"""The lines that the project promises: they must run as they are written in its design."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm


def test_reading(orders_csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(orders_csv.parent)
    log = cpm.TransactionLog.read("orders.csv", customer="customer_id", date="date", amount="amount")
    assert (log.customers, log.rows) == (2, 4)
    assert str(log.quality).startswith("Transaction log: orders.csv")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "duckdb"])
def test_reading_a_table(orders: dict[str, list[Any]], library: str) -> None:
    module = pytest.importorskip(library)
    if library == "duckdb":
        columns = ", ".join(f"unnest({values}) as {name}" for name, values in orders.items())
        table = module.sql(f"select {columns}")
    else:
        table = module.table(orders) if library == "pyarrow" else module.DataFrame(orders)
    log = cpm.TransactionLog.from_table(table, customer="customer_id", date="date", amount="amount")
    assert (log.customers, log.rows, log.quality.total_amount) == (2, 4, 70.5)


def test_summary_and_split() -> None:
    log = cpm.datasets.cdnow()
    assert cpm.datasets.cdnow(full=True).customers == 23_570
    customers = log.summarize(as_of="1997-09-30", time_unit="week", merge_within="day")
    again = cpm.CustomerSummary(
        frequency=customers.frequency,
        recency=customers.recency,
        T=customers.T,
        monetary_value=customers.monetary_value,
        customer_id=customers.customer_id,
    )
    assert again.to_table()["recency"].tolist() == customers.recency.tolist()
    calibration, holdout = log.split(calibration_end="1997-09-30", observation_end="1998-06-30", time_unit="week")
    assert len(calibration) == len(holdout) == 2_357
    assert holdout.duration == 39.0


def test_models(tmp_path: Path) -> None:
    customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    model: Any = cpm.BgNbd().fit(customers)
    given = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    assert given.params == {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    facts = (model.params, model.log_likelihood, model.standard_errors, model.aic, model.bic, model.convergence)
    assert all(fact is not None for fact in facts)
    assert (given.log_likelihood, given.standard_errors, given.convergence) == (None, None, None)
    for scores in (
        model.log_likelihood_per_customer(customers),
        model.probability_alive(customers),
        model.expected_purchases(customers, horizon=39),
        model.probability_no_purchase(customers, horizon=39),
    ):
        assert scores.shape == (2_357,)
        assert np.isfinite(scores).all()
    assert model.expected_purchases_new_customer(horizon=39) > 0

    path = tmp_path / "model.json"
    model.save(path)
    loaded = cpm.load_model(path)
    assert isinstance(loaded, cpm.BgNbd)
    assert loaded.params == model.params
    assert loaded.predict_new_customer(39) == model.predict_new_customer(39)

    spend = cpm.GammaGamma().fit(customers)
    assert spend.expected_spend(customers).shape == (2_357,)
    value = cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=0.10, margin=0.30)
    assert value.total.value == pytest.approx(value["value"].sum())


def test_segments_and_portfolio(tmp_path: Path) -> None:
    log = cpm.datasets.cdnow()
    customers = log.summarize(as_of="1997-09-30")
    segments = cpm.rfm_segments(customers)
    assert sum(segments.counts.values()) == len(segments) == 2_357

    portfolio = cpm.analyze(log, as_of="1997-09-30", horizon=52, discount_rate=0.10, margin=0.30)
    assert len(portfolio.customers) == 2_357
    assert portfolio.segments["customers"].sum() == 2_357
    totals = dict(zip(portfolio.totals["metric"], portfolio.totals["value"], strict=True))
    assert totals["customer_equity"] == pytest.approx(portfolio.customer_equity.value)
    assert portfolio.customers["value"].sum() == pytest.approx(portfolio.customer_equity.value)
    portfolio.report(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert len(str(portfolio).splitlines()) == 8
