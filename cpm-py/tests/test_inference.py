"""Choosing a model and its uncertainty: comparison, bootstrap, profile likelihood, posterior."""

import sys
import types
from typing import Any

import numpy as np
import pytest

import cpm


@pytest.fixture(scope="module")
def posterior(customers: cpm.CustomerSummary) -> cpm.Posterior:
    return cpm.posterior("bg_nbd", customers, chains=3, warmup=200, draws=300, seed=1)


def test_comparison(log: cpm.TransactionLog) -> None:
    comparison = cpm.compare(
        log, horizon=26, origins=2, step=13, models=[cpm.BgNbd, cpm.Nbd(), "pareto_nbd"], resamples=200, seed=1
    )
    assert isinstance(comparison, cpm.Table)
    assert comparison.best in ("bg_nbd", "pareto_nbd")
    assert set(comparison["model"]) == {"BG/NBD", "NBD", "Pareto/NBD", "own rate so far", "mean rate of all"}
    assert (np.diff(comparison["crps"]) >= 0).all()
    assert (comparison["crps_low"] <= comparison["crps"]).all()
    assert (comparison["crps"] <= comparison["mae"] + 1e-12).all()
    assert np.isnan(comparison["log_score"][comparison["model"].index("own rate so far")])
    assert comparison.recommendation.startswith("Use ")
    assert comparison.failed == {}
    assert len(comparison.origins) == 10
    assert set(comparison.calibration["model"]) == set(comparison["model"])
    assert comparison.level == 0.95
    assert comparison.to_table().columns == comparison.columns


def test_a_tie_goes_to_the_simpler_model(log: cpm.TransactionLog) -> None:
    comparison = cpm.compare(log, horizon=13, origins=2, models=["mbg_cnbd", "mbg_nbd"], resamples=100)
    assert comparison.best == "mbg_nbd"
    assert "MBG/CNBD-k has k = 1 at every origin, which is MBG/NBD" in comparison.recommendation


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"horizon": 0}, "horizon = 0"),
        ({"horizon": 13, "origins": 0}, "origins = 0"),
        ({"horizon": 13, "origins": -1}, "origins = -1"),
        ({"horizon": 60, "origins": 3}, "fewer origins"),
        ({"horizon": 13, "models": []}, "models"),
        ({"horizon": 13, "models": ["bgnbd"]}, "one of bg_nbd"),
        ({"horizon": 13, "models": [cpm.GammaGamma]}, "model is a GammaGamma"),
        ({"horizon": 13, "resamples": 1}, "resamples = 1"),
    ],
)
def test_comparisons_that_make_no_sense(log: cpm.TransactionLog, arguments: Any, message: str) -> None:
    with pytest.raises(cpm.CpmError, match=message):
        cpm.compare(log, **arguments)


def test_bootstrap(customers: cpm.CustomerSummary, model: cpm.BgNbd) -> None:
    boot = cpm.bootstrap(model, customers, replicates=60, seed=3)
    assert (len(boot), boot.failed) == (60, 0)
    assert boot.model.params == model.params
    assert all(isinstance(m, cpm.BgNbd) for m in boot.replicates)
    table = boot.parameters(level=0.9)
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    errors = model.standard_errors
    assert errors is not None
    for found, expected in zip(table["standard_error"], errors.values(), strict=True):
        assert expected is not None
        assert 0.5 < found / expected < 2
    total = boot.estimate(lambda m: float(m.expected_purchases(customers, 39).sum()), level=0.9)
    assert total.value == pytest.approx(model.expected_purchases(customers, 39).sum())
    assert total.low < total.value < total.high
    again = cpm.bootstrap("bg_nbd", customers, replicates=60, seed=3)
    assert (again.parameters()["low"] == boot.parameters()["low"]).all()
    with pytest.raises(cpm.CpmError, match="replicates = 3"):
        cpm.bootstrap("bg_nbd", customers, replicates=3)
    with pytest.raises(ZeroDivisionError):
        boot.estimate(lambda m: 1 / 0)


def test_profile_interval(customers: cpm.CustomerSummary, model: cpm.BgNbd) -> None:
    found = cpm.profile_interval(model, customers, "r")
    errors = model.standard_errors
    assert errors is not None
    assert errors["r"] is not None
    assert found.value == pytest.approx(model.params["r"])
    assert found.high - found.low == pytest.approx(2 * 1.96 * errors["r"], rel=0.1)
    with pytest.raises(cpm.CpmError, match="BG/NBD has r, alpha, a, b"):
        cpm.profile_interval(model, customers, "s")
    # The k that the fit chooses is 1 here, which is BG/NBD.
    plain = cpm.profile_interval("bg_cnbd", customers, "r")
    assert (plain.low, plain.high) == pytest.approx((found.low, found.high), rel=1e-6)


