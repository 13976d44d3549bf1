"""Customer summaries by lifetimes and pymc-marketing: writes peer_summaries.json, and invoices.csv, which they read.

lifetimes 0.11.3 and pymc-marketing 0.19 live in environments of their own: run once with each, then

    python peer_summaries.py lifetimes > lifetimes.part
    python peer_summaries.py pymc-marketing > pymc.part
    python peer_summaries.py join lifetimes.part pymc.part > peer_summaries.json

With the path of UCI's Online Retail, one row per invoice (InvoiceNo, InvoiceDate, CustomerID, TotalPrice), in
CPM_ONLINE_RETAIL, its summaries are written too. That file is not part of the repository.
"""

import json
import os
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parent
MONTH = 365.25 / 12
# name, data, unit of time, grain, the peers' freq / time_unit and multiplier / scaler, end of observation
SUMMARIES = [
    ("days", "cdnow", "day", "day", "D", 1, "1997-09-30"),
    ("days to the last row", "cdnow", "day", "day", "D", 1, None),
    ("weeks", "cdnow", "week", "day", "D", 7, "1997-09-30"),
    ("months", "cdnow", "month", "day", "D", MONTH, "1997-09-30"),
    ("calendar weeks", "cdnow", "week", "week", "W", 1, "1997-09-28"),
    ("calendar weeks, cut on a Tuesday", "cdnow", "week", "week", "W", 1, "1997-09-30"),
    ("calendar months", "cdnow", "month", "month", "M", 1, "1997-09-30"),
    ("times, days", "invoices", "day", "day", "D", 1, "2024-12-31"),
    ("times, hours", "invoices", "day", "hour", "h", 24, "2024-12-31 23:59"),
    ("times, weeks", "invoices", "week", "day", "D", 7, "2024-12-31"),
    ("online retail, days", "online_retail", "day", "day", "D", 1, None),
    ("online retail, weeks", "online_retail", "week", "day", "D", 7, "2011-08-31"),
    ("online retail, months", "online_retail", "month", "day", "D", MONTH, "2011-08-31"),
]
# the same, with the end of calibration before the end of observation
SPLITS = [
    ("weeks", "cdnow", "week", "day", "D", 7, "1997-09-30", "1998-06-30"),
    ("days to the last row", "cdnow", "day", "day", "D", 1, "1997-12-31", None),
    ("calendar weeks", "cdnow", "week", "week", "W", 1, "1997-09-28", "1998-06-28"),
    ("times, cut at midnight", "invoices", "day", "day", "D", 1, "2024-08-31", "2024-12-31 23:59:59"),
    ("times, cut at the end of a day", "invoices", "day", "day", "D", 1, "2024-08-31 23:59:59", "2024-12-31 23:59:59"),
    ("online retail, weeks", "online_retail", "week", "day", "D", 7, "2011-08-31", None),
]


def write_invoices():
    """Orders with times of day, two on some days, and returns, some of which undo a whole day."""
    import numpy as np

    random = np.random.default_rng(11)
    lines = ["customer,time,amount"]
    for customer in range(1, 81):
        time = np.datetime64("2024-01-01T00:00") + int(random.integers(0, 120 * 1440))
        while time < np.datetime64("2024-12-31T23:00"):
            amount = round(float(random.gamma(3, 12)), 2)
            lines.append(f"C{customer:03},{time},{amount}")
            if random.random() < 0.15:
                lines.append(f"C{customer:03},{time + int(random.integers(0, 9))},{round(float(random.gamma(2, 9)), 2)}")
            fate = random.random()
            if fate < 0.05:
                lines.append(f"C{customer:03},{time},{-amount}")
            elif fate < 0.1:
                lines.append(f"C{customer:03},{time + int(random.integers(600, 90000))},{round(-amount / 3, 2)}")
            time += int(random.exponential(40 * 1440)) + 1
    (HERE / "invoices.csv").write_text("\n".join(lines) + "\n")


