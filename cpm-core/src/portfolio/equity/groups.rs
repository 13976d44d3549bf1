//! The value of today's customers, by group.

use serde::Serialize;

use crate::clv::{GammaGamma, Grouping, PurchaseProcess, ValueOptions, lifetime_value_by_group};
use crate::error::{Error, Result, same_length};
use crate::estimate::Estimate;
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};

/// One group of customers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EquityGroup {
    /// Its name.
    pub name: String,
    /// Customers.
    pub customers: u64,
    /// Discounted value, with prediction interval.
    pub value: Estimate,
    /// The same without discounting.
    pub undiscounted: Estimate,
}

/// Value of today's customers; see [`customer_equity`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerEquity {
    /// Discounted value of all, with prediction interval.
    pub total: Estimate,
    /// The same without discounting.
    pub undiscounted: Estimate,
    /// The groups, in the order of their names; groups without customers are left out.
    pub groups: Vec<EquityGroup>,
}

/// Customer equity of today's customers by segment, cohort or any other label: the sum of their lifetime values (Blattberg & Deighton
/// 1996; Rust, Lemon & Zeithaml 2004), discounted and not.
///
/// `codes` is for each customer of the summary the position of its group among `names`. Intervals hold chance and the uncertainty of the models,
/// which does not average out, so those of the groups do not add up.
///
/// ```
/// use cpm_core::portfolio::customer_equity;
/// use cpm_core::{BgNbd, FitOptions, GammaGamma, SummaryOptions, ValueOptions, datasets, rfm_segments};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let (model, spend) = (BgNbd::fit(&customers, &FitOptions::new())?, GammaGamma::fit(&customers, &FitOptions::new())?);
/// let segments = rfm_segments(&customers)?;
/// let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
/// let equity = customer_equity(&model, &spend, &customers, &options, segments.names(), segments.codes())?;
/// let sum: f64 = equity.groups.iter().map(|g| g.value.value).sum();
/// assert!((sum / equity.total.value - 1.0).abs() < 1e-12 && equity.undiscounted.value > equity.total.value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`lifetime_value`](crate::lifetime_value); [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a code that is no group.
pub fn customer_equity(
    model: &dyn PurchaseProcess,
    spend: &GammaGamma,
    customers: &CustomerSummary,
    options: &ValueOptions,
    names: &[String],
    codes: &[u32],
) -> Result<CustomerEquity> {
    same_length("groups", codes.len(), "customers", customers.len())?;
    if let Some(row) = codes.iter().position(|c| *c as usize >= names.len()) {
        return Err(Error::InvalidValue {
            column: "groups",
            row,
            value: codes[row].to_string(),
            expected: "a code is the position of a group's name, counted from 0",
            remedy: "Correct the code, or name the group",
        });
    }
    let mut counts = vec![0_u64; names.len()];
    codes.iter().for_each(|&code| counts[code as usize] += 1);
    let grouping = || [Grouping { group: codes, groups: names.len() }];
    let discounted = lifetime_value_by_group(model, spend, customers, options, &grouping())?;
    let plain = lifetime_value_by_group(model, spend, customers, &options.discount_rate(0.0), &grouping())?;
    let groups = names
        .iter()
        .enumerate()
        .filter(|(k, _)| counts[*k] > 0)
        .map(|(k, name)| EquityGroup {
            name: name.clone(),
            customers: counts[k],
            value: discounted.groups(0)[k],
            undiscounted: plain.groups(0)[k],
        })
        .collect();
    Ok(CustomerEquity { total: discounted.total(), undiscounted: plain.total(), groups })
}

impl CustomerEquity {
    /// One row per group: `group, customers, value, value_low, value_high, share_of_value, value_per_customer, undiscounted,
    /// undiscounted_low, undiscounted_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let whole = self.total.value;
        let share = |value: f64| if whole > 0.0 { value / whole } else { 0.0 };
        let mut table = Table::new();
        table.push("group", Column::Text(self.groups.iter().map(|g| g.name.clone()).collect()))?;
        table.push("customers", Column::Integer(self.groups.iter().map(|g| g.customers as i64).collect()))?;
        let mut column = |name: &str, of: &dyn Fn(&EquityGroup) -> f64| {
            table.push(name, Column::Float(self.groups.iter().map(of).collect()))
        };
        column("value", &|g| g.value.value)?;
        column("value_low", &|g| g.value.interval.low)?;
        column("value_high", &|g| g.value.interval.high)?;
        column("share_of_value", &|g| share(g.value.value))?;
        column("value_per_customer", &|g| g.value.value / g.customers as f64)?;
        column("undiscounted", &|g| g.undiscounted.value)?;
        column("undiscounted_low", &|g| g.undiscounted.interval.low)?;
        column("undiscounted_high", &|g| g.undiscounted.interval.high)?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
