"""What the logs of real shops have in them: returns to the cent, any line end, stray quotes, words for nothing."""

import datetime
import gzip
import math
import uuid
import zoneinfo
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


def test_whole_numbers_with_an_alias_that_leads_to_text_are_text() -> None:
    table = {
        "customer": np.array([8, 9, 7, 9]),
        "date": ["2024-01-01", "2024-01-01", "2024-01-01", "2024-02-01"],
        "amount": [1.0] * 4,
    }
    for duplicates in ("keep", "drop"):
        log = cpm.TransactionLog.from_table(table, **COLUMNS, aliases={7: "ann", 8: 9}, duplicates=duplicates)  # type: ignore[arg-type]
        assert log.summarize().customer_id == ["9", "ann"]
        assert (log.quality.alias_rows, log.quality.aliases_found) == (2, 2)


def test_dates_in_the_future(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "ann,2024-01-01,1\nann,2199-01-01,1\nbob,2024-02-01,1\n")
    read = {"paths": path, **COLUMNS}
    with pytest.raises(cpm.DataError, match="1 in the future") as error:
        cpm.TransactionLog.read(**read)
    assert error.value.column == "date"
    assert "line 3" in str(error.value)
    log = cpm.TransactionLog.read(**read, on_error="exclude")
    assert log.quality.excluded == {"in the future": 1}
    assert (log.quality.examples[0].line, log.quality.examples[0].value) == (3, "2199-01-01")
    assert cpm.TransactionLog.read(**read, future="drop").quality.excluded == {"future dropped": 1}
    # Who gives the end decides where the log ends, whatever the clock says.
    assert cpm.TransactionLog.read(**read, end="2024-01-31").quality.excluded == {"after the end": 2}
    assert cpm.TransactionLog.read(**read, end="2199-12-31").rows == 3
    kept = cpm.TransactionLog.read(**read, future="keep")
    assert kept.rows == 3
    assert "are the dates beyond it right?" in str(kept.quality)
    assert "are the dates" not in str(log.quality)
    with pytest.raises(cpm.CpmError, match="future = "):
        cpm.TransactionLog.read(**read, future="ignore")  # type: ignore[arg-type]


