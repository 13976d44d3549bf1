//! Tables as Arrow record batches.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray, RecordBatch,
    RecordBatchOptions, StringArray, TimestampSecondArray,
};
use arrow_schema::{Field, Schema};

use super::{Column, Table};
use crate::error::{Error, Result};
use crate::transactions::{CustomerIds, Timestamp};

impl Table {
    /// The table as one Arrow record batch.
    ///
    /// | column | Arrow type |
    /// |---|---|
    /// | [`Column::Id`] | `Int64`, or `LargeUtf8` since the ids of a large base exceed 2 GB together |
    /// | [`Column::Text`] | `Utf8` |
    /// | [`Column::Integer`] | `Int64` |
    /// | [`Column::Float`] | `Float64` |
    /// | [`Column::Optional`] | `Float64` with nulls |
    /// | [`Column::Category`] | `Dictionary(Int32, Utf8)` |
    /// | [`Column::Date`] | `Date32` |
    /// | [`Column::Time`] | `Timestamp(Second)` without a zone |
    ///
    /// ```
    /// use cpm_core::{Column, Table};
    /// let mut table = Table::new();
    /// table.push("segment", Column::Text(vec!["Champions".into(), "Hibernating".into()]))?;
    /// table.push("value", Column::Optional(vec![Some(120.5), None]))?;
    /// let batch = table.to_record_batch()?;
    /// assert_eq!(batch.num_rows(), 2);
    /// assert_eq!(batch.column(1).null_count(), 1);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if a column exceeds what Arrow's type can hold (2 GB of text, years beyond some
    /// five million).
    pub fn to_record_batch(&self) -> Result<RecordBatch> {
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for (name, column) in self.columns() {
            let array = to_array(column).ok_or_else(|| {
                Error::argument("column", name, "it is too large for its Arrow type; write the table in parts")
            })?;
            fields.push(Field::new(name, array.data_type().clone(), matches!(column, Column::Optional(_))));
            arrays.push(array);
        }
        // The number of rows is given, since a table without columns is a table too.
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|e| Error::argument("table", e, "its columns do not make a record batch"))
    }
}

/// `None` where the column does not fit.
fn to_array(column: &Column) -> Option<ArrayRef> {
    Some(match column {
        Column::Id(CustomerIds::Text(ids)) => Arc::new(LargeStringArray::from_iter_values(ids.iter())),
        Column::Id(CustomerIds::Integer(ids)) => Arc::new(Int64Array::from(ids.clone())),
        Column::Text(values) => Arc::new(text(values)?),
        Column::Integer(values) => Arc::new(Int64Array::from(values.clone())),
        Column::Float(values) => Arc::new(Float64Array::from(values.clone())),
        Column::Optional(values) => Arc::new(Float64Array::from(values.clone())),
        Column::Category { names, codes } => {
            let keys = codes.iter().map(|&code| i32::try_from(code).ok()).collect::<Option<Vec<_>>>()?;
            Arc::new(DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), Arc::new(text(names)?)).ok()?)
        }
        Column::Date(values) => {
            let days = values.iter().map(|t: &Timestamp| i32::try_from(t.days()).ok()).collect::<Option<Vec<_>>>()?;
            Arc::new(Date32Array::from(days))
        }
        Column::Time(values) => Arc::new(TimestampSecondArray::from_iter_values(values.iter().map(|t| t.seconds()))),
    })
}

/// Utf8 counts bytes in 32 bits.
fn text(values: &[String]) -> Option<StringArray> {
    let bytes: usize = values.iter().map(String::len).sum();
    i32::try_from(bytes).ok()?;
    Some(StringArray::from_iter_values(values))
}
