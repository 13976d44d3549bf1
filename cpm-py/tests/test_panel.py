"""The activity panel against pandas on the same rows."""

import datetime

import numpy as np
import pytest

import cpm

pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def rows() -> "pd.DataFrame":
    random = np.random.default_rng(5)
    days = pd.Timestamp("2023-01-02") + pd.to_timedelta(random.integers(0, 500, 900), unit="D")
    return pd.DataFrame(
        {"customer": random.integers(1, 60, 900), "date": days, "amount": random.integers(1, 90, 900) / 2}
    )


@pytest.mark.parametrize(("period", "alias"), [("month", "M"), ("quarter", "Q"), ("week", "W")])
def test_equals_pandas(rows: "pd.DataFrame", period: str, alias: str) -> None:
    log = cpm.TransactionLog.from_table(rows, customer="customer", date="date", amount="amount")
    panel = cpm.portfolio.activity_panel(log, period=period)  # type: ignore[arg-type]
    table = pd.DataFrame.from_arrow(panel.to_table())
    days = rows.groupby(["customer", "date"], as_index=False)["amount"].sum()
    days["period"] = days["date"].dt.to_period(alias)
    expected = days.groupby(["customer", "period"], as_index=False).agg(
        orders=("amount", "size"), revenue=("amount", "sum")
    )
    first = expected.groupby("customer")["period"].transform("min")
    assert table["customer_id"].tolist() == expected["customer"].tolist()
    assert table["orders"].tolist() == expected["orders"].tolist()
    assert table["revenue"].tolist() == expected["revenue"].tolist()
    assert table["age"].tolist() == [(p - q).n for p, q in zip(expected["period"], first, strict=True)]
    assert set(table["active"]) == {1}
    assert panel.active_periods == len(table)


def test_dense_and_pieces(log: cpm.TransactionLog) -> None:
    panel = cpm.portfolio.activity_panel(log, as_of=datetime.date(1997, 12, 15))
    dense = panel.to_table(dense=True)
    assert dense["active"].sum() == panel.active_periods
    assert dense["orders"].sum() == log.summarize(as_of="1997-12-15").frequency.sum() + 2357
    partial = dense["partial"] == 1
    assert {period for period, is_partial in zip(dense["period"], partial, strict=True) if is_partial} == {"1997-12"}
    pieces = [panel.to_table(dense=True, start=k, stop=min(k + 1000, len(panel))) for k in range(0, len(panel), 1000)]
    np.testing.assert_array_equal(np.concatenate([piece["revenue"] for piece in pieces]), dense["revenue"])
    assert panel.customer_id[:2] == log.summarize().customer_id[:2]


def test_cohort_and_age_are_the_same_pass(log: cpm.TransactionLog) -> None:
    table = cpm.portfolio.activity_panel(log).to_table()
    cohorts = cpm.portfolio.cohort_retention(log)
    assert cohorts["orders"].sum() == table["orders"].sum()
    assert cohorts["active"].sum() == len(table)
    np.testing.assert_allclose(cohorts["amount"].sum(), table["revenue"].sum(), rtol=1e-12)


def test_bad_input(log: cpm.TransactionLog) -> None:
    with pytest.raises(cpm.CpmError, match="fortnight"):
        cpm.portfolio.activity_panel(log, period="fortnight")  # type: ignore[arg-type]
    with pytest.raises(cpm.CpmError, match="order ids"):
        cpm.portfolio.activity_panel(log, merge_within="order")
    with pytest.raises(cpm.DataError, match="1996-01-01"):
        cpm.portfolio.activity_panel(log, as_of="1996-01-01")
    panel = cpm.portfolio.activity_panel(log)
    with pytest.raises(cpm.CpmError, match="2357 customers"):
        panel.to_table(stop=9999)
    with pytest.raises(cpm.CpmError, match="start"):
        panel.to_table(start=-1)