def test_what_is_read_today_is_in_no_future_tomorrow(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    # In the first zones of the world it may be tomorrow already; in three days it is nowhere.
    table = {"customer": ["ann"], "date": [now.replace(tzinfo=None)], "amount": [1.0]}
    later = {**table, "date": [(now + datetime.timedelta(days=3)).date().isoformat()]}
    state = tmp_path / "orders.state"
    builder(table).save(state)
    for made in (builder(table), cpm.SummaryBuilder.load(state)):
        with pytest.raises(cpm.DataError, match="in the future"):
            made.add_table(later)
        made.add_table(table)
        assert len(made.finish()) == 1
    kept = builder(table, future="keep")
    kept.save(state)
    again = cpm.SummaryBuilder.load(state)
    again.add_table(later)
    assert again.finish().frequency.tolist() == [1.0]
    with pytest.raises(cpm.CpmError, match="they differ in future"):
        again.merge(builder(table))
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        local = now.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
        table = {**table, "date": [local]}
        assert cpm.TransactionLog.from_table(table, **COLUMNS, time_zone=zone).rows == 1


def test_amounts_of_32_bits_are_what_was_written() -> None:
    table: dict[str, Any] = {
        "customer": ["x"] * 4,
        "date": ["2024-01-01"] + ["2024-02-01"] * 3,
        "amount": np.array([10.0, 19.99, 19.99, -39.98], dtype="float32"),
    }
    tables: list[Any] = [table]
    try:
        import pandas as pd
        import polars as pl
        import pyarrow as pa

        tables += [pd.DataFrame(table), pl.DataFrame(table), pa.table(table)]
    except ImportError:
        pass
    for given in tables:
        log = cpm.TransactionLog.from_table(given, **COLUMNS, returns="net")
        assert log.to_table()["amount"].tolist() == [10.0, -39.98, 19.99, 19.99]
        assert log.summarize().frequency.tolist() == [0.0]


def test_padded_gzip_and_a_tsv_with_commas(tmp_path: Path) -> None:
    text = (HEADER + "ann,2024-01-01,1\n").encode()
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(text) + gzip.compress(b"bob,2024-01-02,2\n") + bytes(512))
    assert cpm.TransactionLog.read(path, **COLUMNS).rows == 2
    path.write_bytes(gzip.compress(text) + b"bob,2024-01-02,2\n")
    with pytest.raises(cpm.DataError, match="neither gzip nor zeros"):
        cpm.TransactionLog.read(path, **COLUMNS)
    tabs, commas = tmp_path / "tabs.tsv", tmp_path / "commas.tsv"
    tabs.write_bytes(text.replace(b",", b"\t"))
    commas.write_bytes(text)
    assert cpm.TransactionLog.read(tabs, **COLUMNS).rows == 1
    assert cpm.TransactionLog.read(commas, **COLUMNS, delimiter=",").rows == 1
    with pytest.raises(cpm.DataError):
        cpm.TransactionLog.read(commas, **COLUMNS)


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"PK\x03\x04abc", "zip archive or an Excel workbook"),
        (b"PAR1abc", "a name that ends in .parquet"),
        (b"\x1f\x8babc", "a name that ends in .gz"),
        (b"BZh91AY", "bzip2"),
    ],
)
def test_files_that_are_something_else(start: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(start)
    with pytest.raises(cpm.DataError, match=says):
        cpm.TransactionLog.read(path, **COLUMNS)


def test_zstd_has_frames_and_nothing_else(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    path = tmp_path / "orders.csv.zst"
    frames = [
        pa.compress(text, codec="zstd", asbytes=True)
        for text in ((HEADER + "a,2024-01-01,1\n").encode(), b"b,2024-01-02,2\n")
    ]
    path.write_bytes(b"".join(frames))
    assert cpm.TransactionLog.read(path, **COLUMNS).rows == 2
    for damaged in (frames[0] + b"b,2024-01-02,2\n", frames[0][:-4]):
        path.write_bytes(damaged)
        with pytest.raises(cpm.DataError, match="damaged or cut short"):
            cpm.TransactionLog.read(path, **COLUMNS)


@pytest.mark.parametrize("name", ["as_of", "calibration_end", "observation_end", "origins", "start", "end"])
def test_a_date_that_is_none_is_named(name: str) -> None:
    table = {"customer": ["ann"], "date": ["2024-01-01"], "amount": [1.0]}
    log = cpm.TransactionLog.from_table(table, **COLUMNS)
    calls: dict[str, Any] = {
        "as_of": lambda day: log.summarize(as_of=day),
        "calibration_end": lambda day: log.split(day),
        "observation_end": lambda day: log.split("2024-01-01", day),
        "origins": lambda day: log.rolling_splits(1, origins=[day]),
        "start": lambda day: cpm.TransactionLog.from_table(table, **COLUMNS, start=day),
        "end": lambda day: cpm.TransactionLog.from_table(table, **COLUMNS, end=day),
    }
    with pytest.raises(cpm.CpmError, match=f"^{name} = 15.02.2024 is not allowed"):
        calls[name]("15.02.2024")


def test_text_that_is_not_utf_8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + "Müller,2024-01-01,1\n").encode("latin-1"))
    with pytest.raises(cpm.DataError, match='M\ufffdller, 2024-01-01, 1": not UTF-8 text; state the encoding'):
        cpm.TransactionLog.read(path, **COLUMNS)
    assert cpm.TransactionLog.read(path, **COLUMNS, encoding="latin-1").summarize().customer_id == ["Müller"]
    (tmp_path / "years" / "2024").mkdir(parents=True)
    with pytest.raises(cpm.CpmError, match="directly in the folder"):
        cpm.TransactionLog.read(tmp_path / "years", **COLUMNS)
    table: dict[str, Any] = {"customer": np.array(["Müller".encode()]), "date": ["2024-01-01"], "amount": [1.0]}
    assert cpm.TransactionLog.from_table(table, **COLUMNS).summarize().customer_id == ["Müller"]
    table["customer"] = np.array([b"\xff"])
    with pytest.raises(cpm.DataError, match="not UTF-8"):
        cpm.TransactionLog.from_table(table, **COLUMNS)


