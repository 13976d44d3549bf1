"""Writes profiles.json: effect sizes, associations, rules and agreement of segments.

Run with NumPy, SciPy, scikit-learn and statsmodels: python profiles.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.metrics import adjusted_rand_score
from sklearn.tree import DecisionTreeClassifier
from statsmodels.stats.proportion import proportion_confint

random = np.random.default_rng(8)
n = 240
segment = random.choice(3, n, p=[0.5, 0.3, 0.2])
orders = random.poisson(2 + 3 * segment).astype(float)
spend = random.gamma(2.0, 20.0 + 10.0 * segment).round(2)
spend[random.random(n) < 0.1] = np.nan
channel = np.where(random.random(n) < 0.2 + 0.3 * (segment == 1), "shop", random.choice(["web", "phone"], n))

effects = []
for s in range(3):
    own = segment == s
    for name, column in (("orders", orders), ("spend", spend)):
        a, b = column[own], column[~own]
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        d = (a.mean() - b.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        error = np.sqrt((len(a) + len(b)) / (len(a) * len(b)) + d**2 / (2 * (len(a) + len(b))))
        z = stats.norm.ppf(0.975)
        effects.append(
            {"segment": s, "attribute": name, "in_segment": a.mean(), "in_base": np.nanmean(column), "effect": d,
             "low": d - z * error, "high": d + z * error}
        )  # fmt: skip


def corrected_v(table: np.ndarray) -> float:
    """Bergsma (2013), written from the paper."""
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    size, (r, k) = table.sum(), table.shape
    phi2 = max(0.0, chi2 / size - (r - 1) * (k - 1) / (size - 1))
    return float(np.sqrt(phi2 / min(r - (r - 1) ** 2 / (size - 1) - 1, k - (k - 1) ** 2 / (size - 1) - 1)))


levels = ["phone", "shop", "web"]
cross = np.array([[np.sum((segment == s) & (channel == level)) for level in levels] for s in range(3)])
whole = {
    "v": corrected_v(cross),
    "p_value": stats.chi2_contingency(cross, correction=False).pvalue,
    "by_segment": [corrected_v(np.array([cross[s], cross.sum(axis=0) - cross[s]])) for s in range(3)],
    "eta_squared_orders": 1
    - sum(((orders[segment == s] - orders[segment == s].mean()) ** 2).sum() for s in range(3))
    / ((orders - orders.mean()) ** 2).sum(),
}

# The best single condition on orders by F1, over all cuts.
rules = []
for s in range(3):
    own, best = segment == s, (0.0, 0.0, 0.0)
    for cut in np.unique(orders)[:-1]:
        for holds in (orders <= cut, orders > cut):
            hits = np.sum(holds & own)
            best = max(best, (2 * hits / (holds.sum() + own.sum()), hits / max(holds.sum(), 1), hits / own.sum()))
    rules.append({"segment": s, "f1": best[0], "precision": best[1], "recall": best[2]})
# A tree of depth 3 for comparison: its best leaf is a conjunction of up to three conditions.
trees = []
x = np.column_stack([orders, *[channel == level for level in levels]])
for s in range(3):
    own = segment == s
    leaves = DecisionTreeClassifier(max_depth=3, random_state=0).fit(x, own).apply(x)
    trees.append(max(2 * np.sum((leaves == l) & own) / (np.sum(leaves == l) + own.sum()) for l in np.unique(leaves)))

after = np.where(random.random(n) < 0.7, segment, random.choice(3, n))
draws = [adjusted_rand_score(segment[i], after[i]) for i in (random.integers(0, n, n) for _ in range(2000))]
stayed = int(np.sum((segment == 0) & (after == 0))), int(np.sum(segment == 0))
stability = {
    "after": after.tolist(),
    "adjusted_rand": adjusted_rand_score(segment, after),
    "bootstrap_error": float(np.std(draws)),
    "stayed_first": stayed[0] / stayed[1],
    "stayed_interval": proportion_confint(*stayed, method="wilson"),
}
out = {
    "segment": segment.tolist(),
    "orders": orders.tolist(),
    "spend": [None if np.isnan(v) else v for v in spend],
    "channel": channel.tolist(),
    "effects": effects,
    "whole": whole,
    "rules": rules,
    "tree_f1": trees,
    "stability": stability,
}
Path(__file__).with_name("profiles.json").write_text(json.dumps(out) + "\n")
