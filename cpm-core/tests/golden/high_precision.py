"""High-precision reference numbers for the numerical core.

    python high_precision.py [output.json]

Needs mpmath; about four minutes.  gmpy2, if installed, only makes it faster.

Every input is a double and is taken as that exact binary number; every value
is computed with at least 40 working digits and only then rounded to the
nearest double.  The program checks itself: each family of values is computed
a second way and the run stops if the two ways differ by more than 1e-20
(relative).  Seeded and free of time limits, so two runs give the same file.

Sources of the formulae
  [FHL]  Fader, Hardie & Lee, "Counting Your Customers the Easy Way: An
         Alternative to the Pareto/NBD Model", Marketing Science 24 (2005).
  [FH]   Fader & Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
  [DLMF] NIST Digital Library of Mathematical Functions, chapters 5, 8 and 15.

The BG/NBD mixture.  Given the history and being alive at T, the purchase rate
is Gamma(R = r+x, rate S = alpha+T), the drop-out probability p is Beta(a, B =
b+x), and the two are independent.  While alive, purchases come at rate lambda
and each is followed by drop-out with probability p, so drop-out comes at rate
lambda*p.  With u = v/S:

  P(alive v later)          = E_p[(1+pu)^-R]
  density of a purchase     m1(v) = E[lambda e^(-lambda p v)]
                                  = (R/S) E_p[(1+pu)^-(R+1)]
  density of an ordered pair (the first anywhere in (0,v), the last at v)
                            m2(v) = E[lambda^2 (1-p) e^(-lambda p v)]
                                  = (R(R+1)/S^2) E_p[(1-p)(1+pu)^-(R+2)]

Each E_p is Euler's integral of a 2F1 [DLMF 15.6.1], which gives the
hypergeometric forms quoted at the places where they serve as checks.
"""

import json
import math
import os
import random
import sys
import time

import mpmath
from mpmath import mp, mpf

WORK_DPS = 60          # working digits unless a function asks for more
AGREE = mpf(10) ** -20  # required agreement between two ways to one number

checks = {}            # name of a check -> [how many times made, worst error]


def agree(name, got, want, scale=None, tol=AGREE):
    """Record and enforce that two computations of one number agree."""
    scale = abs(want) if scale is None else scale
    err = abs(got - want) / scale if scale else abs(got - want)
    entry = checks.setdefault(name, [0, mpf(0)])
    entry[0] += 1
    entry[1] = max(entry[1], err)
    if not err < tol:
        raise AssertionError("%s: %s against %s (%s)" % (
            name, mp.nstr(got, 25), mp.nstr(want, 25), mp.nstr(err, 3)))


def as_double(value):
    """Nearest double.  What is below the normal range is written as 0: a
    subnormal has no 17 digits to compare with."""
    out = float(value)
    if not math.isfinite(out):
        raise OverflowError(mp.nstr(value, 10))
    return 0.0 if abs(out) < sys.float_info.min else out


def short(value):
    """An input with six digits, so that the file stays readable."""
    return float("%.6g" % value)


def log_uniform(rng, low, high):
    return short(math.exp(rng.uniform(math.log(low), math.log(high))))


# ---------------------------------------------------------------------------
# 1. and 2.  Gamma functions and their differences  [DLMF 5.2, 5.15]
# ---------------------------------------------------------------------------

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


# ---------------------------------------------------------------------------
# 3.  Incomplete beta and gamma functions
# ---------------------------------------------------------------------------

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


# ---------------------------------------------------------------------------
# 4.  BG/NBD
# ---------------------------------------------------------------------------

LN10 = math.log(10)


