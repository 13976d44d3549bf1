"""The base as a portfolio: concentration and cohorts.

The functions take plain columns, so that they are usable without the rest of the package:

>>> import cpm
>>> log = cpm.datasets.cdnow()
>>> revenue = log.summarize().total_amount
>>> round(cpm.portfolio.gini(revenue), 3), round(cpm.portfolio.top_share(revenue, fraction=0.2), 3)
(0.631, 0.674)
"""

from cpm._core import (
    Allocation,
    CohortTable,
    Drivers,
    GroupScores,
    Hhi,
    Regret,
    Response,
    ScoreDifference,
    SurveyScore,
    WhaleCurve,
    allocate_budget,
    ces,
    cohort_retention,
    csat,
    detractor_value,
    gini,
    hhi,
    lorenz,
    normalised_gini,
    nps,
    nps_by_value_tier,
    post_stratification_weights,
    referral_value,
    satisfaction_drivers,
    score_by_group,
    top_share,
    whale_curve,
)

__all__ = [
    "Allocation",
    "CohortTable",
    "Drivers",
    "GroupScores",
    "Hhi",
    "Regret",
    "Response",
    "ScoreDifference",
    "SurveyScore",
    "WhaleCurve",
    "allocate_budget",
    "ces",
    "cohort_retention",
    "csat",
    "detractor_value",
    "gini",
    "hhi",
    "lorenz",
    "normalised_gini",
    "nps",
    "nps_by_value_tier",
    "post_stratification_weights",
    "referral_value",
    "satisfaction_drivers",
    "score_by_group",
    "top_share",
    "whale_curve",
]
