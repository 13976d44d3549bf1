"""High-precision reference numbers for the Pareto/NBD model.

    python pareto_nbd.py [output.json]

Needs mpmath; with gmpy2 about a minute.

Every input is a double and is taken as that exact binary number; every value is computed with 60 working
digits and only then rounded to the nearest double.  The program checks itself: wherever a closed form of
the papers can be evaluated, it is compared with the integral, and the run stops if the two differ by more
than 1e-20 (relative).

Sources
  [SMC] Schmittlein, Morrison & Colombo, "Counting Your Customers: Who Are They and What Will They Do
        Next?", Management Science 33 (1987).
  [FH]  Fader & Hardie, "A Note on Deriving the Pareto/NBD Model and Related Expressions" (2005).
  [FHL] Fader, Hardie & Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis",
        Journal of Marketing Research 42 (2005).

Gradient and Hessian are central differences of the log-likelihood with a step of 1e-12 in the
log-parameters: their error is about 1e-24.
"""

import json
import math
import os
import random
import sys
import time

from mpmath import mp, mpf

from precise.agreement import agree, as_double, checks

mp.dps = 60
ORDER = 40


def legendre(n):
    """Nodes and weights of the n-point Gauss-Legendre rule, by Newton's method."""
    rule = []
    for i in range(n):
        x = mp.cos(mp.pi * (i + mpf(3) / 4) / (n + mpf(1) / 2))
        for _ in range(9):
            p0, p1 = mpf(1), x
            for k in range(2, n + 1):
                p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
            slope = n * (x * p1 - p0) / (x * x - 1)
            x -= p1 / slope
        rule.append((x, 2 / ((1 - x * x) * slope * slope)))
    return rule


RULE = legendre(ORDER)


def integral(f, c, end, hazard, widest=1):
    """Integral of f(y) over (0, end) in u = ln(1 + y/c), on panels over which neither u nor the sum of
    hazard(y) changes by much, until f is below the 60th digit of the sum (f falls in the end)."""
    total = mpf(0)
    u, last = mpf(0), mp.log1p(end / c)
    while u < last:
        y = c * mp.expm1(u)
        step = min(mpf(widest), last - u)
        while (c * mp.expm1(u + step) - y) * max(hazard(y), hazard(c * mp.expm1(u + step))) > 12:
            step *= mpf("0.7")
        half = step / 2
        part = mpf(0)
        for x, w in RULE:
            v = mp.exp(u + half + half * x)
            part += w * half * v * c * f(c * (v - 1))
        total += part
        if part < total * mpf(10) ** -55 and u > 0:
            break
        u += step
    return total


def quiet(R, A, s, B, S):
    """E[(A/(A + min(D, S)))^R], D ~ Pareto(s, B): no purchase before death or S; and the part dead."""
    if S == 0:
        return mpf(1), mpf(0)
    dead = integral(lambda y: s / (B + y) * mp.exp(-R * mp.log1p(y / A) - s * mp.log1p(y / B)),
                    min(A, B), S, lambda y: R / (A + y) + s / (B + y))
    return mp.exp(-R * mp.log1p(S / A) - s * mp.log1p(S / B)) + dead, dead


def log_likelihood(r, alpha, s, beta, x, t_x, T):
    """[FH] (the likelihood before it is written with 2F1), t_x..T taken out as a factor."""
    total, _ = quiet(r + x, alpha + t_x, s, beta + t_x, T - t_x)
    return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) - (r + x) * mp.log(alpha + t_x)
            - s * mp.log1p(t_x / beta) + mp.log(total))


def dead_by_2f1(r, alpha, s, beta, x, t_x, T):
    """[FH]'s A_0 as a share of the likelihood's first factor: the textbook form."""
    R = r + x

    def f(t):
        if alpha >= beta:
            z = (alpha - beta) / (alpha + t)
            return mp.hyp2f1(R + s, s + 1, R + s + 1, z) / (alpha + t) ** (R + s)
        z = (beta - alpha) / (beta + t)
        return mp.hyp2f1(R + s, R, R + s + 1, z) / (beta + t) ** (R + s)

    return s / (R + s) * (f(t_x) - f(T)) * (alpha + t_x) ** R * (beta + t_x) ** s


