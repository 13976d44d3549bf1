"""Retention and growth: the bridge between two periods, and cohort tables."""

import numpy as np
import pandas as pd
import pytest

import cpm
from cpm.portfolio import cohort_table, growth_bridge, growth_by_period


def test_parts_add_up_and_rates_follow() -> None:
    rng = np.random.default_rng(5)
    before = np.where(rng.random(500) < 0.4, 0, rng.gamma(2, 20, 500))
    after = np.where(rng.random(500) < 0.4, 0, rng.gamma(2, 20, 500))
    earlier = rng.random(500) < 0.5
    bridge = growth_bridge(before, after, earlier)
    amount = dict(zip(bridge["part"], bridge["amount"].tolist(), strict=True))
    assert bridge["amount"][:6].sum() == pytest.approx(amount["end"], rel=1e-12)
    assert amount["new"] == pytest.approx(after[(before == 0) & ~earlier].sum(), rel=1e-12)
    stayed = before > 0
    net = bridge.net_retention
    assert net is not None
    assert net.value == pytest.approx(after[stayed].sum() / before[stayed].sum(), rel=1e-12)
    # The interval covers what resampling customers gives.
    draws = [rng.choice(np.flatnonzero(stayed), stayed.sum()) for _ in range(2000)]
    ratios = np.array([after[d].sum() / before[d].sum() for d in draws])
    assert np.log(net.high / net.low) == pytest.approx(3.92 * np.log(ratios).std(), rel=0.06)
    assert bridge.rates["metric"][0] == "gross_retention"
    assert growth_bridge([0, 0], [1, 2]).net_retention is None


def test_series_of_a_log(log: cpm.TransactionLog) -> None:
    table = growth_by_period(log, period="month")
    parts = ["start", "new", "won_back", "expanded", "contracted", "lost"]
    assert sum(table[p] for p in parts) == pytest.approx(table["end"], rel=1e-12)
    assert table["end"][:-1] == pytest.approx(table["start"][1:], rel=1e-12)
    assert table["new_customers"][3:].sum() == 0


def test_unusable_input_is_named(log: cpm.TransactionLog) -> None:
    with pytest.raises(cpm.DataError, match="before"):
        growth_bridge([1, -1], [1, 1])
    with pytest.raises(cpm.DataError, match="rows"):
        growth_bridge([1, 1], [1])
    with pytest.raises(cpm.DataError, match="both periods"):
        growth_bridge([0], [0])
    with pytest.raises(cpm.FitError, match="one month"):
        growth_by_period(log, as_of="1997-01-20")


def test_cohorts_are_those_of_pandas() -> None:
    rng = np.random.default_rng(9)
    orders = pd.DataFrame(
        {
            "id": rng.integers(0, 80, 600),
            "date": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 500, 600), unit="D"),
            "revenue": rng.gamma(2, 10, 600),
        }
    )
    orders["profit"] = orders["revenue"] * 0.3 - 5
    table = cohort_table(orders["id"], orders["date"], orders["revenue"], orders["profit"])
    month = orders["date"].dt.to_period("M")
    born = month.groupby(orders["id"]).transform("min")
    grouped = orders.assign(cohort=born.astype(str), age=(month - born).map(lambda d: d.n)).groupby(["cohort", "age"])
    expected = grouped.agg(customers=("id", "nunique"), orders=("id", "size"), revenue=("revenue", "sum"))
    found = table.to_pandas().set_index(["cohort", "age"])
    assert np.allclose(found.loc[expected.index, ["customers", "orders", "revenue"]], expected)
    silent = found.index.difference(expected.index)
    assert (found.loc[silent, "customers"] == 0).all()
    wide = table.wide("profit").to_pandas()
    assert wide["16"].isna().sum() == len(wide) - 1
    text = cohort_table(orders["id"].astype(str), orders["date"].dt.strftime("%Y-%m-%d"), orders["revenue"])
    assert (text["orders"] == table["orders"]).all()
    with pytest.raises(cpm.DataError, match="dates"):
        cohort_table([1], ["yesterday"], [1])
    with pytest.raises(cpm.DataError, match="NaT"):
        cohort_table([1, 1], np.array(["2026-01-01", "NaT"], dtype="datetime64[D]"), [1, 1])
    with pytest.raises(cpm.CpmError, match="measure"):
        table.wide("margin")  # type: ignore[arg-type]