def beta_mean(a, b, g, g0, g1, digits=32):
    """E[g(p)] for p ~ Beta(a, b), g decreasing and convex, to `digits` digits.

    With p = 1/(1+e^-s) the mean is the integral over the whole line of
    p^a (1-p)^b g(p) / B(a,b), analytic in a strip around it, where the plain
    trapezoidal rule converges exponentially (Trefethen & Weideman, SIAM Review
    56, 2014).  For a < 1 (or b < 1) that end would fade too slowly; there the
    line g0 (1-p) (or g1 p) is taken off first, with g0 = g(0), g1 = g(1) and
    the exact means E[1-p] = b/(a+b), E[p] = a/(a+b).  That subtraction cancels
    by at most g0/E[g] <= g0/g(E[p]) (Jensen), for which digits are added.
    """
    left, right = a < 1, b < 1
    keep = digits
    if left or right:
        keep += 2 + max(0, int(mp.log10(g0 / g(a / (a + b), b / (a + b)))))
    with mp.workdps(keep + 15):
        a, b = mpf(a), mpf(b)
        ln_norm = ln_beta(a, b)

        def f(s):
            s = mpf(s)
            if s < 0:
                e = mp.exp(s)
                p, c = e / (1 + e), 1 / (1 + e)
                ln_p = s - mp.log1p(e)
                ln_c = ln_p - s
            else:
                e = mp.exp(-s)
                p, c = 1 / (1 + e), e / (1 + e)
                ln_c = -s - mp.log1p(e)
                ln_p = ln_c + s
            value = g(p, c)
            if left:
                value -= g0 * c
            if right:
                value -= g1 * p
            return value * mp.exp(a * ln_p + b * ln_c - ln_norm)

        def size(s):
            value = abs(f(s))
            return float(mp.log(value)) if value else -math.inf

        # The peak: a coarse scan, then a golden-section search beside it.
        centre = float(mp.log(a / b))
        scan = [centre + k for k in range(-60, 61, 3)]
        sizes = [size(s) for s in scan]
        best = max(range(len(scan)), key=lambda i: sizes[i])
        lo, hi = scan[max(best - 1, 0)], scan[min(best + 1, len(scan) - 1)]
        golden = (math.sqrt(5) - 1) / 2
        one, two = hi - golden * (hi - lo), lo + golden * (hi - lo)
        size1, size2 = size(one), size(two)
        for _ in range(20):
            if size1 < size2:
                lo, one, size1 = one, two, size2
                two = lo + golden * (hi - lo)
                size2 = size(two)
            else:
                hi, two, size2 = two, one, size1
                one = hi - golden * (hi - lo)
                size1 = size(one)
        peak = (lo + hi) / 2
        floor = max(size(peak), sizes[best]) - LN10 * (keep + 3)
        if left or right:
            # Never below the rounding noise of the subtraction: for a tiny a
            # that noise fades only as p^a, and the range would be endless.
            floor = max(floor, float(mp.log(g0)) - LN10 * (keep + 6))

        def reach(direction):
            # Step out until three points in a row are negligible (one alone
            # may be a change of sign), then settle by bisection.
            step, at, below = 1e-5, peak, 0
            inner = peak
            while below < 3:
                at += direction * step
                step = min(step * 1.3, 4.0)
                if size(at) < floor:
                    below += 1
                else:
                    below, inner = 0, at
            outer = at
            for _ in range(5):
                mid = (inner + outer) / 2
                if size(mid) < floor:
                    outer = mid
                else:
                    inner = mid
            return outer

        lo, hi = reach(-1), reach(+1)
        n = 48
        h = mpf(hi - lo) / n
        total = mp.fsum(f(lo + k * h) for k in range(n + 1))
        exact = (g0 * b / (a + b) if left else 0) + (g1 * a / (a + b) if right else 0)
        old = total * h + exact
        while True:
            # Halving the step about squares the error, so once two steps agree
            # to half the digits the finer has them all.
            total += mp.fsum(f(lo + (k + mpf(1) / 2) * h) for k in range(n))
            h /= 2
            n *= 2
            new = total * h + exact
            # (A step over 1/2 can miss the whole variation of g.)
            if h < 0.5 and abs(new - old) <= abs(new) * mpf(10) ** -(digits // 2 + 1):
                return new
            if n > 200000:
                raise AssertionError("no convergence: %r" % ((a, b, old, new),))
            old = new


class Row:
    """One customer and horizon, inputs exact."""

    def __init__(self, family, r, alpha, a, b, x, t_x, T, t, delta):
        self.inputs = dict(family=family, r=r, alpha=alpha, a=a, b=b, x=x,
                           t_x=t_x, T=T, t=t, delta=delta)
        self.family, self.x = family, x
        (self.r, self.alpha, self.a, self.b, self.t_x, self.T, self.t,
         self.delta) = map(mpf, (r, alpha, a, b, t_x, T, t, delta))
        self.R, self.S, self.B = self.r + x, self.alpha + self.T, self.b + x
        self.tau = self.t / self.S

    # -- the individual likelihood, [FHL] eq. (6) without any factorial -------

    def drop_odds(self, r, alpha, a, b):
        """(1 - P(alive)) / P(alive); 0 without a purchase to drop out after."""
        if self.x == 0:
            return mpf(0)
        return a / (b + self.x - 1) * mp.exp(
            (r + self.x) * mp.log((alpha + self.T) / (alpha + self.t_x)))

    def log_likelihood(self, r, alpha, a, b):
        x = self.x
        return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha)
                - (r + x) * mp.log(alpha + self.T)
                + (ln_beta(a, b + x) - ln_beta(a, b) if x else 0)
                + mp.log1p(self.drop_odds(r, alpha, a, b)))

    def derivatives(self):
        """Gradient and Hessian of the log-likelihood in (ln r, ln alpha, ln a,
        ln b), term by term.  The last term is ln(1+e^L) with L the logarithm
        of drop_odds: its gradient is q L', its Hessian q L'' + q(1-q) L'L'^T,
        q = e^L/(1+e^L)."""
        r, al, a, b, x, T, t_x = (self.r, self.alpha, self.a, self.b, self.x,
                                  self.T, self.t_x)
        psi0, psi1 = (lambda z: mp.psi(0, z)), (lambda z: mp.psi(1, z))
        zero = mpf(0)
        d0 = (lambda z: psi0(z + x) - psi0(z)) if x else (lambda z: zero)
        d1 = (lambda z: psi1(z + x) - psi1(z)) if x else (lambda z: zero)
        grad = [d0(r) + mp.log(al) - mp.log(al + T),
                r / al - (r + x) / (al + T),
                -d0(a + b),
                d0(b) - d0(a + b)]
        hess = [[zero] * 4 for _ in range(4)]
        hess[0][0] = d1(r)
        hess[0][1] = 1 / al - 1 / (al + T)
        hess[1][1] = -r / al ** 2 + (r + x) / (al + T) ** 2
        hess[2][2] = hess[2][3] = -d1(a + b)
        hess[3][3] = d1(b) - d1(a + b)
        if x:
            odds = self.drop_odds(r, al, a, b)
            q, k = odds / (1 + odds), 1 / (1 + odds)
            slope = [mp.log(al + T) - mp.log(al + t_x),
                     (r + x) * (1 / (al + T) - 1 / (al + t_x)),
                     1 / a, -1 / (b + x - 1)]
            bend = [[zero] * 4 for _ in range(4)]
            bend[0][1] = 1 / (al + T) - 1 / (al + t_x)
            bend[1][1] = -(r + x) * (1 / (al + T) ** 2 - 1 / (al + t_x) ** 2)
            bend[2][2] = -1 / a ** 2
            bend[3][3] = 1 / (b + x - 1) ** 2
            for i in range(4):
                grad[i] += q * slope[i]
                for j in range(i, 4):
                    hess[i][j] += q * bend[i][j] + q * k * slope[i] * slope[j]
        theta = [r, al, a, b]
        for i in range(4):
            for j in range(i, 4):
                hess[i][j] *= theta[i] * theta[j]
            hess[i][i] += grad[i] * theta[i]
            for j in range(i):
                hess[i][j] = hess[j][i]
        return [g * v for g, v in zip(grad, theta)], hess

    # -- the future, given being alive at T --------------------------------

    def expected_alive(self):
        """M = E_p[(1-(1+p tau)^-R)/p], the integral of m1."""
        R, tau = self.R, self.tau

        def g(p, c):
            return -mp.expm1(-R * mp.log1p(p * tau)) / p

        return beta_mean(self.a, self.B, g, R * tau, g(mpf(1), mpf(0)))

    def expected_closed_form(self):
        """[FHL] eq. (10) without P(alive):
        (a+B-1)/(a-1) [1 - (S/(S+t))^R 2F1(R, B; a+B-1; t/(S+t))].
        Returns it and the factor by which its parts exceed it."""
        lead = (self.a + self.B - 1) / (self.a - 1)
        y = self.t / (self.S + self.t)
        part = (1 - y) ** self.R * mp.hyp2f1(self.R, self.B, self.a + self.B - 1, y)
        value = lead * (1 - part)
        return value, abs(lead) * max(1, abs(part)) / abs(value)

    def survival(self):
        """P(alive t later | alive) = E_p[(1+p tau)^-R]."""
        R, tau = self.R, self.tau

        def g(p, c):
            return mp.exp(-R * mp.log1p(p * tau))

        return beta_mean(self.a, self.B, g, mpf(1), g(mpf(1), mpf(0)))

    def factorial_moment(self):
        """2 int v m2(v) dv = E_p[2(1-p)/p^2 P(NB >= 2)], where NB is negative
        binomial with size R and y = p tau/(1+p tau):
        P(NB >= 2) = 1 - (1-y)^R (1+Ry)."""
        R, tau = self.R, self.tau

        def g(p, c):
            y = p * tau / (1 + p * tau)
            rest = mp.exp(-R * mp.log1p(p * tau))
            if y * (R + 1) > 0.01:
                two = 1 - rest * (1 + R * y)
            else:
                # The difference would cancel: add up P(NB = n), n >= 2.
                term = R * (R + 1) / 2 * y * y
                two, n = term, 2
                while term > two * mp.eps:
                    term *= (R + n) / (n + 1) * y
                    two += term
                    n += 1
                two *= rest
            return 2 * c / (p * p) * two

        return beta_mean(self.a, self.B, g, R * (R + 1) * tau * tau, mpf(0))

    def pmf(self, count):
        """P(N = n), n < count.  Either all n purchases were survived, or the
        n-th was the last and the undisturbed process would have made at least
        n.  The tail 1 - sum NB(j) can be of the order of 1e-40, hence the
        digits; the ratios of beta functions are finite products."""
        a, B, R = self.a, self.B, self.R
        with mp.workdps(150):
            y = self.t / (self.S + self.t)
            nb, tail = mp.exp(R * mp.log1p(-y)), mpf(1)
            stay = mpf(1)        # B(a, B+n) / B(a, B)
            out = []
            for n in range(count):
                if n:
                    # B(a+1, B+n-1)/B(a,B) = [B(a,B+n-1)/B(a,B)] a/(a+B+n-1)
                    quit_now = stay * a / (a + B + n - 1)
                    stay *= (B + n - 1) / (a + B + n - 1)
                    tail -= nb
                    nb *= (R + n - 1) / n * y
                    out.append(stay * nb + quit_now * tail)
                else:
                    out.append(nb)
            return out

    def discounted(self, mean, pairs):
        """E[D] and E[D^2], D the sum of e^(-delta t_j) over the purchases:

            E[D]   = int e^(-dv) m1(v) dv
            E[D^2] = int e^(-2dv) m1(v) dv + 2 int m2(v) e^(-dv) (1-e^(-dv))/d dv

        With u = v/S, by Gauss-Legendre panels that widen with u: m1 and m2
        vary on the scale of u0 below and like a power of u beyond it.  The
        inner means use one set of trapezoidal nodes in s = logit p (see
        beta_mean).  The same sums with d = 0 must give the expected number and
        the factorial moment, which came by another road; if they do not, the
        nodes are refined."""
        fineness = 0
        while True:
            one, two, m, f = self._discounted(fineness)
            good = (abs(m - mean) < mean * mpf(10) ** -22
                    and abs(f - pairs) < pairs * mpf(10) ** -22)
            if good or fineness == 2:
                agree("bg_nbd: int m1 against E_p (every row)", m, mean)
                agree("bg_nbd: 2 int v m2 against E_p (every row)", f, pairs)
                return one, two
            fineness += 1

    def _discounted(self, fineness):
        a, B, R, S, tau = self.a, self.B, self.R, self.S, self.tau
        with mp.workdps(42):
            left, right = a < 1, B < 1
            spread = float(mp.sqrt(1 / a + 1 / B))
            h = mpf(min(0.22, 0.45 * spread)) / 2 ** fineness
            ln_norm = ln_beta(a, B)
            centre = mp.log(a / B)

            def node(s):
                e = mp.exp(s)
                ln_c = -mp.log1p(e)
                w = h * mp.exp(a * (s + ln_c) + B * ln_c - ln_norm)
                return w, e / (1 + e), 1 / (1 + e)

            # How far out a node still counts: with the end subtracted, what
            # is left fades as p (or 1-p) times at most a power of R tau.
            eps = mpf(10) ** -(28 + 4 * fineness)
            grow = 1 + (R + 2) * tau
            nodes = []
            for direction in (-1, 1):
                k = 0 if direction == 1 else -1
                while True:
                    w, p, c = node(centre + k * h)
                    worth = w / h
                    if left:
                        worth *= min(1, p * grow)
                    if right:
                        worth *= c
                    # The weight alone is unimodal with its peak at `centre`.
                    if worth < eps:
                        break
                    nodes.append((w, p, c))
                    k += direction
            weights = [n[0] for n in nodes]
            w_c = [w * c for w, _, c in nodes]
            ps = [n[1] for n in nodes]
            sum_c = mp.fsum(w_c)
            sum_p = mp.fdot(weights, ps)
            sum_cc = mp.fdot(w_c, [c for _, _, c in nodes])
            mean_c, mean_p = B / (a + B), a / (a + B)
            mean_cc = mean_c * (B + 1) / (a + B + 1)

            unit = mpf(1)

            def phi(u):
                """E_p[(1+pu)^-(R+1)] and E_p[(1-p)(1+pu)^-(R+2)]."""
                n1 = -(R + 1)
                bases = [unit + p * u for p in ps]
                powers = [mp.exp(n1 * mp.log(z)) for z in bases]
                one = mp.fdot(weights, powers)
                two = mp.fdot(w_c, [q / z for q, z in zip(powers, bases)])
                # Subtracting a line from the integrand is the same as
                # correcting for the nodes' error on that line.
                if left:
                    one += mean_c - sum_c
                    two += mean_cc - sum_cc
                if right:
                    one += (mean_p - sum_p) * mp.exp(n1 * mp.log1p(u))
                return one, two

            d = self.delta * S
            first = min(mpf(1), (1 + B) / (R + 1), (a + B) / ((R + 1) * a)) / 2
            edges = [mpf(0)]
            while first * (mpf(3) / 2) < tau:
                edges.append(first)
                first *= 4
            edges.append(tau)
            rule = gauss_legendre(28 + 10 * fineness)
            e1 = e2a = e2b = m = f = mpf(0)
            for lo, hi in zip(edges, edges[1:]):
                half, mid = (hi - lo) / 2, (hi + lo) / 2
                for z, weight in rule:
                    u = mid + half * z
                    one, two = phi(u)
                    one *= weight * half * R
                    two *= weight * half * R * (R + 1) * 2
                    fade = mp.exp(-d * u)
                    m += one
                    f += two * u
                    e1 += one * fade
                    e2a += one * fade * fade
                    e2b += two * fade * (-mp.expm1(-d * u) / d if d else u)
                # m1 and m2 fall with u: stop when what is left cannot matter.
                one, two = phi(hi)
                if (abs(one) * R * tau < m * mpf(10) ** -30
                        and 2 * abs(two) * R * (R + 1) * tau ** 2 < f * mpf(10) ** -30):
                    break
            return e1, e2a + e2b, m, f


