//! `cpm.ChurnClassifier`, the estimators beside it, and the folds to judge them by.

mod binary;
mod calibrator;
mod folds;
mod logistic;
mod model;
mod uplift;

use cpm_core::Column;
use cpm_core::churn::classifier::{
    self as core, BoostingOptions, CalibrationMethod, ClassifierMethod, ClassifierOptions, Features, UnseenCategory,
};
use numpy::{PyArray1, PyUntypedArray};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{flags, floats};
use crate::error::{CpmError, OrRaise};
use crate::estimator::{Params, Unset, fitted};
use crate::survival::{Choices, matrix_as};
use crate::table::Table;

pub(crate) use binary::BinaryClassifier;
pub(crate) use calibrator::Calibrator;
pub(crate) use folds::{expanding_windows, stratified_folds};
pub(crate) use logistic::LogisticRegression;
pub(crate) use model::ChurnModel;
pub(crate) use uplift::UpliftModel;

const METHODS: &Choices<ClassifierMethod> =
    &[("logistic", ClassifierMethod::Logistic), ("boosting", ClassifierMethod::Boosting)];
const CALIBRATIONS: &Choices<Option<CalibrationMethod>> = &[
    ("none", None),
    ("platt", Some(CalibrationMethod::Platt)),
    ("isotonic", Some(CalibrationMethod::Isotonic)),
    ("beta", Some(CalibrationMethod::Beta)),
];
const UNSEEN: &Choices<UnseenCategory> = &[("error", UnseenCategory::Error), ("average", UnseenCategory::Average)];

/// An argument as it was given: scikit-learn's `clone` wants the same objects back.
type Given = Option<Py<PyAny>>;

/// A matrix of numbers, or a table with numbers and text.
fn features(x: &Bound<'_, PyAny>) -> PyResult<Features> {
    let py = x.py();
    let module: String = x.get_type().module()?.extract()?;
    let is_frame = x.cast::<PyDict>().is_ok()
        || (module.split('.').next() == Some("pandas") && x.hasattr(intern!(py, "columns"))?)
        || (x.cast::<PyUntypedArray>().is_err()
            && (x.hasattr(intern!(py, "__arrow_c_stream__"))? || x.hasattr(intern!(py, "__arrow_c_array__"))?)
            && module.split('.').next() != Some("pandas"));
    if is_frame {
        let table = crate::columns::table(x)?;
        return Features::try_from(&table).or_raise();
    }
    matrix_as(
        "X",
        x,
        |j| format!("x{j}"),
        |values| {
            let names: Vec<String> = (0..values.ncols()).map(|j| format!("x{j}")).collect();
            Features::matrix(&names, values)
        },
    )?
    .or_raise()
}

/// Factors of those who stayed and of those who churned; whether both are to count half.
fn class_weight(params: &Params, py: Python<'_>) -> PyResult<(Option<[f64; 2]>, bool)> {
    let value = params.raw(py, "class_weight")?;
    if value.is_none() {
        return Ok((None, false));
    }
    if value.extract::<String>().is_ok_and(|text| text == "balanced") {
        return Ok((None, true));
    }
    let expected = "it must be None, 'balanced' or {0: factor of those who stayed, 1: of those who churned}";
    let wrong = || params.wrong(py, "class_weight", expected);
    let dict = value.cast::<PyDict>().map_err(|_| wrong())?;
    let of =
        |class: i64| -> PyResult<f64> { dict.get_item(class)?.map_or(Ok(1.0), |v| v.extract().map_err(|_| wrong())) };
    if dict.keys().iter().any(|k| !k.extract::<i64>().is_ok_and(|k| k == 0 || k == 1)) {
        return Err(wrong());
    }
    Ok((Some([of(0)?, of(1)?]), false))
}

