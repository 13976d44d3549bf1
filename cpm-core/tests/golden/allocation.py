"""Optimal splits of budgets, by cvxpy (Clarabel) and SciPy: writes allocation.json beside itself.

python cpm-core/tests/golden/allocation.py
"""

import itertools
import json
from pathlib import Path

import cvxpy as cp
import numpy as np
from scipy.optimize import minimize

rng = np.random.default_rng(7)
TIGHT = {"tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "tol_feas": 1e-10}


def exponential(n, with_limits, with_risk):
    ceiling, rate = rng.uniform(50, 500, n), rng.uniform(0.002, 0.05, n)
    low, high = rng.uniform(0, 3, n), rng.uniform(30, 120, n)
    budget = float(rng.uniform(0.4, 0.8) * high.sum())
    x = cp.Variable(n)
    terms = [ceiling[i] * (1 - cp.exp(-rate[i] * x[i])) for i in range(n)]
    constraints = [cp.sum(x) <= budget, x >= low, x <= high]
    case = {
        "ceiling": ceiling.tolist(),
        "rate": rate.tolist(),
        "minimum": low.tolist(),
        "maximum": high.tolist(),
        "budget": budget,
    }
    if with_limits:
        use = rng.uniform(-0.2, 1.0, n)
        limit = float(0.6 * (use * np.minimum(high, budget / n)).sum())
        constraints.append(use @ x <= limit)
        case.update(use=use.tolist(), limit=limit)
    if with_risk:
        root = rng.normal(size=(n, n)) * 0.1
        covariance = root @ root.T
        sd = float(
            0.5 * np.sqrt(np.full(n, budget / n) @ covariance @ np.full(n, budget / n))
        )
        constraints.append(cp.norm(np.linalg.cholesky(covariance).T @ x) <= sd)
        case.update(covariance=covariance.tolist(), sd=sd)
    problem = cp.Problem(cp.Maximize(cp.sum(terms)), constraints)
    problem.solve(solver=cp.CLARABEL, **TIGHT)
    assert problem.status == "optimal", problem.status
    # Clarabel stops some digits short of the spends: SciPy ends on the active constraints.
    inequalities = [lambda x: budget - x.sum()]
    if with_limits:
        inequalities.append(lambda x: limit - use @ x)
    if with_risk:
        inequalities.append(lambda x: (sd**2 - x @ covariance @ x) / sd)
    found = minimize(
        lambda x: (ceiling * np.expm1(-rate * x)).sum(),
        np.clip(x.value, low, high),
        jac=lambda x: -ceiling * rate * np.exp(-rate * x),
        method="SLSQP",
        bounds=list(zip(low, high)),
        constraints=[{"type": "ineq", "fun": f} for f in inequalities],
        options={"ftol": 1e-16, "maxiter": 500},
    )
    assert abs(found.fun + problem.value) < 1e-7 * problem.value
    prices = [float(constraints[0].dual_value)] + [
        float(c.dual_value) for c in constraints[3:]
    ]
    return case | {
        "spend": found.x.tolist(),
        "value": -float(found.fun),
        "prices": prices,
    }


def adbudg(x, low, high, c, half):
    x = np.maximum(x, 0)
    return low + (high - low) * x**c / (half**c + x**c)


def s_shaped(n):
    """The global optimum: a grid, then a local search from its best points."""
    c, half = rng.uniform(1.2, 4, n), rng.uniform(10, 60, n)
    high = rng.uniform(50, 200, n)
    budget = float(rng.uniform(40, 120))
    total = lambda x: -sum(adbudg(x[i], 0, high[i], c[i], half[i]) for i in range(n))
    steps = 24
    grid = [g for g in itertools.product(range(steps + 1), repeat=n) if sum(g) == steps]
    grid.sort(key=lambda g: total(np.array(g) * budget / steps))
    best = None
    for g in grid[:12]:
        found = minimize(
            total,
            np.array(g) * budget / steps,
            method="SLSQP",
            bounds=[(0, budget)] * n,
            constraints={"type": "ineq", "fun": lambda x: budget - x.sum()},
            options={"ftol": 1e-15, "maxiter": 500},
        )
        if best is None or found.fun < best.fun:
            best = found
    return {
        "c": c.tolist(),
        "half": half.tolist(),
        "high": high.tolist(),
        "budget": budget,
        "value": -float(best.fun),
    }


def fixed_costs(n):
    """All subsets of activities, each a concave problem."""
    ceiling, rate, fixed = (
        rng.uniform(50, 300, n),
        rng.uniform(0.01, 0.06, n),
        rng.uniform(5, 40, n),
    )
    budget = float(rng.uniform(60, 200))
    best = (-np.inf, None)
    for on in itertools.product([0, 1], repeat=n):
        on = np.array(on)
        room = budget - fixed @ on
        if room < 0 or not on.any():
            continue
        x = cp.Variable(n, nonneg=True)
        value = cp.sum(
            [ceiling[i] * (1 - cp.exp(-rate[i] * x[i])) for i in range(n) if on[i]]
        )
        problem = cp.Problem(cp.Maximize(value), [cp.sum(x) <= room, x <= 1e4 * on])
        problem.solve(solver=cp.CLARABEL, **TIGHT)
        if problem.value > best[0]:
            best = (float(problem.value), on.tolist())
    return {
        "ceiling": ceiling.tolist(),
        "rate": rate.tolist(),
        "fixed": fixed.tolist(),
        "budget": budget,
        "value": best[0],
        "on": best[1],
    }


def piecewise(n, points=5):
    cases = []
    budget = 0.0
    for _ in range(n):
        widths, slopes = (
            rng.uniform(5, 20, points),
            np.sort(rng.uniform(0.1, 5, points))[::-1],
        )
        spend = np.concatenate([[0], np.cumsum(widths)])
        response = 3 + np.concatenate([[0], np.cumsum(widths * slopes)])
        budget += 0.4 * spend[-1]
        cases.append((spend, response))
    x, y = cp.Variable(n, nonneg=True), cp.Variable(n)
    constraints = [cp.sum(x) <= budget]
    for i, (spend, response) in enumerate(cases):
        constraints.append(y[i] <= response[-1])
        for k in range(points):
            slope = (response[k + 1] - response[k]) / (spend[k + 1] - spend[k])
            constraints.append(y[i] <= response[k] + slope * (x[i] - spend[k]))
    problem = cp.Problem(cp.Maximize(cp.sum(y)), constraints)
    problem.solve(solver=cp.CLARABEL, **TIGHT)
    return {
        "spends": [s.tolist() for s, _ in cases],
        "responses": [r.tolist() for _, r in cases],
        "budget": budget,
        "value": float(problem.value),
        "price": float(constraints[0].dual_value),
    }


def concave_adbudg(n):
    c, half, high = (
        rng.uniform(0.3, 1, n),
        rng.uniform(5, 80, n),
        rng.uniform(50, 300, n),
    )
    budget = float(rng.uniform(50, 200))
    # In logarithms of the spend the infinite slope at 0 does no harm.
    total = lambda z: (
        -sum(adbudg(budget * z[i], 0, high[i], c[i], half[i]) for i in range(n))
    )
    softmax = lambda w: np.exp(w - w.max()) / np.exp(w - w.max()).sum()
    found = minimize(
        lambda w: total(softmax(w)),
        np.zeros(n),
        method="BFGS",
        options={"gtol": 1e-11, "maxiter": 2000},
    )
    x = budget * softmax(found.x)
    return {
        "c": c.tolist(),
        "half": half.tolist(),
        "high": high.tolist(),
        "budget": budget,
        "value": -float(found.fun),
        "spend": x.tolist(),
    }


if __name__ == "__main__":
    cases = {
        "about": "cvxpy 1.7 with Clarabel, SciPy 1.17 for the S-shaped ones; allocation.py wrote this",
        "exponential": [
            exponential(n, l, r)
            for n in (2, 5, 12)
            for l in (False, True)
            for r in (False, True)
        ],
        "s_shaped": [s_shaped(n) for n in (2, 3, 4, 4)],
        "fixed_costs": [fixed_costs(n) for n in (3, 5, 6)],
        "piecewise": [piecewise(n) for n in (2, 6)],
        "concave_adbudg": [concave_adbudg(n) for n in (2, 6)],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")