_rules = {}


def gauss_legendre(n):
    """Nodes and weights by Newton's method on the Legendre recurrence."""
    if n not in _rules:
        with mp.workdps(60):
            rule = []
            for i in range(n):
                z = mpf(math.cos(math.pi * (i + 0.75) / (n + 0.5)))
                for _ in range(7):
                    p0, p1 = mpf(1), z
                    for k in range(2, n + 1):
                        p0, p1 = p1, ((2 * k - 1) * z * p1 - (k - 1) * p0) / k
                    slope = n * (z * p1 - p0) / (z * z - 1)
                    z -= p1 / slope
                rule.append((z, 2 / ((1 - z * z) * slope ** 2)))
            _rules[n] = rule
    return _rules[n]


def typical_rows(rng):
    rows = []
    for i in range(45):
        x = 0 if i % 8 == 0 else min(30, int(rng.expovariate(1 / 6.0)) + 1)
        T = short(rng.uniform(1, 150))
        t_x = short(T * rng.uniform(0.1, 1) ** 0.5) if x else 0.0
        rows.append(Row("typical", log_uniform(rng, 0.1, 10),
                        log_uniform(rng, 1, 50), log_uniform(rng, 0.1, 10),
                        log_uniform(rng, 0.1, 10), x, min(t_x, T), T,
                        short(rng.uniform(1, 104)),
                        short(0.0018 * rng.uniform(0.8, 1.2))))
    # The estimates of [FHL] for the CDNOW data, in weeks.
    for x, t_x, T, t in ((2, 30.43, 38.86, 39.0), (0, 0.0, 38.86, 39.0),
                         (26, 38.0, 38.86, 52.0)):
        rows.append(Row("typical", 0.242595, 4.413529, 0.792886, 2.425881,
                        x, t_x, T, t, 0.0018))
    return rows


