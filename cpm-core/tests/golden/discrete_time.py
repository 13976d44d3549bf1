"""High-precision reference numbers for the models in discrete time: sBG, BdW and BG/BB.

    python discrete_time.py

Writes discrete_time.json.  Needs mpmath; about a minute.  Inputs are doubles, taken as those exact binary numbers;
values are computed with 50 digits from the definitions (sums, not closed forms where a definition exists).

Sources
  Fader & Hardie 2007, Journal of Interactive Marketing 21(1): sBG
  Fader, Hardie, Liu, Davin & Steenburgh 2018, Journal of Interactive Marketing 43: BdW
  Fader & Hardie 2010, Marketing Science 29(1): DEL, DERL
  Fader, Hardie & Shang 2010, Marketing Science 29(6): BG/BB
"""

import json
import os
import random

from mpmath import binomial, exp, findroot, hyp2f1, log, loggamma, mp, mpf

mp.dps = 50


def log_uniform(rng, low, high):
    return float("%.6g" % 10 ** rng.uniform(low, high))


def ln_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def ln_shift(a, z, d):
    """ln B(a, z + d) - ln B(a, z); cancellation of up to some 20 digits is covered by the working precision."""
    return ln_beta(a, z + d) - ln_beta(a, z)


def beta_shift_rows(rng):
    rows = []
    for i in range(120):
        a, z = log_uniform(rng, -3, 5), log_uniform(rng, -3, 5)
        d = float(rng.choice([1, 2, 7, 100, 10**6])) if i % 2 else log_uniform(rng, -6, 12)
        rows.append({"a": a, "z": z, "d": d, "value": float(ln_shift(mpf(a), mpf(z), mpf(d)))})
    return rows


def survivor(g, d, c):
    base = ln_beta(g, d)
    return lambda t: exp(ln_beta(g, d + mpf(t) ** c) - base) if t else mpf(1)


