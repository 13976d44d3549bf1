//! `cpm.RollingSplits`.

use cpm_core::RollingOrigins;
use cpm_core::transactions::TimeZone;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::arrays::count;
use crate::dates::{iso_text, optional_iso_text};
use crate::error::OrRaise;
use crate::summary::{CustomerSummary, Holdout};
use crate::table::Table;

/// A log cut at several origins; see :meth:`TransactionLog.rolling_splits`.
///
/// Like a list of pairs ``(calibration, holdout)``, oldest first.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> rolling = cpm.datasets.cdnow().rolling_splits(horizon=13)
/// >>> rolling
/// RollingSplits(3 origins: 1997-09-30, 1997-12-30, 1998-03-31)
/// >>> for calibration, holdout in rolling:
/// ...     model = cpm.BgNbd().fit(calibration)
/// ...     expected = model.expected_purchases(calibration, horizon=holdout.duration)
/// ...     print(f"{expected.sum():.0f} expected, {holdout.purchases.sum():.0f} made")
/// 628 expected, 726 made
/// 616 expected, 661 made
/// 625 expected, 495 made
#[pyclass(module = "cpm", frozen)]
pub(crate) struct RollingSplits {
    inner: cpm_core::RollingSplits,
}

impl From<cpm_core::RollingSplits> for RollingSplits {
    fn from(inner: cpm_core::RollingSplits) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl RollingSplits {
    /// The origins in ISO form, oldest first.
    #[getter]
    fn origins(&self) -> Vec<String> {
        self.inner.splits.iter().map(|split| split.holdout.start.to_string()).collect()
    }

    /// One row per origin, with all that was left out.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``origin, holdout_end, duration, customers, repeat_purchases, holdout_purchases, holdout_amount,
    ///     customers_born_after, purchases_born_after, rows_after_origin, rows_between``.
    fn to_table(&self) -> PyResult<Table> {
        self.inner.to_table().or_raise().map(Into::into)
    }

    /// One row per origin and customer.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``origin, customer_id, frequency, recency, T, monetary_value, holdout_purchases, holdout_amount``.
    fn customers(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.inner.customers_table()).or_raise().map(Into::into)
    }

    fn __len__(&self) -> usize {
        self.inner.splits.len()
    }

    fn __getitem__(&self, index: isize) -> PyResult<(CustomerSummary, Holdout)> {
        let n = self.inner.splits.len();
        let place = if index < 0 { n.checked_add_signed(index) } else { Some(index.unsigned_abs()) };
        match place.and_then(|place| self.inner.splits.get(place)) {
            Some(split) => Ok((split.calibration.clone().into(), split.holdout.clone().into())),
            None => Err(PyIndexError::new_err(format!("there is no split {index}: there are {n}"))),
        }
    }

    fn __repr__(&self) -> String {
        let dates: Vec<String> = self.inner.splits.iter().map(|split| split.holdout.start.date_string()).collect();
        format!(
            "RollingSplits({} origin{}: {})",
            dates.len(),
            if dates.len() == 1 { "" } else { "s" },
            dates.join(", ")
        )
    }
}

/// Where to cut a log several times: so many origins, or origins at given dates.
pub(super) fn rolling_origins(
    horizon: f64,
    origins: Option<&Bound<'_, PyAny>>,
    step: Option<f64>,
    observation_end: Option<&Bound<'_, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    zone: Option<TimeZone>,
) -> PyResult<RollingOrigins> {
    let mut options = RollingOrigins::new(horizon)
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?);
    let number = match origins {
        None => Some(3),
        Some(origins) => origins.extract::<i64>().ok(),
    };
    if let Some(number) = number {
        options = options.origins(count("origins", number)? as usize);
        if let Some(step) = step {
            options = options.step(step);
        }
    } else if let Some(origins) = origins {
        if let Some(step) = step {
            let expected = "origins at given dates have no step; leave it out";
            return Err(cpm_core::Error::InvalidArgument {
                name: "step",
                value: step.to_string(),
                expected: expected.to_owned(),
            })
            .or_raise();
        }
        let dates = origins.try_iter()?.map(|date| iso_text("origins", &date?, zone)).collect::<PyResult<Vec<_>>>()?;
        let dates: Vec<&str> = dates.iter().map(String::as_str).collect();
        options = options.at(&dates).or_raise()?;
    }
    match optional_iso_text("observation_end", observation_end, zone)? {
        Some(date) => options.observation_end(&date).or_raise(),
        None => Ok(options),
    }
}
