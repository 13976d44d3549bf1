"""Contractual models and BG/BB: published numbers, and the ways of all other models."""

import copy
import csv
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"


def percent(golden: Any, segment: str, years: int) -> cpm.Renewals:
    shares = golden["sbg"]["survivors_percent_year_0_12"][segment]
    return cpm.Renewals.from_percent(shares[: years + 1], customers=1000)


@pytest.fixture(scope="session")
def discrete_time() -> Any:
    return json.loads((GOLDEN / "discrete_time.json").read_text())


@pytest.fixture(scope="session")
def donors() -> cpm.OpportunityHistories:
    with (GOLDEN / "donations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [[int(row[name]) for row in rows] for name in ("frequency", "recency", "periods", "weights")]
    return cpm.OpportunityHistories(*columns)


@pytest.fixture(scope="session")
def sbg(golden: Any) -> cpm.ShiftedBetaGeometric:
    return cpm.ShiftedBetaGeometric().fit(percent(golden, "regular", 7))


@pytest.fixture(scope="session")
def bdw(golden: Any) -> cpm.BetaDiscreteWeibull:
    return cpm.BetaDiscreteWeibull().fit(percent(golden, "high_end", 4))


@pytest.fixture(scope="session")
def bg_bb(donors: cpm.OpportunityHistories) -> cpm.BgBb:
    return cpm.BgBb().fit(donors)


@pytest.mark.parametrize("segment", ["regular", "high_end"])
def test_published_fits_of_sbg(golden: Any, segment: str) -> None:
    expected = golden["sbg"]["fit_7_years"][segment]
    model = cpm.ShiftedBetaGeometric().fit(percent(golden, segment, 7))
    assert model.params == pytest.approx({name: expected[name] for name in ("alpha", "beta")}, abs=5e-4)
    assert model.log_likelihood == pytest.approx(expected["log_likelihood"], abs=5e-4)
    assert model.convergence is not None
    assert model.convergence.warnings == []
    assert model.convergence.customers == 1000


@pytest.mark.parametrize("segment", ["regular", "high_end"])
def test_published_fits_of_bdw(golden: Any, segment: str) -> None:
    expected = golden["bdw"]["fit_4_renewals"][segment]
    model = cpm.BetaDiscreteWeibull().fit(percent(golden, segment, 4))
    assert model.params == pytest.approx({name: expected[name] for name in ("gamma", "delta", "c")}, abs=2e-4)
    assert model.log_likelihood == pytest.approx(expected["log_likelihood"], abs=5e-5)


def test_answers_to_many_digits(discrete_time: Any) -> None:
    for row in discrete_time["contractual"]:
        gamma, delta, c, n, rate = (row[name] for name in ("gamma", "delta", "c", "renewals", "rate"))
        n = int(n)
        models: list[cpm.ContractualModel] = [cpm.BetaDiscreteWeibull.from_params(gamma=gamma, delta=delta, c=c)]
        if c == 1:
            models.append(cpm.ShiftedBetaGeometric.from_params(alpha=gamma, beta=delta))
        for model in models:
            found = {
                "survival": model.survival(n + 1),
                "survival_of_active": model.survival_of_active(n, 12),
                "churn": model.churn_probability(n + 1),
                "del": model.discounted_expected_lifetime(rate),
                "derl": model.discounted_expected_residual_lifetime(n, rate),
                "elasticity": model.retention_elasticity(n, rate),
                "lifetime_100": model.expected_lifetime(100),
            }
            for name, estimate in found.items():
                # Given parameters leave nothing uncertain. Tiny probabilities are exact to 1e-12 relative too.
                assert estimate.value == pytest.approx(row[name], rel=1e-11, abs=1e-290), (name, row)
                assert (estimate.low, estimate.high) == pytest.approx((estimate.value, estimate.value))


def test_published_residual_lifetimes(golden: Any) -> None:
    expected = golden["sbg"]["derl"]
    alpha, beta = expected["params"]
    model = cpm.ShiftedBetaGeometric.from_params(alpha=alpha, beta=beta)
    payment, rate = expected["payment"], expected["discount_rate"]
    for renewal, value in expected["before_renewal"].items():
        made = int(renewal) - 1
        derl = model.discounted_expected_residual_lifetime(made, rate)
        assert payment * derl.value == pytest.approx(value, abs=1e-4)
        just_before = model.residual_value([made], margin=payment, discount_rate=rate, until_next_renewal=0)
        assert just_before["value"][0] == pytest.approx(value, abs=1e-4)
        just_after = model.residual_value([made], margin=payment, discount_rate=rate)
        assert just_after["value"][0] == pytest.approx(value / (1 + rate), abs=1e-4)
    lifetime = model.discounted_expected_lifetime(rate).value
    assert model.lifetime_value(margin=payment, discount_rate=rate).value == pytest.approx(payment * lifetime)


def test_intervals_hold_what_came(sbg: cpm.ShiftedBetaGeometric) -> None:
    value, low, high = sbg.survival(12)
    assert value == pytest.approx(0.173, abs=0.01)
    assert low < 0.173 < high
    narrow = sbg.survival(12, level=0.5)
    assert low < narrow.low < value < narrow.high < high
    assert sbg.expected_total_lifetime() is None  # alpha < 1: a few stay for ever
    total = cpm.ShiftedBetaGeometric.from_params(alpha=3, beta=4).expected_total_lifetime()
    assert total is not None
    assert total.value == pytest.approx((3 + 4 - 1) / (3 - 1))
    rate = sbg.retention_rate(3)
    alpha, beta = sbg.params.values()
    assert rate.value == pytest.approx((beta + 2) / (alpha + beta + 2))
    renewals = sbg.expected_renewals(2, horizon=1)
    assert renewals.value == pytest.approx(rate.value)


def test_curve(sbg: cpm.ShiftedBetaGeometric) -> None:
    curve = sbg.curve(12)
    assert isinstance(curve, cpm.Table)
    assert curve.columns[:4] == ["period", "survival", "survival_low", "survival_high"]
    assert curve["period"].tolist() == list(range(13))
    assert curve["survival"][0] == 1
    assert np.isnan(curve["retention_rate"][0])
    assert curve["survival"][12] == sbg.survival(12).value
    assert np.nansum(curve["churn_probability"]) == pytest.approx(1 - curve["survival"][12])


def test_many_customers(bdw: cpm.BetaDiscreteWeibull) -> None:
    renewals = np.array([3, 0, 3])
    table = bdw.survival_of_customers(renewals, horizon=5)
    assert table.columns == ["renewals", "survival", "survival_low", "survival_high"]
    assert table["renewals"].tolist() == [3, 0, 3]
    assert table["survival"][0] == table["survival"][2] == bdw.survival_of_active(3, 5).value
    value = bdw.residual_value(renewals, margin=20, discount_rate=0.01, horizon=24, level=0.9)
    assert isinstance(value, cpm.ContractValue)
    assert value.level == 0.9
    assert value.total.value == pytest.approx(value["value"].sum())
    assert value.total.low < value.total.value < value.total.high
    assert (value["value_low"] < value["value"]).all()
    assert value.to_table().columns == ["renewals", "value", "value_low", "value_high"]


def test_cohorts_customers_and_parts_give_the_same_data() -> None:
    table = cpm.Renewals.from_cohorts([[5, 3, 2], (4, 4), np.array([7.0])])
    assert (table.customers, table.without_opportunity) == (9, 7)
    assert repr(table) == "Renewals(customers=9, periods=2)"
    single = cpm.Renewals.from_customers(
        np.array([0, 1, 2, 1, 0]), [False, False, True, True, True], weights=[2, 1, 2, 4, 7]
    )
    merged = cpm.Renewals.from_cohorts([[7]]).merge(cpm.Renewals.from_cohorts([[5, 3, 2], [4, 4]]))
    for other in (single, merged):
        assert (other.customers, other.without_opportunity) == (9, 7)
        for name in ("period", "at_risk", "renewed"):
            assert other.by_period[name].tolist() == table.by_period[name].tolist()
    assert table.by_period["at_risk"].tolist() == [9, 3]
    late = cpm.Renewals.from_cohorts([[3, 2]], observed_from=[1])
    assert late.by_period["period"].tolist() == [2]


def test_published_fit_of_bg_bb(golden: Any, bg_bb: cpm.BgBb, donors: cpm.OpportunityHistories) -> None:
    expected = golden["bg_bb"]["fit"]
    assert (len(donors), donors.customers) == (22, 11_104)
    assert bg_bb.params == pytest.approx({name: expected[name] for name in bg_bb.params}, rel=1e-5)
    assert bg_bb.log_likelihood == pytest.approx(expected["log_likelihood"], abs=5e-6)
    one = cpm.OpportunityHistories([0, 4], [0, 5], [6, 6])
    later = golden["bg_bb"]["conditional_10"]
    np.testing.assert_allclose(bg_bb.expected_purchases(one, horizon=10), [later["(0,0)"], later["(4,5)"]], rtol=5e-5)
    assert bg_bb.expected_purchases_new_customer(10) == pytest.approx(later["new_donor"], rel=5e-5)


def test_bg_bb_to_many_digits(golden: Any, discrete_time: Any) -> None:
    expected = golden["bg_bb"]["high_precision"]
    model = cpm.BgBb.from_params(**expected["params"])
    rows = expected["rows"]
    histories = cpm.OpportunityHistories([r["x"] for r in rows], [r["t_x"] for r in rows], [expected["n"]] * len(rows))
    found = {
        "log_likelihood": model.log_likelihood_per_customer(histories),
        "p_alive_7": model.probability_alive(histories),
        "conditional_5": model.expected_purchases(histories, horizon=5),
        "dert_10pct": model.discounted_residual_transactions(histories, discount_rate=0.10),
    }
    for name, values in found.items():
        np.testing.assert_allclose(values, [r[name] for r in rows], rtol=1e-11)
    for row in discrete_time["bg_bb"]:
        model = cpm.BgBb.from_params(**{name: row[name] for name in ("alpha", "beta", "gamma", "delta")})
        x, t_x, n = (int(row[name]) for name in ("x", "t_x", "n"))
        history = cpm.OpportunityHistories([x], [t_x], [n])
        assert model.probability_alive_after(history, 0)[0] == pytest.approx(row["alive_now"], rel=1e-11, abs=1e-290)
        counts = model.purchase_probabilities(x, t_x, n, horizon=10)
        np.testing.assert_allclose(counts, row["probabilities_10"], rtol=1e-11, atol=1e-290)
        assert model.probability_no_purchase(history, horizon=10)[0] == pytest.approx(counts[0])


def test_bg_bb_prediction(bg_bb: cpm.BgBb, donors: cpm.OpportunityHistories) -> None:
    prediction = bg_bb.predict(donors, horizon=5, level=0.9)
    assert isinstance(prediction, cpm.OpportunityPrediction)
    assert (prediction.horizon, prediction.level, len(prediction)) == (5, 0.9, 22)
    assert (prediction["probability_alive"] == bg_bb.probability_alive(donors)).all()
    assert (prediction["expected_purchases"] == bg_bb.expected_purchases(donors, horizon=5)).all()
    assert (prediction["probability_no_purchase_low"] <= prediction["probability_no_purchase_high"]).all()
    assert (prediction["purchases_high"] <= 5).all()
    assert prediction.total.low < prediction.total.value < prediction.total.high
    new = bg_bb.purchase_probabilities_new_customer(4)
    assert new.sum() == pytest.approx(1)
    assert new @ np.arange(5) == pytest.approx(bg_bb.expected_purchases_new_customer(4))
    limited = bg_bb.discounted_residual_transactions(donors, discount_rate=0, horizon=5)
    np.testing.assert_allclose(limited, bg_bb.expected_purchases(donors, horizon=5))


def test_models_can_be_kept(
    sbg: cpm.ShiftedBetaGeometric, bdw: cpm.BetaDiscreteWeibull, bg_bb: cpm.BgBb, tmp_path: Path
) -> None:
    models: list[cpm.Model] = [sbg, bdw, bg_bb]
    for model in models:
        path = tmp_path / "model.json"
        model.save(path)
        for again in (cpm.load_model(path), pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
            assert type(again) is type(model)
            assert again.params == model.params
            assert again.log_likelihood == model.log_likelihood
            assert (again.aic, again.bic) == (model.aic, model.bic)
            assert again.standard_errors == model.standard_errors
        new = type(model)()
        assert repr(pickle.loads(pickle.dumps(new))) == repr(new) == f"{type(model).__name__}()"
        assert model.get_params() == {}
        with pytest.raises(cpm.CpmError, match="no parameter penalty"):
            model.set_params(penalty=1)
    again = pickle.loads(pickle.dumps(sbg))
    assert again.survival(12) == sbg.survival(12)
    with pytest.raises(cpm.CpmError, match="not that of a BgBb"):
        cpm.BgBb().__setstate__(sbg.__reduce__()[2])


def test_one_base_class(sbg: cpm.ShiftedBetaGeometric, bdw: cpm.BetaDiscreteWeibull, bg_bb: cpm.BgBb) -> None:
    assert isinstance(sbg, cpm.ContractualModel)
    assert isinstance(bdw, cpm.ContractualModel)
    for model in (sbg, bdw, bg_bb, cpm.BgNbd(), cpm.GammaGamma()):
        assert isinstance(model, cpm.Model)
    model = cpm.ShiftedBetaGeometric()
    assert model.fit(cpm.Renewals.from_cohorts([[100, 60, 45]]), start=[1, 1], max_iterations=50) is model
    given = cpm.ShiftedBetaGeometric.from_params(alpha=0.7, beta=1.2)
    assert repr(given) == "ShiftedBetaGeometric(alpha=0.7, beta=1.2)"
    assert (given.log_likelihood, given.standard_errors, given.convergence) == (None, None, None)


def test_unfitted_models_say_so(donors: cpm.OpportunityHistories) -> None:
    new, bg_bb = cpm.ShiftedBetaGeometric(), cpm.BgBb()
    calls: list[Any] = [
        lambda: new.params,
        lambda: new.survival(1),
        lambda: new.curve(3),
        lambda: new.residual_value([1], margin=1, discount_rate=0.1),
        lambda: bg_bb.aic,
        lambda: bg_bb.probability_alive(donors),
    ]
    for call in calls:
        with pytest.raises(cpm.CpmError, match="not fitted"):
            call()


def test_bad_data_are_refused_with_reasons() -> None:
    cases: list[tuple[Any, str | None, int | None]] = [
        (lambda: cpm.Renewals.from_cohorts([]), None, None),
        (lambda: cpm.Renewals.from_cohorts([[10, 11]]), "alive", 1),
        (lambda: cpm.Renewals.from_cohorts([["ten"]]), "alive", None),
        (lambda: cpm.Renewals.from_cohorts([[10, 9]], observed_from=[1, 2]), "observed_from", None),
        (lambda: cpm.Renewals.from_customers([1, 2], [True]), "active", None),
        (lambda: cpm.Renewals.from_customers([1, 1.5], [True, True]), "renewals", 1),
        (lambda: cpm.Renewals.from_customers([-1], [True]), "renewals", 0),
        (lambda: cpm.Renewals.from_customers([1, 2], [True, 2]), "active", 1),
        (lambda: cpm.Renewals.from_customers([1], [True], weights=[-1]), "weights", 0),
        (lambda: cpm.OpportunityHistories([], [], []), None, None),
        (lambda: cpm.OpportunityHistories([1, 1], [1, 7], [6, 6]), "last_opportunity", 1),
        (lambda: cpm.OpportunityHistories([3], [2], [6]), "frequency", 0),
        (lambda: cpm.OpportunityHistories([1], [1], [float("nan")]), "opportunities", 0),
        (lambda: cpm.OpportunityHistories([1], [1], [1], weights=[1, 1]), "weights", None),
    ]
    for call, column, row in cases:
        with pytest.raises(cpm.DataError) as error:
            call()
        assert (error.value.column, error.value.row) == (column, row), str(error.value)
    for alive, reason in [
        ([10], "no customer had an opportunity"),
        ([10, 10, 10], "nobody churned"),
        ([10, 0], "nobody renewed"),
        ([10, 7, 6], "2 renewal opportunities"),
    ]:
        with pytest.raises(cpm.FitError, match=reason):
            cpm.BetaDiscreteWeibull().fit(cpm.Renewals.from_cohorts([alive]))
    with pytest.raises(cpm.FitError, match="nobody purchased"):
        cpm.BgBb().fit(cpm.OpportunityHistories([0], [0], [6]))


def test_bad_arguments_are_named() -> None:
    model = cpm.ShiftedBetaGeometric.from_params(alpha=0.7, beta=1.2)
    bg_bb = cpm.BgBb.from_params(alpha=1, beta=1, gamma=1, delta=1)
    one = cpm.OpportunityHistories([1], [1], [1])
    calls: list[tuple[Any, str]] = [
        (lambda: cpm.ShiftedBetaGeometric.from_params(alpha=0, beta=1), "alpha = 0"),
        (lambda: cpm.BetaDiscreteWeibull.from_params(gamma=1, delta=1, c=float("inf")), "c = inf"),
        (lambda: model.retention_rate(0), "period = 0"),
        (lambda: model.retention_rate(-1), "period = -1"),
        (lambda: model.survival(1, level=1), "level = 1"),
        (lambda: model.expected_lifetime(0), "horizon = 0"),
        (lambda: model.discounted_expected_lifetime(0), "discount_rate = 0"),
        (lambda: model.residual_value([1], margin=1, discount_rate=0), "discount_rate = 0"),
        (lambda: model.lifetime_value(margin=float("nan"), discount_rate=0.1), "margin = NaN"),
        (lambda: bg_bb.expected_purchases(one, horizon=0), "horizon = 0"),
        (lambda: bg_bb.predict(one, horizon=10_001), "horizon = 10001"),
        (lambda: bg_bb.discounted_residual_transactions(one, discount_rate=0), "discount_rate = 0"),
    ]
    for call, text in calls:
        with pytest.raises(cpm.CpmError, match=text):
            call()


KINDS: list[Any] = [cpm.ShiftedBetaGeometric, "beta_discrete_weibull"]


@pytest.fixture(scope="module")
def cohorts() -> cpm.Renewals:
    truth = cpm.BetaDiscreteWeibull.from_params(gamma=0.9, delta=3.0, c=1.2)
    return truth.simulate(3000, opportunities=9, seed=1).merge(
        truth.simulate(1000, opportunities=6, renewals=2, seed=3)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_bootstrap_of_renewals(cohorts: cpm.Renewals, kind: Any) -> None:
    boot = cpm.bootstrap(kind, cohorts, replicates=100, seed=2)
    assert (len(boot), boot.failed) == (100, 0)
    fitted = type(boot.model)().fit(cohorts)
    assert boot.model.params == fitted.params
    table = boot.parameters(level=0.9)
    for found, expected in zip(table["standard_error"], fitted.standard_errors.values(), strict=True):
        assert 0.6 < found / expected < 1.6
    survival = boot.estimate(lambda m: m.survival(12).value)
    assert survival.low < fitted.survival(12).value == survival.value < survival.high
    assert repr(boot) in ("Bootstrap(sBG, replicates=100, failed=0)", "Bootstrap(BdW, replicates=100, failed=0)")
    again = cpm.bootstrap(boot.model, cohorts, replicates=100, seed=2)
    assert (again.parameters()["low"] == boot.parameters()["low"]).all()


def test_profile_of_renewals(cohorts: cpm.Renewals) -> None:
    fitted = cpm.BetaDiscreteWeibull().fit(cohorts)
    errors = fitted.standard_errors
    assert errors is not None
    for name, value in fitted.params.items():
        error = errors[name]
        assert error is not None
        found = cpm.profile_interval(fitted, cohorts, name)
        assert found.value == value
        assert 1.6 * error < found.high - value < 2.8 * error
    # The interval excludes 1 as far as the likelihood-ratio test does.
    test = cpm.likelihood_ratio_test(cpm.ShiftedBetaGeometric().fit(cohorts), fitted)
    end = cpm.profile_interval(fitted, cohorts, "c", level=1 - test.p_value)
    assert end.low == pytest.approx(1, abs=1e-5)
    with pytest.raises(cpm.CpmError, match="sBG has alpha, beta"):
        cpm.profile_interval(cpm.ShiftedBetaGeometric, cohorts, "c")


def test_posterior_of_renewals(cohorts: cpm.Renewals) -> None:
    fitted = cpm.ShiftedBetaGeometric().fit(cohorts)
    posterior = cpm.posterior(fitted, cohorts, chains=2, warmup=200, draws=300, seed=1)
    assert posterior.draws["alpha"].shape == (2, 300)
    assert posterior.divergences == 0
    summary = posterior.summary()
    assert (summary["r_hat"] < 1.05).all()
    for name, median in zip(summary["parameter"], summary["median"], strict=True):
        assert median == pytest.approx(fitted.params[name], rel=0.1)
    survival, normal = posterior.estimate(lambda m: m.survival(12).value), fitted.survival(12)
    assert survival.value == pytest.approx(normal.value, abs=0.02)
    assert all(isinstance(m, cpm.ShiftedBetaGeometric) for m in posterior.models(3))
    with pytest.raises(cpm.CpmError, match="a model of renewals says nothing of purchases"):
        posterior.predict(cpm.CustomerSummary(frequency=[1], recency=[1], T=[2]), horizon=3)
    # Nobody has left yet: no maximum, but a posterior.
    loyal = cpm.Renewals.from_cohorts([[20, 20, 20]])
    with pytest.raises(cpm.FitError):
        cpm.ShiftedBetaGeometric().fit(loyal)
    priors = {"alpha": cpm.Prior.gamma(shape=2, rate=2)}
    stays = cpm.posterior("shifted_beta_geometric", loyal, priors=priors, chains=2, warmup=200, draws=300)
    assert stays.estimate(lambda m: m.survival(1).value).value > 0.9


def test_models_and_data_that_do_not_fit(cohorts: cpm.Renewals, customers: cpm.CustomerSummary) -> None:
    calls: list[Any] = [cpm.bootstrap, cpm.posterior, lambda m, d: cpm.profile_interval(m, d, "alpha")]
    for call in calls:
        with pytest.raises(cpm.CpmError, match="for renewals it must be one of shifted_beta_geometric"):
            call("bg_nbd", cohorts)
        with pytest.raises(cpm.CpmError, match="model is a BgNbd; for Renewals give a contractual model"):
            call(cpm.BgNbd, cohorts)
        with pytest.raises(cpm.CpmError, match="BetaDiscreteWeibull is a model of renewals: give Renewals"):
            call(cpm.BetaDiscreteWeibull, customers)
        with pytest.raises(TypeError, match="a CustomerSummary is needed, not a list"):
            call("bg_nbd", [1, 2])


def test_simulation_of_contracts() -> None:
    model = cpm.ShiftedBetaGeometric.from_params(alpha=0.7, beta=1.2)
    cohort = model.simulate(200_000, opportunities=5, seed=4)
    rates = cohort.by_period["renewed"] / cohort.by_period["at_risk"]
    expected = [model.retention_rate(t).value for t in range(1, 6)]
    assert rates == pytest.approx(expected, abs=0.01)
    later = model.simulate(200_000, opportunities=2, renewals=3, seed=4).by_period
    assert list(later["period"]) == [4, 5]
    assert later["renewed"] / later["at_risk"] == pytest.approx(expected[3:], abs=0.01)
    assert (
        model.simulate(50, 3, seed=1).by_period["renewed"] == model.simulate(50, 3, seed=1).by_period["renewed"]
    ).all()
    future = model.simulate_future([0, 3] * 5000, horizon=4, seed=1)
    assert set(future["future_renewals"]) == set(range(5))
    assert (future["active"] == (future["future_renewals"] == 4)).all()
    for renewals in (0, 3):
        share = future["active"][future["renewals"] == renewals].mean()
        assert share == pytest.approx(model.survival_of_active(renewals, 4).value, abs=0.03)
    with pytest.raises(cpm.CpmError, match="customers = 0"):
        model.simulate(0, 3)
    with pytest.raises(cpm.CpmError, match="opportunities = -1"):
        model.simulate(10, -1)
    with pytest.raises(cpm.CpmError, match="horizon = 0"):
        model.simulate_future([1], horizon=0)
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.ShiftedBetaGeometric().simulate(10, 3)


def test_opportunities_answer_row_by_row(bg_bb: cpm.BgBb, donors: cpm.OpportunityHistories) -> None:
    once, more = bg_bb.expected_purchases(donors, 2), bg_bb.expected_purchases(donors, 5)
    assert bg_bb.expected_purchases_between(donors, 2, 5) == pytest.approx(more - once)
    chances = [bg_bb.probability_of_purchases(donors, n, 5) for n in range(6)]
    assert np.sum(chances, axis=0) == pytest.approx(1)
    assert chances[0] == pytest.approx(bg_bb.probability_no_purchase(donors, 5))
    assert np.arange(6) @ np.array(chances) == pytest.approx(more)
    quantile = bg_bb.next_purchase_quantile(donors, 0.5)
    for row, opportunity in enumerate(quantile):
        if np.isfinite(opportunity):
            # The first opportunity by which the chance of a purchase is a half.
            before = 0.0 if opportunity == 1 else 1 - bg_bb.probability_no_purchase(donors, opportunity - 1)[row]
            assert before < 0.5 <= 1 - bg_bb.probability_no_purchase(donors, opportunity)[row]
    table = bg_bb.next_purchase(donors)
    assert len(table) == len(donors)
    assert np.nan_to_num(table["median"], nan=np.inf).tolist() == quantile.tolist()
    with pytest.raises(cpm.CpmError, match="whole number of opportunities"):
        bg_bb.expected_purchases_between(donors, 0.5, 2)
    with pytest.raises(cpm.CpmError, match="customers is a list"):
        bg_bb.next_purchase([1])


def test_opportunities_count_weights(bg_bb: cpm.BgBb, donors: cpm.OpportunityHistories) -> None:
    customers = donors.to_summary()
    assert len(customers) == donors.customers == 11104
    assert customers.time_unit == "year"
    tracking = bg_bb.track(donors, periods=6)
    assert tracking["cumulative"][-1] == pytest.approx(11104 * bg_bb.expected_purchases_new_customer(6))
    total = bg_bb.predict(donors, horizon=5).total
    future = bg_bb.simulate_future(donors, horizon=5, seed=3)
    assert total.value == pytest.approx(len(future), rel=0.03)
    assert set(future["time"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    simulated = bg_bb.simulate(3000, opportunities=6, seed=2)
    assert (len(simulated), simulated.customers) == (3000, 3000)
    mean = bg_bb.expected_purchases_new_customer(6)
    assert simulated.to_summary("month").frequency.mean() == pytest.approx(mean, rel=0.1)
    halves = cpm.OpportunityHistories([0, 2], [0, 4], [6, 6], weights=[0.5, 1.5])
    with pytest.raises(cpm.DataError, match="whole"):
        halves.to_summary()
    with pytest.raises(cpm.CpmError, match="time_unit = decade"):
        donors.to_summary("decade")
    with pytest.raises(TypeError, match=r"histories\.to_summary\(\)"):
        cpm.lifetime_value(bg_bb, cpm.GammaGamma(), donors, horizon=2)
    with pytest.raises(cpm.CpmError, match="customers = 0"):
        bg_bb.simulate(0, 6)


def test_uncertainty_of_opportunities(bg_bb: cpm.BgBb, donors: cpm.OpportunityHistories) -> None:
    errors = bg_bb.standard_errors
    assert errors is not None
    boot = cpm.bootstrap("bg_bb", donors, replicates=60, seed=1)
    assert boot.model.params == pytest.approx(bg_bb.params, rel=1e-6)
    for found, expected in zip(boot.parameters()["standard_error"], errors.values(), strict=True):
        assert expected is not None
        assert 0.5 < found / expected < 2
    posterior = cpm.posterior(bg_bb, donors, chains=2, warmup=150, draws=150, seed=1)
    for name, median in zip(posterior.summary()["parameter"], posterior.summary()["median"], strict=True):
        error = errors[name]
        assert error is not None
        assert abs(median - bg_bb.params[name]) < error
    alpha = cpm.profile_interval(cpm.BgBb, donors, "alpha")
    assert alpha.low < bg_bb.params["alpha"] < alpha.high
