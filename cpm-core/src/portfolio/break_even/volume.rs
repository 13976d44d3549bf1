//! Break-even by volume.

use serde::Serialize;

use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::estimate::QuantileEstimate;
use crate::portfolio::draws::{Domain, DrawOptions, Measured};
use crate::table::{Column, Table};

/// Price and costs of a product line, a campaign, a segment or a business unit, per unit and per period.
///
/// A unit is whatever volume counts: a piece, an order, a customer.
///
/// ```
/// use cpm_core::portfolio::{CostStructure, DrawOptions, Measured};
/// let costs = CostStructure::new(50.0, Measured::new(30.0, 1.0), 100_000.0)
///     .non_cash_cost(20_000.0)   // depreciation is a cost, but no payment
///     .debt_service(45_000.0);   // repayment is a payment, but no cost
/// let result = costs.break_even(Some(8_000.0), &DrawOptions::new())?;
/// assert_eq!(result.volume.value, Some(5_000.0));
/// assert_eq!(result.cash_volume.value, Some(6_250.0)); // (100,000 − 20,000 + 45,000)/20: cash needs more
/// let plan = result.planned.unwrap();
/// assert_eq!((plan.margin_of_safety.value, plan.profit.value), (0.375, 60_000.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CostStructure {
    price: Measured,
    variable_cost: Measured,
    fixed_cost: Measured,
    non_cash_cost: Measured,
    debt_service: Measured,
    capital_expenditure: Measured,
    cash_margin: Option<Measured>,
}

/// One value of each input.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    price: f64,
    variable_cost: f64,
    fixed_cost: f64,
    cash_fixed: f64,
    cash_margin: f64,
}

impl Drawn {
    fn contribution(&self) -> f64 {
        self.price - self.variable_cost
    }

    /// Infinite if each unit loses money.
    fn volume(&self) -> f64 {
        volume(self.fixed_cost, self.contribution())
    }

    fn cash_volume(&self) -> f64 {
        volume(self.cash_fixed, self.cash_margin)
    }

    fn profit(&self, volume: f64) -> f64 {
        self.contribution() * volume - self.fixed_cost
    }

    fn cash(&self, volume: f64) -> f64 {
        self.cash_margin * volume - self.cash_fixed
    }
}

fn volume(cost: f64, margin: f64) -> f64 {
    if cost <= 0.0 {
        0.0
    } else if margin > 0.0 {
        cost / margin
    } else {
        f64::INFINITY
    }
}

/// What a cost structure breaks even at; see [`CostStructure::break_even`].
///
/// A volume is `None` where it is never reached: in that draw a unit costs more than it brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BreakEven {
    /// Price less variable cost of a unit.
    pub contribution: Estimate,
    /// The same as a share of the price.
    pub contribution_ratio: Estimate,
    /// Units at which profit is 0: Q* = FC/(p − v).
    pub volume: QuantileEstimate,
    /// Their revenue.
    pub revenue: QuantileEstimate,
    /// Units at which cash is 0: (FC − non-cash cost + debt service + capital expenditure)/cash margin.
    pub cash_volume: QuantileEstimate,
    /// Their revenue.
    pub cash_revenue: QuantileEstimate,
    /// Fixed cost of the period.
    pub fixed_cost: Estimate,
    /// What has to be paid in the period, whatever the volume.
    pub cash_cost: Estimate,
    /// Cash that a unit brings.
    pub cash_margin: Estimate,
    /// At the planned volume, if there is one.
    pub planned: Option<PlannedVolume>,
}

/// What a planned volume brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedVolume {
    /// The volume.
    pub volume: f64,
    /// Contribution less fixed cost.
    pub profit: Estimate,
    /// Cash margin less what has to be paid.
    pub cash: Estimate,
    /// Share of the volume that may be lost before profit is 0: (Q − Q*)/Q; below 0 where the plan loses money. `low` and
    /// `value` never are minus infinity: a unit that loses money is an error, and in draws counts as −1.
    pub margin_of_safety: Estimate,
    /// The same before cash is 0.
    pub cash_margin_of_safety: Estimate,
    /// Per cent of profit gained by one per cent of volume: contribution/profit. `None` where profit is not positive.
    pub operating_leverage: QuantileEstimate,
    /// Share of draws with a profit.
    pub probability_of_profit: f64,
    /// Share of draws with positive cash.
    pub probability_of_cash: f64,
}

