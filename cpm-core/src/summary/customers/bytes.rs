//! A summary as bytes.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::{Covariates, CustomerIds, CustomerSummary, FromLog, TimeUnit};
use crate::binary::Kind;
use crate::error::Result;

/// What a summary is made of.
#[derive(Serialize, Deserialize)]
struct Form<'a> {
    #[serde(with = "crate::binary::ids")]
    ids: Cow<'a, CustomerIds>,
    frequency: Cow<'a, [f64]>,
    recency: Cow<'a, [f64]>,
    t: Cow<'a, [f64]>,
    monetary_value: Cow<'a, Option<Vec<f64>>>,
    time_unit: TimeUnit,
    covariates: Option<Arc<Covariates>>,
    ln_gaps: Cow<'a, Option<Vec<f64>>>,
    from_log: Cow<'a, Option<FromLog>>,
}

impl CustomerSummary {
    /// The summary as bytes, for another process or a cache. Other versions may not read them; tables keep
    /// ([`to_table`](Self::to_table)).
    ///
    /// ```
    /// use cpm_core::{CustomerSummary, SummaryOptions, datasets};
    /// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new())?;
    /// let same = CustomerSummary::from_bytes(&customers.to_bytes()?)?;
    /// assert_eq!(same.to_table()?, customers.to_table()?);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in practice: memory takes all that is written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        Kind::Summary.write(&Form {
            ids: Cow::Borrowed(self.customer_ids()),
            frequency: Cow::Borrowed(&self.frequency),
            recency: Cow::Borrowed(&self.recency),
            t: Cow::Borrowed(&self.t),
            monetary_value: Cow::Borrowed(&self.monetary_value),
            time_unit: self.time_unit,
            covariates: self.covariates.clone(),
            ln_gaps: Cow::Borrowed(&self.ln_gaps),
            from_log: Cow::Borrowed(&self.from_log),
        })
    }

    /// The summary that [`to_bytes`](Self::to_bytes) was called on.
    ///
    /// # Errors
    /// [`Error::SavedState`](crate::Error::SavedState) if the bytes are others, cut short or damaged, or were written by a
    /// newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let form: Form<'static> = Kind::Summary.read(bytes)?;
        Ok(Self {
            ids: Arc::new(form.ids.into_owned()).into(),
            frequency: form.frequency.into_owned(),
            recency: form.recency.into_owned(),
            t: form.t.into_owned(),
            monetary_value: form.monetary_value.into_owned(),
            time_unit: form.time_unit,
            covariates: form.covariates,
            ln_gaps: form.ln_gaps.into_owned(),
            from_log: form.from_log.into_owned(),
            histories: OnceLock::new(),
        })
    }
}
