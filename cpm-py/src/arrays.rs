//! Columns from and to Python: anything that NumPy makes an array of.

use cpm_core::{CustomerIds, Error};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;

use crate::error::{OrRaise, exception};

/// A column of numbers as `float64`, without a copy where it is one already.
pub(crate) fn floats<'py>(column: &'static str, values: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, f64>> {
    let array = as_array(column, values)?;
    let kind = kind_of(&array)?;
    // Text or dates would convert too, to something that was not meant.
    if !matches!(kind, 'b' | 'i' | 'u' | 'f' | 'O') {
        return Err(column_type(column, &array, "numbers", "Convert it to numbers"));
    }
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    let converted = numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (&array, "float64"));
    let converted = converted.map_err(|_| {
        column_type(column, &array, "numbers", "Fill or drop missing values, and convert it to numbers")
    })?;
    Ok(converted.cast_into::<PyArray1<f64>>()?.readonly())
}

/// A column of whole numbers of at least 0, of whatever numeric type.
pub(crate) fn counts(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    // Above this limit neighbouring whole numbers are one double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_count = |v: f64| (0.0..=EXACT).contains(&v) && v.fract() == 0.0;
    let (expected, remedy) = ("it must be a whole number of at least 0", "Correct it, or drop the row");
    checked(column, values, is_count, expected, remedy, |v| v as u64)
}

/// A column of yes and no, as booleans or as 1 and 0.
pub(crate) fn flags(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Vec<bool>> {
    if let Some(flags) = booleans(column, values)? {
        return Ok(flags);
    }
    let (expected, remedy) = ("it must be True or False (or 1 or 0)", "Correct it, or drop the row");
    checked(column, values, |v| v == 0.0 || v == 1.0, expected, remedy, |v| v == 1.0)
}

/// A column that is one of booleans already: it needs no check, and no numbers in between.
pub(crate) fn booleans(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Option<Vec<bool>>> {
    let array = as_array(column, values)?;
    Ok(array.cast::<PyArray1<bool>>().ok().map(|flags| flags.readonly().as_array().to_vec()))
}

/// A column of numbers in another type, or the first row that is not of it.
fn checked<T>(
    column: &'static str,
    values: &Bound<'_, PyAny>,
    valid: impl Fn(f64) -> bool,
    expected: &'static str,
    remedy: &'static str,
    convert: impl Fn(f64) -> T,
) -> PyResult<Vec<T>> {
    let numbers = floats(column, values)?;
    let numbers = numbers.as_slice()?;
    match numbers.iter().position(|v| !valid(*v)) {
        Some(row) => {
            Err(exception(Error::InvalidValue { column, row, value: numbers[row].to_string(), expected, remedy }))
        }
        None => Ok(numbers.iter().map(|v| convert(*v)).collect()),
    }
}

/// An argument that counts something.
pub(crate) fn count(name: &'static str, value: i64) -> PyResult<u64> {
    u64::try_from(value).map_err(|_| {
        let expected = "it must be a whole number of at least 0".to_owned();
        exception(Error::InvalidArgument { name, value: value.to_string(), expected })
    })
}

/// A column of ids: integers stay integers, text stays text.
pub(crate) fn customer_ids(values: &Bound<'_, PyAny>) -> PyResult<CustomerIds> {
    const COLUMN: &str = "customer_id";
    let array = as_array(COLUMN, values)?;
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    let refuse = |remedy| column_type(COLUMN, &array, "text or whole numbers up to 9223372036854775807", remedy);
    match kind_of(&array)? {
        'i' => {
            let ids = numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (&array, "int64"))?;
            Ok(ids.cast_into::<PyArray1<i64>>()?.readonly().as_slice()?.to_vec().into())
        }
        'u' => array
            .call_method0("tolist")?
            .extract::<Vec<i64>>()
            .map(Into::into)
            .map_err(|_| refuse("Cast the ids to text")),
        'U' | 'T' | 'O' => {
            let list = array.call_method0("tolist")?;
            if let Ok(numbers) = list.extract::<Vec<i64>>() {
                return Ok(numbers.into());
            }
            match list.extract::<Vec<Option<String>>>() {
                Ok(texts) => texts_without_gaps(texts).or_raise(),
                Err(_) => Err(refuse("Cast all ids to text")),
            }
        }
        _ => Err(refuse("Cast the ids to text or to integers")),
    }
}

fn texts_without_gaps(texts: Vec<Option<String>>) -> cpm_core::Result<CustomerIds> {
    let missing = |row| Error::InvalidValue {
        column: "customer_id",
        row,
        value: String::new(),
        expected: "every customer needs an id",
        remedy: "Drop the row, or leave customer_id out to number the customers",
    };
    let check =
        |(row, text): (usize, Option<String>)| text.filter(|t| !t.trim().is_empty()).ok_or_else(|| missing(row));
    let texts = texts.into_iter().enumerate().map(check).collect::<cpm_core::Result<Vec<_>>>()?;
    Ok(texts.into_iter().collect())
}

/// Ids as a list of `str` or an array of `int64`.
pub(crate) fn ids_to_python<'py>(py: Python<'py>, ids: &CustomerIds) -> PyResult<Bound<'py, PyAny>> {
    match ids {
        CustomerIds::Integer(numbers) => Ok(PyArray1::from_slice(py, numbers).into_any()),
        _ => ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().into_pyobject(py),
    }
}

/// One-dimensional, of whatever type NumPy finds.
pub(crate) fn as_array<'py>(column: &str, values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let array = unmasked(column, values)?;
    if array.ndim() == 1 {
        Ok(array)
    } else {
        let found = format!("{} dimensions", array.ndim());
        Err(refused(column, found, "one value per row", "Give a list, a one-dimensional array or a Series"))
    }
}

/// An array of any shape. NumPy would drop a mask silently, and what it hides would count as values.
pub(crate) fn unmasked<'py>(column: &str, values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = values.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    if values.hasattr(intern!(py, "mask"))?
        && numpy.getattr(intern!(py, "ma"))?.call_method1(intern!(py, "is_masked"), (values,))?.extract()?
    {
        let found = "a masked array with missing values".to_owned();
        return Err(refused(column, found, "one value per row", "Fill in or leave out what is missing"));
    }
    Ok(numpy.call_method1(intern!(py, "asarray"), (values,))?.cast_into::<PyUntypedArray>()?)
}

/// NumPy's letter for the kind of the type: `f` for floating-point numbers, `M` for dates, …
pub(crate) fn kind_of(array: &Bound<'_, PyUntypedArray>) -> PyResult<char> {
    array.dtype().getattr(intern!(array.py(), "kind"))?.extract()
}

pub(crate) fn column_type(
    column: &str,
    array: &Bound<'_, PyUntypedArray>,
    expected: &'static str,
    remedy: &str,
) -> PyErr {
    refused(column, array.dtype().to_string(), expected, remedy)
}

pub(crate) fn refused(column: &str, found: String, expected: &'static str, remedy: &str) -> PyErr {
    exception(Error::ColumnType { column: column.to_owned(), found, expected, remedy: remedy.to_owned() })
}
