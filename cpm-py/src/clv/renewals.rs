//! `cpm.Renewals`: what contractual models are fitted to.

use cpm_core::Column;
use cpm_core::clv::{Cohort, CustomerRenewals};
use pyo3::prelude::*;

use crate::arrays::{count, counts, flags, floats};
use crate::covariates::covariates as covariates_of;
use crate::error::{CpmError, OrRaise, exception};
use crate::table::Table;

/// Renewals and churn of customers under contract, grouped; what a :class:`ContractualModel` is fitted to.
///
/// Made from cohort tables or from single customers.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> renewals = cpm.Renewals.from_cohorts([[1000, 631, 468], [800, 512]])
/// >>> renewals.customers
/// 1800.0
/// >>> renewals.by_period["renewed"]
/// array([1143.,  468.])
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Renewals {
    pub(super) inner: cpm_core::clv::Renewals,
    /// The same customers with their covariates, where they have some.
    customers: Option<CustomerRenewals>,
}

impl From<cpm_core::clv::Renewals> for Renewals {
    fn from(inner: cpm_core::clv::Renewals) -> Self {
        Self { inner, customers: None }
    }
}

impl From<CustomerRenewals> for Renewals {
    fn from(customers: CustomerRenewals) -> Self {
        Self { inner: customers.renewals().clone(), customers: Some(customers) }
    }
}

impl Renewals {
    /// The customers with their covariates, or the error that says how to give them.
    pub(super) fn with_covariates(&self) -> PyResult<&CustomerRenewals> {
        self.customers.as_ref().ok_or_else(|| {
            exception(cpm_core::Error::Empty {
                what: "the table of covariates of the renewals".to_owned(),
                remedy: "Give the customers' attributes with Renewals.from_customers(..., covariates=table)".to_owned(),
            })
        })
    }
}

#[pymethods]
impl Renewals {
    /// From a cohort table: customers acquired together, and how many of them are left.
    ///
    /// Parameters
    /// ----------
    /// cohorts : list of array-like
    ///     For each cohort the customers left after 0, 1, 2, … renewal opportunities; the first number is its size. Cohorts
    ///     may be of different age.
    /// observed_from : array-like of int, optional
    ///     For each cohort the renewals that the customers of its first number have already made; 0 by default. Those
    ///     lost before are no part of the data, and the likelihood knows it.
    ///
    /// Returns
    /// -------
    /// Renewals
    ///
    /// Raises
    /// ------
    /// DataError
    ///     For a number that is negative, not finite, or larger than the one before, and without cohorts.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> cpm.Renewals.from_cohorts([[1000, 631, 468], [300]]).without_opportunity
    /// 300.0
    #[staticmethod]
    #[pyo3(signature = (cohorts, observed_from=None))]
    fn from_cohorts(
        py: Python<'_>,
        cohorts: Vec<Bound<'_, PyAny>>,
        observed_from: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let first = match observed_from {
            Some(values) => counts("observed_from", values)?,
            None => vec![0; cohorts.len()],
        };
        if first.len() != cohorts.len() {
            let (found, expected) = (first.len(), cohorts.len());
            let mismatch =
                cpm_core::Error::LengthMismatch { column: "observed_from", found, reference: "cohorts", expected };
            return Err(exception(mismatch));
        }
        let cohorts = cohorts
            .iter()
            .zip(first)
            .map(|(alive, first)| Ok(Cohort::new(floats("alive", alive)?.as_slice()?).observed_from(first)))
            .collect::<PyResult<Vec<_>>>()?;
        py.detach(|| cpm_core::clv::Renewals::from_cohorts(&cohorts)).or_raise().map(Into::into)
    }

    /// From one cohort in percent of its first number, as tables are often published.
    ///
    /// The precision of a fit depends on the size; if it is not known, say what the shares are to count for.
    ///
    /// Parameters
    /// ----------
    /// shares : array-like
    ///     Percent left after 0, 1, 2, … renewal opportunities.
    /// customers : float
    ///     Size of the cohort.
    /// observed_from : int
    ///     Renewals already made when the observation begins; see :meth:`from_cohorts`.
    ///
    /// Returns
    /// -------
    /// Renewals
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> cpm.Renewals.from_percent([100, 50, 25], customers=200).by_period["renewed"]
    /// array([100.,  50.])
    #[staticmethod]
    #[pyo3(signature = (shares, customers, observed_from=0))]
    fn from_percent(shares: &Bound<'_, PyAny>, customers: f64, observed_from: i64) -> PyResult<Self> {
        let first = count("observed_from", observed_from)?;
        let cohort = Cohort::from_percent(floats("shares", shares)?.as_slice()?, customers).observed_from(first);
        cpm_core::clv::Renewals::from_cohorts(&[cohort]).or_raise().map(Into::into)
    }

