"""Tables in and out: every library, every type, nothing lost on the way."""

import datetime
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

COLUMNS: Any = {"customer": "id", "date": "day", "amount": "value"}
BIG = 2**53 + 1


def read(table: Any, **options: Any) -> cpm.TransactionLog:
    return cpm.TransactionLog.from_table(table, **COLUMNS, **options)


def ids(log: cpm.TransactionLog) -> list[Any]:
    return list(log.summarize().customer_id)


def days(kind: str) -> Any:
    return np.array(["2024-03-01", "2024-04-12", "2024-03-05"], dtype=kind)


@pytest.mark.parametrize("kind", ["datetime64[D]", "datetime64[s]", "datetime64[ms]", "datetime64[ns]", "str", "O"])
@pytest.mark.parametrize("amount", ["float64", "float32", "int16", "uint8", "O"])
def test_dict_of_arrays(kind: str, amount: str) -> None:
    log = read({"id": np.array([3, 3, 1]), "day": days(kind), "value": np.array([20, 30, 12]).astype(amount)})
    assert (log.customers, log.rows, log.quality.total_amount) == (2, 3, 62.0)
    assert log.period == ("2024-03-01", "2024-04-12")


def test_dict_of_lists() -> None:
    dates = [datetime.date(2024, 3, 1), datetime.datetime(2024, 4, 12, 13, 30), None]
    log = read({"id": ["a", "b", "c"], "day": dates, "value": [1, 2.5, 3]}, on_error="exclude")
    assert log.period == ("2024-03-01", "2024-04-12 13:30:00")
    assert log.quality.excluded == {"missing date": 1}
    assert log.quality.origins == ["the dict"]


def test_integer_ids_stay_exact() -> None:
    table: Any = {"id": np.array([BIG, BIG - 1, 2**62]), "day": days("datetime64[D]"), "value": [1.0, 2.0, 3.0]}
    assert ids(read(table)) == [BIG - 1, BIG, 2**62]
    for library in ("pandas", "polars"):
        frame = pytest.importorskip(library).DataFrame(table)
        assert ids(read(frame)) == [BIG - 1, BIG, 2**62]
    customers = cpm.CustomerSummary([1, 0], [2, 0], [3, 3], customer_id=[BIG, 2**62])
    assert list(customers.customer_id) == [BIG, 2**62]
    assert customers.to_table()["customer_id"].dtype == np.int64


def test_pandas_types() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "id": pd.Categorical(["b", "a", "b"]),
            "day": pd.to_datetime(["2024-03-01", "2024-04-12", None]).tz_localize("Europe/Berlin"),
            "value": pd.array([1, None, 3], dtype="Int64"),
            # Arrow cannot convert this column, and nobody asked for it.
            "mixed": ["x", 1, [2]],
        },
        index=["r", "s", "t"],
    )
    log = read(frame, on_error="exclude")
    # Midnight in Berlin is the evening before in UTC.
    assert log.period == ("2024-02-29 23:00:00", "2024-02-29 23:00:00")
    assert log.quality.excluded == {"missing amount": 1, "missing date": 1}
    assert log.quality.origins == ["the pandas.DataFrame"]
    with pytest.raises(cpm.DataError, match="one type each"):
        cpm.TransactionLog.from_table(frame, customer="mixed", date="day", amount="value")
    with pytest.raises(cpm.DataError, match="it has: id, day, value") as caught:
        cpm.TransactionLog.from_table(frame.drop(columns="mixed"), customer="who", date="day", amount="value")
    assert caught.value.column == "who"


def test_pandas_columns_are_read_where_they_are() -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    value = np.array([10.0, 20.5, -3.25])
    plain = read({"id": ["a", "a", "b"], "day": days("datetime64[s]"), "value": value}, returns="drop")
    frames = {
        "strided": pd.DataFrame(np.repeat(value, 2).reshape(3, 2), columns=["value", "other"]),
        "single": pd.DataFrame({"value": value.astype("float32")}),
    }
    for unit in ("s", "ms", "us", "ns"):
        for name, frame in frames.items():
            frame = frame.assign(id=["a", "a", "b"], day=days(f"datetime64[{unit}]"))
            frame.index = [7, 7, 9]
            log = read(frame, returns="drop")
            assert log.quality.excluded == {"return dropped": 1}, name
            assert log.period == plain.period
            assert list(log.summarize().total_amount) == [30.5]
            assert list(frame["value"]) == list(value), "the frame stays as it is"
    missing = frame.assign(
        value=[1.0, np.nan, 2.0], day=[pd.Timestamp("2024-03-01"), pd.Timestamp("2024-03-02"), pd.NaT]
    )
    assert read(missing, on_error="exclude").quality.excluded == {"missing amount": 1, "missing date": 1}


def test_pandas_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"id": ["a", "b", "a"], "day": pd.to_datetime(days("str")), "value": [1.0, 2.0, np.nan]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read(frame, on_error="exclude").quality.excluded == {"amount not finite": 1}


