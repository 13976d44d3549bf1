"""Summaries and splits in Python are those that lifetimes and pymc-marketing give for the same log."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"
REFERENCE = json.loads((GOLDEN / "peer_summaries.json").read_text())
PEERS = sorted(REFERENCE["peers"])
# In which conventions differ: docs/log/same-summary-elsewhere.md, tested in Rust.
OTHER = {"calendar weeks, cut on a Tuesday", "calendar months", "times, cut at midnight"}


@pytest.fixture(scope="module")
def logs() -> dict[str, cpm.TransactionLog]:
    names = {"customer": "customer", "date": "time", "amount": "amount"}
    logs = {
        "cdnow": cpm.datasets.cdnow(full=True),
        "invoices": cpm.TransactionLog.read(GOLDEN / "invoices.csv", returns="drop", **names),
    }
    if path := os.environ.get("CPM_ONLINE_RETAIL"):
        logs["online_retail"] = cpm.TransactionLog.read(
            path, customer="CustomerID", date="InvoiceDate", amount="TotalPrice"
        )
    return logs


def case_log(case: dict[str, Any], logs: dict[str, cpm.TransactionLog]) -> cpm.TransactionLog:
    if case["data"] not in logs:
        pytest.skip("CPM_ONLINE_RETAIL names no file: UCI's Online Retail is not part of the repository")
    return logs[case["data"]]


def assert_same(reference: dict[str, Any], columns: dict[str, Any]) -> None:
    for name, values in columns.items():
        assert len(values) == reference["customers"]
        np.testing.assert_allclose(np.sum(values), reference["sums"][name], rtol=1e-12)
        weights = 1 + np.arange(len(values)) % 97
        np.testing.assert_allclose(np.sum(weights * values), reference["weighted_sums"][name], rtol=1e-12)


def summary_columns(customers: cpm.CustomerSummary) -> dict[str, Any]:
    return {name: getattr(customers, name) for name in ("frequency", "recency", "T", "monetary_value")}


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("case", REFERENCE["cases"]["summaries"], ids=lambda case: str(case["name"]))
def test_summaries(peer: str, case: dict[str, Any], logs: dict[str, cpm.TransactionLog]) -> None:
    if case["name"] in OTHER:
        pytest.skip("another convention")
    log = case_log(case, logs)
    units = {name: case[name] for name in ("as_of", "time_unit", "merge_within")}
    assert_same(REFERENCE["peers"][peer]["summaries"][case["name"]], summary_columns(log.summarize(**units)))


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("case", REFERENCE["cases"]["splits"], ids=lambda case: str(case["name"]))
def test_splits(peer: str, case: dict[str, Any], logs: dict[str, cpm.TransactionLog]) -> None:
    if case["name"] in OTHER:
        pytest.skip("another convention")
    log = case_log(case, logs)
    names = ("calibration_end", "observation_end", "time_unit", "merge_within")
    calibration, holdout = log.split(**{name: case[name] for name in names})
    columns = summary_columns(calibration) | {"frequency_holdout": holdout.purchases}
    columns["duration_holdout"] = np.full(len(calibration), holdout.duration)
    if peer == "pymc-marketing":
        columns["monetary_value_holdout"] = holdout.amount / np.maximum(holdout.purchases, 1)
    assert_same(REFERENCE["peers"][peer]["splits"][case["name"]], columns)
    assert holdout.rows_between == 0


def test_what_lies_between_is_counted(logs: dict[str, cpm.TransactionLog]) -> None:
    _, holdout = logs["invoices"].split(calibration_end="2024-08-31 00:00:00")
    assert holdout.rows_between == 5
