"""Charts: drawn on the axes given, labelled with units, and holding the right numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cpm

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

from cpm import plots  # noqa: E402


@pytest.fixture(autouse=True)
def _close() -> Any:
    yield
    plt.close("all")


CASES: list[tuple[Callable[..., Any], Callable[[cpm.Portfolio], Any]]] = [
    (plots.plot_tracking, lambda p: p.holdout),
    (plots.plot_frequency, lambda p: p.holdout),
    (plots.plot_lorenz, lambda p: cpm.portfolio.lorenz(p.customers["value"])),
    (plots.plot_retention, lambda p: p.cohorts),
    (plots.plot_value_by_segment, lambda p: p),
]


@pytest.mark.parametrize(("plot", "of"), CASES)
def test_axes(portfolio: cpm.Portfolio, plot: Callable[..., Any], of: Callable[[cpm.Portfolio], Any]) -> None:
    _, given = plt.subplots()
    assert plot(of(portfolio), ax=given) is given
    ax = plot(of(portfolio))
    assert ax is not given
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    ax.figure.canvas.draw()


def test_tracking(portfolio: cpm.Portfolio) -> None:
    check = portfolio.holdout
    assert check is not None
    actual, expected = plots.plot_tracking(check).lines[:2]
    assert actual.get_ydata()[-1] == check.tracking["actual"].sum()
    assert expected.get_ydata()[-1] == pytest.approx(check.tracking["expected"].sum())
    per_week = plots.plot_tracking(check, cumulative=False)
    assert per_week.get_ylabel() == "repeat purchases per week"
    assert (per_week.lines[0].get_ydata() == check.tracking["actual"]).all()


def test_value_by_segment(portfolio: cpm.Portfolio) -> None:
    ax = plots.plot_value_by_segment(portfolio)
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], portfolio.segments["value"])


def test_retention(portfolio: cpm.Portfolio) -> None:
    ax = plots.plot_retention(portfolio.cohorts)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1997-01", "1997-02", "1997-03"]
    drawn = ax.images[0].get_array()
    assert drawn[0, 0] == pytest.approx(portfolio.cohorts["retention"][1])
