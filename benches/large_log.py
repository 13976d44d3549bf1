"""A log that is larger than most laptops' memory: 100 million rows of 5 million customers, from Parquet to a summary.

    python benches/large_log.py FOLDER [--rows 100000000] [--customers 5000000] [--limit-mb 2048]

Writes FOLDER/large.parquet (some 1.2 GB) unless it is there, summarises it in a process of its own, and prints time and peak memory;
fails where the peak is above the limit or a row is missing.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

CHUNK = 2_000_000


def make_log(path: Path, rows: int, customers: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    # Customers differ in how much they buy: a gamma's quantiles are drawn from, by their cumulative weights.
    weight = np.cumsum(rng.gamma(0.8, 1.0, customers))
    weight /= weight[-1]
    ids = pa.array([f"C{number:08}" for number in range(customers)])
    first = np.datetime64("2022-01-01", "D")
    schema = pa.schema([("customer_id", pa.string()), ("date", pa.date32()), ("amount", pa.float64())])
    partial = path.with_suffix(".partial")
    with pq.ParquetWriter(partial, schema) as writer:
        for start in range(0, rows, CHUNK):
            size = min(CHUNK, rows - start)
            who = np.searchsorted(weight, rng.random(size))
            # In order of time, as systems write their logs.
            day = np.sort(rng.integers(0, max(1, 1095 * size // rows), size)) + 1095 * start // rows
            table = {
                "customer_id": ids.take(pa.array(who)),
                "date": pa.array(first + day.astype("timedelta64[D]")),
                "amount": np.round(rng.gamma(2.0, 20.0, size), 2),
            }
            writer.write_table(pa.table(table, schema=schema), row_group_size=1_000_000)
    partial.rename(path)


def summarise(path: Path) -> dict[str, float]:
    import cpm

    begin = time.perf_counter()
    builder = cpm.SummaryBuilder("customer_id", "date", "amount")
    builder.read(path)
    customers = builder.finish()
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "customers": len(customers),
        "rows": customers.quality.rows,
        "purchases": int(customers.frequency.sum()) + len(customers),
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--customers", type=int, default=5_000_000)
    parser.add_argument("--limit-mb", type=float, default=2048)
    parser.add_argument("--step", choices=["make", "summarise"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    path = options.folder / "large.parquet"
    if options.step == "make":
        make_log(path, options.rows, options.customers)
        return
    if options.step == "summarise":
        print(json.dumps(summarise(path)))
        return

    # A process starts with the peak memory of its parent, so the parent must stay small.
    again = [sys.executable, __file__, *sys.argv[1:], "--step"]
    if not path.exists():
        subprocess.run([*again, "make"], check=True)
    answer = json.loads(subprocess.run([*again, "summarise"], check=True, capture_output=True, text=True).stdout)
    for name, value in answer.items():
        print(f"{name:12} {value:,.0f}" if value == int(value) else f"{name:12} {value:,.1f}")
    if answer["rows"] != options.rows:
        raise SystemExit(f"{options.rows} rows were written, {answer['rows']:.0f} summarised")
    if answer["peak_mb"] > options.limit_mb:
        raise SystemExit(f"the peak of {answer['peak_mb']:.0f} MB is above the limit of {options.limit_mb:.0f} MB")


if __name__ == "__main__":
    main()
