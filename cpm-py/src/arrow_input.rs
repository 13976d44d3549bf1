//! Tables from Python as a stream of Arrow record batches.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, RecordBatchReader,
    StringArray, TimestampSecondArray, UInt64Array,
};
use arrow_schema::ArrowError;
use cpm_core::Error;
use numpy::{PyArray1, PyArrayMethods, PyUntypedArray};
use pyo3::exceptions::{PyImportError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use pyo3_arrow::input::AnyRecordBatch;

use crate::arrays::{as_array, column_type, kind_of};
use crate::error::{data_error, exception};
use crate::lazy_tables;

pub(crate) type Reader = Box<dyn RecordBatchReader + Send>;

/// NumPy's "not a time" in a count of seconds.
const NOT_A_TIME: i64 = i64::MIN;

/// The rows of `table`, and what to call it in messages. Of a data frame only the columns in `wanted` are converted,
/// the second of which holds dates.
pub(crate) fn open(table: &Bound<'_, PyAny>, wanted: &[impl AsRef<str>]) -> PyResult<(Reader, String)> {
    let class = table.get_type();
    let module: String = class.module()?.extract()?;
    let library = module.split('.').next().unwrap_or_default();
    let name = class.name()?;
    let origin = if library == "builtins" { format!("the {name}") } else { format!("the {library}.{name}") };
    if let Ok(columns) = table.cast::<PyDict>() {
        return Ok((from_columns(columns.as_mapping(), wanted)?, origin));
    }
    let py = table.py();
    let lazy = lazy_tables::open(table, library, wanted);
    if let Some(reader) = lazy.map_err(|error| unreadable(py, &origin, PRODUCER, error))? {
        return Ok((reader, origin));
    }
    let has_stream = table.hasattr(intern!(py, "__arrow_c_stream__"))?;
    let is_column = name.to_str()?.ends_with("Series");
    if is_column || !has_stream && !table.hasattr(intern!(py, "__arrow_c_array__"))? {
        let what = if is_column { "a single column, and a table is needed" } else { "not a table" };
        return Err(PyTypeError::new_err(format!(
            "{origin} is {what}. Give a pandas, Polars or PyArrow table, a Polars LazyFrame, a PyArrow dataset, a DuckDB \
             relation, anything else with __arrow_c_stream__, or a dict of columns; files are read by TransactionLog.read"
        )));
    }
    let narrow = if library == "pandas" { pandas_columns(table, wanted)? } else { table.clone() };
    let reader = match narrow.extract::<AnyRecordBatch>() {
        Ok(batches) => batches.into_reader()?,
        // pandas needs PyArrow for Arrow; without it the columns still are NumPy arrays.
        Err(error) if library == "pandas" && error.is_instance_of::<PyImportError>(py) => {
            from_columns(narrow.call_method1("to_dict", ("series",))?.cast_into::<PyDict>()?.as_mapping(), wanted)?
        }
        Err(error) => {
            let is_frame = ["pandas", "pyarrow"].contains(&library);
            let remedy = if is_frame { "Give a table whose columns have one type each" } else { PRODUCER };
            return Err(unreadable(py, &origin, remedy, error));
        }
    };
    Ok((reader, origin))
}

/// What to do where the library that a table is from raised an error of its own.
const PRODUCER: &str = "This is what its library said: correct the query or the table";

fn unreadable(py: Python<'_>, origin: &str, remedy: &str, error: PyErr) -> PyErr {
    let raised = exception(Error::UnreadableFile {
        path: origin.into(),
        format: "an Arrow table",
        reason: error.to_string().trim_end().to_owned(),
        remedy: remedy.to_owned(),
    });
    raised.set_cause(py, Some(error));
    raised
}

/// The wanted columns of a data frame, since all others would be converted in vain, [shared](shared) where that goes. If
/// one is missing, all of them: the error then lists what there is.
fn pandas_columns<'py>(frame: &Bound<'py, PyAny>, wanted: &[impl AsRef<str>]) -> PyResult<Bound<'py, PyAny>> {
    let columns = frame.getattr("columns")?;
    let mut narrow: Vec<&str> = Vec::new();
    for name in wanted.iter().map(AsRef::as_ref) {
        if !columns.contains(name)? {
            return Ok(frame.clone());
        }
        if !narrow.contains(&name) {
            narrow.push(name);
        }
    }
    let frame = frame.get_item(narrow)?;
    shared(&frame)
        .or_else(|error| if error.is_instance_of::<PyImportError>(frame.py()) { Ok(frame) } else { Err(error) })
}

