"""Writes uplift.json: uplift by scikit-learn's logistic regressions without penalty.

Run with scikit-learn installed: python uplift.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(6)
n = 400
a, b = random.normal(size=n).round(4), random.gamma(2.0, 1.0, n).round(4)
treated = random.random(n) < 0.4
outcome = random.random(n) < 1 / (1 + np.exp(-(0.3 - 0.4 * b + 0.5 * a + treated * (0.6 + 0.8 * a))))
x = np.column_stack([a, b])


def fit(rows: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(x[rows], y[rows], sample_weight=weights)
    return model.predict_proba(x)[:, 1]


everybody = np.ones(n, dtype=bool)
share = treated.mean()
out = {
    "a": a.tolist(),
    "b": b.tolist(),
    "treated": treated.tolist(),
    "outcome": outcome.tolist(),
    "effect": outcome[treated].mean() - outcome[~treated].mean(),
    "two_models": (fit(treated, outcome) - fit(~treated, outcome)).tolist(),
    "transformed_outcome": (
        2 * fit(everybody, outcome == treated, np.where(treated, 0.5 / share, 0.5 / (1 - share))) - 1
    ).tolist(),
}
Path(__file__).with_name("uplift.json").write_text(json.dumps(out) + "\n")
