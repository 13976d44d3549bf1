"""Customers whose covariates take their parameters far out, at 80 digits: writes far_customers.json. Needs mpmath.

Shapes from 1e-40 to 1e12, scales from 1e-20 to 1e25. A row stays if 120 digits say the same to 20 digits, within seconds.
"""

import json
import random
import signal
from pathlib import Path

from mpmath import gammaprod, hyp2f1, log, loggamma, mp, mpf

from precise.agreement import as_double, log_uniform

ROWS = 30
SECONDS = 3


def geometric(row, at_first):
    r, alpha, a, b, x, t_x, T, t = (mpf(row[k]) for k in ("r", "alpha", "a", "b", "x", "t_x", "T", "t"))
    chances = x + at_first
    R, S, B, z = r + x, alpha + T, b + chances, t / (alpha + T + t)
    # Alive, or gone at the last purchase.
    gone = a / (B - 1) * (S / (alpha + t_x)) ** R if chances > 0 else mpf(0)
    stayed = loggamma(a + b) + loggamma(B) - loggamma(b) - loggamma(a + B)
    purchases = loggamma(R) - loggamma(r) + r * log(alpha) - R * log(S)
    alive = 1 / (1 + gone)
    return {
        "log_likelihood": purchases + stayed + log(1 + gone),
        "p_alive": alive,
        "alive_after": alive * (1 - z) ** R * hyp2f1(R, B, a + B, z),
        "conditional": alive * (a + B - 1) / (a - 1) * (1 - (1 - z) ** R * hyp2f1(R, B, a + B - 1, z)),
    }


def pareto(row):
    r, alpha, s, beta, x, t_x, T, t = (mpf(row[k]) for k in ("r", "alpha", "s", "beta", "x", "t_x", "T", "t"))
    R, A, B = r + x, alpha + T, beta + T

    def until(u):
        # The integral over a death after u.
        if alpha >= beta:
            f = hyp2f1(R + s, s + 1, R + s + 1, (alpha - beta) / (alpha + u))
            return f * (alpha + u) ** -(R + s)
        f = hyp2f1(R + s, R, R + s + 1, (beta - alpha) / (beta + u))
        return f * (beta + u) ** -(R + s)

    dead = s / (R + s) * A**R * B**s * (until(t_x) - until(T))
    alive = 1 / (1 + dead)
    purchases = loggamma(R) - loggamma(r) + r * log(alpha) - R * log(A)
    return {
        "log_likelihood": purchases + s * log(beta / B) + log(1 + dead),
        "p_alive": alive,
        "alive_after": alive * (B / (B + t)) ** s,
        "conditional": alive * R * B / (A * (s - 1)) * (1 - (B / (B + t)) ** (s - 1)),
    }


def contract(row):
    alpha, beta, n, h, d = (mpf(row[k]) for k in ("alpha", "beta", "renewals", "horizon", "discount_rate"))
    of_end = hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + d))
    return {
        "survival_of_active": gammaprod([beta + n + h, alpha + beta + n], [alpha + beta + n + h, beta + n]),
        "derl": (beta + n) / (alpha + beta + n) * of_end,
    }


def shape(rng):
    return log_uniform(rng, *rng.choice([(1e-12, 1e12), (1e-12, 1e12), (1e-40, 1e12)]))


def scale(rng):
    # Mostly not far from the times that are observed: beyond, nothing happens, or everything at once.
    return log_uniform(rng, *rng.choice([(1e-6, 1e6), (1e-6, 1e6), (1e-20, 1e25)]))


def of_the_fit(rng):
    # r and s, which covariates do not move.
    return log_uniform(rng, 1e-4, 1e6)


def purchases(rng, **parameters):
    row = {name: draw(rng) for name, draw in parameters.items()}
    T = log_uniform(rng, 1e-3, 1e5)
    x = rng.choice([0, 1, 3, round(log_uniform(rng, 5, 1e6))])
    row |= {"x": x, "t_x": T * rng.choice([0.25, 0.75, 1.0]) if x else 0.0, "T": T, "t": log_uniform(rng, 1e-3, 1e4)}
    return row


def drop_out_by_chance(rng):
    return purchases(rng, r=of_the_fit, alpha=scale, a=shape, b=shape)


def drop_out_in_time(rng):
    return purchases(rng, r=of_the_fit, alpha=scale, s=of_the_fit, beta=scale)


def renewals(rng):
    n, h = rng.choice([0, 1, 7, 1000]), rng.choice([1, 12, 500])
    rate = log_uniform(rng, 1e-3, 1)
    return {"alpha": shape(rng), "beta": shape(rng), "renewals": n, "horizon": h, "discount_rate": rate}


def too_long(*_):
    raise TimeoutError


def answered(answers, row):
    """The row with its answers, or nothing where they take too long or cannot be told from 0."""
    signal.alarm(SECONDS)
    try:
        with mp.workdps(80):
            found = answers(row)
        with mp.workdps(120):
            again = answers(row)
        signal.alarm(0)
    except (TimeoutError, ArithmeticError, ValueError, mp.NoConvergence):
        return None
    finally:
        signal.alarm(0)
    if any(abs(found[k] - again[k]) > mpf(10) ** -20 * abs(again[k]) for k in found):
        return None
    values = {name: as_double(value) for name, value in found.items()}
    return row | values if all(abs(value) > 1e-250 for value in values.values()) else None


def section(seed, draw, answers):
    rng, rows = random.Random(seed), []
    while len(rows) < ROWS:
        row = answered(answers, draw(rng))
        if row:
            rows.append(row)
    return rows


def main():
    signal.signal(signal.SIGALRM, too_long)
    sections = {
        "bg_nbd": section(1, drop_out_by_chance, lambda row: geometric(row, 0)),
        "mbg_nbd": section(2, drop_out_by_chance, lambda row: geometric(row, 1)),
        "pareto_nbd": section(3, drop_out_in_time, pareto),
        "sbg": section(4, renewals, contract),
    }
    body = ",\n".join(f'"{name}":[\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in sections.items())
    Path(__file__).with_suffix(".json").write_text("{\n" + body + "\n}\n")


if __name__ == "__main__":
    main()
