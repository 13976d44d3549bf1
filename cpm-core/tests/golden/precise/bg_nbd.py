"""One customer of BG/NBD: likelihood, probabilities and futures as means over the drop-out probability.

Given the history and being alive at T, the purchase rate
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

import math

from mpmath import mp, mpf

from precise.agreement import agree
from precise.special_functions import ln_beta


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
