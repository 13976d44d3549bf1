"""Models with static covariates, fitted by an independent program: scipy's special functions and optimisers.

Likelihoods are written from Fader & Hardie (2007), note 019, customer by customer, without any of cpm's forms; the maximum is
found by BFGS and Newton steps with derivatives by differences, which also give the standard errors.
Run with numpy and scipy: python covariates.py > covariates.json
"""

import json

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import betaln, gammaln, hyp2f1
from scipy.stats import chi2, norm

N = 400
rng = np.random.default_rng(20)


def simulate():
    """BG/NBD customers: purchases more often with a larger z and from the web, dropout by z."""
    z = np.round(rng.normal(0.3, 1.0, N), 2)
    channel = rng.choice(["shop", "web", "app"], N, p=[0.5, 0.3, 0.2])
    web, app = (channel == "web") * 1.0, (channel == "app") * 1.0
    alpha = 6.0 * np.exp(-(0.4 * z + 0.5 * web - 0.3 * app))
    rate = rng.gamma(0.8, 1.0 / alpha)
    p = rng.beta(0.8 * np.exp(0.3 * z), 2.5 * np.exp(0.3 * z))
    T = np.round(rng.uniform(20, 52, N), 1)
    x, t_x = np.zeros(N), np.zeros(N)
    for i in range(N):
        t = 0.0
        while True:
            t += rng.exponential(1.0 / rate[i])
            if t > T[i]:
                break
            x[i] += 1
            t_x[i] = t
            if rng.random() < p[i]:
                break
    return x, np.minimum(np.round(t_x, 2), T), T, z, channel


x, t_x, T, z, channel = simulate()
# Columns of the design in the order of the names: channel=shop and channel=web against channel=app, then z.
shop = (channel == "shop") * 1.0
web = (channel == "web") * 1.0
Z = np.column_stack([shop, web, z])
NAMES = ["channel=shop", "channel=web", "z"]


def bg(r, alpha, a, b, first=0.0):
    k = x + first
    a1 = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + k) - betaln(a, b) - (r + x) * np.log(alpha + T)
    with np.errstate(all="ignore"):
        dead = betaln(a + 1, np.where(k > 0, b + k - 1, b)) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return a1 + np.where(k > 0, np.logaddexp(alive, dead), alive)


def pareto(r, alpha, s, beta):
    big = alpha >= beta
    hi, lo = np.maximum(alpha, beta), np.minimum(alpha, beta)
    total = r + s + x
    second = np.where(big, s + 1, r + x)

    def part(t):
        return hyp2f1(total, second, total + 1, (hi - lo) / (hi + t)) / (hi + t) ** total

    a0 = part(t_x) - part(T)
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    return base + np.logaddexp(alive, np.log(s / total) + np.log(a0))


def gradient(f, p):
    """Five-point differences."""
    h, E = 1e-3, np.eye(len(p))
    return np.array([(8 * (f(p + h * e) - f(p - h * e)) - f(p + 2 * h * e) + f(p - 2 * h * e)) / (12 * h) for e in E])


def fit(negative, start):
    best = minimize(negative, start, method="BFGS", options={"gtol": 1e-5, "maxiter": 500})
    p = best.x
    for _ in range(3):  # Newton steps
        p = p - np.linalg.solve(hessian(negative, p), gradient(negative, p))
    assert np.abs(gradient(negative, p)).max() < 1e-5, gradient(negative, p)
    return p, negative(p)


def hessian(f, p):
    n, h = len(p), 1e-4
    H = np.zeros((n, n))
    E = np.eye(n) * h
    for i in range(n):
        for j in range(i + 1):
            H[i, j] = H[j, i] = (f(p + E[i] + E[j]) - f(p + E[i] - E[j]) - f(p - E[i] + E[j]) + f(p - E[i] - E[j])) / (4 * h * h)
    return H


def case(name, names, likelihood, coefficients, penalty=0.0, weights_of_penalty=None, priors=None):
    """likelihood(base natural parameters, coefficients) per customer; priors: normal ones of coefficients, by position."""
    sd = Z.std(axis=0)

    def negative(p):
        if np.abs(p).max() > 8:
            return 1e6
        with np.errstate(all="ignore"):
            value = -likelihood(np.exp(p[:4]), p[4:]).sum() + penalty_of(p[4:])
        return value if np.isfinite(value) else 1e6

    def penalty_of(c):
        if priors:
            return -sum(norm.logpdf(c[j], *prior) for j, prior in priors.items())
        if penalty == 0.0:
            return 0.0
        return 0.5 * penalty * sum((c[j] * sd[column]) ** 2 for j, column in enumerate(weights_of_penalty))

    best = None
    for s in ([0.8, 6.0, 0.8, 2.5], [0.5, 10.0, 1.5, 5.0]):
        p, value = fit(negative, np.r_[np.log(s), np.zeros(len(coefficients))])
        if best is None or value < best[1] - 1e-9:
            best = (p, value)
    p, value = best
    covariance = np.linalg.inv(hessian(negative, p))
    errors = np.sqrt(np.diag(covariance))
    errors[:4] *= np.exp(p[:4])
    parameters = dict(zip(names + coefficients, np.r_[np.exp(p[:4]), p[4:]].tolist()))
    return {
        "case": name,
        "log_likelihood": float(-(value - penalty_of(p[4:]))),
        "parameters": parameters,
        "standard_errors": dict(zip(names + coefficients, errors.tolist())),
        "per_customer": likelihood(np.exp(p[:4]), p[4:])[:8].tolist(),
    }


