//! `cpm.CovariateModel`: purchase models whose parameters depend on attributes of the customers.

use cpm_core::clv::{CovariateBase, CovariateOptions, WithCovariates};
use cpm_core::{BgNbd, FitOptions, MbgNbd, ParetoNbd, SavedModel};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Model, PurchaseModel, fit_options, not_fitted};
use crate::argument::Argument;
use crate::covariates::covariates;
use crate::error::{CpmError, OrRaise};
use crate::estimator::Params;
use crate::summary::CustomerSummary;
use crate::survival::TestResult;
use crate::table::Table;

const BASES: [&str; 3] = ["bg_nbd", "mbg_nbd", "pareto_nbd"];

/// A purchase model whose parameters depend on attributes of the customers (Fader & Hardie 2007, note 019).
///
/// With covariates z, purchase coefficients g and dropout coefficients h, a customer has
///
/// - BG/NBD, MBG/NBD: α·exp(-g'z), a·exp(h'z), b·exp(h'z);
/// - Pareto/NBD: α·exp(-g'z), β·exp(-h'z),
///
/// so that one unit more of a covariate multiplies the rate of purchases by e^g (and, under Pareto/NBD, the rate of death by
/// e^h). Text is a category: its first value in alphabetical order is the reference. The customers bring their covariates
/// along: :meth:`CustomerSummary.with_covariates`. All answers of a :class:`PurchaseModel` are for such summaries.
///
/// Parameters
/// ----------
/// base : {"bg_nbd", "mbg_nbd", "pareto_nbd"}
///     The model.
/// purchase, dropout : list of str, optional
///     The covariates that move purchasing, and dropout; all by default, none if the list is empty.
/// equal : list of str
///     Covariates with one coefficient for both.
/// penalty : float
///     Ridge penalty: half of it times the squared coefficients of standardised covariates is taken from the log-likelihood. It is
///     a prior of the coefficients: normal around 0, per standard deviation of the covariate, with standard deviation
///     1/sqrt(penalty).
/// dropout_penalty : float, optional
///     The same for dropout; as ``penalty`` by default.
/// separate_dropout : bool
///     Whether a and b of (M)BG/NBD have dropout coefficients of their own, so that the mean dropout probability moves.
///
/// References
/// ----------
/// Fader & Hardie (2007), Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models,
/// http://brucehardie.com/notes/019/
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> customers = customers.with_covariates({"first_amount": customers.first_amount / 100})
/// >>> model = cpm.CovariateModel("pareto_nbd", dropout=[]).fit(customers)
/// >>> round(model.params["purchase:first_amount"], 2)
/// 0.7
/// >>> plain = cpm.ParetoNbd().fit(customers)
/// >>> cpm.likelihood_ratio_test(plain, model).p_value < 1e-6
/// True
/// >>> model.expected_purchases(customers, horizon=39).shape
/// (2357,)
/// >>> model.expected_purchases_new_customers({"first_amount": [0.1, 1.0]}, horizon=52).round(2)
/// array([1.23, 2.3 ])
#[pyclass(module = "cpm", extends = PurchaseModel)]
pub(crate) struct CovariateModel;

/// `$of` of the model with covariates, whatever it is a model of.
macro_rules! each_base {
    ($saved:expr, $model:ident => $of:expr) => {
        match $saved {
            SavedModel::BgNbdCovariates($model) => $of,
            SavedModel::MbgNbdCovariates($model) => $of,
            SavedModel::ParetoNbdCovariates($model) => $of,
            _ => return Err(not_fitted("CovariateModel")),
        }
    };
}

impl CovariateModel {
    /// Which model it is, and its covariates.
    pub(super) fn choices(slf: &Bound<'_, Self>) -> PyResult<(&'static str, CovariateOptions)> {
        chosen(&slf.as_super().as_super().as_super().borrow().params, slf.py())
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, saved: SavedModel) -> PyResult<Py<PyAny>> {
        let base = match &saved {
            SavedModel::MbgNbdCovariates(_) => BASES[1],
            SavedModel::ParetoNbdCovariates(_) => BASES[2],
            _ => BASES[0],
        };
        let params = params(py, base, each_base!(&saved, model => model.options()))?;
        let base = Model::chosen(params, Some(saved)).add_subclass(PurchaseModel);
        Ok(Py::new(py, base.add_subclass(Self))?.into_any())
    }
}

