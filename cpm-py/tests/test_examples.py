"""The examples run: on what ships with cpm always, on other files where an environment variable names them."""

import json
import os
import runpy
from pathlib import Path
from typing import Any

import pytest

import cpm
from cpm import _core

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs" / "churn" / "model-or-classifier.md").read_text("utf-8").replace("**", "")


def churn_scores(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the program prints about each score; its numbers are those of the page."""
    scores = runpy.run_path(str(EXAMPLES / "churn_scores.py"))["main"](*arguments)
    assert list(scores) == ["BgNbd", "MbgNbd", "ParetoNbd", "Nbd", "logistic", "boosting"]
    assert all(((p >= 0) & (p <= 1)).all() for p in scores.values())
    return capsys.readouterr().out


@pytest.mark.skipif(_core.DEBUG_BUILD, reason="47,140 rows of boosting: half a minute without optimisation")
def test_churn_scores_of_cdnow(capsys: pytest.CaptureFixture[str]) -> None:
    out = churn_scores(capsys)
    for numbers in ("0.7717 (0.7630 to 0.7803)", "0.7771 (0.7687 to 0.7855)"):
        assert numbers in out
        assert numbers in PAGE


def test_churn_scores_of_online_retail(capsys: pytest.CaptureFixture[str]) -> None:
    path = os.environ.get("CPM_ONLINE_RETAIL")
    if not path:
        pytest.skip("CPM_ONLINE_RETAIL names no file: UCI's Online Retail is not part of the repository")
    out = churn_scores(capsys, path)
    for numbers in ("0.7330 (0.7164 to 0.7497)", "0.7354 (0.7188 to 0.7520)"):
        assert numbers in out
        assert numbers in PAGE


def code_cells() -> list[dict[str, Any]]:
    book = json.loads((EXAMPLES / "telco_churn.ipynb").read_text("utf-8"))
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def test_the_notebook_is_clean() -> None:
    for number, cell in enumerate(code_cells(), 1):
        compile("".join(cell["source"]), f"cell {number}", "exec")
        assert cell["execution_count"] == number
        for output in cell["outputs"]:
            assert (output["output_type"], output["name"]) == ("stream", "stdout")
            assert not any(
                word in "".join(output["text"]) for word in ("Traceback", "Warning", "/home", "/tmp", "/work")
            )


def test_the_notebook_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if not os.environ.get("CPM_TELCO"):
        pytest.skip("CPM_TELCO names no file: IBM's sample of telecom customers is not part of the repository")
    # The peer takes minutes, and its numbers are no test of cpm.
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    namespace: dict[str, Any] = {"__name__": "notebook"}
    for number, cell in enumerate(code_cells(), 1):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
    assert "expected profit" in capsys.readouterr().out
    auc = cpm.churn.auc(namespace["churned"][namespace["test"]], namespace["p"])
    assert auc.value > 0.85
    assert len(namespace["target"]) > 500