def domain_rows(rng):
    rows = []
    for i in range(48):
        x = (0, 1, 2, 10, 100, 1000, 20000, 1000000)[i % 8]
        block = i // 8
        par = [log_uniform(rng, 1e-3, 1e5) for _ in range(4)]
        T = log_uniform(rng, 1e-2, 1e5)
        if not x:
            t_x = 0.0
        elif block == 0:
            t_x = 0.0
        elif block == 1:
            t_x = T
        elif block == 2:
            t_x = short(T * rng.random())
        elif block == 3:
            t_x = log_uniform(rng, 1e-6 * T, T)
        else:
            # A last gap like the others, so that P(alive) is not just 0 or 1.
            gap = (par[1] + T) / (par[0] + x) * rng.expovariate(0.4)
            t_x = max(0.0, T - short(gap))
        t = log_uniform(rng, 1e-2, 1e4)
        delta = 0.0 if i % 5 == 0 else min(log_uniform(rng, 1e-4, 0.1), short(9.9 / t))
        rows.append(Row("domain", par[0], par[1], par[2], par[3], x,
                        min(t_x, T), T, t, delta))
    return rows


def edge_rows():
    rows = []

    def add(r, alpha, a, b, x, t_x, T, t, delta=0.0018):
        rows.append(Row("edges", r, alpha, a, b, x, t_x, T, t, delta))

    # a = 1, where the closed form is 0/0, and beside it
    for a in (1.0, 1 - 1e-9, 1 + 1e-9, 1 - 1e-5, 1 + 1e-5):
        add(0.25, 4.5, a, 2.5, 2, 30.5, 38.75, 39.0)
        add(1.5, 10.0, a, 0.5, 0, 0.0, 52.0, 26.0)
    add(0.25, 4.5, 1.0, 2.5, 30, 38.75, 38.75, 104.0)
    add(3.0, 2.0, 1.0, 1.0, 1, 0.0, 10.0, 1000.0, 0.001)
    # a + b = 1 without a purchase: third parameter 0 in the closed form
    add(0.5, 5.0, 0.25, 0.75, 0, 0.0, 30.0, 39.0)
    add(0.5, 5.0, 0.375, 0.625, 0, 0.0, 30.0, 200.0, 0.0)
    add(0.5, 5.0, 0.3, 0.7, 0, 0.0, 30.0, 39.0)
    # a + b < 1 without a purchase: third parameter negative
    add(0.5, 5.0, 0.2, 0.3, 0, 0.0, 30.0, 39.0)
    add(2.0, 5.0, 0.01, 0.02, 0, 0.0, 30.0, 39.0)
    add(0.1, 50.0, 0.5, 0.001, 0, 0.0, 150.0, 104.0)
    # r = a + b - 1 without a purchase: the 2F1 collapses to a power
    add(0.5, 5.0, 0.75, 0.75, 0, 0.0, 30.0, 39.0)
    add(1.75, 5.0, 2.0, 0.75, 0, 0.0, 30.0, 39.0)
    add(0.25, 5.0, 1.0, 0.25, 0, 0.0, 30.0, 39.0)
    # last purchase at the very end
    add(0.25, 4.5, 0.8, 2.5, 3, 38.75, 38.75, 39.0)
    add(5.0, 1.0, 0.1, 10.0, 30, 150.0, 150.0, 104.0)
    add(0.25, 4.5, 0.8, 2.5, 1, 1.0, 1.0, 0.01, 0.0)
    # nothing observed at all
    add(0.25, 4.5, 0.8, 2.5, 0, 0.0, 0.0, 39.0)
    add(2.0, 1.0, 1.0, 1.0, 0, 0.0, 0.0, 100.0)
    add(2.0, 1.0, 0.3, 0.4, 0, 0.0, 0.0, 100.0, 0.0)
    # one purchase with a small b: b + x - 1 = b
    add(0.25, 4.5, 0.8, 1e-3, 1, 20.0, 38.75, 39.0)
    add(0.25, 4.5, 0.8, 0.1, 1, 0.0, 38.75, 39.0)
    # whole differences between the parameters, degenerate cases of the 2F1
    add(1.0, 2.0, 2.0, 3.0, 4, 8.0, 10.0, 500.0, 0.01)
    add(2.0, 2.0, 3.0, 1.0, 0, 0.0, 10.0, 12.0)
    # the end of a Poisson process with hardly any drop-out, and the reverse
    add(3.0, 10.0, 1e-6, 1e3, 12, 50.0, 52.0, 52.0)
    add(3.0, 10.0, 1e3, 1e-3, 1, 50.0, 52.0, 52.0)
    return rows


