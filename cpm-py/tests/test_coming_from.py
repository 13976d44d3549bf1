"""What the tables of docs/coming-from.md name for users of other tools: every name in cpm's column is called once."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import cpm

# What another tool does not have is a dash there.
EMPTY = "\N{EN DASH}"
PAGE = Path(__file__).parents[2] / "docs" / "coming-from.md"


def rows():
    """Of each table the last column's code cells, row by row, under the row's first cell that says something."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[-1] in ("cpm", "---"):
            continue
        names = re.findall(r"`([^`]+)`", cells[-1])
        theirs = next(cell for cell in cells if cell != EMPTY)
        yield pytest.param(names, id=re.sub(r"[^\w.,]+", " ", theirs).strip())


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    """What a user of the page has: log, summary, fitted models."""
    log = cpm.datasets.cdnow()
    customers = log.summarize(as_of="1997-09-30")
    model, spend = cpm.BgNbd().fit(customers), cpm.GammaGamma().fit(customers)
    few = cpm.CustomerSummary(*(getattr(customers, c)[::8] for c in ("frequency", "recency", "T", "monetary_value")))
    held_out = cpm.holdout_check(model, log, calibration_end="1997-09-30")
    draws = cpm.posterior("bg_nbd", few, chains=2, warmup=50, draws=50, seed=1)
    age = {"age": np.arange(len(few.frequency)) % 40}
    return SimpleNamespace(
        log=log,
        customers=customers,
        model=model,
        spend=spend,
        few=few,
        with_age=few.with_covariates(age),
        age=age,
        held_out=held_out,
        draws=draws,
        renewals=cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593]]),
        file=tmp_path_factory.mktemp("models") / "model.json",
    )


def inference_data(at):
    try:
        import arviz  # noqa: F401
    except ImportError:
        return at.draws.to_inference_data  # ArviZ is an optional dependency
    return at.draws.to_inference_data()


def with_age(at):
    return cpm.CovariateModel("bg_nbd", purchase=["age"], dropout=["age"]).fit(at.with_age)


def compared(at):
    return cpm.compare(at.log, horizon=26, models=["bg_nbd"], origins=1, resamples=100)


def save_and_load(at):
    at.model.save(at.file)
    return cpm.load_model(at.file).params == at.model.params


