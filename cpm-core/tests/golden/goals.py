"""Forecasts of a random walk with drift and the levers of CLV, by NumPy and SciPy: writes goals.json beside itself."""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, t


def drift(days, values, goal_day, target, compound):
    y = np.log(values) if compound else np.array(values)
    at = np.array(days, float)
    # Generalised least squares on the changes: mean drift * dt, variance s2 * dt.
    dt, dy = np.diff(at), np.diff(y)
    weights = 1 / dt
    mu = (weights * dt * dy).sum() / (weights * dt * dt).sum()
    s2 = (weights * (dy - mu * dt) ** 2).sum() / (len(dt) - 1)
    var_mu = s2 / (weights * dt * dt).sum()
    h = goal_day - at[-1]
    centre, error = y[-1] + mu * h, np.sqrt(s2 * h + h * h * var_mu)
    freedom = len(dt) - 1
    goal = np.log(target) if compound else target
    up = np.sign(target - values[0])
    low, high = centre + error * t.ppf([0.05, 0.95], freedom)
    back = np.exp if compound else (lambda v: v)
    return {
        "days": days,
        "values": values,
        "goal_day": goal_day,
        "target": target,
        "compound": compound,
        "expected": back(centre),
        "low": back(low),
        "high": back(high),
        "probability": t.cdf(up * (centre - goal) / error, freedom),
    }


def lever(margin, purchases, retention, discount, periods, rise):
    def clv(m, f, r):
        horizon = np.arange(1, (periods or 4000) + 1)
        return m * f * ((r / (1 + discount)) ** horizon).sum()

    goal = clv(margin, purchases, retention) * (1 + rise)
    return {
        "arguments": [margin, purchases, retention, discount],
        "periods": periods,
        "rise": rise,
        "value": clv(margin, purchases, retention),
        "margin": brentq(
            lambda x: clv(x, purchases, retention) - goal,
            margin,
            9 * margin,
            xtol=1e-14,
        ),
        "retention": brentq(
            lambda x: clv(margin, purchases, x) - goal, retention, 1, xtol=1e-15
        ),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(2)
    weekly = (20 + np.cumsum(rng.normal(0.3, 0.5, 12))).round(4).tolist()
    out = {
        "about": "NumPy and SciPy; goals.py wrote this",
        "on_path": [[z, float(norm.cdf(z))] for z in (-2.5, -0.3, 0.0, 1.1)],
        "forecasts": [
            drift(
                [0, 30, 60, 91, 121, 152],
                [10, 11, 10.5, 12, 12.4, 13.1],
                365,
                18,
                False,
            ),
            drift([0, 7, 21, 28, 70], [0.30, 0.28, 0.275, 0.27, 0.22], 200, 0.15, True),
            drift(list(range(0, 84, 7)), weekly, 120, 25, False),
        ],
        "levers": [
            lever(25, 4, 0.8, 0.1, None, 0.15),
            lever(25, 4, 0.8, 0.1, 3, 0.15),
            lever(12, 0.7, 0.93, 0.02, 12, 0.10),
        ],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