def check_survival_by_series(row, value):
    """E_p[(1+p tau)^-R] = 2F1(R, a; a+B; -tau)
                        = (1+tau)^-R 2F1(R, B; a+B; tau/(1+tau))
    [DLMF 15.6.1, 15.8.1]: positive terms, added up here without mpmath's
    hypergeometric code, so values as small as 1e-1000 are checked in full."""
    a, B, R = row.a, row.B, row.R
    y = row.tau / (1 + row.tau)
    if R * row.tau - 120 / mp.log(y) > 6000:
        return
    term = total = mpf(1)
    n = 0
    while True:
        ratio = (R + n) / (n + 1) * (B + n) / (a + B + n) * y
        term *= ratio
        total += term
        n += 1
        if ratio < 1 and term < total * mp.eps * (1 - max(ratio, y)):
            break
    agree("bg_nbd: survival against its positive series",
          (1 - y) ** R * total, value)


def check_by_hypergeometric(row, out):
    """The quoted 2F1 forms of m1, m2 and survival [DLMF 15.6.1], with m1 and
    m2 integrated by mpmath's own adaptive quadrature."""
    a, B, R, S, t, d = row.a, row.B, row.R, row.S, row.t, row.delta
    with mp.workdps(40):
        agree("bg_nbd: survival against 2F1", mp.hyp2f1(R, a, a + B, -row.tau),
              out["survival"])

        def m1(v):
            return R / S * mp.hyp2f1(R + 1, a, a + B, -v / S)

        def m2(v):
            return (R * (R + 1) / S ** 2 * B / (a + B)
                    * mp.hyp2f1(R + 2, a, a + B + 1, -v / S))

        def gap(v):
            return -mp.expm1(-d * v) / d if d else v

        cuts = [mpf(0)]
        edge = min(S, t) / 2
        while edge * 1.5 < t:
            cuts.append(edge)
            edge *= 3
        cuts.append(t)

        def quad(f):
            return mp.quad(f, cuts, method="gauss-legendre", maxdegree=5)

        agree("bg_nbd: discounted against 2F1 and mpmath.quad",
              quad(lambda v: mp.exp(-d * v) * m1(v)), out["discounted"])
        agree("bg_nbd: factorial moment against 2F1 and mpmath.quad",
              quad(lambda v: 2 * v * m2(v)), out["factorial_moment"])
        agree("bg_nbd: discounted square against 2F1 and mpmath.quad",
              quad(lambda v: mp.exp(-2 * d * v) * m1(v)
                   + 2 * m2(v) * mp.exp(-d * v) * gap(v)),
              out["discounted_square"])


