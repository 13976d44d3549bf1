"""Charts of the objects of this package, on matplotlib axes.

Each function draws one object, on the axes given or on new ones, and returns the axes. This module needs
matplotlib: ``pip install cpm[plots]``.

>>> import cpm, cpm.plots
>>> log = cpm.datasets.cdnow()
>>> calibration, _ = log.split(calibration_end="1997-09-30")
>>> check = cpm.holdout_check(cpm.BgNbd().fit(calibration), log, calibration_end="1997-09-30")
>>> axes = cpm.plots.plot_tracking(check)
>>> axes.get_xlabel()
'weeks since the first day of the log'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cpm._core import CohortTable, HoldoutCheck, Portfolio, Table

__all__ = ["plot_frequency", "plot_lorenz", "plot_retention", "plot_tracking", "plot_value_by_segment"]

ACTUAL = "#4c566a"
EXPECTED = "#d08770"
BAR = "#5e81ac"


def plot_tracking(check: HoldoutCheck, ax: Axes | None = None, cumulative: bool = True) -> Axes:
    """Repeat purchases over time: what happened, and what the model expects.

    Parameters
    ----------
    check : HoldoutCheck
        From `cpm.holdout_check`, or ``portfolio.holdout``.
    ax : matplotlib.axes.Axes, optional
    cumulative : bool
        Sums since the first day, instead of one value per period.
    """
    ax = _axes(ax)
    tracking, unit = check.tracking, check.time_unit
    actual, expected = tracking["actual"], tracking["expected"]
    if cumulative:
        actual, expected = np.cumsum(actual), np.cumsum(expected)
    ax.plot(tracking["period"], actual, color=ACTUAL, label="actual")
    ax.plot(tracking["period"], expected, color=EXPECTED, linestyle="--", label="expected")
    held_out = tracking["period"][tracking["in_holdout"] == 1]
    if len(held_out):
        ax.axvline(held_out[0] - 1, color=ACTUAL, linewidth=0.8, linestyle=":", label="start of the hold-out")
    ax.set_xlabel(f"{unit}s since the first day of the log")
    ax.set_ylabel("repeat purchases, cumulative" if cumulative else f"repeat purchases per {unit}")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def plot_frequency(check: HoldoutCheck, ax: Axes | None = None) -> Axes:
    """Mean purchases in the hold-out by the number of purchases before: what happened, and what was expected.

    Parameters
    ----------
    check : HoldoutCheck
        From `cpm.holdout_check`, or ``portfolio.holdout``.
    ax : matplotlib.axes.Axes, optional
    """
    ax = _axes(ax)
    rows = check.by_frequency
    names = [str(x) for x in rows["frequency"]]
    names[-1] += "+"
    ax.plot(names, rows["actual"], color=ACTUAL, marker="o", label="actual")
    ax.plot(names, rows["expected"], color=EXPECTED, marker="o", linestyle="--", label="expected")
    ax.set_xlabel("repeat purchases in calibration")
    ax.set_ylabel(f"mean purchases in {check.duration:g} {check.time_unit}s of hold-out")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def plot_lorenz(curve: Table, ax: Axes | None = None) -> Axes:
    """Lorenz curve: how unevenly value is spread over the customers.

    Parameters
    ----------
    curve : Table
        From `cpm.portfolio.lorenz`.
    ax : matplotlib.axes.Axes, optional
    """
    ax = _axes(ax)
    ax.plot([0, 1], [0, 1], color=ACTUAL, linewidth=0.8, linestyle=":", label="all customers equal")
    ax.plot(curve["share_of_customers"], curve["share_of_value"], color=BAR, label="customers")
    ax.set_xlabel("share of customers, smallest value first")
    ax.set_ylabel("share of value")
    ax.set_aspect("equal")
    ax.legend(frameon=False)
    return ax


def plot_retention(cohorts: CohortTable, ax: Axes | None = None) -> Axes:
    """Retention of acquisition cohorts by age, as a heat map.

    Age 0, where all customers purchase, is left out; cells that observation ends within have their figure in
    brackets.

    Parameters
    ----------
    cohorts : CohortTable
        From `cpm.portfolio.cohort_retention`, or ``portfolio.cohorts``.
    ax : matplotlib.axes.Axes, optional
    """
    ax = _axes(ax)
    names = list(dict.fromkeys(cohorts["cohort"]))
    row = np.array([names.index(name) for name in cohorts["cohort"]])
    age, retention, partial = cohorts["age"], cohorts["retention"], cohorts["partial"]
    grid = np.full((len(names), max(int(age.max()), 1)), np.nan)
    shown = age > 0
    grid[row[shown], age[shown] - 1] = retention[shown]
    image = ax.imshow(grid, aspect="auto", cmap="Blues", vmin=0, extent=_cells(grid))
    for y, x, share, open_end in zip(row[shown], age[shown], retention[shown], partial[shown], strict=True):
        text = f"({share:.0%})" if open_end else f"{share:.0%}"
        ax.text(x, y, text, ha="center", va="center", fontsize="x-small")
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel(f"{cohorts.period}s since acquisition")
    ax.set_ylabel(f"{cohorts.period} of acquisition")
    ax.figure.colorbar(image, ax=ax, label="share of customers with a purchase")
    return ax


def plot_value_by_segment(portfolio: Portfolio, ax: Axes | None = None) -> Axes:
    """Value of each segment over the horizon, with its interval.

    Parameters
    ----------
    portfolio : Portfolio
        From `cpm.analyze`.
    ax : matplotlib.axes.Axes, optional
    """
    ax = _axes(ax)
    rows = portfolio.segments
    value = rows["value"]
    # A small segment may well bring nothing: its interval then lies below its expected value.
    below = np.maximum(value - rows["value_low"], 0)
    above = np.maximum(rows["value_high"] - value, 0)
    names = [f"{name} ({n})" for name, n in zip(rows["segment"], rows["customers"], strict=True)]
    ax.barh(names, value, xerr=[below, above], color=BAR, error_kw={"ecolor": ACTUAL, "capsize": 3})
    ax.invert_yaxis()
    ax.set_xlabel("expected value, in money, with interval")
    ax.set_ylabel("segment (customers)")
    return ax


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("cpm.plots needs matplotlib: pip install cpm[plots]") from error
    return plt.subplots(layout="constrained")[1]


def _cells(grid: Any) -> tuple[float, float, float, float]:
    """Edges of the heat map, so that ages start at 1 and cells are centred on whole numbers."""
    rows, columns = grid.shape
    return (0.5, columns + 0.5, rows - 0.5, -0.5)
