"""What purchase models answer: windows, counts, next purchases, cash flows, cohorts and futures."""

import numpy as np
import pytest

import cpm

MODELS = (cpm.BgNbd, cpm.MbgNbd, cpm.ParetoNbd, cpm.Nbd)


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.__name__)
def any_model(request: pytest.FixtureRequest, customers: cpm.CustomerSummary) -> cpm.PurchaseModel:
    fitted: cpm.PurchaseModel = request.param().fit(customers)
    return fitted


def test_windows(any_model: cpm.PurchaseModel, customers: cpm.CustomerSummary) -> None:
    whole = any_model.expected_purchases(customers, horizon=39)
    parts = [any_model.expected_purchases_between(customers, a, b) for a, b in [(0, 13), (13, 13.5), (13.5, 39)]]
    np.testing.assert_allclose(np.sum(parts, axis=0), whole, rtol=1e-9, atol=1e-12)
    with pytest.raises(cpm.CpmError, match="window must begin before its end"):
        any_model.expected_purchases_between(customers, 5, 5)


def test_counts(any_model: cpm.PurchaseModel, customers: cpm.CustomerSummary) -> None:
    none = any_model.probability_of_purchases(customers, 0, horizon=39)
    np.testing.assert_allclose(none, any_model.probability_no_purchase(customers, 39), rtol=1e-9)
    pmf = any_model.purchase_probabilities_new_customer(52)
    assert pmf.sum() == pytest.approx(1, abs=1e-12)
    assert pmf @ np.arange(len(pmf)) == pytest.approx(any_model.expected_purchases_new_customer(52), rel=1e-9)
    shifted = any_model.purchase_probabilities_new_customer(52, count_first=True)
    assert shifted[0] == 0
    assert (shifted[1:] == pmf).all()
    first = any_model.expected_purchases_new_customer(52, count_first=True)
    assert first == any_model.expected_purchases_new_customer(52) + 1
    with pytest.raises(cpm.CpmError, match="n = -1"):
        any_model.probability_of_purchases(customers, -1, 39)


def test_next_purchase(any_model: cpm.PurchaseModel, customers: cpm.CustomerSummary) -> None:
    table = any_model.next_purchase(customers, level=0.9)
    median = any_model.next_purchase_quantile(customers)
    never = np.isnan(table["median"])
    assert (np.isinf(median) == never).all()
    assert (median[~never] == table["median"][~never]).all()
    assert (never == (table["probability_never"] >= 0.5)).all()
    # Half-way to the next purchase, the probability of silence is one half.
    some = np.flatnonzero(~never)[:20]
    for i in some:
        silent = any_model.probability_no_purchase(customers, float(median[i]))[i]
        assert silent == pytest.approx(0.5, rel=1e-8)
    with pytest.raises(cpm.CpmError, match="probability"):
        any_model.next_purchase_quantile(customers, 1.5)


def test_residual_transactions(any_model: cpm.PurchaseModel, customers: cpm.CustomerSummary) -> None:
    for_ever = any_model.discounted_residual_transactions(customers, discount_rate=0.15)
    decades = any_model.discounted_residual_transactions(customers, discount_rate=0.15, horizon=52 * 150)
    year = any_model.discounted_residual_transactions(customers, discount_rate=0.15, horizon=52)
    np.testing.assert_allclose(decades, for_ever, rtol=1e-6)
    assert (year <= for_ever).all()
    with pytest.raises(cpm.CpmError, match="horizon"):
        any_model.discounted_residual_transactions(customers, discount_rate=0)


def test_tracking_and_futures(any_model: cpm.PurchaseModel, customers: cpm.CustomerSummary) -> None:
    tracking = any_model.track(customers, periods=20, length=2)
    np.testing.assert_allclose(np.cumsum(tracking["expected"]), tracking["cumulative"])
    assert (tracking["cumulative_low"] <= tracking["cumulative"]).all()
    future = any_model.simulate_future(customers, horizon=39, seed=5)
    expected = any_model.expected_purchases(customers, 39).sum()
    assert len(future) == pytest.approx(expected, rel=0.1)
    again = any_model.simulate_future(customers, horizon=39, seed=5)
    assert (again["time"] == future["time"]).all()
    assert set(future["customer_id"]) <= set(customers.customer_id)


def test_cost_and_cash_flows(
    any_model: cpm.PurchaseModel, spend: cpm.GammaGamma, customers: cpm.CustomerSummary
) -> None:
    plan = {"horizon": 52, "discount_rate": 0.1, "margin": 0.3, "cost_per_purchase": 2.0}
    value = cpm.lifetime_value(any_model, spend, customers, **plan)
    plain = cpm.lifetime_value(any_model, spend, customers, horizon=52, discount_rate=0.1, margin=0.3)
    np.testing.assert_allclose(value["value"], plain["value"] - 2 * plain["discounted_purchases"], atol=1e-9)
    assert value.total.low < value.total.value < value.total.high
    flows = cpm.cash_flows(any_model, spend, customers, periods=12, **plan)  # type: ignore[arg-type]
    assert flows["cumulative"][-1] == pytest.approx(value.total.value)
    assert (flows["cash_flow_low"] < flows["cash_flow"]).all()
    with pytest.raises(cpm.CpmError, match="periods"):
        cpm.cash_flows(any_model, spend, customers, horizon=52, periods=0)
    with pytest.raises(cpm.CpmError, match="cost_per_purchase"):
        cpm.lifetime_value(any_model, spend, customers, horizon=52, cost_per_purchase=-1)


def test_analysis_with_another_model(log: cpm.TransactionLog) -> None:
    portfolio = cpm.analyze(log, as_of="1998-06-30", model="pareto_nbd", cost_per_purchase=1.5)
    assert isinstance(portfolio.model, cpm.ParetoNbd)
    assert portfolio.model.params == cpm.ParetoNbd().fit(log.summarize(as_of="1998-06-30")).params
    assert portfolio.holdout is not None
    report = portfolio.report_html()
    assert "Pareto&#x2f;NBD" in report
    assert "One-time buyers count as alive" not in report
    assert "less a cost of 1.5 per purchase" in report
    models = "one of bg_nbd, mbg_nbd, pareto_nbd, nbd, ggompertz_nbd, bg_bb, bg_cnbd, mbg_cnbd"
    with pytest.raises(cpm.CpmError, match=models):
        cpm.analyze(log, model="bgnbd")  # type: ignore[arg-type]
