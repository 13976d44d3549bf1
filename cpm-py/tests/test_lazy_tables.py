"""Tables that are read as they are asked for."""

from typing import Any

import pytest

import cpm

COLUMNS: dict[str, Any] = {"customer": "customer", "date": "date", "amount": "amount"}
ROWS = 10_000
ORDERS: dict[str, list[Any]] = {
    "note": ["x"] * ROWS,
    "amount": [float(i % 7) for i in range(ROWS)],
    "customer": [f"c{i % 99}" for i in range(ROWS)],
    "date": [f"2024-01-{1 + i % 28:02}" for i in range(ROWS)],
}


def check(table: Any) -> None:
    expected = cpm.TransactionLog.from_table(ORDERS, **COLUMNS)
    log = cpm.TransactionLog.from_table(table, **COLUMNS)
    assert (log.rows, log.customers, log.quality.total_amount) == (ROWS, 99, expected.quality.total_amount)
    builder = cpm.SummaryBuilder(**COLUMNS)
    builder.add_table(table)
    assert builder.finish().frequency.tolist() == expected.summarize().frequency.tolist()


def test_polars_lazy_frames() -> None:
    pl = pytest.importorskip("polars")
    lazy = pl.LazyFrame(ORDERS)
    check(lazy)
    check(lazy.filter(pl.col("note") == "x").with_columns(pl.col("date").str.to_date()))
    # Rows of messages count in order, and a missing column is named with what there is.
    with pytest.raises(cpm.DataError, match=r"the polars\.LazyFrame, row 7") as raised:
        cpm.TransactionLog.from_table(lazy.with_columns(amount=6.0 - pl.int_range(pl.len())), **COLUMNS)
    assert raised.value.row == 7
    with pytest.raises(cpm.DataError, match="it has: note, amount, customer, date"):
        cpm.TransactionLog.from_table(lazy, **COLUMNS | {"amount": "paid"})
    with pytest.raises(cpm.DataError, match=r"(?s)conversion.*correct the query") as raised:
        cpm.TransactionLog.from_table(lazy.with_columns(amount=pl.col("note").cast(pl.Int64)), **COLUMNS)
    assert "damaged" not in str(raised.value)
    with pytest.raises(cpm.DataError, match=r"(?s)nothing.*correct the query"):
        cpm.TransactionLog.from_table(lazy.select("nothing"), **COLUMNS)
    with pytest.raises(cpm.DataError, match="is empty"):
        cpm.TransactionLog.from_table(lazy.head(0), **COLUMNS)


def test_pyarrow_datasets_and_scanners() -> None:
    pa = pytest.importorskip("pyarrow")
    dataset = pytest.importorskip("pyarrow.dataset")
    table = dataset.dataset(pa.table(ORDERS))
    check(table)
    check(table.filter(dataset.field("note") == "x"))
    check(table.scanner())
    check(table.scanner(columns=list(COLUMNS)))
    with pytest.raises(cpm.DataError, match="it has: note, amount, customer, date"):
        cpm.TransactionLog.from_table(table, **COLUMNS | {"amount": "paid"})


def test_a_single_column_is_no_table() -> None:
    for library in ("pandas", "polars"):
        column = pytest.importorskip(library).Series([1, 2])
        with pytest.raises(TypeError, match=rf"the {library}\.Series is a single column, and a table is needed"):
            cpm.TransactionLog.from_table(column, **COLUMNS)
    with pytest.raises(TypeError, match="a Polars LazyFrame, a PyArrow dataset"):
        cpm.TransactionLog.from_table([1, 2], **COLUMNS)  # type: ignore[arg-type]


def test_an_error_of_the_producer_is_shown_as_it_is() -> None:
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql("""
        select 'ann' as customer, date '2024-01-01' as date, (case when i = 5 then 'x' else '1' end)::int as amount
        from range(9) t(i)
    """)
    with pytest.raises(cpm.DataError, match=r"(?s)Conversion Error.*correct the query") as raised:
        cpm.TransactionLog.from_table(relation, **COLUMNS)
    assert "damaged" not in str(raised.value)
