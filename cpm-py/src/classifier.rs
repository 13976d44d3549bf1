//! `cpm.ChurnClassifier`, `cpm.LogisticRegression`, and the folds to judge them by.

mod calibrator;
mod uplift;

use std::path::PathBuf;

use cpm_core::churn::classifier::{
    self as core, BoostingOptions, CalibrationMethod, ClassifierMethod, ClassifierOptions, Features, Fold,
    LogisticOptions, UnseenCategory,
};
use cpm_core::{Column, Error, SavedModel};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, PyUntypedArray, ToPyArray};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};

use crate::arrays::{flags, floats};
use crate::error::{CpmError, OrRaise, exception};
use crate::survival::{Choices, TestResult, choice, matrix};
use crate::table::Table;

pub(crate) use calibrator::Calibrator;
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
type Reduced<'py> = (Bound<'py, PyType>, Bound<'py, PyTuple>, (Bound<'py, PyDict>, Option<String>));
type FoldRows<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

/// The choices of an estimator, as given or by default.
struct Params(Py<PyDict>);

impl Params {
    fn new(py: Python<'_>, choices: Vec<(&str, Given, Py<PyAny>)>) -> PyResult<Self> {
        let dict = PyDict::new(py);
        for (name, given, default) in choices {
            dict.set_item(name, given.unwrap_or(default))?;
        }
        Ok(Self(dict.unbind()))
    }

    fn raw<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.0.bind(py).as_any().get_item(name)
    }

    fn number(&self, py: Python<'_>, name: &'static str) -> PyResult<f64> {
        self.raw(py, name)?.extract().map_err(|_| self.wrong(py, name, "it must be a number"))
    }

    fn whole<T: for<'a> FromPyObject<'a, 'a>>(&self, py: Python<'_>, name: &'static str) -> PyResult<T> {
        let value = self.raw(py, name)?;
        value.extract().map_err(|_| self.wrong(py, name, "it must be a whole number of at least 0"))
    }

    fn flag(&self, py: Python<'_>, name: &'static str) -> PyResult<bool> {
        self.raw(py, name)?.extract().map_err(|_| self.wrong(py, name, "it must be True or False"))
    }

    fn choice<T: Copy>(&self, py: Python<'_>, name: &'static str, choices: &Choices<T>) -> PyResult<T> {
        let text = self.raw(py, name)?.str()?.to_string();
        choice(name, &text, choices)
    }

    /// Factors of those who stayed and of those who churned; whether both are to count half.
    fn class_weight(&self, py: Python<'_>) -> PyResult<(Option<[f64; 2]>, bool)> {
        let value = self.raw(py, "class_weight")?;
        if value.is_none() {
            return Ok((None, false));
        }
        if value.extract::<String>().is_ok_and(|text| text == "balanced") {
            return Ok((None, true));
        }
        let expected = "it must be None, 'balanced' or {0: factor of those who stayed, 1: of those who churned}";
        let wrong = || self.wrong(py, "class_weight", expected);
        let dict = value.cast::<PyDict>().map_err(|_| wrong())?;
        let of = |class: i64| -> PyResult<f64> {
            dict.get_item(class)?.map_or(Ok(1.0), |v| v.extract().map_err(|_| wrong()))
        };
        if dict.keys().iter().any(|k| !k.extract::<i64>().is_ok_and(|k| k == 0 || k == 1)) {
            return Err(wrong());
        }
        Ok((Some([of(0)?, of(1)?]), false))
    }

    fn wrong(&self, py: Python<'_>, name: &'static str, expected: &str) -> PyErr {
        let value = self.raw(py, name).and_then(|v| Ok(v.repr()?.to_string())).unwrap_or_default();
        exception(Error::InvalidArgument { name, value, expected: expected.to_owned() })
    }

    fn set(&mut self, class: &str, py: Python<'_>, params: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let known = self.0.bind(py).copy()?;
        for (name, value) in params.into_iter().flatten() {
            if !known.contains(&name)? {
                let names: Vec<String> = known.keys().extract()?;
                return Err(CpmError::new_err(format!("{class} has no parameter {name}; it has {}", names.join(", "))));
            }
            known.set_item(name, value)?;
        }
        self.0 = known.unbind();
        Ok(())
    }

    fn repr(&self, py: Python<'_>, class: &str) -> PyResult<String> {
        let dict = self.0.bind(py);
        let shown: Vec<String> =
            dict.iter().map(|(k, v)| Ok(format!("{}={}", k.str()?, v.repr()?))).collect::<PyResult<_>>()?;
        Ok(format!("{class}({})", shown.join(", ")))
    }
}

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
    let values: Array2<f64> = matrix("X", x, |j| format!("x{j}"))?;
    let mut columns = values.columns().into_iter().enumerate();
    columns
        .try_fold(Features::new(), |features, (j, column)| features.numeric(&format!("x{j}"), &column.to_vec()))
        .or_raise()
}

