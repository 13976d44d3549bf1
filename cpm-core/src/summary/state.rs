//! Yesterday's rows in a file, so that today's need not wait for them to be read again.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::{SummaryBuilder, SummaryOptions};
use crate::error::{Error, Result};
use crate::transactions::LogBuilder;

/// What a state that has no file is called in messages.
const MEMORY: &str = "the saved state";

/// # Saved states
///
/// A builder can be written to a file and read again, on another day or another machine. What is pushed or merged
/// afterwards gives exactly the result of a single pass over all rows, sums of money included, whatever the order.
///
/// The file holds the options, the quality report so far and, for each customer, the purchases: some 12 bytes each. It is
/// little-endian, has a version, and a checksum after each part.
///
/// ```
/// use cpm_core::transactions::{Amount, Customer, When};
/// use cpm_core::{CustomerId, ReadOptions, SummaryBuilder, SummaryOptions};
///
/// let mut yesterday = SummaryBuilder::new(ReadOptions::new("customer", "date", "amount"), SummaryOptions::new());
/// yesterday.push(1, Customer::Text("ann"), When::Text("2024-01-20"), Amount::Number(20.0));
/// yesterday.push(2, Customer::Text("bob"), When::Text("2024-01-20"), Amount::Number(5.0));
/// let bytes = yesterday.to_bytes()?;
///
/// let mut today = SummaryBuilder::from_bytes(&bytes)?;
/// today.push(1, Customer::Text("ann"), When::Text("2024-02-10"), Amount::Number(30.0));
/// assert_eq!(today.forget(CustomerId::Text("bob"))?, 1);
/// let customers = today.finish()?;
/// assert_eq!((customers.len(), customers.frequency()[0]), (1, 1.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
impl SummaryBuilder {
    /// Writes the state to a file. It is replaced at the end only: if writing fails, an older one stays as it was.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written; [`Error::BadRows`] and [`Error::MixedCurrencies`] if pushed rows keep
    /// the builder from being finished: what is saved always can be.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        // In the same folder, as a file cannot be renamed from one disk to another.
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let write = || {
            let file = File::create(&part).map_err(|e| Error::io(path, e))?;
            self.write_to(BufWriter::new(&file), &path.display().to_string())?;
            file.sync_all().and_then(|()| std::fs::rename(&part, path)).map_err(|e| Error::io(path, e))
        };
        write().inspect_err(|_| drop(std::fs::remove_file(&part)))
    }

    /// Reads a state from a file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be opened; [`Error::SavedState`] if it is another kind of file, was written by
    /// a newer version, is cut short or damaged.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        Self::read_from(BufReader::new(file), &path.display().to_string())
    }

    /// The state in memory.
    ///
    /// # Errors
    /// [`Error::BadRows`] and [`Error::MixedCurrencies`] as for [`save`](Self::save).
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes, MEMORY)?;
        Ok(bytes)
    }

    /// Reads a state from memory.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read_from(bytes, MEMORY)
    }

    /// Writes the state to anything, such as an object store; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn write_to(&self, to: impl Write, origin: &str) -> Result<()> {
        self.log.write_state(&self.options, to, origin)
    }

    /// Reads a state from anything; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read_from(from: impl Read, origin: &str) -> Result<Self> {
        let new = |read, options: &SummaryOptions| Self::new(read, *options).log;
        let (log, options) = LogBuilder::read_state(from, origin, new)?;
        if options.as_of.is_some_and(|time| !time.is_usable()) {
            return Err(LogBuilder::bad_choices(origin, "an as_of outside the calendar"));
        }
        Ok(Self { log, options })
    }
}
