//! Parquet files, a batch at a time and only the three columns that are needed.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::TransactionLog;
use super::arrow::{BATCH, Source, push_batches};
use super::builder::LogBuilder;
use super::ingest::ingest;
use super::options::ReadOptions;
use crate::error::Error;
use crate::numerics::parallel;

const FORMAT: &str = "Parquet";

impl TransactionLog {
    /// Reads the three columns of a Parquet file; the types that they may have are those of
    /// [`from_batches`](Self::from_batches). Other columns are not decoded, and memory does not grow with them.
    ///
    /// ```no_run
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let log = TransactionLog::read_parquet("orders.parquet", &ReadOptions::new("customer_id", "date", "amount"))?;
    /// println!("{}", log.quality());
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be opened; [`Error::UnreadableFile`] if it is not Parquet, damaged or cut
    /// short; otherwise as [`from_batches`](Self::from_batches).
    pub fn read_parquet(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, Error> {
        let mut builder = LogBuilder::new(options.clone());
        push_file(path.as_ref(), &mut builder)?;
        builder.finish()
    }
}

/// Pushes the rows of one file.
pub(super) fn push_file(path: &Path, builder: &mut LogBuilder) -> Result<(), Error> {
    let origin = path.display().to_string();
    let unreadable = |e: ParquetError| Error::UnreadableFile {
        path: path.to_owned(),
        format: FORMAT,
        reason: e.to_string(),
        remedy: "Give a Parquet file that was written to its end; a text file is read by a name that ends in .csv"
            .to_owned(),
    };
    builder.begin_table(&origin);
    let open = || File::open(path).map_err(|e| Error::io(path, e));
    let file = open()?;
    let metadata = guard(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).and_then(with_views));
    let metadata = metadata.map_err(unreadable)?;
    let names: Vec<&str> = metadata.schema().fields().iter().map(|f| f.name().as_str()).collect();
    let wanted = builder.options().positions(&names, &origin)?;
    let mask = ProjectionMask::roots(metadata.parquet_schema(), wanted.all());
    let reader = |file: File, groups: Vec<usize>| {
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_projection(mask.clone())
            .with_batch_size(BATCH)
            .with_row_groups(groups);
        let reader = guard(|| reader.build());
        reader.map(|reader| Guarded { reader: Some(reader) }).map_err(unreadable)
    };
    let groups = metadata.metadata().row_groups();
    if groups.len() < parallel::workers() {
        push_batches(reader(file, (0..groups.len()).collect())?, &origin, FORMAT, builder)?;
        return count_file(path, builder);
    }

    Source::new(metadata.schema(), &origin, FORMAT, builder.options())?.announce(metadata.schema(), builder);
    // Row groups are decoded side by side, each from a handle of its own: a shared one has a single position.
    let mut rows = 0;
    let starts = groups.iter().enumerate().map(|(group, metadata)| {
        let first = rows;
        rows += u64::try_from(metadata.num_rows()).unwrap_or(0);
        (group, first)
    });
    let mut starts = starts.collect::<Vec<_>>().into_iter();
    ingest(
        builder,
        || Ok(starts.next()),
        |builder, (group, mut first)| {
            let reader = reader(open()?, vec![group])?;
            let source = Source::new(&reader.schema(), &origin, FORMAT, builder.options())?;
            for batch in reader {
                // A group is a piece, but may take long.
                builder.meter().map_or(Ok(()), |meter| meter.add_rows(0))?;
                let batch = batch.map_err(|e| source.broken(&e))?;
                source.push(&batch, first, builder)?;
                first += batch.num_rows() as u64;
            }
            Ok(())
        },
    )?;
    count_file(path, builder)
}

/// Text is to be read as views, which point into the pages of the file: nothing is copied.
fn with_views(metadata: ArrowReaderMetadata) -> Result<ArrowReaderMetadata, ParquetError> {
    let schema = metadata.schema();
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    let schema = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), ArrowReaderOptions::new().with_schema(schema))
}

/// Of a file that is not read from its beginning to its end, the bytes are known when it is done.
fn count_file(path: &Path, builder: &LogBuilder) -> Result<(), Error> {
    if let Some(meter) = builder.meter() {
        meter.add_bytes(std::fs::metadata(path).map_err(|e| Error::io(path, e))?.len());
    }
    Ok(())
}

/// The parquet crate panics on some damaged pages; a damaged file is an error of ours like any other.
fn guard<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("its pages are damaged or cut short".to_owned())))
}

/// A reader that ends with an error where the one inside would panic.
struct Guarded {
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for Guarded {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Taken out for the call: after a panic it must not be used again.
        let mut reader = self.reader.take()?;
        match guard(|| Ok((reader.next(), reader))) {
            Ok((batch, reader)) => {
                self.reader = Some(reader);
                batch
            }
            Err(e) => Some(Err(e.into())),
        }
    }
}

impl RecordBatchReader for Guarded {
    fn schema(&self) -> SchemaRef {
        self.reader.as_ref().map_or_else(|| Arc::new(Schema::empty()), RecordBatchReader::schema)
    }
}
