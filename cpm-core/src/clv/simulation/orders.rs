//! A simulated export of orders, as a shop would give it, and the truth behind it.

use std::collections::{BTreeMap, HashSet};

use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::population::Population;
use super::{Life, Lives, OrderNoise, SimulationPlan};
use crate::clv::GammaGamma;
use crate::error::{Error, Result};
use crate::table::{Column, Table};
use crate::transactions::{
    Amount, Customer, CustomerIds, Duplicates, LogBuilder, OnError, ReadOptions, Reason, Returns, Timestamp,
    TransactionLog, When,
};

/// The stream of the noise; those of the customers count from 0.
const NOISE: u64 = u64::MAX;

/// Rows of text with known defects, and what the customers did; see `simulate_orders` of the purchase models, such as
/// [`BgNbd`](crate::BgNbd).
///
/// ```
/// use cpm_core::clv::{OrderNoise, SimulationPlan};
/// use cpm_core::transactions::Reason;
/// use cpm_core::{BgNbd, GammaGamma};
/// let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
/// let spend = GammaGamma::from_params(6.25, 3.74, 15.44)?;
/// let plan = SimulationPlan::new(500, "2024-01-01", "2025-06-30")?.returns(0.05, 14.0)?.seed(7);
/// let noise = OrderNoise::new().with(Reason::MissingCustomer, 0.02)?.with(Reason::DuplicateRow, 0.03)?;
/// let orders = model.simulate_orders(&spend, &plan, &noise)?;
/// // The report of the reader finds what was put in, no more and no less.
/// let log = orders.read(&orders.clean_options())?;
/// assert_eq!(&log.quality().excluded, orders.defects());
/// assert_eq!(log.rows() as u64, orders.good_rows());
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SimulatedOrders {
    rows: Vec<Row>,
    lives: Vec<(Life, f64)>,
    defects: BTreeMap<Reason, u64>,
    good_rows: u64,
    recased_rows: u64,
    end: Timestamp,
    width: usize,
}

/// One row of the export.
#[derive(Debug, Clone, Copy)]
struct Row {
    customer: u32,
    time: Timestamp,
    cents: i64,
    is_recased: bool,
    defect: Option<Reason>,
}

pub(super) fn simulate(
    model: &impl Population,
    spend: &GammaGamma,
    plan: &SimulationPlan,
    noise: &OrderNoise,
) -> Result<SimulatedOrders> {
    if plan.customers > u64::from(u32::MAX) {
        return Err(Error::argument("customers", plan.customers, "an export has up to 4294967295"));
    }
    let lives = Lives::new(spend, plan)?;
    let mut random = ChaCha8Rng::seed_from_u64(noise.seed);
    random.set_stream(NOISE);
    let mut orders = SimulatedOrders {
        rows: Vec::new(),
        lives: Vec::new(),
        defects: BTreeMap::new(),
        good_rows: 0,
        recased_rows: 0,
        end: plan.end,
        width: plan.customers.to_string().len().max(5),
    };
    let mut own: Vec<(Timestamp, i64)> = Vec::new();
    let mut seen: HashSet<(Timestamp, i64)> = HashSet::new();
    for customer in 0..plan.customers {
        own.clear();
        seen.clear();
        let life = lives.live(model, customer, |time, amount| {
            let sign = if amount < 0.0 { -1 } else { 1 };
            // Above this an amount of cents is not exact.
            let mut cents = sign * (amount.abs() * 100.0).round().clamp(1.0, 1e15) as i64;
            // Two rows that are equal by chance would be taken for duplicates.
            while !seen.insert((time, cents)) {
                cents += sign;
            }
            own.push((time, cents));
        })?;
        let mut total = 0;
        for &(time, cents) in &own {
            total += cents;
            let is_recased = noise.mixed_case > 0.0 && random.random::<f64>() < noise.mixed_case;
            let good = Row { customer: customer as u32, time, cents, is_recased, defect: None };
            orders.rows.push(good);
            orders.good_rows += 1;
            orders.recased_rows += u64::from(is_recased);
            for &(defect, share) in &noise.shares {
                if share > 0.0 && random.random::<f64>() < share {
                    orders.rows.push(Row { defect: Some(defect), ..good });
                    *orders.defects.entry(defect).or_default() += 1;
                }
            }
        }
        orders.lives.push((life, total as f64 / 100.0));
    }
    orders.rows.shuffle(&mut random);
    Ok(orders)
}

impl SimulatedOrders {
    /// Rows of the export, good ones and others.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Rows without defect: purchases and returns.
    #[must_use]
    pub fn good_rows(&self) -> u64 {
        self.good_rows
    }

    /// Good rows in which the id is in lower case.
    #[must_use]
    pub fn recased_rows(&self) -> u64 {
        self.recased_rows
    }

