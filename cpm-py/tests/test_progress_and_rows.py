"""Progress of long reads, and the rows of a log as a table."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm
from cpm import _progress

COLUMNS: dict[str, Any] = {"customer": "customer", "date": "date", "amount": "amount"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"c{i % 50},2024-01-{1 + i % 28:02},{i}\n" for i in range(5_000))
    path.write_text("customer,date,amount\n" + rows)
    return path


def test_a_function_is_told(path: Path) -> None:
    seen: list[tuple[int, int, int | None]] = []
    cpm.TransactionLog.read(path, **COLUMNS, progress=lambda *report: seen.append(report))
    size = path.stat().st_size
    assert seen[-1] == (5_000, size, size)
    assert seen == sorted(seen)
    seen.clear()
    builder = cpm.SummaryBuilder(**COLUMNS)
    builder.read([path], progress=lambda *report: seen.append(report))
    assert seen[-1] == (5_000, size, size)
    assert len(builder.finish()) == 50


def test_an_exception_of_the_function_is_raised(path: Path) -> None:
    def stop(rows: int, bytes_read: int, total: int | None) -> None:
        message = f"{rows} of {bytes_read} of {total}"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        cpm.TransactionLog.read(path, **COLUMNS, progress=stop)
    with pytest.raises(TypeError, match="progress must be"):
        cpm.TransactionLog.read(path, **COLUMNS, progress="yes")  # type: ignore[arg-type]


def test_bars(path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # Piped, as here, nothing is shown unless it is asked for.
    cpm.TransactionLog.read(path, **COLUMNS)
    cpm.TransactionLog.read(path, **COLUMNS, progress=False)
    assert capsys.readouterr().err == ""
    cpm.TransactionLog.read(path, **COLUMNS, progress=True)
    assert "5,000 rows" in capsys.readouterr().err
    # Without tqdm it is a line of text.
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    cpm.TransactionLog.read(path, **COLUMNS, progress=True)
    assert capsys.readouterr().err.endswith("\rreading: 100 %, 5,000 rows\n")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert _progress.reporter(None) is not None
    cpm.TransactionLog.read(path, **COLUMNS)
    assert capsys.readouterr().err == ""


def test_rows_come_back() -> None:
    table = {
        "customer": [2, 1, 1],
        "date": ["2024-03-02", "2024-03-01 08:15", "2024-02-01"],
        "amount": [5.0, 20.0, 7.5],
        "sku": ["b", "a", None],
        "shop": ["web", "web", "x"],
        "cost": [None, 8.0, 3.0],
        "nr": [3, 2, 1],
        "country": ["DE", "FR", "FR"],
    }
    more: dict[str, Any] = {
        "product": "sku",
        "channel": "shop",
        "cost": "cost",
        "order": "nr",
        "attributes": ["country"],
    }
    log = cpm.TransactionLog.from_table(table, **COLUMNS, **more)
    rows = log.to_table()
    names = ["customer_id", "time", "amount", "order", "product", "channel", "cost", "country"]
    assert rows.columns == names
    assert rows["customer_id"].tolist() == [1, 1, 2]
    times = ["2024-02-01T00:00:00", "2024-03-01T08:15:00", "2024-03-02T00:00:00"]
    assert rows["time"].tolist() == np.array(times, dtype="datetime64[s]").tolist()
    assert rows["product"] == ["", "a", "b"]
    np.testing.assert_array_equal(rows["cost"], [3.0, 8.0, np.nan])
    assert rows["order"] == ["1", "2", "3"]
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(log)
    assert frame.columns == names
    assert frame["amount"].to_list() == [7.5, 20.0, 5.0]
    # What comes out goes in again.
    again = cpm.TransactionLog.from_table(
        frame, customer="customer_id", date="time", amount="amount", product="product"
    )
    assert again.to_table()["product"] == ["", "a", "b"]
