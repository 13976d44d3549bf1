"""The base as a portfolio: concentration and cohorts.

The functions take plain columns, so that they are usable without the rest of the package:

>>> import cpm
>>> log = cpm.datasets.cdnow()
>>> revenue = log.summarize().total_amount
>>> round(cpm.portfolio.gini(revenue), 3), round(cpm.portfolio.top_share(revenue, fraction=0.2), 3)
(0.631, 0.674)
"""

from cpm._core import (
    CohortTable,
    Hhi,
    WhaleCurve,
    cohort_retention,
    gini,
    hhi,
    lorenz,
    normalised_gini,
    top_share,
    whale_curve,
)

__all__ = [
    "CohortTable",
    "Hhi",
    "WhaleCurve",
    "cohort_retention",
    "gini",
    "hhi",
    "lorenz",
    "normalised_gini",
    "top_share",
    "whale_curve",
]