/// From features of customers to their probability to churn: a logistic regression or gradient-boosted trees, calibrated by
/// cross-fitting.
///
/// ``X`` is a table with numbers and text (pandas, Polars, PyArrow, a dict of columns) or a matrix of numbers; missing values are allowed
/// in both. A missing number becomes the mean, with a column that says so; categories become columns of 0 and 1. Calibration learns
/// from scores that each customer got from a model that had not seen it.
///
/// Parameters
/// ----------
/// method : {"logistic", "boosting"}
/// calibration : {"none", "platt", "isotonic", "beta"}
/// penalty, l1_ratio : float
///     Of the logistic regression, see :class:`LogisticRegression`.
/// class_weight : None, "balanced" or dict
///     Factors ``{0: stayed, 1: churned}``. Calibration does not take them, so that calibrated probabilities are those of the base.
/// unseen : {"error", "average"}
///     What to make of a category that the fit did not see.
/// folds, seed : int
///     Folds of the cross-fitting, and the seed of all draws.
/// trees, max_depth : int
/// learning_rate, subsample, columns_per_tree : float
///     Of the boosted trees.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> X = {"tenure": list(range(40)) * 5, "plan": ["basic", "plus"] * 100}
/// >>> y = [tenure < 5 + 4 * (i // 40) for i, tenure in enumerate(X["tenure"])]
/// >>> model = cpm.ChurnClassifier(calibration="platt").fit(X, y)
/// >>> model.predict_proba(X).shape, model.classes_
/// ((200, 2), array([0, 1]))
/// >>> new = {"tenure": [1, 39], "plan": ["plus", "basic"]}
/// >>> model.predict(new)
/// array([1, 0])
/// >>> model.reasons(new, count=1)["reason_1"][0].startswith("tenure = 1")
/// True
#[pyclass(module = "cpm", extends = BinaryClassifier)]
pub(crate) struct ChurnClassifier {}

impl ChurnClassifier {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a core::ChurnClassifier> {
        fitted!(slf.as_super().as_super().as_super(), ChurnClassifier).map(AsRef::as_ref)
    }

    fn options(
        params: &Params,
        py: Python<'_>,
        sample_weight: Option<&Bound<'_, PyAny>>,
        times: Option<&Bound<'_, PyAny>>,
        gap: f64,
    ) -> PyResult<ClassifierOptions> {
        let boosting = BoostingOptions {
            trees: params.whole(py, "trees")?,
            learning_rate: params.number(py, "learning_rate")?,
            max_depth: params.whole(py, "max_depth")?,
            subsample: params.number(py, "subsample")?,
            columns_per_tree: params.number(py, "columns_per_tree")?,
            seed: params.whole(py, "seed")?,
            ..BoostingOptions::default()
        };
        let (factors, balanced) = class_weight(params, py)?;
        let mut options = ClassifierOptions::new()
            .method(params.choice(py, "method", METHODS)?)
            .calibration(params.choice(py, "calibration", CALIBRATIONS)?)
            .penalty(params.number(py, "penalty")?, params.number(py, "l1_ratio")?)
            .folds(params.whole(py, "folds")?, boosting.seed)
            .unseen(params.choice(py, "unseen", UNSEEN)?)
            .balanced(balanced)
            .boosting(boosting);
        if let Some([stayed, churned]) = factors {
            options = options.class_weights(stayed, churned);
        }
        if let Some(weights) = sample_weight {
            options = options.weights(floats("sample_weight", weights)?.as_slice()?);
        }
        if let Some(times) = times {
            options = options.times(floats("times", times)?.as_slice()?, gap);
        }
        Ok(options)
    }

    /// One from a file, whose choices are not all kept there.
    pub(crate) fn loaded(py: Python<'_>, fitted: core::ChurnClassifier) -> PyResult<Py<PyAny>> {
        let model = py.get_type::<Self>().call0()?.cast_into::<Self>()?;
        {
            let mut own = model.as_super().as_super().as_super().borrow_mut();
            let method = if fitted.logistic().is_some() { "logistic" } else { "boosting" };
            own.params.overwrite(py, "method", method)?;
            own.set(Box::new(fitted));
        }
        Ok(model.into_any().unbind())
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl ChurnClassifier {
    #[new]
    #[pyo3(
        signature = (method=None, calibration=None, penalty=None, l1_ratio=None, class_weight=None, unseen=None, folds=None, seed=None, trees=None, learning_rate=None, max_depth=None, subsample=None, columns_per_tree=None),
        text_signature = "(method='logistic', calibration='none', penalty=1.0, l1_ratio=0.0, class_weight=None, unseen='error', folds=5, seed=0, trees=200, learning_rate=0.05, max_depth=3, subsample=1.0, columns_per_tree=1.0)"
    )]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn new(
        py: Python<'_>,
        method: Given,
        calibration: Given,
        penalty: Given,
        l1_ratio: Given,
        class_weight: Given,
        unseen: Given,
        folds: Given,
        seed: Given,
        trees: Given,
        learning_rate: Given,
        max_depth: Given,
        subsample: Given,
        columns_per_tree: Given,
    ) -> PyResult<PyClassInitializer<Self>> {
        let base = BinaryClassifier::base(
            py,
            vec![
                ("method", method, Unset::Text("logistic")),
                ("calibration", calibration, Unset::Text("none")),
                ("penalty", penalty, Unset::Float(1.0)),
                ("l1_ratio", l1_ratio, Unset::Float(0.0)),
                ("class_weight", class_weight, Unset::None),
                ("unseen", unseen, Unset::Text("error")),
                ("folds", folds, Unset::Int(5)),
                ("seed", seed, Unset::Int(0)),
                ("trees", trees, Unset::Int(200)),
                ("learning_rate", learning_rate, Unset::Float(0.05)),
                ("max_depth", max_depth, Unset::Int(3)),
                ("subsample", subsample, Unset::Float(1.0)),
                ("columns_per_tree", columns_per_tree, Unset::Float(1.0)),
            ],
        )?;
        Ok(base.add_subclass(Self {}))
    }

