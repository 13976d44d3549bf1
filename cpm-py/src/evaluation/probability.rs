//! Are scores right as probabilities?

use cpm_core::churn::evaluation::{self as core, Binning};
use pyo3::prelude::*;

use super::scored;
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::survival::{Choices, choice};
use crate::table::Table;

const BINNINGS: &Choices<Binning> = &[("quantile", Binning::Quantile), ("uniform", Binning::EqualWidth)];

/// The Brier score and what it is made of; see :func:`cpm.churn.brier`.
///
/// ``score = reliability - resolution + uncertainty + within_bin_variance - within_bin_covariance``; the last two are 0 unless
/// bins hold different probabilities.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> brier = cpm.churn.brier([1, 0, 1, 0], [0.8, 0.2, 0.8, 0.8])
/// >>> round(brier.score, 3), round(brier.reliability, 4), round(brier.resolution, 4), brier.uncertainty
/// (0.19, 0.0233, 0.0833, 0.25)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct BrierDecomposition {
    inner: core::BrierDecomposition,
}

#[pymethods]
impl BrierDecomposition {
    /// Mean squared difference between the probability and what happened; 0 is perfect.
    #[getter]
    fn score(&self) -> f64 {
        self.inner.score
    }

    /// Standard error of the score.
    #[getter]
    fn standard_error(&self) -> f64 {
        self.inner.standard_error
    }

    /// How far churn rates are from what was said (calibration); 0 is perfect.
    #[getter]
    fn reliability(&self) -> f64 {
        self.inner.reliability
    }

    /// How far churn rates of the groups are from the overall rate; the more, the better.
    #[getter]
    fn resolution(&self) -> f64 {
        self.inner.resolution
    }

    /// The score of who says the overall rate to everybody.
    #[getter]
    fn uncertainty(&self) -> f64 {
        self.inner.uncertainty
    }

    /// Spread of the probabilities within bins.
    #[getter]
    fn within_bin_variance(&self) -> f64 {
        self.inner.within_bin_variance
    }

    /// Twice the covariance of probability and outcome within bins.
    #[getter]
    fn within_bin_covariance(&self) -> f64 {
        self.inner.within_bin_covariance
    }

    /// 1 - score/uncertainty: the share of the uncertainty that the probabilities remove.
    #[getter]
    fn skill(&self) -> f64 {
        self.inner.skill()
    }

    /// The score with its normal interval, cut at 0 and 1.
    #[pyo3(signature = (level=0.95))]
    fn estimate(&self, level: f64) -> PyResult<Estimate> {
        self.inner.estimate(level).or_raise().map(Into::into)
    }

    fn __repr__(&self) -> String {
        let b = &self.inner;
        format!(
            "BrierDecomposition(score={:.6}, reliability={:.6}, resolution={:.6}, uncertainty={:.6})",
            b.score, b.reliability, b.resolution, b.uncertainty
        )
    }
}

/// Result of :func:`cpm.churn.spiegelhalter`: ``z``, standard normal if every probability is right, and the two-sided ``p_value``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> test = cpm.churn.spiegelhalter([1, 0, 0, 0], [0.25] * 4)
/// >>> test.z, test.p_value
/// (0.0, 1.0)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SpiegelhalterTest {
    /// Positive where outcomes are less certain than said.
    #[pyo3(get)]
    z: f64,
    /// Two-sided.
    #[pyo3(get)]
    p_value: f64,
}

#[pymethods]
impl SpiegelhalterTest {
    fn __repr__(&self) -> String {
        format!("SpiegelhalterTest(z={:.4}, p_value={:.4})", self.z, self.p_value)
    }
}

/// How far probabilities are from what happened, over bins; see :func:`cpm.churn.calibration_error`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> error = cpm.churn.calibration_error([1, 0, 0, 0], [0.5] * 4, bins=1)
/// >>> error.expected, error.maximum
/// (0.25, 0.25)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct CalibrationError {
    /// Mean distance of observed share and mean probability, weighted by the size of the bins (ECE).
    #[pyo3(get)]
    expected: f64,
    /// The largest of these distances (MCE).
    #[pyo3(get)]
    maximum: f64,
    /// What ``expected`` would be on average by chance alone, if every probability were right.
    #[pyo3(get)]
    by_chance: f64,
}

#[pymethods]
impl CalibrationError {
    fn __repr__(&self) -> String {
        let Self { expected, maximum, by_chance } = self;
        format!("CalibrationError(expected={expected:.6}, maximum={maximum:.6}, by_chance={by_chance:.6})")
    }
}

