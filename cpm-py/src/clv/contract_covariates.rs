//! `cpm.ShiftedBetaGeometricWithCovariates`.

use cpm_core::SavedModel;
use cpm_core::clv::{CovariateOptions, ShiftedBetaGeometricWithCovariates as Core};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::asked::class_of;
use super::contractual::{table_of, value_options};
use super::{ContractValue, Model, Renewals, fit_options, not_fitted, to_python};
use crate::arrays::{count, counts, flags};
use crate::covariates::covariates;
use crate::error::{CpmError, OrRaise};
use crate::portfolio::inputs::groups as names_and_codes;
use crate::table::Table;

/// The shifted-beta-geometric model of renewals whose churn probabilities depend on attributes of the customers.
///
/// α_i = α·exp(h'z_i): one unit more of a covariate multiplies the odds of leaving by e^h. With ``separate_dropout`` β has
/// coefficients of its own. Text is a category: its first value in alphabetical order is the reference.
///
/// Parameters
/// ----------
/// columns : list of str, optional
///     The covariates to use; all by default.
/// equal : list of str
///     Covariates with one coefficient for α and β, where both have coefficients: they leave the mean chance of leaving,
///     α/(α + β), as it is, and move how much customers differ.
/// penalty : float
///     Ridge penalty: half of it times the squared coefficients of standardised covariates is taken from the log-likelihood.
/// separate_dropout : bool
///     Whether β has coefficients of its own.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> renewals = [0, 0, 1, 3, 1, 0, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1]
/// >>> active = [n == 3 for n in renewals]
/// >>> plan = {"plan": ["monthly"] * 8 + ["a year"] * 12}
/// >>> model = cpm.ShiftedBetaGeometricWithCovariates().fit(renewals, active, plan)
/// >>> model.params["dropout:plan=monthly"] > 0  # they leave sooner
/// True
/// >>> customers = {"plan": ["monthly", "a year"]}
/// >>> survival = model.survival_of_customers([2, 2], customers, horizon=3)["survival"]
/// >>> bool(survival[0] < survival[1])
/// True
///
/// Bootstrap, profile likelihood and posterior take renewals with covariates:
///
/// >>> customers = cpm.Renewals.from_customers(renewals, active, covariates=plan)
/// >>> effect = cpm.profile_interval(model, customers, "dropout:plan=monthly", level=0.8)
/// >>> effect.low > 0
/// True
#[pyclass(module = "cpm", extends = Model)]
pub(crate) struct ShiftedBetaGeometricWithCovariates;

impl ShiftedBetaGeometricWithCovariates {
    /// Which covariates move what.
    fn choices(slf: &Bound<'_, Self>) -> PyResult<CovariateOptions> {
        let (estimator, py) = (slf.as_super().as_super().borrow(), slf.py());
        let penalty = estimator.params.number(py, "penalty")?;
        let mut options = CovariateOptions::new()
            .penalty(penalty, penalty)
            .separate_dropout(estimator.params.flag(py, "separate_dropout")?);
        options.dropout = estimator.choice(py, "columns")?;
        options.equal = estimator.choice(py, "equal")?;
        Ok(options)
    }

    /// The choices of a model, or of its class, if it is this one.
    pub(super) fn asked(model: &Bound<'_, PyAny>) -> PyResult<Option<CovariateOptions>> {
        if let Ok(model) = model.cast::<Self>() {
            return Self::choices(model).map(Some);
        }
        Ok(class_of(model).is_subclass_of::<Self>()?.then(CovariateOptions::new))
    }

    /// A model from a file, or from a posterior.
    pub(super) fn loaded(py: Python<'_>, model: Core) -> PyResult<Py<PyAny>> {
        let params = params(py, model.options())?;
        Ok(Py::new(py, Model::chosen(params, Some(model.into())).add_subclass(Self))?.into_any())
    }
}

fn params<'py>(py: Python<'py>, options: &CovariateOptions) -> PyResult<Bound<'py, PyDict>> {
    let params = PyDict::new(py);
    params.set_item("columns", &options.dropout)?;
    params.set_item("equal", &options.equal)?;
    params.set_item("penalty", options.penalty[1])?;
    params.set_item("separate_dropout", options.separate_dropout)?;
    Ok(params)
}

fn model<'a>(slf: &'a PyRef<'_, ShiftedBetaGeometricWithCovariates>) -> PyResult<&'a Core> {
    match Model::saved(slf.as_super())? {
        SavedModel::ShiftedBetaGeometricCovariates(model) => Ok(model),
        _ => Err(not_fitted("ShiftedBetaGeometricWithCovariates")),
    }
}

#[pymethods]
impl ShiftedBetaGeometricWithCovariates {
    #[new]
    #[pyo3(signature = (columns=None, *, equal=vec![], penalty=0.0, separate_dropout=false))]
    fn new(
        py: Python<'_>,
        columns: Option<Vec<String>>,
        equal: Vec<String>,
        penalty: f64,
        separate_dropout: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut options = CovariateOptions::new().penalty(penalty, penalty).separate_dropout(separate_dropout);
        (options.dropout, options.equal) = (columns, equal);
        Ok(Model::chosen(params(py, &options)?, None).add_subclass(Self))
    }