/// Probabilities as scikit-learn gives them: of staying, of churning.
fn two_columns<'py>(py: Python<'py>, p: &[f64]) -> Bound<'py, PyArray2<f64>> {
    Array2::from_shape_fn((p.len(), 2), |(i, j)| if j == 0 { 1.0 - p[i] } else { p[i] }).to_pyarray(py)
}

fn labels<'py>(py: Python<'py>, p: &[f64]) -> Bound<'py, PyArray1<i64>> {
    PyArray1::from_iter(py, p.iter().map(|p| i64::from(*p > 0.5)))
}

fn by_feature(names: &[String], values: &Array2<f64>) -> cpm_core::Result<cpm_core::Table> {
    let mut table = cpm_core::Table::new();
    for (name, row) in names.iter().zip(values.rows()) {
        table.push(name, Column::Float(row.to_vec()))?;
    }
    Ok(table)
}

fn not_fitted(class: &str) -> PyErr {
    CpmError::new_err(format!("this {class} is not fitted yet. Call fit first"))
}

/// What scikit-learn's pipelines ask of a classifier.
fn tags(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let sklearn = py.import("sklearn.utils")?;
    let options = PyDict::new(py);
    options.set_item("required", true)?;
    let target = sklearn.getattr("TargetTags")?.call((), Some(&options))?;
    let options = PyDict::new(py);
    options.set_item("multi_class", false)?;
    let classifier = sklearn.getattr("ClassifierTags")?.call((), Some(&options))?;
    let options = PyDict::new(py);
    options.set_item("estimator_type", "classifier")?;
    options.set_item("target_tags", target)?;
    options.set_item("classifier_tags", classifier)?;
    sklearn.getattr("Tags")?.call((), Some(&options))
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
#[pyclass(module = "cpm")]
pub(crate) struct ChurnClassifier {
    params: Params,
    fitted: Option<core::ChurnClassifier>,
}

impl ChurnClassifier {
    fn model(&self) -> PyResult<&core::ChurnClassifier> {
        self.fitted.as_ref().ok_or_else(|| not_fitted("ChurnClassifier"))
    }

    fn options(
        &self,
        py: Python<'_>,
        sample_weight: Option<&Bound<'_, PyAny>>,
        times: Option<&Bound<'_, PyAny>>,
        gap: f64,
    ) -> PyResult<ClassifierOptions> {
        let params = &self.params;
        let boosting = BoostingOptions {
            trees: params.whole(py, "trees")?,
            learning_rate: params.number(py, "learning_rate")?,
            max_depth: params.whole(py, "max_depth")?,
            subsample: params.number(py, "subsample")?,
            columns_per_tree: params.number(py, "columns_per_tree")?,
            seed: params.whole(py, "seed")?,
            ..BoostingOptions::default()
        };
        let (factors, balanced) = params.class_weight(py)?;
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
            let mut own = model.borrow_mut();
            let method = if fitted.logistic().is_some() { "logistic" } else { "boosting" };
            own.params.0.bind(py).set_item("method", method)?;
            own.fitted = Some(fitted);
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
    ) -> PyResult<Self> {
        let text = |value: &str| -> PyResult<Py<PyAny>> { Ok(value.into_pyobject(py)?.into_any().unbind()) };
        let number = |value: f64| -> PyResult<Py<PyAny>> { Ok(value.into_pyobject(py)?.into_any().unbind()) };
        let whole = |value: i64| -> PyResult<Py<PyAny>> { Ok(value.into_pyobject(py)?.into_any().unbind()) };
        let params = Params::new(
            py,
            vec![
                ("method", method, text("logistic")?),
                ("calibration", calibration, text("none")?),
                ("penalty", penalty, number(1.0)?),
                ("l1_ratio", l1_ratio, number(0.0)?),
                ("class_weight", class_weight, py.None()),
                ("unseen", unseen, text("error")?),
                ("folds", folds, whole(5)?),
                ("seed", seed, whole(0)?),
                ("trees", trees, whole(200)?),
                ("learning_rate", learning_rate, number(0.05)?),
                ("max_depth", max_depth, whole(3)?),
                ("subsample", subsample, number(1.0)?),
                ("columns_per_tree", columns_per_tree, number(1.0)?),
            ],
        )?;
        Ok(Self { params, fitted: None })
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
        let options = slf.borrow().options(slf.py(), sample_weight, times, gap)?;
        let model = slf.py().detach(|| core::ChurnClassifier::fit(&x, &y, &options)).or_raise()?;
        slf.borrow_mut().fitted = Some(model);
        Ok(slf)
    }

    /// Probabilities of staying and of churning, one row per customer.
    fn predict_proba<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = (self.model()?, features(X)?);
        Ok(two_columns(py, &py.detach(|| model.predict(&x)).or_raise()?))
    }

    /// 1 for customers who churn with a probability above 1/2, 0 for the others.
    fn predict<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let (model, x) = (self.model()?, features(X)?);
        Ok(labels(py, &py.detach(|| model.predict(&x)).or_raise()?))
    }

    /// Share of customers whose class is predicted right, as scikit-learn's classifiers give it; :func:`cpm.churn.evaluate` says more.
    #[pyo3(signature = (X, y))]
    fn score(&self, py: Python<'_>, X: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (model, x, y) = (self.model()?, features(X)?, flags("y", y)?);
        let p = py.detach(|| model.predict(&x)).or_raise()?;
        if p.len() != y.len() {
            let (column, reference) = ("y", "X");
            return Err(exception(Error::LengthMismatch { column, found: y.len(), reference, expected: p.len() }));
        }
        let right = p.iter().zip(&y).filter(|(p, y)| (**p > 0.5) == **y).count();
        Ok(right as f64 / y.len().max(1) as f64)
    }

    /// Calibrated probabilities by models that had not seen the customer: what to evaluate where there is no hold-out.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     Probability to churn per row; with ``times``, NaN for rows of the first block, which nobody judges.
    #[pyo3(signature = (X, y, sample_weight=None, times=None, gap=0.0))]
    fn cross_validate<'py>(
        &self,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
        times: Option<&Bound<'py, PyAny>>,
        gap: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (x, y) = (features(X)?, flags("y", y)?);
        let options = self.options(py, sample_weight, times, gap)?;
        let (rows, p) = py.detach(|| core::ChurnClassifier::cross_validate(&x, &y, &options)).or_raise()?;
        let mut all = vec![f64::NAN; y.len()];
        rows.into_iter().zip(p).for_each(|(row, p)| all[row] = p);
        Ok(PyArray1::from_vec(py, all))
    }

    /// What each feature adds to the log-odds (before calibration), one column per feature: exact SHAP values.
    fn contributions(&self, py: Python<'_>, X: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (model, x) = (self.model()?, features(X)?);
        let compute = || by_feature(&model.feature_names(), &model.contributions(&x)?);
        py.detach(compute).or_raise().map(Into::into)
    }

    /// Log-odds (before calibration) that contributions start from.
    #[getter]
    fn baseline(&self) -> PyResult<f64> {
        Ok(self.model()?.baseline())
    }

    /// The strongest reasons of each customer in words: columns ``reason_1, reason_2, …``, empty where there are no more.
    #[pyo3(signature = (X, count=3))]
    fn reasons(&self, py: Python<'_>, X: &Bound<'_, PyAny>, count: usize) -> PyResult<Table> {
        let (model, x) = (self.model()?, features(X)?);
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
        &self,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        shuffles: usize,
        seed: u64,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x, y) = (self.model()?, features(X)?, flags("y", y)?);
        py.detach(|| model.importance_table(&x, &y, shuffles, seed, level)).or_raise().map(Into::into)
    }

    /// Coefficients of the logistic regression; see :meth:`LogisticRegression.summary`.
    #[pyo3(signature = (level=0.95))]
    fn coefficients(&self, level: f64) -> PyResult<Table> {
        let logistic = self.model()?.logistic();
        let logistic = logistic.ok_or_else(|| {
            CpmError::new_err("boosted trees have no coefficients. Use contributions or permutation_importance")
        })?;
        logistic.to_table(level).or_raise().map(Into::into)
    }

    /// The classes, as scikit-learn names them: 0 stayed, 1 churned.
    #[getter]
    fn classes_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        self.model()?;
        Ok(PyArray1::from_slice(py, &[0, 1]))
    }

    /// Names of the features of the fit.
    #[getter]
    fn feature_names_in_(&self) -> PyResult<Vec<String>> {
        Ok(self.model()?.feature_names())
    }

    /// Number of features of the fit.
    #[getter]
    fn n_features_in_(&self) -> PyResult<usize> {
        Ok(self.model()?.feature_names().len())
    }

    /// Saves the model as a JSON file, which :func:`load_model` and the Rust crate read.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let saved = SavedModel::from(Box::new(self.model()?.clone()));
        py.detach(|| saved.save(path)).or_raise()
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        self.params.0.bind(py).copy()
    }

    /// Changes these choices; they count at the next fit.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        slf.borrow_mut().params.set("ChurnClassifier", slf.py(), params)?;
        Ok(slf)
    }

    #[expect(clippy::unused_self, reason = "Python calls it on the object")]
    fn __sklearn_tags__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        tags(py)
    }

    fn __sklearn_is_fitted__(&self) -> bool {
        self.fitted.is_some()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, own) = (slf.py(), slf.borrow());
        let state = own.fitted.clone().map(|m| SavedModel::from(Box::new(m)).to_json()).transpose().or_raise()?;
        Ok((slf.get_type(), PyTuple::empty(py), (own.params.0.bind(py).copy()?, state)))
    }

    fn __setstate__(&mut self, state: (Bound<'_, PyDict>, Option<String>)) -> PyResult<()> {
        self.params = Params(state.0.unbind());
        self.fitted = match state.1.map(|text| SavedModel::from_json(&text)).transpose().or_raise()? {
            None => None,
            Some(SavedModel::ChurnClassifier(model)) => Some(*model),
            Some(_) => return Err(CpmError::new_err("the pickled state is not that of a ChurnClassifier")),
        };
        Ok(())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.params.repr(py, "ChurnClassifier")
    }
}

