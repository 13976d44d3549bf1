"""Input that cannot be used: a typed error that names column, row and value, or a counted exclusion."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

COLUMNS: Any = {"customer": "customer_id", "date": "date", "amount": "amount"}


def write(folder: Path, rows: str, header: str = "customer_id,date,amount") -> Path:
    path = folder / "orders.csv"
    path.write_text(f"{header}\n{rows}\n")
    return path


GOOD = "ann,2024-01-02,10.5"


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("ann,02.01.2024x,3", "date", "02.01.2024x", "unparsable date"),
        ("ann,03/04/2024,3", "date", "03/04/2024", "ambiguous date"),
        ("ann,2024-02-30,3", "date", "2024-02-30", "unparsable date"),
        ("ann,,3", "date", "", "missing date"),
        (",2024-01-03,3", "customer_id", "", "missing customer id"),
        ("ann,2024-01-03,", "amount", "", "missing amount"),
        ("ann,2024-01-03,NaN", "amount", "NaN", "missing amount"),
        ("ann,2024-01-03,inf", "amount", "inf", "amount not finite"),
        ("ann,2024-01-03,$3", "amount", "$3", "unparsable amount"),
        ("ann,2024-01-03,-3", "amount", "-3", "negative amount"),
        ("ann,2024-01-03", None, "ann,2024-01-03", "malformed row"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, column: str | None, value: str, reason: str) -> None:
    path = write(tmp_path, f"{GOOD}\n{row}")
    with pytest.raises(cpm.DataError) as caught:
        cpm.TransactionLog.read(path, **COLUMNS)
    assert (caught.value.column, caught.value.row, caught.value.value) == (column, 3, value)
    assert "1 of 2 rows" in str(caught.value)
    assert str(path) in str(caught.value)

    quality = cpm.TransactionLog.read(path, **COLUMNS, on_error="exclude").quality
    assert quality.excluded == {reason: 1}
    assert (quality.rows_read, quality.rows_kept, quality.rows_excluded) == (2, 1, 1)
    example = quality.examples[0]
    assert (example.line, example.row, example.column) == (3, None, column)
    assert (example.value, example.reason) == (value, reason)
    assert quality.to_dict()["examples"] == [example.to_dict()]


def test_returns(tmp_path: Path) -> None:
    path = write(tmp_path, f"{GOOD}\nann,2024-01-02,-4\nbob,2024-01-02,-1")
    assert cpm.TransactionLog.read(path, **COLUMNS, returns="drop").quality.excluded == {"return dropped": 2}
    net = cpm.TransactionLog.read(path, **COLUMNS, returns="net")
    assert net.quality.negative_amounts == 2
    customers = net.summarize()
    assert customers.total_amount is not None
    assert customers.total_amount.tolist() == [6.5]
    assert customers.quality is not None
    assert customers.quality.customers_cancelled == 1


def test_columns(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    with pytest.raises(cpm.DataError, match="it has: customer_id, date, amount") as caught:
        cpm.TransactionLog.read(path, customer="customer", date="date", amount="amount")
    assert caught.value.column == "customer"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"customer_id,date,amount\n"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe"),
        ("text.parquet", b"customer_id,date,amount\nann,2024-01-02,3\n"),
        ("empty.parquet", b""),
        ("text.csv.gz", b"customer_id,date,amount\nann,2024-01-02,3\n"),
        ("cut.csv.gz", gzip.compress(b"customer_id,date,amount\nann,2024-01-02,3\n" * 50)[:-12]),
    ],
)
def test_files_that_are_not_logs(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(cpm.DataError) as caught:
        cpm.TransactionLog.read(path, **COLUMNS)
    assert name in str(caught.value)


def test_truncated_parquet(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "orders.parquet"
    n = 5_000
    table = pa.table({"customer_id": np.arange(n) % 99, "date": ["2024-01-02"] * n, "amount": np.arange(n) / 7})
    parquet.write_table(table, path, compression="zstd")
    assert cpm.TransactionLog.read(path, **COLUMNS).rows == n
    content = path.read_bytes()
    for length in (3, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(cpm.DataError, match="cannot be read as Parquet"):
            cpm.TransactionLog.read(path, **COLUMNS)
    # The footer is whole, the pages are not: this must be an error, never a crash.
    path.write_bytes(content[:4] + bytes(len(content) - 1_500) + content[-1_496:])
    with pytest.raises(cpm.DataError):
        cpm.TransactionLog.read(path, **COLUMNS)


def test_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, row in [("a.csv", "ann,2024-01-02,1"), ("b.csv", "bob,2024-01-03,2"), ("c.csv", "bob,2024-01-04,x")]:
        (tmp_path / name).write_text(f"customer_id,date,amount\n{row}\n")
    with gzip.open(tmp_path / "d.csv.gz", "wt") as file:
        file.write("customer_id,date,amount\nann,2024-01-02,5\n")
    read = cpm.TransactionLog.read
    log = read([tmp_path / "a.csv", str(tmp_path / "b.csv"), tmp_path / "d.csv.gz"], **COLUMNS)
    assert (log.rows, log.quality.total_amount, len(log.quality.origins)) == (3, 8.0, 3)
    monkeypatch.chdir(tmp_path)
    assert read("[ab].csv", **COLUMNS).rows == 2
    assert read(["*.csv", "d.csv.gz"], **COLUMNS, on_error="exclude").rows == 3
    with pytest.raises(cpm.DataError, match=r"c\.csv, line 2") as caught:
        read("*.csv", **COLUMNS)
    assert caught.value.row == 2
    with pytest.raises(cpm.CpmError, match="given twice"):
        read(["a.csv", "*.csv"], **COLUMNS)
    with pytest.raises(cpm.CpmError, match="at least one file"):
        read([], **COLUMNS)
    with pytest.raises(FileNotFoundError, match=r"nothing\*"):
        read("nothing*", **COLUMNS)
    with pytest.raises(FileNotFoundError) as missing:
        read("nothing.csv", **COLUMNS)
    assert missing.value.filename == "nothing.csv"
    assert read(tmp_path, **COLUMNS, on_error="exclude").rows == 3
    (tmp_path / "empty").mkdir()
    with pytest.raises(cpm.CpmError, match="no file that ends in"):
        read(tmp_path / "empty", **COLUMNS)
    for wrong in (3, None, [3]):
        with pytest.raises(TypeError, match="paths"):
            read(wrong, **COLUMNS)  # type: ignore[arg-type]


def test_rows_after_as_of_are_counted(log: cpm.TransactionLog) -> None:
    quality = log.summarize(as_of="1997-01-31").quality
    assert quality is not None
    assert quality.rows_after_as_of > 5_000
    assert quality.customers_after_as_of == 2_357 - len(log.summarize(as_of="1997-01-31"))
    assert quality.as_of_given
    with pytest.raises(cpm.DataError, match="choose an as_of within it"):
        log.summarize(as_of="1996-12-31")


@pytest.mark.parametrize(
    ("columns", "column", "row", "value"),
    [
        ({"frequency": [1, -1]}, "frequency", 1, "-1"),
        ({"frequency": [1, 1.5]}, "frequency", 1, "1.5"),
        ({"frequency": [np.nan, 1]}, "frequency", 0, "NaN"),
        ({"recency": [2, 11]}, "recency", 1, "11"),
        ({"recency": [np.inf, 2]}, "recency", 0, "inf"),
        ({"frequency": [0, 1]}, "recency", 0, "2"),
        ({"T": [10, -1]}, "T", 1, "-1"),
        ({"T": [10, 1e6]}, "T", 1, "1000000"),
        ({"monetary_value": [1, -2]}, "monetary_value", 1, "-2"),
        ({"monetary_value": [1, None]}, "monetary_value", 1, "NaN"),
        ({"recency": [1]}, "recency", None, None),
        ({"monetary_value": [1, 2, 3]}, "monetary_value", None, None),
        ({"customer_id": ["a"]}, "customer_id", None, None),
        ({"customer_id": ["a", ""]}, "customer_id", 1, ""),
        ({"customer_id": ["a", None]}, "customer_id", 1, ""),
        ({"customer_id": ["a", "a"]}, "customer_id", 1, "a"),
        ({"customer_id": [7, 7]}, "customer_id", 1, "7"),
        ({"customer_id": [2**63, 1]}, "customer_id", None, None),
        ({"customer_id": [0.5, 1]}, "customer_id", None, None),
        ({"frequency": ["1", "2"]}, "frequency", None, None),
        ({"T": [[1, 2]]}, "T", None, None),
        ({"T": np.array(["2024-01-01", "2024-01-02"], dtype="M8[D]")}, "T", None, None),
        ({"frequency": [], "recency": [], "T": []}, None, None, None),
    ],
)
def test_summary_given_directly(columns: dict[str, Any], column: str, row: int | None, value: str | None) -> None:
    good = {"frequency": [1, 1], "recency": [2, 2], "T": [10, 10]}
    with pytest.raises(cpm.DataError) as caught:
        cpm.CustomerSummary(**{**good, **columns})
    assert (caught.value.column, caught.value.row, caught.value.value) == (column, row, value)


def test_data_that_determine_no_model(tmp_path: Path) -> None:
    one_day = cpm.TransactionLog.read(write(tmp_path, "\n".join([GOOD, "bob,2024-01-02,3", GOOD])), **COLUMNS)
    one_customer = cpm.CustomerSummary([5], [20], [30], monetary_value=[3])
    one_time_buyers = cpm.CustomerSummary([0] * 9, [0] * 9, list(range(1, 10)), monetary_value=[0] * 9)
    for customers in (one_day.summarize(), one_customer, one_time_buyers):
        with pytest.raises(cpm.FitError, match="cannot be fitted"):
            cpm.BgNbd().fit(customers)
        with pytest.raises(cpm.FitError, match="cannot be fitted"):
            cpm.GammaGamma().fit(customers)
    with pytest.raises(cpm.FitError):
        cpm.analyze(one_day)
    with pytest.raises(cpm.FitError, match="monetary_value"):
        cpm.GammaGamma().fit(cpm.CustomerSummary([1, 2], [1, 1], [2, 2]))
    with pytest.raises(cpm.FitError, match=r"q = 0\.9"):
        cpm.GammaGamma.from_params(p=6, q=0.9, v=15)


def test_arguments(
    log: cpm.TransactionLog, customers: cpm.CustomerSummary, model: cpm.BgNbd, spend: cpm.GammaGamma
) -> None:
    bad: Any = "fortnight"
    calls: list[Any] = [
        lambda: log.summarize(as_of="30.09.1997"),
        lambda: log.summarize(time_unit=bad),
        lambda: log.summarize(merge_within=bad),
        lambda: log.split(calibration_end="1999-01-01"),
        lambda: model.expected_purchases(customers, horizon=0),
        lambda: model.expected_purchases(customers, horizon=float("nan")),
        lambda: model.predict(customers, horizon=39, level=95),
        lambda: model.expected_purchases(log.summarize(time_unit="day"), horizon=39),
        lambda: cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=-0.1),
        lambda: cpm.lifetime_value(model, spend, customers, horizon=52, margin=0),
        lambda: cpm.BgNbd.from_params(r=0, alpha=1, a=1, b=1),
        lambda: cpm.rfm_segments(customers, bins=2),
        lambda: cpm.rfm_segments(customers, rules=[("all", (1, 4), (1, 5))]),
        lambda: cpm.portfolio.top_share([1, 2], fraction=20),
        lambda: cpm.portfolio.gini([0, 0]),
        lambda: cpm.portfolio.cohort_retention(log, period=bad),
        lambda: cpm.TransactionLog.from_table({}, **COLUMNS, on_error=bad),
        lambda: cpm.TransactionLog.from_table({}, **COLUMNS, returns=bad),
        lambda: cpm.BgNbd().fit(customers, start=[1, 2]),
        lambda: cpm.BgNbd().fit(customers, weights=[1, 2]),
    ]
    for call in calls:
        with pytest.raises(cpm.CpmError) as caught:
            call()
        assert isinstance(caught.value, ValueError)
    for wrong in (19970930, 3.5, object()):
        with pytest.raises(TypeError, match="as_of must be"):
            log.summarize(as_of=wrong)  # type: ignore[arg-type]


def test_concentration_names_the_row() -> None:
    with pytest.raises(cpm.DataError) as caught:
        cpm.portfolio.gini([1, 2, -3])
    assert (caught.value.row, caught.value.value) == (2, "-3")


def test_saved_models(tmp_path: Path, model: cpm.BgNbd) -> None:
    path = tmp_path / "model.json"
    for text in ("", "{}", '{"format": "cpm-model", "schema_version": 99}', "not json"):
        path.write_text(text)
        with pytest.raises(cpm.CpmError, match="saved model"):
            cpm.load_model(path)
    with pytest.raises(FileNotFoundError):
        cpm.load_model(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError):
        model.save(tmp_path / "no" / "folder.json")


def test_rows_of_tables_are_positions_and_lines_are_of_text(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    # Another index than the position: what is named is what `iloc` takes.
    orders = {"customer_id": ["ann", "ann", "bob"], "date": ["2024-01-01"] * 3, "amount": [1.0, 2.0, float("nan")]}
    frame = pd.DataFrame(orders, index=[7, 8, 9])
    with pytest.raises(
        cpm.DataError, match=r"the pandas\.DataFrame, row 2 \(counted from 0\), column `amount`"
    ) as caught:
        cpm.TransactionLog.from_table(frame, **COLUMNS)
    assert frame.iloc[caught.value.row]["customer_id"] == "bob"
    (issue,) = cpm.TransactionLog.from_table(frame, **COLUMNS, on_error="exclude").quality.examples
    assert (issue.row, issue.line) == (2, None)

    frame.to_csv(tmp_path / "orders.csv", index=False)
    with pytest.raises(cpm.DataError, match=r"orders\.csv, line 4, column `amount`"):
        cpm.TransactionLog.read(tmp_path / "orders.csv", **COLUMNS)
    pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "orders.parquet", index=False)
    with pytest.raises(cpm.DataError, match=r"orders\.parquet, row 2 \(counted from 0\), column `amount`"):
        cpm.TransactionLog.read(tmp_path / "orders.parquet", **COLUMNS)