def contractual_rows(rng):
    """Survival, churn, DEL, DERL and elasticity; sums term by term, checked against 2F1 where c = 1."""
    rows = []
    for i in range(40):
        c = 1.0 if i % 4 == 0 else log_uniform(rng, -0.7, 0.5)
        g, d = log_uniform(rng, -2, 2), log_uniform(rng, -2, 2)
        rate = [0.01, 0.1, 0.25, 1.0][i % 4 if i % 3 else 0]
        n = [0, 1, 4, 30][(i // 4) % 4]
        S = survivor(mpf(g), mpf(d), mpf(c))
        v = 1 / (1 + mpf(rate))
        del_, derl, weighted, k = mpf(0), mpf(0), mpf(0), 0
        while v**k > mpf(10) ** -22:
            del_ += S(k) * v**k
            term = S(n + k + 1) * v**k
            derl += term
            weighted += (k + 1) * term
            k += 1
        if c == 1.0:
            # The series ends at 1e-22 of a term near 1.
            closed = hyp2f1(1, d, mpf(g) + d, v)
            assert abs(closed / del_ - 1) < mpf(10) ** -18, (g, d, rate)
        rows.append({
            "gamma": g, "delta": d, "c": c, "rate": rate, "renewals": n,
            "survival": float(S(n + 1)), "survival_of_active": float(S(n + 12) / S(n)),
            "churn": float(S(n) - S(n + 1)), "del": float(del_), "derl": float(derl / S(n)),
            "elasticity": float(weighted / derl), "lifetime_100": float(sum(S(t) for t in range(100))),
        })
    return rows


def slow_discount_rows(rng):
    """Discount rates so small that only the closed form of sBG is feasible."""
    rows = []
    for rate in [1e-3, 1e-5, 1e-8]:
        for _ in range(6):
            a, b = log_uniform(rng, -2, 2), log_uniform(rng, -2, 2)
            for n in [0, 7, 5000]:
                v, z = 1 / (1 + mpf(rate)), mpf(b) + n
                derl = z / (a + z) * hyp2f1(1, z + 1, a + z + 1, v)
                more = z / (a + z) * hyp2f1(2, z + 1, a + z + 1, v)
                rows.append({"alpha": a, "beta": b, "rate": rate, "renewals": n, "del": float(hyp2f1(1, b, mpf(a) + b, v)),
                             "derl": float(derl), "elasticity": float(more / derl)})
    return rows


REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


def fit_rows():
    """Maxima of the likelihood by Newton's method on the gradient, 20 digits and more."""
    rows = []
    cases = [("sbg", REGULAR, (0.704, 1.182)), ("sbg", HIGH_END, (0.668, 3.806)),
             ("bdw", REGULAR[:5], (0.5231, 0.8944, 1.1963)), ("bdw", HIGH_END[:5], (0.2593, 1.7225, 1.5844))]
    for model, alive, start in cases:
        def value(*theta):
            g, d, c = (*theta, mpf(1)) if len(theta) == 2 else theta
            S = survivor(g, d, c)
            s = [S(t) for t in range(len(alive))]
            return sum((alive[t - 1] - alive[t]) * log(s[t - 1] - s[t]) for t in range(1, len(alive))) + alive[-1] * log(s[-1])

        k = len(start)
        with mp.workdps(60):
            def gradient(*theta):
                h = mpf(10) ** -20
                def at(i, sign):
                    return value(*[t + (sign * h if j == i else 0) for j, t in enumerate(theta)])
                return [(at(i, 1) - at(i, -1)) / (2 * h) for i in range(k)]

            best = findroot(gradient, start, tol=1e-25, maxsteps=50)
        rows.append({"model": model, "alive": alive, "fit": [float(v) for v in best], "log_likelihood": float(value(*best))})
    return rows


def bg_bb_rows(rng):
    """Likelihood, P(alive) and predictions by summing over the unknown time of death."""
    rows = []
    for i in range(40):
        al, be, ga, de = [log_uniform(rng, -1.5, 1.5) if i % 4 else log_uniform(rng, -3, 3) for _ in range(4)]
        if i % 8 == 1:
            ga = 1.0
        n = [1, 6, 26, 150][i % 4]
        t_x = rng.randint(0, n) if i % 5 else n
        x = 0 if t_x == 0 else rng.randint(1, t_x)
        al_, be_, ga_, de_ = map(mpf, (al, be, ga, de))
        purchases = lambda x, m: ln_beta(al_ + x, be_ + m - x) - ln_beta(al_, be_)
        lives = lambda m: ln_beta(ga_, de_ + m) - ln_beta(ga_, de_)
        dies = lambda m: ln_beta(ga_ + 1, de_ + m) - ln_beta(ga_, de_)
        alive = exp(purchases(x, n) + lives(n))
        dead = sum((exp(purchases(x, m) + dies(m)) for m in range(t_x, n)), mpf(0))
        likelihood = alive + dead
        horizon, rate = 10, mpf("0.1")
        # Joint with the data: alive at n, then death after j more opportunities, or survival of all of them.
        future = []
        for k in range(horizon + 1):
            total = dead if k == 0 else mpf(0)
            for j in range(k, horizon):
                total += binomial(j, k) * exp(purchases(x + k, n + j) + dies(n + j))
            total += binomial(horizon, k) * exp(purchases(x + k, n + horizon) + lives(n + horizon))
            future.append(total / likelihood)
        assert abs(sum(future) - 1) < mpf(10) ** -30
        expected = sum(k * p for k, p in enumerate(future))
        rate_of_purchase = (al_ + x) / (al_ + be_ + n)
        dert, j = mpf(0), 1
        while (1 + rate) ** -j > mpf(10) ** -22:
            dert += exp(purchases(x, n) + lives(n + j)) / likelihood * rate_of_purchase / (1 + rate) ** j
            j += 1
        rows.append({
            "alpha": al, "beta": be, "gamma": ga, "delta": de, "x": x, "t_x": t_x, "n": n,
            "log_likelihood": float(log(likelihood)), "alive_now": float(alive / likelihood),
            "alive_next": float(exp(purchases(x, n) + lives(n + 1)) / likelihood),
            "expected_10": float(expected), "probabilities_10": [float(p) for p in future], "dert": float(dert),
        })
    return rows


if __name__ == "__main__":
    sections = {
        "ln_beta_shift": beta_shift_rows(random.Random(1)),
        "contractual": contractual_rows(random.Random(2)),
        "slow_discount": slow_discount_rows(random.Random(3)),
        "fits": fit_rows(),
        "bg_bb": bg_bb_rows(random.Random(4)),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "discrete_time.json")
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(
            json.dumps(name) + ": [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
            for name, rows in sections.items()) + "\n}\n")
