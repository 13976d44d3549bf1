//! A log as bytes.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CustomerIds, Details, Place, QualityReport, Returns, SortedRows, TimeZone, TransactionLog};
use crate::binary::Kind;
use crate::error::Result;

/// What a log is made of.
#[derive(Serialize, Deserialize)]
struct Form<'a> {
    #[serde(with = "crate::binary::ids")]
    ids: Cow<'a, CustomerIds>,
    places: Cow<'a, [Place]>,
    parts: Cow<'a, [SortedRows]>,
    details: Cow<'a, Option<Details>>,
    returns: Returns,
    time_zone: Option<TimeZone>,
    quality: Cow<'a, QualityReport>,
}

impl TransactionLog {
    /// The log as bytes, for another process or a cache: some 13 for each row. A log for keeping is the file that it was
    /// read from, or the state of a [`SummaryBuilder`](crate::SummaryBuilder): other versions may not read these.
    ///
    /// ```
    /// use cpm_core::{TransactionLog, datasets};
    /// let log = datasets::cdnow_sample()?;
    /// let same = TransactionLog::from_bytes(&log.to_bytes()?)?;
    /// assert_eq!(same.quality(), log.quality());
    /// assert_eq!(same.rows_of(7), log.rows_of(7));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in practice: memory takes all that is written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        Kind::Log.write(&Form {
            ids: Cow::Borrowed(&self.ids),
            places: Cow::Borrowed(&self.places),
            parts: Cow::Borrowed(&self.parts),
            details: Cow::Borrowed(&self.details),
            returns: self.returns,
            time_zone: self.time_zone,
            quality: Cow::Borrowed(&self.quality),
        })
    }

    /// The log that [`to_bytes`](Self::to_bytes) was called on.
    ///
    /// # Errors
    /// [`Error::SavedState`](crate::Error::SavedState) if the bytes are others, cut short or damaged, or were written by a
    /// newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let form: Form<'static> = Kind::Log.read(bytes)?;
        Ok(Self {
            ids: Arc::new(form.ids.into_owned()),
            places: form.places.into_owned(),
            parts: form.parts.into_owned(),
            details: form.details.into_owned(),
            returns: form.returns,
            time_zone: form.time_zone,
            quality: form.quality.into_owned(),
        })
    }
}
