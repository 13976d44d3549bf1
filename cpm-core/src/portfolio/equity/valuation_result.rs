//! What a customer-based valuation answers.

use serde::Serialize;

use crate::error::Result;
use crate::estimate::Estimate;
use crate::table::{Column, Table};

/// One period of a [`Valuation`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ValuationRow {
    /// Customers there.
    pub customers: f64,
    /// Their spend.
    pub revenue: f64,
    /// Revenue times margin.
    pub contribution: f64,
    /// Spent on acquisition.
    pub acquisition: f64,
    /// Operating profit after tax.
    pub nopat: f64,
    /// NOPAT less reinvestment.
    pub free_cash_flow: f64,
    /// The same, discounted.
    pub present_value: f64,
}

/// How strongly the value depends on one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// The input: existing customers, acquisition, churn, spend, margin, cost per acquisition, fixed cost, WACC.
    pub input: &'static str,
    /// Operating value if it is 10 % lower.
    pub value_if_lower: f64,
    /// Operating value if it is 10 % higher.
    pub value_if_higher: f64,
    /// Per cent of value per per cent of the input, from these two.
    pub elasticity: f64,
}

/// Value of a firm from its customers; see [`CustomerBasedValuation`](super::CustomerBasedValuation).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Valuation {
    /// The periods from 1 on.
    pub rows: Vec<ValuationRow>,
    /// Present value of free cash flow, what follows the last period included.
    pub operating_value: Estimate,
    /// Operating value less net debt.
    pub equity_value: Estimate,
    /// After-tax present value of the contribution of today's customers.
    pub existing_customers: f64,
    /// After-tax present value of the contribution of customers still to come, less the cost of acquiring them.
    pub new_customers: f64,
    /// The rest: fixed cost after tax, and reinvestment.
    pub firm_level: f64,
    /// Share of the operating value that lies after the last period.
    pub terminal_share: f64,
    /// From the strongest to the weakest.
    pub sensitivities: Vec<Sensitivity>,
}

impl Valuation {
    /// One row per period: `period, customers, revenue, contribution, acquisition, nopat, free_cash_flow, present_value`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("period", Column::Integer((1..=self.rows.len() as i64).collect()))?;
        let mut column = |name: &str, of: fn(&ValuationRow) -> f64| {
            table.push(name, Column::Float(self.rows.iter().map(of).collect()))
        };
        column("customers", |r| r.customers)?;
        column("revenue", |r| r.revenue)?;
        column("contribution", |r| r.contribution)?;
        column("acquisition", |r| r.acquisition)?;
        column("nopat", |r| r.nopat)?;
        column("free_cash_flow", |r| r.free_cash_flow)?;
        column("present_value", |r| r.present_value)?;
        Ok(table)
    }

    /// One row per input: `input, value_if_lower, value_if_higher, elasticity`, the strongest first.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn sensitivity_table(&self) -> Result<Table> {
        let rows = &self.sensitivities;
        let mut table = Table::new();
        table.push("input", Column::Text(rows.iter().map(|s| s.input.to_owned()).collect()))?;
        table.push("value_if_lower", Column::Float(rows.iter().map(|s| s.value_if_lower).collect()))?;
        table.push("value_if_higher", Column::Float(rows.iter().map(|s| s.value_if_higher).collect()))?;
        table.push("elasticity", Column::Float(rows.iter().map(|s| s.elasticity).collect()))?;
        Ok(table)
    }
}
