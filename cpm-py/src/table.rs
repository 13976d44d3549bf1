//! `cpm.Table`: how scores and totals reach Python.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::{DataType, Field};
use cpm_core::Column;
use numpy::PyArray1;
use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};

use crate::arrays::ids_to_python;
use crate::dates::{to_days, to_seconds};
use crate::error::OrRaise;

/// Named columns of one length.
///
/// Every data frame library that speaks Arrow reads a table without copying it: ``polars.DataFrame(table)``,
/// ``pyarrow.table(table)``, ``pandas.DataFrame.from_arrow(table)``.
/// Single columns are NumPy arrays: ``table["recency"]``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> table = customers.to_table()
/// >>> len(table), table.columns[:4]
/// (2357, ['customer_id', 'frequency', 'recency', 'T'])
/// >>> table["frequency"].sum()
/// np.int64(2457)
#[pyclass(module = "cpm", subclass, frozen)]
pub(crate) struct Table {
    inner: Arc<cpm_core::Table>,
    batch: OnceLock<RecordBatch>,
}

impl From<cpm_core::Table> for Table {
    fn from(table: cpm_core::Table) -> Self {
        Self { inner: Arc::new(table), batch: OnceLock::new() }
    }
}

impl Table {
    /// The columns as Arrow buffers, made once and then shared with every reader.
    fn batch(&self, py: Python<'_>) -> PyResult<RecordBatch> {
        if let Some(batch) = self.batch.get() {
            return Ok(batch.clone());
        }
        let batch = py.detach(|| self.inner.to_record_batch()).or_raise()?;
        // Another thread may have been faster; then its buffers are the shared ones.
        Ok(self.batch.get_or_init(|| batch).clone())
    }

    /// The core's table.
    pub(crate) fn core(&self) -> &cpm_core::Table {
        &self.inner
    }

    /// A second handle on the same columns.
    pub(crate) fn share(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), batch: self.batch.clone() }
    }
}

#[pymethods]
impl Table {
    /// Names of the columns, from left to right.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.inner.columns().map(|(name, _)| name.to_owned()).collect()
    }

    fn __len__(&self) -> usize {
        self.inner.rows()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.inner.column(name).is_some()
    }

    /// One column.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray or list of str
    ///     ``float64`` (NaN where a value does not exist), ``int64``, ``datetime64[D]`` or ``datetime64[s]``; text as a list.
    ///
    /// Raises
    /// ------
    /// KeyError
    ///     If there is no such column.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let column = self.inner.column(name).ok_or_else(|| {
            PyKeyError::new_err(format!("there is no column {name:?}; the table has: {}", self.columns().join(", ")))
        })?;
        Ok(match column {
            Column::Id(ids) => ids_to_python(py, ids)?,
            Column::Text(values) => values.into_pyobject(py)?,
            Column::Integer(values) => PyArray1::from_slice(py, values).into_any(),
            Column::Float(values) => PyArray1::from_slice(py, values).into_any(),
            Column::Optional(values) => {
                PyArray1::from_iter(py, values.iter().map(|v| v.unwrap_or(f64::NAN))).into_any()
            }
            Column::Category { names, codes } => {
                codes.iter().map(|&code| names[code as usize].as_str()).collect::<Vec<_>>().into_pyobject(py)?
            }
            Column::Date(values) => to_days(py, values).into_any(),
            Column::Time(values) => to_seconds(py, values).into_any(),
            _ => (0..column.len()).map(|row| column.format(row)).collect::<Vec<_>>().into_pyobject(py)?,
        })
    }

    /// All columns by name, as :meth:`__getitem__` gives them.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        for (name, _) in self.inner.columns() {
            columns.set_item(name, self.__getitem__(py, name)?)?;
        }
        Ok(columns)
    }

    /// A ``pandas.DataFrame``, with dates as ``datetime64``. Needs pandas and PyArrow: ``pip install cpm[dataframe]``.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let options = PyDict::new(slf.py());
        options.set_item("date_as_object", false)?;
        Self::to_pyarrow(slf)?.call_method("to_pandas", (), Some(&options))
    }

    /// A ``polars.DataFrame`` on the same memory. Needs Polars.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import(intern!(slf.py(), "polars"))?.call_method1("DataFrame", (slf,))
    }

    /// A ``pyarrow.Table`` on the same memory. Needs PyArrow: ``pip install cpm[dataframe]``.
    fn to_pyarrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import(intern!(slf.py(), "pyarrow"))?.call_method1("table", (slf,))
    }

    /// Writes the table as CSV with a header line; a value that does not exist is an empty field.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    ///
    /// Raises
    /// ------
    /// OSError
    ///     If the file cannot be written.
    fn write_csv(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.write_csv(path)).or_raise()
    }

    /// The Arrow PyCapsule interface: this is how data frame libraries read the table.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let rows = StructArray::from(self.batch(py)?);
        let field = Arc::new(Field::new("", rows.data_type().clone(), false));
        let reader = ArrayIterator::new([Ok(Arc::new(rows) as Arc<dyn Array>)], field);
        Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
    }

    /// The Arrow PyCapsule interface: names and types of the columns.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let columns = DataType::Struct(self.batch(py)?.schema().fields().clone());
        Ok(to_schema_pycapsule(py, Field::new("", columns, false))?)
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }

    fn _repr_html_(&self) -> String {
        html(&self.inner)
    }
}

/// The first rows as an HTML table, for notebooks.
pub(crate) fn html(table: &cpm_core::Table) -> String {
    const ROWS: usize = 10;
    let cell = |tag: &str, text: &str| format!("<{tag}>{}</{tag}>", escape(text));
    let header: String = table.columns().map(|(name, _)| cell("th", name)).collect();
    let rows: String = (0..table.rows().min(ROWS))
        .map(|row| {
            format!("<tr>{}</tr>", table.columns().map(|(_, c)| cell("td", &c.readable(row))).collect::<String>())
        })
        .collect();
    let count = format!("{} rows, {} columns", table.rows(), table.columns().count());
    format!("<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table><p>{count}</p>")
}

/// Text that HTML takes as it is.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
