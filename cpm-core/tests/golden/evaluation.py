"""Measures of churn scores by scikit-learn and SciPy, and by formulas written down again here: writes evaluation.json.

scikit-learn 1.9, SciPy 1.17. Run: python evaluation.py > evaluation.json
"""

import json

import numpy as np
from scipy import integrate, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

random = np.random.default_rng(20261122)


def delong(y, score):
    """Standard error from all pairs (DeLong, DeLong & Clarke-Pearson 1988)."""
    pairs = np.sign(score[y][:, None] - score[~y][None, :]) / 2 + 0.5
    v10, v01 = pairs.mean(axis=1), pairs.mean(axis=0)
    return float(np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)))


def delong_difference(y, a, b):
    pairs = [np.sign(s[y][:, None] - s[~y][None, :]) / 2 + 0.5 for s in (a, b)]
    d10, d01 = (pairs[0] - pairs[1]).mean(axis=1), (pairs[0] - pairs[1]).mean(axis=0)
    return float(d10.mean()), float(np.sqrt(d10.var(ddof=1) / len(d10) + d01.var(ddof=1) / len(d01)))


def empc(y, score, alpha=6, beta=14, clv=200, incentive=10, contact=1):
    """The best of all thresholds at each acceptance rate, integrated numerically."""
    thresholds = np.unique(score)[::-1]
    taken = [np.zeros(len(y), bool)] + [score >= t for t in thresholds]
    churned = np.array([(t & y).sum() for t in taken]) / len(y)
    stayed = np.array([(t & ~y).sum() for t in taken]) / len(y)

    def best(rate):
        profit = churned * (rate * (clv - incentive) - contact) - stayed * (incentive + contact)
        return profit.max()

    def weight(rate):
        return stats.beta.pdf(rate, alpha, beta)

    # The best threshold changes at these rates.
    breaks = set()
    for i in range(len(taken)):
        for j in range(i):
            more = (churned[i] - churned[j]) * (clv - incentive)
            if more > 0:
                rate = ((churned[i] - churned[j]) * contact + (stayed[i] - stayed[j]) * (incentive + contact)) / more
                if 0 < rate < 1:
                    breaks.add(rate)
    edges = [0.0, *sorted(breaks), 1.0]
    parts = [
        integrate.quad(lambda r: best(r) * weight(r), low, high, epsabs=1e-14, epsrel=1e-13)[0]
        for low, high in zip(edges, edges[1:])
    ]
    return sum(parts), float(best(alpha / (alpha + beta)))


cases = []
for n, decimals, weighted in [(40, 1, False), (300, 2, False), (300, 2, True), (500, 8, True)]:
    latent = random.normal(size=n)
    y = random.random(n) < 1 / (1 + np.exp(1 - 1.5 * latent))
    p = np.round(1 / (1 + np.exp(1.2 - latent - 0.4 * random.normal(size=n))), decimals)
    w = np.round(random.gamma(2, size=n), 3) if weighted else np.ones(n)
    case = {
        "y": y.astype(int).tolist(),
        "p": p.tolist(),
        "w": w.tolist(),
        "auc": metrics.roc_auc_score(y, p, sample_weight=w),
        "average_precision": metrics.average_precision_score(y, p, sample_weight=w),
        "log_loss": metrics.log_loss(y, p, sample_weight=w),
        "brier": metrics.brier_score_loss(y, p, sample_weight=w),
        "spiegelhalter": float(
            (w * (y - p) * (1 - 2 * p)).sum() / np.sqrt((w**2 * (1 - 2 * p) ** 2 * p * (1 - p)).sum())
        ),
    }
    fpr, tpr, thresholds = metrics.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    case["roc"] = {"fpr": fpr[1:].tolist(), "tpr": tpr[1:].tolist(), "threshold": thresholds[1:].tolist()}
    if not weighted:
        case["auc_error"] = delong(y, p)
        second = np.round(p + 0.3 * random.random(n), 2)
        difference, error = delong_difference(y, p, second)
        case["second"] = {"p": second.tolist(), "difference": difference, "error": error}
        for strategy in ("uniform", "quantile"):
            seen, said = calibration_curve(y, p, n_bins=7, strategy=strategy)
            case[strategy] = {"observed": seen.tolist(), "predicted": said.tolist()}
    if n <= 40:
        case["empc"], case["mpc"] = empc(y, p)
        case["empc_other"], case["mpc_other"] = empc(y, p, alpha=2.5, beta=1.5, clv=60, incentive=12, contact=0.5)
    cases.append(case)

a, b = np.round(random.normal(size=80), 1), np.round(random.normal(0.4, 1.2, size=120), 1)
test = stats.ks_2samp(a, b, method="asymp")
drift = {"reference": a.tolist(), "current": b.tolist(), "statistic": test.statistic, "at": test.statistic_location}
root = np.sqrt(80 * 120 / 200)
drift["p_value"] = stats.kstwobign.sf((root + 0.12 + 0.11 / root) * test.statistic)
print(json.dumps({"cases": cases, "drift": drift}))