impl CostStructure {
    /// Price and variable cost of a unit, fixed cost of the period.
    #[must_use]
    pub fn new(
        price: impl Into<Measured>,
        variable_cost: impl Into<Measured>,
        fixed_cost: impl Into<Measured>,
    ) -> Self {
        let nothing = Measured::from(0.0);
        Self {
            price: price.into(),
            variable_cost: variable_cost.into(),
            fixed_cost: fixed_cost.into(),
            non_cash_cost: nothing,
            debt_service: nothing,
            capital_expenditure: nothing,
            cash_margin: None,
        }
    }

    /// Part of the fixed cost that is not paid, such as depreciation.
    #[must_use]
    pub fn non_cash_cost(mut self, cost: impl Into<Measured>) -> Self {
        self.non_cash_cost = cost.into();
        self
    }

    /// Interest and repayment in the period, as far as they are not in the fixed cost.
    #[must_use]
    pub fn debt_service(mut self, payment: impl Into<Measured>) -> Self {
        self.debt_service = payment.into();
        self
    }

    /// What is invested in the period.
    #[must_use]
    pub fn capital_expenditure(mut self, payment: impl Into<Measured>) -> Self {
        self.capital_expenditure = payment.into();
        self
    }

    /// Cash that a unit leaves within the period, if it is not price less variable cost: when customers pay late.
    #[must_use]
    pub fn cash_margin(mut self, margin: impl Into<Measured>) -> Self {
        self.cash_margin = Some(margin.into());
        self
    }

    fn check(&self) -> Result<()> {
        self.price.check("price", Domain::Amount)?;
        self.variable_cost.check("variable_cost", Domain::Amount)?;
        self.fixed_cost.check("fixed_cost", Domain::Amount)?;
        self.non_cash_cost.check("non_cash_cost", Domain::Amount)?;
        self.debt_service.check("debt_service", Domain::Amount)?;
        self.capital_expenditure.check("capital_expenditure", Domain::Amount)?;
        if let Some(margin) = self.cash_margin {
            margin.check("cash_margin", Domain::Real)?;
        }
        let never = |name, value: f64, what: &str| {
            let expected = format!("{what}: no volume breaks even; raise the price or cut the variable cost");
            Error::argument(name, value, expected)
        };
        let values = self.values();
        if values.contribution() <= 0.0 {
            let loss = format!("a unit costs {}", self.variable_cost.value);
            return Err(never("price", self.price.value, &loss));
        }
        if values.cash_margin <= 0.0 {
            return Err(never("cash_margin", values.cash_margin, "a unit leaves no cash"));
        }
        if self.non_cash_cost.value > self.fixed_cost.value {
            let expected = format!("it is a part of the fixed cost, which is {}", self.fixed_cost.value);
            return Err(Error::argument("non_cash_cost", self.non_cash_cost.value, expected));
        }
        Ok(())
    }

    fn values(&self) -> Drawn {
        self.with(|input, _| input.value)
    }

    fn with(&self, mut of: impl FnMut(Measured, Domain) -> f64) -> Drawn {
        let price = of(self.price, Domain::Amount);
        let variable_cost = of(self.variable_cost, Domain::Amount);
        let fixed_cost = of(self.fixed_cost, Domain::Amount);
        let paid = of(self.debt_service, Domain::Amount) + of(self.capital_expenditure, Domain::Amount);
        let cash_fixed = fixed_cost - of(self.non_cash_cost, Domain::Amount) + paid;
        let cash_margin = self.cash_margin.map_or(price - variable_cost, |margin| of(margin, Domain::Real));
        Drawn { price, variable_cost, fixed_cost, cash_fixed, cash_margin }
    }

    fn draws(&self, options: &DrawOptions) -> Vec<Drawn> {
        let draw = |k| {
            let mut random = options.stream(k);
            self.with(|input, domain| input.draw(domain, &mut random))
        };
        (0..options.draws).map(draw).collect()
    }

