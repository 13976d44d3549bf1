"""Customer portfolio management: segmentation, customer lifetime value, churn and portfolio metrics.

One transaction log in, one portfolio out, and every stage usable alone:

>>> import cpm
>>> log = cpm.datasets.cdnow()
>>> customers = log.summarize(as_of="1997-09-30")
>>> model = cpm.BgNbd().fit(customers)
>>> spend = cpm.GammaGamma().fit(customers)
>>> value = cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=0.10, margin=0.30)
>>> value.columns
['customer_id', 'discounted_purchases', 'expected_spend', 'value', 'value_low', 'value_high']

Or all of it at once: ``cpm.analyze(log, horizon=52, discount_rate=0.10, margin=0.30)``.

Errors are ``ValueError`` with the column, the row and the value at fault: see `CpmError`, `DataError` and
`FitError`. Charts are in ``cpm.plots``, which needs matplotlib.
"""

import warnings

from cpm import datasets, portfolio
from cpm._core import (
    DEBUG_BUILD,
    BetaDiscreteWeibull,
    BgBb,
    BgNbd,
    BrierScore,
    ChurnRisk,
    ChurnScores,
    CohortTable,
    Concordance,
    ContractualModel,
    ContractValue,
    Convergence,
    CoxPh,
    CpmError,
    CustomerSummary,
    DataError,
    Estimate,
    FitError,
    GammaGamma,
    Hhi,
    Holdout,
    HoldoutCheck,
    KaplanMeier,
    LifetimeValue,
    LogRankTest,
    MbgNbd,
    Model,
    Nbd,
    NelsonAalen,
    OpportunityHistories,
    OpportunityPrediction,
    ParetoNbd,
    Portfolio,
    ProportionalHazardsTest,
    PurchaseModel,
    PurchaseRhythm,
    QualityReport,
    QuantileEstimate,
    Renewals,
    RowIssue,
    Segments,
    ShiftedBetaGeometric,
    SummaryBuilder,
    SummaryQuality,
    SurvivalData,
    Table,
    TestResult,
    TransactionLog,
    WhaleCurve,
    __version__,
    analyze,
    brier_score,
    churn_risk,
    churn_scores,
    concordance_index,
    holdout_check,
    lifetime_value,
    load_model,
    log_rank_test,
    rfm_segments,
)

__all__ = [
    "BetaDiscreteWeibull",
    "BgBb",
    "BgNbd",
    "BrierScore",
    "ChurnRisk",
    "ChurnScores",
    "CohortTable",
    "Concordance",
    "ContractValue",
    "ContractualModel",
    "Convergence",
    "CoxPh",
    "CpmError",
    "CustomerSummary",
    "DataError",
    "Estimate",
    "FitError",
    "GammaGamma",
    "Hhi",
    "Holdout",
    "HoldoutCheck",
    "KaplanMeier",
    "LifetimeValue",
    "LogRankTest",
    "MbgNbd",
    "Model",
    "Nbd",
    "NelsonAalen",
    "OpportunityHistories",
    "OpportunityPrediction",
    "ParetoNbd",
    "Portfolio",
    "ProportionalHazardsTest",
    "PurchaseModel",
    "PurchaseRhythm",
    "QualityReport",
    "QuantileEstimate",
    "Renewals",
    "RowIssue",
    "Segments",
    "ShiftedBetaGeometric",
    "SummaryBuilder",
    "SummaryQuality",
    "SurvivalData",
    "Table",
    "TestResult",
    "TransactionLog",
    "WhaleCurve",
    "__version__",
    "analyze",
    "brier_score",
    "churn_risk",
    "churn_scores",
    "concordance_index",
    "datasets",
    "holdout_check",
    "lifetime_value",
    "load_model",
    "log_rank_test",
    "portfolio",
    "rfm_segments",
]

if DEBUG_BUILD:
    warnings.warn(
        "cpm was built without optimisation and is slow; install it with pip, or with maturin develop --release",
        RuntimeWarning,
        stacklevel=2,
    )
