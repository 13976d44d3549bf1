//! Up to when rows are kept: an end that was given, or the day on which they are read.

use super::{ReadOptions, Reason, Timestamp};
use crate::error::Result;

/// What to do with rows that are later than the day on which they are read; see [`ReadOptions::today`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum FutureDates {
    /// They are rows that cannot be used (the default): see [`OnError`](crate::OnError).
    #[default]
    Error,
    /// They are left out and counted.
    Drop,
    /// They are rows like others: appointments, renewals that are due.
    Keep,
}

/// The last time that rows may have.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "Option<Timestamp>", into = "Option<Timestamp>"))]
pub(crate) struct End {
    /// What rows are compared with: one look for each, whichever it is.
    at: Option<Timestamp>,
    given: Option<Timestamp>,
    today: Option<Timestamp>,
}

impl End {
    /// The end that was asked for, whatever the day.
    pub(crate) const fn given(self) -> Option<Timestamp> {
        self.given
    }

    /// Whether a row of that time is too late.
    #[inline]
    pub(crate) fn is_before(self, time: Timestamp) -> bool {
        self.at.is_some_and(|end| time > end)
    }

    /// Who says where the log ends need not be told that a later row is in the future.
    fn settled(self, future: FutureDates) -> Self {
        let today = self.today.filter(|_| future != FutureDates::Keep);
        Self { at: self.given.or(today), ..self }
    }
}

/// What is read on different days is read in one way, and can be added up.
impl PartialEq for End {
    fn eq(&self, other: &Self) -> bool {
        self.given == other.given
    }
}

impl From<Option<Timestamp>> for End {
    fn from(given: Option<Timestamp>) -> Self {
        Self { at: given, given, today: None }
    }
}

impl From<End> for Option<Timestamp> {
    fn from(end: End) -> Self {
        end.given
    }
}

/// # Rows in the future
impl ReadOptions {
    /// Rows after this are left out and counted. A date means the end of that day.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) if it is not an ISO date or time.
    pub fn end(mut self, when: &str) -> Result<Self> {
        let end = Timestamp::end_of(when).map_err(|e| e.named("end"))?;
        self.end = End { given: Some(end), ..self.end }.settled(self.future);
        Ok(self)
    }

    /// The day on which the rows are read (a date means the end of it), in the time zone of the log. A purchase cannot be
    /// later, so a row that is has a wrong date: it cannot be used, or [`future`](Self::future) says what becomes of it.
    ///
    /// This crate asks no clock: results depend on what it is told and on nothing else. Without this, and with an
    /// [`end`](Self::end), no row is in the future. It is no part of how rows are read: builders of different
    /// days merge, and a saved state does not have it.
    ///
    /// ```
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let options = ReadOptions::new("customer", "date", "amount").today("2024-06-30")?;
    /// let text = "customer,date,amount\nann,2024-03-01,20\nbob,2199-03-01,30\n";
    /// let error = TransactionLog::from_csv_reader(text.as_bytes(), "orders", &options).unwrap_err();
    /// assert!(error.to_string().contains("1 in the future"));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) if it is not an ISO date or time.
    pub fn today(mut self, when: &str) -> Result<Self> {
        self.set_today(when)?;
        Ok(self)
    }

    pub(crate) fn set_today(&mut self, when: &str) -> Result<()> {
        let today = Timestamp::end_of(when).map_err(|e| e.named("today"))?;
        self.end = End { today: Some(today), ..self.end }.settled(self.future);
        Ok(())
    }

    /// What to do with rows that are later than [`today`](Self::today).
    #[must_use]
    pub fn future(mut self, policy: FutureDates) -> Self {
        self.future = policy;
        self.end = self.end.settled(policy);
        self
    }

    /// Why a row that is too late is left out.
    #[cold]
    pub(crate) fn too_late(&self) -> Reason {
        match self.future {
            _ if self.end.given.is_some() => Reason::Future,
            FutureDates::Drop => Reason::FutureDropped,
            FutureDates::Error | FutureDates::Keep => Reason::InFuture,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transactions::{Amount, Customer, LogBuilder, OnError, When};

    fn read(options: &ReadOptions) -> Result<crate::transactions::TransactionLog> {
        let mut builder = LogBuilder::new(options.clone());
        builder.begin("orders");
        for (line, day) in (2..).zip(["2024-06-30", "2024-07-01 00:00", "2199-01-01"]) {
            builder.push(line, Customer::Text("ann"), When::Text(day), Amount::Number(1.0));
        }
        builder.finish()
    }

    fn excluded(options: &ReadOptions) -> Vec<(Reason, u64)> {
        read(options).unwrap().quality().excluded.clone().into_iter().collect()
    }

    #[test]
    fn what_is_later_than_today_is_left_out_in_one_way_only() {
        let plain = ReadOptions::new("customer", "date", "amount");
        assert_eq!(excluded(&plain), []);
        let today = || plain.clone().today("2024-06-30").unwrap();
        let error = read(&today()).unwrap_err().to_string();
        for part in ["2 of 3 rows", "2 in the future", "orders, line 3", "2024-07-01 00:00", "future = \"drop\""] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert_eq!(excluded(&today().on_error(OnError::Exclude)), [(Reason::InFuture, 2)]);
        assert_eq!(excluded(&today().future(FutureDates::Drop)), [(Reason::FutureDropped, 2)]);
        assert_eq!(excluded(&today().future(FutureDates::Keep)), []);
        // Whatever the order of choices.
        assert_eq!(excluded(&plain.clone().future(FutureDates::Keep).today("2024-06-30").unwrap()), []);
        assert_eq!(
            excluded(&today().future(FutureDates::Keep).future(FutureDates::Drop)),
            [(Reason::FutureDropped, 2)]
        );
        // Who gives the end decides.
        for options in [today().end("2024-07-01").unwrap(), plain.clone().end("2024-07-01").unwrap()] {
            assert_eq!(excluded(&options.today("2024-06-30").unwrap()), [(Reason::Future, 1)]);
        }
        assert!(plain.clone().today("30.06.2024").is_err());
    }

    #[test]
    fn builders_of_different_days_merge() {
        let on = |day: &str| {
            let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount").today(day).unwrap());
            builder.push(1, Customer::Text("ann"), When::Text(day), Amount::Number(1.0));
            builder
        };
        let mut first = on("2024-06-30");
        first.merge(on("2024-07-01")).unwrap();
        first.set_today("2024-07-02").unwrap();
        first.push(2, Customer::Text("ann"), When::Text("2024-07-02"), Amount::Number(1.0));
        assert_eq!(first.finish().unwrap().rows(), 3);
        let other = LogBuilder::new(ReadOptions::new("customer", "date", "amount").future(FutureDates::Drop));
        assert!(on("2024-06-30").merge(other).unwrap_err().to_string().contains("differ in future"));
    }
}