    /// Break-even of profit and of cash, and what a planned volume brings, each with an interval.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for inputs out of range, a unit that costs more than it brings, or options out of range.
    pub fn break_even(&self, planned: Option<f64>, options: &DrawOptions) -> Result<BreakEven> {
        self.check()?;
        options.check()?;
        let (values, draws) = (self.values(), self.draws(options));
        let all = |of: &dyn Fn(&Drawn) -> f64| draws.iter().map(of).collect::<Vec<f64>>();
        let estimate = |of: &dyn Fn(&Drawn) -> f64| options.estimate(of(&values), all(of));
        let reached = |of: &dyn Fn(&Drawn) -> f64| options.reached(of(&values), all(of));
        // Infinite volumes times a price of 0 would not be a number.
        let revenue = |volume: f64, price: f64| if volume.is_finite() { volume * price } else { volume };
        let planned = match planned {
            None => None,
            Some(volume) => {
                error::positive("planned volume", volume)?;
                let safety = |needed: f64| if needed.is_finite() { (volume - needed) / volume } else { -1.0 };
                let share = |of: &dyn Fn(&Drawn) -> f64| {
                    all(of).iter().filter(|v| **v > 0.0).count() as f64 / draws.len() as f64
                };
                let leverage = |d: &Drawn| {
                    let profit = d.profit(volume);
                    if profit > 0.0 { d.contribution() * volume / profit } else { f64::INFINITY }
                };
                Some(PlannedVolume {
                    volume,
                    profit: estimate(&|d| d.profit(volume)),
                    cash: estimate(&|d| d.cash(volume)),
                    margin_of_safety: estimate(&|d| safety(d.volume())),
                    cash_margin_of_safety: estimate(&|d| safety(d.cash_volume())),
                    operating_leverage: reached(&leverage),
                    probability_of_profit: share(&|d| d.profit(volume)),
                    probability_of_cash: share(&|d| d.cash(volume)),
                })
            }
        };
        Ok(BreakEven {
            contribution: estimate(&Drawn::contribution),
            contribution_ratio: estimate(&|d| d.contribution() / d.price),
            volume: reached(&Drawn::volume),
            revenue: reached(&|d| revenue(d.volume(), d.price)),
            cash_volume: reached(&Drawn::cash_volume),
            cash_revenue: reached(&|d| revenue(d.cash_volume(), d.price)),
            fixed_cost: estimate(&|d| d.fixed_cost),
            cash_cost: estimate(&|d| d.cash_fixed),
            cash_margin: estimate(&|d| d.cash_margin),
            planned,
        })
    }

    /// Volume, cost and profit at several volumes: `volume, revenue, variable_cost, fixed_cost, total_cost, profit,
    /// profit_low, profit_high, cash, cash_low, cash_high`.
    ///
    /// # Errors
    /// As [`break_even`](Self::break_even); [`Error::Empty`] without volumes; [`Error::InvalidValue`] naming the row of a volume below 0.
    pub fn volume_table(&self, volumes: &[f64], options: &DrawOptions) -> Result<Table> {
        self.check()?;
        options.check()?;
        if volumes.is_empty() {
            let remedy = "Give one at least, such as the planned one".to_owned();
            return Err(Error::Empty { what: "the list of volumes".to_owned(), remedy });
        }
        if let Some(row) = volumes.iter().position(|v| !v.is_finite() || *v < 0.0) {
            return Err(Error::InvalidValue {
                column: "volumes",
                row,
                value: volumes[row].to_string(),
                expected: "a volume is a finite number of at least 0",
                remedy: "Correct it, or leave it out",
            });
        }
        let (values, draws) = (self.values(), self.draws(options));
        let estimates = |of: fn(&Drawn, f64) -> f64| -> Vec<Estimate> {
            let one = |&q: &f64| options.estimate(of(&values, q), draws.iter().map(|d| of(d, q)).collect());
            volumes.iter().map(one).collect()
        };
        let (profit, cash) = (estimates(Drawn::profit), estimates(Drawn::cash));
        let mut table = Table::new();
        let mut column = |name: &str, of: &dyn Fn(usize) -> f64| {
            table.push(name, Column::Float((0..volumes.len()).map(of).collect()))
        };
        column("volume", &|i| volumes[i])?;
        column("revenue", &|i| volumes[i] * values.price)?;
        column("variable_cost", &|i| volumes[i] * values.variable_cost)?;
        column("fixed_cost", &|_| values.fixed_cost)?;
        column("total_cost", &|i| volumes[i] * values.variable_cost + values.fixed_cost)?;
        column("profit", &|i| profit[i].value)?;
        column("profit_low", &|i| profit[i].interval.low)?;
        column("profit_high", &|i| profit[i].interval.high)?;
        column("cash", &|i| cash[i].value)?;
        column("cash_low", &|i| cash[i].interval.low)?;
        column("cash_high", &|i| cash[i].interval.high)?;
        Ok(table)
    }
}

