"""Documentation: every public name has some, and its examples run."""

import doctest
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cpm
import cpm._core
import cpm.plots

MODULES = [cpm, cpm.churn, cpm.datasets, cpm.portfolio, cpm.segmentation]


def documented() -> Iterator[tuple[str, Any]]:
    for name in sorted(set(cpm._core.__all__) - {"DEBUG_BUILD", "__version__"}):
        yield f"cpm.{name}", getattr(cpm._core, name)
    for module in MODULES:
        yield module.__name__, module


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """The value itself and, of a class, what it defines in public."""
    yield "", value
    if inspect.isclass(value):
        for name, member in vars(value).items():
            if not name.startswith("_") and member is not None:
                yield name, member


@pytest.mark.parametrize(("name", "value"), list(documented()))
def test_examples(name: str, value: Any) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for member, documented in members(value):
        text = inspect.getdoc(documented)
        assert text, f"{name}.{member} has no documentation"
        # Signatures that the compiler writes above the text are no examples.
        examples = doctest.DocTestParser().get_doctest(text, {}, f"{name}.{member}", None, None)
        report: list[str] = []
        runner.run(examples, out=report.append)
        assert not runner.failures, "".join(report)


def test_examples_of_plots() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    plain: ModuleType = cpm.plots
    assert doctest.testmod(plain).failed == 0
    assert all(inspect.getdoc(getattr(plain, name)) for name in plain.__all__)


def test_the_list_of_names_is_whole() -> None:
    for module in [*MODULES, cpm.plots]:
        assert all(hasattr(module, name) for name in module.__all__)
    hidden = {"DEBUG_BUILD", "cdnow", *cpm.churn.__all__, *cpm.portfolio.__all__, *cpm.segmentation.__all__}
    assert set(cpm._core.__all__) - set(cpm.__all__) <= hidden


def test_the_reference_has_formula_and_source_of_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs" / "portfolio" / "reference.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| `")
    ]
    documented = {name.strip("`"): (formula, source) for name, formula, source in rows}
    metrics = {name for name in cpm.portfolio.__all__ if name[0].islower()}
    assert set(documented) == metrics
    assert len(rows) == len(metrics)
    assert all(formula and source for formula, source in documented.values())
    assert all(f"`{name}`" in page for name in cpm.portfolio.__all__)
