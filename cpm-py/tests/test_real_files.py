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
