"""What a builder has before it is finished, how logs and summaries are shown, and messages of their input."""

import warnings
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import cpm

COLUMNS: dict[str, Any] = {"customer": "customer", "date": "date", "amount": "amount"}
ORDERS: dict[str, list[Any]] = {
    "customer": ["ann", "ann", "bob"],
    "date": ["2024-01-01", "2024-02-01", "2024-03-01"],
    "amount": [1.0, 2.0, 4.0],
}


def test_counts_so_far() -> None:
    builder = cpm.SummaryBuilder(**COLUMNS, on_error="exclude")
    assert repr(builder) == "SummaryBuilder(0 customers, 0 rows)"
    builder.add_table(ORDERS)
    builder.add_table({"customer": ["ann", None], "date": ["2024-03-01"] * 2, "amount": [1.0, 2.0]})
    assert (builder.rows_read, builder.rows_kept, builder.customers) == (5, 4, 2)
    assert repr(builder) == "SummaryBuilder(2 customers, 4 of 5 rows)"
    details = cpm.SummaryBuilder(**COLUMNS, duplicates="drop")
    details.add_table(ORDERS)
    assert (details.rows_kept, details.customers) == (3, 2)


@pytest.mark.parametrize("more", [{}, {"duplicates": "drop"}, {"merge_within": "month"}])
def test_finish_as_of(more: dict[str, Any]) -> None:
    builder = cpm.SummaryBuilder(**COLUMNS, **more, as_of="2024-12-31")
    builder.add_table(ORDERS)
    log = cpm.TransactionLog.from_table(ORDERS, **COLUMNS)
    merge: Any = more.get("merge_within", "day")
    for as_of in ("2024-02-29", "2024-12-31", datetime(2025, 1, 31)):
        made, expected = builder.finish(as_of=as_of), log.summarize(as_of, merge_within=merge)
        assert made.customer_id == expected.customer_id
        assert made.frequency.tolist() == expected.frequency.tolist()
        assert made.T.tolist() == expected.T.tolist()
        assert str(made.quality) == str(expected.quality)
    assert builder.finish().quality.as_of == "2024-12-31 23:59:59"
    with pytest.raises(cpm.CpmError, match=f"give the end of a {merge}"):
        builder.finish(as_of="2024-12-30 12:00")


def test_notebooks_show_them() -> None:
    log = cpm.TransactionLog.from_table({**ORDERS, "customer": ["<a>", "<a>", "b"]}, **COLUMNS)
    assert "<p>TransactionLog(2 customers, 3 rows" in log._repr_html_()
    html = log.summarize()._repr_html_()
    assert "<p>CustomerSummary(2 customers" in html
    assert "<td>&lt;a&gt;</td>" in html


def test_a_builder_is_not_merged_with_itself() -> None:
    builder = cpm.SummaryBuilder(**COLUMNS)
    with pytest.raises(cpm.CpmError, match="count twice"):
        builder.merge(builder)


def test_columns_of_other_lengths() -> None:
    with pytest.raises(cpm.DataError, match="column `date` has 2 rows, but `customer` has 3") as raised:
        cpm.TransactionLog.from_table(ORDERS | {"date": ["2024-01-01"] * 2}, **COLUMNS)
    assert raised.value.column == "date"


def test_a_state_is_no_model(tmp_path: Path) -> None:
    builder = cpm.SummaryBuilder(**COLUMNS)
    builder.add_table(ORDERS)
    path = tmp_path / "orders.state"
    builder.save(path)
    with pytest.raises(cpm.CpmError, match=r"saved state of a SummaryBuilder.*SummaryBuilder\.load"):
        cpm.load_model(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(cpm.CpmError, match="is not UTF-8"):
        cpm.load_model(path)


def test_an_open_file_is_no_path(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\nann,2024-01-01,1\n")
    with path.open() as file, pytest.raises(TypeError, match=r"an open file.*give its path"):
        cpm.TransactionLog.read(file, **COLUMNS)  # type: ignore[arg-type]


def test_aware_times_in_a_dict() -> None:
    times = [datetime(2024, 1, 1, 22, tzinfo=timezone.utc), None, datetime(2024, 3, 1, tzinfo=timezone.utc)]
    table = ORDERS | {"date": times}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log = cpm.TransactionLog.from_table(table, **COLUMNS, time_zone="Asia/Tokyo", on_error="exclude")
        plain = cpm.TransactionLog.from_table(table, **COLUMNS, on_error="exclude")
    assert log.period == ("2024-01-02 07:00:00", "2024-03-01 09:00:00")
    assert plain.period == ("2024-01-01 22:00:00", "2024-03-01")
    assert log.quality.excluded == {"missing date": 1}
    with pytest.raises(cpm.DataError, match="date"):
        cpm.TransactionLog.from_table(table | {"date": [*times[:2], datetime(2024, 3, 1)]}, **COLUMNS)
