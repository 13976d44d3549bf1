"""Logs and summaries go to other processes."""

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

import cpm

DETAILS: dict[str, Any] = {
    "customer": ["ann", "ann", "bob", "ann"],
    "date": ["2024-01-01T22:00:00Z", "2024-02-01", "2024-03-01", "2024-02-01"],
    "amount": [1.0, 2.0, 4.0, -0.5],
    "order": [1, 2, 3, 2],
    "cost": [0.5, None, 2.0, 0.0],
    "country": ["DE", None, "FR", "DE"],
}
KEYWORDS: dict[str, Any] = {
    "customer": "customer",
    "date": "date",
    "amount": "amount",
    "order": "order",
    "cost": "cost",
    "attributes": "country",
    "returns": "net",
    "time_zone": "Asia/Tokyo",
}


def logs() -> list[cpm.TransactionLog]:
    builder = cpm.SummaryBuilder("customer", "date", "amount", returns="net")
    builder.add_table(DETAILS | {"customer": [7, 7, 9, 7]})
    return [
        cpm.datasets.cdnow(),
        cpm.TransactionLog.from_table(DETAILS, **KEYWORDS),
        builder.finish_log(),
    ]


def test_a_log_is_the_same_elsewhere() -> None:
    for log in logs():
        for other in (pickle.loads(pickle.dumps(log)), copy.deepcopy(log)):
            assert repr(other) == repr(log)
            assert other.time_zone == log.time_zone
            assert str(other.quality) == str(log.quality)
            assert str(other.to_table().to_dict()) == str(log.to_table().to_dict())
            assert str(other.summarize().to_table().to_dict()) == str(log.summarize().to_table().to_dict())


def test_a_summary_is_the_same_elsewhere() -> None:
    given = cpm.CustomerSummary(frequency=[2, 0], recency=[30.4, 0], T=[38.9, 38.9], ln_gaps=[4.1, 0], time_unit="day")
    given = given.with_covariates({"channel": ["web", "shop"], "age": [31, 54]})
    for summary in [given, *(log.summarize() for log in logs())]:
        other = pickle.loads(pickle.dumps(summary))
        assert repr(other) == repr(summary)
        assert str(other.to_table().to_dict()) == str(summary.to_table().to_dict())
        assert str(other.quality) == str(summary.quality)
        assert other.covariates == summary.covariates
        assert (other.ln_gaps is None) == (summary.ln_gaps is None)
    fitted = cpm.BgNbd().fit(pickle.loads(pickle.dumps(logs()[0].summarize())))
    assert fitted.params == cpm.BgNbd().fit(logs()[0].summarize()).params


def test_damaged_bytes_are_an_error() -> None:
    summary = cpm.datasets.cdnow().summarize()
    _, (good,) = summary.__reduce__()
    damaged = bytearray(good)
    damaged[100] ^= 1
    for bytes_, message in [
        (b"", "cut short"),
        (good[:30], "damaged"),
        (bytes(damaged), "its checksum does not fit"),
        (b"x" * 100, "begins otherwise"),
        (good[:8] + b"\x07" + good[9:], "version 7 of the format"),
    ]:
        with pytest.raises(cpm.DataError, match=message):
            cpm.CustomerSummary._from_bytes(bytes_)
    with pytest.raises(cpm.DataError, match="of another kind"):
        cpm.TransactionLog._from_bytes(good)


def test_workers_take_them() -> None:
    log = logs()[1]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(cpm.TransactionLog.summarize, log, "2024-12-31").result(timeout=60)
    assert there.frequency.tolist() == log.summarize("2024-12-31").frequency.tolist()
