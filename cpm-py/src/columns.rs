//! Tables of numbers and text from Python, as the core's table.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, RecordBatchReader};
use arrow_schema::DataType;
use cpm_core::{Column, CustomerIds};
use numpy::{PyArray1, PyArrayMethods, PyUntypedArray};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use pyo3_arrow::input::AnyRecordBatch;

use crate::arrays::{as_array, kind_of, refused};
use crate::error::OrRaise;

/// Reads all columns of a data frame or a dict. Text without a value is empty, a number without one is missing.
pub(crate) fn table(data: &Bound<'_, PyAny>) -> PyResult<cpm_core::Table> {
    let py = data.py();
    let mut table = cpm_core::Table::new();
    let module: String = data.get_type().module()?.extract()?;
    if data.cast::<PyDict>().is_ok() || module.split('.').next() == Some("pandas") {
        // A pandas frame by its columns: by way of Arrow its index would be one more.
        let keys = if let Ok(dict) = data.cast::<PyMapping>() {
            dict.keys()?.into_any()
        } else {
            data.getattr(intern!(py, "columns"))?
        };
        for key in keys.try_iter()? {
            let key = key?;
            let name = key.str()?.to_string();
            table.push(&name, from_numpy(&name, &data.get_item(&key)?)?).or_raise()?;
        }
        return Ok(table);
    }
    let class = data.get_type().name()?.to_string();
    let batches = data.extract::<AnyRecordBatch>().map_err(|_| {
        let remedy = "Give a pandas, Polars or PyArrow table, or a dict of columns";
        refused("table", class, "a table with named columns", remedy)
    })?;
    let reader: Box<dyn RecordBatchReader + Send> = batches.into_reader()?;
    let names: Vec<String> = reader.schema().fields().iter().map(|f| f.name().clone()).collect();
    let mut columns: Vec<Option<Column>> = vec![None; names.len()];
    for batch in reader {
        let batch = batch.map_err(|e| PyTypeError::new_err(e.to_string()))?;
        for ((column, name), array) in columns.iter_mut().zip(&names).zip(batch.columns()) {
            let more = from_arrow(name, array)?;
            *column = Some(match column.take() {
                None => more,
                Some(first) => joined(first, more),
            });
        }
    }
    for (name, column) in names.iter().zip(columns) {
        table.push(name, column.unwrap_or(Column::Float(Vec::new()))).or_raise()?;
    }
    Ok(table)
}

/// One kind of column for numbers, whatever their type.
fn numbers(values: Vec<Option<f64>>) -> Column {
    let values: Vec<Option<f64>> = values.into_iter().map(|v| v.filter(|v| !v.is_nan())).collect();
    if values.iter().all(Option::is_some) {
        Column::Float(values.into_iter().flatten().collect())
    } else {
        Column::Optional(values)
    }
}

/// The ids of customers are a kind of their own, so that results can carry them on.
fn texts(name: &str, values: Vec<String>) -> Column {
    if name == "customer_id" { Column::Id(values.into_iter().collect()) } else { Column::Text(values) }
}

fn whole(name: &str, values: Vec<i64>) -> Column {
    if name == "customer_id" { Column::Id(CustomerIds::from(values)) } else { Column::Integer(values) }
}

fn from_numpy(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Column> {
    let array: Bound<'_, PyUntypedArray> = as_array(name, values)?;
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    let convert = |to: &str| numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (&array, to));
    match kind_of(&array)? {
        'b' | 'i' | 'u' => {
            let converted = convert("int64")?.cast_into::<PyArray1<i64>>()?;
            Ok(whole(name, converted.to_vec()?))
        }
        'f' => {
            let values = convert("float64")?.cast_into::<PyArray1<f64>>()?.to_vec()?;
            Ok(numbers(values.into_iter().map(Some).collect()))
        }
        kind @ ('O' | 'U' | 'T' | 'M') => {
            // Dates compare as ISO text does.
            let array = if kind == 'M' { convert("str")? } else { array.clone().into_any() };
            let list: Vec<Bound<'_, PyAny>> = array.call_method0(intern!(array.py(), "tolist"))?.extract()?;
            mixed(name, &list)
        }
        _ => Err(crate::arrays::column_type(name, &array, "numbers or text", "Convert it to one of these")),
    }
}

/// Objects: all text or all numbers, `None` and NaN for what is missing.
fn mixed(name: &str, list: &[Bound<'_, PyAny>]) -> PyResult<Column> {
    let is_missing = |v: &Bound<'_, PyAny>| v.is_none() || v.extract::<f64>().is_ok_and(f64::is_nan);
    if list.iter().all(|v| is_missing(v) || v.extract::<f64>().is_ok()) {
        return Ok(numbers(list.iter().map(|v| v.extract().ok()).collect()));
    }
    let text = |v: &Bound<'_, PyAny>| {
        if is_missing(v) {
            return Ok(String::new());
        }
        v.extract::<String>().map_err(|_| {
            let remedy = "Convert all values of the column to one type";
            refused(name, "values of several types".to_owned(), "numbers or text", remedy)
        })
    };
    Ok(texts(name, list.iter().map(text).collect::<PyResult<_>>()?))
}

fn from_arrow(name: &str, array: &dyn Array) -> PyResult<Column> {
    let content = match array.data_type() {
        DataType::Dictionary(_, content) => content.as_ref(),
        content => content,
    };
    let cast = |to: &DataType| arrow_cast::cast(array, to).map_err(|e| PyTypeError::new_err(e.to_string()));
    // Dates compare as ISO text does.
    if content.is_string() || content.is_temporal() {
        let values = cast(&DataType::LargeUtf8)?;
        let values = values.as_string::<i64>().iter().map(|v| v.unwrap_or_default().to_owned());
        return Ok(texts(name, values.collect()));
    }
    if (content.is_integer() || *content == DataType::Boolean) && array.null_count() == 0 {
        let values = cast(&DataType::Int64)?;
        return Ok(whole(name, values.as_primitive::<Int64Type>().values().to_vec()));
    }
    if content.is_numeric() || matches!(content, DataType::Boolean | DataType::Null) {
        let values = cast(&DataType::Float64)?;
        return Ok(numbers(values.as_primitive::<Float64Type>().iter().collect()));
    }
    let remedy = "Convert it to one of these, or leave it out";
    Err(refused(name, content.to_string(), "numbers or text", remedy))
}

/// Batches of one column. Types are those of the stream, except that a batch may lack missing values.
fn joined(first: Column, more: Column) -> Column {
    let optional = |column: Column| -> Vec<Option<f64>> {
        match column {
            Column::Float(values) => values.into_iter().map(Some).collect(),
            Column::Integer(values) => values.into_iter().map(|v| Some(v as f64)).collect(),
            Column::Optional(values) => values,
            _ => Vec::new(),
        }
    };
    match (first, more) {
        (Column::Text(mut a), Column::Text(b)) => {
            a.extend(b);
            Column::Text(a)
        }
        (Column::Integer(mut a), Column::Integer(b)) => {
            a.extend(b);
            Column::Integer(a)
        }
        (Column::Id(CustomerIds::Integer(mut a)), Column::Id(CustomerIds::Integer(b))) => {
            a.extend(b);
            Column::Id(CustomerIds::Integer(a))
        }
        (Column::Id(a), Column::Id(b)) => Column::Id(a.iter().chain(b.iter()).map(|id| id.to_string()).collect()),
        (a, b) => numbers(optional(a).into_iter().chain(optional(b)).collect()),
    }
}
