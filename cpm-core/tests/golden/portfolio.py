"""Writes portfolio.json: portfolio metrics by NumPy, SciPy, scikit-learn, cvxpy and mpmath.

pip install numpy scipy scikit-learn cvxpy mpmath; then: python portfolio.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats

golden: dict[str, object] = {}


def migration() -> dict[str, object]:
    rng = np.random.default_rng(7)
    true = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.05, 0.15, 0.8]])
    periods = [np.array([rng.multinomial(n, p) for n, p in zip(sizes, true, strict=True)])
               for sizes in ([400, 300, 200], [350, 310, 240], [330, 300, 270])]
    # Cells that nobody reaches must not count as degrees of freedom.
    statistic, degrees = 0.0, 0
    for state in range(3):
        table = np.array([period[state] for period in periods])
        test = stats.chi2_contingency(table, correction=False)
        statistic, degrees = statistic + test.statistic, degrees + test.dof
    pooled = sum(periods)
    prior, level = 0.5, 0.9
    posterior = pooled + prior
    beta = stats.beta(posterior, posterior.sum(1, keepdims=True) - posterior)
    p = pooled / pooled.sum(1, keepdims=True)
    values, vectors = np.linalg.eig(p.T)
    steady = np.real(vectors[:, np.argmax(np.real(values))])
    steady /= steady.sum()
    q = p[:2, :2]
    fundamental = np.linalg.inv(np.eye(2) - q)
    rewards = np.array([30.0, 5.0, -2.0])
    value = np.linalg.inv(np.eye(3) - p / 1.1) @ rewards
    finite = sum(np.linalg.matrix_power(p / 1.1, t) @ rewards for t in range(5))
    # Standard errors by simulation, to hold the delta method against.
    draws = np.array([[rng.multinomial(n, row) / n for n, row in zip(pooled.sum(1), p, strict=True)]
                      for _ in range(40_000)])
    times = np.linalg.inv(np.eye(2) - draws[:, :2, :2]).sum(2)
    worths = np.linalg.solve(np.eye(3) - draws / 1.1, np.broadcast_to(rewards[:, None], (len(draws), 3, 1)))[..., 0]
    short = sum(np.linalg.matrix_power(draws / 1.1, t) @ rewards for t in range(5))
    long_run = np.linalg.matrix_power(draws, 256)[:, 0]
    return {
        "periods": [period.tolist() for period in periods],
        "statistic": statistic, "degrees_of_freedom": degrees, "p_value": float(stats.chi2.sf(statistic, degrees)),
        "prior": prior, "level": level,
        "posterior_mean": (posterior / posterior.sum(1, keepdims=True)).tolist(),
        "posterior_low": beta.ppf(0.05).tolist(), "posterior_high": beta.ppf(0.95).tolist(),
        "steady": steady.tolist(), "steady_sd": long_run.std(0).tolist(),
        "fundamental": fundamental.tolist(), "time": fundamental.sum(1).tolist(), "time_sd": times.std(0).tolist(),
        "variance_of_time": ((2 * fundamental - np.eye(2)) @ fundamental.sum(1) - fundamental.sum(1) ** 2).tolist(),
        "rewards": rewards.tolist(), "value": value.tolist(), "value_sd": worths.std(0).tolist(),
        "finite_value": finite.tolist(), "finite_value_sd": short.std(0).tolist(),
    }


def programme() -> dict[str, object]:
    """Every invoice one by one, in a ledger of dates."""
    acquired, survival = [100.0, 40.0, 0.0, 25.0], [1.0, 0.9, 0.8, 0.75, 0.7, 0.68, 0.66, 0.65]
    cac, upfront, fixed, revenue, cost, d = 35.0, 500.0, 60.0, 14.0, 6.0, 0.02
    lags = {"collection": 1.5, "payment": 0.25}
    ledger = {t: 0.0 for t in range(10)}
    profit = {t: 0.0 for t in range(10)}
    for start, n in enumerate(acquired):
        ledger[start] -= n * cac
        profit[start] -= n * cac
        for age, share in enumerate(survival[: len(survival) - start]):
            t = start + age
            profit[t] += n * share * (revenue - cost)
            ledger[t + 1] += 0.5 * n * share * revenue
            ledger[t + 2] += 0.5 * n * share * revenue
            ledger[t] -= 0.75 * n * share * cost
            ledger[t + 1] -= 0.25 * n * share * cost
    ledger[0] -= upfront
    profit[0] -= upfront
    for t in range(8):
        ledger[t] -= fixed
        profit[t] -= fixed
    cash = list(ledger.values())
    return {
        "acquired": acquired, "survival": survival, "cumulative_cash": np.cumsum(cash).tolist(),
        "cumulative_profit": np.cumsum(list(profit.values())).tolist(),
        "npv": sum(c / (1 + d) ** t for t, c in enumerate(cash)),
        "funding_need": float(-np.cumsum(cash).min()), "trough_period": int(np.cumsum(cash).argmin()),
    }


def risk() -> dict[str, object]:
    import cvxpy as cp
    from sklearn.covariance import ledoit_wolf

    rng = np.random.default_rng(11)
    returns = rng.multivariate_normal([0.3, 0.22, 0.15, 0.1, 0.25], np.diag([0.09, 0.04, 0.02, 0.01, 0.06]) + 0.008, 8)
    covariance, shrinkage = ledoit_wolf(returns)
    weights = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    base = returns @ weights
    regressions = [stats.linregress(base, column) for column in returns.T]
    mean = returns.mean(0)
    lower, upper = np.array([0.05, 0, 0, 0.1, 0]), np.array([0.5, 0.4, 0.6, 0.6, 0.3])

    def solve(target: float | None) -> tuple[list[float], float]:
        w = cp.Variable(5)
        constraints = [cp.sum(w) == 1, w >= lower, w <= upper]
        constraints += [] if target is None else [mean @ w == target]
        problem = cp.Problem(cp.Minimize(cp.quad_form(w, cp.psd_wrap(covariance))), constraints)
        problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-14, tol_gap_rel=1e-14, tol_feas=1e-14)
        return w.value.tolist(), float(np.sqrt(w.value @ covariance @ w.value))


    def extreme(order: np.ndarray) -> float:
        mix, left = lower.copy(), 1 - lower.sum()
        for i in order:
            more = min(left, upper[i] - lower[i])
            mix[i], left = mix[i] + more, left - more
        return float(mean @ mix)

    lowest, highest = extreme(np.argsort(mean)), extreme(np.argsort(-mean))
    targets = [lowest + part * (highest - lowest) for part in (0.1, 0.35, 0.6, 0.8, 0.95)]
    n, single = len(returns), []
    for column in returns.T:
        ratio = lambda keep: (column[keep].mean() - 0.05) / stats.linregress(base[keep], column[keep]).slope
        whole = np.arange(n)
        without = np.array([ratio(np.delete(whole, t)) for t in whole])
        error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
        single.append((ratio(whole), error * stats.t.ppf(0.975, n - 1)))
    return {
        "returns": returns.tolist(), "shrinkage": shrinkage, "covariance": covariance.ravel().tolist(),
        "weights": weights.tolist(), "beta": [r.slope for r in regressions],
        "beta_reach": [r.stderr * stats.t.ppf(0.975, n - 2) for r in regressions],
        "reward": [r for r, _ in single], "reward_reach": [e for _, e in single],
        "lower": lower.tolist(), "upper": upper.tolist(), "highest": highest,
        "safest": solve(None)[0], "safest_risk": solve(None)[1], "targets": targets,
        "mixes": [solve(t)[0] for t in targets], "risks": [solve(t)[1] for t in targets],
    }


def valuation() -> dict[str, object]:
    """Customers by cohort in a matrix, cash flows from it."""
    existing, periods, d, g = 5000.0, 12, 0.1, 0.02
    old = np.array([0.85 ** (t + 1) for t in range(periods)])
    survival = np.array([1.0, 0.7, 0.6] + [0.6 * 0.9 ** t for t in range(1, periods - 2)])
    acquired = np.array([800.0 + 40 * t for t in range(periods)])
    spend = np.array([120.0 * 1.01 ** t for t in range(periods)])
    cohorts = np.array([[acquired[k] * survival[t - k] if t >= k else 0.0 for t in range(periods)] for k in range(periods)])

    def value(churn: float = 1.0, rate: float = d) -> tuple[float, np.ndarray]:
        customers = existing * old**churn + np.array(
            [sum(acquired[k] * survival[t - k] ** churn for k in range(t + 1)) for t in range(periods)])
        revenue = customers * spend
        nopat = (revenue * 0.35 - acquired * 50 - 20_000) * 0.75
        cash = nopat - 0.05 * np.diff(np.concatenate([[550_000.0], revenue]))
        present = cash / (1 + rate) ** np.arange(1, periods + 1)
        return float(present.sum() + present[-1] * (1 + g) / (rate - g)), cash

    total, cash = value()
    return {
        "existing": existing, "old": old.tolist(), "survival": survival.tolist(), "acquired": acquired.tolist(),
        "spend": spend.tolist(), "customers": (existing * old + cohorts.sum(0)).tolist(), "cash": cash.tolist(),
        "value": total, "churn_lower": value(churn=0.9)[0], "churn_higher": value(churn=1.1)[0],
        "wacc_higher": value(rate=0.11)[0],
    }


def long_run() -> list[dict[str, object]]:
    """Lorenz curves of gamma and beta-prime rates by quadrature."""
    import mpmath as mp

    mp.mp.dps = 30
    rows = []
    for r, q in [(0.243, None), (1.0, None), (3.5, None), (0.243, 3.74), (0.55, 3.74), (2.0, 1.5)]:
        if q is None:
            density = lambda x, r=r: x ** (r - 1) * mp.exp(-x) / mp.gamma(r)
            mean, start = mp.mpf(r), stats.gamma(r)
        else:
            density = lambda x, r=r, q=q: x ** (r - 1) * (1 + x) ** (-r - q) / mp.beta(r, q)
            mean, start = mp.mpf(r) / (q - 1), stats.betaprime(r, q)
        ends = [mp.mpf(0), mp.mpf("1e-6"), mp.mpf("1e-3"), mp.mpf("0.1"), 1, 5, 20, 100, 10_000, mp.inf]
        integral = lambda f, a, b: mp.quad(f, [a, *[e for e in ends if a < e < b], b])
        # G = 1 - (1/mean)·∫ (1 - F)², with F by the regularised functions of mpmath.
        tail = (lambda x: mp.gammainc(r, x, mp.inf, regularized=True)) if q is None else (
            lambda x: mp.betainc(q, r, 0, 1 / (1 + x), regularized=True))
        gini = 1 - integral(lambda x: tail(x) ** 2, mp.mpf(0), mp.inf) / mean
        shares = []
        for fraction in (0.2, 0.01):
            x = mp.findroot(lambda x: tail(x) - fraction, start.isf(fraction))
            shares.append(float(integral(lambda y: y * density(y), x, mp.inf) / mean))
        rows.append({"r": r, "q": q, "gini": float(gini), "top_20": shares[0], "top_1": shares[1]})
    return rows


golden["migration"] = migration()
golden["programme"] = programme()
golden["risk"] = risk()
golden["valuation"] = valuation()
golden["long_run"] = long_run()

if __name__ == "__main__":
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