    /// Fits the model.
    ///
    /// Parameters
    /// ----------
    /// X : table or array-like
    ///     One row per customer.
    /// y : array-like of bool
    ///     Whether the customer churned, as booleans or as 1 and 0.
    /// sample_weight : array-like, optional
    ///     How often each row counts.
    /// times : array-like of float, optional
    ///     Times of the rows: cross-fitting then learns from the past only.
    /// gap : float
    ///     With ``times``: length of the window in which labels become known.
    ///
    /// Returns
    /// -------
    /// ChurnClassifier
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming the column that cannot be used.
    /// FitError
    ///     With one class only, or a column that says nothing.
    #[pyo3(signature = (X, y, sample_weight=None, times=None, gap=0.0))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
        times: Option<&Bound<'py, PyAny>>,
        gap: f64,
    ) -> PyResult<Bound<'py, Self>> {
        let (x, y) = (features(X)?, flags("y", y)?);
        let options =
            Self::options(&slf.as_super().as_super().as_super().borrow().params, slf.py(), sample_weight, times, gap)?;
        let model = slf.py().detach(|| core::ChurnClassifier::fit(&x, &y, &options)).or_raise()?;
        slf.as_super().as_super().as_super().borrow_mut().set(Box::new(model));
        Ok(slf)
    }

    /// Calibrated probabilities by models that had not seen the customer: what to evaluate where there is no hold-out.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     Probability to churn per row; with ``times``, NaN for rows of the first block, which nobody judges.
    #[pyo3(signature = (X, y, sample_weight=None, times=None, gap=0.0))]
    fn cross_validate<'py>(
        slf: PyRef<'py, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
        times: Option<&Bound<'py, PyAny>>,
        gap: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (x, y) = (features(X)?, flags("y", y)?);
        let options = Self::options(&slf.as_super().as_super().as_super().params, py, sample_weight, times, gap)?;
        let (rows, p) = py.detach(|| core::ChurnClassifier::cross_validate(&x, &y, &options)).or_raise()?;
        let mut all = vec![f64::NAN; y.len()];
        rows.into_iter().zip(p).for_each(|(row, p)| all[row] = p);
        Ok(PyArray1::from_vec(py, all))
    }

    /// Log-odds (before calibration) that contributions start from.
    #[getter]
    fn baseline(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.baseline())
    }

    /// The strongest reasons of each customer in words: columns ``reason_1, reason_2, …``, empty where there are no more.
    #[pyo3(signature = (X, count=3))]
    fn reasons(slf: PyRef<'_, Self>, py: Python<'_>, X: &Bound<'_, PyAny>, count: usize) -> PyResult<Table> {
        let (model, x) = (Self::model(&slf)?, features(X)?);
        let compute = || {
            let reasons = model.reasons(&x, count)?;
            let mut table = cpm_core::Table::new();
            for k in 0..count {
                let column = reasons.iter().map(|r| r.get(k).cloned().unwrap_or_default()).collect();
                table.push(&format!("reason_{}", k + 1), Column::Text(column))?;
            }
            Ok(table)
        };
        py.detach(compute).or_raise().map(Into::into)
    }

    /// Loss of AUC when a feature's values are shuffled between customers, by descending loss. Give customers of a hold-out.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``feature, auc_loss, low, high``; the interval holds the chance of the shuffles.
    #[pyo3(signature = (X, y, shuffles=5, seed=0, level=0.95))]
    fn permutation_importance(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        shuffles: usize,
        seed: u64,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x, y) = (Self::model(&slf)?, features(X)?, flags("y", y)?);
        py.detach(|| model.importance_table(&x, &y, shuffles, seed, level)).or_raise().map(Into::into)
    }

    /// Coefficients of the logistic regression; see :meth:`LogisticRegression.summary`.
    #[pyo3(signature = (level=0.95))]
    fn coefficients(slf: PyRef<'_, Self>, level: f64) -> PyResult<Table> {
        let logistic = Self::model(&slf)?.logistic();
        let logistic = logistic.ok_or_else(|| {
            CpmError::new_err("boosted trees have no coefficients. Use contributions or permutation_importance")
        })?;
        logistic.to_table(level).or_raise().map(Into::into)
    }
}