fn params<'py>(py: Python<'py>, base: &str, options: &CovariateOptions) -> PyResult<Bound<'py, PyDict>> {
    let params = PyDict::new(py);
    params.set_item("base", base)?;
    params.set_item("purchase", &options.purchase)?;
    params.set_item("dropout", &options.dropout)?;
    params.set_item("equal", &options.equal)?;
    params.set_item("penalty", options.penalty[0])?;
    params.set_item("dropout_penalty", options.penalty[1])?;
    params.set_item("separate_dropout", options.separate_dropout)?;
    Ok(params)
}

fn chosen(params: &Params, py: Python<'_>) -> PyResult<(&'static str, CovariateOptions)> {
    let base: String = params.raw(py, "base")?.extract()?;
    let Some(base) = BASES.into_iter().find(|known| *known == base) else {
        let known = BASES.join(", ");
        return Err(CpmError::new_err(format!("base = {base} is not allowed: it must be one of {known}")));
    };
    let mut options = CovariateOptions::new()
        .penalty(params.number(py, "penalty")?, params.number(py, "dropout_penalty")?)
        .separate_dropout(params.flag(py, "separate_dropout")?);
    options.purchase = params.raw(py, "purchase")?.extract()?;
    options.dropout = params.raw(py, "dropout")?.extract()?;
    options.equal = params.raw(py, "equal")?.extract()?;
    Ok((base, options))
}

fn fit<M: CovariateBase>(
    customers: &cpm_core::CustomerSummary,
    covariates: &CovariateOptions,
    options: &FitOptions,
) -> cpm_core::Result<SavedModel>
where
    SavedModel: From<WithCovariates<M>>,
{
    Ok(WithCovariates::<M>::fit(customers, covariates, options)?.into())
}