def derivatives(p, history):
    """Value, gradient and Hessian in the log-parameters by central differences."""
    h = mpf(10) ** -12

    def at(*moves):
        q = list(p)
        for i, sign in moves:
            q[i] = q[i] * mp.exp(sign * h)
        return log_likelihood(*q, *history)

    centre = at()
    up = [at((i, 1)) for i in range(4)]
    down = [at((i, -1)) for i in range(4)]
    gradient = [(up[i] - down[i]) / (2 * h) for i in range(4)]
    hessian = [[mpf(0)] * 4 for _ in range(4)]
    for i in range(4):
        hessian[i][i] = (up[i] - 2 * centre + down[i]) / h ** 2
        for j in range(i):
            both = at((i, 1), (j, 1)) + at((i, -1), (j, -1))
            hessian[i][j] = hessian[j][i] = (both - up[i] - up[j] - down[i] - down[j] + 2 * centre) / (2 * h ** 2)
    return centre, gradient, hessian


def row(name, r, alpha, s, beta, x, t_x, T, t, delta, counts):
    raw = dict(name=name, r=r, alpha=alpha, s=s, beta=beta, x=x, t_x=t_x, T=T, t=t, delta=delta)
    r, alpha, s, beta, x, t_x, T, t, delta = (mpf(v) for v in (r, alpha, s, beta, x, t_x, T, t, delta))
    R, A, B = r + x, alpha + T, beta + T
    ll, gradient, hessian = derivatives((r, alpha, s, beta), (x, t_x, T))
    total, dead = quiet(R, alpha + t_x, s, beta + t_x, T - t_x)
    if R < 500 and dead > 0 and max(alpha, beta) / (min(alpha, beta) + t_x) < 1e4:
        with mp.workdps(160):
            agree("likelihood: integral against 2F1", dead, dead_by_2f1(r, alpha, s, beta, x, t_x, T))
    alive = 1 - dead / total if dead < total / 2 else mp.exp(
        -R * mp.log1p((T - t_x) / (alpha + t_x)) - s * mp.log1p((T - t_x) / (beta + t_x))) / total

    def survival(v):
        return mp.exp(-s * mp.log1p(v / B))

    def hazard(v):
        return s / (B + v)

    if s == 1:
        expected = R * B / A * mp.log1p(t / B)
    else:
        expected = R * B / (A * (s - 1)) * (1 - (B / (B + t)) ** (s - 1))
    agree("expected purchases: closed form", R / A * integral(survival, B, t, hazard), expected)

    quiet_alive, _ = quiet(R, A, s, B, t)

    def discounted(rate):
        return R / A * integral(lambda v: mp.exp(-rate * v) * survival(v), B, t, lambda v: hazard(v) + rate)

    squares = discounted(2 * delta)
    pairs = R * (R + 1) / A ** 2 * integral(
        lambda v: -mp.exp(-delta * v) * mp.expm1(-delta * v) / delta * survival(v), B, t,
        lambda v: hazard(v) + 2 * delta)
    # [FHL] eq. 9 with Tricomi's function, against the integral.
    z = B * delta
    dert = R / A * integral(lambda v: mp.exp(-delta * v) * survival(v), B, mpf(10) ** 4 * (1 / delta + B),
                            lambda v: hazard(v) + delta)
    if 1e-4 < z < 500 and s < 200:
        agree("DERT: integral against Tricomi", dert, R / A * B ** s * delta ** (s - 1) * mp.hyperu(s, s, z))

    def probability(n):
        """P(N(t) = n | alive) over the death time: [FH]'s mixture before it is written with 2F1."""
        ln_count = mp.loggamma(R + n) - mp.loggamma(R) - mp.loggamma(n + 1)

        def count(v):
            if v == 0:
                return mpf(n == 0)
            return mp.exp(ln_count - R * mp.log1p(v / A) - n * mp.log1p(A / v))

        narrow = 1 / mp.sqrt(1 + min(R, n)) if n else mpf(1)
        dying = integral(lambda v: hazard(v) * survival(v) * count(v), min(A / (1 + R), B / (1 + s)), t,
                         lambda v: hazard(v) + R / (A + v) if n == 0 else hazard(v), narrow)
        return count(t) * survival(t) + dying

    pmf = [probability(n) for n in counts]
    if counts:
        agree("P(no purchase)", pmf[0], quiet_alive)

    out = as_double
    raw.update(log_likelihood=out(ll), gradient=[out(v) for v in gradient],
               hessian=[[out(v) for v in line] for line in hessian],
               p_alive=out(alive), p_dead=out(dead / total), conditional=out(alive * expected),
               no_purchase=out(dead / total + alive * quiet_alive),
               survival=out(survival(t)), expected_alive=out(expected), discounted=out(discounted(delta)),
               discounted_square=out(squares + 2 * pairs), dert=out(dert),
               counts=counts, pmf=[out(v) for v in pmf])
    return raw


