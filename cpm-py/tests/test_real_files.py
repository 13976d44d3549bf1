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
