//! `cpm.TransactionLog`, and what it is made from and with.

mod keywords;
mod log;
mod options;
mod paths;
mod progress;
mod quality;
mod rolling;

use cpm_core::datasets;
use pyo3::prelude::*;

pub(crate) use keywords::{AliasPairs, ColumnNames, Zone};
pub(crate) use log::TransactionLog;
pub(crate) use options::{ColumnName, CsvKeywords, ReadKeywords, read_options, split_options, summary_options};
pub(crate) use paths::expand;
pub(crate) use progress::Reporter;
pub(crate) use quality::{QualityReport, RowIssue};
pub(crate) use rolling::RollingSplits;

use crate::error::OrRaise;

/// The CDNOW log: the papers' 2,357 customers, or all 23,570.
#[pyfunction]
pub(crate) fn cdnow(py: Python<'_>, full: bool) -> PyResult<TransactionLog> {
    py.detach(if full { datasets::cdnow } else { datasets::cdnow_sample }).or_raise().map(Into::into)
}
