"""What the logs of real shops have in them: returns to the cent, any line end, stray quotes, words for nothing."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

COLUMNS: dict[str, Any] = {"customer": "customer", "date": "date", "amount": "amount"}
HEADER = "customer,date,amount\n"


def builder(table: dict[str, Any], **options: Any) -> cpm.SummaryBuilder:
    made = cpm.SummaryBuilder(**COLUMNS, **options)
    made.add_table(table)
    return made


@pytest.mark.parametrize("amounts", [[0.10, 0.20, -0.30], [85.06, 21.90, -106.96]])
def test_a_day_that_is_returned_to_the_cent_is_no_purchase(amounts: list[float], tmp_path: Path) -> None:
    table = {"customer": ["x"] * 4, "date": ["2024-01-01"] + ["2024-02-01"] * 3, "amount": [10.0, *amounts]}
    ways = [
        cpm.TransactionLog.from_table(table, **COLUMNS, returns="net").summarize(),
        builder(table, returns="net").finish(),
    ]
    state = tmp_path / "orders.state"
    builder(table, returns="net").save(state)
    ways.append(cpm.SummaryBuilder.load(state).finish())
    for customers in ways:
        assert customers.frequency.tolist() == [0.0]
        assert customers.quality is not None
        assert customers.quality.periods_cancelled == 1


def test_money_is_added_without_growing_errors() -> None:
    n = 100_000
    table = {
        "customer": np.ones(n, dtype=int),
        "date": np.datetime64("2000-01-01", "s") + np.arange(n) * 600,
        "amount": np.full(n, 0.1),
    }
    exact = math.fsum(table["amount"])
    log = cpm.TransactionLog.from_table(table, **COLUMNS)
    sums = [log.quality.total_amount]
    for merge in ("nothing", "hour", "day"):
        for customers in (log.summarize(merge_within=merge), builder(table, merge_within=merge).finish()):
            assert customers.total_amount is not None
            sums.append(customers.total_amount[0])
    np.testing.assert_allclose(sums, exact, rtol=1e-15)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_an_editor(end: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + "a,2024-01-01,1\n\nx,bad,1\nann,2024-01-05,1,234.50\n").replace("\n", end).encode())
    log = cpm.TransactionLog.read(path, **COLUMNS, on_error="exclude")
    assert [issue.line for issue in log.quality.examples] == [4, 5]
    assert log.quality.examples[1].value == "ann,2024-01-05,1,234.50"
    assert "3 fields expected, 4 found" in repr(log.quality.examples[1])
    with pytest.raises(cpm.DataError, match="line 4") as error:
        cpm.TransactionLog.read(path, **COLUMNS)
    assert error.value.row == 4


@pytest.mark.parametrize("on_error", ["raise", "exclude"])
def test_a_quote_that_is_not_closed_is_an_error(on_error: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "a,2024-01-01,1\n" + '"b,2024-01-02,1\n' + "c,2024-01-03,1\n" * 1000)
    with pytest.raises(cpm.DataError, match="quote that opens on line 3 is not closed"):
        cpm.TransactionLog.read(path, **COLUMNS, on_error=on_error)  # type: ignore[arg-type]
    assert cpm.TransactionLog.read(path, **COLUMNS, quote=None).customers == 3


def test_words_for_nothing_are_no_customers(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    words = ["NULL", "null", "NaN", "nan", "None", "NA", "N/A", "\\N", "<NA>", "#N/A"]
    path.write_text(HEADER + "a,2024-01-01,1\n-,2024-01-01,1\n" + "".join(f"{w},2024-01-01,1\n" for w in words))
    log = cpm.TransactionLog.read(path, **COLUMNS, on_error="exclude")
    assert (log.customers, log.quality.excluded) == (2, {"missing customer id": 10})
    with pytest.raises(cpm.DataError, match=r"null_values = \[\]"):
        cpm.TransactionLog.read(path, **COLUMNS)
    assert cpm.TransactionLog.read(path, **COLUMNS, null_values=[]).customers == 12
    made = cpm.SummaryBuilder(**COLUMNS, null_values=["-"], on_error="exclude")
    made.read(path)
    assert len(made.finish()) == 11


def test_ids_of_two_kinds_are_text_whatever_comes_first(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    dates = np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[D]")
    numbers = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"customer": [7, 8], "date": dates, "amount": [1.0, 2.0]}), numbers)
    text = tmp_path / "text.csv"
    text.write_text(HEADER + "7,2024-03-01,5\nx9,2024-03-01,5\n")
    for paths in ([numbers, text], [text, numbers]):
        for duplicates in ("keep", "drop"):
            log = cpm.TransactionLog.read(paths, **COLUMNS, duplicates=duplicates)  # type: ignore[arg-type]
            customers = log.summarize()
            assert customers.customer_id == ["7", "8", "x9"]
            assert customers.frequency.tolist() == [1.0, 0.0, 0.0]


def test_columns_named_twice_and_ids_as_bytes(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    columns = [pa.array([b"ann"]), pa.array(["2024-01-01"]), pa.array([1.0]), pa.array([2.0])]
    twice = pa.table(columns, names=["customer", "date", "amount", "amount"])
    with pytest.raises(cpm.DataError, match="twice, at positions 3 and 4") as error:
        cpm.TransactionLog.from_table(twice, **COLUMNS)
    assert error.value.column == "amount"
    once = pa.table(columns[:3], names=["customer", "date", "amount"])
    assert cpm.TransactionLog.from_table(once, **COLUMNS).summarize().customer_id == ["ann"]
    wrong = pa.table([pa.array([b"\xff"]), *columns[1:3]], names=["customer", "date", "amount"])
    with pytest.raises(cpm.DataError, match="not UTF-8 text"):
        cpm.TransactionLog.from_table(wrong, **COLUMNS)


def test_choices_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "ann,2024-01-01,1\n")
    for date_format in ("%Q", "ISO8601", "", "%Y-%m", "%d/%m/%Y %Z"):
        with pytest.raises(cpm.CpmError, match=r"^date_format = "):
            cpm.TransactionLog.read(path, **COLUMNS, date_format=date_format)
    with pytest.raises(cpm.CpmError, match="they differ in merge_within"):
        cpm.SummaryBuilder(**COLUMNS).merge(cpm.SummaryBuilder(**COLUMNS, merge_within="hour"))
    with pytest.raises(cpm.CpmError, match="they differ in date_format"):
        cpm.SummaryBuilder(**COLUMNS).merge(cpm.SummaryBuilder(**COLUMNS, date_format="%d/%m/%Y"))
    path.write_text((HEADER + "ann,2024-01-01,1\n"), encoding="utf-16")
    with pytest.raises(cpm.DataError, match="UTF-16"):
        cpm.TransactionLog.read(path, **COLUMNS)
