"""Rolling origins: each split is the one made alone; arguments are checked."""

import datetime

import numpy as np
import pytest

import cpm


def test_each_split_is_the_one_made_alone(log: cpm.TransactionLog) -> None:
    rolling = log.rolling_splits(horizon=13, origins=3)
    assert len(rolling) == len(list(rolling)) == 3
    for origin, (calibration, holdout) in zip(rolling.origins, rolling, strict=True):
        alone, followed = log.split(calibration_end=origin, observation_end=holdout.end)
        assert calibration.customer_id == alone.customer_id
        np.testing.assert_array_equal(calibration.T, alone.T)
        np.testing.assert_array_equal(holdout.purchases, followed.purchases)
        np.testing.assert_array_equal(holdout.amount, followed.amount)
        assert holdout.duration == 13
    whole = log.split(calibration_end="1997-09-30")[1]
    assert sum(h.purchases.sum() for _, h in rolling) == whole.purchases.sum()
    assert rolling[-1][1].end == rolling[2][1].end
    with pytest.raises(IndexError, match="there are 3"):
        rolling[3]


def test_tables_count_what_is_left_out(log: cpm.TransactionLog) -> None:
    rolling = log.rolling_splits(horizon=4, origins=[datetime.date(1997, 2, 10), "1997-06-30"])
    table = rolling.to_table()
    assert table["customers"].tolist() == [len(split[0]) for split in rolling]
    assert table["customers_born_after"].tolist() == [845, 0]
    assert table["rows_between"].tolist() == [0, 0]
    customers = rolling.customers()
    assert len(customers) == table["customers"].sum()
    assert customers["holdout_purchases"].sum() == table["holdout_purchases"].sum()
    assert customers.columns[:2] == ["origin", "customer_id"]


def test_one_code_with_compare(log: cpm.TransactionLog) -> None:
    comparison = cpm.compare(log, horizon=13, origins=3, models=["nbd"], resamples=100)
    actual = dict(zip(map(str, comparison.origins["origin"]), comparison.origins["actual"], strict=True))
    table = log.rolling_splits(horizon=13, origins=3).to_table()
    assert actual == dict(zip(map(str, table["origin"]), table["holdout_purchases"], strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"horizon": 0}, "horizon"),
        ({"horizon": float("nan")}, "horizon"),
        ({"horizon": 13, "origins": 0}, "origins"),
        ({"horizon": 13, "origins": -1}, "origins"),
        ({"horizon": 13, "origins": []}, "at least one"),
        ({"horizon": 13, "origins": ["30/06/1997"]}, "30/06/1997"),
        ({"horizon": 13, "origins": ["1998-06-01"]}, "after the end of observation"),
        ({"horizon": 13, "origins": ["1997-06-30"], "step": 4}, "leave it out"),
        ({"horizon": 13, "origins": 9}, "fewer origins"),
        ({"horizon": 13, "time_unit": "fortnight"}, "fortnight"),
    ],
)
def test_arguments(log: cpm.TransactionLog, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(cpm.CpmError, match=message):
        log.rolling_splits(**arguments)  # type: ignore[arg-type]


def test_types(log: cpm.TransactionLog) -> None:
    with pytest.raises(TypeError):
        log.rolling_splits(horizon=13, origins=2.5)  # type: ignore[arg-type]
