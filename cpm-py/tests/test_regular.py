"""Regular purchases, the regularised Gamma-Gamma fit, and the test of independence."""

import pickle
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import cpm


def test_one_stage_is_the_model_without_regularity(customers: cpm.CustomerSummary) -> None:
    for regular, plain in ((cpm.BgCnbd(), cpm.BgNbd()), (cpm.MbgCnbd(), cpm.MbgNbd())):
        one = regular.fit(customers, k=1)
        other = plain.fit(customers)
        assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-9)
        assert one.params == pytest.approx(other.params, rel=1e-7)
        assert np.allclose(one.expected_purchases(customers, 39), other.expected_purchases(customers, 39), rtol=1e-6)


def test_regular_customers_are_seen_as_such(spend: cpm.GammaGamma, tmp_path: Path) -> None:
    truth = cpm.MbgCnbd.from_params(k=2, r=2, alpha=3, a=0.9, b=2.5)
    log = truth.simulate(spend, customers=800, start="2024-01-01", end="2025-06-30", acquired_over=91, seed=3)
    customers = log.summarize(merge_within="hour")
    model = cpm.MbgCnbd().fit(customers)
    assert model.k == 2
    assert model.log_likelihood_per_customer(customers).sum() == pytest.approx(model.log_likelihood)
    plain = cpm.MbgNbd().fit(customers)
    assert model.log_likelihood is not None
    assert plain.log_likelihood is not None
    assert model.log_likelihood > plain.log_likelihood + 50
    table = model.predict(customers, horizon=13)
    assert (table["expected_purchases_low"] <= table["expected_purchases"]).all()
    assert cpm.lifetime_value(model, spend, customers, horizon=13, discount_rate=0.1).total.value > 0
    model.save(tmp_path / "model.json")
    for again in (cpm.load_model(tmp_path / "model.json"), pickle.loads(pickle.dumps(model))):
        assert isinstance(again, cpm.MbgCnbd)
        assert (again.k, repr(again)) == (2, repr(model))
    assert repr(model).startswith("MbgCnbd(k=2, r=")
    assert repr(cpm.BgCnbd()) == "BgCnbd()"


def test_what_does_not_fit_is_refused(customers: cpm.CustomerSummary) -> None:
    without = cpm.CustomerSummary(customers.frequency, customers.recency, customers.T)
    with pytest.raises(cpm.DataError, match="ln_gaps"):
        cpm.BgCnbd().fit(without)
    assert cpm.BgCnbd().fit(without, k=1).k == 1
    with pytest.raises(cpm.CpmError, match="k = 99"):
        cpm.BgCnbd().fit(customers, k=99)
    with pytest.raises(cpm.CpmError, match="not fitted"):
        _ = cpm.MbgCnbd().k


def test_a_mean_that_the_likelihood_does_not_know() -> None:
    z = [4000.0 * (1 + i) if i % 10 == 0 else 8.0 + i % 5 for i in range(60)]
    x = [1 + i % 4 for i in range(60)]
    customers = cpm.CustomerSummary(x, [5] * 60, [9] * 60, monetary_value=z)
    with pytest.raises(cpm.FitError, match="regularised fit"):
        cpm.GammaGamma().fit(customers)
    means = []
    for scale in (1, 1e9):
        scaled = cpm.CustomerSummary(x, [5] * 60, [9] * 60, monetary_value=np.array(z) * scale)
        spend = cpm.GammaGamma().fit(scaled, mean_sigma=0.25)
        assert spend.params["q"] > 1
        assert (spend.expected_spend(scaled) > 0).all()
        assert spend.convergence is not None
        assert spend.convergence.log_prior < 0
        means.append(spend.population_mean / scale)
    assert means[0] == pytest.approx(means[1], rel=1e-6)
    assert 0.5 < means[0] / np.mean(z) < 3
    with pytest.raises(cpm.CpmError, match="sigma = 0"):
        cpm.GammaGamma().fit(customers, mean_sigma=0)


def test_a_mean_that_the_likelihood_knows_stays(customers: cpm.CustomerSummary, spend: cpm.GammaGamma) -> None:
    regularised = cpm.GammaGamma().fit(customers, mean_sigma=0.25)
    assert regularised.params == pytest.approx(spend.params, rel=5e-3)
    errors, expected = regularised.standard_errors, spend.standard_errors
    assert errors is not None
    assert expected is not None
    assert errors["q"] == pytest.approx(expected["q"], rel=0.05)


