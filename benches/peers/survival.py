"""Survival analysis: cpm beside lifelines, in one run.

    python benches/peers/survival.py [--rows 100000] [--rounds 5]

Makes Weibull durations with five attributes, rounded so that many are tied, some half of them censored, and fits a Kaplan-Meier curve, a Cox model (Efron) and
a Weibull accelerated failure time model with each tool. Each measurement is a process of its own, tools take turns, and
the medians of wall clock and CPU seconds are compared. The estimates must agree.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

TOOLS = ("cpm", "lifelines")
WORK = ("Kaplan-Meier", "Cox", "Weibull AFT")
COLUMNS = [f"x{j}" for j in range(5)]


def data(rows: int):
    import numpy as np

    rng = np.random.default_rng(1)
    x = rng.normal(size=(rows, 5))
    location = x @ [0.3, -0.2, 0.1, 0.0, 0.4]
    latent = np.exp(3.0 + location + 0.7 * np.log(rng.exponential(size=rows)))
    censored = 60.0 * rng.random(rows)
    # To a tenth, so that many durations are tied: lifelines' Cox model is much slower where none are.
    return x, np.ceil(10.0 * np.minimum(latent, censored)) / 10.0, latent <= censored


def measure(tool: str, work: str, rows: int) -> dict:
    x, durations, events = data(rows)
    if tool == "cpm":
        import cpm

        def run():
            # Checking the rows is part of the work.
            observed = cpm.SurvivalData(durations, events)
            if work == "Kaplan-Meier":
                return [cpm.KaplanMeier().fit(observed).median.value]
            model = (cpm.CoxPh() if work == "Cox" else cpm.Aft("weibull")).fit(x, observed)
            return list(model.params.values())[0 if work == "Cox" else 1 :][:5]
    else:
        import lifelines
        import pandas as pd

        frame = pd.DataFrame(x, columns=COLUMNS).assign(duration=durations, event=events)

        def run():
            if work == "Kaplan-Meier":
                return [lifelines.KaplanMeierFitter().fit(durations, events).median_survival_time_]
            if work == "Cox":
                return list(lifelines.CoxPHFitter().fit(frame, "duration", "event").params_)
            return list(lifelines.WeibullAFTFitter().fit(frame, "duration", "event").params_["lambda_"][COLUMNS])

    run()  # what is imported and compiled at first use is not the work
    wall, cpu = time.perf_counter(), time.process_time()
    estimates = run()
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "estimates": [float(v) for v in estimates],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure, arguments.rows)))
        return
    print(f"{arguments.rows} rows, 5 attributes; medians of {arguments.rounds} rounds")
    for work in WORK:
        found: dict[str, list[dict]] = {tool: [] for tool in TOOLS}
        for _ in range(arguments.rounds):
            for tool in TOOLS:
                command = [sys.executable, __file__, "--rows", str(arguments.rows), "--measure", tool, work]
                found[tool].append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
        values = [found[tool][0]["estimates"] for tool in TOOLS]
        apart = max(abs(a - b) for a, b in zip(*values, strict=True))
        if apart > 1e-3:
            raise SystemExit(f"{work}: the estimates differ by {apart}")
        seconds = {
            (tool, kind): statistics.median(r[kind] for r in found[tool]) for tool in TOOLS for kind in ("wall", "cpu")
        }
        ratio = seconds["lifelines", "wall"] / seconds["cpm", "wall"]
        for tool in TOOLS:
            print(f"  {work:14} {tool:10} {seconds[tool, 'wall']:8.4f} s  (CPU {seconds[tool, 'cpu']:.4f} s)")
        print(f"  {work:14} ratio {ratio:.1f}, estimates agree to {apart:.1e}")


if __name__ == "__main__":
    main()
