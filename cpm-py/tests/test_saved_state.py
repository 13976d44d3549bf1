"""Saving a summary builder, going on from there, and forgetting a customer."""

import pickle
from pathlib import Path
from typing import Any

import pytest

import cpm

COLUMNS: dict[str, Any] = {"customer": "id", "date": "day", "amount": "value", "returns": "net"}
CDNOW = Path(__file__).parents[2] / "cpm-core" / "data" / "cdnow.csv"


def days(*rows: tuple[Any, str, float]) -> dict[str, list[Any]]:
    ids, dates, values = zip(*rows, strict=True)
    return {"id": list(ids), "day": list(dates), "value": list(values)}


JANUARY = days(("ann", "2024-01-03", 0.1), ("ann", "2024-01-03", 0.2), ("bob", "2024-01-09", 5.0))
MARCH = days(("ann", "2024-03-01", 7.0), ("cay", "2024-03-02", 1.0), ("ann", "2024-01-03", 0.3))


def test_what_follows_is_as_in_a_single_pass(tmp_path: Path) -> None:
    whole = cpm.SummaryBuilder(**COLUMNS)
    whole.add_table(JANUARY)
    whole.add_table(MARCH)
    path = tmp_path / "orders.state"
    builder = cpm.SummaryBuilder(**COLUMNS)
    builder.add_table(JANUARY)
    builder.save(path)
    later = cpm.SummaryBuilder.load(str(path))
    later.add_table(MARCH)
    for other in (later, pickle.loads(pickle.dumps(later))):
        customers, expected = other.finish(), whole.finish()
        assert customers.customer_id == expected.customer_id == ["ann", "bob", "cay"]
        for column in ("frequency", "recency", "T", "monetary_value", "total_amount"):
            assert getattr(customers, column).tolist() == getattr(expected, column).tolist()
        assert other.finish_log().quality.total_amount == whole.finish_log().quality.total_amount
    # A file goes on top as well, under the options of the state.
    cdnow = {"customer": "customer_id", "date": "date", "amount": "amount"}
    state = pickle.loads(pickle.dumps(cpm.SummaryBuilder(**cdnow, as_of="1997-09-30", time_unit="day")))
    state.read(CDNOW)
    assert state.finish().frequency.sum() == cpm.datasets.cdnow(full=True).summarize(as_of="1997-09-30").frequency.sum()
    assert state.finish().time_unit == "day"


def test_details_are_kept(tmp_path: Path) -> None:
    more: dict[str, Any] = {"order": "order", "cost": "cost", "attributes": ["country"], "duplicates": "drop"}
    table = JANUARY | {"order": [1, 1, 2], "cost": [0.0, None, 2.0], "country": ["DE", None, "FR"]}
    builder = cpm.SummaryBuilder(**COLUMNS, **more, merge_within="order")
    builder.add_table(table)
    builder.save(tmp_path / "state")
    loaded = cpm.SummaryBuilder.load(tmp_path / "state")
    loaded.add_table(table)
    customers = loaded.finish()
    assert loaded.finish_log().quality.excluded == {"duplicate row": 3}
    assert customers.attributes == {"country": ["DE", "FR"]}
    assert customers.orders is not None
    assert customers.orders.tolist() == [1, 1]


def test_forgetting() -> None:
    builder = cpm.SummaryBuilder(**COLUMNS, aliases={"annie": "ann"})
    builder.add_table(JANUARY)
    assert builder.forget("annie") == 2
    assert builder.forget("ann") == 0
    quality = builder.finish_log().quality
    assert quality.excluded == {"erased on request": 2}
    assert quality.rows_read == quality.rows_kept + quality.rows_excluded == 3
    assert b"bob" in pickle.dumps(builder)
    assert builder.forget("bob") == 1
    assert b"bob" not in pickle.dumps(builder)
    with pytest.raises(cpm.DataError, match="3 erased on request"):
        builder.finish()
    with pytest.raises(cpm.CpmError, match="ids are text"):
        builder.forget(7)
    with pytest.raises(TypeError):
        builder.forget(1.5)  # type: ignore[arg-type]


def test_files_that_are_no_states(tmp_path: Path) -> None:
    path = tmp_path / "orders.state"
    builder = cpm.SummaryBuilder(**COLUMNS)
    builder.add_table(JANUARY)
    builder.save(path)
    good = path.read_bytes()
    damaged = bytearray(good)
    damaged[-20] ^= 1
    for bytes_, message in [
        (b"id,day,value\n", "another kind of file"),
        (good[:50], "cut short after 50 bytes"),
        (bytes(damaged), "damaged at byte"),
        (good[:8] + b"\x07" + good[9:], "version 7 of the format.*Update cpm"),
    ]:
        path.write_bytes(bytes_)
        with pytest.raises(cpm.DataError, match=message):
            cpm.SummaryBuilder.load(path)
    with pytest.raises(FileNotFoundError):
        cpm.SummaryBuilder.load(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        builder.save(tmp_path / "none" / "orders.state")