    /// From one row per customer.
    ///
    /// Parameters
    /// ----------
    /// renewals : array-like of int
    ///     How often each customer has renewed. One who left at the first opportunity has renewed 0 times.
    /// active : array-like of bool
    ///     Whether it is still a customer.
    /// weights : array-like, optional
    ///     How often each row counts. Zero leaves a row out.
    /// covariates : table, optional
    ///     Attributes of the customers, one row for each: a data frame or a dict of columns, for
    ///     :class:`ShiftedBetaGeometricWithCovariates`.
    ///
    /// Returns
    /// -------
    /// Renewals
    ///
    /// Raises
    /// ------
    /// DataError
    ///     For columns of different lengths and values outside their domain.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> renewals = cpm.Renewals.from_customers(renewals=[0, 2, 3, 3], active=[False, False, True, True])
    /// >>> renewals.by_period["at_risk"]
    /// array([4., 3., 3.])
    /// >>> renewals.by_period["renewed"]
    /// array([3., 3., 2.])
    #[staticmethod]
    #[pyo3(signature = (renewals, active, weights=None, covariates=None))]
    fn from_customers(
        py: Python<'_>,
        renewals: &Bound<'_, PyAny>,
        active: &Bound<'_, PyAny>,
        weights: Option<&Bound<'_, PyAny>>,
        covariates: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (renewals, active) = (counts("renewals", renewals)?, flags("active", active)?);
        let weights = weights.map(|w| floats("weights", w)).transpose()?;
        let weights = weights.as_ref().map(|w| w.as_slice()).transpose()?;
        let covariates = covariates.map(|table| covariates_of(table, None)).transpose()?;
        py.detach(|| match covariates {
            Some(covariates) => CustomerRenewals::new(&renewals, &active, &covariates, weights).map(Into::into),
            None => cpm_core::clv::Renewals::from_customers(&renewals, &active, weights).map(Into::into),
        })
        .or_raise()
    }

    /// The data of both; the customers must not be the same, and have no covariates.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> older = cpm.Renewals.from_cohorts([[1000, 631, 468]])
    /// >>> older.merge(cpm.Renewals.from_cohorts([[800, 512]])).customers
    /// 1800.0
    fn merge(&self, other: &Self) -> PyResult<Self> {
        if self.customers.is_some() || other.customers.is_some() {
            let message = "renewals with covariates cannot be merged: give the rows of all customers to from_customers";
            return Err(CpmError::new_err(message));
        }
        let mut all = self.inner.clone();
        all.merge(&other.inner);
        Ok(all.into())
    }

    /// Customers who had at least one opportunity to renew (sum of the weights).
    #[getter]
    fn customers(&self) -> f64 {
        self.inner.customers()
    }

    /// Customers too young for an opportunity: they say nothing about renewal and are no part of a fit.
    #[getter]
    fn without_opportunity(&self) -> f64 {
        self.inner.without_opportunity()
    }

    /// Customers by renewal opportunity, over all cohorts.
    ///
    /// Columns ``period`` (the opportunity, counted from 1), ``at_risk`` (who could renew) and ``renewed`` (who did).
    #[getter]
    fn by_period(&self) -> PyResult<Table> {
        let rows = self.inner.by_period();
        let mut table = cpm_core::Table::new();
        table.push("period", Column::Integer(rows.iter().map(|r| r.period as i64).collect())).or_raise()?;
        table.push("at_risk", Column::Float(rows.iter().map(|r| r.at_risk).collect())).or_raise()?;
        table.push("renewed", Column::Float(rows.iter().map(|r| r.renewed).collect())).or_raise()?;
        Ok(table.into())
    }

    fn __repr__(&self) -> String {
        let periods = self.inner.by_period().last().map_or(0, |p| p.period);
        format!("Renewals(customers={}, periods={periods})", self.inner.customers())
    }
}