/// Logistic regression: the log-odds of churn are linear in the features.
///
/// Without penalty coefficients have standard errors, z, p and intervals, equal to statsmodels'. With a penalty they have none, since
/// their bias is not known. ``X`` is as for :class:`ChurnClassifier`.
///
/// Parameters
/// ----------
/// penalty, l1_ratio : float
///     penalty·((1 - l1_ratio)/2·Σβ² + l1_ratio·Σ|β|) is taken off the log-likelihood; scikit-learn's ``C`` is 1/penalty.
/// standardize : bool
///     Whether the penalty is on the effect of one standard deviation (units do not matter) or of one unit (scikit-learn).
/// class_weight : None, "balanced" or dict
///     Factors ``{0: stayed, 1: churned}``.
/// robust : bool
///     Standard errors that hold when weights are not frequencies or the model is wrong (Huber 1967, White 1982).
/// unseen : {"error", "average"}
///     What to make of a category that the fit did not see.
/// max_iterations : int
///
/// Examples
/// --------
/// >>> import cpm
/// >>> X = {"tenure": [1, 2, 3, 4, 6, 8, 10, 12, 2, 9]}
/// >>> y = [1, 1, 1, 0, 1, 0, 0, 0, 0, 1]
/// >>> model = cpm.LogisticRegression().fit(X, y)
/// >>> summary = model.summary()
/// >>> summary["name"], bool((summary["low"] < summary["coefficient"]).all())
/// (['intercept', 'tenure'], True)
/// >>> round(float(model.predict_proba(X)[:, 1].sum()), 6)
/// 5.0
#[pyclass(module = "cpm")]
pub(crate) struct LogisticRegression {
    params: Params,
    fitted: Option<core::LogisticRegression>,
}

