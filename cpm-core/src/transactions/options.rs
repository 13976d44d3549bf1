//! What a reader is told: which column is which, and what to do with rows that are unusual.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aliases::Aliases;
use super::columns::{OptionalColumns, Positions};
use super::null_values::NullValues;
use super::window::{End, FutureDates};
use super::{Encoding, TimeZone, Timestamp};
use crate::error::{Error, Result, positive};

/// How many names of a header a message shows.
const NAMES_SHOWN: usize = 30;

/// What to do with rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum OnError {
    /// Stop with an error that counts them and shows the first (the default).
    #[default]
    Raise,
    /// Leave them out and count them in the quality report.
    Exclude,
}

/// What to do with negative amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Returns {
    /// They are rows that cannot be used (the default): see [`OnError`].
    #[default]
    Error,
    /// They are left out and counted.
    Drop,
    /// They are kept and net against the purchases of the same customer and merging period; a period
    /// that returns bring to zero or below is not a purchase, and is counted.
    ///
    /// Zero is what is within the rounding of binary numbers (`0.1 + 0.2 − 0.3` leaves 3·10⁻¹⁷): a period with n returns,
    /// the largest below 2ᵏ, is not a purchase if its sum is at most n · 2ᵏ · 2⁻⁴⁴. That is about 6·10⁻¹⁴ of what came back,
    /// a cent in a return of a hundred billion. Logs, builders and saved states have this one rule.
    Net,
}

/// What to do with amounts of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ZeroAmounts {
    /// They are purchases like others, and counted (the default).
    #[default]
    Keep,
    /// They are left out and counted.
    Drop,
}

/// What to do with rows that are identical in all columns that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Duplicates {
    /// They are purchases like others (the default): two coffees on a morning are two rows.
    #[default]
    Keep,
    /// The first of them is kept, the others are left out and counted. Amounts, prices and quantities are compared as
    /// numbers (`10` is `10.00`), times to the second: what differs in milliseconds only is one row. Every row is
    /// then kept with its place in the file until reading ends, which takes some 40 bytes a row.
    Drop,
}

/// Names of columns and policies for reading a transaction log.
///
/// ```
/// use cpm_core::{OnError, ReadOptions};
/// let options = ReadOptions::new("customer_id", "date", "amount")
///     .date_format("%d/%m/%Y")
///     .on_error(OnError::Exclude);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReadOptions {
    pub(crate) customer: String,
    pub(crate) date: String,
    pub(crate) amount: String,
    pub(crate) date_format: Option<String>,
    pub(crate) on_error: OnError,
    pub(crate) returns: Returns,
    pub(crate) zero_amounts: ZeroAmounts,
    pub(crate) duplicates: Duplicates,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: End,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) future: FutureDates,
    pub(crate) outlier_fence: Option<f64>,
    pub(crate) columns: OptionalColumns,
    pub(crate) exchange_rates: Option<BTreeMap<String, f64>>,
    pub(crate) aliases: Option<Arc<Aliases>>,
    pub(crate) time_zone: Option<TimeZone>,
    pub(crate) csv: CsvFormat,
    pub(crate) decimal: char,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) null_values: NullValues,
}

/// How a CSV file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct CsvFormat {
    pub(crate) delimiter: u8,
    /// Whether it was chosen, so that the name of a file does not say it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) has_own_delimiter: bool,
    /// `None` if quotes are characters like others.
    pub(crate) quote: Option<u8>,
    pub(crate) has_header: bool,
    pub(crate) encoding: Encoding,
}

impl Default for CsvFormat {
    fn default() -> Self {
        let (encoding, quote) = (Encoding::default(), Some(b'"'));
        Self { delimiter: b',', has_own_delimiter: false, quote, has_header: true, encoding }
    }
}

impl ReadOptions {
    /// The names of the columns that hold the customer's id, the date and the amount.
    #[must_use]
    pub fn new(customer: &str, date: &str, amount: &str) -> Self {
        Self {
            customer: customer.to_owned(),
            date: date.to_owned(),
            amount: amount.to_owned(),
            date_format: None,
            on_error: OnError::default(),
            returns: Returns::default(),
            zero_amounts: ZeroAmounts::default(),
            duplicates: Duplicates::default(),
            start: None,
            end: End::default(),
            future: FutureDates::default(),
            outlier_fence: None,
            columns: OptionalColumns::default(),
            exchange_rates: None,
            aliases: None,
            time_zone: None,
            csv: CsvFormat::default(),
            decimal: '.',
            null_values: NullValues::default(),
        }
    }

    /// How dates are written, in `strftime` directives, for instance `%d/%m/%Y`. Without it dates must
    /// be ISO 8601.
    #[must_use]
    pub fn date_format(mut self, format: &str) -> Self {
        self.date_format = Some(format.to_owned());
        self
    }

