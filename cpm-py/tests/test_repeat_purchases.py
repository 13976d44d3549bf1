"""Repeat-purchase prediction: against simulated truth, and against ranking by how often something was bought."""

import numpy as np
import pytest

import cpm

END, HORIZON = 364, 56


def simulated(customers: int) -> tuple[list[int], list[str], list[np.datetime64]]:
    """Buyers of three products, who give each of them up at some time."""
    rng = np.random.default_rng(4)
    rows: list[tuple[int, str, int]] = []
    for name, scale, most in (("coffee", 0.05, 0.2), ("filters", 0.017, 0.4), ("machine", 0.006, 0.8)):
        for customer in range(customers):
            rate, leave, at = rng.gamma(2, scale), most * rng.random(), 180 * rng.random()
            while at <= END + HORIZON:
                rows.append((customer, name, int(at)))
                if rng.random() < leave:
                    break
                at += rng.exponential(1 / rate)
    day = np.datetime64("2024-01-01")
    customer, product, days = zip(*rows, strict=True)
    return list(customer), list(product), [day + np.timedelta64(d, "D") for d in days]


def auc(score: np.ndarray, label: np.ndarray) -> float:
    """Share of pairs in the right order, ties half; by ranks, independent of cpm."""
    order = np.sort(score)
    rank = (np.searchsorted(order, score, "left") + np.searchsorted(order, score, "right") + 1) / 2
    wins, n = rank[label].sum(), label.sum()
    return float((wins - n * (n + 1) / 2) / (n * (~label).sum()))


def test_forecasts_hold_and_beat_ranking_by_frequency() -> None:
    customer, product, date = simulated(500)
    end = np.datetime64("2024-01-01") + np.timedelta64(END, "D")
    again = cpm.portfolio.repeat_purchases(customer, product, date, as_of=end, horizon=HORIZON / 7)
    later = {(c, p) for c, p, d in zip(customer, product, date, strict=True) if d > end}
    bought = np.array([(c, p) in later for c, p in zip(again["customer_id"], again["product"], strict=True)])
    probability = again["probability"]
    for name in again.products:
        of = np.array(again["product"]) == name
        made, expected = bought[of].sum(), probability[of].sum()
        deviation = np.sqrt((probability[of] * (1 - probability[of])).sum())
        assert abs(made - expected) < 3 * deviation + 0.03 * of.sum(), name
    # "Personal top frequency", the baseline that next-basket papers find hard to beat.
    assert auc(probability, bought) > auc(again["purchases"].astype(float), bought) + 0.02
    assert again.rows_after_as_of == sum(d > end for d in date)
    assert again.models["product"] == ["(all)", "coffee", "filters", "machine"]
    assert next(iter(again.models["model"])) == "all"


def test_offers_combine_it_with_margin_and_capacity() -> None:
    customer, product, date = simulated(100)
    again = cpm.portfolio.repeat_purchases(customer, product, date, horizon=8)
    matrix = again.matrix(["coffee", "machine"])
    assert matrix.columns == ["coffee", "machine"]
    assert len(matrix) == len(again.customers) == 100
    plan = cpm.portfolio.rank_offers(matrix, margin=[4, 60], cost=0.2, capacity=[100, 10])
    assert plan.used["machine"] == 10
    assert plan.profit.value == pytest.approx(plan.bound)


def test_bad_input_says_what_to_do() -> None:
    repeat = cpm.portfolio.repeat_purchases
    with pytest.raises(cpm.DataError, match="`product` has 1 rows"):
        repeat([1, 2], ["a"], ["2024-01-01", "2024-01-02"])
    with pytest.raises(cpm.DataError, match="NaT"):
        repeat([1], ["a"], np.array(["NaT"], dtype="datetime64[D]"))
    with pytest.raises(cpm.DataError, match="as_of within the log"):
        repeat([1], ["a"], ["2024-01-01"], as_of="2023-01-01")
    with pytest.raises(cpm.CpmError, match="horizon"):
        repeat([1], ["a"], ["2024-01-01"], horizon=0)
    with pytest.raises(cpm.FitError, match="repeat"):
        repeat([1, 2], ["a", "a"], ["2024-01-01", "2024-01-05"])
    with pytest.raises(cpm.DataError, match="column `products`, row 0"):
        repeat(*simulated(60)).matrix(["b"])
