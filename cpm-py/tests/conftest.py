"""What several test files share."""

import json
from pathlib import Path
from typing import Any

import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden" / "published.json"


@pytest.fixture(scope="session")
def golden() -> Any:
    return json.loads(GOLDEN.read_text())


@pytest.fixture(scope="session")
def log() -> cpm.TransactionLog:
    return cpm.datasets.cdnow()


@pytest.fixture(scope="session")
def customers(log: cpm.TransactionLog) -> cpm.CustomerSummary:
    return log.summarize(as_of="1997-09-30")


@pytest.fixture(scope="session")
def model(customers: cpm.CustomerSummary) -> cpm.BgNbd:
    return cpm.BgNbd().fit(customers)


@pytest.fixture(scope="session")
def spend(customers: cpm.CustomerSummary) -> cpm.GammaGamma:
    return cpm.GammaGamma().fit(customers)


@pytest.fixture(scope="session")
def portfolio(log: cpm.TransactionLog) -> cpm.Portfolio:
    return cpm.analyze(log, as_of="1998-06-30", horizon=52, discount_rate=0.10, margin=0.30)


@pytest.fixture
def orders() -> dict[str, list[Any]]:
    """A small table: two customers, four rows, two of them on one day."""
    return {
        "customer_id": ["ann", "ann", "bob", "bob"],
        "date": ["2024-03-01", "2024-04-12", "2024-03-05", "2024-03-05"],
        "amount": [20.0, 30.5, 12.5, 7.5],
    }


@pytest.fixture
def orders_csv(orders: dict[str, list[Any]], tmp_path: Path) -> Path:
    lines = [",".join(orders)] + [",".join(map(str, row)) for row in zip(*orders.values(), strict=True)]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
