"""Writes aft_and_hazard.json: accelerated failure time models and discrete-time hazards, by other tools.

    python -m venv venv && venv/bin/pip install lifelines==0.30.3 statsmodels scipy
    venv/bin/python aft_and_hazard.py

lifelines fits the three distributions to the recidivism data (432 convicts), the lung cancer data (228 patients), and 600
simulated rows with delayed entry and weights. Its optimiser (SLSQP) stops at some five digits, so each fit is started
again from its own solution until it no longer moves, and standard errors are taken from the inverse of the Hessian that
autograd gives at that point. statsmodels fits binomial GLMs to person-periods written out row by row (Singer & Willett 1993).
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from autograd import grad, hessian
from lifelines import LogLogisticAFTFitter, LogNormalAFTFitter, WeibullAFTFitter
from lifelines.datasets import load_lung, load_rossi

warnings.simplefilter("ignore")
FITTERS = {"weibull": WeibullAFTFitter, "log-normal": LogNormalAFTFitter, "log-logistic": LogLogisticAFTFitter}
LOCATION = {"weibull": "lambda_", "log-normal": "mu_", "log-logistic": "alpha_"}
SHAPE = {"weibull": "rho_", "log-normal": "sigma_", "log-logistic": "beta_"}


def listed(values):
    return [float(v) for v in np.asarray(values, dtype=float).ravel()]


def polish(name, data, duration, event, entry=None, weights=None):
    """Newton steps from lifelines' solution, on lifelines' own likelihood, with its own parametrisation."""
    import autograd.numpy as anp
    from autograd.scipy.stats import norm

    columns = [c for c in data if c not in (duration, event, entry, weights)]
    x = np.column_stack([np.ones(len(data)), data[columns]])
    t, e = data[duration].to_numpy(float), data[event].to_numpy(float)
    w = data[weights].to_numpy(float) if weights else np.ones(len(data))
    late = data[entry].to_numpy(float) if entry else np.zeros(len(data))

    def ln_tail(z):
        if name == "weibull":
            return -anp.exp(z)
        return norm.logcdf(-z) if name == "log-normal" else -anp.logaddexp(0.0, z)

    def ln_density(z):
        if name == "weibull":
            return z - anp.exp(z)
        return norm.logpdf(z) if name == "log-normal" else z - 2.0 * anp.logaddexp(0.0, z)

    def value(theta):
        eta, ln_sigma = anp.dot(x, theta[:-1]), theta[-1]
        z = (anp.log(t) - eta) / anp.exp(ln_sigma)
        total = e * (ln_density(z) - ln_sigma - anp.log(t)) + (1.0 - e) * ln_tail(z)
        if entry:
            known = anp.where(late > 0, late, 1.0)
            before = ln_tail((anp.log(known) - eta) / anp.exp(ln_sigma))
            total = total - anp.where(late > 0, before, 0.0)
        return anp.sum(w * total)

    fit = FITTERS[name]().fit(data, duration, event, entry_col=entry, weights_col=weights)
    location = fit.params_[LOCATION[name]]
    shape = float(fit.params_[SHAPE[name]]["Intercept"])
    theta = np.array([location["Intercept"], *[location[c] for c in columns], shape if name == "log-normal" else -shape])
    reached = value(theta)
    assert abs(reached - fit.log_likelihood_) < 1e-6 * abs(reached), (name, reached, fit.log_likelihood_)
    start = theta.copy()
    for _ in range(50):
        step = np.linalg.solve(hessian(value)(theta), grad(value)(theta))
        theta = theta - step
        if np.abs(step).max() < 1e-13:
            break
    assert np.abs(theta - start).max() < 1e-2, (name, theta - start)
    covariance = np.linalg.inv(-hessian(value)(theta))
    return {
        "names": columns,
        "parameters": listed(theta),
        "standard_errors": listed(np.sqrt(np.diag(covariance))),
        "covariance": listed(covariance),
        "log_likelihood": float(value(theta)),
        "lifelines": {"parameters": listed(start), "log_likelihood": float(fit.log_likelihood_)},
        "median": listed(fit.predict_median(data.iloc[:5])),
    }


def person_periods(data, duration, event, columns, groups, entry=None):
    """One row per person and period at risk, with the group of the period."""
    rows = []
    for i, row in data.iterrows():
        first = int(row[entry]) if entry else 0
        for period in range(first + 1, int(row[duration]) + 1):
            ended = row[event] == 1 and period == row[duration]
            rows.append([groups(period), int(ended), *[row[c] for c in columns]])
    return pd.DataFrame(rows, columns=["group", "y", *columns])


def hazard(data, duration, event, columns, groups, link, entry=None, weights=None):
    long = person_periods(data, duration, event, columns, groups, entry)
    dummies = pd.get_dummies(long.group, prefix="group", dtype=float)
    x = pd.concat([dummies, long[columns].astype(float)], axis=1)
    family = sm.families.Binomial(link=getattr(sm.families.links, link)())
    fit = sm.GLM(long.y, x, family=family).fit(maxiter=200, tol=1e-14)
    # The observed information, not the expected one: they differ for cloglog.
    covariance = np.linalg.inv(-fit.model.hessian(fit.params.to_numpy(), observed=True))
    return {
        "names": columns,
        "groups": [int(c.split("_")[1]) for c in dummies],
        "parameters": listed(fit.params),
        "standard_errors": listed(np.sqrt(np.diag(covariance))),
        "expected_information_errors": listed(fit.bse),
        "log_likelihood": float(fit.llf),
        "person_periods": len(long),
    }


rossi = load_rossi()
lung = load_lung()[["time", "status", "age", "sex", "wt.loss"]].dropna()
random = np.random.default_rng(5)
n = 600
group, size = random.integers(0, 2, n), random.normal(size=n)
latent = np.exp(2.0 + 0.5 * group - 0.3 * size + 0.6 * np.log(random.exponential(size=n)))
censored = random.uniform(2, 20, n)
late = np.where(random.random(n) < 0.4, random.uniform(0, 4, n), 0.0)
time = np.minimum(latent, censored)
seen = time > late
simulated = pd.DataFrame(
    {"time": time, "event": (latent <= censored).astype(int), "entry": late, "weight": random.integers(1, 4, n),
     "group": group, "size": size}
)[seen].round(6)
simulated = simulated[simulated.time > simulated.entry]

out = {"simulated": {c: simulated[c].tolist() for c in simulated}, "aft": {}, "hazard": {}}
for name in FITTERS:
    out["aft"][name] = {
        "rossi": polish(name, rossi, "week", "arrest"),
        "lung": polish(name, lung, "time", "status"),
        "simulated": polish(name, simulated, "time", "event", "entry", "weight"),
    }

covariates = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
# Every month has arrests: 13 groups of four weeks; and one group per observed week of the leukemia data.
four_weeks = lambda week: (week - 1) // 4
for link in ("Logit", "CLogLog"):
    out["hazard"][link.lower()] = hazard(rossi, "week", "arrest", covariates, four_weeks, link)
    entered = rossi.assign(entry=np.minimum(np.arange(len(rossi)) % 9, rossi.week - 1))
    out["hazard"][link.lower() + "_entry"] = hazard(entered, "week", "arrest", covariates, four_weeks, link, "entry")
out["entry"] = listed(np.minimum(np.arange(len(rossi)) % 9, rossi.week - 1))
Path(__file__).with_name("aft_and_hazard.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