BG = ["r", "alpha", "a", "b"]
PARETO = ["r", "alpha", "s", "beta"]
purchase = [f"purchase:{n}" for n in NAMES]
dropout = [f"dropout:{n}" for n in NAMES]


def bg_both(first):
    def of(p, c):
        g, h = Z @ c[:3], Z @ c[3:]
        return bg(p[0], p[1] * np.exp(-g), p[2] * np.exp(h), p[3] * np.exp(h), first)
    return of


def bg_equal(p, c):
    """channel as purchase covariate, z with one coefficient for both."""
    e = Z[:, 2] * c[2]
    g = Z[:, :2] @ c[:2] + e
    return bg(p[0], p[1] * np.exp(-g), p[2] * np.exp(e), p[3] * np.exp(e))


def bg_separate(p, c):
    return bg(p[0], p[1] * np.exp(-Z[:, 2] * c[0]), p[2] * np.exp(Z[:, 2] * c[1]), p[3] * np.exp(Z[:, 2] * c[2]))


def pareto_both(p, c):
    g, h = Z @ c[:3], Z @ c[3:]
    return pareto(p[0], p[1] * np.exp(-g), p[2], p[3] * np.exp(-h))


out = {
    "source": "scipy, by covariates.py beside this file",
    "data": {"x": x.tolist(), "t_x": t_x.tolist(), "T": T.tolist(), "z": z.tolist(), "channel": channel.tolist()},
    "fits": [
        case("bg_nbd both", BG, bg_both(0.0), purchase + dropout),
        case("mbg_nbd both", BG, bg_both(1.0), purchase + dropout),
        case("bg_nbd equal", BG, bg_equal, purchase[:2] + ["both:z"]),
        case("bg_nbd separate", BG, bg_separate, ["purchase:z", "dropout_a:z", "dropout_b:z"]),
        case("bg_nbd ridge", BG, bg_both(0.0), purchase + dropout, 25.0, [0, 1, 2, 0, 1, 2]),
        case("bg_nbd prior", BG, bg_both(0.0), purchase + dropout, priors={2: (0.1, 0.05), 5: (-0.2, 0.3)}),
        case("pareto_nbd both", PARETO, pareto_both, purchase + dropout),
    ],
}


def contracts():
    """Renewals: churn odds by z, at most 6 opportunities."""
    own = np.random.default_rng(7)
    n = 400
    z = np.round(own.normal(1.0, 2.0, n), 1)
    theta = own.beta(0.8 * np.exp(0.35 * z), 2.0)
    age = own.integers(1, 7, n)
    renewals = np.minimum(own.geometric(theta) - 1, age)
    return z, renewals, renewals == age


def sbg_negative(kind, prior=None):
    """kind: coefficients of alpha, of alpha and beta apart, or the same one for both; prior: mean and deviation of a normal one."""
    z, renewals, active = contracts()

    def negative(p):
        if np.abs(p).max() > 8:
            return 1e6
        a = np.exp(p[0] + p[2] * z)
        b = np.exp(p[1] + {"common": 0.0, "separate": p[-1], "equal": p[2]}[kind] * z)
        survived = betaln(a, b + renewals) - betaln(a, b)
        churned = betaln(a + 1, b + renewals) - betaln(a, b)
        ln_prior = norm.logpdf(p[2], *prior) if prior else 0.0
        return -np.where(active, survived, churned).sum() - ln_prior

    return negative


def sbg_fit(kind, prior=None):
    negative = sbg_negative(kind, prior)
    p, value = fit(negative, np.zeros(4 if kind == "separate" else 3))
    errors = np.sqrt(np.diag(np.linalg.inv(hessian(negative, p))))
    errors[:2] *= np.exp(p[:2])
    labels = {"common": ["dropout:z"], "separate": ["dropout_alpha:z", "dropout_beta:z"], "equal": ["both:z"]}[kind]
    names = ["alpha", "beta"] + labels
    ln_prior = float(norm.logpdf(p[2], *prior)) if prior else 0.0
    return {
        "log_likelihood": float(-value) - ln_prior,
        **({"log_prior": ln_prior, "prior": list(prior)} if prior else {}),
        "parameters": dict(zip(names, np.r_[np.exp(p[:2]), p[2:]].tolist())),
        "standard_errors": dict(zip(names, errors.tolist())),
    }


def sbg_profile(kind, level):
    """Profile-likelihood intervals of all parameters: where the best of the others is lower by half a quantile."""
    negative = sbg_negative(kind)
    best, value = fit(negative, np.zeros(3))
    allowed = 0.5 * chi2.ppf(level, 1)
    ends = {}
    for i, name in enumerate(["alpha", "beta", "dropout:z"]):
        others = np.delete(np.arange(3), i)

        def lack(fixed):
            def of(rest):
                p = np.empty(3)
                p[i], p[others] = fixed, rest
                return negative(p)
            return minimize(of, best[others], method="BFGS", options={"gtol": 1e-7}).fun - value - allowed

        step = 2.0 * np.sqrt(np.linalg.inv(hessian(negative, best))[i, i])
        low, high = (brentq(lack, best[i], best[i] + sign * 3 * step, xtol=1e-9) for sign in (-1, 1))
        ends[name] = [float(np.exp(e)) if i < 2 else float(e) for e in (low, high)]
    return ends


z, renewals, active = contracts()
out["contracts"] = {
    "z": z.tolist(), "renewals": renewals.tolist(), "active": [bool(a) for a in active],
    "common": sbg_fit("common"), "separate": sbg_fit("separate"), "equal": sbg_fit("equal"),
    "prior": sbg_fit("common", (0.1, 0.03)), "profile": {"level": 0.9, "ends": sbg_profile("common", 0.9)},
}
print(json.dumps(out, indent=1))
