//! `cpm.IndependenceTest`.

use cpm_core::clv::IndependenceTest as Core;
use pyo3::prelude::*;

use super::Estimate;
use crate::argument::Argument;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::Table;

/// Whether spend per purchase depends on how often a customer purchases; :class:`GammaGamma` assumes that it does not.
///
/// Parameters
/// ----------
/// customers : CustomerSummary
///     With monetary values; those with a repeat purchase and a positive amount count.
/// level : float
///     Level of the intervals.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> test = cpm.IndependenceTest(customers)
/// >>> round(test.pearson.value, 2)  # Fader & Hardie (2013) print .11
/// 0.11
/// >>> test.by_frequency["customers"][:3]
/// array([439, 214, 100])
#[pyclass(module = "cpm", frozen)]
pub(crate) struct IndependenceTest {
    inner: Core,
}

#[pymethods]
impl IndependenceTest {
    #[new]
    #[pyo3(signature = (customers, level=0.95))]
    fn new(py: Python<'_>, customers: Argument<'_, CustomerSummary>, level: f64) -> PyResult<Self> {
        Ok(Self { inner: py.detach(|| Core::new(&customers.inner, level)).or_raise()? })
    }

    /// Customers with a repeat purchase and a positive monetary value.
    #[getter]
    fn customers(&self) -> u64 {
        self.inner.customers
    }

    /// Pearson's correlation of frequency and mean amount, with Fisher's interval.
    #[getter]
    fn pearson(&self) -> Estimate {
        self.inner.pearson.into()
    }

    /// Probability of a correlation at least as large without a relation.
    #[getter]
    fn pearson_p(&self) -> f64 {
        self.inner.pearson_p
    }

    /// Spearman's rank correlation, which a few large amounts do not move.
    #[getter]
    fn spearman(&self) -> Estimate {
        self.inner.spearman.into()
    }

    /// The same of the rank correlation.
    #[getter]
    fn spearman_p(&self) -> f64 {
        self.inner.spearman_p
    }

    /// What the repeat purchases brought over what they would have at the mean amount of the customers.
    #[getter]
    fn spend_ratio(&self) -> f64 {
        self.inner.spend_ratio
    }

    /// Mean amount by number of repeat purchases: ``frequency, customers, mean_spend, standard_error``; the last row holds all
    /// with 7 or more.
    #[getter]
    fn by_frequency(&self) -> PyResult<Table> {
        self.inner.to_table().or_raise().map(Into::into)
    }

    /// A relation that matters, in words; None if the assumption will do.
    #[getter]
    fn warning(&self) -> Option<String> {
        self.inner.warning()
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }
}
