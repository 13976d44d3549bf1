"""The command ``cpm``: from a file of orders to a report, in one line.

.. code-block:: console

    $ cpm report orders.csv --customer customer_id --date date --amount amount --out report/
    $ cpm compare orders.csv --customer customer_id --date date --amount amount --before 2025-12-31 --out change/
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
        return int(options.run(options))
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
    report.set_defaults(run=_report)
    _add_files(report)
    report.add_argument("--out", type=Path, default=Path("report"), metavar="FOLDER", help="default: report")
    _add_analysis(report)
    compare = commands.add_parser(
        "compare",
        help="analyse a transaction log at two dates and write a report on what changed",
        description="Analyses a transaction log as of two dates with the same options, and writes what changed and "
        "why: change.html, totals.csv, segments.csv, value_bridge.csv and revenue_bridge.csv.",
    )
    compare.set_defaults(run=_compare)
    _add_files(compare)
    add = compare.add_argument
    add("--before", required=True, metavar="DATE", help="end of observation of the earlier analysis")
    lost = "customers whose probability of being alive is below this count as lost (default: 0.5)"
    add("--lost-below", type=float, default=0.5, metavar="PROBABILITY", help=lost)
    add("--out", type=Path, default=Path("change"), metavar="FOLDER", help="default: change")
    _add_analysis(compare)
    return parser


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", help="CSV (also .gz, .zst) or Parquet files, folders, or patterns of names")
    _add_reading(parser)


def _add_analysis(parser: argparse.ArgumentParser) -> None:
    """Add what `analyze` offers, under the names that it has there."""
    add = parser.add_argument
    add("--as-of", metavar="DATE", help="end of observation (default: the last time in the log)")
    add("--horizon", type=float, default=52, help="how far to look ahead, in time units (default: 52)")
    add("--time-unit", default="week", choices=["day", "week", "month", "year"], help="default: week")
    add(
        "--merge-within",
        default="day",
        choices=["nothing", "hour", "day", "week", "month", "order"],
        help="default: day",
    )
    add("--discount-rate", type=float, default=0.10, help="per year (default: 0.10)")
    add("--margin", type=float, default=1.0, help="share of an amount that is margin (default: 1.0)")
    models = ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd", "ggompertz_nbd", "bg_cnbd", "mbg_cnbd"]
    add("--model", default="bg_nbd", choices=models, help="of purchases (default: bg_nbd)")
    add("--cost-per-purchase", type=float, default=0.0, help="variable cost besides the margin's (default: 0)")
    add("--level", type=float, default=0.95, help="probability that an interval holds (default: 0.95)")
    add("--calibration-end", metavar="DATE", help="where to cut the log for the check of the model")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Add what `TransactionLog.read` offers, under the names that it has there."""
    group = parser.add_argument_group("columns", "by name, or by position from 0 with --no-header")
    add = group.add_argument
    add("--customer", required=True, metavar="COLUMN", help="the customer's id")
    add("--date", required=True, metavar="COLUMN", help="the date of a purchase")
    add("--amount", metavar="COLUMN", help="the amount of a purchase; or give --quantity and --unit-price")
    add("--quantity", metavar="COLUMN", help="how many were bought, at the unit price")
    add("--unit-price", metavar="COLUMN", help="the price of one")
    add("--order", metavar="COLUMN", help="the order's id: with --merge-within order its rows are one purchase")
    add("--cost", metavar="COLUMN", help="what a row cost the seller")
    add("--product", metavar="COLUMN", help="what was bought")
    add("--channel", metavar="COLUMN", help="where it was bought")
    add("--attribute", action="append", metavar="COLUMN", help="describes the customer; may be given several times")
    add("--currency", metavar="COLUMN", help="the currency of the amount")
    rate = "what one unit is worth, such as USD=0.92; may be given several times"
    add("--exchange-rate", action="append", type=_rate, metavar="NAME=RATE", help=rate)

    group = parser.add_argument_group("rows")
    add = group.add_argument
    aliases = "CSV file of merged accounts: first column the alias, second the customer; a header line is skipped"
    add("--aliases", type=Path, metavar="FILE", help=aliases)
    add("--start", metavar="DATE", help="leave out and count rows before this day")
    add("--end", metavar="DATE", help="leave out and count rows after this day")
    add("--on-error", default="raise", choices=["raise", "exclude"], help="what to do with rows that cannot be used")
    add("--returns", default="error", choices=["error", "drop", "net"], help="what negative amounts are")
    add("--zero-amounts", default="keep", choices=["keep", "drop"], help="whether amounts of zero are purchases")
    future = "what rows later than today are, where no --end is given"
    add("--future", default="error", choices=["error", "drop", "keep"], help=future)
    add("--duplicates", default="keep", choices=["keep", "drop"], help="whether identical rows are purchases")
    outliers = "count amounts above the upper quartile by more than this many distances of the quartiles, such as 3"
    add("--flag-outliers", type=float, metavar="FENCE", help=outliers)

    group = parser.add_argument_group("format of files")
    add = group.add_argument
    add("--date-format", metavar="FORMAT", help='how dates are written, such as "%%d/%%m/%%Y" (default: ISO 8601)')
    add("--time-zone", metavar="ZONE", help="where days begin, such as +02:00 or Europe/Berlin (default: UTC)")
    delimiter = 'default: a comma, or a tab in files named .tsv; "tab" for a tab'
    add("--delimiter", type=_character, metavar="CHARACTER", help=delimiter)
    add("--decimal", default=".", choices=[".", ","], help="before the decimals of an amount (default: a point)")
    quote = 'around fields with delimiters (default: a double quote); "none" if quotes are characters like others'
    add("--quote", default='"', type=_character, metavar="CHARACTER", help=quote)
    add("--no-header", dest="header", action="store_false", help="the first line is a row")
    add("--encoding", default="utf-8", choices=["utf-8", "latin-1"], help="default: utf-8")
    null = "words that stand for no id, date or number (default: NULL, NA, None and the like); alone: only empty fields"
    add("--null-values", nargs="*", metavar="WORD", help=null)
    add("--quiet", action="store_true", help="show no bar while reading, even in a terminal")


