"""Posteriors of spend and of models with covariates; covariates in hold-outs and comparisons."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"


@pytest.fixture(scope="module")
def customers() -> cpm.CustomerSummary:
    summary = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    return summary.with_covariates({"first_amount": (summary.first_amount / 20).round()})


def test_spend_is_that_of_pymc_marketing(customers: cpm.CustomerSummary) -> None:
    golden = json.loads((GOLDEN / "spend_posterior.json").read_text())
    posterior = cpm.posterior(
        "gamma_gamma", customers, default_priors="pymc-marketing", chains=2, warmup=200, draws=400, seed=2
    )
    summary = posterior.summary()
    for name, mean, sd, ess in zip(
        summary["parameter"], summary["mean"], summary["sd"], summary["ess_bulk"], strict=True
    ):
        expected = golden["parameters"][name]
        error = expected["sd"] * (1 / ess + 1 / expected["ess"]) ** 0.5
        assert abs(mean - expected["mean"]) < 4 * error
        assert sd == pytest.approx(expected["sd"], rel=0.2)
    assert posterior.divergences == 0
    assert (summary["r_hat"] < 1.03).all()
    assert repr(posterior) == "Posterior(Gamma-Gamma, chains=2, draws=400, divergences=0)"
    mean = posterior.estimate(lambda spend: spend.population_mean, draws=100)
    assert mean.value == pytest.approx(golden["population_mean"]["mean"], rel=0.02)
    assert isinstance(posterior.models(1)[0], cpm.GammaGamma)
    spend = posterior.expected_spend(customers, draws=50)
    assert (spend["expected_spend_low"] <= spend["expected_spend_high"]).all()
    fitted = cpm.GammaGamma().fit(customers).expected_spend(customers)
    np.testing.assert_allclose(spend["expected_spend"], fitted, rtol=0.05)
    with pytest.raises(cpm.CpmError, match="expected_spend"):
        posterior.predict(customers, horizon=39)
    for same in (cpm.GammaGamma, cpm.GammaGamma()):
        again = cpm.posterior(same, customers, chains=1, warmup=50, draws=20, seed=2)
        assert set(again.draws) == {"p", "q", "v"}
    assert set(posterior.sample_stats) >= {"lp", "diverging", "energy"}


def test_posterior_with_covariates(customers: cpm.CustomerSummary) -> None:
    model = cpm.CovariateModel("bg_nbd", dropout=[])
    posterior = cpm.posterior(model, customers, chains=2, warmup=100, draws=150, seed=3)
    assert list(posterior.draws) == ["r", "alpha", "a", "b", "purchase:first_amount"]
    fitted = model.fit(customers)
    summary = posterior.summary()
    means = dict(zip(summary["parameter"], summary["mean"], strict=True))
    errors = fitted.standard_errors
    for name in ("r", "purchase:first_amount"):
        assert errors is not None
        assert abs(means[name] - fitted.params[name]) < 0.6 * errors[name]
    scores = posterior.predict(customers, horizon=39, draws=20)
    expected = fitted.expected_purchases(customers, horizon=39)
    assert scores["expected_purchases"].sum() == pytest.approx(expected.sum(), rel=0.03)
    draw = posterior.models(1)[0]
    assert isinstance(draw, cpm.CovariateModel)
    assert draw.standard_errors is None
    assert draw.expected_purchases(customers, horizon=39).sum() == pytest.approx(expected.sum(), rel=0.2)
    with pytest.raises(cpm.CpmError, match="spend"):
        posterior.expected_spend(customers)
    plain = cpm.CustomerSummary([1], [1], [2])
    with pytest.raises(cpm.DataError, match="with_covariates"):
        cpm.posterior(model, plain)


def test_covariates_in_hold_out_and_comparison(customers: cpm.CustomerSummary) -> None:
    log = cpm.datasets.cdnow()
    model = cpm.CovariateModel("pareto_nbd", dropout=[]).fit(customers)
    ends = {"calibration_end": "1997-09-30", "observation_end": "1998-06-30"}
    check = cpm.holdout_check(model, log, **ends, covariates=customers)
    expected = model.expected_purchases(customers, horizon=39)
    assert check.expected_total.value == pytest.approx(expected.sum())
    assert check.actual_total == 1882
    with pytest.raises(cpm.CpmError, match="with_covariates"):
        cpm.holdout_check(model, log, **ends)
    tracked = model.track(customers, periods=39)
    assert tracked["cumulative"][-1] > 0

    options = {"horizon": 39, "origins": 1, "resamples": 100, "observation_end": "1998-06-30"}
    models = ["pareto_nbd", cpm.CovariateModel("pareto_nbd", dropout=[]), cpm.CovariateModel(dropout=[])]
    comparison = cpm.compare(log, models=models, covariates=customers, **options)
    names = comparison["model"]
    assert {"Pareto/NBD", "Pareto/NBD with covariates", "BG/NBD with covariates (2)"} <= set(names)
    row = names.index("Pareto/NBD with covariates")
    assert comparison["expected"][row] == pytest.approx(expected.sum())
    assert comparison.best in {"pareto_nbd", "pareto_nbd_covariates", "bg_nbd_covariates_2"}
    with pytest.raises(cpm.CpmError, match="covariates = None"):
        cpm.compare(log, models=models, **options)
    few = cpm.CustomerSummary([1], [1], [2], customer_id=["nobody"], covariates={"first_amount": [1.0]})
    with pytest.raises(cpm.DataError, match="customer_id"):
        customers.with_covariates_of(few)


def test_posteriors_are_saved_and_pickled(tmp_path: Path) -> None:
    customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    posterior = cpm.posterior("mbg_nbd", customers, chains=2, warmup=60, draws=30, seed=1)
    posterior.save(tmp_path / "posterior.json")
    for again in (cpm.Posterior.load(tmp_path / "posterior.json"), pickle.loads(pickle.dumps(posterior))):
        assert repr(again) == repr(posterior)
        for name, draws in posterior.draws.items():
            assert (again.draws[name] == draws).all()
        for name, values in posterior.sample_stats.items():
            assert (again.sample_stats[name] == values).all()
        assert again.warnings == posterior.warnings
        assert (
            again.predict(customers, 39, draws=20)["expected_purchases"]
            == posterior.predict(customers, 39, draws=20)["expected_purchases"]
        ).all()
    with pytest.raises(cpm.CpmError, match=r"Posterior\.load"):
        cpm.load_model(tmp_path / "posterior.json")
    cpm.BgNbd.from_params(r=0.2, alpha=4, a=1, b=2).save(tmp_path / "model.json")
    with pytest.raises(cpm.CpmError, match="load_model"):
        cpm.Posterior.load(tmp_path / "model.json")
    text = (tmp_path / "posterior.json").read_text()
    file = json.loads(text)
    file["state"]["draws"]["parameters"][0][5] = -1.0
    for broken, message in [
        (text[: len(text) // 2], "EOF"),
        (json.dumps(file), "each draw"),
        (text.replace('"schema_version":1', '"schema_version":7'), "schema version 7"),
    ]:
        (tmp_path / "broken.json").write_text(broken)
        with pytest.raises(cpm.CpmError, match=message):
            cpm.Posterior.load(tmp_path / "broken.json")
    with pytest.raises(OSError, match="nowhere"):
        cpm.Posterior.load(tmp_path / "nowhere.json")
