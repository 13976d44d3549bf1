"""Customers of BG/NBD, typical ones and those at the edges, each value computed a second way."""

import math

from mpmath import mp, mpf

from precise.agreement import agree, as_double, log_uniform, short
from precise.bg_nbd import LN10, Row


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
