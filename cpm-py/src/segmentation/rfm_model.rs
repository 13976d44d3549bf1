//! `cpm.Rfm` and `cpm.segmentation.purchase_rhythm`.

use cpm_core::SavedModel;
use cpm_core::segmentation::{RfmDimension, RfmModel as Core, RfmModelOptions, purchase_rhythm as core_rhythm};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::model::{SegmentationModel, fitted};
use super::rfm::{Segments, segment_table, with_segments};
use crate::argument::Argument;
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator::Unset;
use crate::summary::CustomerSummary;
use crate::survival::{Choices, choice, name_of};
use crate::table::Table;
use crate::transactions::{TransactionLog, summary_options};

const DIMENSIONS: &Choices<RfmDimension> = &[
    ("recency", RfmDimension::Recency),
    ("frequency", RfmDimension::Frequency),
    ("monetary", RfmDimension::Monetary),
    ("tenure", RfmDimension::Tenure),
    ("length", RfmDimension::Length),
    ("clumpiness", RfmDimension::Clumpiness),
];

/// RFM scores on a scale that stays: the edges of the fit score next month's customers too.
///
/// Customers of the fit are scored by rank, as :func:`rfm_segments` does, or by given edges. The total score is the weighted
/// mean of the scores. Equal values get equal scores, whatever the order of the rows.
///
/// Parameters
/// ----------
/// bins : int
///     The best score, 3 to 10.
/// nested : bool
///     Rank frequency among customers of one recency score, and the amount among those of one recency and frequency score.
/// edges : dict, optional
///     For dimensions to be scored by value: ``bins - 1`` values in ascending order. A value on an edge gets the better
///     score. Recency and tenure are in days.
/// weights : list of float, optional
///     Of the scores in the total, equal by default.
/// fourth : {"tenure", "length", "clumpiness"}, optional
///     A fourth dimension: days since the first purchase (RFM-T), days from the first to the last one (LRFM), or how much
///     purchases come in bursts (RFMC; :func:`cpm.segmentation.purchase_rhythm` computes it).
/// rules : list of tuple, optional
///     Names of the segments, as in :func:`rfm_segments`.
///
/// References
/// ----------
/// Hughes (1994), Strategic Database Marketing. Zhang, Bradlow & Small (2015), Predicting Customer Value Using Clumpiness:
/// From RFM to RFMC, Marketing Science 34(2).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> june, september = log.summarize(as_of="1997-06-30"), log.summarize(as_of="1997-09-30")
/// >>> model = cpm.Rfm(fourth="length", weights=[2, 1, 1, 1]).fit(june)
/// >>> model.predict(june).counts["Champions"] > model.predict(september).counts["Champions"]
/// True
/// >>> model.predict(september).columns[-5:]
/// ['length_days', 'length_score', 'rfm', 'total_score', 'segment']
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct Rfm {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl Rfm {
    fn choices<'py>(
        [bins, nested, edges, weights, fourth, rules]: [Given<'py>; 6],
    ) -> Vec<(&'static str, Given<'py>, Unset)> {
        vec![
            ("bins", bins, Unset::Int(5)),
            ("nested", nested, Unset::Flag(false)),
            ("edges", edges, Unset::None),
            ("weights", weights, Unset::None),
            ("fourth", fourth, Unset::None),
            ("rules", rules, Unset::None),
        ]
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let (bins, fourth) = match &model {
            SavedModel::Rfm(m) => (m.bins(), m.dimensions().get(3).copied()),
            _ => (0, None),
        };
        let bins = bins.into_pyobject(py)?.into_any();
        let fourth = match fourth {
            Some(dimension) => Some(name_of(&dimension, DIMENSIONS).into_pyobject(py)?.into_any()),
            None => None,
        };
        let choices = Self::choices([Some(bins), None, None, None, fourth, None]);
        Ok(SegmentationModel::base(py, choices, Some(model))?.add_subclass(Self {}))
    }

    fn options(slf: &Bound<'_, Self>) -> PyResult<RfmModelOptions> {
        let (py, base) = (slf.py(), slf.as_super().as_super().borrow());
        let bins: u8 = base.choice(py, "bins")?;
        let mut options = RfmModelOptions::new().bins(bins);
        if base.choice(py, "nested")? {
            options = options.nested();
        }
        if let Some(edges) = base.choice::<Option<Bound<'_, PyDict>>>(py, "edges")? {
            for (name, values) in edges {
                let dimension = choice("edges", &name.str()?.to_string(), DIMENSIONS)?;
                options = options.edges(dimension, floats("edges", &values)?.as_slice()?);
            }
        }
        if let Some(weights) = base.choice::<Option<Vec<f64>>>(py, "weights")? {
            options = options.weights(&weights);
        }
        if let Some(fourth) = base.choice::<Option<String>>(py, "fourth")? {
            options = options.fourth(choice("fourth", &fourth, DIMENSIONS)?);
        }
        if let Some(rules) = base.choice::<Option<Vec<Bound<'_, PyAny>>>>(py, "rules")? {
            options = options.table(segment_table(bins, &rules)?);
        }
        Ok(options)
    }
}