def test_the_line_of_excel_that_says_the_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("sep=;\ncustomer;date;amount\nann;2024-01-01;x\nbob;2024-01-02;2\n")
    log = cpm.TransactionLog.read(path, **COLUMNS, delimiter=";", on_error="exclude")
    assert (log.rows, log.quality.examples[0].line) == (1, 3)
    with pytest.raises(cpm.DataError, match=r"Read it with delimiter = ';'"):
        cpm.TransactionLog.read(path, **COLUMNS)


@pytest.mark.parametrize(("date", "date_format"), [("20240131", "%Y%m%d"), ("1706659200", "%s")])
def test_dates_of_digits(date: str, date_format: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + f"ann,{date},1\n")
    with pytest.raises(cpm.DataError, match=f'date_format = "{date_format}"'):
        cpm.TransactionLog.read(path, **COLUMNS)
    assert cpm.TransactionLog.read(path, **COLUMNS, date_format=date_format).period[0] == "2024-01-31"


def test_uuids_are_text() -> None:
    pa = pytest.importorskip("pyarrow")
    ids = [uuid.UUID(int=number) for number in (7, 8, 7)]
    binary = pa.array([one.bytes for one in ids], pa.binary(16))
    table = pa.table({"customer": binary, "date": ["2024-01-01", "2024-01-02", "2024-02-01"], "amount": [1.0] * 3})
    customers = cpm.TransactionLog.from_table(table, **COLUMNS).summarize()
    assert customers.customer_id == [str(ids[0]), str(ids[1])]
    # A dict of Python's own.
    plain = {"customer": ids, "date": table["date"].to_pylist(), "amount": [1.0] * 3}
    assert cpm.TransactionLog.from_table(plain, **COLUMNS).summarize().customer_id == [str(ids[0]), str(ids[1])]


def test_a_holdout_may_end_after_the_last_purchase() -> None:
    table = {"customer": ["ann", "bob", "ann"], "date": ["2024-01-01", "2024-01-08", "2024-02-05"], "amount": [1.0] * 3}
    log = cpm.TransactionLog.from_table(table, **COLUMNS)
    for end, weeks in ((None, 4.0), ("2024-02-05", 4.0), ("2024-03-04", 8.0), ("2025-01-06", 52.0)):
        calibration, holdout = log.split("2024-01-08", end)
        assert (holdout.duration, holdout.purchases.tolist()) == (weeks, [1.0, 0.0])
        assert calibration.T.tolist() == [1.0, 0.0]


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
    for option in ("delimiter", "quote", "decimal"):
        for wrong in ("", ";;"):
            with pytest.raises(cpm.CpmError, match=f"^{option} = .*one character"):
                cpm.TransactionLog.read(path, **COLUMNS, **{option: wrong})
    returned = {"customer": ["ann"], "date": ["2024-01-01"], "amount": [-1.0]}
    with pytest.raises(cpm.DataError, match="Returns bring every purchase to zero"):
        cpm.TransactionLog.from_table(returned, **COLUMNS, returns="net").summarize()
    with pytest.raises(cpm.CpmError, match="they differ in merge_within"):
        cpm.SummaryBuilder(**COLUMNS).merge(cpm.SummaryBuilder(**COLUMNS, merge_within="hour"))
    with pytest.raises(cpm.CpmError, match="they differ in date_format"):
        cpm.SummaryBuilder(**COLUMNS).merge(cpm.SummaryBuilder(**COLUMNS, date_format="%d/%m/%Y"))
    path.write_text((HEADER + "ann,2024-01-01,1\n"), encoding="utf-16")
    with pytest.raises(cpm.DataError, match="UTF-16"):
        cpm.TransactionLog.read(path, **COLUMNS)
