"""From a log to a customer summary: cpm beside Polars and DuckDB, in one run.

    python benches/peers/log_to_summary.py [--rows 10000000] [--customers 900000] [--rounds 5]

Makes a log with text ids in a temporary folder, as Parquet and as CSV, and lets each tool make the same
aggregate of it: purchases of a day merged, then frequency, first and last day, total and first amount per
customer. Each measurement is a process of its own, tools take turns, and the medians are compared. Counts and sums must agree.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOOLS = ("cpm", "polars", "duckdb")
SQL = """
with days as (select customer_id, date, sum(amount) as amount from {source} group by all)
select customer_id, count(*) - 1 as frequency, min(date) as first, max(date) as last,
       sum(amount) as total, arg_min(amount, date) as first_amount
from days group by customer_id
"""


def make_log(folder: Path, rows: int, customers: int) -> None:
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(1)
    activity = rng.gamma(0.8, 1.0, customers)
    day = np.sort(rng.integers(0, 1095, rows))
    log = pl.DataFrame(
        {
            "customer_id": pl.Series(rng.choice(customers, rows, p=activity / activity.sum())),
            "date": np.datetime64("2022-01-01") + day.astype("timedelta64[D]"),
            "amount": np.round(rng.gamma(2.0, 20.0, rows), 2),
            "channel": pl.Series(rng.integers(0, 4, rows)).cast(pl.String),
        }
    )
    ids = pl.col("customer_id").cast(pl.String).str.zfill(8)
    log = log.with_columns(pl.format("C{}", ids).alias("customer_id"), pl.col("date").cast(pl.Date))
    log.write_parquet(folder / "log.parquet")
    log.write_csv(folder / "log.csv")


def summarise(tool: str, path: str) -> tuple[int, int, float]:
    """Customers, sum of frequencies, sum of amounts."""
    if tool == "cpm":
        import cpm

        log = cpm.TransactionLog.read(path, customer="customer_id", date="date", amount="amount")
        summary = log.summarize()
        return len(summary), int(summary.frequency.sum()), log.quality.total_amount
    if tool == "polars":
        import polars as pl

        source = pl.scan_parquet(path) if path.endswith("parquet") else pl.scan_csv(path, try_parse_dates=True)
        days = source.group_by("customer_id", "date").agg(pl.col("amount").sum())
        summary = days.group_by("customer_id").agg(
            (pl.len() - 1).alias("frequency"),
            pl.col("date").min().alias("first"),
            pl.col("date").max().alias("last"),
            pl.col("amount").sum().alias("total"),
            pl.col("amount").sort_by("date").first().alias("first_amount"),
        )
        result = summary.collect(engine="streaming")
        return result.height, int(result["frequency"].sum()), result["total"].sum()
    import duckdb

    read = "read_parquet" if path.endswith("parquet") else "read_csv"
    duckdb.sql("create temp table summary as " + SQL.format(source=f"{read}('{path}')"))
    [totals] = duckdb.sql("select count(*), sum(frequency), sum(total) from summary").fetchall()
    return int(totals[0]), int(totals[1]), float(totals[2])


def measure(tool: str, path: str) -> None:
    # The library's own start is no part of the work.
    __import__(tool)
    begin = time.perf_counter()
    answer = summarise(tool, path)
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": usage.ru_maxrss / 1024, "answer": answer}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=900_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", nargs=2, metavar=("TOOL", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    if options.make:
        make_log(options.make, options.rows, options.customers)
        return

    with tempfile.TemporaryDirectory() as folder:
        # A process starts with the peak memory of its parent, so the parent must stay small.
        size = ["--rows", str(options.rows), "--customers", str(options.customers)]
        subprocess.run([sys.executable, __file__, *size, "--make", folder], check=True)
        print(f"{options.rows} rows, {options.customers} customers, medians of {options.rounds} rounds")
        print(f"{'':8} {'tool':8} {'seconds':>8} {'CPU s':>7} {'peak MB':>8} {'against cpm':>12}")
        for kind in ("parquet", "csv"):
            path = str(Path(folder) / f"log.{kind}")
            runs: dict[str, list[dict[str, float]]] = {tool: [] for tool in TOOLS}
            answers = {}
            for _ in range(options.rounds):
                for tool in TOOLS:
                    command = [sys.executable, __file__, "--measure", tool, path]
                    run = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                    answers[tool] = run.pop("answer")
                    runs[tool].append(run)
            median = {
                tool: {name: statistics.median(run[name] for run in runs[tool]) for name in runs[tool][0]}
                for tool in TOOLS
            }
            for tool in TOOLS:
                same = answers[tool][:2] == answers["cpm"][:2]
                close = abs(answers[tool][2] - answers["cpm"][2]) <= 1e-12 * answers["cpm"][2]
                if not (same and close):
                    raise SystemExit(f"{tool} gives {answers[tool]}, cpm {answers['cpm']}")
                m = median[tool]
                ratio = m["seconds"] / median["cpm"]["seconds"]
                print(f"{kind:8} {tool:8} {m['seconds']:8.2f} {m['cpu']:7.2f} {m['peak_mb']:8.0f} {ratio:11.2f}x")


if __name__ == "__main__":
    main()