def test_posterior(posterior: cpm.Posterior, customers: cpm.CustomerSummary, model: cpm.BgNbd) -> None:
    draws = posterior.draws
    assert list(draws) == ["r", "alpha", "a", "b"]
    assert all(d.shape == (3, 300) and (d > 0).all() for d in draws.values())
    summary = posterior.summary()
    assert summary["parameter"] == list(draws)
    np.testing.assert_allclose(summary["mean"], [d.mean() for d in draws.values()])
    assert (summary["r_hat"] < 1.05).all()
    assert (summary["ess_bulk"] > 200).all()
    assert posterior.divergences == 0
    assert all("effective" in warning or "R-hat" in warning for warning in posterior.warnings)
    errors = model.standard_errors
    assert errors is not None
    for i, name in enumerate(draws):
        error = errors[name]
        assert error is not None
        assert abs(summary["mean"][i] - model.params[name]) < error
    prediction = posterior.predict(customers, horizon=39, draws=50)
    assert prediction["expected_purchases"].sum() == pytest.approx(
        model.expected_purchases(customers, 39).sum(), rel=0.03
    )
    assert (prediction["expected_purchases_low"] <= prediction["expected_purchases"]).all()
    models = posterior.models(5)
    assert len(models) == 5
    assert models[0].params["r"] == draws["r"][0, 0]
    estimate = posterior.estimate(lambda m: m.params["r"], draws=900)
    assert estimate.value == pytest.approx(draws["r"].mean())
    same = cpm.posterior("bg_nbd", customers, chains=3, warmup=200, draws=300, seed=1)
    assert (same.draws["b"] == draws["b"]).all()


def test_posterior_for_arviz(posterior: cpm.Posterior) -> None:
    stats = posterior.sample_stats
    names = {"lp", "diverging", "tree_depth", "n_steps", "acceptance_rate", "energy", "step_size"}
    assert set(stats) == names
    assert all(value.shape == (3, 300) for value in stats.values())
    assert stats["diverging"].dtype == bool
    assert stats["n_steps"].dtype == np.int64
    pytest.importorskip("arviz")
    data = posterior.to_inference_data()
    assert data.posterior["r"].shape == (3, 300)


@pytest.mark.parametrize(
    ("version", "from_dict"), [("0.23.4", lambda **groups: groups), ("1.3.0", lambda groups: groups)]
)
def test_both_forms_of_arviz(
    posterior: cpm.Posterior, monkeypatch: pytest.MonkeyPatch, version: str, from_dict: Any
) -> None:
    arviz = types.SimpleNamespace(__version__=version, from_dict=from_dict)
    monkeypatch.setitem(sys.modules, "arviz", arviz)
    groups: Any = posterior.to_inference_data()
    assert set(groups) == {"posterior", "sample_stats"}
    assert groups["posterior"]["r"].shape == (3, 300)


def test_totals_of_a_posterior(posterior: cpm.Posterior, customers: cpm.CustomerSummary) -> None:
    groups = np.where(customers.frequency > 0, "repeat", "once")
    totals = posterior.purchase_totals(customers, 39, groups, draws=60)
    assert sorted(totals["group"]) == ["once", "repeat"]
    assert totals["purchases"].sum() == pytest.approx(totals.total.value)
    of_fit = cpm.purchase_totals(cpm.BgNbd().fit(customers), customers, 39).total
    assert totals.total.value == pytest.approx(of_fit.value, rel=0.03)
    assert totals.total.high - totals.total.low == pytest.approx(of_fit.high - of_fit.low, rel=0.5)
    spend = cpm.posterior("gamma_gamma", customers, chains=2, warmup=100, draws=100)
    with pytest.raises(cpm.CpmError, match="says nothing of purchases"):
        spend.purchase_totals(customers, 39)


def test_priors_of_a_posterior(customers: cpm.CustomerSummary) -> None:
    options: Any = {"chains": 2, "warmup": 100, "draws": 100}
    near = {"alpha": cpm.Prior.log_normal(median=30, sigma=0.02), "r": cpm.Prior.gamma(shape=2, rate=2)}
    pulled = cpm.posterior("nbd", customers, priors=near, **options)
    assert pulled.draws["alpha"].mean() == pytest.approx(30, rel=0.15)
    plain = cpm.posterior("nbd", customers, default_priors="pymc-marketing", **options)
    assert plain.draws["alpha"].mean() < 20
    for arguments, message in [
        ({"priors": {"s": cpm.Prior.half_normal(sigma=1)}}, "NBD has the parameters r, alpha"),
        ({"priors": {"r": 1.0}}, "not a cpm.Prior"),
        ({"model": cpm.GGompertzNbd, "default_priors": "pymc-marketing"}, "no GGompertz/NBD model"),
        ({"default_priors": "flat"}, "one of wide, pymc-marketing"),
        ({"draws": 1}, "draws = 1"),
        ({"chains": 0}, "chains = 0"),
        ({"target_accept": 2}, "target_accept"),
    ]:
        with pytest.raises(cpm.CpmError, match=message):
            cpm.posterior(**{"model": "nbd", "customers": customers, **options, **arguments})


