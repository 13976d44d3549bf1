//! Why customer equity changed between two dates.

use serde::Serialize;

use crate::error::{Error, Result, same_length};
use crate::portfolio::concentration::Accumulator;
use crate::portfolio::growth::BridgePart;
use crate::table::{Column, Table};

/// Values of the customers at two dates: one row per customer of either date.
#[derive(Debug, Clone, Copy)]
pub struct ValueColumns<'a> {
    /// Value at the first date, by the model of the first date; 0 for customers acquired since.
    pub before: &'a [f64],
    /// Value at the second date, still by the model of the first date.
    pub after_same_model: &'a [f64],
    /// Value at the second date, by the model of the second date.
    pub after: &'a [f64],
    /// Who was acquired since the first date.
    pub acquired: &'a [bool],
    /// Who bought since the first date.
    pub purchased: &'a [bool],
    /// Who is taken for lost at the second date: contract ended, or P(alive) below a limit of your choice.
    pub lost: &'a [bool],
}

/// The change of customer equity; see [`value_bridge`]. Parts have signs and sum to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ValueBridge {
    /// Customer equity at the first date.
    pub start: BridgePart,
    /// Customers acquired since: their value.
    pub acquisition: BridgePart,
    /// Customers who bought: the change of their value. Purchases raise what is expected of them, and what was expected
    /// for the time since is no longer to come.
    pub purchases: BridgePart,
    /// Customers who did not buy and are not lost: their silence lowers what is expected.
    pub expectations: BridgePart,
    /// Customers taken for lost: the change of their value.
    pub loss: BridgePart,
    /// All customers of the second date: what the new model sees otherwise than the old one.
    pub refit: BridgePart,
    /// Customer equity at the second date.
    pub end: BridgePart,
}

/// Splits the change of customer equity between two dates into acquisition, purchases made, changed expectations, loss and the refit of
/// the model, so that start + acquisition + purchases + expectations + loss + refit = end.
///
/// Every customer of the first date is in exactly one of loss, purchases and expectations, in this order; their part is
/// the change of value under one and the same model. What the second model changes is kept apart as refit.
///
/// ```
/// use cpm_core::portfolio::{ValueColumns, value_bridge};
/// let columns = ValueColumns {
///     before: &[100.0, 80.0, 50.0, 0.0],
///     after_same_model: &[120.0, 60.0, 5.0, 40.0],
///     after: &[126.0, 63.0, 5.0, 42.0],
///     acquired: &[false, false, false, true],
///     purchased: &[true, false, false, true],
///     lost: &[false, false, true, false],
/// };
/// let bridge = value_bridge(&columns)?;
/// assert_eq!((bridge.start.amount, bridge.end.amount), (230.0, 236.0));
/// assert_eq!((bridge.acquisition.amount, bridge.purchases.amount, bridge.expectations.amount), (40.0, 20.0, -20.0));
/// assert_eq!((bridge.loss.amount, bridge.refit.amount), (-45.0, 11.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a value that is not finite, or of an acquired customer with a value
/// before; [`Error::Empty`] without customers.
pub fn value_bridge(columns: &ValueColumns<'_>) -> Result<ValueBridge> {
    check(columns)?;
    let mut parts = [(0_u64, Accumulator::default()); 7];
    let mut add = |part: usize, amount: f64| {
        parts[part].0 += 1;
        parts[part].1.add(amount);
    };
    for i in 0..columns.before.len() {
        let (before, same, after) = (columns.before[i], columns.after_same_model[i], columns.after[i]);
        if columns.acquired[i] {
            add(1, same);
        } else {
            add(0, before);
            let part = if columns.lost[i] {
                4
            } else if columns.purchased[i] {
                2
            } else {
                3
            };
            add(part, same - before);
        }
        add(5, after - same);
        add(6, after);
    }
    let [start, acquisition, purchases, expectations, loss, refit, end] =
        parts.map(|(customers, amount)| BridgePart { customers, amount: amount.total() });
    Ok(ValueBridge { start, acquisition, purchases, expectations, loss, refit, end })
}

fn check(columns: &ValueColumns<'_>) -> Result<()> {
    let n = columns.before.len();
    let lengths = [
        ("after_same_model", columns.after_same_model.len()),
        ("after", columns.after.len()),
        ("acquired", columns.acquired.len()),
        ("purchased", columns.purchased.len()),
        ("lost", columns.lost.len()),
    ];
    for (column, found) in lengths {
        same_length(column, found, "before", n)?;
    }
    if n == 0 {
        return Err(Error::Empty {
            what: "the list of customers".to_owned(),
            remedy: "Give the customers of either date".to_owned(),
        });
    }
    let invalid = |column, row, value: f64, expected, remedy| {
        Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
    };
    for (column, values) in
        [("before", columns.before), ("after_same_model", columns.after_same_model), ("after", columns.after)]
    {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            let remedy = "Give 0 for a customer who has no value at that date";
            return invalid(column, row, values[row], "a value is a finite number", remedy);
        }
    }
    let early = |(before, acquired): (&f64, &bool)| *acquired && *before != 0.0;
    match columns.before.iter().zip(columns.acquired).position(early) {
        Some(row) => {
            let expected = "a customer acquired since the first date had no value then";
            invalid("before", row, columns.before[row], expected, "Give 0, or do not mark the customer as acquired")
        }
        None => Ok(()),
    }
}

impl ValueBridge {
    /// The parts in order.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, BridgePart); 7] {
        [
            ("start", self.start),
            ("acquisition", self.acquisition),
            ("purchases", self.purchases),
            ("expectations", self.expectations),
            ("loss", self.loss),
            ("refit", self.refit),
            ("end", self.end),
        ]
    }

    /// One row per part: `part, customers, amount`; `start` to `refit` sum to `end`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let parts = self.parts();
        let mut table = Table::new();
        table.push("part", Column::Text(parts.iter().map(|p| p.0.to_owned()).collect()))?;
        table.push("customers", Column::Integer(parts.iter().map(|p| p.1.customers as i64).collect()))?;
        table.push("amount", Column::Float(parts.iter().map(|p| p.1.amount).collect()))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "bridge_tests.rs"]
mod tests;