def bg_nbd_rows(rng):
    rows, lost = [], []
    typical, domain, edges = typical_rows(rng), domain_rows(rng), edge_rows()
    for number, row in enumerate(typical + domain + edges):
        theta = (row.r, row.alpha, row.a, row.b)
        odds = row.drop_odds(*theta)
        p_alive = 1 / (1 + odds)
        out = {"log_likelihood": row.log_likelihood(*theta), "p_alive": p_alive,
               "expected_alive": row.expected_alive()}
        out["conditional"] = p_alive * out["expected_alive"]
        out["survival"] = row.survival()
        check_survival_by_series(row, out["survival"])
        silent = mp.exp(-row.R * mp.log1p(row.tau))
        out["no_purchase"] = odds / (1 + odds) + p_alive * silent
        out["factorial_moment"] = row.factorial_moment()
        out["discounted"], out["discounted_square"] = row.discounted(
            out["expected_alive"], out["factorial_moment"])
        out["pmf"] = row.pmf(6)
        out["gradient"], out["hessian"] = row.derivatives()

        # The closed form, wherever it is defined and its series is not too
        # long.  Near a = 1 (and elsewhere) its parts cancel; `excess` is by
        # how much, and so what a double computation of it would lose.
        excess = None
        if (row.a != 1 and row.a + row.B != 1
                and (row.R + row.B) * min(row.tau, 1) < 3000
                and max(row.R, row.a, row.B) < 30000):
            with mp.workdps(110):
                closed, excess = row.expected_closed_form()
                agree("bg_nbd: E_p against the closed form", closed,
                      out["expected_alive"])
            lost.append((float(mp.log10(excess)), number, row))

        sample = (row.family == "typical" and number % 6 == 0
                  or row.family == "edges" and number % 5 == 0
                  or row.family == "domain" and row.R < 200
                  and max(row.a, row.b) < 1000 and number % 3 == 0)
        if sample:
            check_by_hypergeometric(row, out)
            with mp.workdps(80):
                x = [mp.log(v) for v in theta]

                def f(*logs):
                    return row.log_likelihood(*[mp.exp(v) for v in logs])

                for i in range(4):
                    order = [0] * 4
                    order[i] = 1
                    agree("bg_nbd: gradient by mpmath.diff",
                          mp.diff(f, x, tuple(order)), out["gradient"][i],
                          scale=1 + abs(out["gradient"][i]))
                    for j in range(i, 4):
                        order = [0] * 4
                        order[i] += 1
                        order[j] += 1
                        agree("bg_nbd: hessian by mpmath.diff",
                              mp.diff(f, x, tuple(order)), out["hessian"][i][j],
                              scale=1 + abs(out["hessian"][i][j]))

        if row.tau < 1 and row.R < 40 and number % 4 == 0:
            # The counts themselves: they must add up to 1, to the mean and to
            # the factorial moment.  The tail falls like (t/(S+t))^n.
            y = float(row.tau / (1 + row.tau))
            top = int(30 * LN10 / -math.log(y)) + 8 * int(row.R) + 60
            pmf = row.pmf(top)
            agree("bg_nbd: sum of the pmf", mp.fsum(pmf), mpf(1))
            agree("bg_nbd: mean of the pmf",
                  mp.fsum(n * q for n, q in enumerate(pmf)), out["expected_alive"])
            agree("bg_nbd: factorial moment of the pmf",
                  mp.fsum(n * (n - 1) * q for n, q in enumerate(pmf)),
                  out["factorial_moment"])

        result = dict(row.inputs)
        for key, value in out.items():
            if key == "hessian":
                result[key] = [[as_double(v) for v in line] for line in value]
            elif isinstance(value, list):
                result[key] = [as_double(v) for v in value]
            else:
                result[key] = as_double(value)
        rows.append(result)
    lost.sort(key=lambda item: -item[0])
    return rows, lost


