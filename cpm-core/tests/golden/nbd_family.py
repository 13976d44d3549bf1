"""High-precision reference numbers for MBG/NBD and NBD.

    python nbd_family.py [output.json]

Needs mpmath; about two minutes.  Same rules as high_precision.py, whose BG/NBD
(precise/bg_nbd.py) it uses for the future of a living customer: inputs are exact
doubles, values have at least 40 working digits before they are rounded, and
each family of values is computed a second way, to 1e-20.

MBG/NBD: every purchase, the first one included, is followed by drop-out with
probability p.  So a customer alive with x repeat purchases has survived x + 1
chances to drop out, and p is Beta(a, B = b+x+1); the rest is BG/NBD.  The
likelihood is checked against its definition, the mean over p of

    (1-p)^(x+1) E[lambda^x e^(-lambda T)] + p (1-p)^x E[lambda^x e^(-lambda t_x)]

and the expected number of a new customer against the closed form
b/(a-1) [1 - (alpha/(alpha+t))^r 2F1(r, b+1; a+b; t/(alpha+t))] of Batislam,
Denizel & Filiztekin (2007).

NBD: purchases as a Poisson process with rate lambda ~ Gamma(r, alpha), for
ever.  Discounted purchases D are checked against the derivatives at 0 of
E[e^(-sD)] = (1 + int_0^t (1 - e^(-s e^(-delta v))) dv / S)^-R.
"""

import os
import random
import sys

from mpmath import mp, mpf

from precise.agreement import WORK_DPS, agree, as_double, checks, log_uniform, short, write
from precise.bg_nbd import Row
from precise.bg_nbd_rows import check_survival_by_series
from precise.special_functions import ln_beta


class MbgRow(Row):
    """One customer of MBG/NBD and horizon."""

    def __init__(self, *inputs):
        super().__init__(*inputs)
        self.B = self.b + self.x + 1

    def drop_odds(self, r, alpha, a, b):
        return a / (b + self.x) * mp.exp(
            (r + self.x) * mp.log((alpha + self.T) / (alpha + self.t_x)))

    def log_likelihood(self, r, alpha, a, b):
        x = self.x
        return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha)
                - (r + x) * mp.log(alpha + self.T)
                + ln_beta(a, b + x + 1) - ln_beta(a, b)
                + mp.log1p(self.drop_odds(r, alpha, a, b)))

    def log_likelihood_by_definition(self):
        r, alpha, a, b, x = self.r, self.alpha, self.a, self.b, self.x
        # E[lambda^x e^(-lambda t)], over lambda^x's mean at T to keep in range.
        def purchases(t):
            return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha)
                    - (r + x) * mp.log(alpha + t))
        scale = purchases(self.T)
        early = mp.exp(purchases(self.t_x) - scale)

        def g(p, c):
            return c ** (x + 1) + p * c ** x * early

        # The integrand in s = logit p, as in beta_mean, by mpmath's own
        # quadrature: g is not monotone here.
        def f(s):
            p = 1 / (1 + mp.exp(-s))
            c = 1 / (1 + mp.exp(s))
            return g(p, c) * p ** a * c ** b

        edge = 60 * mp.log(10) / min(a, b, 1)
        cuts = [-edge, -40, -12, -4, 0, 4, 12, 40, edge] if edge > 40 else [-edge, 0, edge]
        return scale + mp.log(mp.quad(f, cuts, maxdegree=9)) - ln_beta(a, b)

    def derivatives(self):
        """Gradient and Hessian in the log-parameters, term by term as in
        Row: x + 1 chances to drop out in place of x."""
        r, al, a, b, x, T, t_x = (self.r, self.alpha, self.a, self.b, self.x,
                                  self.T, self.t_x)
        k = x + 1
        psi0, psi1 = (lambda z: mp.psi(0, z)), (lambda z: mp.psi(1, z))
        odds = self.drop_odds(r, al, a, b)
        q, alive = odds / (1 + odds), 1 / (1 + odds)
        slope = [mp.log(al + T) - mp.log(al + t_x),
                 (r + x) * (1 / (al + T) - 1 / (al + t_x)), 1 / a, -1 / (b + x)]
        bend = mp.zeros(4)
        bend[0, 1] = 1 / (al + T) - 1 / (al + t_x)
        bend[1, 1] = -(r + x) * (1 / (al + T) ** 2 - 1 / (al + t_x) ** 2)
        bend[2, 2] = -1 / a ** 2
        bend[3, 3] = 1 / (b + x) ** 2
        grad = [psi0(r + x) - psi0(r) + mp.log(al) - mp.log(al + T),
                r / al - (r + x) / (al + T),
                psi0(a + b) - psi0(a + b + k),
                psi0(b + k) - psi0(b) + psi0(a + b) - psi0(a + b + k)]
        hess = mp.zeros(4)
        hess[0, 0] = psi1(r + x) - psi1(r)
        hess[0, 1] = 1 / al - 1 / (al + T)
        hess[1, 1] = -r / al ** 2 + (r + x) / (al + T) ** 2
        hess[2, 2] = hess[2, 3] = psi1(a + b) - psi1(a + b + k)
        hess[3, 3] = psi1(b + k) - psi1(b) + psi1(a + b) - psi1(a + b + k)
        theta = [r, al, a, b]
        for i in range(4):
            grad[i] = (grad[i] + q * slope[i]) * theta[i]
            for j in range(i, 4):
                hess[i, j] += q * bend[i, j] + q * alive * slope[i] * slope[j]
                hess[i, j] *= theta[i] * theta[j]
                hess[j, i] = hess[i, j]
        for i in range(4):
            hess[i, i] += grad[i]
        return grad, [[hess[i, j] for j in range(4)] for i in range(4)]


