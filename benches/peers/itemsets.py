"""Frequent itemsets: cpm beside mlxtend, in one run.

    python benches/peers/itemsets.py [--rows 1000000] [--rounds 3]

Makes baskets of five products on average out of 1000, some of them bought together, and mines the sets with a support of 0.002. Both begin with the rows
of a log in memory: "prepare" is the way to the tool's own form, "mine" the mining. Each measurement is a process of its own, tools take
turns, and medians are compared. The sets must be the same.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import time

TOOLS = ("cpm", "mlxtend")
PRODUCTS = 1_000
SUPPORT = 0.002


def data(rows: int):
    import numpy as np

    rng = np.random.default_rng(1)
    popularity = 1.0 / (np.arange(PRODUCTS) + 20.0)
    basket = rng.integers(0, max(rows // 5, 1), rows)
    product = rng.choice(PRODUCTS, rows, p=popularity / popularity.sum())
    # A third of the rows belong to bundles of four neighbours.
    bundle = rng.random(rows) < 1 / 3
    product[bundle] = (
        4 * (basket[bundle] * 7919 % (PRODUCTS // 4)) + product[bundle] % 4
    )
    return basket, product


def measure(tool: str, rows: int) -> dict:
    basket, product = data(rows)
    if tool == "cpm":
        import cpm

        cpm.portfolio.frequent_itemsets(cpm.portfolio.Baskets([1], [1]), 0.5)

        def prepare():
            return cpm.portfolio.Baskets(basket, product)

        def mine(baskets):
            return cpm.portfolio.frequent_itemsets(baskets, SUPPORT)

        def sets(found):
            return {
                (frozenset(map(int, s)), n)
                for s, n in zip(found.sets, found["baskets"].tolist(), strict=True)
            }
    else:
        import numpy as np
        import pandas as pd
        from mlxtend.frequent_patterns import fpgrowth
        from scipy.sparse import coo_matrix

        def prepare():
            _, row = np.unique(basket, return_inverse=True)
            matrix = coo_matrix(
                (np.ones(len(row), bool), (row, product)), (row.max() + 1, PRODUCTS)
            ).tocsr()
            return pd.DataFrame.sparse.from_spmatrix(matrix.astype(bool))

        def mine(frame):
            return len(frame), fpgrowth(frame, min_support=SUPPORT)

        def sets(found):
            count, frame = found
            return {
                (frozenset(map(int, s)), round(p * count))
                for s, p in zip(frame["itemsets"], frame["support"], strict=True)
            }

    wall, cpu = time.perf_counter(), time.process_time()
    ready = prepare()
    prepared = time.perf_counter()
    found = mine(ready)
    end = time.perf_counter()
    mined = sorted((sorted(s), n) for s, n in sets(found))
    return {
        "prepare": prepared - wall,
        "mine": end - prepared,
        "cpu": time.process_time() - cpu,
        "sets": len(mined),
        "digest": hashlib.sha256(json.dumps(mined).encode()).hexdigest(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--python", default=sys.executable, help="the interpreter that has mlxtend"
    )
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.rows)))
        return
    found: dict[str, list[dict]] = {tool: [] for tool in TOOLS}
    for _ in range(arguments.rounds):
        for tool in TOOLS:
            python = sys.executable if tool == "cpm" else arguments.python
            command = [
                python,
                __file__,
                "--rows",
                str(arguments.rows),
                "--measure",
                tool,
            ]
            found[tool].append(
                json.loads(
                    subprocess.run(command, check=True, capture_output=True).stdout
                )
            )
    if len({run["digest"] for runs in found.values() for run in runs}) > 1:
        raise SystemExit("the sets differ")
    print(
        f"{arguments.rows} rows, {PRODUCTS} products, {found['cpm'][0]['sets']} sets; medians of {arguments.rounds} rounds"
    )
    median = {
        (tool, part): statistics.median(run[part] for run in found[tool])
        for tool in TOOLS
        for part in ("prepare", "mine")
    }
    for tool in TOOLS:
        print(
            f"  {tool:8} prepare {median[tool, 'prepare']:7.3f} s, mine {median[tool, 'mine']:7.3f} s"
        )
    mine = median["mlxtend", "mine"] / median["cpm", "mine"]
    whole = sum(median["mlxtend", p] for p in ("prepare", "mine")) / sum(
        median["cpm", p] for p in ("prepare", "mine")
    )
    print(
        f"  ratio    mining {mine:.1f}, from rows to sets {whole:.1f}; the sets are the same"
    )


if __name__ == "__main__":
    main()