    /// How many rows of each defect there are: what a quality report should find under
    /// [`clean_options`](Self::clean_options).
    #[must_use]
    pub fn defects(&self) -> &BTreeMap<Reason, u64> {
        &self.defects
    }

    /// The id behind each id in lower case.
    #[must_use]
    pub fn aliases(&self) -> BTreeMap<String, String> {
        let recased = self.rows.iter().filter(|row| row.is_recased && row.defect.is_none());
        recased.map(|row| (self.id(row.customer, true), self.id(row.customer, false))).collect()
    }

    /// How to read the export so that the simulated log comes out: rows with defects left out, duplicates dropped, returns
    /// netted, rows after the end of the plan refused, ids in lower case known.
    #[must_use]
    pub fn clean_options(&self) -> ReadOptions {
        let mut options = ReadOptions::new("customer", "date", "amount")
            .on_error(OnError::Exclude)
            .duplicates(Duplicates::Drop)
            .returns(Returns::Net);
        options.end = Some(self.end).into();
        let aliases = self.aliases();
        if aliases.is_empty() {
            return options;
        }
        // Ids in lower case lead to ids in upper case, never on to others.
        options.clone().aliases(aliases).unwrap_or(options)
    }

    /// Reads the rows as if they came from a file.
    ///
    /// # Errors
    /// As [`LogBuilder::finish`].
    pub fn read(&self, options: &ReadOptions) -> Result<TransactionLog> {
        let mut builder = LogBuilder::new(options.clone());
        builder.begin("simulated orders");
        for (line, row) in self.rows.iter().enumerate() {
            let [customer, date, amount] = self.fields(row);
            // The header is line 1.
            builder.push(line as u64 + 2, Customer::Text(&customer), When::Text(&date), Amount::Text(&amount));
        }
        builder.finish()
    }

    /// The export: `customer, date, amount`, all of them text.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let n = self.rows.len();
        let mut columns = [Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n)];
        for row in &self.rows {
            columns.iter_mut().zip(self.fields(row)).for_each(|(column, field)| column.push(field));
        }
        let mut table = Table::new();
        for (name, column) in ["customer", "date", "amount"].into_iter().zip(columns) {
            table.push(name, Column::Text(column))?;
        }
        Ok(table)
    }

    /// What each customer did: `customer_id, acquired, last_purchase, purchases` (the first one included), `returns, amount` (net of
    /// returns) and `alive` (1 or 0: whether there was more to come at the end of the plan).
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn truth(&self) -> Result<Table> {
        let whole =
            |of: fn(&Life) -> u64| Column::Integer(self.lives.iter().map(|(life, _)| of(life) as i64).collect());
        let date = |of: fn(&Life) -> Timestamp| Column::Date(self.lives.iter().map(|(life, _)| of(life)).collect());
        let ids: CustomerIds = (0..self.lives.len()).map(|customer| self.id(customer as u32, false)).collect();
        let mut table = Table::new();
        table.push("customer_id", Column::Id(ids))?;
        table.push("acquired", date(|life| life.acquired))?;
        table.push("last_purchase", date(|life| life.last_purchase))?;
        table.push("purchases", whole(|life| life.purchases))?;
        table.push("returns", whole(|life| life.returns))?;
        table.push("amount", Column::Float(self.lives.iter().map(|(_, amount)| *amount).collect()))?;
        table.push("alive", whole(|life| u64::from(life.is_alive)))?;
        Ok(table)
    }

    fn id(&self, customer: u32, is_recased: bool) -> String {
        format!("{}{customer:0width$}", if is_recased { 'c' } else { 'C' }, width = self.width)
    }

    /// A row as it is written.
    fn fields(&self, row: &Row) -> [String; 3] {
        let sign = if row.cents < 0 { "-" } else { "" };
        let cents = row.cents.unsigned_abs();
        let mut fields = [
            self.id(row.customer, row.is_recased),
            row.time.to_string(),
            format!("{sign}{}.{:02}", cents / 100, cents % 100),
        ];
        match row.defect {
            Some(Reason::MissingCustomer) => fields[0].clear(),
            Some(Reason::MissingDate) => fields[1].clear(),
            Some(Reason::UnparsableDate) => fields[1].replace_range(5..7, "13"),
            Some(Reason::MissingAmount) => fields[2].clear(),
            Some(Reason::UnparsableAmount) => fields[2].push_str(" EUR"),
            Some(Reason::Future) => {
                // As far behind the end as the good row is before it, and at least a second.
                let late = self.end.seconds() + (self.end.seconds() - row.time.seconds()).max(0) + 1;
                fields[1] = Timestamp::from_seconds(late).to_string();
            }
            _ => {}
        }
        fields
    }
}
