"""Writes survival.json: what lifelines 0.30.3 and scikit-survival 0.28.0 say about published data sets.

    python -m venv venv && venv/bin/pip install lifelines==0.30.3 scikit-survival==0.28.0
    venv/bin/python survival.py

Data: 6-MP against placebo in acute leukemia (Freireich et al. 1963, the printed table); recidivism of 432
released convicts (Rossi et al. 1980) and survival of 228 lung cancer patients (Loprinzi et al. 1994), both as
lifelines ships them under the MIT licence. `r` holds what R's survival package is known to print for
the same data; those few numbers were not made by this script and not run again, so lifelines is the first reference.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter, NelsonAalenFitter, WeibullAFTFitter
from lifelines.datasets import load_lung, load_rossi
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index
from sksurv.metrics import brier_score, cumulative_dynamic_auc, integrated_brier_score
from sksurv.util import Surv

warnings.simplefilter("ignore")
# Newton steps until they are rounding: the default stops at 7 digits of the coefficients.
TIGHT = {"precision": 1e-22, "r_precision": 0.0, "max_steps": 100}


def listed(values):
    return [None if v is None or not np.isfinite(v) else float(v) for v in np.asarray(values, dtype=float).ravel()]


def leukemia():
    treated = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    return pd.DataFrame(
        {"week": treated + placebo, "relapse": relapse + [1] * 21, "placebo": [0] * 21 + [1] * 21}
    )


def kaplan_meier(duration, event, **more):
    # The survival and the width of its interval at the observed times; lifelines adds time 0.
    fit = KaplanMeierFitter().fit(duration, event, **more)
    times = np.unique(duration)
    interval = fit.confidence_interval_.loc[times]
    return {
        "time": listed(times),
        "survival": listed(fit.survival_function_.loc[times]),
        "low": listed(interval.iloc[:, 0]),
        "high": listed(interval.iloc[:, 1]),
        "median": listed([fit.median_survival_time_])[0],
    }


def cox(data, duration, event, *, penalizer=0.0, **more):
    fit = CoxPHFitter(penalizer=penalizer).fit(data, duration, event, fit_options=TIGHT, **more)
    result = {
        "coefficients": listed(fit.params_),
        "standard_errors": listed(fit.standard_errors_),
        "covariance": listed(fit.variance_matrix_),
    }
    if penalizer == 0.0:
        result["log_likelihood"] = float(fit.log_likelihood_)
    return fit, result


rossi, lung, leukemia = load_rossi(), load_lung(), leukemia()
columns = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
n = len(rossi)
# No two durations equal: lifelines' residuals and baseline know no ties.
untied = rossi.assign(week=rossi.week + np.arange(n) / 1000.0)
entry = np.minimum(np.arange(n) % 17, untied.week - 0.5)
weights = np.arange(n) % 3 + 1
out = {
    "data": {
        "leukemia": {c: leukemia[c].tolist() for c in leukemia},
        "rossi": {c: rossi[c].tolist() for c in ["week", "arrest", *columns]},
        "lung": {
            "time": lung.time.tolist(),
            "status": lung.status.tolist(),
            "age": lung.age.tolist(),
            "sex": lung.sex.tolist(),
            "ph.ecog": listed(lung["ph.ecog"]),
            "wt.loss": listed(lung["wt.loss"]),
        },
        "entry": listed(entry),
        "weights": weights.tolist(),
    }
}

six_mp = leukemia[leukemia.placebo == 0]
out["kaplan_meier"] = {
    "leukemia": kaplan_meier(six_mp.week, six_mp.relapse),
    "rossi": kaplan_meier(rossi.week, rossi.arrest),
    "entry": kaplan_meier(untied.week, untied.arrest, entry=entry + 0.0003),
    "weights": kaplan_meier(rossi.week, rossi.arrest, weights=weights),
}
nelson = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(rossi.week, rossi.arrest)
out["nelson_aalen"] = {"tied": listed(nelson.cumulative_hazard_.loc[np.unique(rossi.week)])}
nelson = NelsonAalenFitter(nelson_aalen_smoothing=True).fit(untied.week, untied.arrest)
interval = nelson.confidence_interval_.loc[np.unique(untied.week)]
out["nelson_aalen"] |= {
    "untied": listed(nelson.cumulative_hazard_.loc[np.unique(untied.week)]),
    "low": listed(interval.iloc[:, 0]),
    "high": listed(interval.iloc[:, 1]),
}

out["log_rank"] = {}
groups = np.minimum(rossi.prio, 3)
variants = {"logrank": {}} | {w: {"weightings": w} for w in ("wilcoxon", "tarone-ware", "peto")}
variants["fleming-harrington"] = {"weightings": "fleming-harrington", "p": 0.5, "q": 1.0}
for name, more in variants.items():
    test = multivariate_logrank_test(rossi.week, groups, rossi.arrest, **more)
    out["log_rank"][name] = {"statistic": float(test.test_statistic), "p_value": float(test.p_value)}

# Event times: between them lifelines interpolates.
at = listed(np.sort(untied.week[untied.arrest == 1])[[10, 30, 50, 70, 90]])
result = {}
fit, result["rossi"] = cox(rossi, "week", "arrest")
result["rossi"] |= {
    "likelihood_ratio": float(fit.log_likelihood_ratio_test().test_statistic),
    "concordance": float(fit.concordance_index_),
    "lower": listed(fit.confidence_intervals_.iloc[:, 0]),
    "p_value": listed(fit.summary.p),
    "schoenfeld": listed(fit.compute_residuals(rossi, "schoenfeld").sort_index()),
    "scaled_schoenfeld": listed(fit.compute_residuals(rossi, "scaled_schoenfeld").sort_index()),
}
fit, result["untied"] = cox(untied, "week", "arrest")
result["untied"] |= {
    "mean": listed(fit._norm_mean),
    "times": at,
    "survival": listed(fit.predict_survival_function(untied.iloc[:20], times=at).T),
    "median": listed(fit.predict_median(untied.iloc[:20])),
}
survival = fit.predict_survival_function(untied, times=at).T.to_numpy()
_, result["robust"] = cox(untied, "week", "arrest", robust=True)
_, result["clusters"] = cox(untied.assign(id=np.arange(n) // 3), "week", "arrest", cluster_col="id")
_, result["weights"] = cox(rossi.assign(w=weights), "week", "arrest", weights_col="w")
_, result["robust_weights"] = cox(untied.assign(w=weights), "week", "arrest", weights_col="w", robust=True)
_, result["strata"] = cox(rossi, "week", "arrest", strata=["wexp"])
_, result["penalty"] = cox(rossi, "week", "arrest", penalizer=0.1)
_, result["entry"] = cox(untied.assign(entry=entry), "week", "arrest", entry_col="entry")
_, result["entry_tied"] = cox(rossi.assign(entry=np.floor(np.minimum(entry, rossi.week - 1))), "week", "arrest", entry_col="entry")
out["cox"] = result

scores = np.round(np.sin(np.arange(n)) * 10)
out["concordance"] = {"index": float(concordance_index(rossi.week, scores, rossi.arrest))}
observed = Surv.from_arrays(untied.arrest == 1, untied.week)
out["brier"] = {
    "score": listed(brier_score(observed, observed, survival, at)[1]),
    "integrated": float(integrated_brier_score(observed, observed, survival, at)),
    "survival": listed(survival),
}
# Durations that are all different: scikit-survival weights an event tied with a censoring in another way.
days = lung.time + np.arange(len(lung)) / 1000
train, test = np.arange(len(lung)) % 3 > 0, np.arange(len(lung)) % 3 == 0
follow_up = Surv.from_arrays(lung.status == 1, days)
days_at = [100.0, 200.0, 310.0, 500.0, 700.0]
# Many tied scores; and scores that change with time.
score = (lung.age - 10 * lung.sex).to_numpy(dtype=float)
moving = np.column_stack([np.round(score / (1 + k)) + k * np.sin(np.arange(len(lung))) for k in range(5)])
out["dynamic_auc"] = {"times": days_at}
for name, risk in [("constant", score), ("moving", moving)]:
    auc, mean = cumulative_dynamic_auc(follow_up[train], follow_up[test], risk[test], days_at)
    out["dynamic_auc"][name] = {"auc": listed(auc), "mean": float(mean)}
aft = WeibullAFTFitter().fit(rossi, "week", "arrest")
out["weibull_aft"] = {
    "names": [" ".join(name) for name in aft.params_.index],
    "coefficients": listed(aft.params_),
    "standard_errors": listed(aft.standard_errors_),
    "log_likelihood": float(aft.log_likelihood_),
}
# The other accelerated failure time models and person-periods: aft_and_hazard.py beside this.

out["r"] = {
    "source": "printed output of R's survival package for these data (lung and rossi as it ships them), to the digits it prints; not run again for this file",
    "lung_median": {"value": 310, "low": 285, "high": 363},
    "lung_restricted_mean": {"horizon": 1022, "value": 376.3, "standard_error": 19.7},
    "lung_log_rank_by_sex": {"observed": [112, 53], "expected": [91.6, 73.4], "statistic": 10.3},
    "lung_age_sex": {
        "coefficients": [0.017045, -0.513219],
        "standard_errors": [0.009223, 0.167458],
        "likelihood_ratio": 14.12,
        "wald": 13.47,
        "score": 13.72,
        "concordance": 0.603,
        "concordance_standard_error": 0.025,
    },
    "lung_zph_age_sex_wt.loss": {"age": 0.5077, "sex": 2.5489, "wt.loss": 0.0144, "global": 3.0051},
    "rossi": {
        "coefficients": [-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150],
        "standard_errors": [0.19138, 0.02200, 0.30799, 0.21222, 0.38187, 0.19576, 0.02865],
        "likelihood_ratio": 33.27,
        "wald": 32.11,
        "score": 33.53,
        "concordance_standard_error": 0.027,
    },
}
Path(__file__).with_name("survival.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
