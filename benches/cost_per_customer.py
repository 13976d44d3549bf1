"""What each model costs per customer, as a table in Markdown: fits and scores of simulated customers through the wheel.

The same as the group `models` of `benches/clv.rs`, for those who have the wheel and no compiler. Each time is that of the first call on
a new summary, so that checking the columns and grouping equal histories are part of it; the best of a few rounds counts.
"""

import argparse
import functools
import time
from collections.abc import Callable
from typing import Any

import cpm

MODELS = {
    "BG/NBD": cpm.BgNbd,
    "MBG/NBD": cpm.MbgNbd,
    "NBD": cpm.Nbd,
    "Pareto/NBD": cpm.ParetoNbd,
    "GGompertz/NBD": cpm.GGompertzNbd,
    "BG/CNBD-k, k searched": cpm.BgCnbd,
    "MBG/CNBD-k, k searched": cpm.MbgCnbd,
    "BG/BB": cpm.BgBb,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()

    purchases = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    amounts = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    log = purchases.simulate(
        amounts,
        customers=options.customers,
        start="2024-01-01",
        end="2025-06-29",
        acquired_over=91,
        seed=1,
    )
    # A new summary each time: it keeps its grouping once it is made. Opportunities are weeks.
    days: Callable[[], Any] = log.summarize
    weeks: Callable[[], Any] = functools.partial(log.summarize, merge_within="week")
    # The first array imports NumPy, which is nobody's cost here.
    assert days().frequency.size == options.customers

    def cost(run: Callable[[Any], Any], summary: Callable[[], Any]) -> str:
        best = float("inf")
        for _ in range(options.rounds):
            customers = summary()
            begin = time.perf_counter()
            run(customers)
            best = min(best, time.perf_counter() - begin)
        return f"{best / options.customers * 1e9:,.0f}"

    print(f"Nanoseconds per customer, {options.customers:,} customers, best of {options.rounds} rounds")
    print("| model | fit | P(alive) | expected purchases |\n|---|---|---|---|")
    for name, kind in MODELS.items():
        summary = weeks if kind is cpm.BgBb else days
        model = kind().fit(summary())
        cells = [
            cost(lambda c, kind=kind: kind().fit(c), summary),
            cost(lambda c, model=model: model.probability_alive(c), summary),
            cost(lambda c, model=model: model.expected_purchases(c, horizon=52), summary),
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    spend = cpm.GammaGamma().fit(days())
    cells = [cost(lambda c: cpm.GammaGamma().fit(c), days), "", ""]
    print(f"| Gamma-Gamma | {' | '.join(cells)} |")
    value = cost(
        lambda c: cpm.lifetime_value(purchases, spend, c, horizon=52, discount_rate=0.10),
        days,
    )
    print(f"\nLifetime value over 52 weeks with intervals, BG/NBD with Gamma-Gamma: {value}.")
    renewed = [i * i % 13 for i in range(options.customers)]
    active = [n == 12 for n in renewed]
    for name, kind in {
        "sBG": cpm.ShiftedBetaGeometric,
        "BdW": cpm.BetaDiscreteWeibull,
    }.items():
        contracts = cost(
            lambda _, kind=kind: kind().fit(cpm.Renewals.from_customers(renewed, active)),
            lambda: None,
        )
        print(f"Fit of {name} to as many contracts, a row for each: {contracts}.")


if __name__ == "__main__":
    main()
