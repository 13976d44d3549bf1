"""From a log of a million rows to a summary: cpm beside lifetimes and pymc-marketing, in one run.

    python benches/peers/rfm_summary.py [--rows 1000000] [--lifetimes PYTHON] [--pymc PYTHON]

Both ways that users have: from a CSV file, and from a pandas DataFrame in memory, which is where the peers begin. Every
measurement is a process of its own, the tools take turns, and each tool has its own environment as in clv.py. The answers are
compared customer by customer.
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
from pathlib import Path
from typing import Any

from clv import LIFETIMES, PYMC, environment

COLUMNS = ("frequency", "recency", "T", "monetary_value")


def read_frame(path: str) -> Any:
    import pandas as pd

    columns = ["customer_id", "date", "amount"]
    return pd.read_csv(path, usecols=columns, dtype={"customer_id": str}, parse_dates=["date"])


def summarise(tool: str, log: Any) -> Any:
    """A summary in days of a path or a frame."""
    names = ("customer_id", "date", "amount")
    if tool == "cpm":
        import cpm

        read = cpm.TransactionLog.read if isinstance(log, str) else cpm.TransactionLog.from_table
        customer, date, amount = names
        return read(log, customer=customer, date=date, amount=amount).summarize(time_unit="day")
    frame = read_frame(log) if isinstance(log, str) else log
    if tool == "lifetimes":
        from lifetimes.utils import summary_data_from_transaction_data

        return summary_data_from_transaction_data(frame, *names).reset_index()
    from pymc_marketing.clv import rfm_summary

    return rfm_summary(frame, *names)


def measure(tool: str, work: str, path: str) -> None:
    import numpy as np

    # The start of the libraries is no part of the work.
    __import__(tool.replace("-", "_"))
    if tool == "pymc-marketing":
        __import__("pymc_marketing.clv")
    log = path if work == "CSV file" else read_frame(path)
    # Nor is what happens once in a process, such as the start of threads.
    summarise(tool, read_frame(path).head(1000))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu, begin = usage.ru_utime + usage.ru_stime, time.perf_counter()
    summary = summarise(tool, log)
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # `T` of a frame is its transpose.
    column = summary.__getattribute__ if tool == "cpm" else summary.__getitem__
    ids = list(column("customer_id"))
    columns = [np.asarray(column(name)) for name in COLUMNS]
    order = np.argsort(ids)
    answer = Path(path).parent / f"{tool}.npz"
    np.savez(answer, ids=np.asarray(ids)[order], **{c: v[order] for c, v in zip(COLUMNS, columns, strict=True)})
    result = {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime - cpu, "peak_mb": usage.ru_maxrss / 1024}
    print(json.dumps(result))


def check(folder: Path, peer: str) -> None:
    import numpy as np

    own, other = np.load(folder / "cpm.npz"), np.load(folder / f"{peer}.npz")
    for column in ("ids", "frequency", "recency", "T"):
        if not np.array_equal(own[column], other[column]):
            raise SystemExit(f"{peer} has another {column}")
    # The peers add without compensation.
    np.testing.assert_allclose(own["monetary_value"], other["monetary_value"], rtol=1e-12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lifetimes", metavar="PYTHON", help="of an environment with lifetimes")
    parser.add_argument("--pymc", metavar="PYTHON", help="of an environment with pymc-marketing")
    parser.add_argument("--environments", type=Path, default=Path.home() / ".cache" / "cpm-peers")
    parser.add_argument("--measure", nargs=3, metavar=("TOOL", "WORK", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("--check", nargs=2, metavar=("FOLDER", "PEER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    if options.check:
        check(Path(options.check[0]), options.check[1])
        return

    pythons = {
        "cpm": sys.executable,
        "lifetimes": environment(options.lifetimes, options.environments, "lifetimes", LIFETIMES),
        "pymc-marketing": environment(options.pymc, options.environments, "pymc-marketing", PYMC),
    }
    tools = [tool for tool, python in pythons.items() if python]
    with tempfile.TemporaryDirectory() as folder:
        size = ["--rows", str(options.rows), "--customers", str(options.customers)]
        make = Path(__file__).with_name("log_to_summary.py")
        subprocess.run([sys.executable, make, *size, "--make", folder], check=True)
        path = str(Path(folder) / "log.csv")
        print(f"{options.rows} rows, {options.customers} customers, medians of {options.rounds} rounds")
        print(f"{'from':12} {'tool':15} {'seconds':>8} {'CPU s':>7} {'peak MB':>8} {'against cpm':>12}")
        for work in ("CSV file", "DataFrame"):
            runs: dict[str, list[dict[str, float]]] = {tool: [] for tool in tools}
            for _ in range(options.rounds):
                for tool in tools:
                    command = [str(pythons[tool]), "-W", "ignore", __file__, "--measure", tool, work, path]
                    # Only cpm's own interpreter finds cpm where PYTHONPATH points; the others have packages of their own.
                    env = {k: v for k, v in os.environ.items() if tool == "cpm" or k != "PYTHONPATH"}
                    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
                    runs[tool].append(json.loads(done.stdout.splitlines()[-1]))
                for peer in tools[1:]:
                    subprocess.run([sys.executable, __file__, "--check", folder, peer], check=True)
            median = {
                tool: {name: statistics.median(run[name] for run in runs[tool]) for name in runs[tool][0]}
                for tool in tools
            }
            for tool in tools:
                m = median[tool]
                ratio = m["seconds"] / median["cpm"]["seconds"]
                print(f"{work:12} {tool:15} {m['seconds']:8.3f} {m['cpu']:7.3f} {m['peak_mb']:8.0f} {ratio:11.1f}x")


if __name__ == "__main__":
    main()