def test_polars_types() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"id": ["b", "a", None], "day": days("str"), "value": ["1.50", "2", "3"]}).with_columns(
        pl.col("id").cast(pl.Categorical), pl.col("day").str.to_datetime(), pl.col("value").cast(pl.Decimal(10, 2))
    )
    log = read(frame, on_error="exclude")
    assert (log.quality.total_amount, log.quality.excluded) == (3.5, {"missing customer id": 1})
    assert ids(log) == ["a", "b"]


def test_pyarrow_batches_and_chunks() -> None:
    pa = pytest.importorskip("pyarrow")
    batch = pa.record_batch({"id": [1, 2, 2], "day": days("datetime64[D]"), "value": [1.0, 2.0, 3.0]})
    assert read(batch).rows == 3
    assert read(pa.Table.from_batches([batch, batch])).rows == 6
    assert read(pa.RecordBatchReader.from_batches(batch.schema, iter([batch] * 3))).rows == 9

    def broken() -> Any:
        yield batch
        raise OSError("connection lost")

    with pytest.raises(cpm.DataError, match="connection lost"):
        read(pa.RecordBatchReader.from_batches(batch.schema, broken()))


def test_duckdb_query() -> None:
    duckdb = pytest.importorskip("duckdb")
    query = """
        select (range % 50)::hugeint as id, date '2024-01-01' + (range % 300)::int as day,
               (range / 7)::decimal(12, 2) as value
        from range(100000)
    """
    log = read(duckdb.sql(query))
    assert (log.customers, log.rows) == (50, 100_000)


def test_what_is_not_a_table() -> None:
    for value in (3, "orders.csv", [1, 2], np.zeros((3, 3)), Path("orders.csv")):
        with pytest.raises(TypeError, match="is not a table"):
            read(value)
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match="a single column"):
        read(pl.Series([1, 2, 3]))


def test_unusable_dicts() -> None:
    good: dict[str, Any] = {"id": ["a", "b", "a"], "day": days("str"), "value": [1.0, 2.0, 3.0]}
    for column, values in [
        ("value", [1.0, 2.0]),
        ("value", [[1.0], [2.0], [3.0]]),
        ("value", [1.0, "two", 3.0]),
        ("value", [True, False, True]),
        ("day", [20240301, 20240302, 20240303]),
        ("id", [1.5, 2.5, 3.5]),
    ]:
        with pytest.raises(cpm.DataError) as caught:
            read({**good, column: values})
        assert caught.value.column == column
    with pytest.raises(cpm.DataError, match="it has: id, value"):
        read({"id": good["id"], "value": good["value"]})


def test_tables_leave_without_loss(customers: cpm.CustomerSummary) -> None:
    table = customers.to_table()
    assert len(table) == 2_357
    assert "recency" in table
    assert list(table.to_dict()) == table.columns
    assert table["first_purchase"].dtype == np.dtype("datetime64[D]")
    with pytest.raises(KeyError, match="the table has: customer_id"):
        table["nothing"]

    pa = pytest.importorskip("pyarrow")
    arrow = table.to_pyarrow()
    assert arrow.schema.names == table.columns
    assert pa.schema(table).equals(arrow.schema)
    # The same memory each time: nothing was copied.
    address = [pa.table(table)["recency"].chunk(0).buffers()[1].address for _ in range(2)]
    assert address[0] == address[1]

    pd = pytest.importorskip("pandas")
    frame = table.to_pandas()
    assert frame["customer_id"].tolist() == customers.customer_id
    assert frame["first_purchase"].dtype.kind == "M"
    pd.testing.assert_frame_equal(pd.DataFrame.from_arrow(table)[["recency", "T"]], frame[["recency", "T"]])

    pl = pytest.importorskip("polars")
    polars = table.to_polars()
    assert polars["recency"].to_list() == customers.recency.tolist()
    assert polars.schema["first_purchase"] == pl.Date
    duckdb = pytest.importorskip("duckdb")
    scores = table  # noqa: F841 - DuckDB finds it by its name
    assert duckdb.sql("select sum(frequency) from scores").fetchall() == [(2_457,)]


def test_optional_and_categorical_columns(portfolio: cpm.Portfolio) -> None:
    totals = portfolio.totals
    assert np.isnan(totals["low"][0])
    pl = pytest.importorskip("polars")
    assert pl.DataFrame(totals)["low"].null_count() == 10
    assert set(pl.DataFrame(portfolio.customers)["segment"]) == set(portfolio.segments["segment"])


def test_csv_of_a_table(customers: cpm.CustomerSummary, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    customers.to_table().write_csv(path)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("customer_id,frequency,recency,T,monetary_value")
    assert lines[1].startswith("00004,2,30.428571428571427,38.857142857142854,")
    assert len(lines) == 2_358
    with pytest.raises(FileNotFoundError):
        customers.to_table().write_csv(tmp_path / "no" / "folder.csv")


def test_reprs(customers: cpm.CustomerSummary) -> None:
    table = customers.to_table()
    assert repr(table).splitlines()[-1] == "2357 rows, 11 columns"
    assert len(repr(table).splitlines()) == 12
    assert table._repr_html_().count("<tr>") == 11
    text = cpm.CustomerSummary([0], [0], [1], customer_id=["<b>"]).to_table()._repr_html_()
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