def customers(rng):
    """Parameters and histories: typical ones, the whole domain, edges."""
    rows = []
    for i in range(16):
        x = 0 if i % 4 == 0 else min(30, int(rng.expovariate(1 / 6.0)) + 1)
        T = short(rng.uniform(1, 150))
        t_x = short(T * rng.uniform(0.1, 1) ** 0.5) if x else 0.0
        rows.append(("typical", log_uniform(rng, 0.1, 10), log_uniform(rng, 1, 50),
                     log_uniform(rng, 0.1, 10), log_uniform(rng, 0.1, 10), x,
                     min(t_x, T), T, short(rng.uniform(1, 104)), 0.0018))
    for x, t_x, T in ((2, 30.43, 38.86), (0, 0.0, 38.86), (26, 30.86, 31.0)):
        rows.append(("typical", 0.5248, 6.183, 0.8914, 1.614, x, t_x, T, 39.0, 0.0018))
    for i in range(16):
        x = (0, 1, 10, 100, 1000, 20000, 1000000, 0)[i % 8]
        par = [log_uniform(rng, 1e-3, 1e5) for _ in range(4)]
        T = log_uniform(rng, 1e-2, 1e5)
        gap = (par[1] + T) / (par[0] + x) * rng.expovariate(0.4)
        t_x = max(0.0, T - short(gap)) if x else 0.0
        t = log_uniform(rng, 1e-2, 1e4)
        delta = 0.0 if i % 5 == 0 else min(log_uniform(rng, 1e-4, 0.1), short(9.9 / t))
        rows.append(("domain", *par, x, t_x, T, t, delta))
    edge = lambda *inputs: rows.append(("edges", *inputs, 0.0018))
    for a in (1.0, 1 - 1e-9, 1 + 1e-5):
        edge(0.25, 4.5, a, 2.5, 2, 30.5, 38.75, 39.0)
        edge(1.5, 10.0, a, 0.5, 0, 0.0, 52.0, 26.0)
    # nothing observed at all: a new customer may be gone already
    edge(0.5, 6.0, 0.9, 1.6, 0, 0.0, 0.0, 39.0)
    edge(2.0, 1.0, 1.0, 1.0, 0, 0.0, 0.0, 100.0)
    edge(0.5, 5.0, 0.2, 0.3, 0, 0.0, 0.0, 39.0)
    # last purchase at the very end; a small b; hardly any drop-out, and the reverse
    edge(0.25, 4.5, 0.8, 2.5, 3, 38.75, 38.75, 39.0)
    edge(0.25, 4.5, 0.8, 1e-3, 0, 0.0, 38.75, 39.0)
    edge(3.0, 10.0, 1e-6, 1e3, 12, 50.0, 52.0, 52.0)
    edge(3.0, 10.0, 1e3, 1e-3, 1, 50.0, 52.0, 52.0)
    return rows


def rounded(inputs, out):
    def to_double(value):
        return [to_double(v) for v in value] if isinstance(value, list) else as_double(value)
    return {**inputs, **{key: to_double(value) for key, value in out.items()}}


def check_derivatives(name, f, theta, out):
    with mp.workdps(80):
        at = [mp.log(v) for v in theta]
        k = len(theta)
        g = lambda *logs: f(*[mp.exp(v) for v in logs])
        for i in range(k):
            order = [int(m == i) for m in range(k)]
            agree(name + ": gradient by mpmath.diff", mp.diff(g, at, tuple(order)),
                  out["gradient"][i], scale=1 + abs(out["gradient"][i]))
            for j in range(i, k):
                both = list(order)
                both[j] += 1
                agree(name + ": hessian by mpmath.diff", mp.diff(g, at, tuple(both)),
                      out["hessian"][i][j], scale=1 + abs(out["hessian"][i][j]))