#[pymethods]
impl Rfm {
    #[new]
    #[pyo3(
        signature = (bins=None, nested=None, edges=None, weights=None, fourth=None, rules=None),
        text_signature = "(bins=5, nested=False, edges=None, weights=None, fourth=None, rules=None)"
    )]
    fn new<'py>(
        py: Python<'py>,
        bins: Given<'py>,
        nested: Given<'py>,
        edges: Given<'py>,
        weights: Given<'py>,
        fourth: Given<'py>,
        rules: Given<'py>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = Self::choices([bins, nested, edges, weights, fourth, rules]);
        Ok(SegmentationModel::base(py, choices, None)?.add_subclass(Self {}))
    }

    /// Finds the edges.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    ///     With amounts.
    /// clumpiness : array-like, optional
    ///     One value per customer, if it is the fourth dimension.
    ///
    /// Returns
    /// -------
    /// Rfm
    ///     This object, fitted.
    #[pyo3(signature = (customers, clumpiness=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        customers: Argument<'_, CustomerSummary>,
        clumpiness: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let options = Self::options(&slf)?;
        let clumpiness = clumpiness.map(|c| floats("clumpiness", c)).transpose()?;
        let values = clumpiness.as_ref().map(|c| c.as_slice()).transpose()?;
        let model = slf
            .py()
            .detach(|| match values {
                Some(values) => Core::fit_with_clumpiness(&customers.inner, values, &options),
                None => Core::fit(&customers.inner, &options),
            })
            .or_raise()?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// Scores customers by the edges of the fit, and names their segments.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// clumpiness : array-like, optional
    ///
    /// Returns
    /// -------
    /// Segments
    ///     As of :func:`rfm_segments`, with the fourth dimension and ``total_score``.
    #[pyo3(signature = (customers, clumpiness=None))]
    fn predict<'py>(
        slf: &Bound<'py, Self>,
        customers: Argument<'_, CustomerSummary>,
        clumpiness: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Segments>> {
        let model = fitted!(slf, Rfm);
        let clumpiness = clumpiness.map(|c| floats("clumpiness", c)).transpose()?;
        let values = clumpiness.as_ref().map(|c| c.as_slice()).transpose()?;
        let (table, segments) = slf
            .py()
            .detach(|| {
                let scores = match values {
                    Some(values) => model.score_with_clumpiness(&customers.inner, values)?,
                    None => model.score(&customers.inner)?,
                };
                let segments = model.table().segment(&scores);
                Ok((with_segments(&scores, &segments)?, segments))
            })
            .or_raise()?;
        Segments::object(slf.py(), table, &segments)
    }

    /// ``dimension, score, edge``: the value from which on a score is given, or, for recency, up to which.
    #[getter]
    fn edges(slf: &Bound<'_, Self>) -> PyResult<Table> {
        fitted!(slf, Rfm).edges().or_raise().map(Into::into)
    }

    /// Names of the segments.
    #[getter]
    fn segment_names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, Rfm).table().names().to_vec())
    }
}

/// What only the dates of purchases tell, one row per customer in the order of :meth:`TransactionLog.summarize`.
///
/// Clumpiness is one minus the entropy of the gaps between days of purchase (with those before the first and after the last
/// one) over its largest value: 0 for purchases at equal distances, towards 1 for bursts.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// as_of : date, optional
///     The end of observation. Default: the last time in the log.
/// time_unit : {"day", "week", "month", "year"}
///     The unit of ``last_gap``.
/// merge_within : {"nothing", "hour", "day", "week"}
///     The period within which rows of one customer are one purchase.
///
/// Returns
/// -------
/// Table
///     ``customer_id, purchases, last_gap`` (the time between the last two purchases; NaN after a single one) and
///     ``clumpiness``.
///
/// References
/// ----------
/// Zhang, Bradlow & Small (2013), New Measures of Clumpiness for Incidence Data, Journal of Applied Statistics 40(11).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> rhythm = cpm.segmentation.purchase_rhythm(log, as_of="1997-09-30")
/// >>> len(rhythm) == len(log.summarize(as_of="1997-09-30"))
/// True
#[pyfunction]
#[pyo3(signature = (log, as_of=None, time_unit="week", merge_within="day"))]
pub(crate) fn purchase_rhythm(
    py: Python<'_>,
    log: Argument<'_, TransactionLog>,
    as_of: Option<&Bound<'_, PyAny>>,
    time_unit: &str,
    merge_within: &str,
) -> PyResult<Table> {
    let options = summary_options(as_of, time_unit, merge_within, log.inner.time_zone())?;
    py.detach(|| core_rhythm(&log.inner, &options)).or_raise().map(Into::into)
}