    /// What to do with rows that cannot be used.
    #[must_use]
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.on_error = policy;
        self
    }

    /// What to do with negative amounts.
    #[must_use]
    pub fn returns(mut self, policy: Returns) -> Self {
        self.returns = policy;
        self
    }

    /// What to do with amounts of zero.
    #[must_use]
    pub fn zero_amounts(mut self, policy: ZeroAmounts) -> Self {
        self.zero_amounts = policy;
        self
    }

    /// What to do with rows that are identical in all columns that are read.
    #[must_use]
    pub fn duplicates(mut self, policy: Duplicates) -> Self {
        self.duplicates = policy;
        self
    }

    /// Rows before this are left out and counted; a date means the beginning of that day. In the time
    /// zone of the log: an offset in the text is refused.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn start(mut self, when: &str) -> Result<Self> {
        self.start = Some(Timestamp::of_clocks(when).map_err(|e| e.named("start"))?);
        Ok(self)
    }

    /// Counts the rows whose amount lies far above the others, and keeps them: those above the upper quartile by more
    /// than `fence` times the distance of the quartiles, both of the logarithms of the amounts above zero. Tukey calls
    /// what is beyond a fence of 3 "far out" (Exploratory Data Analysis, 1977, section 2D); on logarithms, since
    /// amounts are skewed to the right in every shop.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not a finite number above 0.
    pub fn flag_outliers(mut self, fence: f64) -> Result<Self> {
        self.outlier_fence = Some(positive("flag_outliers", fence)?);
        Ok(self)
    }

    /// What stands between the fields of a CSV file: a comma if not given, or a tab in a file whose name ends in `.tsv`;
    /// a semicolon is another custom.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not a single ASCII character, or one that rows and quoted fields need.
    pub fn delimiter(mut self, delimiter: char) -> Result<Self> {
        self.csv.delimiter = match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => byte,
            _ => {
                let reason = "it must be one ASCII character, such as ',', ';' or a tab, and no quote or line end";
                return Err(Error::argument("delimiter", delimiter.escape_default(), reason));
            }
        };
        self.csv.has_own_delimiter = true;
        Ok(self)
    }

    /// What fields with delimiters in them stand between: a double quote if not given; with `None` quotes are
    /// characters like others.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not a single ASCII character, or a line end.
    pub fn quote(mut self, quote: Option<char>) -> Result<Self> {
        self.csv.quote = match quote.map(|quote| (quote, u8::try_from(quote))) {
            None => None,
            Some((_, Ok(byte))) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Some(byte),
            Some((quote, _)) => {
                let reason = "it must be one ASCII character, such as '\"' or '\'', and no line end";
                return Err(Error::argument("quote", quote.escape_default(), reason));
            }
        };
        Ok(self)
    }

    /// Whether the first line of a CSV file names the columns. Without such a line the columns are called by their
    /// position, counted from 0: `"0"`, `"1"`, ….
    ///
    /// ```
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let options = ReadOptions::new("0", "2", "1").header(false);
    /// let log = TransactionLog::from_csv_reader("ann,20.5,2024-03-01\n".as_bytes(), "orders", &options)?;
    /// assert_eq!(log.rows(), 1);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    #[must_use]
    pub fn header(mut self, present: bool) -> Self {
        self.csv.has_header = present;
        self
    }

    /// How the characters of a CSV file are written.
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.csv.encoding = encoding;
        self
    }

    /// The zone in which days begin. Times with an offset, and times of tables with a zone, are points in time: they
    /// are converted to this zone (to UTC if not given). Times without one are taken as they are written.
    #[must_use]
    pub fn time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = Some(zone);
        self
    }

    /// Merged accounts: pairs of an alias and the customer whose rows are counted with it. An alias of an alias leads
    /// to the customer at the end. Where ids are whole numbers and an alias that is one leads to a customer that is none,
    /// all ids are text.
    ///
    /// ```
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let options = ReadOptions::new("customer", "date", "amount").aliases([("ann.old", "ann")])?;
    /// let text = "customer,date,amount\nann.old,2024-03-01,20\nann,2024-04-01,30\n";
    /// let log = TransactionLog::from_csv_reader(text.as_bytes(), "orders", &options)?;
    /// assert_eq!((log.customers(), log.quality().alias_rows), (1, 1));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if an alias stands for two customers, or aliases lead round in a circle.
    pub fn aliases<A: Into<String>, C: Into<String>>(
        mut self,
        pairs: impl IntoIterator<Item = (A, C)>,
    ) -> Result<Self> {
        self.aliases = Some(Arc::new(Aliases::new(pairs.into_iter().map(|(a, c)| (a.into(), c.into())))?));
        Ok(self)
    }

    /// What stands before the decimals of an amount that is text: a point if not given, or a comma.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is neither.
    pub fn decimal(mut self, decimal: char) -> Result<Self> {
        if !matches!(decimal, '.' | ',') {
            return Err(Error::argument("decimal", decimal, "it must be a point or a comma"));
        }
        self.decimal = decimal;
        Ok(self)
    }

    /// Words that text files have where there is nothing: customers called NULL are the largest of many shops. If not
    /// given, these are `NULL`, `null`, `NaN`, `nan`, `None`, `NA`, `N/A`, `\N`, `<NA>` and `#N/A`; with none, only empty
    /// fields are missing.
    ///
    /// They count for ids of customers and orders, dates, amounts, quantities, costs and currencies. Products, channels and
    /// attributes are taken as they stand: `NA` may be North America. Columns of tables and Parquet files have nulls of
    /// their own.
    ///
    /// ```
    /// use cpm_core::{OnError, ReadOptions, TransactionLog};
    /// let text = "customer,date,amount\nann,2024-03-01,20\nNULL,2024-03-02,900\n";
    /// let options = ReadOptions::new("customer", "date", "amount").on_error(OnError::Exclude);
    /// let log = TransactionLog::from_csv_reader(text.as_bytes(), "orders", &options)?;
    /// assert_eq!(log.customers(), 1);
    /// // There is a customer whose id is NULL.
    /// let options = options.null_values([""; 0])?;
    /// assert_eq!(TransactionLog::from_csv_reader(text.as_bytes(), "orders", &options)?.customers(), 2);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty one.
    pub fn null_values<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Result<Self> {
        self.null_values = NullValues::new(words)?;
        Ok(self)
    }

    /// The choices in which two differ, by the names of their keywords.
    pub(crate) fn differences(&self, other: &Self) -> String {
        let (a, b, own, theirs) = (&self.columns, &other.columns, &self.csv, &other.csv);
        let same = [
            ("customer", self.customer == other.customer),
            ("date", self.date == other.date),
            ("amount", self.amount == other.amount),
            ("date_format", self.date_format == other.date_format),
            ("on_error", self.on_error == other.on_error),
            ("returns", self.returns == other.returns),
            ("zero_amounts", self.zero_amounts == other.zero_amounts),
            ("duplicates", self.duplicates == other.duplicates),
            ("start", self.start == other.start),
            ("end", self.end == other.end),
            ("future", self.future == other.future),
            ("flag_outliers", self.outlier_fence == other.outlier_fence),
            ("quantity", a.quantity == b.quantity),
            ("order", a.order == b.order),
            ("cost", a.cost == b.cost),
            ("currency", a.currency == b.currency),
            ("product", a.product == b.product),
            ("channel", a.channel == b.channel),
            ("attributes", a.attributes == b.attributes),
            ("exchange_rates", self.exchange_rates == other.exchange_rates),
            ("aliases", self.aliases == other.aliases),
            ("time_zone", self.time_zone == other.time_zone),
            ("delimiter", (own.delimiter, own.has_own_delimiter) == (theirs.delimiter, theirs.has_own_delimiter)),
            ("quote", own.quote == theirs.quote),
            ("header", own.has_header == theirs.has_header),
            ("encoding", own.encoding == theirs.encoding),
            ("decimal", self.decimal == other.decimal),
            ("null_values", self.null_values == other.null_values),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    /// Where the columns stand among `names`.
    pub(crate) fn positions(&self, names: &[impl AsRef<str>], origin: &str) -> Result<Positions> {
        self.check()?;
        let position = |column: &str, role| {
            let mut found = (0..names.len()).filter(|&i| names[i].as_ref() == column);
            match (found.next(), found.next()) {
                (Some(only), None) => Ok(only),
                (Some(first), Some(second)) => Err(Error::RepeatedColumn {
                    column: column.to_owned(),
                    role,
                    origin: origin.to_owned(),
                    positions: (first + 1, second + 1),
                }),
                (None, _) => Err(Error::MissingColumn {
                    column: column.to_owned(),
                    role,
                    origin: origin.to_owned(),
                    available: names.iter().take(NAMES_SHOWN).map(|n| n.as_ref().to_owned()).collect(),
                }),
            }
        };
        let amount = if self.columns.quantity.is_some() { "unit price" } else { "amount" };
        let main =
            [position(&self.customer, "customer")?, position(&self.date, "date")?, position(&self.amount, amount)?];
        let more = self.columns.named().into_iter().map(|(role, name)| position(name, role));
        Ok(Positions { main, more: more.collect::<Result<_>>()? })
    }
}