    /// Maximum likelihood over single customers.
    ///
    /// Parameters
    /// ----------
    /// renewals : Renewals or array-like of int
    ///     Renewals with covariates (:meth:`Renewals.from_customers`), which say all there is to the customers; or how often each
    ///     customer has renewed, with the next two.
    /// active : array-like of bool, optional
    ///     Whether it still is a customer.
    /// table : table, optional
    ///     The covariates, one row per customer: a data frame or a dict of columns.
    /// weights : array-like, optional
    ///     How often each row counts. Zero leaves a row out. :class:`Renewals` bring theirs along.
    /// max_iterations : int, optional
    ///     200 by default.
    /// start : array-like of two, optional
    ///     Starting values of alpha and beta of a typical customer (medians, and the most common category).
    /// priors : dict of Prior, optional
    ///     Priors of alpha and beta of a typical customer (medians, and the most common category), and of coefficients by their names in ``params``,
    ///     :meth:`Prior.normal` per unit of the covariate. Those without are left to ``penalty``: normal around 0 per standard
    ///     deviation of the covariate, with standard deviation 1/sqrt(penalty).
    ///
    /// Returns
    /// -------
    /// ShiftedBetaGeometricWithCovariates
    ///     This object, fitted.
    #[pyo3(signature = (renewals, active=None, table=None, weights=None, max_iterations=None, start=None, priors=None))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        renewals: &Bound<'py, PyAny>,
        active: Option<&Bound<'py, PyAny>>,
        table: Option<&Bound<'py, PyAny>>,
        weights: Option<&Bound<'py, PyAny>>,
        max_iterations: Option<usize>,
        start: Option<&Bound<'py, PyAny>>,
        priors: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let options = fit_options(weights, start, max_iterations, priors, 0.0)?;
        let (py, choices) = (slf.py(), Self::choices(&slf)?);
        let model = if let Ok(renewals) = renewals.cast::<Renewals>() {
            if active.is_some() || table.is_some() {
                return Err(CpmError::new_err("Renewals bring active and table along: leave them out"));
            }
            let customers = renewals.get().with_covariates()?;
            py.detach(|| Core::fit_customers(customers, &choices, &options))
        } else {
            let (Some(active), Some(table)) = (active, table) else {
                let message = "give active and table beside the renewals of each customer, or Renewals with covariates";
                return Err(CpmError::new_err(message));
            };
            let (renewals, active) = (counts("renewals", renewals)?, flags("active", active)?);
            let covariates = covariates(table, choices.dropout.as_deref())?;
            py.detach(|| Core::fit(&renewals, &active, &covariates, &choices, &options))
        };
        Model::set(slf.as_super(), model.or_raise()?);
        Ok(slf)
    }

    /// The effects with intervals: see :meth:`CovariateModel.summary`.
    #[pyo3(signature = (level=0.95))]
    fn summary(slf: PyRef<'_, Self>, level: f64) -> PyResult<Table> {
        model(&slf)?.summary(level).or_raise().map(Into::into)
    }

    /// The plain model of one customer, with all answers of a :class:`ContractualModel` and intervals from what is known of its own
    /// α and β.
    ///
    /// Parameters
    /// ----------
    /// table : table
    ///     Covariates, one row per customer.
    /// row : int
    ///     The row of the customer, counted from 0.
    ///
    /// Returns
    /// -------
    /// ShiftedBetaGeometric
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> renewals = [0, 0, 1, 3, 1, 0, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1]
    /// >>> plan = {"plan": ["monthly"] * 8 + ["a year"] * 12}
    /// >>> model = cpm.ShiftedBetaGeometricWithCovariates().fit(renewals, [n == 3 for n in renewals], plan)
    /// >>> monthly = model.of({"plan": ["monthly"]})
    /// >>> rate = monthly.retention_rate(1)
    /// >>> rate.low < rate.value < rate.high
    /// True
    /// >>> monthly.lifetime_value(margin=20, discount_rate=0.01, horizon=12).value > 0
    /// True
    #[pyo3(signature = (table, row=0))]
    fn of(slf: PyRef<'_, Self>, table: &Bound<'_, PyAny>, row: i64) -> PyResult<Py<PyAny>> {
        let row = count("row", row)? as usize;
        let plain = model(&slf)?.of(&covariates(table, None)?, row).or_raise()?;
        to_python(slf.py(), plain.into())
    }

    /// α and β of each customer.
    fn parameters_of(slf: PyRef<'_, Self>, table: &Bound<'_, PyAny>) -> PyResult<Table> {
        let covariates = covariates(table, None)?;
        let model = model(&slf)?;
        slf.py().detach(|| model.parameters_of(&covariates)).or_raise().map(Into::into)
    }

    /// Probability that each customer also renews the next ``horizon`` times.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``renewals``, ``survival``, ``survival_low``, ``survival_high``.
    #[pyo3(signature = (renewals, table, horizon, level=0.95))]
    fn survival_of_customers(
        slf: PyRef<'_, Self>,
        renewals: &Bound<'_, PyAny>,
        table: &Bound<'_, PyAny>,
        horizon: i64,
        level: f64,
    ) -> PyResult<Table> {
        let (renewals, horizon) = (counts("renewals", renewals)?, count("horizon", horizon)?);
        let covariates = covariates(table, None)?;
        let model = model(&slf)?;
        slf.py()
            .detach(|| {
                let values = model.survival_of_customers(&renewals, &covariates, horizon, level)?;
                table_of(&renewals, "survival", &values)
            })
            .or_raise()
            .map(Into::into)
    }

    /// Discounted expected residual lifetime of each customer, just before its next renewal, in periods.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``renewals``, ``residual_lifetime``, ``residual_lifetime_low``, ``residual_lifetime_high``.
    #[pyo3(signature = (renewals, table, discount_rate, level=0.95))]
    fn discounted_expected_residual_lifetime(
        slf: PyRef<'_, Self>,
        renewals: &Bound<'_, PyAny>,
        table: &Bound<'_, PyAny>,
        discount_rate: f64,
        level: f64,
    ) -> PyResult<Table> {
        let renewals = counts("renewals", renewals)?;
        let covariates = covariates(table, None)?;
        let model = model(&slf)?;
        slf.py()
            .detach(|| {
                let values = model.residual_lifetime_of_customers(&renewals, &covariates, discount_rate, level)?;
                table_of(&renewals, "residual_lifetime", &values)
            })
            .or_raise()
            .map(Into::into)
    }

    /// Residual lifetime value of active customers, of groups of them, and of all together.
    ///
    /// Parameters are those of :meth:`ContractualModel.residual_value`, and ``table`` with the covariates, one row per customer.
    ///
    /// Returns
    /// -------
    /// ContractValue
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> renewals = [0, 0, 1, 3, 1, 0, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1]
    /// >>> plan = {"plan": ["monthly"] * 8 + ["a year"] * 12}
    /// >>> model = cpm.ShiftedBetaGeometricWithCovariates().fit(renewals, [n == 3 for n in renewals], plan)
    /// >>> base = {"plan": ["monthly", "a year", "a year"]}
    /// >>> value = model.residual_value([3, 3, 3], base, margin=20, discount_rate=0.1, groups=base["plan"])
    /// >>> value.groups["customers"], bool(value["value"][0] < value["value"][1])
    /// (array([2, 1]), True)
    /// >>> value.total.low < value.total.value < value.total.high
    /// True
    #[pyo3(signature = (renewals, table, margin, discount_rate, until_next_renewal=1.0, horizon=None, groups=None, level=0.95))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn residual_value<'py>(
        slf: PyRef<'py, Self>,
        renewals: &Bound<'py, PyAny>,
        table: &Bound<'py, PyAny>,
        margin: f64,
        discount_rate: f64,
        until_next_renewal: f64,
        horizon: Option<i64>,
        groups: Option<&Bound<'py, PyAny>>,
        level: f64,
    ) -> PyResult<Bound<'py, ContractValue>> {
        let (renewals, covariates) = (counts("renewals", renewals)?, covariates(table, None)?);
        let groups = groups.map(|labels| names_and_codes("groups", labels)).transpose()?;
        let options = value_options(margin, discount_rate, horizon, level)?.until_next_renewal(until_next_renewal);
        let model = model(&slf)?;
        let value = slf.py().detach(|| {
            let groups = groups.as_ref().map(|(names, codes)| (names.as_slice(), codes.as_slice()));
            model.residual_value(&renewals, &covariates, &options, groups)
        });
        ContractValue::new(slf.py(), &value.or_raise()?, &renewals, level)
    }

    /// What active customers pay at each of the next renewals: see :meth:`ContractualModel.cash_flows`; ``table`` has their covariates.
    #[pyo3(signature = (renewals, table, margin, discount_rate, horizon, until_next_renewal=1.0, level=0.95))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn cash_flows(
        slf: PyRef<'_, Self>,
        renewals: &Bound<'_, PyAny>,
        table: &Bound<'_, PyAny>,
        margin: f64,
        discount_rate: f64,
        horizon: i64,
        until_next_renewal: f64,
        level: f64,
    ) -> PyResult<Table> {
        let (renewals, covariates) = (counts("renewals", renewals)?, covariates(table, None)?);
        let options =
            value_options(margin, discount_rate, Some(horizon), level)?.until_next_renewal(until_next_renewal);
        let model = model(&slf)?;
        let flows = slf.py().detach(|| model.cash_flows(&renewals, &covariates, &options)?.to_table());
        flows.or_raise().map(Into::into)
    }
}
