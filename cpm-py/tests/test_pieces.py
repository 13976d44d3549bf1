"""Reading in pieces, and files of other customs."""

from pathlib import Path

import numpy as np
import pytest

import cpm

COLUMNS = {"customer": "customer", "date": "date", "amount": "amount"}


def orders(n: int, seed: int) -> dict[str, list[object]]:
    rng = np.random.default_rng(seed)
    days = np.datetime64("2024-01-01") + rng.integers(0, 300, n).astype("timedelta64[D]")
    return {
        "customer": [f"c{i}" for i in rng.integers(0, 200, n)],
        "date": [str(day) for day in days],
        "amount": [float(a) for a in rng.integers(0, 10_000, n) / 100],
    }


def test_pieces_give_the_summary_of_the_whole(tmp_path: Path) -> None:
    parts = [orders(2_000, seed) for seed in range(3)]
    whole = {name: [value for part in parts for value in part[name]] for name in COLUMNS}
    expected = cpm.TransactionLog.from_table(whole, **COLUMNS).summarize(as_of="2024-10-31")

    first, second = (cpm.SummaryBuilder(**COLUMNS, as_of="2024-10-31") for _ in range(2))
    second.add_table(parts[2])
    path = tmp_path / "orders.csv"
    lines = zip(parts[0]["customer"], parts[0]["date"], parts[0]["amount"], strict=True)
    path.write_text("customer,date,amount\n" + "".join(f"{c},{d},{a}\n" for c, d, a in lines))
    first.read(path)
    first.add_table(parts[1])
    assert first.finish().quality.rows == 4_000
    first.merge(second)
    got = first.finish()
    assert got.customer_id == expected.customer_id
    assert (got.frequency == expected.frequency).all()
    assert (got.recency == expected.recency).all()
    assert got.monetary_value == pytest.approx(expected.monetary_value, rel=1e-12)
    assert first.finish_log().customers == len(expected)
    with pytest.raises(ValueError, match="they differ in as_of"):
        first.merge(cpm.SummaryBuilder(**COLUMNS, as_of="2024-11-30"))


def test_other_customs_of_csv(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "a.csv").write_text("Kunde;Datum;Betrag\n007;01.03.2024;12,50\n008;02.03.2024;0\n", encoding="utf-8-sig")
    log = cpm.TransactionLog.read(
        folder,
        customer="Kunde",
        date="Datum",
        amount="Betrag",
        date_format="%d.%m.%Y",
        delimiter=";",
        decimal=",",
        zero_amounts="drop",
    )
    assert log.quality.total_amount == 12.5
    assert log.quality.excluded == {"amount of zero dropped": 1}
    with pytest.raises(ValueError, match="delimiter"):
        cpm.TransactionLog.read(folder, customer="Kunde", date="Datum", amount="Betrag", delimiter='"')
