"""Features at a point in time: nothing of the future is in them."""

from typing import Any

import numpy as np
import pytest

import cpm

ORDERS: dict[str, list[Any]] = {
    "id": ["ann", "ann", "ann", "bob", "bob"],
    "day": ["2024-01-01", "2024-01-15", "2024-03-01", "2024-01-20", "2024-02-10"],
    "value": [10.0, 20.0, 40.0, 5.0, 7.0],
}
VISITS: dict[str, list[Any]] = {
    "who": ["ann", "bob", "ann", "eve"],
    "when": ["2024-01-10", "2024-01-30", "2024-03-05", "2024-01-01"],
    "pages": [3, 5, 100, 1],
    "kind": ["shop", "help", "shop", None],
}


def orders(rows: dict[str, list[Any]] = ORDERS) -> cpm.TransactionLog:
    return cpm.TransactionLog.from_table(rows, customer="id", date="day", amount="value")


def visits(rows: Any = VISITS) -> cpm.EventLog:
    return cpm.EventLog.from_table(rows, customer="who", date="when", value="pages", category="kind")


def test_values() -> None:
    found = cpm.churn_features(
        orders(), as_of=["2024-01-31"], horizon=4, events={"visits": visits()}, windows=[2, 4], calendar=True
    )
    assert found["customer_id"] == ["ann", "bob"]
    assert found["as_of"].tolist() == [np.datetime64("2024-01-31").item()] * 2
    assert found["frequency"].tolist() == [1, 0]
    np.testing.assert_allclose(found["mean_gap"], [2, np.nan])
    np.testing.assert_allclose(found["overdue_ratio"], [16 / 14, np.nan])
    assert found["purchases_2"].tolist() == [0, 1]
    assert found["purchases_change_2"].tolist() == [-1, 1]
    assert found["visits_count"].tolist() == [1, 1]
    assert found["visits_last"].tolist() == [3, 5]
    assert found["visits_sum_2"].tolist() == [0, 5]
    assert found["visits_variety"].tolist() == [1, 1]
    # Ann comes back on March 1, after the four weeks; Bob on February 10, within them.
    assert found.label is not None
    assert found.label.tolist() == found["churned"].tolist() == [1, 0]
    assert found.unmatched_events == {"visits": 1}
    assert found.names == [c for c in found.columns if c not in ("customer_id", "as_of", "churned")]
    assert found.to_table().columns == found.columns


def test_dates_are_stacked_and_agree_with_one_date(log: cpm.TransactionLog) -> None:
    dates = ["1997-06-30", "1997-09-30", "1997-12-31"]
    together = cpm.churn_features(log, as_of=dates, horizon=13).to_pandas()
    for date in dates:
        alone = cpm.churn_features(log, as_of=date, horizon=13).to_pandas()
        part = together[together.as_of == date].reset_index(drop=True)
        assert part.equals(alone)


def test_the_future_changes_nothing() -> None:
    before = cpm.churn_features(orders(), "2024-01-31", 2, events={"v": visits()}, windows=[1, 9])
    cut = [i for i, day in enumerate(ORDERS["day"]) if day <= "2024-01-31"]
    seen = [i for i, day in enumerate(VISITS["when"]) if day <= "2024-01-31"]
    past = {name: [values[i] for i in cut] for name, values in ORDERS.items()}
    known = {name: [values[i] for i in seen] for name, values in VISITS.items()}
    after = cpm.churn_features(orders(past), "2024-01-31", 2, events={"v": visits(known)}, windows=[1, 9], label=False)
    assert after.label is None
    assert "churned" not in after
    for name in before.names:
        np.testing.assert_array_equal(before[name], after[name])


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
def test_tables_of_any_kind(library: str) -> None:
    own: Any = {"customer_id": ["bob", "eve"], "age": [41, 30], "plan": ["gold", "free"], "score": [1.5, None]}
    table: Any = VISITS
    if library != "dict":
        module = pytest.importorskip(library)
        make = module.table if library == "pyarrow" else module.DataFrame
        own, table = make(own), make(VISITS)
    found = cpm.churn_features(orders(), "2024-01-31", 4, events={"v": visits(table)}, attributes=own)
    np.testing.assert_array_equal(found["age"], [np.nan, 41])
    np.testing.assert_array_equal(found["score"], [np.nan, 1.5])
    assert found["plan"] == ["(missing)", "gold"]
    assert found["v_sum_13"].tolist() == [3, 5]
    assert found.columns[-1] == "churned"


def test_returns_are_features_of_logs_that_net_them() -> None:
    rows = {"id": [1, 1, 2], "day": ["2024-01-01", "2024-01-09", "2024-01-09"], "value": [20.0, -5.0, 9.0]}
    log = cpm.TransactionLog.from_table(rows, customer="id", date="day", amount="value", returns="net")
    found = cpm.churn_features(log, "2024-01-31", 4, label=False)
    assert found["returns"].tolist() == [1, 0]
    assert found["returned_amount"].tolist() == [5, 0]
    assert "returns" not in cpm.churn_features(orders(), "2024-01-31", 4)


def test_refused() -> None:
    log = orders()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"as_of": "2024-02-20"}, "no label"),
        ({"as_of": []}, "as_of"),
        ({"as_of": ["2024-01-31", "2024-01-31"]}, "twice"),
        ({"as_of": "2023-01-01", "label": False}, "Nobody had bought"),
        ({"horizon": -1}, "horizon"),
        ({"windows": [0]}, "windows"),
        ({"time_unit": "fortnight"}, "time_unit"),
        ({"events": {"v": VISITS}}, "EventLog"),
        ({"attributes": {"age": [1]}}, "customer_id"),
        ({"attributes": {"customer_id": ["bob", "bob"], "age": [1, 2]}}, "two rows"),
        ({"attributes": {"customer_id": [1, 2], "age": [1, 2]}}, "integers"),
        ({"attributes": {"customer_id": ["bob"], "T": [1]}}, "T"),
        ({"attributes": {"customer_id": ["bob"], "day": np.array(["2024-01-01"], dtype="M8[D]")}}, "numbers or text"),
    ]
    for arguments, words in wrong:
        with pytest.raises(cpm.CpmError, match=words):
            cpm.churn_features(log, **{"as_of": "2024-01-31", "horizon": 4, **arguments})
    with pytest.raises(cpm.DataError) as caught:
        visits({**VISITS, "when": ["2024-01-10", "yesterday", "2024-03-05", "2024-01-01"]})
    assert (caught.value.column, caught.value.row, caught.value.value) == ("when", 1, "yesterday")
    with pytest.raises(cpm.DataError, match="shop"):
        cpm.EventLog.from_table(VISITS, customer="shop", date="when")
    with pytest.raises(cpm.CpmError, match="on_error"):
        cpm.EventLog.from_table(VISITS, customer="who", date="when", on_error="skip")  # type: ignore[arg-type]
    left_out = cpm.EventLog.from_table(
        {"who": ["ann", None], "when": ["2024-01-10", "2024-01-10"]}, customer="who", date="when", on_error="exclude"
    )
    assert (len(left_out), left_out.rows_excluded) == (1, 1)