def test_independence(customers: cpm.CustomerSummary) -> None:
    test = cpm.IndependenceTest(customers)
    assert test.customers == 946
    assert test.pearson.low < test.pearson.value < test.pearson.high
    assert test.pearson_p < 0.01
    assert (test.warning is None) == ("warning" not in str(test))
    assert test.by_frequency["customers"].sum() == 946
    with pytest.raises(cpm.FitError, match="monetary_value"):
        cpm.IndependenceTest(cpm.CustomerSummary([1], [1], [2]))


def test_gompertz_lifetimes(spend: cpm.GammaGamma, customers: cpm.CustomerSummary, tmp_path: Path) -> None:
    near = cpm.GGompertzNbd.from_params(r=0.553, alpha=10.578, b=1e-9, s=0.606, beta=1e-9 * 11.669)
    limit = cpm.ParetoNbd.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    assert np.allclose(near.expected_purchases(customers, 39), limit.expected_purchases(customers, 39), rtol=1e-6)
    near.save(tmp_path / "model.json")
    again = cpm.load_model(tmp_path / "model.json")
    assert isinstance(again, cpm.GGompertzNbd)
    assert again.params == near.params
    fitted = cpm.GGompertzNbd().fit(customers)
    assert fitted.convergence is not None
    assert fitted.convergence.warnings  # five parameters are more than these data determine
    log = limit.simulate(spend, customers=10, start="2024-01-01", end="2024-12-31")
    assert log.customers == 10


@pytest.fixture(scope="module")
def regular(spend: cpm.GammaGamma) -> cpm.CustomerSummary:
    truth = cpm.MbgCnbd.from_params(k=3, r=2, alpha=5, a=0.9, b=2.5)
    log = truth.simulate(spend, customers=300, start="2024-01-01", end="2025-06-30", acquired_over=91, seed=1)
    return log.summarize(merge_within="hour")


@pytest.mark.parametrize("name", ["bg_cnbd", "mbg_cnbd"])
def test_bootstrap_of_regular_models(regular: cpm.CustomerSummary, name: Literal["bg_cnbd", "mbg_cnbd"]) -> None:
    boot = cpm.bootstrap(name, regular, replicates=20, seed=2)
    assert (len(boot), boot.failed) == (20, 0)
    assert {m.k for m in boot.replicates} <= {2, 3, 4}
    held = cpm.bootstrap(name, regular, replicates=20, seed=2, k=2)
    assert {m.k for m in held.replicates} == {2}
    purchases = held.estimate(lambda m: m.expected_purchases_new_customer(26))
    assert purchases.low < purchases.value < purchases.high


def test_a_model_brings_its_k_along(regular: cpm.CustomerSummary) -> None:
    given, chosen = cpm.MbgCnbd().fit(regular, k=2), cpm.MbgCnbd().fit(regular)
    assert given.convergence is not None
    assert chosen.convergence is not None
    assert (given.convergence.chosen, chosen.convergence.chosen) == (0, 1)
    assert {m.k for m in cpm.bootstrap(given, regular, replicates=20).replicates} == {2}
    made = cpm.MbgCnbd.from_params(k=2, r=2, alpha=5, a=0.9, b=2.5)
    intervals = []
    for model in (given, made):
        interval = cpm.profile_interval(model, regular, "r")
        assert interval.value == pytest.approx(given.params["r"])
        intervals.append((interval.low, interval.high))
    held = cpm.profile_interval("mbg_cnbd", regular, "r", k=2)
    assert intervals == [(held.low, held.high)] * 2
    for model in (given, chosen):
        posterior = cpm.posterior(model, regular, chains=2, warmup=60, draws=60, seed=1)
        assert {m.k for m in posterior.models(10)} == {model.k}
        summary = posterior.summary()
        errors = model.standard_errors
        assert errors is not None
        assert errors["r"] is not None
        assert abs(summary["mean"][0] - model.params["r"]) < errors["r"]
    for function in (cpm.bootstrap, cpm.posterior):
        with pytest.raises(cpm.CpmError, match="BG/NBD has no k"):
            function("bg_nbd", regular, k=2)
    with pytest.raises(cpm.CpmError, match="k = 99"):
        cpm.profile_interval("bg_cnbd", regular, "r", k=99)