# ---------------------------------------------------------------------------
# 5.  Gamma-gamma  [FH]
# ---------------------------------------------------------------------------

def gamma_gamma_log_likelihood(p, q, v, x, z):
    """[FH] eq. (1a): the density of a mean z over x purchases."""
    return (mp.loggamma(p * x + q) - mp.loggamma(p * x) - mp.loggamma(q)
            + q * mp.log(v) + (p * x - 1) * mp.log(z) + p * x * mp.log(x)
            - (p * x + q) * mp.log(x * z + v))


def gamma_gamma_rows(rng):
    cases = [(6.25, 3.74, 15.44, 2, 25.0), (6.25, 3.74, 15.44, 1, 35.5),
             (0.01, 0.01, 0.01, 1, 1e-3), (1e3, 1e3, 1e3, 100000, 1e6),
             (1e3, 0.01, 1e3, 100000, 1e-3), (0.01, 1e3, 0.01, 3, 1e6),
             (1.0, 1.0, 1.0, 1, 1.0), (0.5, 0.5, 10.0, 1, 20.0)]
    while len(cases) < 26:
        x = max(1, int(log_uniform(rng, 0.7, 1e5)))
        cases.append((log_uniform(rng, 0.01, 1e3), log_uniform(rng, 0.01, 1e3),
                      log_uniform(rng, 0.01, 1e3), x, log_uniform(rng, 1e-3, 1e6)))
    rows = []
    for number, case in enumerate(cases):
        p, q, v, z = (mpf(case[i]) for i in (0, 1, 2, 4))
        x = case[3]
        k, scale = p * x + q, x * z + v
        psi0, psi1 = (lambda s: mp.psi(0, s)), (lambda s: mp.psi(1, s))
        grad = [x * (psi0(k) - psi0(p * x) + mp.log(x * z) - mp.log(scale)),
                psi0(k) - psi0(q) + mp.log(v) - mp.log(scale),
                q / v - k / scale]
        hess = [[x * x * (psi1(k) - psi1(p * x)), x * psi1(k), -x / scale],
                [None, psi1(k) - psi1(q), 1 / v - 1 / scale],
                [None, None, -q / v ** 2 + k / scale ** 2]]
        theta = [p, q, v]
        for i in range(3):
            for j in range(i, 3):
                hess[i][j] = hess[i][j] * theta[i] * theta[j]
            hess[i][i] += grad[i] * theta[i]
            for j in range(i):
                hess[i][j] = hess[j][i]
        grad = [g * s for g, s in zip(grad, theta)]
        value = gamma_gamma_log_likelihood(p, q, v, x, z)
        if number % 3 == 0:
            with mp.workdps(80):
                logs = [mp.log(s) for s in theta]

                def f(*point):
                    return gamma_gamma_log_likelihood(
                        *[mp.exp(s) for s in point], x, z)

                for i in range(3):
                    order = [0] * 3
                    order[i] = 1
                    agree("gamma_gamma: gradient by mpmath.diff",
                          mp.diff(f, logs, tuple(order)), grad[i],
                          scale=abs(grad[i]) + abs(value))
                    for j in range(i, 3):
                        order = [0] * 3
                        order[i] += 1
                        order[j] += 1
                        agree("gamma_gamma: hessian by mpmath.diff",
                              mp.diff(f, logs, tuple(order)), hess[i][j],
                              scale=abs(hess[i][j]) + abs(value))
        row = {"p": case[0], "q": case[1], "v": case[2], "x": x, "z": case[4],
               "log_likelihood": as_double(value),
               "gradient": [as_double(g) for g in grad],
               "hessian": [[as_double(h) for h in line] for line in hess]}
        if k > 1:
            row["expected"] = as_double(p * scale / (k - 1))
        rows.append(row)
    return rows