impl LogisticRegression {
    fn model(&self) -> PyResult<&core::LogisticRegression> {
        self.fitted.as_ref().ok_or_else(|| not_fitted("LogisticRegression"))
    }

    /// One from a file, whose choices are not all kept there.
    pub(crate) fn loaded(py: Python<'_>, fitted: core::LogisticRegression) -> PyResult<Py<PyAny>> {
        let model = py.get_type::<Self>().call0()?.cast_into::<Self>()?;
        {
            let mut own = model.borrow_mut();
            let params = own.params.0.bind(py).clone();
            params.set_item("penalty", fitted.penalty())?;
            params.set_item("l1_ratio", fitted.l1_ratio())?;
            own.fitted = Some(fitted);
        }
        Ok(model.into_any().unbind())
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl LogisticRegression {
    #[new]
    #[pyo3(
        signature = (penalty=None, l1_ratio=None, standardize=None, class_weight=None, robust=None, unseen=None, max_iterations=None),
        text_signature = "(penalty=0.0, l1_ratio=0.0, standardize=True, class_weight=None, robust=False, unseen='error', max_iterations=100)"
    )]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn new(
        py: Python<'_>,
        penalty: Given,
        l1_ratio: Given,
        standardize: Given,
        class_weight: Given,
        robust: Given,
        unseen: Given,
        max_iterations: Given,
    ) -> PyResult<Self> {
        let number = |value: f64| -> PyResult<Py<PyAny>> { Ok(value.into_pyobject(py)?.into_any().unbind()) };
        let flag = |value: bool| -> PyResult<Py<PyAny>> { Ok(value.into_pyobject(py)?.to_owned().into_any().unbind()) };
        let params = Params::new(
            py,
            vec![
                ("penalty", penalty, number(0.0)?),
                ("l1_ratio", l1_ratio, number(0.0)?),
                ("standardize", standardize, flag(true)?),
                ("class_weight", class_weight, py.None()),
                ("robust", robust, flag(false)?),
                ("unseen", unseen, "error".into_pyobject(py)?.into_any().unbind()),
                ("max_iterations", max_iterations, 100_i64.into_pyobject(py)?.into_any().unbind()),
            ],
        )?;
        Ok(Self { params, fitted: None })
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
    ///     How often each row counts (frequencies).
    ///
    /// Returns
    /// -------
    /// LogisticRegression
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     With one class only, a constant column, and, without penalty, linearly dependent columns or perfect separation.
    #[pyo3(signature = (X, y, sample_weight=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (py, x, y) = (slf.py(), features(X)?, flags("y", y)?);
        let options = {
            let own = slf.borrow();
            let (factors, balanced) = own.params.class_weight(py)?;
            let options = LogisticOptions::new()
                .penalty(own.params.number(py, "penalty")?)
                .l1_ratio(own.params.number(py, "l1_ratio")?)
                .standardize(own.params.flag(py, "standardize")?)
                .robust(own.params.flag(py, "robust")?)
                .unseen(own.params.choice(py, "unseen", UNSEEN)?)
                .max_iterations(own.params.whole(py, "max_iterations")?)
                .balanced(balanced);
            match factors {
                Some([stayed, churned]) => options.class_weights(stayed, churned),
                None => options,
            }
        };
        let options = match sample_weight {
            Some(weights) => options.weights(floats("sample_weight", weights)?.as_slice()?),
            None => options,
        };
        let model = py.detach(|| core::LogisticRegression::fit(&x, &y, &options)).or_raise()?;
        slf.borrow_mut().fitted = Some(model);
        Ok(slf)
    }

