"""Answers of the purchase models at 40 digits: writes answers.json. Needs mpmath.

Windows of time, discounted expected residual transactions without horizon, and the probability of never purchasing
again, each from the defining integral over time or over the heterogeneity, not from the formula that the crate uses.
"""

import json
from pathlib import Path

from mpmath import exp, hyp2f1, hyperu, mp, mpf, quad

mp.dps = 40


def alive_bg(r, alpha, a, b, x, t_x, T, at_first):
    chances = x + at_first
    if chances == 0:
        return mpf(1)
    return 1 / (1 + a / (b + chances - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x))


def bg(row):
    r, alpha, a, b, x, t_x, T, at_first, rate, start, end = (
        mpf(row[k]) for k in ("r", "alpha", "a", "b", "x", "t_x", "T", "at_first", "rate", "from", "to")
    )
    alive = alive_bg(r, alpha, a, b, x, t_x, T, at_first)
    R, S, B = r + x, alpha + T, b + x + at_first

    def intensity(v):
        # E[λ e^(-λpv)] of a living customer.
        return R / S * hyp2f1(R + 1, a, a + B, -v / S)

    edges = [mpf(10) ** k / rate for k in range(-8, 2)]
    marks = [0, *[e for e in edges if e < 90 / rate], 90 / rate]
    row["never"] = 1 - alive
    row["between"] = alive * quad(intensity, [start, start + (end - start) / 2, end])
    row["dert"] = alive * quad(lambda v: exp(-rate * v) * intensity(v), marks)


def pareto(row):
    r, alpha, s, beta, x, t_x, T, rate, start, end = (
        mpf(row[k]) for k in ("r", "alpha", "s", "beta", "x", "t_x", "T", "rate", "from", "to")
    )
    R = r + x
    death = quad(lambda tau: s * (alpha + tau) ** -R * (beta + tau) ** -(s + 1), [t_x, (t_x + T) / 2, T])
    survive = (alpha + T) ** -R * (beta + T) ** -s
    alive = survive / (survive + death)
    A, B = alpha + T, beta + T
    # Death first: ∫ s/(B+v) (B/(B+v))^s (A/(A+v))^R dv, with v = A z/(1-z).
    never = quad(
        lambda z: s * B**s * (B + A * z / (1 - z)) ** -(s + 1) * (1 - z) ** R * A / (1 - z) ** 2,
        [0, mpf("0.1"), mpf("0.5"), mpf("0.9"), mpf("0.99"), mpf("0.9999"), 1],
    )
    row["never"] = 1 - alive + alive * never
    row["between"] = alive * R / A * quad(lambda v: (B / (B + v)) ** s, [start, (start + end) / 2, end])
    row["dert"] = alive * R / A * B**s * rate ** (s - 1) * hyperu(s, s, B * rate)


HISTORIES = [(0, 0, 0), (0, 0, 38.86), (2, 30.43, 38.86), (26, 30.86, 31.0), (4, 12.5, 120.0)]
WINDOWS = [(0.0, 26.0), (26.0, 52.0), (200.0, 200.5)]


def rows():
    rates = [0.0018328, 0.05]
    for k, (x, t_x, T) in enumerate(HISTORIES):
        window = WINDOWS[k % len(WINDOWS)]
        common = {"x": x, "t_x": t_x, "T": T, "rate": rates[k % 2], "from": window[0], "to": window[1]}
        for at_first, p in [(0, (0.243, 4.414, 0.793, 2.426)), (1, (0.525, 6.183, 0.891, 1.614)), (0, (2.5, 30.0, 1.0, 9.0))]:
            yield "bg", common | dict(zip(("r", "alpha", "a", "b"), p, strict=True)) | {"at_first": at_first}
        for p in [(0.553, 10.578, 0.606, 11.669), (1.2, 8.0, 2.5, 60.0)]:
            yield "pareto", common | dict(zip(("r", "alpha", "s", "beta"), p, strict=True))


out = {"bg": [], "pareto": []}
for family, row in rows():
    (bg if family == "bg" else pareto)(row)
    out[family].append({k: float(v) for k, v in row.items()})
Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
