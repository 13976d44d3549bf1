"""Tools side by side on the same work: what the programs of this folder share.

Each measurement is a process of its own (the program calls itself with `--measure tool work`), tools take turns, and the medians
of wall clock and CPU seconds are compared: machines differ and drift, so only the ratios of one run count.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def timed(run: Callable[[], Any]) -> dict:
    """Seconds of the second call: what is imported and compiled at first use is not the work."""
    run()
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "result": result}


def compare(
    program: str,
    about: str,
    tools: Sequence[str],
    work: Sequence[str],
    measure: Callable[[str, str, int], dict],
    agree: Callable[[str, Any, Any], str],
    rows: int,
) -> None:
    """Runs the program: one measurement if it called itself, else all of them.

    `agree` says in words how far the results of the two tools agree, and raises SystemExit if they do not.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rows", type=int, default=rows)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=work, help="this work alone")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure, arguments.rows)))
        return
    print(f"{arguments.rows} rows; medians of {arguments.rounds} rounds")
    for name in arguments.only or work:
        found: dict[str, list[dict]] = {tool: [] for tool in tools}
        for _ in range(arguments.rounds):
            for tool in tools:
                command = [sys.executable, program, "--rows", str(arguments.rows), "--measure", tool, name]
                found[tool].append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
        own, other = tools
        agreement = agree(name, found[own][0]["result"], found[other][0]["result"])
        wall, cpu = ({t: statistics.median(r[kind] for r in found[t]) for t in tools} for kind in ("wall", "cpu"))
        for tool in tools:
            print(f"  {name:28} {tool:12} {wall[tool]:8.4f} s  (CPU {cpu[tool]:.4f} s)")
        ratios = f"{wall[other] / wall[own]:.1f} (CPU {cpu[other] / cpu[own]:.1f})"
        print(f"  {name:28} ratio {ratios}, {agreement}", flush=True)


def close(limit: float) -> Callable[[str, Any, Any], str]:
    """Numbers that agree within a limit."""

    def agree(work: str, own: Any, other: Any) -> str:
        apart = max(abs(a - b) for a, b in zip(own, other, strict=True))
        if not apart <= limit:
            raise SystemExit(f"{work}: the estimates differ by {apart}")
        return f"estimates agree to {apart:.1e}"

    return agree