    /// Probabilities of staying and of churning, one row per customer.
    fn predict_proba<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = (self.model()?, features(X)?);
        Ok(two_columns(py, &py.detach(|| model.predict(&x)).or_raise()?))
    }

    /// 1 for customers who churn with a probability above 1/2, 0 for the others.
    fn predict<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let (model, x) = (self.model()?, features(X)?);
        Ok(labels(py, &py.detach(|| model.predict(&x)).or_raise()?))
    }

    /// Log-odds of churn, one per customer.
    fn decision_function<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = (self.model()?, features(X)?);
        Ok(PyArray1::from_vec(py, py.detach(|| model.log_odds(&x)).or_raise()?))
    }

    /// What each feature adds to the log-odds against a customer at the mean, one column per feature.
    fn contributions(&self, py: Python<'_>, X: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (model, x) = (self.model()?, features(X)?);
        let names: Vec<String> = model.encoder().feature_names().map(str::to_owned).collect();
        py.detach(|| by_feature(&names, &model.contributions(&x)?)).or_raise().map(Into::into)
    }

    /// Intercept and coefficients with errors, tests and intervals (NaN for a penalised fit).
    ///
    /// Parameters
    /// ----------
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``name, coefficient, odds_ratio, per_standard_deviation, standard_error, z, p_value, low, high``.
    #[pyo3(signature = (level=0.95))]
    fn summary(&self, level: f64) -> PyResult<Table> {
        self.model()?.to_table(level).or_raise().map(Into::into)
    }

    /// Intercept and coefficients by name: changes of the log-odds per unit.
    #[getter(params)]
    fn coefficients<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (model, dict) = (self.model()?, PyDict::new(py));
        dict.set_item("intercept", model.intercept())?;
        for (name, value) in model.encoder().names().iter().zip(model.coefficients()) {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }

    /// Covariance of intercept and coefficients; None for a penalised fit.
    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        Ok(self.model()?.covariance().map(|c| c.to_pyarray(py)))
    }

    /// Log-likelihood of the data, without the penalty.
    #[getter]
    fn log_likelihood(&self) -> PyResult<f64> {
        Ok(self.model()?.log_likelihood())
    }

    /// Log-likelihood of the model with an intercept only.
    #[getter]
    fn log_likelihood_null(&self) -> PyResult<f64> {
        Ok(self.model()?.log_likelihood_null())
    }

    /// Akaike's criterion, with the coefficients that are not 0.
    #[getter]
    fn aic(&self) -> PyResult<f64> {
        Ok(self.model()?.aic())
    }

    /// McFadden's 1 - ln L/ln L0.
    #[getter]
    fn pseudo_r_squared(&self) -> PyResult<f64> {
        Ok(self.model()?.pseudo_r_squared())
    }

    /// Test that no feature matters; None for a penalised fit.
    #[getter]
    fn likelihood_ratio_test(&self) -> PyResult<Option<TestResult>> {
        Ok(self.model()?.likelihood_ratio_test().map(Into::into))
    }

    /// Iterations of the fit.
    #[getter]
    fn iterations(&self) -> PyResult<usize> {
        Ok(self.model()?.iterations())
    }

    /// The classes, as scikit-learn names them: 0 stayed, 1 churned.
    #[getter]
    fn classes_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        self.model()?;
        Ok(PyArray1::from_slice(py, &[0, 1]))
    }

    /// Names of the features of the fit.
    #[getter]
    fn feature_names_in_(&self) -> PyResult<Vec<String>> {
        Ok(self.model()?.encoder().feature_names().map(str::to_owned).collect())
    }

    /// Saves the model as a JSON file, which :func:`load_model` and the Rust crate read.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let saved = SavedModel::from(self.model()?.clone());
        py.detach(|| saved.save(path)).or_raise()
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        self.params.0.bind(py).copy()
    }

    /// Changes these choices; they count at the next fit.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        slf.borrow_mut().params.set("LogisticRegression", slf.py(), params)?;
        Ok(slf)
    }

    #[expect(clippy::unused_self, reason = "Python calls it on the object")]
    fn __sklearn_tags__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        tags(py)
    }

    fn __sklearn_is_fitted__(&self) -> bool {
        self.fitted.is_some()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, own) = (slf.py(), slf.borrow());
        let state = own.fitted.clone().map(|m| SavedModel::from(m).to_json()).transpose().or_raise()?;
        Ok((slf.get_type(), PyTuple::empty(py), (own.params.0.bind(py).copy()?, state)))
    }

    fn __setstate__(&mut self, state: (Bound<'_, PyDict>, Option<String>)) -> PyResult<()> {
        self.params = Params(state.0.unbind());
        self.fitted = match state.1.map(|text| SavedModel::from_json(&text)).transpose().or_raise()? {
            None => None,
            Some(SavedModel::LogisticRegression(model)) => Some(model),
            Some(_) => return Err(CpmError::new_err("the pickled state is not that of a LogisticRegression")),
        };
        Ok(())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.params.repr(py, "LogisticRegression")
    }
}

