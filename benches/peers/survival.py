"""Survival analysis: cpm beside lifelines, in one run.

    python benches/peers/survival.py [--rows 100000] [--rounds 5]

Makes Weibull durations with five attributes, rounded so that many are tied, some half of them censored, and fits a Kaplan-Meier curve, a Cox model (Efron) and
a Weibull accelerated failure time model with each tool. Each measurement is a process of its own, tools take turns, and
the medians of wall clock and CPU seconds are compared. The estimates must agree.
"""

from turns import close, compare, timed

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

    return timed(lambda: [float(v) for v in run()])


if __name__ == "__main__":
    compare(__file__, __doc__.splitlines()[0], TOOLS, WORK, measure, close(1e-3), 100_000)
