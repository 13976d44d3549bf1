"""Two ways to one number must agree; numbers as the files of reference values have them."""

import json
import math
import sys

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


ABOUT = ("Made by cpm-core/tests/golden/%s with mpmath: at least "
         "40 working digits, every family of values checked a second way to "
         "1e-20, then rounded to the nearest double.  Inputs are exact doubles; "
         "results below the normal range of a double are written as 0.")


def write(path, program, sections):
    """One row per line: compact, and differences stay readable."""
    parts = ['"about":' + json.dumps(ABOUT % program)]
    for name, rows in sections.items():
        lines = ",\n".join(json.dumps(row, separators=(",", ":"), allow_nan=False)
                           for row in rows)
        parts.append('"%s":[\n%s\n]' % (name, lines))
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("{\n" + ",\n".join(parts) + "\n}\n")
