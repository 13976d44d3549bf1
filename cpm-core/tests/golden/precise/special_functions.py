"""Gamma functions and their differences, incomplete beta and gamma functions: [DLMF] chapters 5 and 8."""

import math

from mpmath import mp, mpf

from precise.agreement import agree, as_double, log_uniform, short


def ln_rising_rows(rng):
    pairs = [(1e-3, 1e-3), (1e-3, 1e6), (2e5, 1e-3), (2e5, 1e6), (1.0, 1.0),
             (0.5, 1.0), (0.25, 2.0), (1.0, 30.0), (3.0, 7.0), (17.0, 1000.0),
             (0.001, 1.0), (0.001, 2.0), (1000.0, 1.0), (12345.0, 2.0),
             (200000.0, 1000000.0), (0.7, 10.0), (2.5, 20000.0),
             (99999.5, 1.0), (8.0, 0.5), (1.4616321449683623, 1.0)]
    while len(pairs) < 60:
        d = log_uniform(rng, 1e-3, 1e6)
        if len(pairs) % 3 == 0:
            d = float(max(1, round(d)))
        pairs.append((log_uniform(rng, 1e-3, 2e5), d))
    rows = []
    for z, d in pairs:
        zm, dm = mpf(z), mpf(d)
        row = {"z": z, "d": d}
        # With d/z down to 5e-9 the subtraction costs under 20 of the digits.
        for key, f in (("ln_gamma", mp.loggamma),
                       ("digamma", lambda t: mp.psi(0, t)),
                       ("trigamma", lambda t: mp.psi(1, t))):
            row[key] = as_double(f(zm + dm) - f(zm))
        if d == int(d) and d <= 1000:
            # For whole d the differences are finite sums of the recurrence.
            steps = [zm + k for k in range(int(d))]
            agree("rising: ln_gamma as a sum", mp.fsum(mp.log(s) for s in steps),
                  mp.loggamma(zm + dm) - mp.loggamma(zm),
                  scale=abs(mp.loggamma(zm + dm)) + abs(mp.loggamma(zm)) + mp.eps)
            agree("rising: digamma as a sum", mp.fsum(1 / s for s in steps),
                  mp.psi(0, zm + dm) - mp.psi(0, zm))
            agree("rising: trigamma as a sum", -mp.fsum(1 / s ** 2 for s in steps),
                  mp.psi(1, zm + dm) - mp.psi(1, zm))
        rows.append(row)
    return rows


def gamma_function_rows(rng):
    zs = [1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1 - 1e-6, 1.0, 1 + 1e-6,
          1 - 1e-12, 1 + 1e-12, 1.1, 1.25, 1.4616321449683623, 1.5, 1.75,
          2 - 1e-6, 2.0, 2 + 1e-6, 2 - 1e-12, 2 + 1e-12, 2.5, 3.0, 5.0, 6.5,
          8.0, 9.99, 10.0, 12.0, 15.5, 20.0, 100.0, 1000.0, 1e5, 1e6]
    while len(zs) < 42:
        zs.append(log_uniform(rng, 1e-3, 1e6))
    rows = []
    for z in sorted(zs):
        zm = mpf(z)
        rows.append({"z": z, "ln_gamma": as_double(mp.loggamma(zm)),
                     "digamma": as_double(mp.psi(0, zm)),
                     "trigamma": as_double(mp.psi(1, zm))})
        # psi and psi1 are the derivatives; a central difference of step 1e-20
        # relative has error 1e-40, so 20 digits can be asked of it.
        with mp.workdps(110):
            step = zm * mpf(10) ** -20
            agree("gamma functions: digamma by differences",
                  (mp.loggamma(zm + step) - mp.loggamma(zm - step)) / (2 * step),
                  mp.psi(0, zm), scale=abs(mp.psi(0, zm)) + mpf(10) ** -9)
            agree("gamma functions: trigamma by differences",
                  (mp.psi(0, zm + step) - mp.psi(0, zm - step)) / (2 * step),
                  mp.psi(1, zm))
    return rows


# 3.  Incomplete beta and gamma functions

def ln_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def beta_below(a, b, y):
    """I_y(a,b) = y^a (1-y)^b / (a B(a,b)) * 2F1(a+b, 1; a+1; y)
    [DLMF 8.17.8].  Every term is positive, so nothing cancels."""
    term = total = mpf(1)
    n = 0
    while True:
        ratio = (a + b + n) / (a + 1 + n) * y
        term *= ratio
        total += term
        n += 1
        # Past the largest term the ratio tends to y; bound what is left out.
        if ratio < 1 and term * max(ratio, y) < total * mp.eps * (1 - max(ratio, y)):
            break
    return mp.exp(a * mp.log(y) + b * mp.log1p(-y) - mp.log(a) - ln_beta(a, b)) * total


