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

The parts are in the folder precise, one file per model.
"""

import os
import random
import sys
import time

from mpmath import mp

from precise.agreement import WORK_DPS, checks, write
from precise.bg_nbd_rows import bg_nbd_rows
from precise.gamma_gamma import gamma_gamma_rows
from precise.special_functions import gamma_function_rows, incomplete_rows, ln_rising_rows


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
    write(path, "high_precision.py", sections)

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
