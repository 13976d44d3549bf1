//! Covariates: a matrix, or the named columns of a data frame.

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatchReader};
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;
use cpm_core::Error;
use numpy::ndarray::{Array2, ArrayView2};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3_arrow::input::AnyRecordBatch;

use crate::arrays::{as_array, column_type, kind_of, refused, unmasked};
use crate::error::{bad_value, exception};

/// One row per customer, one column per attribute.
pub(crate) struct Covariates {
    /// Names of the columns; None for a matrix without names.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) values: Array2<f64>,
}

type Columns = Vec<(String, Vec<f64>)>;

impl Covariates {
    /// Of a matrix, or of a table: its columns `wanted`, or all of them.
    pub(crate) fn new(x: &Bound<'_, PyAny>, wanted: Option<&[String]>) -> PyResult<Self> {
        match columns(x, wanted)? {
            Some(columns) => Self::of_columns(columns),
            None => Self::in_matrix(x, wanted, |names, values| {
                Ok(Self { names: names.map(<[String]>::to_vec), values: values.to_owned() })
            }),
        }
    }

    /// What `of` makes of names and values, without a copy of a matrix of `float64`.
    pub(crate) fn visit<T>(
        x: &Bound<'_, PyAny>,
        wanted: Option<&[String]>,
        of: impl FnOnce(Option<&[String]>, ArrayView2<'_, f64>) -> PyResult<T>,
    ) -> PyResult<T> {
        match columns(x, wanted)? {
            Some(columns) => {
                let own = Self::of_columns(columns)?;
                of(own.names.as_deref(), own.values.view())
            }
            None => Self::in_matrix(x, wanted, of),
        }
    }

    fn in_matrix<T>(
        x: &Bound<'_, PyAny>,
        wanted: Option<&[String]>,
        of: impl FnOnce(Option<&[String]>, ArrayView2<'_, f64>) -> PyResult<T>,
    ) -> PyResult<T> {
        let label = |j: usize| wanted.and_then(|w| w.get(j).cloned()).unwrap_or_else(|| format!("x{j}"));
        matrix_as("X", x, label, |values| {
            // Nearly always all are finite, and this is the quicker way to see it.
            if !values.iter().all(|v| v.is_finite())
                && let Some(((row, column), value)) = values.indexed_iter().find(|(_, v)| !v.is_finite())
            {
                return Err(not_a_number(&label(column), row, value.to_string()));
            }
            of(wanted, values)
        })?
    }

    fn of_columns(columns: Columns) -> PyResult<Self> {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        if let Some((name, values)) = columns.iter().find(|(_, values)| values.len() != rows) {
            let found = format!("{} rows while column `{}` has {rows}", values.len(), columns[0].0);
            return Err(refused(name, found, "one value per row", "Give columns of one length"));
        }
        let values = Array2::from_shape_fn((rows, columns.len()), |(i, j)| columns[j].1[i]);
        Ok(Self { names: Some(columns.into_iter().map(|(name, _)| name).collect()), values })
    }
}

/// Numbers in two dimensions, finite or not.
pub(crate) fn matrix(
    what: &'static str,
    values: &Bound<'_, PyAny>,
    label: impl Fn(usize) -> String,
) -> PyResult<Array2<f64>> {
    matrix_as(what, values, label, |view| view.to_owned())
}

/// What `of` makes of numbers in two dimensions, without a copy where they are an array of `float64` already.
pub(crate) fn matrix_as<T>(
    what: &'static str,
    values: &Bound<'_, PyAny>,
    label: impl Fn(usize) -> String,
    of: impl FnOnce(ArrayView2<'_, f64>) -> T,
) -> PyResult<T> {
    let array = as_given(values, unmasked(what, values)?)?;
    if array.ndim() != 2 {
        let found = format!("{} dimensions", array.ndim());
        let remedy =
            "Give a matrix, a data frame or a dict of columns; values.reshape(-1, 1) is a matrix of one column";
        return Err(refused(what, found, "one row per customer and one column per attribute", remedy));
    }
    match kind_of(&array)? {
        'b' | 'i' | 'u' | 'f' => {
            let converted = contiguous(&array)?.cast_into::<PyArray2<f64>>()?;
            Ok(of(converted.readonly().as_array()))
        }
        'O' | 'U' | 'T' => {
            let shape = (array.shape()[0], array.shape()[1]);
            let mut numbers = Vec::with_capacity(shape.0 * shape.1);
            let rows: Vec<Vec<Bound<'_, PyAny>>> = array.call_method0(intern!(array.py(), "tolist"))?.extract()?;
            for (row, cells) in rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    numbers.push(number(&label(column), row, cell)?);
                }
            }
            ArrayView2::from_shape(shape, &numbers).map(of).map_err(|e| PyTypeError::new_err(e.to_string()))
        }
        _ => Err(column_type(what, &array, "numbers", "Convert it to numbers")),
    }
}

/// The columns of a table; None if it is none.
fn columns(x: &Bound<'_, PyAny>, wanted: Option<&[String]>) -> PyResult<Option<Columns>> {
    let py = x.py();
    if let Ok(dict) = x.cast::<PyDict>() {
        let keys: Vec<Bound<'_, PyAny>> = dict.keys().iter().collect();
        return pick(&keys, wanted, |key| x.get_item(key)).map(Some);
    }
    if x.cast::<PyUntypedArray>().is_ok() {
        return Ok(None);
    }
    let module: String = x.get_type().module()?.extract()?;
    if module.split('.').next() == Some("pandas") {
        // Not by way of Arrow: that would add the index as a column.
        if x.getattr(intern!(py, "ndim"))?.extract::<usize>()? != 2 {
            return Ok(None);
        }
        let keys: Vec<Bound<'_, PyAny>> = x.getattr(intern!(py, "columns"))?.try_iter()?.collect::<PyResult<_>>()?;
        return pick(&keys, wanted, |key| x.get_item(key)).map(Some);
    }
    if x.hasattr(intern!(py, "__arrow_c_stream__"))? || x.hasattr(intern!(py, "__arrow_c_array__"))? {
        let class = x.get_type().name()?.to_string();
        let not_a_table = |_| refused("X", class, "a matrix or a table with named columns", "Give a data frame");
        return from_arrow(x.extract::<AnyRecordBatch>().map_err(not_a_table)?, wanted).map(Some);
    }
    Ok(None)
}

/// The positions of the columns wanted, or of all of them.
fn positions(names: &[String], wanted: Option<&[String]>) -> PyResult<Vec<usize>> {
    if let Some((_, name)) = names.iter().enumerate().find(|(j, name)| names[..*j].contains(name)) {
        return Err(refused(name, "two columns".to_owned(), "one column of a name", "Rename one of them"));
    }
    let Some(wanted) = wanted else { return Ok((0..names.len()).collect()) };
    let find = |name: &String| {
        names.iter().position(|n| n == name).ok_or_else(|| {
            exception(Error::MissingColumn {
                column: name.clone(),
                role: "covariate",
                origin: "X".to_owned(),
                available: names.to_vec(),
            })
        })
    };
    wanted.iter().map(find).collect()
}

fn pick<'py>(
    keys: &[Bound<'py, PyAny>],
    wanted: Option<&[String]>,
    column: impl Fn(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Columns> {
    let names = keys.iter().map(|key| Ok(key.str()?.to_string())).collect::<PyResult<Vec<String>>>()?;
    let read = |at: usize| {
        let values = column(&keys[at])?;
        let array = as_given(&values, as_array(&names[at], &values)?)?;
        Ok((names[at].clone(), from_numpy(&names[at], &array)?))
    };
    positions(&names, wanted)?.into_iter().map(read).collect()
}

fn from_numpy(name: &str, array: &Bound<'_, PyUntypedArray>) -> PyResult<Vec<f64>> {
    match kind_of(array)? {
        'b' | 'i' | 'u' | 'f' => {
            let values = contiguous(array)?.cast_into::<PyArray1<f64>>()?.to_vec()?;
            match values.iter().position(|v| !v.is_finite()) {
                None => Ok(values),
                Some(row) => Err(not_a_number(name, row, values[row].to_string())),
            }
        }
        'O' | 'U' | 'T' => {
            let list: Vec<Bound<'_, PyAny>> = array.call_method0(intern!(array.py(), "tolist"))?.extract()?;
            let finite = |(row, cell): (usize, &Bound<'_, PyAny>)| {
                let value = number(name, row, cell)?;
                if value.is_finite() { Ok(value) } else { Err(not_a_number(name, row, value.to_string())) }
            };
            list.iter().enumerate().map(finite).collect()
        }
        _ => Err(column_type(name, array, "numbers", "Convert it to numbers, or leave it out")),
    }
}

fn from_arrow(batches: AnyRecordBatch, wanted: Option<&[String]>) -> PyResult<Columns> {
    let reader: Box<dyn RecordBatchReader + Send> = batches.into_reader()?;
    let names: Vec<String> = reader.schema().fields().iter().map(|f| f.name().clone()).collect();
    let positions = positions(&names, wanted)?;
    let mut columns: Columns = positions.iter().map(|&at| (names[at].clone(), Vec::new())).collect();
    for batch in reader {
        let batch = batch.map_err(|e| PyTypeError::new_err(e.to_string()))?;
        for (&at, (name, values)) in positions.iter().zip(&mut columns) {
            append(name, batch.column(at), values)?;
        }
    }
    Ok(columns)
}

/// One batch of a column.
fn append(name: &str, array: &dyn Array, values: &mut Vec<f64>) -> PyResult<()> {
    let first = values.len();
    let content = match array.data_type() {
        DataType::Dictionary(_, content) => content,
        content => content,
    };
    let text = |row: usize| array_value_to_string(array, row).map_err(|e| PyTypeError::new_err(e.to_string()));
    if content.is_string() && !array.is_empty() {
        return Err(not_a_number(name, first, if array.is_null(0) { "None".to_owned() } else { text(0)? }));
    }
    if !(content.is_numeric() || matches!(content, DataType::Boolean | DataType::Null)) {
        let remedy = "Convert it to numbers, or leave it out";
        return Err(refused(name, content.to_string(), "numbers", remedy));
    }
    let numbers = arrow_cast::cast(array, &DataType::Float64).map_err(|e| PyTypeError::new_err(e.to_string()))?;
    for (row, value) in numbers.as_primitive::<Float64Type>().iter().enumerate() {
        match value {
            Some(value) if value.is_finite() => values.push(value),
            Some(value) => return Err(not_a_number(name, first + row, value.to_string())),
            None => return Err(not_a_number(name, first + row, "None".to_owned())),
        }
    }
    Ok(())
}

/// NumPy makes text of all values of a list that has one text: the error should name that one.
fn as_given<'py>(
    values: &Bound<'py, PyAny>,
    array: Bound<'py, PyUntypedArray>,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    if kind_of(&array)? != 'U' || !(values.is_instance_of::<PyList>() || values.is_instance_of::<PyTuple>()) {
        return Ok(array);
    }
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    Ok(numpy.call_method1(intern!(array.py(), "asarray"), (values, "object"))?.cast_into::<PyUntypedArray>()?)
}

fn contiguous<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyAny>> {
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (array, "float64"))
}

fn number(name: &str, row: usize, cell: &Bound<'_, PyAny>) -> PyResult<f64> {
    match cell.extract::<f64>() {
        Ok(value) => Ok(value),
        Err(_) => Err(not_a_number(name, row, cell.str()?.to_string())),
    }
}

fn not_a_number(name: &str, row: usize, value: String) -> PyErr {
    let remedy = "Fill in or leave out what is missing, and make columns of 0 and 1 from text";
    bad_value(name, row, value, "it must be a finite number", remedy)
}