# ---------------------------------------------------------------------------

ABOUT = ("Made by cpm-core/tests/golden/high_precision.py with mpmath: at least "
         "40 working digits, every family of values checked a second way to "
         "1e-20, then rounded to the nearest double.  Inputs are exact doubles; "
         "results below the normal range of a double are written as 0.")


def write(path, sections):
    """One row per line: compact, and differences stay readable."""
    parts = ['"about":' + json.dumps(ABOUT)]
    for name, rows in sections.items():
        lines = ",\n".join(json.dumps(row, separators=(",", ":"), allow_nan=False)
                           for row in rows)
        parts.append('"%s":[\n%s\n]' % (name, lines))
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("{\n" + ",\n".join(parts) + "\n}\n")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "high_precision.json")
    mp.dps = WORK_DPS
    started = time.process_time()

    def done(name):
        print("%-18s %6.1f s" % (name, time.process_time() - started), flush=True)

    # A generator of its own for each section: adding rows to one leaves the
    # others as they are.
    sections = {"ln_rising": ln_rising_rows(random.Random(101))}
    sections["gamma_functions"] = gamma_function_rows(random.Random(102))
    done("gamma")
    sections["incomplete"] = incomplete_rows(random.Random(103))
    done("incomplete")
    sections["bg_nbd"], lost = bg_nbd_rows(random.Random(104))
    done("bg_nbd")
    sections["gamma_gamma"] = gamma_gamma_rows(random.Random(105))
    done("gamma_gamma")
    write(path, sections)

    for name, rows in sections.items():
        print("rows  %-18s %d" % (name, len(rows)))
    for name, (times, worst) in checks.items():
        print("check %-55s %4d times, worst %s" % (name, times, mp.nstr(worst, 2)))
    print("closed form of the expected number: decimal digits lost to cancellation")
    for digits, number, row in lost[:15]:
        print("  row %3d %-7s loses %4.1f  a=%s b=%s x=%d R=%s tau=%s" % (
            number, row.family, digits, mp.nstr(row.a, 6), mp.nstr(row.b, 6),
            row.x, mp.nstr(row.R, 6), mp.nstr(row.tau, 4)))


if __name__ == "__main__":
    main()
