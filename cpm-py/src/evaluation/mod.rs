//! How good churn scores are and what they earn: one file per idea, as in the core.

mod drift;
mod probability;
mod profit;
mod ranking;
mod uplift;

use cpm_core::churn::evaluation::ScoredCustomers;
use pyo3::prelude::*;

pub(crate) use drift::{KolmogorovSmirnov, PopulationStability, kolmogorov_smirnov, population_stability};
pub(crate) use probability::{
    BrierDecomposition, CalibrationError, SpiegelhalterTest, brier, calibration_curve, calibration_error, evaluate,
    log_loss, spiegelhalter,
};
pub(crate) use profit::{CampaignTotals, MaximumProfit, RetentionPlan, empc, mpc, plan_retention_offer};
pub(crate) use ranking::{auc, average_precision, compare_auc, lift_at, lift_table, roc_curve};
pub(crate) use uplift::{QiniCurve, qini_curve};

use crate::arrays::{flags, floats};
use crate::error::OrRaise;

/// Columns from Python, sorted by score.
fn scored(
    y_true: &Bound<'_, PyAny>,
    scores: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<ScoredCustomers> {
    let py = y_true.py();
    let churned = flags("y_true", y_true)?;
    let scores = floats("scores", scores)?;
    let scores = scores.as_slice()?;
    let Some(weights) = sample_weight else { return py.detach(|| ScoredCustomers::new(&churned, scores)).or_raise() };
    let weights = floats("weights", weights)?;
    let weights = weights.as_slice()?;
    py.detach(|| ScoredCustomers::weighted(&churned, scores, weights)).or_raise()
}
