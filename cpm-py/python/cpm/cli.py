"""The command ``cpm``: from a file of orders to a report, in one line.

.. code-block:: console

    $ cpm report orders.csv --customer customer_id --date date --amount amount --out report/
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cpm

__all__ = ["main"]

#: What the shell sees when the input or an argument is at fault, as argparse has it.
USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.
    """
    options = _parser().parse_args(arguments)
    try:
        return _report(options)
    except (cpm.CpmError, OSError) as error:
        print(f"cpm: {error}", file=sys.stderr)
        return USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cpm", description="Customer portfolio management.")
    parser.add_argument("--version", action="version", version=f"cpm {cpm.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    report = commands.add_parser(
        "report",
        help="analyse a transaction log and write a report",
        description="Analyses a transaction log: fits the models, scores every customer, and writes report.html, "
        "customers.csv and segments.csv.",
    )
    add = report.add_argument
    add("files", nargs="+", help="CSV (also .gz, .zst) or Parquet files, folders, or patterns of names")
    add("--customer", required=True, metavar="COLUMN", help="column of the customer's id")
    add("--date", required=True, metavar="COLUMN", help="column of the date of a purchase")
    add("--amount", required=True, metavar="COLUMN", help="column of the amount of a purchase")
    add("--out", type=Path, default=Path("report"), metavar="FOLDER", help="where to write (default: report)")
    add("--date-format", metavar="FORMAT", help='how dates are written, such as "%%d/%%m/%%Y" (default: ISO 8601)')
    add("--as-of", metavar="DATE", help="end of observation (default: the last time in the log)")
    add("--horizon", type=float, default=52, help="how far to look ahead, in time units (default: 52)")
    add("--time-unit", default="week", choices=["day", "week", "month", "year"], help="default: week")
    add("--merge-within", default="day", choices=["nothing", "hour", "day", "week", "month"], help="default: day")
    add("--discount-rate", type=float, default=0.10, help="per year (default: 0.10)")
    add("--margin", type=float, default=1.0, help="share of an amount that is margin (default: 1.0)")
    models = ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd", "ggompertz_nbd", "bg_cnbd", "mbg_cnbd"]
    add("--model", default="bg_nbd", choices=models, help="of purchases (default: bg_nbd)")
    add("--cost-per-purchase", type=float, default=0.0, help="variable cost besides the margin's (default: 0)")
    add("--level", type=float, default=0.95, help="probability that an interval holds (default: 0.95)")
    add("--calibration-end", metavar="DATE", help="where to cut the log for the check of the model")
    add("--on-error", default="raise", choices=["raise", "exclude"], help="what to do with rows that cannot be used")
    add("--returns", default="error", choices=["error", "drop", "net"], help="what negative amounts are")
    add("--zero-amounts", default="keep", choices=["keep", "drop"], help="whether amounts of zero are purchases")
    add("--delimiter", default=",", metavar="CHARACTER", help="between the fields of a CSV file (default: a comma)")
    add("--decimal", default=".", choices=[".", ","], help="before the decimals of an amount (default: a point)")
    return parser


def _report(options: argparse.Namespace) -> int:
    log = cpm.TransactionLog.read(
        options.files,
        customer=options.customer,
        date=options.date,
        amount=options.amount,
        date_format=options.date_format,
        on_error=options.on_error,
        returns=options.returns,
        zero_amounts=options.zero_amounts,
        delimiter=options.delimiter,
        decimal=options.decimal,
    )
    portfolio = cpm.analyze(
        log,
        as_of=options.as_of,
        horizon=options.horizon,
        discount_rate=options.discount_rate,
        margin=options.margin,
        time_unit=options.time_unit,
        merge_within=options.merge_within,
        level=options.level,
        calibration_end=options.calibration_end,
        model=options.model,
        cost_per_purchase=options.cost_per_purchase,
    )
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    portfolio.report(out / "report.html")
    portfolio.customers.write_csv(out / "customers.csv")
    portfolio.segments.write_csv(out / "segments.csv")
    print(portfolio)
    left_out = log.quality.rows_excluded
    if left_out:
        print(f"rows left out         {left_out} of {log.quality.rows_read}: see the report")
    print(f"written               {out / 'report.html'}, {out / 'customers.csv'}, {out / 'segments.csv'}")
    return 0
