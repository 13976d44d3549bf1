//! The portfolio's results as tables.

use super::analysis::{Portfolio, SegmentFigures};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::table::{Column, Table};

/// One row per customer: the columns of the summary, then of the segments, predictions, churn and value.
pub(super) fn customers(portfolio: &Portfolio) -> Result<Table> {
    let mut table = portfolio.summary.to_table()?;
    let parts = [
        portfolio.rfm.to_table()?,
        portfolio.segmentation.to_table()?,
        portfolio.prediction.to_table()?,
        portfolio.churn.to_table()?,
        portfolio.value.to_table()?,
    ];
    for part in parts {
        for (name, column) in part.columns() {
            // Tables of scores repeat the columns that they were made from.
            if table.column(name).is_none() {
                table.push(name, column.clone())?;
            }
        }
    }
    Ok(table)
}

/// One row per segment.
pub(super) fn segments(portfolio: &Portfolio) -> Result<Table> {
    let rows = &portfolio.segments;
    let (customers, revenue, value) =
        (portfolio.totals.customers as f64, portfolio.totals.revenue, portfolio.totals.customer_equity.value);
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let mut table = Table::new();
    table.push("segment", Column::Text(rows.iter().map(|s| s.segment.clone()).collect()))?;
    table.push("customers", Column::Integer(rows.iter().map(|s| s.customers as i64).collect()))?;
    let mut column = |name: &str, get: &dyn Fn(&SegmentFigures) -> f64| {
        table.push(name, Column::Float(rows.iter().map(get).collect()))
    };
    column("share_of_customers", &|s| share(s.customers as f64, customers))?;
    column("revenue", &|s| s.revenue)?;
    column("share_of_revenue", &|s| share(s.revenue, revenue))?;
    column("mean_days_since_last", &|s| s.mean_days_since_last)?;
    column("mean_purchases", &|s| s.mean_purchases)?;
    column("expected_alive", &|s| s.alive)?;
    column("churn_probability", &|s| s.churn_probability)?;
    column("expected_purchases", &|s| s.expected_purchases.value)?;
    column("expected_purchases_low", &|s| s.expected_purchases.interval.low)?;
    column("expected_purchases_high", &|s| s.expected_purchases.interval.high)?;
    column("value", &|s| s.value.value)?;
    column("value_low", &|s| s.value.interval.low)?;
    column("value_high", &|s| s.value.interval.high)?;
    column("share_of_value", &|s| share(s.value.value, value))?;
    column("value_per_customer", &|s| s.value.value / s.customers as f64)?;
    Ok(table)
}

/// One row per figure; figures that are counted and not predicted have no interval.
pub(super) fn totals(portfolio: &Portfolio) -> Result<Table> {
    let t = &portfolio.totals;
    let (revenue, value) = (&portfolio.revenue_concentration, &portfolio.value_concentration);
    let horizon = format!("within {} {}s", portfolio.options.value.horizon, portfolio.summary.time_unit());
    let known = |value: f64| (value, None);
    let with = |e: Estimate| (e.value, Some(e.interval));
    let rows = [
        ("customers", known(t.customers as f64), "customers"),
        ("repeat_buyers", known(t.repeat_buyers as f64), "customers"),
        ("purchases", known(t.purchases), "purchases so far"),
        ("revenue", known(t.revenue), "money so far"),
        ("expected_alive", with(t.alive), "customers now"),
        ("expected_attrition", with(t.attrition), "customers"),
        ("expected_without_purchase", with(t.without_purchase), "customers"),
        ("expected_purchases", with(t.expected_purchases), "purchases"),
        ("customer_equity", with(t.customer_equity), "money, discounted margin"),
        ("revenue_gini", known(revenue.gini), "0 to 1"),
        ("revenue_top_20_percent", known(revenue.top_shares[2].1), "share of revenue"),
        ("revenue_effective_customers", known(revenue.hhi.effective_number), "customers"),
        ("value_gini", known(value.gini), "0 to 1"),
        ("value_top_20_percent", known(value.top_shares[2].1), "share of value"),
        ("value_effective_customers", known(value.hhi.effective_number), "customers"),
    ];
    let in_horizon = ["expected_attrition", "expected_without_purchase", "expected_purchases", "customer_equity"];
    let unit =
        |name: &str, unit: &str| if in_horizon.contains(&name) { format!("{unit} {horizon}") } else { unit.to_owned() };
    let mut table = Table::new();
    table.push("metric", Column::Text(rows.iter().map(|r| r.0.to_owned()).collect()))?;
    table.push("value", Column::Float(rows.iter().map(|r| r.1.0).collect()))?;
    table.push("low", Column::Optional(rows.iter().map(|r| r.1.1.map(|i| i.low)).collect()))?;
    table.push("high", Column::Optional(rows.iter().map(|r| r.1.1.map(|i| i.high)).collect()))?;
    table.push("unit", Column::Text(rows.iter().map(|r| unit(r.0, r.2)).collect()))?;
    Ok(table)
}