def scattered(r, alpha, s, beta, x, t_x, T, t, delta):
    """The sums that everything is made of, without derivatives and counts: cheap, so many."""
    raw = dict(r=r, alpha=alpha, s=s, beta=beta, x=x, t_x=t_x, T=T, t=t, delta=delta)
    r, alpha, s, beta, x, t_x, T, t, delta = (mpf(v) for v in (r, alpha, s, beta, x, t_x, T, t, delta))
    R, A, B, S = r + x, alpha + T, beta + T, T - t_x
    total, dead = quiet(R, alpha + t_x, s, beta + t_x, S)
    alive = mp.exp(-R * mp.log1p(S / (alpha + t_x)) - s * mp.log1p(S / (beta + t_x))) / total
    quiet_alive, _ = quiet(R, A, s, B, t)

    def discounted(end):
        return R / A * integral(lambda v: mp.exp(-delta * v - s * mp.log1p(v / B)), B, end,
                                lambda v: s / (B + v) + delta)

    values = dict(log_likelihood=log_likelihood(r, alpha, s, beta, x, t_x, T), p_alive=alive, p_dead=dead / total,
                  no_purchase=dead / total + alive * quiet_alive, discounted=discounted(t),
                  dert=discounted(mpf(10) ** 4 * (1 / delta + B)))
    raw.update((name, as_double(value)) for name, value in values.items())
    return raw


FEW = [0, 1, 2, 5, 10, 25]


