"""BG/BB over time: summaries with one opportunity in every unit of time."""

import pickle

import numpy as np
import pytest

import cpm


@pytest.fixture(scope="module")
def log() -> cpm.TransactionLog:
    return cpm.datasets.cdnow()


@pytest.fixture(scope="module")
def months(log: cpm.TransactionLog) -> cpm.CustomerSummary:
    return log.summarize(as_of="1997-09-30", merge_within="month", time_unit="month")


@pytest.fixture(scope="module")
def model(months: cpm.CustomerSummary) -> cpm.BgBb:
    return cpm.BgBb().fit(months)


def test_a_summary_is_a_table_of_opportunities(model: cpm.BgBb, months: cpm.CustomerSummary) -> None:
    histories = cpm.OpportunityHistories(
        months.frequency.astype(int), months.recency.round().astype(int), months.T.round().astype(int)
    )
    other = cpm.BgBb().fit(histories)
    assert other.params == model.params
    assert isinstance(model, cpm.PurchaseModel)
    for answer in (
        lambda m, c: m.probability_alive(c),
        lambda m, c: m.probability_alive_after(c, 3),
        lambda m, c: m.expected_purchases(c, horizon=9),
        lambda m, c: m.probability_no_purchase(c, horizon=9),
        lambda m, c: m.log_likelihood_per_customer(c),
        lambda m, c: m.predict(c, horizon=9)["purchases_high"],
    ):
        np.testing.assert_array_equal(answer(model, months), answer(model, histories))
    prediction = model.predict(months, horizon=9)
    assert prediction.columns[:2] == ["customer_id", "probability_alive"]
    assert list(prediction["customer_id"]) == list(months.customer_id)
    # Per year for a summary, per period for opportunities.
    yearly = model.discounted_residual_transactions(months, discount_rate=0.10)
    monthly = model.discounted_residual_transactions(histories, discount_rate=1.10 ** (1 / 12) - 1)
    np.testing.assert_allclose(yearly, monthly, rtol=1e-12)
    assert model.expected_purchases_new_customer(12, count_first=True) == model.expected_purchases_new_customer(12) + 1
    weights = np.ones(len(months))
    assert cpm.BgBb().fit(months, weights=weights).params == pytest.approx(model.params)
    assert pickle.loads(pickle.dumps(model)).params == model.params


def test_what_every_purchase_model_does(model: cpm.BgBb, months: cpm.CustomerSummary) -> None:
    spend = cpm.GammaGamma().fit(months)
    value = cpm.lifetime_value(model, spend, months, horizon=12, discount_rate=0.10, margin=0.30)
    dert = model.discounted_residual_transactions(months, discount_rate=0.10, horizon=12)
    np.testing.assert_allclose(value["value"], 0.30 * dert * spend.expected_spend(months), rtol=1e-10)
    assert value.total.low < value.total.value < value.total.high
    flows = cpm.cash_flows(model, spend, months, horizon=12, periods=12, discount_rate=0.10, margin=0.30)
    assert flows["cumulative"][-1] == pytest.approx(value.total.value)
    both = model.expected_purchases_between(months, 0, 3) + model.expected_purchases_between(months, 3, 9)
    np.testing.assert_allclose(both, model.expected_purchases(months, 9), rtol=1e-10)
    median = model.next_purchase_quantile(months, 0.1)
    assert set(median[np.isfinite(median)] % 1) <= {0.0}
    assert model.track(months, periods=12).columns[0] == "period"
    future = model.simulate_future(months, horizon=9, seed=1)
    assert future["time"].min() >= 1
    assert future["time"].max() <= 9


def test_hold_out_and_comparison(log: cpm.TransactionLog, model: cpm.BgBb) -> None:
    units = {"merge_within": "month", "time_unit": "month"}
    check = cpm.holdout_check(model, log, calibration_end="1997-09-30", observation_end="1998-06-30", **units)
    assert check.duration == 9
    assert 0.5 < check.expected_total.value / check.actual_total < 1.5
    comparison = cpm.compare(
        log, horizon=9, origins=1, models=["bg_bb", cpm.BgNbd], resamples=100, observation_end="1998-06-30", **units
    )
    assert "BG/BB" in comparison["model"]
    everything = cpm.compare(log, horizon=39, origins=1, models=[cpm.BgBb, "nbd"], resamples=100)
    assert "merge_within" in everything.failed["bg_bb"]


def test_bad_input(log: cpm.TransactionLog, model: cpm.BgBb, months: cpm.CustomerSummary) -> None:
    weeks = log.summarize(as_of="1997-09-30")
    with pytest.raises(cpm.DataError, match="merge_within") as error:
        cpm.BgBb().fit(weeks)
    assert error.value.column == "recency"
    with pytest.raises(cpm.CpmError, match="month"):
        cpm.lifetime_value(model, cpm.GammaGamma().fit(weeks), weeks, horizon=12)
    with pytest.raises(cpm.CpmError, match=r"horizon = 2\.5"):
        model.expected_purchases(months, 2.5)
    with pytest.raises(cpm.CpmError, match="customers is a list"):
        model.probability_alive([1, 2])  # type: ignore[arg-type]