/// A data frame whose columns of numbers and times are Arrow columns in the memory that NumPy has them in, where nothing is
/// missing in them. pandas would make a mask of each first, value by value on a single core.
fn shared<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = frame.py();
    let columns = frame.getattr(intern!(py, "columns"))?;
    if !columns.getattr(intern!(py, "is_unique"))?.is_truthy()? {
        return Ok(frame.clone());
    }
    let (numpy, arrow) = (py.import(intern!(py, "numpy"))?, py.import(intern!(py, "pyarrow"))?);
    let extension = py.import(intern!(py, "pandas"))?.getattr("arrays")?.getattr("ArrowExtensionArray")?;
    let plain = numpy.getattr("dtype")?;
    let replaced = PyDict::new(py);
    for name in columns.try_iter()? {
        let name = name?;
        let column = frame.get_item(&name)?;
        let kind = column.getattr(intern!(py, "dtype"))?;
        if !kind.is_instance(&plain)? || !kind.getattr("isnative")?.is_truthy()? {
            continue;
        }
        let is_time = match kind.getattr("kind")?.extract()? {
            'M' => true,
            'f' => false,
            _ => continue,
        };
        if column.getattr(intern!(py, "hasnans"))?.is_truthy()? {
            continue;
        }
        let values = column.call_method0(intern!(py, "to_numpy"))?;
        let array = if is_time {
            let unit = numpy.call_method1("datetime_data", (kind,))?.get_item(0)?;
            let counts = arrow.call_method1("array", (values.call_method1("view", ("int64",))?,))?;
            counts.call_method1("view", (arrow.call_method1("timestamp", (unit,))?,))?
        } else {
            arrow.call_method1("array", (values,))?
        };
        replaced.set_item(name, extension.call1((array,))?)?;
    }
    frame.call_method("assign", (), Some(&replaced))
}

