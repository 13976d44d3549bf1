"""Calibrated probabilities by scikit-learn (Platt, isotonic) and SciPy (beta calibration): writes calibration.json.

scikit-learn 1.9, SciPy 1.17. Run: python calibration.py > calibration.json
"""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

random = np.random.default_rng(3)
truth = random.beta(1.5, 3, 300)
y = (random.random(300) < truth).astype(int)
p = np.round(np.clip(truth**1.5 + 0.03 * random.normal(size=300), 0.005, 0.98), 3)
at = np.linspace(0.01, 0.99, 41)


def beta_calibration():
    """Maximum likelihood with slopes of at least 0 (Kull, Silva Filho & Flach 2017)."""

    def loss(t):
        eta = t[0] + t[1] * np.log(p) - t[2] * np.log1p(-p)
        mean = expit(eta) - y
        gradient = [mean.sum(), (mean * np.log(p)).sum(), -(mean * np.log1p(-p)).sum()]
        return np.logaddexp(0, np.where(y == 1, -eta, eta)).sum(), np.array(gradient)

    options = {"ftol": 1e-16, "gtol": 1e-10, "maxiter": 10_000}
    bounds = [(None, None), (0, None), (0, None)]
    t = minimize(loss, [0, 1, 1], jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return expit(t[0] + t[1] * np.log(at) - t[2] * np.log1p(-at))


platt = _SigmoidCalibration().fit(logit(p), y)
isotonic = IsotonicRegression(out_of_bounds="clip").fit(p, y)
result = {"y": y, "p": p, "at": at, "platt": platt.predict(logit(at)), "isotonic": isotonic.predict(at)}
result["beta"] = beta_calibration()
print(json.dumps({name: np.asarray(values).tolist() for name, values in result.items()}))
