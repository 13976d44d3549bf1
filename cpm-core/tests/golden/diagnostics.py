"""R-hat and effective sample sizes by ArviZ: writes diagnostics.json. Needs arviz and numpy."""

import json
from pathlib import Path

import arviz as az
import numpy as np

rng = np.random.default_rng(7)


def autoregressive(chains: int, draws: int, rho: float) -> np.ndarray:
    x = rng.normal(size=(chains, draws))
    for t in range(1, draws):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    return x


cases = {
    "independent": rng.normal(size=(4, 60)),
    "slow": autoregressive(4, 80, 0.8),
    "antithetic": autoregressive(4, 60, -0.6),
    "chains apart": autoregressive(3, 60, 0.3) + np.array([[0.0], [0.0], [1.5]]),
    "scales apart": rng.normal(size=(4, 50)) * np.array([[1.0], [1.0], [1.0], [4.0]]),
    "heavy tails": rng.standard_cauchy(size=(4, 70)),
    "ties": np.round(rng.exponential(size=(4, 60)), 1),
    "odd length": autoregressive(2, 101, 0.5),
}
out = []
for name, x in cases.items():
    x = np.round(x, 6)
    out.append(
        {
            "name": name,
            "chains": x.tolist(),
            "r_hat": float(az.rhat(x)),
            "ess_bulk": float(az.ess(x, method="bulk")),
            "ess_tail": float(az.ess(x, method="tail")),
            "ess_mean": float(az.ess(x, method="mean")),
        }
    )
Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
