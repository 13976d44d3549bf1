//! Columns of a batch beyond customer, date and amount.

use arrow_array::{Array, RecordBatch};
use arrow_cast::can_cast_types;
use arrow_schema::DataType;

use super::arrow::{Values, is_uuid, text};
use super::columns::{Positions, RowDetails};
use super::options::ReadOptions;
use super::values::Amount;
use crate::error::{Error, Result};

/// The columns of one batch, in the shapes in which rows are taken from them.
pub(super) struct DetailColumns {
    quantity: Option<Values>,
    order: Option<Values>,
    cost: Option<Values>,
    currency: Option<Values>,
    product: Option<Values>,
    channel: Option<Values>,
    attributes: Vec<Values>,
}

impl DetailColumns {
    pub(super) fn of(batch: &RecordBatch, positions: &Positions, options: &ReadOptions) -> Result<Self> {
        let columns = &options.columns;
        let mut positions = positions.more.iter();
        let mut next = |name: &str, is_number: bool| {
            let column = positions.next().and_then(|&p| batch.columns().get(p));
            let missing = || Error::ColumnType {
                column: name.to_owned(),
                found: "nothing".to_owned(),
                expected: "a column",
                remedy: "Give batches that all have the columns of their schema".to_owned(),
            };
            let column = column.ok_or_else(missing)?;
            if is_number {
                return Values::of_amount(column, name);
            }
            if !is_uuid(column.data_type()) && !can_cast_types(column.data_type(), &DataType::Utf8View) {
                return Err(Error::ColumnType {
                    column: name.to_owned(),
                    found: column.data_type().to_string(),
                    expected: "text, numbers or dates",
                    remedy: "Convert it to text first".to_owned(),
                });
            }
            text(column, name)
        };
        let mut optional =
            |name: &Option<String>, is_number| name.as_deref().map(|name| next(name, is_number)).transpose();
        Ok(Self {
            quantity: optional(&columns.quantity, true)?,
            order: optional(&columns.order, false)?,
            cost: optional(&columns.cost, true)?,
            currency: optional(&columns.currency, false)?,
            product: optional(&columns.product, false)?,
            channel: optional(&columns.channel, false)?,
            attributes: columns.attributes.iter().map(|name| next(name, false)).collect::<Result<_>>()?,
        })
    }

    /// Hands over what a row says.
    pub(super) fn with_row(&self, row: usize, each: impl FnOnce(&RowDetails<'_>)) {
        let attributes: Vec<Option<&str>> = self.attributes.iter().map(|values| text_of(values, row)).collect();
        each(&RowDetails {
            quantity: optional_number(&self.quantity, row),
            order: optional_text(&self.order, row),
            cost: optional_number(&self.cost, row),
            currency: optional_text(&self.currency, row),
            product: optional_text(&self.product, row),
            channel: optional_text(&self.channel, row),
            attributes: &attributes,
        });
    }
}

fn optional_text(values: &Option<Values>, row: usize) -> Option<&str> {
    values.as_ref().and_then(|values| text_of(values, row))
}

fn optional_number(values: &Option<Values>, row: usize) -> Amount<'_> {
    values.as_ref().map_or(Amount::Missing, |values| values.amount(row))
}

fn text_of(values: &Values, row: usize) -> Option<&str> {
    match values {
        Values::Text(texts) => texts.get(row),
        _ => None,
    }
}