def frames():
    import pandas as pd

    cdnow = pd.read_csv(HERE.parents[1] / "data" / "cdnow.csv", dtype={"customer_id": str}, parse_dates=["date"])
    invoices = pd.read_csv(HERE / "invoices.csv", parse_dates=["time"])
    tables = {
        "cdnow": cdnow.rename(columns={"customer_id": "customer", "date": "time"})[["customer", "time", "amount"]],
        "invoices": invoices[invoices.amount > 0],
        "with returns": invoices,
    }
    if path := os.environ.get("CPM_ONLINE_RETAIL"):
        online = pd.read_csv(path, parse_dates=["InvoiceDate"])
        names = {"CustomerID": "customer", "InvoiceDate": "time", "TotalPrice": "amount"}
        tables["online_retail"] = online.rename(columns=names)[list(names.values())]
    return tables


def compact(table):
    """Sums of each column, plain and weighted by place (customers in order of ids), and a few rows."""
    table = table.sort_index()
    weights = [1 + i % 97 for i in range(len(table))]
    step = max(len(table) // 4, 1)
    ids = [i if isinstance(i, str) else int(i) for i in table.index]
    return {
        "customers": len(table),
        "sums": {c: float(table[c].sum()) for c in table},
        "weighted_sums": {c: float((table[c] * weights).sum()) for c in table},
        "rows": {str(ids[i]): {c: float(table[c].iloc[i]) for c in table} for i in range(0, len(table), step)},
    }


def run(peer):
    if peer == "lifetimes":
        from lifetimes.utils import calibration_and_holdout_data, summary_data_from_transaction_data

        def summary(table, freq, multiplier, end):
            return summary_data_from_transaction_data(
                table, "customer", "time", "amount", observation_period_end=end, freq=freq, freq_multiplier=multiplier
            )

        def split(table, freq, multiplier, cut, end):
            both = calibration_and_holdout_data(
                table, "customer", "time", cut, end, freq=freq, freq_multiplier=multiplier, monetary_value_col="amount"
            )
            return both.rename(columns=lambda name: name.replace("_cal", ""))
    else:
        from pymc_marketing.clv import rfm_summary, rfm_train_test_split

        def summary(table, freq, multiplier, end):
            result = rfm_summary(
                table, "customer", "time", "amount", observation_period_end=end, time_unit=freq, time_scaler=multiplier
            )
            return result.set_index("customer_id")

        def split(table, freq, multiplier, cut, end):
            both = rfm_train_test_split(
                table, "customer", "time", cut, end, time_unit=freq, time_scaler=multiplier, monetary_value_col="amount"
            )
            names = {
                "test_frequency": "frequency_holdout",
                "test_monetary_value": "monetary_value_holdout",
                "test_T": "duration_holdout",
            }
            return both.set_index("customer_id").rename(columns=names)

    tables = frames()
    result = {"summaries": {}, "splits": {}}
    for cases, function, kind in ((SUMMARIES, summary, "summaries"), (SPLITS, split, "splits")):
        for name, data, _, _, freq, multiplier, *ends in cases:
            if data in tables:
                try:
                    result[kind][name] = compact(function(tables[data].copy(), freq, multiplier, *ends))
                except Exception as error:  # noqa: BLE001, what a peer refuses is part of the answer
                    result[kind][name] = {"error": f"{type(error).__name__}: {error}"}
    # Rows of returns left in: every customer, because this is where conventions differ.
    returned = summary(tables["with returns"].copy(), "D", 1, "2024-12-31").sort_index()
    result["with returns"] = {name: [float(v) for v in returned[name]] for name in returned}
    result["with returns"]["customer_id"] = list(returned.index)
    return result


def join(parts):
    keys = ("name", "data", "time_unit", "merge_within", "freq", "multiplier", "calibration_end", "observation_end")
    summary_keys = (*keys[:6], "as_of")
    cases = {
        "summaries": [dict(zip(summary_keys, case, strict=True)) for case in SUMMARIES],
        "splits": [dict(zip(keys, case, strict=True)) for case in SPLITS],
    }
    peers = dict(zip(("lifetimes", "pymc-marketing"), (json.loads(Path(p).read_text()) for p in parts), strict=True))
    return {"cases": cases, "peers": peers}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    what, *arguments = sys.argv[1:]
    if what == "lifetimes":
        write_invoices()
    print(json.dumps(join(arguments) if what == "join" else run(what)))