#[pymethods]
impl CovariateModel {
    #[new]
    #[pyo3(signature = (base="bg_nbd", *, purchase=None, dropout=None, equal=vec![], penalty=0.0, dropout_penalty=None, separate_dropout=false))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn new(
        py: Python<'_>,
        base: &str,
        purchase: Option<Vec<String>>,
        dropout: Option<Vec<String>>,
        equal: Vec<String>,
        penalty: f64,
        dropout_penalty: Option<f64>,
        separate_dropout: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut options = CovariateOptions::new()
            .penalty(penalty, dropout_penalty.unwrap_or(penalty))
            .separate_dropout(separate_dropout);
        (options.purchase, options.dropout, options.equal) = (purchase, dropout, equal);
        let params = Params::from(params(py, base, &options)?);
        chosen(&params, py)?;
        Ok(Model::chosen(params, None).add_subclass(PurchaseModel).add_subclass(Self))
    }

    /// Maximum likelihood, by Newton's method with analytic derivatives.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    ///     With covariates.
    /// weights : array-like, optional
    ///     How often each row of the summary counts. Zero leaves a row out.
    /// start : array-like of four, optional
    ///     Starting values of the parameters of the base.
    /// max_iterations : int, optional
    ///     200 by default.
    /// priors : dict, optional
    ///     Priors of the parameters of the base, for a typical customer (medians, and the most common category): see :meth:`BgNbd.fit`; and of coefficients by
    ///     their names in ``params``, :meth:`Prior.normal` per unit of the covariate. Those without are left to ``penalty``.
    ///
    /// Returns
    /// -------
    /// CovariateModel
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Without covariates, or without one that is named.
    /// FitError
    ///     If the data do not determine the model, such as a covariate that is the same for all customers.
    #[pyo3(signature = (customers, weights=None, start=None, max_iterations=None, priors=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        customers: Argument<'_, CustomerSummary>,
        weights: Option<&Bound<'py, PyAny>>,
        start: Option<&Bound<'py, PyAny>>,
        max_iterations: Option<usize>,
        priors: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let fitting = fit_options(weights, start, max_iterations, priors, 0.0)?;
        let (base, options) = Self::choices(&slf)?;
        let model = slf
            .py()
            .detach(|| match base {
                "mbg_nbd" => fit::<MbgNbd>(&customers.inner, &options, &fitting),
                "pareto_nbd" => fit::<ParetoNbd>(&customers.inner, &options, &fitting),
                _ => fit::<BgNbd>(&customers.inner, &options, &fitting),
            })
            .or_raise()?;
        Model::set(slf.as_super().as_super(), model);
        Ok(slf)
    }

    /// The effects with intervals.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``name``, ``coefficient`` with ``coefficient_low`` and ``coefficient_high``, ``standard_error``, ``p_value`` (of no
    ///     effect, Wald's), and ``factor``, e to the coefficient.
    #[pyo3(signature = (level=0.95))]
    fn summary(slf: PyRef<'_, Self>, level: f64) -> PyResult<Table> {
        each_base!(Model::saved(slf.as_super().as_super())?, model => model.summary(level)).or_raise().map(Into::into)
    }

    /// The parameters of each customer.
    ///
    /// Parameters
    /// ----------
    /// table : table
    ///     The covariates, one row per customer: a data frame or a dict of columns.
    ///
    /// Returns
    /// -------
    /// Table
    ///     A column for each parameter of the base.
    fn parameters_of(slf: PyRef<'_, Self>, table: &Bound<'_, PyAny>) -> PyResult<Table> {
        let covariates = covariates(table, None)?;
        let saved = Model::saved(slf.as_super().as_super())?;
        each_base!(saved, model => slf.py().detach(|| model.parameters_of(&covariates))).or_raise().map(Into::into)
    }

    /// Expected number of repeat purchases of customers just acquired, within ``horizon`` time units after the first one.
    ///
    /// Parameters
    /// ----------
    /// table : table
    ///     Their covariates, one row per customer: a data frame or a dict of columns.
    /// horizon : float
    ///     In time units of the fit.
    /// count_first : bool
    ///     Whether the first purchase counts too.
    #[pyo3(signature = (table, horizon, count_first=false))]
    fn expected_purchases_new_customers<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        horizon: f64,
        count_first: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let covariates = covariates(table, None)?;
        let saved = Model::saved(slf.as_super().as_super())?;
        let values =
            each_base!(saved, model => py.detach(|| model.expected_purchases_new_customers(&covariates, horizon)));
        let repeat = values.or_raise()?.into_iter();
        Ok(PyArray1::from_iter(py, repeat.map(|purchases| purchases + f64::from(count_first))))
    }

    /// Customers just acquired, as a summary without history: for all that a :class:`PurchaseModel` answers.
    ///
    /// The distribution of their purchases, predictions with intervals, or simulation: what may happen within a horizon after the
    /// first purchase.
    ///
    /// Parameters
    /// ----------
    /// table : table
    ///     Their covariates, one row per customer: a data frame or a dict of columns.
    ///
    /// Returns
    /// -------
    /// CustomerSummary
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> customers = customers.with_covariates({"first_amount": customers.first_amount / 100})
    /// >>> model = cpm.CovariateModel("pareto_nbd", dropout=[]).fit(customers)
    /// >>> new = model.new_customers({"first_amount": [0.1, 1.0]})
    /// >>> model.probability_no_purchase(new, horizon=52).round(2)
    /// array([0.6, 0.5])
    /// >>> model.predict(new, horizon=52)["expected_purchases"].round(2)
    /// array([1.23, 2.3 ])
    /// >>> model.simulate_future(new, horizon=52, seed=1).columns
    /// ['customer_id', 'time']
    fn new_customers(slf: PyRef<'_, Self>, py: Python<'_>, table: &Bound<'_, PyAny>) -> PyResult<CustomerSummary> {
        let covariates = covariates(table, None)?;
        let saved = Model::saved(slf.as_super().as_super())?;
        let new = each_base!(saved, model => py.detach(|| model.new_customers(&covariates)));
        new.or_raise().map(Into::into)
    }
}

/// Tests a model against a larger one that contains it, both fitted by maximum likelihood to the same data.
///
/// Twice the difference of the log-likelihoods is chi-squared with as many degrees of freedom as the larger model has
/// parameters more, if the smaller model is true. Where the smaller one lies on the edge of the larger one (no deaths, say),
/// the p-value is too large: the test is then conservative.
///
/// Parameters
/// ----------
/// restricted, full : Model
///     The smaller and the larger model, such as :class:`BgNbd` and a :class:`CovariateModel` of it, or
///     :class:`ShiftedBetaGeometric` and :class:`BetaDiscreteWeibull`.
///
/// Returns
/// -------
/// TestResult
///
/// Examples
/// --------
/// >>> import cpm
/// >>> renewals = cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593, 551, 517, 491]])
/// >>> sbg, bdw = cpm.ShiftedBetaGeometric().fit(renewals), cpm.BetaDiscreteWeibull().fit(renewals)
/// >>> test = cpm.likelihood_ratio_test(sbg, bdw)
/// >>> test.degrees_of_freedom, test.p_value < 0.01
/// (1, True)
#[pyfunction]
pub(crate) fn likelihood_ratio_test(restricted: PyRef<'_, Model>, full: PyRef<'_, Model>) -> PyResult<TestResult> {
    let (restricted, full) = (Model::saved(&restricted)?.fit_report(), Model::saved(&full)?.fit_report());
    cpm_core::clv::likelihood_ratio_test(restricted, full).or_raise().map(Into::into)
}
