//! Attributes of customers from Python: the named columns of a table, numbers or text.

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatchReader};
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;
use cpm_core::summary::Covariates;
use cpm_core::{Column, Error, Table};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::input::AnyRecordBatch;

use crate::arrays::{as_array, column_type, kind_of, refused};
use crate::error::{OrRaise, exception};

/// The columns `wanted` of a table, or all of them.
pub(crate) fn covariates(x: &Bound<'_, PyAny>, wanted: Option<&[String]>) -> PyResult<Covariates> {
    let table = table(x, wanted)?;
    x.py().detach(|| Covariates::new(&table)).or_raise()
}

fn table(x: &Bound<'_, PyAny>, wanted: Option<&[String]>) -> PyResult<Table> {
    let py = x.py();
    let module: String = x.get_type().module()?.extract()?;
    let is_pandas = module.split('.').next() == Some("pandas") && x.hasattr(intern!(py, "columns"))?;
    if x.is_instance_of::<PyDict>() || is_pandas {
        // Of a data frame not by way of Arrow: that would add the index as a column.
        let keys: Vec<Bound<'_, PyAny>> = match x.cast::<PyDict>() {
            Ok(dict) => dict.keys().iter().collect(),
            Err(_) => x.getattr(intern!(py, "columns"))?.try_iter()?.collect::<PyResult<_>>()?,
        };
        let names = keys.iter().map(|key| Ok(key.str()?.to_string())).collect::<PyResult<Vec<String>>>()?;
        let mut table = Table::new();
        for at in positions(&names, wanted)? {
            table.push(&names[at], from_numpy(&names[at], &x.get_item(&keys[at])?)?).or_raise()?;
        }
        return Ok(table);
    }
    let class = x.get_type().name()?.to_string();
    let not_a_table =
        |_| refused("covariates", class, "a table with named columns", "Give a data frame or a dict of columns");
    from_arrow(x.extract::<AnyRecordBatch>().map_err(not_a_table)?.into_reader()?, wanted)
}

/// The positions of the columns wanted, or of all of them.
fn positions(names: &[String], wanted: Option<&[String]>) -> PyResult<Vec<usize>> {
    let Some(wanted) = wanted else { return Ok((0..names.len()).collect()) };
    let find = |name: &String| {
        names.iter().position(|n| n == name).ok_or_else(|| {
            exception(Error::MissingColumn {
                column: name.clone(),
                role: "covariate",
                origin: "the covariates".to_owned(),
                available: names.to_vec(),
            })
        })
    };
    wanted.iter().map(find).collect()
}

fn from_numpy(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Column> {
    let array = as_array(name, values)?;
    match kind_of(&array)? {
        'b' | 'i' | 'u' | 'f' => {
            let numpy = array.py().import(intern!(array.py(), "numpy"))?;
            let floats = numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (&array, "float64"))?;
            Ok(Column::Float(floats.cast_into::<PyArray1<f64>>()?.to_vec()?))
        }
        'O' | 'U' | 'T' => {
            let list = array.call_method0(intern!(array.py(), "tolist"))?;
            if let Ok(numbers) = list.extract::<Vec<Option<f64>>>() {
                return Ok(Column::Optional(numbers));
            }
            // A missing text is an empty one, which is refused with its row.
            match list.extract::<Vec<Option<String>>>() {
                Ok(texts) => Ok(Column::Text(texts.into_iter().map(Option::unwrap_or_default).collect())),
                Err(_) => Err(column_type(
                    name,
                    &array,
                    "numbers or text",
                    "Convert all values to one type, and missing ones to None",
                )),
            }
        }
        _ => Err(column_type(name, &array, "numbers or text", "Convert it to one of these, or leave it out")),
    }
}

fn from_arrow(reader: Box<dyn RecordBatchReader + Send>, wanted: Option<&[String]>) -> PyResult<Table> {
    let failed = |e: arrow_schema::ArrowError| PyTypeError::new_err(e.to_string());
    let schema = reader.schema();
    let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let positions = positions(&names, wanted)?;
    let mut columns = Vec::new();
    for &at in &positions {
        let content = match schema.field(at).data_type() {
            DataType::Dictionary(_, content) => content,
            content => content,
        };
        columns.push(if content.is_string() {
            Column::Text(Vec::new())
        } else if content.is_numeric() || matches!(content, DataType::Boolean | DataType::Null) {
            Column::Optional(Vec::new())
        } else {
            let remedy = "Convert it to one of these, or leave it out";
            return Err(refused(&names[at], content.to_string(), "numbers or text", remedy));
        });
    }
    for batch in reader {
        let batch = batch.map_err(failed)?;
        for (&at, column) in positions.iter().zip(&mut columns) {
            let array = batch.column(at);
            match column {
                Column::Text(texts) => {
                    for row in 0..array.len() {
                        let text = if array.is_null(row) {
                            String::new()
                        } else {
                            array_value_to_string(array, row).map_err(failed)?
                        };
                        texts.push(text);
                    }
                }
                Column::Optional(numbers) => {
                    let floats = arrow_cast::cast(array, &DataType::Float64).map_err(failed)?;
                    numbers.extend(floats.as_primitive::<Float64Type>().iter());
                }
                _ => {}
            }
        }
    }
    let mut table = Table::new();
    for (&at, column) in positions.iter().zip(columns) {
        table.push(&names[at], column).or_raise()?;
    }
    Ok(table)
}
