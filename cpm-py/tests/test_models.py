"""Models as Python objects: unfitted and fitted, copies, arguments of many types."""

import copy
import datetime
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import cpm


def test_unfitted_models_say_so(
    customers: cpm.CustomerSummary, spend: cpm.GammaGamma, model: cpm.BgNbd, tmp_path: Any
) -> None:
    new, new_spend = cpm.BgNbd(), cpm.GammaGamma()
    assert (repr(new), repr(new_spend)) == ("BgNbd()", "GammaGamma()")
    calls: list[Any] = [
        lambda: new.params,
        lambda: new.log_likelihood,
        lambda: new.convergence,
        lambda: new.probability_alive(customers),
        lambda: new.predict(customers, horizon=3),
        lambda: new.save(tmp_path / "model.json"),
        lambda: new.simulate(spend, customers=1, start="2024-01-01", end="2024-01-02"),
        lambda: new_spend.params,
        lambda: new_spend.population_mean,
        lambda: cpm.lifetime_value(new, spend, customers, horizon=3),
        lambda: cpm.lifetime_value(model, new_spend, customers, horizon=3),
        lambda: cpm.churn_scores(new, customers, horizon=3),
    ]
    for call in calls:
        with pytest.raises(cpm.CpmError, match="not fitted"):
            call()


def test_fit_returns_the_object_itself(customers: cpm.CustomerSummary) -> None:
    model = cpm.BgNbd()
    assert model.fit(customers) is model
    assert repr(model) == "BgNbd(r=0.242595, alpha=4.4136, a=0.792922, b=2.42591)"
    assert isinstance(model, cpm.PurchaseModel)


def test_habits_of_scikit_learn() -> None:
    for model in (cpm.BgNbd(), cpm.GammaGamma()):
        assert model.get_params() == model.get_params(deep=False) == {}
        assert model.set_params() is model
        assert type(model)(**model.get_params()).get_params() == {}
        with pytest.raises(cpm.CpmError, match="no parameter penalty"):
            model.set_params(penalty=1)


def test_pickles_and_copies(model: cpm.BgNbd, spend: cpm.GammaGamma, customers: cpm.CustomerSummary) -> None:
    for original in (model, spend, cpm.BgNbd(), cpm.GammaGamma()):
        for again in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original)):
            assert type(again) is type(original)
            assert repr(again) == repr(original)
    again = pickle.loads(pickle.dumps(model))
    assert (again.probability_alive(customers) == model.probability_alive(customers)).all()
    assert again.predict_new_customer(39) == model.predict_new_customer(39)


def test_predictions_agree_with_their_parts(model: cpm.BgNbd, customers: cpm.CustomerSummary) -> None:
    table = model.predict(customers, horizon=39, level=0.9)
    assert (table["probability_alive"] == model.probability_alive(customers)).all()
    assert (table["expected_purchases"] == model.expected_purchases(customers, horizon=39)).all()
    assert (table["probability_no_purchase"] == model.probability_no_purchase(customers, 39)).all()
    assert (table["expected_purchases_low"] <= table["expected_purchases"]).all()
    assert (table["expected_purchases"] <= table["expected_purchases_high"]).all()
    assert (model.probability_alive_after(customers, 39) <= model.probability_alive(customers)).all()
    assert model.log_likelihood_per_customer(customers).sum() == pytest.approx(model.log_likelihood)
    new = model.predict_new_customer(39)
    assert new["expected_purchases"] == model.expected_purchases_new_customer(39)
    assert new["expected_purchases_low"] < new["expected_purchases"] < new["expected_purchases_high"]


def test_convergence(model: cpm.BgNbd) -> None:
    convergence = model.convergence
    assert convergence is not None
    assert convergence.converged
    assert convergence.gradient_norm < 1e-6
    assert convergence.condition_number is not None
    assert 1 < convergence.condition_number < 1e4
    assert (convergence.customers, convergence.distinct, convergence.flat_direction) == (2_357, 1_016, None)
    assert str(convergence).startswith("converged after")
    covariance, errors = model.covariance_log, model.standard_errors
    assert covariance is not None
    assert errors is not None
    relative = [error / value for error, value in zip(errors.values(), model.params.values(), strict=True) if error]
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), relative)
    with pytest.raises(cpm.FitError, match="did not converge after 1 iterations"):
        cpm.BgNbd().fit(cpm.datasets.cdnow().summarize(), max_iterations=1)


