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


def test_compare(orders: Path, tmp_path: Path) -> None:
    columns = ("--customer", "id", "--date", "day", "--amount", "value", "--date-format", "%d/%m/%Y")
    options = ("--margin", "0.3", "--on-error", "exclude", "--lost-below", "0.4")
    out = tmp_path / "change"
    done = run("compare", orders, *columns, *options, "--before", "1997-12-31", "--as-of", "1998-06-30", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "from 1997-12-31 to 1998-06-30, value of the next 52 weeks"
    assert lines[-1].startswith("written")
    parts = {line.split()[0]: float(line.split()[1].replace(",", "")) for line in lines[1:8]}
    assert list(parts) == ["start", "acquisition", "purchases", "expectations", "loss", "refit", "end"]
    assert sum(list(parts.values())[:6]) == pytest.approx(parts["end"], abs=0.1)

    log = cpm.datasets.cdnow()
    analysis = {"horizon": 52, "discount_rate": 0.10, "margin": 0.3}
    earlier = cpm.analyze(log, as_of="1997-12-31", **analysis)
    change = cpm.analyze(log, as_of="1998-06-30", **analysis).compare(earlier, log=log, lost_below=0.4)
    rows = list(csv.DictReader((out / "value_bridge.csv").read_text().splitlines()))
    assert [row["part"] for row in rows] == change.value_bridge["part"]
    assert [float(row["amount"]) for row in rows] == pytest.approx(list(change.value_bridge["amount"]))
    page = (out / "change.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "Value bridge" in page
    assert len((out / "totals.csv").read_text().splitlines()) > 3
    assert (out / "segments.csv").exists()
    assert (out / "revenue_bridge.csv").read_text().startswith("part,customers,amount")

    swapped = run(
        "compare", orders, *columns, *options, "--before", "1998-06-30", "--as-of", "1997-12-31", "--out", out
    )
    assert swapped.returncode == 2
    assert "swap the two" in swapped.stderr
    assert "Traceback" not in swapped.stderr


def test_every_option_of_reading(tmp_path: Path) -> None:
    lines = [["0", "31.01.2024", "12,50", "EUR"]]
    for i in range(400):
        day, month = 1 + i * 7 % 28, 1 + i * 5 % 12
        lines.append([f"Kü{i % 90}", f"{day:02}.{month:02}.2024", f"{10 + i % 7},50", "USD" if i % 3 else "EUR"])
    lines.append(["Kü1", "01.02.2024", "-10,50", "EUR"])
    lines += [lines[5], ["Alt", "02.02.2024", "9,00", "EUR"]]
    text = "".join(
        f"{who};{day};'{price}';2;o{n};{currency};3\n" for n, (who, day, price, currency) in enumerate(lines)
    )
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode("latin-1"))
    (tmp_path / "aliases.csv").write_text("alias,customer\nAlt,Kü2\n", encoding="utf-8")
    columns = [
        "--customer",
        "0",
        "--date",
        "1",
        "--unit-price",
        "2",
        "--quantity",
        "3",
        "--order",
        "4",
        "--currency",
        "5",
        "--cost",
        "6",
        "--no-header",
    ]
    policies = [
        "--returns",
        "net",
        "--duplicates",
        "drop",
        "--flag-outliers",
        "3",
        "--start",
        "2024-01-02",
        "--end",
        "2024-12-27",
        "--quiet",
    ]
    layout = [
        "--delimiter",
        ";",
        "--decimal",
        ",",
        "--encoding",
        "latin-1",
        "--time-zone",
        "+01:00",
        "--date-format",
        "%d.%m.%Y",
        "--quote",
        "'",
    ]
    rates = [
        "--exchange-rate",
        "EUR=1",
        "--exchange-rate",
        "USD=0.9",
        "--aliases",
        "aliases.csv",
        "--merge-within",
        "order",
    ]
    out = tmp_path / "out"
    done = run("report", path, *columns, *policies, *layout, *rates, "--out", out, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with (out / "customers.csv").open(encoding="utf-8") as file:
        customers = [row["customer_id"] for row in csv.DictReader(file)]
    assert len(customers) == 91
    assert {"0", "Kü2"} < set(customers)
    assert "Alt" not in customers

    wrong = run("report", path, *columns, "--exchange-rate", "USD", folder=tmp_path)
    assert (wrong.returncode, "NAME=RATE" in wrong.stderr) == (2, True)
    (tmp_path / "aliases.csv").write_text("alias,customer\na,b,c\n")
    wrong = run("report", path, *columns, *layout, *rates, folder=tmp_path)
    assert (wrong.returncode, "row 2" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "none.csv", "--customer", "id", "--date", "day", "--amount", "value"], "none.csv"),
        (["report", "orders.csv", "--customer", "who", "--date", "day", "--amount", "value"], "it has: id, day, value"),
        (["report", "orders.csv"], "--customer"),
        (["compare", "orders.csv", "--customer", "id", "--date", "day", "--amount", "value"], "--before"),
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