fn fold_rows<'py>(py: Python<'py>, folds: Vec<Fold>) -> PyResult<Bound<'py, PyList>> {
    let rows = |rows: Vec<usize>| PyArray1::from_iter(py, rows.into_iter().map(|i| i as i64));
    let pairs: Vec<FoldRows<'py>> = folds.into_iter().map(|f| (rows(f.train), rows(f.test))).collect();
    PyList::new(py, pairs)
}

/// Folds with the same share of churners, drawn at random: pairs of rows to learn from and rows to judge by, as scikit-learn's ``cv``
/// takes them.
///
/// Parameters
/// ----------
/// y : array-like of bool
/// folds : int
/// seed : int
///
/// Returns
/// -------
/// list of tuple of numpy.ndarray
///
/// Examples
/// --------
/// >>> import cpm
/// >>> folds = cpm.churn.stratified_folds([1, 0, 1, 0, 1, 0], folds=3)
/// >>> [len(test) for _, test in folds]
/// [2, 2, 2]
#[pyfunction]
#[pyo3(signature = (y, folds=5, seed=0))]
pub(crate) fn stratified_folds<'py>(
    py: Python<'py>,
    y: &Bound<'py, PyAny>,
    folds: usize,
    seed: u64,
) -> PyResult<Bound<'py, PyList>> {
    fold_rows(py, core::stratified_folds(&flags("y", y)?, folds, seed).or_raise()?)
}

/// Folds that respect time: each learns from the past and is judged by what came next.
///
/// Parameters
/// ----------
/// times : array-like of float
///     Times of the rows; rows of one time stay together.
/// folds : int
///     The rows are cut into one block more than this.
/// gap : float
///     Rows less than this before the block that judges are not learned from: the length of the window in which labels become known.
///
/// Returns
/// -------
/// list of tuple of numpy.ndarray
///     Rows to learn from, rows to judge by.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> [(train.tolist(), test.tolist()) for train, test in cpm.churn.expanding_windows([1, 1, 2, 2, 3, 3], folds=2)]
/// [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
#[pyfunction]
#[pyo3(signature = (times, folds=5, gap=0.0))]
pub(crate) fn expanding_windows<'py>(
    py: Python<'py>,
    times: &Bound<'py, PyAny>,
    folds: usize,
    gap: f64,
) -> PyResult<Bound<'py, PyList>> {
    let times = floats("times", times)?;
    fold_rows(py, core::expanding_windows(times.as_slice()?, folds, gap).or_raise()?)
}