@pytest.mark.parametrize(
    "kind", [list, tuple, np.float32, np.int64, np.uint8, "pandas", "polars", "pyarrow", "strided"]
)
def test_columns_of_any_type(kind: Any, model: cpm.BgNbd) -> None:
    columns: Any = ([2, 0, 5], [30, 0, 12], [38, 38, 20])
    if kind == "strided":
        columns = [np.repeat(c, 2)[::2] for c in columns]
    elif isinstance(kind, str):
        module = pytest.importorskip(kind)
        columns = [module.array(c) if kind == "pyarrow" else module.Series(c) for c in columns]
    else:
        columns = [kind(c) if kind in (list, tuple) else np.asarray(c, dtype=kind) for c in columns]
    customers = cpm.CustomerSummary(*columns, monetary_value=columns[1], customer_id=np.asarray(columns[0], dtype=int))
    assert customers.frequency.tolist() == [2, 0, 5]
    assert customers.frequency.dtype == np.float64
    assert list(customers.customer_id) == [2, 0, 5]
    assert customers.days_since_last.tolist() == [56, 266, 56]
    assert model.probability_alive(customers)[1] == 1


def test_dates_of_any_type(log: cpm.TransactionLog, customers: cpm.CustomerSummary) -> None:
    dates: list[Any] = [
        datetime.date(1997, 9, 30),
        datetime.datetime(1997, 9, 30),
        np.datetime64("1997-09-30"),
        np.datetime64("1997-09-30T00:00:00", "ns"),
        "1997-09-30 23:59:59",
    ]
    if (pd := pytest.importorskip("pandas")) is not None:
        dates += [pd.Timestamp("1997-09-30"), pd.Timestamp("1997-09-30 18:00", tz="UTC")]
    for date in dates:
        summary = log.summarize(as_of=date)
        assert (summary.T == customers.T).all(), date
    day_before = log.summarize(as_of=datetime.datetime(1997, 9, 29, 12))
    assert day_before.T[0] == pytest.approx(customers.T[0] - 1 / 7)


def test_simulation(model: cpm.BgNbd, spend: cpm.GammaGamma) -> None:
    plan: Any = {"customers": 300, "start": "2024-01-01", "end": datetime.date(2025, 6, 30), "acquired_over": 91}
    log = model.simulate(spend, **plan, seed=1)
    assert log.customers == 300
    assert log.quality.total_amount == model.simulate(spend, **plan, seed=1).quality.total_amount
    assert log.quality.total_amount != model.simulate(spend, **plan, seed=2).quality.total_amount


def test_the_interpreter_is_free_while_computing(log: cpm.TransactionLog) -> None:
    ticks = 0
    done = threading.Event()

    def work() -> None:
        for _ in range(3):
            cpm.analyze(log, horizon=52)
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not done.wait(0.001):
        ticks += 1
    worker.join()
    # With the lock held, this thread would get a turn between two calls only.
    assert ticks > 10


def test_portfolio(portfolio: cpm.Portfolio, log: cpm.TransactionLog) -> None:
    assert portfolio.model.params == cpm.BgNbd().fit(log.summarize()).params
    assert portfolio.spend.params["p"] > 0
    assert len(portfolio.summary) == 2_357
    assert portfolio.quality.rows_kept == 6_919
    assert portfolio.holdout is not None
    assert portfolio.holdout_problem is None
    assert portfolio.holdout.duration == pytest.approx(39, abs=1)
    assert portfolio.cohorts.average["retention"][0] == 1
    assert portfolio.customers is portfolio.customers
    assert portfolio.segments["value"].sum() == pytest.approx(portfolio.customer_equity.value)
    short = cpm.analyze(log, as_of="1997-03-31", calibration_end="1997-01-01")
    assert short.holdout is None
    assert short.holdout_problem


def test_estimates() -> None:
    estimate = cpm.Estimate(2, 1, 3)
    value, low, high = estimate
    assert (value, low, high) == (2, 1, 3)
    assert estimate == cpm.Estimate(2, 1, 3)
    assert estimate != cpm.Estimate(2, 1, 4)


def test_concentration() -> None:
    values = np.array([1, 2, 3, 4, 10], dtype=np.float32)
    assert cpm.portfolio.gini(values) == pytest.approx(0.4)
    assert cpm.portfolio.hhi(values).index == pytest.approx(130 / 400)
    assert cpm.portfolio.lorenz(values, points=6)["share_of_value"].tolist() == pytest.approx(
        [0, 0.05, 0.15, 0.3, 0.5, 1]
    )
    whale = cpm.portfolio.whale_curve([60, 60, -20])
    assert (whale.peak_share, whale.peak_position) == (1.2, pytest.approx(2 / 3))