def test_a_posterior_exists_where_a_fit_does_not() -> None:
    nobody = cpm.CustomerSummary(frequency=[0] * 20, recency=[0] * 20, T=[30] * 20)
    with pytest.raises(cpm.FitError):
        cpm.Nbd().fit(nobody)
    posterior = cpm.posterior("nbd", nobody, chains=2, warmup=100, draws=100, seed=4)
    rate = posterior.estimate(lambda m: m.expected_purchases_new_customer(1))
    assert 0 < rate.value < 0.1


def test_weights_are_customers(customers: cpm.CustomerSummary) -> None:
    weights = np.where(np.arange(len(customers)) % 3 == 0, 2, 1)
    twice = np.repeat(np.arange(len(customers)), weights)
    each = cpm.CustomerSummary(
        customers.frequency[twice],
        customers.recency[twice],
        customers.T[twice],
        monetary_value=customers.monetary_value[twice],  # type: ignore[index]
    )
    for model, parameter in (("nbd", "r"), ("gamma_gamma", "q")):
        found = cpm.profile_interval(model, customers, parameter, weights=weights)  # type: ignore[arg-type]
        expected = cpm.profile_interval(model, each, parameter)  # type: ignore[arg-type]
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-5)
        boot = cpm.bootstrap(model, customers, replicates=20, seed=1, weights=weights)  # type: ignore[arg-type]
        assert boot.failed == 0
        assert boot.model.convergence.customers == cpm.bootstrap(model, each, replicates=20).model.convergence.customers  # type: ignore[arg-type]
        assert {m.convergence.customers for m in cpm.bootstrap("nbd", customers, 20, weights=weights).replicates} == {
            float(weights.sum())
        }
    posterior = cpm.posterior("nbd", customers, weights=weights, chains=2, warmup=60, draws=60, seed=1)
    fitted = cpm.Nbd().fit(customers, weights=weights)
    errors = fitted.standard_errors
    assert errors is not None
    assert errors["r"] is not None
    assert abs(posterior.draws["r"].mean() - fitted.params["r"]) < errors["r"]
    spend = cpm.posterior("gamma_gamma", customers, weights=weights, chains=2, warmup=60, draws=60, seed=1)
    assert spend.draws["q"].min() > 1
    for function in (cpm.bootstrap, cpm.posterior):
        with pytest.raises(cpm.DataError, match="weights"):
            function("nbd", customers, weights=[1.0])


def test_intervals_of_spend(customers: cpm.CustomerSummary, spend: cpm.GammaGamma) -> None:
    errors = spend.standard_errors
    assert errors is not None
    for name, value in spend.params.items():
        found = cpm.profile_interval(spend, customers, name)
        assert found.low < value < found.high
        assert found.value == pytest.approx(value, rel=1e-8)
        error = errors[name]
        assert error is not None
        assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.2)
    boot = cpm.bootstrap(cpm.GammaGamma, customers, replicates=20, seed=1)
    assert (len(boot), boot.failed, boot.model.params) == (20, 0, spend.params)
    assert repr(boot) == "Bootstrap(Gamma-Gamma, replicates=20, failed=0)"
    assert boot.parameters()["parameter"] == ["p", "q", "v"]
    with pytest.raises(cpm.CpmError, match="Gamma-Gamma has p, q, v"):
        cpm.profile_interval("gamma_gamma", customers, "r")


def test_purchases_of_groups(customers: cpm.CustomerSummary, model: cpm.BgNbd) -> None:
    labels = np.where(customers.frequency > 0, "repeat", "once")
    totals = cpm.purchase_totals(model, customers, 39, labels, level=0.9)
    expected = model.expected_purchases(customers, 39)
    assert totals["group"] == ["once", "repeat"]
    for k, name in enumerate(totals["group"]):
        assert totals["customers"][k] == (labels == name).sum()
        assert totals["purchases"][k] == pytest.approx(expected[labels == name].sum())
        assert totals["purchases_low"][k] < totals["purchases"][k] < totals["purchases_high"][k]
    total = totals.total
    assert total.value == pytest.approx(expected.sum())
    # What the customers did, in the weeks after.
    assert total.low < 1882 < 1.2 * total.high
    # Chance evens out, so that the whole is surer than its parts, but for what they have in common.
    width = (totals["purchases_high"] - totals["purchases_low"]).sum()
    assert 0 < total.high - total.low < width * 1.001
    # Without what the parameters may be, only chance is left: as in simulated futures.
    known = cpm.BgNbd.from_params(**model.params)
    alone = cpm.purchase_totals(known, customers, 39, level=0.9)
    assert alone["group"] == ["all"]
    assert alone.total.high - alone.total.low < total.high - total.low
    for arguments, message in (
        ({"horizon": 0}, "horizon = 0"),
        ({"horizon": 39, "level": 2}, "level = 2"),
        ({"horizon": 39, "groups": ["a"]}, "groups"),
    ):
        with pytest.raises(cpm.CpmError, match=message):
            cpm.purchase_totals(model, customers, **arguments)
