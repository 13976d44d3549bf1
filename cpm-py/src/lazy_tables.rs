//! Tables that are read as they are asked for: datasets and scanners of PyArrow, and lazy frames of Polars.

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};
use pyo3_arrow::input::AnyRecordBatch;

use crate::arrow_input::Reader;

/// The rows of such a table, of the wanted columns only and never more than some batches at a time; `None` if it is
/// another kind of table.
pub(crate) fn open(table: &Bound<'_, PyAny>, library: &str, wanted: &[impl AsRef<str>]) -> PyResult<Option<Reader>> {
    let py = table.py();
    if library == "pyarrow" && table.hasattr("to_reader")? {
        // A scanner has its columns already.
        return stream(&table.call_method0("to_reader")?).map(Some);
    }
    if library == "pyarrow" && table.hasattr("scanner")? {
        let keywords = PyDict::new(py);
        let names: Vec<String> = table.getattr("schema")?.getattr("names")?.extract()?;
        keywords.set_item("columns", columns(&names, wanted))?;
        return stream(&table.call_method("scanner", (), Some(&keywords))?.call_method0("to_reader")?).map(Some);
    }
    if library == "polars" && table.hasattr("collect_schema")? && table.hasattr("lazy")? && table.hasattr("collect")? {
        let names: Vec<String> = table.call_method0("collect_schema")?.call_method0("names")?.extract()?;
        let narrow = table.call_method1("select", (columns(&names, wanted),))?;
        if narrow.hasattr("collect_batches")? {
            let empty = narrow.call_method0("collect_schema")?.call_method0("to_frame")?;
            let schema = stream(&empty)?.schema();
            let frames = narrow.call_method0("collect_batches")?.try_iter()?.unbind();
            return Ok(Some(Box::new(Frames { frames, current: None, schema })));
        }
        return stream(&narrow.call_method0("collect")?).map(Some);
    }
    Ok(None)
}

/// The wanted columns, each once. If one is missing, all that there are: the error then lists them.
fn columns<'a>(names: &'a [String], wanted: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    let mut narrow: Vec<&str> = Vec::new();
    for name in wanted.iter().map(AsRef::as_ref) {
        if !names.iter().any(|n| n == name) {
            return names.iter().map(String::as_str).collect();
        }
        if !narrow.contains(&name) {
            narrow.push(name);
        }
    }
    narrow
}

fn stream(table: &Bound<'_, PyAny>) -> PyResult<Reader> {
    table.extract::<AnyRecordBatch>()?.into_reader()
}

/// Data frames that come one after the other.
struct Frames {
    frames: Py<PyIterator>,
    current: Option<Reader>,
    schema: SchemaRef,
}

impl Iterator for Frames {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.current.as_mut().and_then(Iterator::next) {
                return Some(batch);
            }
            let next = Python::attach(|py| {
                let frame = self.frames.bind(py).clone().next();
                frame.map(|frame| frame.and_then(|frame| stream(&frame)))
            });
            match next? {
                Ok(frame) => self.current = Some(frame),
                Err(raised) => return Some(Err(ArrowError::ExternalError(Box::new(raised)))),
            }
        }
    }
}

impl RecordBatchReader for Frames {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
