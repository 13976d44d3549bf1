"""BG/BB over time, to 40 digits with mpmath: moments of discounted purchases, and silence for long and for ever.

Sums over the opportunities term by term, and 3F2 at 1 for ever. Writes bg_bb_in_time.json beside this file.
"""

import json
from pathlib import Path

from mpmath import beta, exp, hyp3f2, mp, mpf, nsum, rf

mp.dps = 50
CASES = [
    # alpha, beta, gamma, delta, x, t_x, n, horizon, continuous rate per opportunity
    (1.204, 0.750, 0.657, 2.783, 4, 5, 6, 5, 0.1),
    (1.204, 0.750, 0.657, 2.783, 0, 0, 6, 24, 0.0),
    (1.204, 0.750, 0.657, 2.783, 6, 6, 6, 300, 0.01),
    (0.3, 4.0, 1.0, 9.0, 1, 2, 12, 52, 0.002),
    (0.01, 2.0, 0.02, 5.0, 0, 0, 3, 1000, 0.001),
    (20.0, 30.0, 0.5, 40.0, 7, 20, 24, 12, 0.0),
]


def likelihood_of_deaths(a, b, g, d, x, t_x, n):
    return sum(beta(a + x, b + m - x) * beta(g + 1, d + m) for m in range(t_x, n))


def silent_for_ever(a, b, g, d):
    """Term by term where the terms end; mpmath's 3F2 at 1 is wrong where they fall fast, and right where they fall as a power."""
    total, silent = mpf(0), mpf(1)
    for i in range(5000):
        total += silent * g / (g + d + i)
        silent *= (b + i) / (a + b + i) * (d + i) / (g + d + i)
        if silent < mpf(10) ** -40 * total:
            return total
    return g / (g + d) * hyp3f2(b, d, 1, a + b, g + d + 1, 1)


def row(case):
    *parameters, rate = case
    x, t_x, n, horizon = (int(v) for v in parameters[4:])
    a, b, g, d = (mpf(str(v)) for v in parameters[:4])
    rate = mpf(str(rate))
    living = beta(a + x, b + n - x) * beta(g, d + n)
    alive = living / (living + likelihood_of_deaths(a, b, g, d, x, t_x, n))
    a, b, g, d = a + x, b + n - x, g, d + n
    survival = [rf(d, k) / rf(g + d, k) for k in range(horizon + 1)]
    v = [exp(-rate * k) for k in range(horizon + 1)]
    p, p2 = a / (a + b), a * (a + 1) / ((a + b) * (a + b + 1))
    steps = range(1, horizon + 1)
    mean = alive * p * sum(v[k] * survival[k] for k in steps)
    squares = alive * p * sum(v[k] ** 2 * survival[k] for k in steps)
    before, pairs = mpf(0), mpf(0)
    for k in steps:
        pairs += v[k] * survival[k] * before
        before += v[k]

    def silent(i):
        return rf(b, i) / rf(a + b, i) * rf(d, i) / rf(g + d, i)

    none = 1 - alive + alive * (sum(silent(i) * g / (g + d + i) for i in range(horizon)) + silent(horizon))
    never = 1 - alive + alive * silent_for_ever(a, b, g, d)
    for_ever = nsum(lambda k: exp(-mpf("0.05") * k) * rf(d, k) / rf(g + d, k), [1, mp.inf])
    numbers = {
        "mean": mean,
        "mean_square": squares + 2 * alive * p2 * pairs,
        "mean_of_squares": squares,
        "none": none,
        "never": never,
        "for_ever_at_rate_0_05": alive * p * for_ever,
    }
    names = ["alpha", "beta", "gamma", "delta", "x", "t_x", "n", "horizon", "rate"]
    return dict(zip(names, case, strict=True)) | {name: float(value) for name, value in numbers.items()}


path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps([row(case) for case in CASES], indent=1) + "\n")
