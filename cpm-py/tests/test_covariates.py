"""Covariates, priors and the likelihood-ratio test."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cpm


@pytest.fixture(scope="module")
def attributes(customers: cpm.CustomerSummary) -> dict[str, object]:
    first = customers.first_amount
    assert first is not None
    channel = np.where(np.arange(len(customers)) % 3 == 0, "web", "shop")
    return {"first_amount": first / 100, "channel": channel.tolist()}


@pytest.fixture(scope="module")
def described(customers: cpm.CustomerSummary, attributes: dict[str, object]) -> cpm.CustomerSummary:
    return customers.with_covariates(attributes)


@pytest.fixture(scope="module")
def fitted(described: cpm.CustomerSummary) -> cpm.CovariateModel:
    return cpm.CovariateModel("bg_nbd", dropout=["first_amount"]).fit(described)


def test_tables_of_all_kinds_are_the_same(customers: cpm.CustomerSummary, attributes: dict[str, object]) -> None:
    model = cpm.CovariateModel("mbg_nbd", dropout=[])
    tables = [attributes, pd.DataFrame(attributes), pl.DataFrame(attributes), pl.DataFrame(attributes).to_arrow()]
    categories = pd.DataFrame(attributes).astype({"channel": "category"})
    params = [model.fit(customers.with_covariates(table)).params for table in [*tables, categories]]
    assert list(params[0])[4:] == ["purchase:channel=web", "purchase:first_amount"] or list(params[0])[4:] == [
        "purchase:first_amount",
        "purchase:channel=web",
    ]
    assert all(p == params[0] for p in params)
    one = customers.with_covariates(attributes, columns=["first_amount"])
    assert one.covariates == ["first_amount"]


def test_answers(fitted: cpm.CovariateModel, described: cpm.CustomerSummary, spend: cpm.GammaGamma) -> None:
    assert isinstance(fitted, cpm.PurchaseModel)
    alive = fitted.probability_alive(described)
    assert alive.shape == (2357,)
    assert ((alive > 0) & (alive <= 1)).all()
    table = fitted.predict(described, horizon=39)
    assert (table["expected_purchases"] == fitted.expected_purchases(described, 39)).all()
    assert (table["expected_purchases_low"] <= table["expected_purchases"]).all()
    assert fitted.log_likelihood_per_customer(described).sum() == pytest.approx(fitted.log_likelihood)
    value = cpm.lifetime_value(fitted, spend, described, horizon=39)
    assert value.total.low < value.total.value < value.total.high
    assert cpm.churn_scores(fitted, described, horizon=39).expected_without_purchase.value > 0
    new = {"first_amount": [0.1, 2.0], "channel": ["web", "web"]}
    few, many = fitted.expected_purchases_new_customers(new, horizon=52)
    assert few < many
    parameters = fitted.parameters_of(new)
    assert parameters["alpha"][1] < parameters["alpha"][0]
    with pytest.raises(cpm.CpmError, match="with covariates"):
        fitted.expected_purchases_new_customer(52)


def test_summary(fitted: cpm.CovariateModel) -> None:
    summary = fitted.summary(level=0.9)
    rows = dict(zip(summary["name"], summary["p_value"], strict=True))
    assert rows["purchase:first_amount"] < 1e-6
    assert rows["purchase:channel=web"] > 0.01  # every third customer: nothing to find
    assert (summary["coefficient_low"] < summary["coefficient_high"]).all()
    assert np.allclose(np.log(summary["factor"]), summary["coefficient"])
    errors = fitted.standard_errors
    assert errors is not None
    assert list(errors) == list(fitted.params)


def test_kept_and_loaded(fitted: cpm.CovariateModel, described: cpm.CustomerSummary, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model.json")
    loaded = cpm.load_model(tmp_path / "model.json")
    for again in (loaded, pickle.loads(pickle.dumps(fitted))):
        assert isinstance(again, cpm.CovariateModel)
        assert again.get_params() == fitted.get_params()
        assert (again.probability_alive(described) == fitted.probability_alive(described)).all()
    new = pickle.loads(pickle.dumps(cpm.CovariateModel("pareto_nbd", penalty=2.0)))
    assert (new.get_params()["base"], new.get_params()["dropout_penalty"]) == ("pareto_nbd", 2.0)
    assert new.set_params(base="mbg_nbd", equal=["a"]).get_params()["equal"] == ["a"]


def test_likelihood_ratio(fitted: cpm.CovariateModel, customers: cpm.CustomerSummary, model: cpm.BgNbd) -> None:
    test = cpm.likelihood_ratio_test(model, fitted)
    assert (test.degrees_of_freedom, test.p_value < 1e-6) == (3, True)
    with pytest.raises(cpm.CpmError, match="more parameters"):
        cpm.likelihood_ratio_test(fitted, model)


def test_what_does_not_fit_is_refused(
    fitted: cpm.CovariateModel, customers: cpm.CustomerSummary, described: cpm.CustomerSummary
) -> None:
    with pytest.raises(cpm.DataError, match="with_covariates"):
        cpm.CovariateModel().fit(customers)
    with pytest.raises(cpm.DataError, match="`age` is not in the covariates"):
        cpm.CovariateModel(purchase=["age"]).fit(described)
    with pytest.raises(cpm.DataError, match="channel = fax"):
        fitted.parameters_of({"first_amount": [1.0], "channel": ["fax"]})
    with pytest.raises(cpm.DataError, match="row 1: age"):
        cpm.CustomerSummary([0, 0], [0, 0], [1, 1], covariates={"age": [1.0, None]})
    with pytest.raises(cpm.DataError, match="row 1: age = NaN"):
        cpm.CustomerSummary([0, 0], [0, 0], [1, 1], covariates={"age": np.array([1.0, np.nan])})
    with pytest.raises(cpm.DataError, match="has 3 rows"):
        cpm.CustomerSummary([0, 0], [0, 0], [1, 1], covariates={"age": [1, 2, 3]})
    with pytest.raises(cpm.DataError, match="table with named columns"):
        customers.with_covariates([1, 2])  # type: ignore[arg-type]
    with pytest.raises(cpm.CpmError, match="bg_nbd, mbg_nbd, pareto_nbd"):
        cpm.CovariateModel("bg_bb")  # type: ignore[arg-type]
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.CovariateModel().summary()


def test_priors(customers: cpm.CustomerSummary, model: cpm.BgNbd) -> None:
    prior = cpm.Prior.log_normal(median=1.0, sigma=0.05)
    bound = cpm.BgNbd().fit(customers, priors={"r": prior})
    assert model.params["r"] < bound.params["r"] < 1
    assert bound.convergence is not None
    assert bound.convergence.log_prior == pytest.approx(prior.ln_pdf(bound.params["r"]))
    assert cpm.BgNbd().fit(customers, penalty=100).params["r"] > model.params["r"]
    with pytest.raises(cpm.CpmError, match="BG/NBD has the parameters r, alpha, a, b"):
        cpm.BgNbd().fit(customers, priors={"s": prior})
    with pytest.raises(cpm.CpmError, match="shape = -1"):
        cpm.Prior.gamma(shape=-1, rate=1)
    with pytest.raises(cpm.CpmError, match=r"not a cpm\.Prior"):
        cpm.BgNbd().fit(customers, priors={"r": 3})  # type: ignore[dict-item]
    assert repr(prior) == "Prior.log_normal(median=1, sigma=0.05)"


def test_ln_gaps(customers: cpm.CustomerSummary) -> None:
    gaps = customers.ln_gaps
    assert gaps is not None
    x, t_x = customers.frequency, customers.recency
    one = x == 1
    assert np.allclose(gaps[one], np.log(t_x[one]))
    assert (gaps[x == 0] == 0).all()
    many = x > 1
    assert (gaps[many] <= x[many] * np.log(t_x[many] / x[many]) + 1e-9).all()
    with pytest.raises(cpm.DataError, match="ln_gaps"):
        cpm.CustomerSummary([2], [10], [20], ln_gaps=[5.0])


def test_contracts(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    z = random.normal(size=600).round(1)
    renewals = np.minimum(random.geometric(random.beta(0.8 * np.exp(0.6 * z), 2.0)) - 1, 5)
    active = renewals == 5
    model = cpm.ShiftedBetaGeometricWithCovariates().fit(renewals, active, {"z": z})
    row = model.summary()
    assert row["coefficient_low"][0] < 0.6 < row["coefficient_high"][0]
    plain = cpm.ShiftedBetaGeometric().fit(cpm.Renewals.from_customers(renewals, active))
    assert cpm.likelihood_ratio_test(plain, model).p_value < 1e-6
    survival = model.survival_of_customers([1, 1], {"z": [-1.0, 1.0]}, horizon=4)
    assert survival["survival"][0] > survival["survival"][1]
    assert (survival["survival_low"] < survival["survival"]).all()
    residual = model.discounted_expected_residual_lifetime([1, 1], {"z": [-1.0, 1.0]}, discount_rate=0.1)
    assert residual["residual_lifetime"][0] > residual["residual_lifetime"][1]
    assert model.parameters_of({"z": [0.0]})["alpha"][0] == pytest.approx(model.params["alpha"])
    model.save(tmp_path / "model.json")
    again = cpm.load_model(tmp_path / "model.json")
    assert isinstance(again, cpm.ShiftedBetaGeometricWithCovariates)
    assert again.params == pickle.loads(pickle.dumps(model)).params == model.params
    with pytest.raises(cpm.DataError, match="covariates"):
        model.survival_of_customers([1], {"z": [0.0, 1.0]}, horizon=2)
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.ShiftedBetaGeometricWithCovariates().summary()


@pytest.fixture(scope="module")
def channels(customers: cpm.CustomerSummary) -> cpm.CustomerSummary:
    return customers.with_covariates({"channel": ["web" if i % 3 else "shop" for i in range(len(customers))]})


def test_bootstrap_with_covariates(channels: cpm.CustomerSummary) -> None:
    model = cpm.CovariateModel("bg_nbd", dropout=[])
    boot = cpm.bootstrap(model, channels, replicates=30, seed=1)
    assert repr(boot) == "Bootstrap(BG/NBD, replicates=30, failed=0)"
    fitted = model.fit(channels)
    assert boot.model.params == fitted.params
    table = boot.parameters(level=0.9)
    assert list(table["parameter"]) == list(fitted.params)
    errors = fitted.standard_errors
    assert errors is not None
    for found, expected in zip(table["standard_error"], errors.values(), strict=True):
        assert expected is not None
        assert 0.4 < found / expected < 2.5
    effect = boot.estimate(lambda m: m.params["purchase:channel=web"])
    assert effect.low < effect.value < effect.high


@pytest.mark.parametrize("base", ["mbg_nbd", "pareto_nbd"])
def test_profile_with_covariates(channels: cpm.CustomerSummary, base: Any) -> None:
    model = cpm.CovariateModel(base, dropout=[]).fit(channels)
    plain = {"mbg_nbd": cpm.MbgNbd, "pareto_nbd": cpm.ParetoNbd}[base]().fit(channels)
    # The interval excludes 0 as far as the likelihood-ratio test does.
    test = cpm.likelihood_ratio_test(plain, model)
    name = "purchase:channel=web"
    found = cpm.profile_interval(model, channels, name, level=1 - test.p_value)
    assert found.value == model.params[name]
    end = found.low if found.value > 0 else found.high
    assert end == pytest.approx(0, abs=1e-4 * abs(found.value))
    with pytest.raises(cpm.CpmError, match="purchase:channel=web"):
        cpm.profile_interval(model, channels, "channel")


def test_new_customers_with_covariates(channels: cpm.CustomerSummary) -> None:
    for base in ("bg_nbd", "mbg_nbd", "pareto_nbd"):
        model = cpm.CovariateModel(base, dropout=[]).fit(channels)
        table = {"channel": ["web", "shop", "web"]}
        new = model.new_customers(table)
        assert (len(new), new.time_unit) == (3, "week")
        expected = model.expected_purchases_new_customers(table, horizon=52)
        assert model.expected_purchases(new, 52) == pytest.approx(expected)
        chances = np.array([model.probability_of_purchases(new, n, 52) for n in range(400)])
        assert chances.sum(axis=0) == pytest.approx(1, abs=1e-6)
        assert chances[0] == pytest.approx(model.probability_no_purchase(new, 52))
        scores = model.predict(new, 52)
        assert (scores["expected_purchases_low"] < expected).all()
        with_first = model.expected_purchases_new_customers(table, 52, count_first=True)
        assert with_first == pytest.approx(expected + 1, rel=1e-12)
        assert (expected < scores["expected_purchases_high"]).all()
        many = model.new_customers({"channel": ["web"] * 20_000})
        assert len(model.simulate_future(many, 52, seed=1)) / 20_000 == pytest.approx(expected[0], rel=0.06)
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.CovariateModel().new_customers({"channel": ["web"]})


def test_start_and_priors_of_contracts_with_covariates() -> None:
    renewals = [0, 0, 1, 3, 1, 0, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1]
    data = (renewals, [n == 3 for n in renewals], {"plan": ["monthly"] * 8 + ["a year"] * 12})
    plain = cpm.ShiftedBetaGeometricWithCovariates().fit(*data)
    other = cpm.ShiftedBetaGeometricWithCovariates().fit(*data, start=[3, 5])
    assert other.params == pytest.approx(plain.params, rel=1e-5)
    narrow = {"alpha": cpm.Prior.log_normal(median=5, sigma=0.01), "beta": cpm.Prior.log_normal(median=9, sigma=0.01)}
    bound = cpm.ShiftedBetaGeometricWithCovariates().fit(*data, priors=narrow)
    # Of a typical customer, who pays by the year: that is the base.
    assert bound.params["beta"] == pytest.approx(9, rel=0.02)
    assert bound.params["alpha"] == pytest.approx(5, rel=0.02)
    most = (renewals, data[1], {"plan": ["a year"] * 8 + ["monthly"] * 12})
    bound = cpm.ShiftedBetaGeometricWithCovariates().fit(*most, priors=narrow)
    ratio = bound.params["alpha"] / 5
    assert ratio == pytest.approx(np.exp(-bound.params["dropout:plan=monthly"]), rel=0.02)
    with pytest.raises(cpm.CpmError, match="start"):
        cpm.ShiftedBetaGeometricWithCovariates().fit(*data, start=[1, 2, 3])


@pytest.fixture(scope="module")
def subscribers() -> cpm.Renewals:
    random = np.random.default_rng(3)
    z = random.normal(size=600).round(1)
    renewals = np.minimum(random.geometric(random.beta(0.8 * np.exp(0.6 * z), 2.0)) - 1, 5)
    return cpm.Renewals.from_customers(renewals, renewals == 5, covariates={"z": z, "noise": np.arange(600) % 2})


def test_choices_of_contracts(subscribers: cpm.Renewals) -> None:
    model = cpm.ShiftedBetaGeometricWithCovariates(["z"], separate_dropout=True, equal=["z"]).fit(subscribers)
    assert list(model.params) == ["alpha", "beta", "both:z"]
    assert model.get_params() == {"columns": ["z"], "equal": ["z"], "penalty": 0.0, "separate_dropout": True}
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.params == model.params
    means = model.parameters_of({"z": [-1.0, 0.0, 2.0]})
    assert np.ptp(means["alpha"] / (means["alpha"] + means["beta"])) < 1e-12
    apart = cpm.ShiftedBetaGeometricWithCovariates(["z"], separate_dropout=True).fit(subscribers)
    assert cpm.likelihood_ratio_test(model, apart).p_value < 0.01
    with pytest.raises(cpm.CpmError, match="separate_dropout"):
        cpm.ShiftedBetaGeometricWithCovariates(equal=["z"]).fit(subscribers)
    with pytest.raises(cpm.DataError, match="height"):
        cpm.ShiftedBetaGeometricWithCovariates(["height"]).fit(subscribers)
    with pytest.raises(cpm.CpmError, match="weights belong to the data"):
        cpm.ShiftedBetaGeometricWithCovariates().fit(subscribers, weights=[1.0] * 600)
    with pytest.raises(cpm.CpmError, match="leave them out"):
        cpm.ShiftedBetaGeometricWithCovariates().fit(subscribers, [True] * 600)
    with pytest.raises(cpm.CpmError, match="give active and table"):
        cpm.ShiftedBetaGeometricWithCovariates().fit([1, 2])
    with pytest.raises(cpm.CpmError, match="cannot be merged"):
        subscribers.merge(subscribers)
    with pytest.raises(cpm.DataError, match="covariates"):
        cpm.Renewals.from_customers([1, 2], [True, False], covariates={"z": [1.0]})


def test_uncertainty_of_contracts(subscribers: cpm.Renewals) -> None:
    model = cpm.ShiftedBetaGeometricWithCovariates(["z"])
    fitted = cpm.ShiftedBetaGeometricWithCovariates(["z"]).fit(subscribers)
    effect, error = fitted.params["dropout:z"], fitted.standard_errors["dropout:z"]
    profile = cpm.profile_interval(model, subscribers, "dropout:z")
    assert profile.value == pytest.approx(effect)
    assert profile.low == pytest.approx(effect - 1.96 * error, abs=0.4 * error)
    boot = cpm.bootstrap(model, subscribers, replicates=30, seed=1)
    assert repr(boot) == "Bootstrap(sBG, replicates=30, failed=0)"
    assert boot.model.params == pytest.approx(fitted.params)
    assert boot.replicates[0].get_params() == model.get_params()
    assert boot.parameters()["standard_error"][2] == pytest.approx(error, rel=0.5)
    posterior = cpm.posterior(model, subscribers, chains=2, warmup=100, draws=200, seed=1)
    assert repr(posterior).startswith("Posterior(sBG, chains=2, draws=200")
    mean = posterior.estimate(lambda m: m.params["dropout:z"], draws=400)
    assert mean.value == pytest.approx(effect, abs=0.4 * error)
    one = posterior.models(2)[1].survival_of_customers([1], {"z": [1.0], "noise": [0]}, horizon=2)
    assert one["survival_low"][0] == one["survival"][0]
    # A class stands for its default choices; plain models do not mind covariates.
    every = cpm.profile_interval(cpm.ShiftedBetaGeometricWithCovariates, subscribers, "dropout:noise")
    assert every.low < 0 < every.high
    assert cpm.profile_interval("shifted_beta_geometric", subscribers, "alpha").low > 0
    with pytest.raises(cpm.CpmError, match="says nothing of purchases"):
        posterior.predict(cpm.CustomerSummary([1], [1], [2]), horizon=3)
    with pytest.raises(cpm.DataError, match="from_customers"):
        cpm.bootstrap(model, cpm.Renewals.from_cohorts([[100, 80, 70]]))
    with pytest.raises(cpm.CpmError, match="give Renewals"):
        cpm.bootstrap(model, cpm.CustomerSummary([1], [1], [2]))
    with pytest.raises(cpm.CpmError, match="weights belong to the data"):
        cpm.posterior(model, subscribers, weights=[1.0] * 600)
    with pytest.raises(cpm.CpmError, match="has no k"):
        cpm.bootstrap(model, subscribers, k=2)


def test_weights_of_covariate_models(channels: cpm.CustomerSummary) -> None:
    model = cpm.CovariateModel("bg_nbd", dropout=[])
    name, twice = "purchase:channel=web", np.full(len(channels), 2.0)
    once = cpm.profile_interval(model, channels, name)
    both = cpm.profile_interval(model, channels, name, weights=twice)
    assert both.value == pytest.approx(once.value, abs=1e-6)
    assert (both.high - both.low) * np.sqrt(2) == pytest.approx(once.high - once.low, rel=0.02)
    boot = cpm.bootstrap(model, channels, replicates=20, weights=twice)
    assert boot.model.convergence.customers == 2 * len(channels)
    with pytest.raises(cpm.CpmError, match="BG/NBD has no k"):
        cpm.bootstrap(model, channels, k=2)


def test_priors_of_coefficients(channels: cpm.CustomerSummary, subscribers: cpm.Renewals) -> None:
    name, narrow = "purchase:channel=web", cpm.Prior.normal(mean=0.7, sigma=0.001)
    assert repr(narrow) == "Prior.normal(mean=0.7, sigma=0.001)"
    assert narrow.ln_pdf(-0.3) < narrow.ln_pdf(0.7) == pytest.approx(-0.5 * np.log(2 * np.pi) - np.log(0.001))
    model = cpm.CovariateModel("mbg_nbd", dropout=[]).fit(channels, priors={name: narrow})
    assert model.params[name] == pytest.approx(0.7, abs=1e-3)
    assert model.convergence.log_prior == pytest.approx(narrow.ln_pdf(model.params[name]))
    again = pickle.loads(pickle.dumps(model))
    assert again.params == model.params
    contracts = cpm.ShiftedBetaGeometricWithCovariates(["z"])
    posterior = cpm.posterior(
        contracts, subscribers, priors={"dropout:z": narrow}, chains=1, warmup=100, draws=100, seed=1
    )
    assert posterior.draws["dropout:z"].mean() == pytest.approx(0.7, abs=1e-3)
    for wrong, message in [
        ({name: cpm.Prior.half_normal(sigma=1)}, "give it a normal prior"),
        ({"r": narrow}, "r is positive"),
        ({"purchase:age": narrow}, name),
    ]:
        with pytest.raises(cpm.CpmError, match=message):
            cpm.CovariateModel(dropout=[]).fit(channels, priors=wrong)
    with pytest.raises(cpm.CpmError, match="sigma"):
        cpm.Prior.normal(mean=0, sigma=-1)
