//! What a summary has on request, or because the log has more than customer, time and amount.

use super::customers::CustomerSummary;
use super::purchases::for_each_purchase_of_rows;
use super::summarize::SummaryOptions;
use crate::error::Result;
use crate::numerics::parallel;
use crate::table::{Column, Table};
use crate::transactions::{TextRole, Timestamp, TransactionLog};

/// Customers per parallel task.
const CHUNK: usize = 4096;

/// Columns that not every summary has.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct MoreColumns {
    orders: Option<Vec<u64>>,
    profit: Option<Vec<Profit>>,
    attributes: Vec<Attribute>,
}

/// Profit of a customer whose costs are all known.
type Profit = Option<(f64, f64)>;

/// An attribute of the customers.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
struct Attribute {
    name: String,
    names: Vec<String>,
    codes: Vec<u32>,
}

impl MoreColumns {
    /// The columns of the customers `kept`.
    pub(super) fn of(log: &TransactionLog, options: &SummaryOptions, as_of: Timestamp, kept: &[u32]) -> Self {
        let customer = |i: usize| kept[i] as usize;
        let n = kept.len();
        let Some(details) = log.details() else { return Self::default() };
        let observed = |i: usize| {
            let (times, _) = log.rows_of(customer(i));
            let places = log.places_of(customer(i));
            places.start..places.start + times.partition_point(|&t| t <= as_of)
        };
        let orders = details.of(TextRole::Order).next().map(|orders| {
            parallel::map(n, CHUNK, |i| {
                let mut distinct: Vec<u32> = observed(i).filter_map(|row| orders.code(row)).collect();
                distinct.sort_unstable();
                distinct.dedup();
                distinct.len() as u64
            })
        });
        let profit =
            details.cost().map(|cost| parallel::map(n, CHUNK, |i| profit(log, cost, customer(i), options, as_of)));
        let attributes = details.of(TextRole::Attribute).map(|column| {
            // Behind the values stands the name of what is missing.
            let names: Vec<String> = column.values().map(str::to_owned).chain([String::new()]).collect();
            let missing = names.len() as u32 - 1;
            let codes = parallel::map(n, CHUNK, |i| {
                let (times, _) = log.rows_of(customer(i));
                let start = log.places_of(customer(i)).start;
                let known = observed(i).filter_map(|row| Some((times[row - start], column.code(row)?)));
                known.max().map_or(missing, |(_, code)| code)
            });
            Attribute { name: column.name().to_owned(), names, codes }
        });
        Self { orders, profit, attributes: attributes.collect() }
    }

    pub(super) fn push_to(&self, table: &mut Table) -> Result<()> {
        if let Some(orders) = &self.orders {
            table.push("orders", Column::Integer(orders.iter().map(|&n| n as i64).collect()))?;
        }
        if let Some(profit) = &self.profit {
            table.push("total_profit", Column::Optional(profit.iter().map(|p| p.map(|(total, _)| total)).collect()))?;
            table.push("mean_profit", Column::Optional(profit.iter().map(|p| p.map(|(_, mean)| mean)).collect()))?;
        }
        for Attribute { name, names, codes } in &self.attributes {
            // A column of the summary keeps its name.
            let name = if table.column(name).is_some() { &format!("attribute_{name}") } else { name };
            table.push(name, Column::Category { names: names.clone(), codes: codes.clone() })?;
        }
        Ok(())
    }
}

/// Total profit, and mean profit of the repeat purchases.
fn profit(log: &TransactionLog, cost: &[f64], customer: usize, options: &SummaryOptions, as_of: Timestamp) -> Profit {
    let start = log.places_of(customer).start;
    let (mut total, mut first, mut purchases) = (0.0, 0.0, 0_u64);
    for_each_purchase_of_rows(log, customer, options.merge_within, as_of, |purchase, rows| {
        let profit = purchase.amount - rows.iter().map(|row| cost[start + row]).sum::<f64>();
        if purchases == 0 {
            first = profit;
        }
        purchases += 1;
        total += profit;
    });
    let mean = if purchases > 1 { (total - first) / (purchases - 1) as f64 } else { 0.0 };
    // A cost that is not known is NaN, and so is every sum with it.
    (!total.is_nan()).then_some((total, mean))
}

/// # Columns on request
impl CustomerSummary {
    /// Distinct orders of each customer up to the end of observation, if the log has order ids.
    #[must_use]
    pub fn orders(&self) -> Option<&[u64]> {
        self.more()?.orders.as_deref()
    }

    /// Sum of amounts less costs of each customer's purchases, the first one included, if the log has costs; `None`
    /// for a customer with a purchase whose cost is not known.
    #[must_use]
    pub fn total_profit(&self) -> Option<Vec<Option<f64>>> {
        Some(self.more()?.profit.as_ref()?.iter().map(|p| p.map(|(total, _)| total)).collect())
    }

    /// Mean profit of each customer's repeat purchases, as [`monetary_value`](Self::monetary_value) is the mean of
    /// their amounts: 0 without repeat purchase, `None` where a cost is not known.
    #[must_use]
    pub fn mean_profit(&self) -> Option<Vec<Option<f64>>> {
        Some(self.more()?.profit.as_ref()?.iter().map(|p| p.map(|(_, mean)| mean)).collect())
    }

    /// Names of the customers' attributes; see [`ReadOptions::attributes`](crate::ReadOptions::attributes).
    #[must_use]
    pub fn attribute_names(&self) -> Vec<&str> {
        self.more().map_or_else(Vec::new, |more| more.attributes.iter().map(|a| a.name.as_str()).collect())
    }

    /// Each customer's value of an attribute as of the end of observation; `None` where it is not known. `None` if
    /// there is no attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Vec<Option<&str>>> {
        let attribute = self.more()?.attributes.iter().find(|a| a.name == name)?;
        let text = |&code: &u32| attribute.names.get(code as usize).map(String::as_str).filter(|t| !t.is_empty());
        Some(attribute.codes.iter().map(text).collect())
    }
}
