"""Fits, scores and posteriors of purchase models: cpm beside lifetimes and pymc-marketing, in one run.

Every measurement is a process of its own, the tools take turns, and each tool has its own environment: lifetimes needs NumPy 1.24. An
environment is taken from --lifetimes or --pymc (the path of its Python), or made under --environments with venv and pip.
Quote the ratios, not the seconds: machines differ and drift.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIFETIMES = ["lifetimes==0.11.3", "numpy==1.24.4", "pandas==1.5.3", "scipy==1.10.1"]
PYMC = ["pymc-marketing==0.19.2"]
FITS = ["fit BG/NBD", "fit MBG/NBD", "fit Pareto/NBD", "fit Gamma-Gamma"]
SCORES = ["P(alive) and expected purchases", "12-month lifetime value"]
POSTERIOR = "posterior of BG/NBD, CDNOW"
# Customers of the call that comes before the one that is measured.
WARM_UP = 2000
# How many times as fast as the other tool cpm is to be, at the least.
WANTED = dict(zip([*FITS, *SCORES, POSTERIOR], [100, 100, 50, 20, 5, 20, 50], strict=True))


def make_data(path: Path, customers: int, scored: int) -> None:
    """Customers of the CDNOW estimates, acquired over 13 weeks and observed for 78, as columns."""
    import cpm
    import numpy as np

    model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    spend = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    columns = {}
    for name, size in {"fit": customers, "score": scored}.items():
        log = model.simulate(spend, customers=size, start="2024-01-01", end="2025-06-29", acquired_over=91, seed=1)
        summary = log.summarize()
        for column in ("frequency", "recency", "T", "monetary_value"):
            columns[f"{name}_{column}"] = getattr(summary, column)
    cdnow = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    for column in ("frequency", "recency", "T", "monetary_value"):
        columns[f"cdnow_{column}"] = getattr(cdnow, column)
    np.savez(path, **columns)


def work_of_cpm(work: str, data: Any) -> Callable[[], Any]:
    import cpm

    def summary(name: str) -> Any:
        return cpm.CustomerSummary(*(data[f"{name}_{c}"] for c in ("frequency", "recency", "T", "monetary_value")))

    fits = {"fit BG/NBD": cpm.BgNbd, "fit MBG/NBD": cpm.MbgNbd, "fit Pareto/NBD": cpm.ParetoNbd}
    if work in fits:
        # A new summary each time: it keeps its grouping once it is made.
        return lambda: list(fits[work]().fit(summary("fit")).params.values())
    if work == "fit Gamma-Gamma":
        return lambda: list(cpm.GammaGamma().fit(summary("fit")).params.values())
    if work == POSTERIOR:
        return lambda: cpm.posterior("bg_nbd", summary("cdnow"), default_priors="pymc-marketing", seed=1).draws
    model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    spend = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    if work == SCORES[0]:

        def score() -> Any:
            customers = summary("score")
            return [model.probability_alive(customers).sum(), model.expected_purchases(customers, 52).sum()]

        return score
    return lambda: [cpm.lifetime_value(model, spend, summary("score"), 52, discount_rate=0.1268).total.value]


def work_of_lifetimes(work: str, data: Any) -> Callable[[], Any]:
    import lifetimes
    import pandas as pd

    columns = {
        name: [pd.Series(data[f"{name}_{c}"]) for c in ("frequency", "recency", "T", "monetary_value")]
        for name in ("fit", "score")
    }
    x, t_x, t, z = columns["fit"]
    fits = {
        "fit BG/NBD": lifetimes.BetaGeoFitter,
        "fit MBG/NBD": lifetimes.ModifiedBetaGeoFitter,
        "fit Pareto/NBD": lifetimes.ParetoNBDFitter,
    }
    if work in fits:
        return lambda: list(fits[work]().fit(x, t_x, t).params_)
    if work == "fit Gamma-Gamma":
        some = x > 0
        return lambda: list(lifetimes.GammaGammaFitter().fit(x[some], z[some]).params_)
    model = lifetimes.BetaGeoFitter()
    model.params_ = pd.Series({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    model.predict = model.conditional_expected_number_of_purchases_up_to_time
    spend = lifetimes.GammaGammaFitter()
    spend.params_ = pd.Series({"p": 6.25, "q": 3.74, "v": 15.44})
    x, t_x, t, z = columns["score"]
    if work == SCORES[0]:

        def score() -> Any:
            alive = model.conditional_probability_alive(x, t_x, t)
            return [float(alive.sum()), float(model.predict(52, x, t_x, t).sum())]

        return score
    value = spend.customer_lifetime_value
    return lambda: [float(value(model, x, t_x, t, z, time=12, discount_rate=0.01, freq="W").sum())]


def work_of_pymc(work: str, data: Any) -> Callable[[], Any]:
    import pandas as pd
    from pymc_marketing.clv import BetaGeoModel

    assert work == POSTERIOR
    frame = pd.DataFrame({c: data[f"cdnow_{c}"] for c in ("frequency", "recency", "T")})
    frame["customer_id"] = range(len(frame))

    def run() -> Any:
        model = BetaGeoModel(frame)
        model.fit(draws=1000, tune=1000, chains=4, random_seed=1, progressbar=False)
        return {name: model.idata.posterior[name].values for name in ("r", "alpha", "a", "b")}

    return run


def measure(tool: str, work: str, path: str) -> None:
    import numpy as np

    # Read before the clock starts: np.load leaves that to the first use of a column.
    with np.load(path) as file:
        data = dict(file)
    work_of = {"cpm": work_of_cpm, "lifetimes": work_of_lifetimes, "pymc-marketing": work_of_pymc}[tool]
    if work != POSTERIOR:
        # What happens once in a process, such as the start of threads and the first use of a library's pages, is no part of the work.
        work_of(work, {name: column[:WARM_UP] for name, column in data.items()})()
    run = work_of(work, data)

    def cpu() -> float:
        # Chains of pymc run in processes of their own.
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    begin, cpu_begin = time.perf_counter(), cpu()
    answer = run()
    result = {"seconds": time.perf_counter() - begin, "cpu": cpu() - cpu_begin}
    if isinstance(answer, dict):
        result["draws"] = {name: np.asarray(draws).tolist() for name, draws in answer.items()}
    else:
        result["answer"] = [float(v) for v in answer]
    print(json.dumps(result))


def environment(given: str | None, folder: Path, name: str, packages: list[str]) -> str | None:
    """The Python of an environment that has the packages, made if need be; None if it cannot be made."""
    if given:
        return given
    python = folder / name / "bin" / "python"
    if not python.exists():
        print(f"making an environment with {', '.join(packages)} in {folder / name}")
        venv.create(folder / name, with_pip=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=False)
        if done.returncode:
            print(f"{name} cannot be installed here: its rows are left out")
            return None
    return str(python)


def smallest_ess(draws: dict[str, Any]) -> float:
    """The smallest bulk effective sample size of the parameters, by one and the same estimator: ArviZ's."""
    import arviz
    import numpy as np

    return min(float(arviz.ess(np.array(d), method="bulk")) for d in draws.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000, help="of the fits")
    parser.add_argument("--scored", type=int, default=1_000_000, help="customers that are scored")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lifetimes", metavar="PYTHON", help="of an environment with lifetimes")
    parser.add_argument("--pymc", metavar="PYTHON", help="of an environment with pymc-marketing and ArviZ")
    parser.add_argument("--no-posterior", action="store_true", help="leave pymc-marketing out")
    parser.add_argument("--environments", type=Path, default=Path.home() / ".cache" / "cpm-peers")
    parser.add_argument("--measure", nargs=3, metavar=("TOOL", "WORK", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, metavar="PATH", help=argparse.SUPPRESS)
    parser.add_argument("--ess", type=Path, metavar="PATH", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    if options.make:
        make_data(options.make, options.customers, options.scored)
        return
    if options.ess:
        print(smallest_ess(json.loads(options.ess.read_text())))
        return

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "data.npz")
        size = ["--customers", str(options.customers), "--scored", str(options.scored)]
        subprocess.run([sys.executable, __file__, *size, "--make", path], check=True)

        def run(tool: str, python: str, work: str) -> dict[str, Any]:
            command = [python, "-W", "ignore", __file__, "--measure", tool, work, path]
            # Only cpm's own interpreter finds cpm where PYTHONPATH points; other environments have their own packages.
            env = {k: v for k, v in os.environ.items() if tool == "cpm" or k != "PYTHONPATH"}
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
            answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return answer

        lifetimes = environment(options.lifetimes, options.environments, "lifetimes", LIFETIMES)
        print(f"{options.customers} customers fitted, {options.scored} scored, medians of {options.rounds} rounds")
        # Beside other programs, CPU seconds are the steadier of the two; cpm's threads all count.
        print(f"{'':34} {'tool':10} {'seconds':>9} {'CPU s':>8} {'ratio':>8} {'of CPU':>8} {'wanted':>7}")
        for work in [*FITS, *SCORES] if lifetimes else []:
            runs: dict[str, list[dict[str, Any]]] = {"cpm": [], "lifetimes": []}
            for _ in range(options.rounds):
                runs["cpm"].append(run("cpm", sys.executable, work))
                runs["lifetimes"].append(run("lifetimes", str(lifetimes), work))
            seconds = {tool: statistics.median(r["seconds"] for r in rs) for tool, rs in runs.items()}
            cpu = {tool: statistics.median(r["cpu"] for r in rs) for tool, rs in runs.items()}
            for tool in runs:
                ratios = f"{seconds[tool] / seconds['cpm']:8.1f} {cpu[tool] / cpu['cpm']:8.1f} {WANTED[work]:7}"
                print(f"{work:34} {tool:10} {seconds[tool]:9.3f} {cpu[tool]:8.3f} {ratios if tool != 'cpm' else ''}")
            pairs = zip(runs["cpm"][0]["answer"], runs["lifetimes"][0]["answer"], strict=True)
            difference = max(abs(a / b - 1) for a, b in pairs)
            # lifetimes discounts at the ends of months, and its fits stop short of the maximum.
            print(f"{'':34} largest relative difference of the answers {difference:.1e}")

        if options.no_posterior:
            return
        pymc = environment(options.pymc, options.environments, "pymc-marketing", PYMC)
        if pymc is None:
            return
        rate = {}
        for tool, python in {"cpm": sys.executable, "pymc-marketing": pymc}.items():
            result = run(tool, python, POSTERIOR)
            draws = Path(folder) / "draws.json"
            draws.write_text(json.dumps(result["draws"]))
            env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
            command = [pymc, "-W", "ignore", __file__, "--ess", str(draws)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
            ess = float(done.stdout.splitlines()[-1])
            rate[tool] = ess / result["cpu"]
            means = {name: sum(map(sum, d)) / sum(map(len, d)) for name, d in result["draws"].items()}
            print(f"{POSTERIOR:34} {tool:14} {result['seconds']:7.2f} s, {result['cpu']:7.2f} CPU s, smallest bulk ESS {ess:.0f}")
            print(f"{'':34} means {', '.join(f'{name} {mean:.4f}' for name, mean in means.items())}")
        ratio = rate["cpm"] / rate["pymc-marketing"]
        print(f"{'':34} effective draws per CPU second: {ratio:.0f} times those of pymc-marketing (wanted: {WANTED[POSTERIOR]})")


if __name__ == "__main__":
    main()
