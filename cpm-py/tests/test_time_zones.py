"""Dates with a zone, and what else the keywords of reading take."""

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import cpm

TOKYO = ZoneInfo("Asia/Tokyo")
COLUMNS: dict[str, Any] = {"customer": "customer", "date": "date", "amount": "amount"}
ORDERS: dict[str, Any] = {
    "customer": ["ann", "ann", "bob"],
    "date": ["2024-01-01T10:00:00+09:00", "2024-01-02T20:00:00+09:00", "2024-01-03T02:00:00+09:00"],
    "amount": [1.0, 2.0, 4.0],
}


def log(time_zone: Any = "Asia/Tokyo", **more: Any) -> cpm.TransactionLog:
    return cpm.TransactionLog.from_table(ORDERS, **COLUMNS, time_zone=time_zone, **more)


@pytest.mark.parametrize(
    "as_of",
    [
        datetime(2024, 1, 2, 21, tzinfo=TOKYO),
        datetime(2024, 1, 2, 12, tzinfo=timezone.utc),
        "2024-01-02T21:00:00+09:00",
        "2024-01-02 12:00Z",
        "2024-01-02 21:00",
        np.datetime64("2024-01-02T21:00"),
    ],
)
def test_aware_dates_are_converted_to_the_zone_of_the_log(as_of: Any) -> None:
    assert log().time_zone == "Asia/Tokyo"
    quality = log().summarize(as_of=as_of, time_unit="day").quality
    assert (quality.as_of, quality.rows_after_as_of) == ("2024-01-02 21:00:00", 1)
    builder = cpm.SummaryBuilder(**COLUMNS, time_zone=TOKYO, as_of=as_of)
    builder.add_table(ORDERS)
    assert builder.finish().quality.as_of == "2024-01-02 21:00:00"
    assert builder.finish_log().time_zone == "Asia/Tokyo"
    assert log(end=as_of).rows == log(start=as_of, on_error="exclude").quality.rows_excluded == 2
    _, holdout = log().split(calibration_end=as_of)
    assert (holdout.start, holdout.customers_born_after) == ("2024-01-02 21:00:00", 1)
    assert log().rolling_splits(horizon=1, time_unit="day", origins=[as_of], observation_end="2024-01-04").origins == [
        "2024-01-02 21:00:00"
    ]


def test_midnight_in_the_zone_of_the_log_is_the_end_of_that_day() -> None:
    def end(as_of: Any, time_zone: Any = TOKYO) -> str:
        return log(time_zone).summarize(as_of=as_of).quality.as_of

    for midnight in (date(2024, 1, 2), datetime(2024, 1, 2), datetime(2024, 1, 2, tzinfo=TOKYO), "2024-01-02"):
        assert end(midnight) == "2024-01-02 23:59:59"
    assert end(datetime(2024, 1, 1, 15, tzinfo=timezone.utc)) == "2024-01-02 23:59:59"
    # Midnight elsewhere is a time of the day, and text with a time is that time.
    assert end(datetime(2024, 1, 2, tzinfo=timezone.utc)) == "2024-01-02 09:00:00"
    assert end("2024-01-02T00:00:00+09:00") == "2024-01-02"
    # A log without a zone is in UTC, as are its rows.
    assert end(datetime(2024, 1, 2, 21, tzinfo=TOKYO), None) == "2024-01-02 12:00:00"
    assert end(datetime(2024, 1, 2, tzinfo=timezone.utc), None) == "2024-01-02 23:59:59"
    with pytest.raises(cpm.CpmError, match="give an ISO date"):
        end("2024-01-02 21:00+nine")


def test_functions_of_the_log_know_its_zone() -> None:
    panel = cpm.portfolio.activity_panel(log(), period="month", as_of=datetime(2024, 1, 31, tzinfo=TOKYO))
    assert panel.as_of == "2024-01-31 23:59:59"


def test_zones_as_objects() -> None:
    for zone in (TOKYO, "Asia/Tokyo"):
        assert log(zone).period[0] == "2024-01-01 10:00:00"
    assert log(timezone(timedelta(hours=-5, minutes=-30))).time_zone == "-05:30"
    assert log(timezone.utc).period[0] == "2024-01-01 01:00:00"
    with pytest.raises(cpm.CpmError, match="Europe/Berlin"):
        log("Atlantis")
    with pytest.raises(TypeError, match=r"zoneinfo\.ZoneInfo"):
        log(9)


def test_aliases_in_several_forms() -> None:
    pairs = {"bob": "ann", "rob": "ann"}
    pd = pytest.importorskip("pandas")
    pa = pytest.importorskip("pyarrow")
    forms = [
        pairs,
        pd.Series(pairs),
        pd.DataFrame({"alias": list(pairs), "customer": list(pairs.values())}),
        pa.table({"alias": list(pairs), "customer": list(pairs.values())}),
    ]
    for aliases in forms:
        merged = log(aliases=aliases)
        assert (merged.customers, merged.quality.alias_rows) == (1, 1)
    # Whole numbers next to missing ones are floating point in pandas.
    numbers = cpm.TransactionLog.from_table(
        ORDERS | {"customer": [7, 8, 9]}, **COLUMNS, aliases=pd.Series([7.0], index=[8])
    )
    assert numbers.customers == 2


def test_a_missing_customer_behind_an_alias_is_an_error() -> None:
    pd = pytest.importorskip("pandas")
    for missing in (None, float("nan"), np.nan, pd.NA, pd.NaT, " "):
        with pytest.raises(cpm.CpmError, match=r"aliases = bob for .* the customer behind the alias is missing"):
            log(aliases={"bob": missing})
    with pytest.raises(cpm.CpmError, match="the alias is missing"):
        log(aliases={None: "ann"})
    with pytest.raises(cpm.CpmError, match="two columns"):
        log(aliases=pd.DataFrame({"alias": ["bob"]}))
    with pytest.raises(TypeError, match="aliases must be a dict"):
        log(aliases="bob")


def test_one_attribute_needs_no_list() -> None:
    table = ORDERS | {"country": ["JP", "JP", "DE"]}
    read = cpm.TransactionLog.from_table(table, **COLUMNS, time_zone=TOKYO, attributes="country")
    assert read.summarize().attributes == {"country": ["JP", "DE"]}