def _character(text: str) -> str | None:
    return {"tab": "\t", "\\t": "\t", "none": None}.get(text, text)


def _rate(text: str) -> tuple[str, float]:
    name, _, rate = text.rpartition("=")
    if not name:
        message = f"{text!r} is not of the form NAME=RATE, such as USD=0.92"
        raise argparse.ArgumentTypeError(message)
    try:
        return name, float(rate)
    except ValueError:
        message = f"the rate {rate!r} of {name} is not a number"
        raise argparse.ArgumentTypeError(message) from None


def _aliases(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row][1:]
    wrong = next((number for number, row in enumerate(rows, 2) if len(row) != 2), None)
    if wrong is not None:
        message = f"{path}, row {wrong}: a row of aliases needs an alias and a customer"
        raise cpm.CpmError(message)
    return dict(rows)


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    """Return the keywords of `TransactionLog.read`."""
    same = ["customer", "date", "amount", "quantity", "unit_price", "order", "cost", "product", "channel", "currency"]
    same += ["start", "end", "on_error", "returns", "zero_amounts", "duplicates", "future", "flag_outliers"]
    same += ["date_format", "time_zone", "delimiter", "decimal", "quote", "header", "encoding", "null_values"]
    keywords = {name: getattr(options, name) for name in same}
    keywords["attributes"] = options.attribute
    keywords["exchange_rates"] = dict(options.exchange_rate) if options.exchange_rate else None
    keywords["aliases"] = _aliases(options.aliases)
    keywords["progress"] = False if options.quiet else None
    return keywords


def _analysis(options: argparse.Namespace) -> dict[str, Any]:
    """Return the keywords of `analyze`, but for the end of observation."""
    same = ["horizon", "discount_rate", "margin", "time_unit", "merge_within", "level", "model", "cost_per_purchase"]
    return {name: getattr(options, name) for name in same}


def _report(options: argparse.Namespace) -> int:
    log = cpm.TransactionLog.read(options.files, **_reading(options))
    portfolio = cpm.analyze(log, as_of=options.as_of, calibration_end=options.calibration_end, **_analysis(options))
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    portfolio.report(out / "report.html")
    portfolio.customers.write_csv(out / "customers.csv")
    portfolio.segments.write_csv(out / "segments.csv")
    print(portfolio)
    _print_left_out(log)
    print(f"written               {out / 'report.html'}, {out / 'customers.csv'}, {out / 'segments.csv'}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    log = cpm.TransactionLog.read(options.files, **_reading(options))
    same = _analysis(options)
    earlier = cpm.analyze(log, as_of=options.before, **same)
    later = cpm.analyze(log, as_of=options.as_of, calibration_end=options.calibration_end, **same)
    change = later.compare(earlier, log=log, lost_below=options.lost_below)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    change.report(out / "change.html")
    tables = {
        "totals.csv": change.totals,
        "segments.csv": change.segments,
        "value_bridge.csv": change.value_bridge.to_table(),
    }
    if change.revenue_bridge is not None:
        tables["revenue_bridge.csv"] = change.revenue_bridge.to_table()
    for name, table in tables.items():
        table.write_csv(out / name)
    print(f"from {change.start} to {change.end}, value of the next {options.horizon:g} {options.time_unit}s")
    parts = change.value_bridge.to_table()
    for part, amount in zip(parts["part"], parts["amount"], strict=True):
        print(f"{part:<20}{amount:>16,.2f}")
    _print_left_out(log)
    print("written             " + ", ".join(str(out / name) for name in ["change.html", *tables]))
    return 0


def _print_left_out(log: "cpm.TransactionLog") -> None:
    left_out = log.quality.rows_excluded
    if left_out:
        print(f"rows left out         {left_out} of {log.quality.rows_read}: see the report")
