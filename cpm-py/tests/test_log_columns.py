"""Policies of reading, the quality report, and columns beyond customer, date and amount."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm


@pytest.fixture
def lines() -> dict[str, list[Any]]:
    """Order lines: ann's order 1 has two lines and a line of it comes back, order 2 stays."""
    return {
        "customer": ["ann", "ann", "ann", "ann", "bob", "bob"],
        "date": ["2024-03-01", "2024-03-01", "2024-03-08", "2024-03-20", "2024-03-02", "2024-03-02"],
        "amount": [10.0, 5.0, -5.0, 7.0, 4.0, 4.0],
        "order": [1, 1, 1, 2, 3, 3],
        "cost": [4.0, 2.0, -2.0, 3.0, None, 1.0],
        "currency": ["EUR", "EUR", "EUR", "USD", "EUR", "EUR"],
        "country": ["DE", None, "FR", "", None, None],
    }


COLUMNS = {"customer": "customer", "date": "date", "amount": "amount", "returns": "net"}


def test_orders_profits_and_attributes(lines: dict[str, list[Any]]) -> None:
    log = cpm.TransactionLog.from_table(lines, **COLUMNS, order="order", cost="cost", attributes=["country"])
    customers = log.summarize(as_of="2024-03-31", merge_within="order", time_unit="day")
    assert customers.frequency.tolist() == [1.0, 0.0]
    assert customers.recency.tolist() == [19.0, 0.0]
    assert customers.orders is not None
    assert customers.orders.tolist() == [2, 1]
    assert customers.total_profit is not None
    assert customers.mean_profit is not None
    np.testing.assert_array_equal(customers.total_profit, [10.0, np.nan])
    np.testing.assert_array_equal(customers.mean_profit, [4.0, np.nan])
    np.testing.assert_allclose(customers.ln_gaps, [np.log(19), 0.0], rtol=1e-14)
    assert customers.attributes == {"country": ["FR", None]}
    table = customers.to_table()
    assert table.columns[-5:] == ["ln_gaps", "orders", "total_profit", "mean_profit", "country"]
    assert log.quality.rows_without_cost == 1
    plain = cpm.TransactionLog.from_table(lines, **COLUMNS)
    assert plain.summarize().orders is None
    assert plain.summarize().attributes == {}
    with pytest.raises(cpm.CpmError, match="no order ids"):
        plain.summarize(merge_within="order")


def test_duplicates_and_the_table_of_quality(lines: dict[str, list[Any]]) -> None:
    columns = {**COLUMNS, "order": "order", "duplicates": "drop"}
    log = cpm.TransactionLog.from_table(lines, **columns)
    assert log.quality.excluded == {"duplicate row": 1}
    assert [(issue.line, issue.row) for issue in log.quality.examples] == [(None, 5)]
    table = log.quality.to_table()
    counted = [n for outcome, n in zip(table["outcome"], table["rows"], strict=True) if outcome != "flagged"]
    assert sum(counted) == log.quality.rows_read == 6
    assert len(cpm.TransactionLog.from_table(lines, **columns, cost="cost")) == 6
    with pytest.raises(cpm.CpmError, match="duplicates"):
        cpm.TransactionLog.from_table(lines, **COLUMNS, duplicates="merge")


def test_currencies(lines: dict[str, list[Any]]) -> None:
    with pytest.raises(
        cpm.DataError, match=r"EUR \(5 rows, first the dict, row 0 \(counted from 0\)\), USD \(1 rows"
    ) as error:
        cpm.TransactionLog.from_table(lines, **COLUMNS, currency="currency")
    assert error.value.column == "currency"
    rates = {"EUR": 1.0, "USD": 0.5}
    log = cpm.TransactionLog.from_table(lines, **COLUMNS, currency="currency", exchange_rates=rates)
    assert log.quality.total_amount == 10 + 3.5 + 8
    assert log.quality.currencies == {"EUR": 5, "USD": 1}
    with pytest.raises(cpm.CpmError, match="exchange_rates"):
        cpm.TransactionLog.from_table(lines, **COLUMNS, currency="currency", exchange_rates={"EUR": -1.0})


