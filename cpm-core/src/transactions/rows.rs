//! The rows of a log as a table.

use super::columns::TextRole;
use super::{Timestamp, TransactionLog};
use crate::error::Result;
use crate::table::{Column, Table};

impl TransactionLog {
    /// All kept rows, customers in order of their ids and the rows of each in order of time:
    ///
    /// | column | what it holds |
    /// |---|---|
    /// | `customer_id` | the customer, behind an alias the one who is meant |
    /// | `time` | date and time, in the zone that the log was read in |
    /// | `amount` | quantities, prices and exchange rates are multiplied already |
    /// | `rows` | how many rows of the source it stands for, in the log of a [`SummaryBuilder`](crate::SummaryBuilder) that merged them |
    /// | `order`, `product`, `channel` | if these columns were named when the log was read; empty where it is missing |
    /// | `cost` | the same; nothing where it is not known |
    /// | attributes | under their own names (`attribute_…` if that is one of the above) |
    ///
    /// A table takes some 30 bytes a row. With the feature `arrow`, [`Table::to_record_batch`] hands it on.
    ///
    /// ```
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let text = "customer,date,amount,shop\nbob,2024-03-02,5,web\nann,2024-03-01 12:30,20,\n";
    /// let options = ReadOptions::new("customer", "date", "amount").channel("shop");
    /// let log = TransactionLog::from_csv_reader(text.as_bytes(), "orders", &options)?;
    /// let rows = log.to_table()?;
    /// assert_eq!(rows.column("time").unwrap().format(0), "2024-03-01 12:30:00");
    /// assert_eq!(rows.column("channel").unwrap().format(1), "web");
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut customer: Vec<u32> = Vec::new();
        let mut place: Vec<usize> = Vec::new();
        let (mut time, mut amount): (Vec<Timestamp>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut stands_for = Vec::new();
        for i in 0..self.customers() {
            let (times, amounts) = self.rows_of(i);
            customer.extend(std::iter::repeat_n(i as u32, times.len()));
            time.extend_from_slice(times);
            amount.extend_from_slice(amounts);
            stands_for.extend(self.merged_rows_of(i).iter().map(|merged| i64::from(merged.rows)));
            if self.details().is_some() {
                place.extend(self.places_of(i));
            }
        }
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids().take(&customer)))?;
        table.push("time", Column::Time(time))?;
        table.push("amount", Column::Float(amount))?;
        if stands_for.len() == customer.len() {
            table.push("rows", Column::Integer(stands_for))?;
        }
        let Some(details) = self.details() else { return Ok(table) };
        let roles = [(TextRole::Order, "order"), (TextRole::Product, "product"), (TextRole::Channel, "channel")];
        let fixed = roles.into_iter().flat_map(|(role, name)| details.of(role).map(move |texts| (name, texts)));
        let attributes = details.of(TextRole::Attribute).map(|texts| (texts.name(), texts));
        let category = |texts: &super::details::TextValues| {
            // Behind the values stands the name of what is missing.
            let names: Vec<String> = texts.values().map(str::to_owned).chain([String::new()]).collect();
            let missing = names.len() as u32 - 1;
            let codes = place.iter().map(|&row| texts.code(row).unwrap_or(missing)).collect();
            Column::Category { names, codes }
        };
        for (name, texts) in fixed {
            table.push(name, category(texts))?;
        }
        if let Some(cost) = details.cost() {
            let known = |&row: &usize| cost.get(row).copied().filter(|cost| !cost.is_nan());
            table.push("cost", Column::Optional(place.iter().map(known).collect()))?;
        }
        for (name, texts) in attributes {
            let mut name = name.to_owned();
            while table.column(&name).is_some() {
                name.insert_str(0, "attribute_");
            }
            table.push(&name, category(texts))?;
        }
        Ok(table)
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