def beta_terms(a, b, y):
    """About how many terms beta_below needs for 60 digits: those up to the
    largest, then a geometric tail with ratio y."""
    return max(0, ((a + b) * y - a - 1) / (1 - y)) - 140 / mp.log(y)


def beta_regularised(a, b, y):
    """The shorter of the two series; 1 - I loses at most 12 of the digits."""
    if beta_terms(a, b, y) <= beta_terms(b, a, 1 - y):
        return beta_below(a, b, y)
    return 1 - beta_below(b, a, 1 - y)


def gamma_below(k, x):
    """P(k,x) = x^k e^-x / Gamma(k+1) * sum x^n/(k+1)_n  [DLMF 8.11.4]."""
    term = total = mpf(1)
    n = 0
    while True:
        n += 1
        ratio = x / (k + n)
        term *= ratio
        total += term
        if ratio < 1 and term * ratio < total * mp.eps * (1 - ratio):
            break
    return mp.exp(k * mp.log(x) - x - mp.loggamma(k + 1)) * total


def place(cdf, target, low, high):
    """A point where the increasing cdf is about `target` (bisection on a
    scale given by the caller).  Rough on purpose: only the final point, as a
    double, enters the reference value."""
    with mp.workdps(24):
        for _ in range(26):
            mid = (low + high) / 2
            if cdf(mid) < target:
                low = mid
            else:
                high = mid
    return (low + high) / 2


def incomplete_rows(rng):
    rows = []
    shapes = [(0.01, 0.01), (0.01, 1e4), (1e4, 0.01), (1e4, 1e4), (1.0, 1.0),
              (0.5, 0.5), (1.0, 5.0), (5.0, 1.0), (0.8, 2.5), (100.0, 0.5),
              (2.0, 3.0), (50.0, 1000.0)]
    while len(shapes) < 40:
        shapes.append((log_uniform(rng, 0.01, 1e4), log_uniform(rng, 0.01, 1e4)))

    def pick_target(i):
        if i % 4 == 3:
            return 1 - 10 ** rng.uniform(-6, -0.3)
        return 10 ** rng.uniform(-11.5, 0) if i % 4 else rng.uniform(0.05, 0.95)

    for i, (a, b) in enumerate(shapes):
        target = pick_target(i)
        # Bisect on the logit, so that points near 0 and near 1 are reached.
        s = place(lambda t: beta_regularised(mpf(a), mpf(b), 1 / (1 + mp.exp(-mpf(t)))),
                  target, -35.0, 16.0)
        y = short(1 / (1 + math.exp(-s))) if s < 0 else float(
            1 - short(math.exp(-s) / (1 + math.exp(-s))))
        value = beta_regularised(mpf(a), mpf(b), mpf(y))
        if not mpf(10) ** -12 <= value < 1:
            raise AssertionError("incomplete beta row outside the wanted range")
        with mp.workdps(80):
            am, bm, ym = mpf(a), mpf(b), mpf(y)
            if max(beta_terms(am, bm, ym), beta_terms(bm, am, 1 - ym)) < 20000:
                # The two series share no terms, so each checks the other.
                low = beta_below(am, bm, ym)
                agree("incomplete beta: the series of both ends",
                      1 - beta_below(bm, am, 1 - ym), low)
                agree("incomplete beta: the series of both ends", low, value)
            else:
                agree("incomplete beta: series against mpmath.betainc",
                      mp.betainc(am, bm, 0, ym, regularized=True), value)
        rows.append({"function": "beta", "a": a, "b": b, "y": y, "value": as_double(value)})

    ks = [0.01, 0.5, 1.0, 2.0, 10.0, 100.0, 1000.0, 1e4]
    while len(ks) < 30:
        ks.append(log_uniform(rng, 0.01, 1e4))
    for i, k in enumerate(ks):
        target = pick_target(i)
        s = place(lambda t: gamma_below(mpf(k), mp.exp(mpf(t))), target, -35.0,
                  math.log(k + 40 * math.sqrt(k) + 40))
        x = short(math.exp(s))
        value = gamma_below(mpf(k), mpf(x))
        if not mpf(10) ** -12 <= value < 1:
            raise AssertionError("incomplete gamma row outside the wanted range")
        with mp.workdps(80):
            agree("incomplete gamma: series against mpmath.gammainc",
                  mp.gammainc(k, 0, mpf(x), regularized=True), value)
        rows.append({"function": "gamma", "k": k, "x": x, "value": as_double(value)})
    return rows
