"""Effects of a simulated randomised campaign, by statsmodels: writes campaigns.json beside itself."""

import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm

rng = np.random.default_rng(5)


def effect(y, x):
    fit = sm.OLS(y, x).fit(cov_type="HC2", use_t=True)
    low, high = fit.conf_int()[1]
    return {
        "effect": fit.params[1],
        "error": fit.bse[1],
        "p_value": fit.pvalues[1],
        "low": low,
        "high": high,
    }


if __name__ == "__main__":
    n = 300
    past = np.column_stack([rng.gamma(1.5, 40, n), rng.poisson(3, n)])
    treated = rng.random(n) < 0.4
    y = np.maximum(
        0.6 * past[:, 0] + 5 * past[:, 1] + rng.normal(0, 20, n), 0
    ) + treated * (6 + 0.1 * past[:, 0])
    t, one = treated.astype(float), np.ones(n)
    centred = past - past.mean(0)
    theta = np.linalg.lstsq(np.column_stack([one, past]), y, rcond=None)[0][1:]
    out = {
        "about": "statsmodels 0.14; campaigns.py wrote this",
        "past": past.tolist(),
        "treated": treated.tolist(),
        "y": y.tolist(),
        "none": effect(y, np.column_stack([one, t])),
        "cuped": effect(y - centred @ theta, np.column_stack([one, t])),
        "regression": effect(y, np.column_stack([one, t, past])),
        "interacted": effect(
            y, np.column_stack([one, t, centred, centred * t[:, None]])
        ),
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
