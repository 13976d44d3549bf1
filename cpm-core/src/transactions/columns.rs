//! Columns beyond customer, date and amount: named on request, and free of cost when they are not.

use std::collections::BTreeMap;

use super::Timestamp;
use super::options::ReadOptions;
use super::values::Amount;
use crate::error::{Error, Result, positive};

/// Names of the columns that a log may have beside customer, date and amount.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct OptionalColumns {
    pub(crate) quantity: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) cost: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) attributes: Vec<String>,
}

impl OptionalColumns {
    /// Role and name of each, in the order in which readers hand them over.
    pub(crate) fn named(&self) -> Vec<(&'static str, &str)> {
        let single = [
            ("quantity", &self.quantity),
            ("order id", &self.order),
            ("cost", &self.cost),
            ("currency", &self.currency),
            ("product", &self.product),
            ("channel", &self.channel),
        ];
        let single = single.into_iter().filter_map(|(role, name)| Some((role, name.as_deref()?)));
        single.chain(self.attributes.iter().map(|name| ("customer's attribute", name.as_str()))).collect()
    }

    /// Role and name of the columns of text that are kept with each row.
    pub(crate) fn kept_texts(&self) -> Vec<(TextRole, &str)> {
        let single =
            [(TextRole::Order, &self.order), (TextRole::Product, &self.product), (TextRole::Channel, &self.channel)];
        let single = single.into_iter().filter_map(|(role, name)| Some((role, name.as_deref()?)));
        single.chain(self.attributes.iter().map(|name| (TextRole::Attribute, name.as_str()))).collect()
    }
}

/// What a column of text that is kept with the rows stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum TextRole {
    Order,
    Product,
    Channel,
    Attribute,
}

/// What a row says beyond customer, time and amount; see [`LogBuilder::push_detailed`](super::LogBuilder::push_detailed).
///
/// Only what [`ReadOptions`] name is looked at. Empty text counts as missing.
///
/// ```
/// use cpm_core::transactions::{Amount, RowDetails};
/// let row = RowDetails { order: Some("#1001"), cost: Amount::Number(7.5), ..RowDetails::default() };
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct RowDetails<'a> {
    /// The order that the row is a line of.
    pub order: Option<&'a str>,
    /// How many; the amount of the row is then a unit's price.
    pub quantity: Amount<'a>,
    /// What the row cost the seller, in all; missing where it is not known.
    pub cost: Amount<'a>,
    /// The currency of amount and cost.
    pub currency: Option<&'a str>,
    /// What was bought.
    pub product: Option<&'a str>,
    /// Where it was bought.
    pub channel: Option<&'a str>,
    /// Attributes of the customer, in the order of [`ReadOptions::attributes`].
    pub attributes: &'a [Option<&'a str>],
}

/// Where the columns stand in a file or table.
#[derive(Debug, Clone)]
pub(crate) struct Positions {
    /// Customer, date and amount.
    pub(crate) main: [usize; 3],
    /// The others, in the order of [`OptionalColumns::named`].
    pub(crate) more: Vec<usize>,
}

impl Positions {
    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        self.main.iter().chain(&self.more).copied()
    }
}

/// # Columns beyond customer, date and amount
///
/// Only what is named here is read, and it is free of cost when it is not. What is kept with the rows (orders,
/// products, channels, costs, attributes) takes memory in proportion to them.
impl ReadOptions {
    /// The column of order ids: with [`MergeWithin::Order`](crate::MergeWithin::Order) the rows of one order are one
    /// purchase. A row without one cannot be used.
    #[must_use]
    pub fn order(mut self, column: &str) -> Self {
        self.columns.order = Some(column.to_owned());
        self
    }

    /// The amount is a quantity times a unit's price, which stand in these columns.
    #[must_use]
    pub fn quantity_and_price(mut self, quantity: &str, unit_price: &str) -> Self {
        self.columns.quantity = Some(quantity.to_owned());
        unit_price.clone_into(&mut self.amount);
        self
    }

    /// The column of what each row cost the seller, in all. A row without a value is kept; the profit of its customer
    /// is then not known.
    #[must_use]
    pub fn cost(mut self, column: &str) -> Self {
        self.columns.cost = Some(column.to_owned());
        self
    }

    /// The column of currencies. More than one is an error, unless [`exchange_rates`](Self::exchange_rates) convert
    /// them.
    #[must_use]
    pub fn currency(mut self, column: &str) -> Self {
        self.columns.currency = Some(column.to_owned());
        self
    }

    /// What one unit of each currency is worth in the currency of the log. Amounts and costs are multiplied with it;
    /// a row in a currency that is not in the table cannot be used.
    ///
    /// ```
    /// use cpm_core::ReadOptions;
    /// let options = ReadOptions::new("customer", "date", "amount")
    ///     .currency("currency")
    ///     .exchange_rates([("EUR", 1.0), ("USD", 0.92)])?;
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a rate that is not a finite number above 0.
    pub fn exchange_rates<S: Into<String>>(mut self, rates: impl IntoIterator<Item = (S, f64)>) -> Result<Self> {
        let rates = rates.into_iter().map(|(name, rate)| Ok((name.into(), positive("exchange_rates", rate)?)));
        self.exchange_rates = Some(rates.collect::<Result<BTreeMap<String, f64>>>()?);
        Ok(self)
    }

    /// The column that says what was bought.
    #[must_use]
    pub fn product(mut self, column: &str) -> Self {
        self.columns.product = Some(column.to_owned());
        self
    }

    /// The column that says where it was bought.
    #[must_use]
    pub fn channel(mut self, column: &str) -> Self {
        self.columns.channel = Some(column.to_owned());
        self
    }

    /// Columns that describe the customer, such as a country. A customer has the value of the latest row that has one;
    /// of several in the same second, the last in alphabetical order. A summary looks at rows up to its end of
    /// observation only.
    #[must_use]
    pub fn attributes<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns.attributes = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Names of the columns that are read; customer, date and amount come first.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        let main = [&self.customer, &self.date, &self.amount].map(String::clone);
        main.into_iter().chain(self.columns.named().into_iter().map(|(_, name)| name.to_owned())).collect()
    }

    /// Checks what only shows when all choices are known.
    pub(crate) fn check(&self) -> Result<()> {
        if self.exchange_rates.is_some() && self.columns.currency.is_none() {
            let reason = "name the column of currencies too, or leave the rates out";
            return Err(Error::argument("exchange_rates", "given without currency", reason));
        }
        if let Some(format) = &self.date_format {
            Timestamp::check_format(format)?;
        }
        if let (Some(start), Some(end)) = (self.start, self.end.given())
            && end < start
        {
            return Err(Error::argument("end", end, format!("it must not be before the start, {start}")));
        }
        Ok(())
    }

    /// Whether rows are kept with more than customer, time and amount.
    pub(crate) fn keeps_details(&self) -> bool {
        let columns = &self.columns;
        self.duplicates == super::Duplicates::Drop || columns.cost.is_some() || !columns.kept_texts().is_empty()
    }
}