def rows():
    base = (0.553, 10.578, 0.606, 11.669)
    yield row("paper", *base, 2, 30.43, 38.86, 52.0, 0.0027, FEW)
    yield row("paper, one-time buyer", *base, 0, 0.0, 38.86, 52.0, 0.0027, FEW)
    yield row("paper, new customer", *base, 0, 0.0, 0.0, 52.0, 0.0027, FEW)
    yield row("paper, bought today", *base, 26, 31.0, 31.0, 52.0, 0.0027, FEW)
    yield row("alpha = beta", 0.8, 12.0, 0.7, 12.0, 5, 20.0, 40.0, 30.0, 0.01, FEW)
    yield row("s = 1", 0.8, 12.0, 1.0, 9.0, 5, 20.0, 40.0, 30.0, 0.01, FEW)
    yield row("s near 1", 0.8, 12.0, 1.0000001, 9.0, 5, 20.0, 40.0, 30.0, 0.01, FEW)
    yield row("alpha = beta, s = 1", 2.0, 5.0, 1.0, 5.0, 1, 3.0, 40.0, 300.0, 0.1, FEW)
    yield row("x = 10^6", 0.6, 10.0, 0.6, 12.0, 1_000_000, 99_999.0, 100_000.0, 52.0, 0.0027, [])
    yield row("x = 10^6, silent", 1e-3, 1e-3, 1e-3, 1e5, 1_000_000, 5_000.0, 5_000.4, 1.0, 0.0027, [])
    yield row("x = 10^6, steep", 1e5, 1e-3, 1e5, 1e-3, 1_000_000, 1.0, 1e5, 10.0, 0.1, [])
    yield row("x = 10^6, t_x = 0", 1.0, 1e5, 1.0, 1e-3, 1_000_000, 0.0, 1.0, 1.0, 0.01, [])
    yield row("smallest", 1e-3, 1e-3, 1e-3, 1e-3, 1, 50_000.0, 100_000.0, 1e5, 0.001, [0, 1, 2])
    yield row("largest", 1e5, 1e5, 1e5, 1e5, 30, 20.0, 30.0, 10.0, 0.01, FEW)
    yield row("alpha much below beta", 1.5, 1e-3, 0.5, 1e5, 3, 0.0, 1e5, 100.0, 0.01, [0, 1])
    yield row("alpha much above beta", 0.5, 1e5, 1.5, 1e-3, 3, 0.5, 1e5, 1e5, 1e-4, FEW)
    yield row("dies at once", 0.5, 10.0, 1e5, 1e-3, 4, 1e-4, 50.0, 50.0, 0.01, FEW)
    yield row("never dies", 2.0, 10.0, 1e-3, 1e5, 4, 10.0, 50.0, 50.0, 0.01, FEW)
    yield row("tiny likelihood of a purchase", 1e-3, 1e5, 0.5, 10.0, 0, 0.0, 1.0, 1.0, 0.01, [0, 1])
    yield row("nan elsewhere", 10.465, 0.00798565181, 3.0516, 2.82, 500, 1.0, 37.0, 10.0, 0.01, [])
    rng = random.Random(20)

    def log_uniform(low, high):
        return float("%.6g" % math.exp(rng.uniform(math.log(low), math.log(high))))

    for k in range(26):
        wide = k % 2
        low, high = (1e-3, 1e5) if wide else (0.05, 50)
        p = [log_uniform(low, high) for _ in range(4)]
        x = 0 if k % 5 == 0 else round(log_uniform(1, 1e6 if wide else 300))
        T = log_uniform(1e-2, 1e5) if wide else log_uniform(1, 300)
        share = rng.random()
        t_x = float("%.6g" % (T * (1 - share ** 3))) if x else 0.0
        t = log_uniform(1e-1, 1e4) if wide else log_uniform(1, 200)
        yield row("random %d" % k, *p, x, min(t_x, T), T, t, log_uniform(1e-4, 0.1), [0, 1, 5] if not wide else [])


def scattered_rows():
    """Corners of the domain, and points anywhere in it."""
    rng = random.Random(21)

    def log_uniform(low, high):
        return float("%.6g" % math.exp(rng.uniform(math.log(low), math.log(high))))

    for k in range(100):
        if k % 2:
            p = [rng.choice([1e-3, 1.0, 1e5]) for _ in range(4)]
            x = rng.choice([0, 1, 30, 1_000_000])
            T = rng.choice([1e-2, 1.0, 1e5])
            share = rng.choice([0.0, 1e-6, 0.5, 1 - 1e-6, 1.0])
        else:
            p = [log_uniform(1e-3, 1e5) for _ in range(4)]
            x = round(log_uniform(0.6, 1e6))
            T = log_uniform(1e-2, 1e5)
            share = rng.random()
        t_x = min(T * share, T) if x else 0.0
        yield scattered(*p, x, t_x, T, log_uniform(1e-2, 1e5), log_uniform(1e-5, 1))


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "pareto_nbd.json")
    started = time.process_time()
    sections = []
    for name, section in (("rows", rows()), ("scattered", scattered_rows())):
        lines = [json.dumps(one, allow_nan=False) for one in section]
        sections.append('"%s": [\n%s\n]' % (name, ",\n".join(lines)))
        print("%6.1f s  %-10s %d" % (time.process_time() - started, name, len(lines)), flush=True)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("{\n" + ",\n".join(sections) + "\n}\n")
    for name, (times, worst) in checks.items():
        print("check %-45s %4d times, worst %s" % (name, times, mp.nstr(worst, 2)))


if __name__ == "__main__":
    main()