def mbg_nbd_rows(rng):
    rows = []
    for number, inputs in enumerate(customers(rng)):
        row = MbgRow(*inputs)
        theta = (row.r, row.alpha, row.a, row.b)
        odds = row.drop_odds(*theta)
        p_alive = 1 / (1 + odds)
        living, survival = row.expected_alive(), row.survival()
        check_survival_by_series(row, survival)
        pairs = row.factorial_moment()
        discounted, square = row.discounted(living, pairs)
        out = {"log_likelihood": row.log_likelihood(*theta), "p_alive": p_alive,
               "conditional": p_alive * living, "alive_after": p_alive * survival,
               "no_purchase": odds / (1 + odds)
               + p_alive * mp.exp(-row.R * mp.log1p(row.tau)),
               "factorial_moment": p_alive * pairs,
               "discounted": p_alive * discounted,
               "discounted_square": p_alive * square}
        pmf = [p_alive * p for p in row.pmf(6)]
        pmf[0] += odds / (1 + odds)
        agree("mbg_nbd: pmf(0) is no_purchase", pmf[0], out["no_purchase"])
        out["pmf"] = pmf
        out["gradient"], out["hessian"] = row.derivatives()
        if row.family == "typical" or row.family == "edges" and number % 2:
            check_derivatives("mbg_nbd", row.log_likelihood, theta, out)
        if row.family == "typical" and number % 3 == 0:
            agree("mbg_nbd: likelihood by definition",
                  row.log_likelihood_by_definition(), out["log_likelihood"])
        if row.x == 0 and row.T == 0 and row.a != 1:
            y = row.t / (row.alpha + row.t)
            closed = row.b / (row.a - 1) * (1 - (1 - y) ** row.r * mp.hyp2f1(
                row.r, row.b + 1, row.a + row.b, y))
            agree("mbg_nbd: new customer by the closed form", closed, out["conditional"])
        if row.x == 0 and row.T == 0:
            # Nothing observed: L is 1 for any parameters, and what stands here is rounding.
            agree("mbg_nbd: likelihood of nothing", out["log_likelihood"], mpf(0))
            out.update(log_likelihood=mpf(0), gradient=[mpf(0)] * 4, hessian=[[mpf(0)] * 4] * 4)
        rows.append(rounded(row.inputs, out))
    return rows


def nbd_rows(rng):
    rows = []
    for family, r0, alpha0, _, _, x, t_x, T0, t0, delta0 in customers(rng):
        inputs = dict(family=family, r=r0, alpha=alpha0, x=x, t_x=t_x, T=T0, t=t0, delta=delta0)
        r, alpha, T, t, d = map(mpf, (r0, alpha0, T0, t0, delta0))
        R, S = r + x, alpha + T

        def log_likelihood(r, alpha):
            return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha)
                    - (r + x) * mp.log(alpha + T))

        once = -mp.expm1(-d * t) / d if d else t
        twice = -mp.expm1(-2 * d * t) / (2 * d) if d else t
        out = {"log_likelihood": log_likelihood(r, alpha), "conditional": R / S * t,
               "no_purchase": (S / (S + t)) ** R,
               "discounted": R / S * once,
               "discounted_square": R / S * twice + R * (R + 1) / S ** 2 * once ** 2}

        def laplace(s):
            inner = mp.quad(lambda v: -mp.expm1(-s * mp.exp(-d * v)), [0, t])
            return (1 + inner / S) ** -R

        if R < 100 and t / S * R < 100:
            with mp.workdps(60):
                agree("nbd: discounted by the Laplace transform",
                      -mp.diff(laplace, 0, h=mpf(10) ** -15), out["discounted"])
                agree("nbd: discounted square by the Laplace transform",
                      mp.diff(laplace, 0, 2, h=mpf(10) ** -13), out["discounted_square"])
        y = t / (S + t)
        out["pmf"] = [mp.exp(mp.loggamma(R + n) - mp.loggamma(R) - mp.loggamma(n + 1)
                             + R * mp.log1p(-y) + n * mp.log(y)) for n in range(6)]
        agree("nbd: pmf(0) is no_purchase", out["pmf"][0], out["no_purchase"])
        psi0, psi1 = (lambda z: mp.psi(0, z)), (lambda z: mp.psi(1, z))
        g = [psi0(R) - psi0(r) + mp.log(alpha / S), r / alpha - R / S]
        cross = r * alpha * (1 / alpha - 1 / S)
        out["gradient"] = [r * g[0], alpha * g[1]]
        out["hessian"] = [[r * r * (psi1(R) - psi1(r)) + r * g[0], cross],
                          [cross, alpha ** 2 * (R / S ** 2 - r / alpha ** 2) + alpha * g[1]]]
        if family != "domain":
            check_derivatives("nbd", log_likelihood, (r, alpha), out)
        rows.append(rounded(inputs, out))
    return rows


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "nbd_family.json")
    mp.dps = WORK_DPS
    write(path, "nbd_family.py", {"mbg_nbd": mbg_nbd_rows(random.Random(201)),
                                  "nbd": nbd_rows(random.Random(202))})
    for name, (times, worst) in checks.items():
        print("check %-55s %4d times, worst %s" % (name, times, mp.nstr(worst, 2)))


if __name__ == "__main__":
    main()
