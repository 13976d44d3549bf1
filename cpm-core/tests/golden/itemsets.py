"""Frequent itemsets and association rules by mlxtend, assignments by SciPy: writes itemsets.json beside itself."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import association_rules, fpgrowth
from scipy.optimize import Bounds, LinearConstraint, milp

warnings.simplefilter("ignore")


def baskets(rng, count, products, bundles):
    """Sparse baskets, with bundles that are bought together."""
    popularity = 0.3 * rng.random(products) ** 3
    rows = rng.random((count, products)) < popularity
    for bundle, share in bundles:
        rows[:, bundle] |= (rng.random(count) < share)[:, None] & (
            rng.random((count, len(bundle))) < 0.9
        )
    return rows


def mined(rows, support):
    frame = pd.DataFrame(rows, columns=range(rows.shape[1]))
    sets = fpgrowth(frame, min_support=support, use_colnames=True)
    rules = association_rules(sets, metric="confidence", min_threshold=0.3)
    names = ["support", "confidence", "lift", "leverage", "conviction"]
    return {
        "support": support,
        "products": rows.shape[1],
        "baskets": [np.flatnonzero(r).tolist() for r in rows],
        "sets": sorted(
            [sorted(map(int, s)), round(p * len(rows))]
            for s, p in zip(sets["itemsets"], sets["support"])
        ),
        "rules": sorted(
            [
                sorted(map(int, r.antecedents)),
                sorted(map(int, r.consequents)),
                *[None if np.isinf(getattr(r, n)) else getattr(r, n) for n in names],
            ]
            for r in rules.itertuples()
        ),
    }


def offers(rng, n, k, most):
    p = rng.beta(1, 4, (n, k)).round(4)
    margin, cost = rng.uniform(5, 40, k).round(2), rng.uniform(0, 2, k).round(2)
    capacity = rng.integers(0, n // 2, k)
    profit = p * margin - cost
    per_customer = np.kron(np.eye(n), np.ones(k))
    per_offer = np.kron(np.ones(n), np.eye(k))
    found = milp(
        -profit.ravel(),
        integrality=1,
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(per_customer, ub=most),
            LinearConstraint(per_offer, ub=capacity),
        ],
        options={"mip_rel_gap": 0},
    )
    return {
        "probability": p.tolist(),
        "margin": margin.tolist(),
        "cost": cost.tolist(),
        "capacity": capacity.tolist(),
        "per_customer": most,
        "profit": -found.fun,
    }


if __name__ == "__main__":
    rng = np.random.default_rng(11)
    out = {
        "about": "mlxtend 0.25, SciPy (HiGHS); itemsets.py wrote this",
        "mined": [
            mined(baskets(rng, 400, 25, [([1, 4, 7], 0.2), ([2, 4], 0.1)]), 0.02),
            mined(baskets(rng, 60, 12, [([0, 1, 2, 3, 4], 0.5)]), 0.07),
        ],
        "offers": [
            offers(rng, n, k, most)
            for n, k, most in [
                (30, 4, 1),
                (40, 6, 2),
                (25, 3, 3),
                (60, 5, 1),
                (20, 8, 3),
            ]
        ],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
