"""Logistic regressions by statsmodels and scikit-learn, without and with penalty, weights and categories: writes logistic.json.

statsmodels 0.15, scikit-learn 1.9. Run: python logistic.py > logistic.json
"""

import json
import warnings

import numpy as np
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("error")
random = np.random.default_rng(5)
n = 250
tenure = np.round(random.gamma(2, 12, n), 1)
charge = np.round(20 + 80 * random.random(n), 2)
calls = random.poisson(1.2, n).astype(float)
plan = random.choice(["basic", "family", "student"], n, p=[0.5, 0.3, 0.2])
log_odds = -0.5 - 0.05 * tenure + 0.02 * charge + 0.4 * calls + 0.6 * (plan == "student")
y = (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
w = random.integers(1, 4, n).astype(float)

X = np.column_stack([tenure, charge, calls, plan == "family", plan == "student"]).astype(float)
design = sm.add_constant(X)
# statsmodels stops at a change of 1e-8; from its answer once more is exact.
tight = {"method": "newton", "maxiter": 100, "tol": 1e-14, "disp": 0}
plain = sm.Logit(y, design).fit(**tight)
robust = sm.Logit(y, design).fit(cov_type="HC0", **tight)
weighted = sm.GLM(y, design, family=sm.families.Binomial(), freq_weights=w).fit(tol=1e-14)


def sk(x=X, **options):
    model = LogisticRegression(tol=1e-12, max_iter=200_000, **options).fit(x, y)
    return [float(model.intercept_[0]), *model.coef_[0].tolist()]


scale = X.std(axis=0)
standard = X / scale
result = {
    "data": {
        "tenure": tenure.tolist(),
        "charge": charge.tolist(),
        "calls": calls.tolist(),
        "plan": plan.tolist(),
        "y": y.tolist(),
        "w": w.tolist(),
    },
    "plain": {
        "coefficients": plain.params.tolist(),
        "errors": plain.bse.tolist(),
        "p_values": plain.pvalues.tolist(),
        "intervals": plain.conf_int(0.05).tolist(),
        "log_likelihood": plain.llf,
        "log_likelihood_null": plain.llnull,
        "robust_errors": robust.bse.tolist(),
    },
    "weighted": {"coefficients": weighted.params.tolist(), "errors": weighted.bse.tolist()},
    # The penalty is 1/C.
    "ridge": sk(C=0.1, solver="newton-cholesky"),
    "balanced": sk(C=0.1, solver="newton-cholesky", class_weight="balanced"),
    "lasso": sk(standard, C=0.2, l1_ratio=1, solver="saga", random_state=0),
    "net": sk(standard, C=0.05, l1_ratio=0.5, solver="saga", random_state=0),
    "scale": scale.tolist(),
}
print(json.dumps(result))