/// One batch of the wanted columns of a dict. Without one of them the batch is empty, but names all columns.
fn from_columns(columns: &Bound<'_, PyMapping>, wanted: &[impl AsRef<str>]) -> PyResult<Reader> {
    let mut arrays: Vec<(String, ArrayRef)> = Vec::new();
    for name in columns.keys()?.iter() {
        let name: String = name.extract()?;
        // Columns that nobody asked for are named in messages, not converted.
        let wanted_as = wanted.iter().position(|w| w.as_ref() == name);
        let array = match wanted_as {
            Some(role) => from_numpy(&name, &as_array(&name, &columns.get_item(&name)?)?, role == 1)?,
            None => continue,
        };
        arrays.push((name, array));
    }
    let names: Vec<String> = columns.keys()?.extract()?;
    if wanted.iter().any(|w| !names.iter().any(|n| n == w.as_ref())) {
        arrays =
            names.into_iter().map(|name| (name, Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef)).collect();
    }
    let lengths: Vec<usize> = arrays.iter().map(|(_, array)| array.len()).collect();
    if let Some(wrong) = lengths.iter().position(|&n| n != lengths[0]) {
        let ((name, _), (first, _)) = (&arrays[wrong], &arrays[0]);
        let message = format!(
            "column `{name}` has {} rows, but `{first}` has {}. Give columns of one length, one value per transaction",
            lengths[wrong], lengths[0]
        );
        return Err(data_error(message, Some(name.clone()), None, None));
    }
    let batch = RecordBatch::try_from_iter_with_nullable(arrays.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.map_err(|e: ArrowError| PyTypeError::new_err(e.to_string()))?;
    let schema = batch.schema();
    Ok(Box::new(RecordBatchIterator::new([Ok(batch)], schema)))
}

fn from_numpy(name: &str, array: &Bound<'_, PyUntypedArray>, is_date: bool) -> PyResult<ArrayRef> {
    let py = array.py();
    let convert = |to: &str| {
        let numpy = py.import(intern!(py, "numpy"))?;
        numpy.call_method1(intern!(py, "ascontiguousarray"), (array, to))
    };
    Ok(match kind_of(array)? {
        'i' => Arc::new(Int64Array::from(convert("int64")?.cast_into::<PyArray1<i64>>()?.to_vec()?)),
        'u' => Arc::new(UInt64Array::from(convert("uint64")?.cast_into::<PyArray1<u64>>()?.to_vec()?)),
        // As they are: the core knows what they are short for.
        'f' if array.getattr("itemsize")?.extract::<usize>()? == 4 => {
            Arc::new(Float32Array::from(convert("float32")?.cast_into::<PyArray1<f32>>()?.to_vec()?))
        }
        'f' => Arc::new(Float64Array::from(convert("float64")?.cast_into::<PyArray1<f64>>()?.to_vec()?)),
        'M' => times(convert("datetime64[s]")?)?,
        kind @ ('U' | 'T' | 'O' | 'S') => {
            let values = if kind == 'S' {
                // Bytes, as HDF5 and older tools have text.
                let numpy = py.import(intern!(py, "numpy"))?.getattr("char")?;
                let text = numpy.call_method1("decode", (array, "utf-8"));
                let refuse = |_| column_type(name, array, "text", "Decode the bytes, which are not UTF-8");
                text.map_err(refuse)?.call_method0("tolist")?
            } else {
                array.call_method0("tolist")?
            };
            if let Ok(texts) = values.extract::<Vec<Option<String>>>() {
                return Ok(Arc::new(StringArray::from(texts)));
            }
            if !is_date && let Some(texts) = uuids(&values)? {
                return Ok(texts);
            }
            if is_date && let Some(instants) = instants(&values)? {
                return Ok(instants);
            }
            let converted = if is_date { convert("datetime64[s]").and_then(times) } else { numbers(&values) };
            converted.map_err(|_| {
                let (expected, remedy) = if is_date {
                    ("dates, times or text", "Convert all values to one type")
                } else {
                    ("text or numbers", "Convert all values to one type, and missing ones to None")
                };
                column_type(name, array, expected, remedy)
            })?
        }
        _ => return Err(column_type(name, array, "text, numbers or dates", "Convert it to one of these")),
    })
}

fn times(seconds: Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let counts = seconds.call_method1("view", ("int64",))?.cast_into::<PyArray1<i64>>()?.to_vec()?;
    let times: TimestampSecondArray = counts.into_iter().map(|t| (t != NOT_A_TIME).then_some(t)).collect();
    Ok(Arc::new(times))
}

/// Points in time, if all that is there are aware; NumPy would make them times without a zone.
fn instants(values: &Bound<'_, PyAny>) -> PyResult<Option<ArrayRef>> {
    let mut seconds: Vec<Option<i64>> = Vec::new();
    for value in values.try_iter()? {
        let value = value?;
        // "Not a time" is not equal to itself, and whether NA is cannot be said.
        if value.is_none() || !value.eq(&value).unwrap_or(false) {
            seconds.push(None);
        } else if value.getattr_opt("tzinfo")?.is_some_and(|zone| !zone.is_none()) {
            let since_1970: f64 = value.call_method0("timestamp")?.extract()?;
            seconds.push(Some(since_1970.floor() as i64));
        } else {
            return Ok(None);
        }
    }
    let is_aware = seconds.iter().any(Option::is_some);
    Ok(is_aware.then(|| Arc::new(TimestampSecondArray::from(seconds).with_timezone("UTC")) as ArrayRef))
}

/// Objects of Python's `uuid`, or missing ones, as text.
fn uuids(values: &Bound<'_, PyAny>) -> PyResult<Option<ArrayRef>> {
    let class = values.py().import(intern!(values.py(), "uuid"))?.getattr("UUID")?;
    let mut texts: Vec<Option<String>> = Vec::new();
    for value in values.try_iter()? {
        let value = value?;
        match value.is_none() {
            true => texts.push(None),
            false if value.is_instance(&class)? => texts.push(Some(value.str()?.extract()?)),
            false => return Ok(None),
        }
    }
    Ok(Some(Arc::new(StringArray::from(texts))))
}

/// Whole numbers stay exact; with others among them, all are floating point.
fn numbers(values: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    match values.extract::<Vec<Option<i64>>>() {
        Ok(integers) => Ok(Arc::new(Int64Array::from(integers))),
        Err(_) => Ok(Arc::new(Float64Array::from(values.extract::<Vec<Option<f64>>>()?))),
    }
}
