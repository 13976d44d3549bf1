//! The survivor curve as a table.

use serde::Serialize;

use crate::error::Result;
use crate::estimate::Estimate;
use crate::table::{Column, Table};

/// Survival, retention and churn by period; see [`ContractualModel::curve`](super::ContractualModel::curve).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetentionCurve {
    /// Level of the intervals.
    pub level: f64,
    /// Periods 0, 1, 2, …
    pub rows: Vec<CurveRow>,
}

/// One period of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurveRow {
    /// Renewal opportunities passed.
    pub period: u64,
    /// Share of new customers left.
    pub survival: Estimate,
    /// Retention rate at this opportunity; none at acquisition.
    pub retention: Option<Estimate>,
    /// Probability that a new customer leaves at this opportunity; none at acquisition.
    pub churn: Option<Estimate>,
}

impl RetentionCurve {
    /// A column per number and end of interval; the first row, acquisition, has no retention and churn.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("period", Column::Integer(self.rows.iter().map(|r| r.period as i64).collect()))?;
        let mut columns = |name: &str, get: &dyn Fn(&CurveRow) -> Option<Estimate>| {
            let column =
                |part: fn(Estimate) -> f64| Column::Optional(self.rows.iter().map(|r| get(r).map(part)).collect());
            table.push(name, column(|e| e.value))?;
            table.push(&format!("{name}_low"), column(|e| e.interval.low))?;
            table.push(&format!("{name}_high"), column(|e| e.interval.high))
        };
        columns("survival", &|r| Some(r.survival))?;
        columns("retention_rate", &|r| r.retention)?;
        columns("churn_probability", &|r| r.churn)?;
        Ok(table)
    }
}
