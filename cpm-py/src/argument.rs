//! Arguments of the package's own types, and what to say to something else.

use std::ops::Deref;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::{PyClass, boolean_struct::True};

use crate::summary::CustomerSummary;
use crate::transactions::TransactionLog;

/// A class that functions take, and how one gets an instance of it.
pub(crate) trait Made: PyClass<Frozen = True> + Sync {
    const BY: &'static str;
}

impl Made for TransactionLog {
    const BY: &'static str = "cpm.TransactionLog.read(path, customer=…, date=…, amount=…) reads one from a file, \
         and cpm.TransactionLog.from_table(table, customer=…, date=…, amount=…) from a data frame";
}

impl Made for CustomerSummary {
    const BY: &'static str = "log.summarize(as_of=…) makes one from a transaction log, and \
         cpm.CustomerSummary(frequency=…, recency=…, T=…) from columns, and histories.to_summary() from OpportunityHistories";
}

/// An argument that is a `T`. Data frames and columns are what users of other tools would give in its place, so the
/// error says how a `T` is made of them.
pub(crate) struct Argument<'a, T>(&'a T);

impl<T> Clone for Argument<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Argument<'_, T> {}

impl<T> Deref for Argument<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<'a, T: Made> FromPyObject<'a, '_> for Argument<'a, T> {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, '_, PyAny>) -> PyResult<Self> {
        match given.cast::<T>() {
            Ok(own) => Ok(Self(own.get())),
            Err(_) => Err(PyTypeError::new_err(format!(
                "a {} is needed, not a {}: {}",
                <T as PyClass>::NAME,
                given.get_type().name()?,
                T::BY
            ))),
        }
    }
}
