"""Every estimator of segments, churn and survival finds the truth in data made from it.

Within three standard errors where it has any. PurchaseRhythm and the models of lifetime value are recovered in the
tests of the Rust crate.
"""

from typing import Any

import numpy as np
import pytest

import cpm

N = 4_000


def draws(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def within_three_errors(model: Any, truth: dict[str, float]) -> None:
    summary = model.summary()
    names = summary[summary.columns[0]]
    found = dict(zip(names, summary["coefficient"], strict=True))
    errors = dict(zip(names, summary["standard_error"], strict=True))
    for column, value in truth.items():
        assert abs(found[column] - value) < 3 * errors[column], (column, found[column], value, errors[column])
        # An error that says nothing would hold any truth.
        assert errors[column] < 0.15


@pytest.mark.parametrize("robust", [False, True])
def test_logistic_regression(robust: bool) -> None:
    random = draws(1)
    plan, tenure = random.choice(["basic", "plus"], N), random.exponential(2.0, N)
    odds = 0.5 + 0.8 * (plan == "plus") - 0.6 * tenure
    churned = random.random(N) < 1 / (1 + np.exp(-odds))
    model = cpm.LogisticRegression(robust=robust).fit({"plan": plan.tolist(), "tenure": tenure}, churned)
    within_three_errors(model, {"intercept": 0.5, "plan = plus": 0.8, "tenure": -0.6})


@pytest.mark.parametrize("method", ["logistic", "boosting"])
def test_classifier(method: Any) -> None:
    def customers(seed: int) -> tuple[Any, Any, Any]:
        random = draws(seed)
        x = random.normal(size=(N, 2))
        p = 1 / (1 + np.exp(1 - x[:, 0] + 0.5 * x[:, 1]))
        return x, p, random.random(N) < p

    x, _, churned = customers(2)
    later, truth, _ = customers(3)
    model = cpm.ChurnClassifier(method=method, calibration="platt", trees=60, learning_rate=0.1).fit(x, churned)
    assert abs(model.predict_proba(later)[:, 1] - truth).mean() < 0.05


@pytest.mark.parametrize("method", ["platt", "isotonic", "beta"])
def test_calibration(method: Any) -> None:
    random = draws(4)
    score = random.random(5 * N)
    odds = np.log(score / (1 - score))
    # A line on the log-odds, which all three know.
    truth = 1 / (1 + np.exp(-(0.7 * odds - 0.5)))
    calibrator = cpm.churn.Calibrator(method).fit(random.random(5 * N) < truth, score)
    assert abs(calibrator.predict(score) - truth).mean() < 0.02
    if method == "platt":
        assert abs(calibrator.curve["slope"] - 0.7) < 0.05
        assert abs(calibrator.curve["intercept"] + 0.5) < 0.05
    if method == "beta":
        assert abs(calibrator.curve["a"] - 0.7) < 0.08
        assert abs(calibrator.curve["b"] - 0.7) < 0.08


@pytest.mark.parametrize("method", ["two_models", "transformed_outcome"])
def test_uplift(method: Any) -> None:
    random = draws(5)
    bill, treated = random.normal(size=3 * N), random.random(3 * N) < 0.4
    effect = 0.1 + 0.1 * np.tanh(bill)
    stayed = random.random(3 * N) < 0.4 + treated * effect
    model = cpm.churn.UpliftModel(method).fit({"bill": bill}, stayed, treated)
    found = model.predict({"bill": bill})
    # Three standard errors of a difference of two shares.
    assert abs(model.average_effect - effect.mean()) < 3 * np.sqrt(0.25 / (3 * N * 0.4 * 0.6))
    assert abs(found - effect).mean() < 0.03
    assert np.corrcoef(found, effect)[0, 1] > 0.9


def times(random: np.random.Generator, latent: Any) -> tuple[cpm.SurvivalData, Any]:
    """Censored at random, and known only from a random entry on."""
    until, entry = random.uniform(5, 40, len(latent)), random.uniform(-3, 2, len(latent))
    seen = np.minimum(latent, until)
    known = seen > np.maximum(entry, 0)
    data = cpm.SurvivalData(seen[known], (latent <= until)[known], entry=np.maximum(entry[known], 0))
    return data, known


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox(ties: Any) -> None:
    random = draws(6)
    x = np.column_stack([random.normal(size=N), random.random(N) < 0.3])
    strata = random.integers(0, 2, N)
    hazard = np.where(strata == 0, 0.05, 0.15) * np.exp(0.6 * x[:, 0] - 0.8 * x[:, 1])
    data, known = times(random, random.exponential(size=N) / hazard)
    model = cpm.CoxPh(ties=ties).fit(x[known], data, strata=strata[known])
    within_three_errors(model, {"x0": 0.6, "x1": -0.8})


@pytest.mark.parametrize("distribution", ["weibull", "log-normal", "log-logistic"])
def test_accelerated_failure_times(distribution: Any) -> None:
    random = draws(7)
    x = np.column_stack([random.normal(size=N), random.random(N) < 0.3])
    u = random.random(N)
    error = {
        "weibull": np.log(-np.log(u)),
        "log-normal": random.normal(size=N),
        "log-logistic": np.log(u / (1 - u)),
    }[distribution]
    data, known = times(random, np.exp(2.0 + 0.4 * x[:, 0] - 0.5 * x[:, 1] + 0.5 * error))
    model = cpm.Aft(distribution).fit(x[known], data)
    within_three_errors(model, {"intercept": 2.0, "x0": 0.4, "x1": -0.5, "log_scale": np.log(0.5)})


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_discrete_hazards(link: Any) -> None:
    random = draws(8)
    x = random.normal(size=(N, 1))
    base = np.array([-1.5, -2.0, -1.0, -1.5, -0.5, -1.0])
    duration, left = np.full(N, 6.0), np.zeros(N, dtype=bool)
    for period, level in enumerate(base, 1):
        eta = level + 0.6 * x[:, 0]
        chance = 1 / (1 + np.exp(-eta)) if link == "logit" else 1 - np.exp(-np.exp(eta))
        leaves = ~left & (duration == 6) & (random.random(N) < chance)
        duration[leaves], left[leaves] = period, True
    model = cpm.DiscreteHazard(link=link).fit(x, cpm.SurvivalData(duration, left))
    within_three_errors(model, {"x0": 0.6})
    at_mean = model.predict_hazard(np.zeros((1, 1)), np.arange(1, 7))[0]
    truth = 1 / (1 + np.exp(-base)) if link == "logit" else 1 - np.exp(-np.exp(base))
    assert abs(at_mean - truth).max() < 0.06


def test_survival_curves() -> None:
    random = draws(9)
    data, _ = times(random, random.exponential(10.0, N))
    for at in (2.0, 8.0, 20.0):
        curve = cpm.KaplanMeier(level=0.997).fit(data).survival_at([at])
        assert curve["low"][0] < np.exp(-at / 10) < curve["high"][0]
        total = cpm.NelsonAalen(level=0.997).fit(data).cumulative_hazard_at([at])
        assert total["low"][0] < at / 10 < total["high"][0]


CENTERS = np.array([[0.0, 0.0, 0.0], [4.0, 0.0, 1.0], [0.0, 5.0, -1.0]])
SHARES = [0.5, 0.3, 0.2]


def planted(seed: int) -> tuple[Any, Any, Any]:
    """Three groups, the spreads of which differ."""
    random = draws(seed)
    group = random.choice(3, N, p=SHARES)
    spread = np.array([0.5, 0.8, 0.6])[group]
    return random, group, CENTERS[group] + spread[:, None] * random.normal(size=(N, 3))


def test_k_means() -> None:
    _, group, x = planted(10)
    for rows in (N, 500):
        model = cpm.KMeans(3).fit(x[:rows])
        assert cpm.segmentation.adjusted_rand_index(group, model.predict(x)) > 0.99
        # The smallest group has a fifth of the rows.
        assert abs(model.centers - CENTERS).max() < 3.5 * 0.8 / np.sqrt(rows / 5)


def test_mini_batches() -> None:
    _, group, x = planted(11)
    model = cpm.KMeans(3)
    for batch in np.array_split(x, 8):
        model.partial_fit(batch)
    assert cpm.segmentation.adjusted_rand_index(group, model.predict(x)) > 0.99


@pytest.mark.parametrize("shape", ["full", "diag"])
def test_mixture(shape: Any) -> None:
    random, group, x = planted(12)
    correlated = shape == "full"
    if correlated:
        # Group 1 leans: its first two columns have a correlation of 0.8.
        z = random.normal(size=(N, 3))
        lean = np.column_stack([z[:, 0], 0.8 * z[:, 0] + 0.6 * z[:, 1], z[:, 2]])
        x = np.where((group == 1)[:, None], CENTERS[1] + 0.8 * lean, x)
    model = cpm.GaussianMixture(3, covariance_type=shape).fit(x)
    sizes = np.bincount(group)
    # Components come by size. Three standard errors of shares, means and variances of the groups.
    assert (abs(model.weights - SHARES) < 3 * np.sqrt(np.array(SHARES) / N)).all()
    for c, spread in enumerate([0.5, 0.8, 0.6]):
        assert (abs(model.means[c] - CENTERS[c]) < 3.5 * spread / np.sqrt(sizes[c])).all()
        variance = np.diag(np.asarray(model.covariances[c]))
        assert (abs(variance / spread**2 - 1) < 4 * np.sqrt(2 / sizes[c])).all()
    if correlated:
        assert abs(model.covariances[1][0, 1] / 0.64 - 0.8) < 0.1


def test_k_prototypes() -> None:
    random, group, x = planted(13)
    usual = np.array(["web", "shop", "mail"])[group]
    channel = np.where(random.random(N) < 0.9, usual, random.choice(["web", "shop", "mail"], N))
    table = {"a": x[:, 0], "b": x[:, 1], "channel": channel.tolist()}
    model = cpm.KPrototypes(3).fit(table)
    assert cpm.segmentation.adjusted_rand_index(group, model.predict(table)) > 0.95