# How each name is called. What it gives must be something: an empty answer fails.
CALLS = {
    "TransactionLog.summarize": lambda at: at.log.summarize(as_of="1997-09-30").frequency.size,
    "TransactionLog.split": lambda at: len(at.log.split(calibration_end="1997-09-30")),
    "datasets.cdnow": lambda at: cpm.datasets.cdnow().quality,
    'time_unit="week"': lambda at: at.log.summarize(time_unit="week").T.max() < 80,
    'merge_within="day"': lambda at: at.log.summarize(merge_within="day").frequency.sum(),
    "TransactionLog.rolling_splits": lambda at: at.log.rolling_splits(origins=2, horizon=13),
    "portfolio.activity_panel": lambda at: cpm.portfolio.activity_panel(at.log, period="month"),
    "simulate_orders": lambda at: cpm.simulate_orders(
        at.model, at.spend, customers=20, start="2024-01-01", end="2024-12-31", seed=1
    ),
    "BgNbd": lambda at: cpm.BgNbd().fit(at.few).params,
    "MbgNbd": lambda at: cpm.MbgNbd().fit(at.few).params,
    "ParetoNbd": lambda at: cpm.ParetoNbd().fit(at.few).params,
    "BgBb": lambda at: (
        cpm.BgBb()
        .fit(
            cpm.OpportunityHistories(
                [0, 1, 2, 3, 6, 1], [0, 1, 4, 6, 6, 6], [6] * 6, weights=[346, 109, 40, 60, 120, 30]
            )
        )
        .params
    ),
    "Nbd": lambda at: cpm.Nbd().fit(at.few).params,
    "GGompertzNbd": lambda at: cpm.GGompertzNbd.from_params(r=0.55, alpha=10.6, b=0.01, s=0.6, beta=0.2).params,
    "BgCnbd": lambda at: cpm.BgCnbd().fit(at.customers, k=2).params,
    "MbgCnbd": lambda at: cpm.MbgCnbd().fit(at.customers, k=2).params,
    "GammaGamma": lambda at: cpm.GammaGamma().fit(at.customers).params,
    "ShiftedBetaGeometric": lambda at: cpm.ShiftedBetaGeometric().fit(at.renewals).params,
    "BetaDiscreteWeibull": lambda at: cpm.BetaDiscreteWeibull().fit(at.renewals).params,
    "CovariateModel": lambda at: with_age(at).params,
    "ShiftedBetaGeometricWithCovariates": lambda at: (
        cpm.ShiftedBetaGeometricWithCovariates()
        .fit([n % 4 for n in range(99)], [n % 4 == 3 for n in range(99)], {"age": [n * n % 7 for n in range(99)]})
        .summary()
    ),
    "params": lambda at: at.model.params,
    "standard_errors": lambda at: at.model.standard_errors,
    "probability_alive": lambda at: at.model.probability_alive(at.few),
    "probability_alive_after": lambda at: at.model.probability_alive_after(at.few, horizon=13),
    "expected_purchases": lambda at: at.model.expected_purchases(at.few, horizon=39),
    "expected_purchases_between": lambda at: at.model.expected_purchases_between(at.few, 13, 26),
    "expected_purchases_new_customer": lambda at: at.model.expected_purchases_new_customer(horizon=52),
    "purchase_probabilities_new_customer": lambda at: at.model.purchase_probabilities_new_customer(horizon=52),
    "probability_of_purchases": lambda at: at.model.probability_of_purchases(at.few, n=2, horizon=39),
    "probability_no_purchase": lambda at: at.model.probability_no_purchase(at.few, horizon=39),
    "next_purchase": lambda at: at.model.next_purchase(at.few),
    "next_purchase_quantile": lambda at: at.model.next_purchase_quantile(at.few, 0.5),
    "discounted_residual_transactions": lambda at: at.model.discounted_residual_transactions(
        at.few, discount_rate=0.15
    ),
    "GammaGamma.expected_spend": lambda at: at.spend.expected_spend(at.few),
    "lifetime_value": lambda at: cpm.lifetime_value(at.model, at.spend, at.few, horizon=52),
    "cash_flows": lambda at: cpm.cash_flows(at.model, at.spend, at.few, horizon=52, periods=4),
    "holdout_check(...).tracking": lambda at: at.held_out.tracking,
    "track": lambda at: at.model.track(at.few, periods=8, length=4),
    "holdout_check(...).by_frequency": lambda at: at.held_out.by_frequency,
    "compare(...).calibration": lambda at: compared(at).calibration,
    "simulate": lambda at: at.model.simulate(at.spend, customers=20, start="2024-01-01", end="2024-12-31", seed=1),
    "simulate_future": lambda at: at.model.simulate_future(at.few, horizon=13, seed=1),
    "save": save_and_load,
    "load_model": save_and_load,
    "fit": lambda at: at.model.convergence.converged,
    "priors=": lambda at: cpm.BgNbd().fit(at.few, priors={"a": cpm.Prior.log_normal(median=1.0, sigma=0.5)}).params,
    "penalty=": lambda at: cpm.BgNbd().fit(at.few, penalty=1.0).params,
    "posterior": lambda at: at.draws.summary(),
    "CovariateModel(equal=, penalty=, dropout_penalty=)": lambda at: (
        cpm.CovariateModel("bg_nbd", purchase=["age"], dropout=["age"], equal=["age"], penalty=1.0, dropout_penalty=1.0)
        .fit(at.with_age)
        .params
    ),
    "profile_interval": lambda at: cpm.profile_interval(cpm.BgNbd().fit(at.few), at.few, "r").high,
    "bootstrap": lambda at: cpm.bootstrap(at.model, at.few, replicates=20, seed=1),
    "posterior.draws": lambda at: at.draws.draws["r"],
    "to_inference_data": lambda at: inference_data(at),
    "compare": lambda at: compared(at),
    "likelihood_ratio_test": lambda at: cpm.likelihood_ratio_test(cpm.BgNbd().fit(at.with_age), with_age(at)).p_value,
    "aic": lambda at: at.model.aic,
    "bic": lambda at: at.model.bic,
}


@pytest.mark.parametrize("names", list(rows()))
def test_a_row(names, at):
    assert names, "a row without a name for cpm's users"
    for name in names:
        answer = CALLS[name](at)
        assert answer is not None, name
        assert not hasattr(answer, "__len__") or len(answer), name


def test_no_call_is_of_a_name_that_the_page_does_not_have():
    assert set(CALLS) == {name for row in rows() for name in row.values[0]}
