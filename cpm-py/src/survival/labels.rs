//! Labels of rows: groups, clusters and strata, as text or whole numbers.

use cpm_core::Column;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;

use crate::arrays::{as_array, kind_of};
use crate::error::bad_value;

const EXPECTED: &str = "labels are whole numbers or text, all of one kind and none missing";

/// One label per row.
pub(crate) enum Labels {
    Whole(Vec<i64>),
    Text(Vec<String>),
}

impl Labels {
    pub(crate) fn new(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Self> {
        let array = as_array(column, values)?;
        let kind = kind_of(&array)?;
        if !matches!(kind, 'b' | 'i' | 'u' | 'f' | 'U' | 'T' | 'O') {
            return Err(crate::arrays::column_type(
                column,
                &array,
                "text or whole numbers",
                "Convert it to one of these",
            ));
        }
        if kind == 'i' {
            // Whole numbers need no Python object each.
            let numpy = array.py().import(intern!(array.py(), "numpy"))?;
            let whole = numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (&array, "int64"))?;
            return Ok(Self::Whole(whole.cast_into::<PyArray1<i64>>()?.readonly().as_slice()?.to_vec()));
        }
        let list: Vec<Bound<'_, PyAny>> = array.call_method0("tolist")?.extract()?;
        let wrong = |row: usize, value: &Bound<'_, PyAny>| match value.str() {
            Ok(text) => bad_value(column, row, text.to_string(), EXPECTED, "Correct the label or leave the row out"),
            Err(error) => error,
        };
        if list.first().is_some_and(|v| v.extract::<String>().is_ok()) {
            let text = |(row, v): (usize, &Bound<'_, PyAny>)| v.extract::<String>().map_err(|_| wrong(row, v));
            return Ok(Self::Text(list.iter().enumerate().map(text).collect::<PyResult<_>>()?));
        }
        let whole = |(row, v): (usize, &Bound<'_, PyAny>)| whole(v).ok_or_else(|| wrong(row, v));
        Ok(Self::Whole(list.iter().enumerate().map(whole).collect::<PyResult<_>>()?))
    }

    /// Each row's position among the distinct labels in ascending order, and these labels.
    pub(crate) fn codes(self) -> (Vec<u32>, Column) {
        match self {
            Self::Whole(labels) => {
                let (codes, distinct) = ranks(&labels);
                (codes, Column::Integer(distinct))
            }
            Self::Text(labels) => {
                let (codes, distinct) = ranks(&labels);
                (codes, Column::Text(distinct))
            }
        }
    }
}

/// The codes of strata, which stay what they are because predictions name them again.
pub(crate) fn strata(values: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<u32>>> {
    let Some(values) = values else { return Ok(None) };
    let expected = "a stratum is a whole number from 0 to 4294967295";
    let refuse = |row: usize, label: &str| {
        let remedy = "Number the strata in the same way for fit and predictions";
        bad_value("strata", row, label.to_owned(), expected, remedy)
    };
    match Labels::new("strata", values)? {
        Labels::Text(labels) => Err(refuse(0, &labels[0])),
        Labels::Whole(labels) => {
            let code = |(row, label): (usize, &i64)| u32::try_from(*label).map_err(|_| refuse(row, &label.to_string()));
            labels.iter().enumerate().map(code).collect::<PyResult<_>>().map(Some)
        }
    }
}

fn whole(value: &Bound<'_, PyAny>) -> Option<i64> {
    // Beyond 2^53 neighbours are one floating-point number.
    let from_float = |v: f64| (v.fract() == 0.0 && v.abs() <= 9_007_199_254_740_992.0).then_some(v as i64);
    value.extract::<i64>().ok().or_else(|| value.extract::<f64>().ok().and_then(from_float))
}

fn ranks<T: Ord + Clone>(labels: &[T]) -> (Vec<u32>, Vec<T>) {
    let mut distinct = labels.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let codes = labels.iter().map(|label| distinct.partition_point(|d| d < label) as u32).collect();
    (codes, distinct)
}
