"""A builder takes a source whole or not at all."""

import _thread
import gzip
import pickle
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cpm

COLUMNS: dict[str, Any] = {"customer": "customer", "date": "date", "amount": "amount"}
TABLE: dict[str, list[Any]] = {"customer": ["ann", "bob"], "date": ["2024-01-01"] * 2, "amount": [1.0, 2.0]}


def state_of(builder: cpm.SummaryBuilder) -> bytes:
    return pickle.dumps(builder)


@pytest.fixture
def builder() -> cpm.SummaryBuilder:
    builder = cpm.SummaryBuilder(**COLUMNS)
    builder.add_table(TABLE)
    return builder


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as in a terminal, also where the tests run in the background and it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_file_that_is_cut_short_adds_nothing(builder: cpm.SummaryBuilder, tmp_path: Path) -> None:
    rows = "".join(f"c{i % 999},2024-01-{1 + i % 28:02},{i}\n" for i in range(100_000))
    whole = gzip.compress(("customer,date,amount\n" + rows).encode())
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    before = state_of(builder)
    with pytest.raises(cpm.DataError, match=r"orders\.csv\.gz"):
        builder.read(path)
    assert state_of(builder) == before
    path.write_bytes(whole)
    builder.read(path)
    assert builder.finish_log().quality.rows_read == 100_002


def test_a_stream_that_breaks_adds_nothing(builder: cpm.SummaryBuilder) -> None:
    pa = pytest.importorskip("pyarrow")
    first = pa.RecordBatch.from_pydict(TABLE)

    def batches() -> Any:
        yield first
        message = "the line went dead"
        raise OSError(message)

    before = state_of(builder)
    with pytest.raises(cpm.DataError, match="the line went dead"):
        builder.add_table(pa.RecordBatchReader.from_batches(first.schema, batches()))
    assert state_of(builder) == before


def test_a_callback_that_raises_adds_nothing(builder: cpm.SummaryBuilder, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\nann,2024-01-05,1\n")

    def stop(*_: object) -> None:
        message = "enough"
        raise RuntimeError(message)

    before = state_of(builder)
    with pytest.raises(RuntimeError, match="enough"):
        builder.read(path, progress=stop)
    assert state_of(builder) == before


def test_a_saved_state_can_always_be_gone_on_with(builder: cpm.SummaryBuilder, tmp_path: Path) -> None:
    bad = {"customer": ["ann", None], "date": ["2024-01-02"] * 2, "amount": [1.0, 2.0]}
    path = tmp_path / "orders.state"
    builder.save(path)
    today = cpm.SummaryBuilder.load(path)
    with pytest.raises(cpm.DataError, match="1 of 2 rows cannot be used") as raised:
        today.add_table(bad)
    assert (raised.value.column, raised.value.row) == ("customer", 1)
    today.save(path)
    today = cpm.SummaryBuilder.load(path)
    today.add_table(TABLE)
    assert today.finish().frequency.tolist() == [0.0, 0.0]
    assert today.finish_log().rows == 4


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_reading_and_adds_nothing(builder: cpm.SummaryBuilder, tmp_path: Path) -> None:
    # As Ctrl-C is pressed while a file is read: here by the function that is told of progress.
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\nann,2024-01-05,1\n")

    def press(*_: object) -> None:
        _thread.interrupt_main()
        time.sleep(0.5)

    before = state_of(builder)
    with pytest.raises(KeyboardInterrupt):
        builder.read(path, progress=press)
    assert state_of(builder) == before
    with pytest.raises(KeyboardInterrupt):
        cpm.TransactionLog.read(path, **COLUMNS, progress=press)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_stream(builder: cpm.SummaryBuilder) -> None:
    pa = pytest.importorskip("pyarrow")
    first = pa.RecordBatch.from_pydict(TABLE)
    given = []

    def batches() -> Any:
        for number in range(1_000):
            if number == 3:
                _thread.interrupt_main()
            time.sleep(0.02)
            given.append(number)
            yield first

    before = state_of(builder)
    with pytest.raises(KeyboardInterrupt):
        builder.add_table(pa.RecordBatchReader.from_batches(first.schema, batches()))
    assert len(given) < 100
    assert state_of(builder) == before


def test_progress_of_a_table() -> None:
    seen: list[tuple[int, int, int | None]] = []
    cpm.TransactionLog.from_table(TABLE, **COLUMNS, progress=lambda *report: seen.append(report))
    assert seen[-1] == (2, 0, None)