/// Mean of -ln of the probability given to what happened, with its normal interval. As in scikit-learn, certainties are taken as
/// 2.2e-16 short of certain.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_prob : array-like
///     Probabilities of churn.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Estimate
///
/// Examples
/// --------
/// >>> import cpm
/// >>> round(cpm.churn.log_loss([1, 0], [0.5, 0.5]).value, 4)
/// 0.6931
#[pyfunction]
#[pyo3(signature = (y_true, y_prob, sample_weight=None, level=0.95))]
pub(crate) fn log_loss(
    y_true: &Bound<'_, PyAny>,
    y_prob: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Estimate> {
    scored(y_true, y_prob, sample_weight)?.log_loss(level).or_raise().map(Into::into)
}

/// The Brier score with its decomposition into reliability, resolution and uncertainty (Murphy 1973): over distinct probabilities, or
/// over ``bins`` of equal width, with the terms within bins that make the sum exact (Stephenson, Coelho & Jolliffe 2008).
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_prob : array-like
///     Probabilities of churn.
/// bins : int, optional
///     Bins of equal width; distinct probabilities by default.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
///
/// Returns
/// -------
/// BrierDecomposition
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.brier([1, 0, 1, 0], [0.8, 0.2, 0.8, 0.8])
/// BrierDecomposition(score=0.190000, reliability=0.023333, resolution=0.083333, uncertainty=0.250000)
#[pyfunction]
#[pyo3(signature = (y_true, y_prob, bins=None, sample_weight=None))]
pub(crate) fn brier(
    y_true: &Bound<'_, PyAny>,
    y_prob: &Bound<'_, PyAny>,
    bins: Option<usize>,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<BrierDecomposition> {
    let inner = scored(y_true, y_prob, sample_weight)?.brier(bins).or_raise()?;
    Ok(BrierDecomposition { inner })
}

/// Spiegelhalter's test (1986) that every probability is right.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_prob : array-like
///     Probabilities of churn.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
///
/// Returns
/// -------
/// SpiegelhalterTest
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.spiegelhalter([1, 1, 1, 0], [0.1] * 4)
/// SpiegelhalterTest(z=4.3333, p_value=0.0000)
#[pyfunction]
#[pyo3(signature = (y_true, y_prob, sample_weight=None))]
pub(crate) fn spiegelhalter(
    y_true: &Bound<'_, PyAny>,
    y_prob: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<SpiegelhalterTest> {
    let test = scored(y_true, y_prob, sample_weight)?.spiegelhalter().or_raise()?;
    Ok(SpiegelhalterTest { z: test.z, p_value: test.p_value })
}

/// Calibration curve: what was said beside what happened, over bins, as scikit-learn's ``calibration_curve``. Empty bins are left out.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_prob : array-like
///     Probabilities of churn.
/// bins : int
/// binning : {"quantile", "uniform"}
///     Bins of about equally many rows, or of equal width. Equal probabilities are in one bin.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Table
///     ``customers, predicted, observed``, and Wilson's interval ``low, high`` of what was observed.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> curve = cpm.churn.calibration_curve([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.8], bins=2)
/// >>> curve["predicted"].round(2), curve["observed"]
/// (array([0.15, 0.75]), array([0., 1.]))
#[pyfunction]
#[pyo3(signature = (y_true, y_prob, bins=10, binning="quantile", sample_weight=None, level=0.95))]
pub(crate) fn calibration_curve(
    y_true: &Bound<'_, PyAny>,
    y_prob: &Bound<'_, PyAny>,
    bins: usize,
    binning: &str,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Table> {
    let binning = choice("binning", binning, BINNINGS)?;
    scored(y_true, y_prob, sample_weight)?.calibration_table(binning, bins, level).or_raise().map(Into::into)
}

/// Expected and maximum calibration error over bins (Naeini, Cooper & Hauskrecht 2015), beside what chance alone makes of right
/// probabilities: an error below that shows nothing.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_prob : array-like
///     Probabilities of churn.
/// bins : int
/// binning : {"quantile", "uniform"}
///     Bins of about equally many rows, or of equal width. Equal probabilities are in one bin.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
///
/// Returns
/// -------
/// CalibrationError
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.calibration_error([1, 0, 0, 0], [0.5] * 4)
/// CalibrationError(expected=0.250000, maximum=0.250000, by_chance=0.199471)
#[pyfunction]
#[pyo3(signature = (y_true, y_prob, bins=10, binning="quantile", sample_weight=None))]
pub(crate) fn calibration_error(
    y_true: &Bound<'_, PyAny>,
    y_prob: &Bound<'_, PyAny>,
    bins: usize,
    binning: &str,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<CalibrationError> {
    let binning = choice("binning", binning, BINNINGS)?;
    let error = scored(y_true, y_prob, sample_weight)?.calibration_error(binning, bins).or_raise()?;
    let core::CalibrationError { expected, maximum, by_chance } = error;
    Ok(CalibrationError { expected, maximum, by_chance })
}

/// The usual measures of churn probabilities in one table.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_prob : array-like
///     Probabilities of churn.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Table
///     ``measure, value, low, high``; NaN where there is no interval.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.churn.evaluate([1, 0, 1, 0], [0.8, 0.3, 0.3, 0.1])
/// >>> table["measure"][:3], table["value"][:3].round(3)
/// (['auc', 'average_precision', 'top_decile_lift'], array([0.875, 0.833, 2.   ]))
#[pyfunction]
#[pyo3(signature = (y_true, y_prob, sample_weight=None, level=0.95))]
pub(crate) fn evaluate(
    y_true: &Bound<'_, PyAny>,
    y_prob: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Table> {
    scored(y_true, y_prob, sample_weight)?.summary(level).or_raise().map(Into::into)
}