impl BreakEven {
    /// One row per figure: `metric, value, low, high`; a value that is never reached does not exist.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let known = |e: Estimate| QuantileEstimate {
            value: Some(e.value),
            low: Some(e.interval.low),
            high: Some(e.interval.high),
        };
        let mut rows = vec![
            ("contribution", known(self.contribution)),
            ("contribution_ratio", known(self.contribution_ratio)),
            ("volume", self.volume),
            ("revenue", self.revenue),
            ("cash_volume", self.cash_volume),
            ("cash_revenue", self.cash_revenue),
        ];
        if let Some(plan) = &self.planned {
            rows.extend([
                ("profit", known(plan.profit)),
                ("cash", known(plan.cash)),
                ("margin_of_safety", known(plan.margin_of_safety)),
                ("cash_margin_of_safety", known(plan.cash_margin_of_safety)),
                ("operating_leverage", plan.operating_leverage),
            ]);
        }
        figures(&rows)
    }
}

/// A table of figures that may not exist: `metric, value, low, high`.
pub(super) fn figures(rows: &[(&str, QuantileEstimate)]) -> Result<Table> {
    let column = |get: fn(&QuantileEstimate) -> Option<f64>| Column::Optional(rows.iter().map(|r| get(&r.1)).collect());
    let mut table = Table::new();
    table.push("metric", Column::Text(rows.iter().map(|r| r.0.to_owned()).collect()))?;
    table.push("value", column(|e| e.value))?;
    table.push("low", column(|e| e.low))?;
    table.push("high", column(|e| e.high))?;
    Ok(table)
}

/// Share of the contacted who must respond for a campaign to earn its cost: cost per contact over margin per response.
///
/// A fixed cost is spread over the contacts. A rate above 1 says that no response is enough.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, Measured, break_even_response_rate};
/// let rate = break_even_response_rate(0.80, Measured::new(40.0, 5.0), Some((3_000.0, 10_000)), &DrawOptions::new())?;
/// assert!((rate.value - 0.0275).abs() < 1e-15); // (0.80 + 0.30)/40
/// assert!(rate.interval.low < 0.024 && rate.interval.high > 0.034);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for negative costs, a margin that is not positive, a fixed cost without contacts, or options out of range.
pub fn break_even_response_rate(
    cost_per_contact: impl Into<Measured>,
    margin_per_response: impl Into<Measured>,
    fixed_cost_of_contacts: Option<(f64, u64)>,
    options: &DrawOptions,
) -> Result<Estimate> {
    let (cost, margin) = (cost_per_contact.into(), margin_per_response.into());
    cost.check("cost_per_contact", Domain::Amount)?;
    margin.check("margin_per_response", Domain::Amount)?;
    options.check()?;
    error::positive("margin_per_response", margin.value)?;
    let fixed = match fixed_cost_of_contacts {
        None => 0.0,
        Some((_, 0)) => {
            return Err(Error::argument("contacts", 0, "a fixed cost is spread over at least one contact"));
        }
        Some((fixed, contacts)) => error::non_negative("fixed_cost", fixed)? / contacts as f64,
    };
    let draw = |k| {
        let mut random = options.stream(k);
        (cost.draw(Domain::Amount, &mut random) + fixed) / margin.draw(Domain::Amount, &mut random)
    };
    Ok(options.estimate((cost.value + fixed) / margin.value, (0..options.draws).map(draw).collect()))
}

#[cfg(test)]
#[path = "volume_tests.rs"]
mod tests;
