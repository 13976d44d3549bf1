//! A segment for every customer.

use crate::error::Result;
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Which segment each customer belongs to: a name from a fixed list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Segments {
    customer_ids: CustomerIds,
    names: Vec<String>,
    codes: Vec<u32>,
    counts: Vec<u64>,
}

impl Segments {
    /// `codes` must be positions in `names`, one per id.
    pub(crate) fn new(customer_ids: CustomerIds, names: Vec<String>, codes: Vec<u32>) -> Self {
        let mut counts = vec![0; names.len()];
        codes.iter().for_each(|&code| counts[code as usize] += 1);
        Self { customer_ids, names, codes, counts }
    }

    /// The customers' ids.
    #[must_use]
    pub fn customer_ids(&self) -> &CustomerIds {
        &self.customer_ids
    }

    /// The names of the segments, in a fixed order; a segment may be without customers.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// For each customer the position of its segment among the names.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of customers in each segment, in the order of the names.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The segment of one customer.
    ///
    /// # Panics
    /// If `customer` is not below the number of customers, like indexing a slice.
    #[must_use]
    pub fn name_of(&self, customer: usize) -> &str {
        &self.names[self.codes[customer] as usize]
    }

    /// The segments as a column of categories.
    #[must_use]
    pub fn column(&self) -> Column {
        Column::Category { names: self.names.clone(), codes: self.codes.clone() }
    }

    /// Columns `customer_id, segment`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        table.push("segment", self.column())?;
        Ok(table)
    }
}
