"""Churn scores judged: whether they rank, whether they are probabilities, what they earn.

The functions take plain columns: what happened (``y_true``) and the scores, from whatever model.

>>> import cpm
>>> y, p = [1, 1, 0, 1, 0, 0], [0.9, 0.7, 0.6, 0.4, 0.3, 0.1]
>>> round(cpm.churn.auc(y, p).value, 3), cpm.churn.lift_at(y, p, fraction=1 / 3).value
(0.889, 2.0)
"""

from cpm._core import (
    BrierDecomposition,
    CalibrationError,
    Calibrator,
    CampaignTotals,
    ChurnModel,
    KolmogorovSmirnov,
    MaximumProfit,
    PopulationStability,
    QiniCurve,
    RetentionPlan,
    SpiegelhalterTest,
    UpliftModel,
    auc,
    average_precision,
    brier,
    calibration_curve,
    calibration_error,
    compare_auc,
    empc,
    evaluate,
    expanding_windows,
    kolmogorov_smirnov,
    lift_at,
    lift_table,
    log_loss,
    mpc,
    plan_retention_offer,
    population_stability,
    qini_curve,
    roc_curve,
    spiegelhalter,
    stratified_folds,
)

__all__ = [
    "BrierDecomposition",
    "CalibrationError",
    "Calibrator",
    "CampaignTotals",
    "ChurnModel",
    "KolmogorovSmirnov",
    "MaximumProfit",
    "PopulationStability",
    "QiniCurve",
    "RetentionPlan",
    "SpiegelhalterTest",
    "UpliftModel",
    "auc",
    "average_precision",
    "brier",
    "calibration_curve",
    "calibration_error",
    "compare_auc",
    "empc",
    "evaluate",
    "expanding_windows",
    "kolmogorov_smirnov",
    "lift_at",
    "lift_table",
    "log_loss",
    "mpc",
    "plan_retention_offer",
    "population_stability",
    "qini_curve",
    "roc_curve",
    "spiegelhalter",
    "stratified_folds",
]
