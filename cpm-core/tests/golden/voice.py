"""Survey scores and drivers, by SciPy, statsmodels and NumPy: writes voice.json beside itself."""

import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint, test_proportions_2indep

rng = np.random.default_rng(11)


def relative_weights(x, y):
    """Johnson 2000, with singular vectors instead of eigenvectors."""
    zx, zy = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    p, _d, qt = np.linalg.svd(zx, full_matrices=False)
    z = p @ qt * np.sqrt(len(y))
    beta, lam = z.T @ zy / len(y), z.T @ zx / len(y)
    return (lam.T**2) @ beta**2


def bootstrap(x, y, draws=4000):
    n = len(y)
    found = []
    for _ in range(draws):
        i = rng.integers(0, n, n)
        w = relative_weights(x[i], y[i])
        found.append(w / w.sum())
    return np.std(found, axis=0)


if __name__ == "__main__":
    a, b = rng.integers(1, 8, 60).astype(float), rng.integers(2, 8, 45).astype(float)
    ttest = stats.ttest_ind(a, b, equal_var=False)
    interval = stats.t.interval(0.95, 59, a.mean(), a.std(ddof=1) / np.sqrt(60))
    difference = ttest.confidence_interval(0.95)
    effort = {
        "a": a.tolist(),
        "b": b.tolist(),
        "mean": a.mean(),
        "low": interval[0],
        "high": interval[1],
    }
    effort |= {
        "statistic": ttest.statistic,
        "p_value": ttest.pvalue,
        "difference": [difference.low, difference.high],
    }
    wilson = proportion_confint(37, 50, method="wilson")
    wald = test_proportions_2indep(37, 50, 41, 80, method="wald")
    csat = {
        "low": wilson[0],
        "high": wilson[1],
        "statistic": wald.statistic,
        "p_value": wald.pvalue,
    }

    n, k = 400, 4
    x = rng.multivariate_normal(np.zeros(k), 0.5 + 0.5 * np.eye(k), n)
    x = np.clip(np.round(3 + x), 1, 5)
    y = np.clip(np.round(2 + x @ [0.9, 0.4, 0.1, 0.0] + rng.normal(0, 1.2, n)), 0, 10)
    ols = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
    weights = relative_weights(x, y)
    drivers = {
        "x": x.tolist(),
        "y": y.tolist(),
        "coefficients": ols.params[1:].tolist(),
        "intervals": ols.conf_int()[1:].tolist(),
        "r_squared": ols.rsquared,
        "weights": (weights / weights.sum()).tolist(),
        "weights_sum": weights.sum(),
        "bootstrap_errors": bootstrap(x, y).tolist(),
    }
    out = {
        "about": "SciPy 1.17, statsmodels 0.14; voice.py wrote this",
        "effort": effort,
        "csat": csat,
        "drivers": drivers,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
