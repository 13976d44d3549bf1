//! What a Cox model says as tables.

use cpm_core::churn::survival::{CoxPh as Core, ProportionalHazardsTest as CoreTest, SchoenfeldResiduals};
use cpm_core::{Column, Table};

/// `stratum, time, cumulative_hazard`.
pub(super) fn baseline(model: &Core) -> cpm_core::Result<Table> {
    let baselines = model.baselines();
    let stratum = baselines.iter().flat_map(|b| b.time.iter().map(|_| i64::from(b.stratum))).collect();
    let time = baselines.iter().flat_map(|b| b.time.iter().copied()).collect();
    let hazard = baselines.iter().flat_map(|b| b.cumulative_hazard.iter().copied()).collect();
    let mut table = Table::new();
    table.push("stratum", Column::Integer(stratum))?;
    table.push("time", Column::Float(time))?;
    table.push("cumulative_hazard", Column::Float(hazard))?;
    Ok(table)
}

/// `covariate, statistic, p_value`.
pub(super) fn tests(test: &CoreTest) -> cpm_core::Result<Table> {
    let mut table = Table::new();
    table.push("covariate", Column::Text(test.columns.iter().map(|(name, _)| name.clone()).collect()))?;
    table.push("statistic", Column::Float(test.columns.iter().map(|(_, t)| t.statistic).collect()))?;
    table.push("p_value", Column::Float(test.columns.iter().map(|(_, t)| t.p_value).collect()))?;
    Ok(table)
}

/// `row, time`, and per covariate `residual_…` and `scaled_…`.
pub(super) fn schoenfeld(names: &[String], found: &SchoenfeldResiduals) -> cpm_core::Result<Table> {
    let mut table = Table::new();
    table.push("row", Column::Integer(found.row.iter().map(|row| *row as i64).collect()))?;
    table.push("time", Column::Float(found.time.clone()))?;
    for (kind, residuals) in [("residual", &found.residuals), ("scaled", &found.scaled)] {
        for (name, column) in names.iter().zip(residuals.columns()) {
            table.push(&format!("{kind}_{name}"), Column::Float(column.to_vec()))?;
        }
    }
    Ok(table)
}