def test_aliases_and_windows(lines: dict[str, list[Any]]) -> None:
    log = cpm.TransactionLog.from_table(lines, **COLUMNS, aliases={"bob": "ann", "cay": "ann"}, end="2024-03-10")
    assert log.customers == 1
    assert (log.quality.alias_rows, log.quality.aliases_found) == (2, 1)
    assert log.quality.excluded == {"after the end": 1}
    ids = {"id": [7, 8], "day": ["2024-01-01", "2024-01-09"], "value": [1.0, 2.0]}
    log = cpm.TransactionLog.from_table(ids, customer="id", date="day", amount="value", aliases={7: 8})
    assert log.summarize().customer_id.tolist() == [8]  # type: ignore[union-attr]
    assert log.quality.longest_gap == ("2024-01-02", "2024-01-08")
    assert (log.quality.days_without_rows, log.quality.one_time_share) == (7, 0.0)


def test_a_spreadsheet_of_old(tmp_path: Path) -> None:
    path = tmp_path / "alt.csv"
    path.write_bytes("Müller;31.01.2024;'1,50';2\nMüller;01.02.2024;2;x\n".encode("latin-1"))
    read = {"customer": 0, "date": 1, "quantity": 3, "unit_price": 2, "header": False, "encoding": "latin-1"}
    more = {"delimiter": ";", "decimal": ",", "quote": "'", "date_format": "%d.%m.%Y", "on_error": "exclude"}
    log = cpm.TransactionLog.read(path, **read, **more)  # type: ignore[arg-type]
    assert log.summarize().customer_id == ["Müller"]
    assert (log.quality.total_amount, log.quality.excluded) == (3.0, {"unparsable quantity": 1})
    with pytest.raises(cpm.DataError, match="encoding"):
        cpm.TransactionLog.read(path, **{**read, "encoding": "utf-8", "header": True}, **more)  # type: ignore[arg-type]
    with pytest.raises(cpm.CpmError, match="either the column of amounts"):
        cpm.TransactionLog.read(path, customer="a", date="b", quantity="c")


def test_time_zones(tmp_path: Path) -> None:
    path = tmp_path / "night.csv"
    path.write_text("customer,date,amount\nann,2024-06-30T22:30:00Z,1\nann,2024-07-01 09:00,1\n")
    read = {"customer": "customer", "date": "date", "amount": "amount"}
    assert cpm.TransactionLog.read(path, **read).summarize().frequency.tolist() == [1.0]
    for zone in ["+02:00", "Europe/Berlin"]:
        log = cpm.TransactionLog.read(path, **read, time_zone=zone)
        assert log.period[0] == "2024-07-01 00:30:00"
        assert log.summarize().frequency.tolist() == [0.0]
    with pytest.raises(cpm.CpmError, match="Europe/Berlin"):
        cpm.TransactionLog.read(path, **read, time_zone="Berlin")
    pa = pytest.importorskip("pyarrow")
    instants = pa.table(
        {
            "customer": ["ann"],
            "date": pa.array([1719786600], pa.timestamp("s", tz="UTC")),
            "amount": [1.0],
        }
    )
    assert cpm.TransactionLog.from_table(instants, **read, time_zone="+02:00").period[0] == "2024-07-01 00:30:00"


def test_outliers() -> None:
    table = {
        "id": list(range(101)),
        "day": ["2024-01-01"] * 101,
        "value": [float(1 + i % 4) for i in range(100)] + [1e6],
    }
    log = cpm.TransactionLog.from_table(table, customer="id", date="day", amount="value", flag_outliers=3)
    low, high = np.quantile(np.log(table["value"]), [0.25, 0.75])
    assert log.quality.outliers == 1
    assert log.quality.outliers_above == pytest.approx(np.exp(high + 3 * (high - low)), rel=1e-14)
    assert log.quality.rows_kept == 101


def test_a_builder_with_more_columns(lines: dict[str, list[Any]]) -> None:
    columns = {**COLUMNS, "order": "order", "merge_within": "order"}
    builder = cpm.SummaryBuilder(**columns)
    builder.add_table(lines)
    assert builder.finish().frequency.tolist() == [1.0, 0.0]
