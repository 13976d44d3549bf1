"""The command ``cpm``, as a shell sees it."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

import cpm

CDNOW = Path(__file__).parents[2] / "cpm-core" / "data" / "cdnow.csv"


def run(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "cpm", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers' orders, with dates in a format of their own and one row that cannot be used."""
    rows = csv.DictReader(CDNOW.read_text().splitlines())
    lines = ["id,day,value"]
    for row in rows:
        if row["in_sample"] == "1":
            year, month, day = row["date"].split("-")
            lines.append(f"{row['customer_id']},{day}/{month}/{year},{row['amount']}")
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_text("\n".join([*lines, "7,31/12/1997,-5"]) + "\n")
    return path


def test_report(orders: Path, tmp_path: Path) -> None:
    columns = ("--customer", "id", "--date", "day", "--amount", "value", "--date-format", "%d/%m/%Y")
    out = tmp_path / "a" / "report"
    options = ("--as-of", "1997-09-30", "--horizon", "26", "--margin", "0.3", "--on-error", "exclude")
    done = run("report", orders, *columns, *options, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2357 customers as of 1997-09-30")
    assert lines[-2].startswith("rows left out         1 of 6920")
    assert "report.html" in lines[-1]
    assert len(lines) == 10
    assert (out / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert len((out / "customers.csv").read_text().splitlines()) == 2_358
    assert (out / "segments.csv").read_text().startswith("segment,customers,")

    refused = run("report", orders, *columns, "--out", out)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "line 6921" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "none.csv", "--customer", "id", "--date", "day", "--amount", "value"], "none.csv"),
        (["report", "orders.csv", "--customer", "who", "--date", "day", "--amount", "value"], "it has: id, day, value"),
        (["report", "orders.csv"], "--customer"),
        (["report", "orders.csv", "--customer", "id", "--date", "day", "--amount", "value"], "day and month"),
        ([], "command"),
    ],
)
def test_mistakes(orders: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, folder=orders.parent)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_version_and_help() -> None:
    assert run("--version").stdout == f"cpm {cpm.__version__}\n"
    text = run("report", "--help").stdout
    assert "%d/%m/%Y" in text
    command = Path(sys.executable).with_name("cpm")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"cpm {cpm.__version__}\n"
