//! Logs of customers that behave as a model says: for tests, documentation and planning.

mod clock;
mod noise;
mod orders;
mod population;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp, Gamma};

pub use noise::OrderNoise;
pub use orders::SimulatedOrders;

use super::{BetaGeometricCnbd, BetaGeometricNbd, Dropout, GGompertzNbd, GammaGamma, Nbd, ParetoNbd};
use crate::error::{self, Error, Result};
use crate::summary::TimeUnit;
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, Returns, Timestamp, TransactionLog, When};
use clock::Clock;
use population::{Next, Population, unusable};

/// Who is simulated, and when.
///
/// ```
/// use cpm_core::clv::SimulationPlan;
/// use cpm_core::{BgNbd, GammaGamma};
/// let purchases = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
/// let spend = GammaGamma::from_params(6.25, 3.74, 15.44)?;
/// let plan = SimulationPlan::new(1_000, "2024-01-01", "2025-06-30")?.acquired_over(91.0).seed(7);
/// let log = purchases.simulate(&spend, &plan)?;
/// assert_eq!(log.customers(), 1_000);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulationPlan {
    customers: u64,
    start: Timestamp,
    end: Timestamp,
    acquired_over: f64,
    time_unit: TimeUnit,
    seasonality: Option<[f64; 12]>,
    /// Share of the purchases that come back, and after how many days on average.
    returns: Option<(f64, f64)>,
    seed: u64,
}

impl SimulationPlan {
    /// That many customers, all acquired at `start` and followed to the end of the day `end`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for no customers, a date that is not ISO, or an end before the start.
    pub fn new(customers: u64, start: &str, end: &str) -> Result<Self> {
        let (start, end) = (start.parse::<Timestamp>()?, end.parse::<Timestamp>()?.end_of_day());
        if customers == 0 {
            return Err(Error::argument("customers", customers, "simulate at least one"));
        }
        if end < start {
            return Err(Error::argument("end", end, format!("it must not be before the start, {start}")));
        }
        Ok(Self {
            customers,
            start,
            end,
            acquired_over: 0.0,
            time_unit: TimeUnit::Week,
            seasonality: None,
            returns: None,
            seed: 0,
        })
    }

    /// First purchases are spread evenly over this many days.
    #[must_use]
    pub fn acquired_over(mut self, days: f64) -> Self {
        self.acquired_over = days.max(0.0);
        self
    }

    /// The time unit of the model's parameters.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = unit;
        self
    }

    /// How busy the months are, from January to December; only ratios matter. The clock of the customers runs faster in a busy
    /// month and slower in a quiet one, and at the model's speed on average over a year: purchases, dropout and death follow
    /// it, acquisition does not.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a month that is not above zero and finite, or a thousand times as busy as another.
    pub fn seasonality(mut self, months: [f64; 12]) -> Result<Self> {
        for &month in &months {
            error::positive("seasonality", month)?;
        }
        let (least, most) = months.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), &v| (l.min(v), m.max(v)));
        if most / least > 1e3 {
            return Err(Error::argument(
                "seasonality",
                most,
                format!("it is over a thousand times the least, {least}"),
            ));
        }
        self.seasonality = Some(months);
        Ok(self)
    }

    /// This share of the purchases comes back whole, on average after so many days (exponential), as a row with a negative
    /// amount. Returns after the end are not in the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share outside 0 to 1, or days that are not above zero.
    pub fn returns(mut self, share: f64, mean_days: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::argument("returns", share, "it is a share of the purchases, from 0 to 1"));
        }
        error::positive("mean_days", mean_days)?;
        self.returns = (share > 0.0).then_some((share, mean_days));
        Ok(self)
    }

    /// Another seed gives other customers; the same seed gives the same ones.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// What every model can do with its customers.
macro_rules! simulates {
    ([$($generics:tt)*], $model:ty, $text:literal) => {
        impl<$($generics)*> $model {
            #[doc = $text]
            ///
            /// Times are to the second. The first purchase of every customer is part of the log. With
            /// [returns](SimulationPlan::returns) in the plan, the log nets them ([`Returns::Net`]).
            ///
            /// # Errors
            /// [`Error::InvalidArgument`] for parameters that the random number generators cannot handle.
            pub fn simulate(&self, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
                simulate(self, spend, plan)
            }

            /// The same customers as an export of orders: rows of text in no order, with the given defects, beside the truth.
            ///
            /// # Errors
            /// As [`simulate`](Self::simulate).
            pub fn simulate_orders(
                &self,
                spend: &GammaGamma,
                plan: &SimulationPlan,
                noise: &OrderNoise,
            ) -> Result<SimulatedOrders> {
                orders::simulate(self, spend, plan, noise)
            }
        }
    };
}

simulates! {
    [D: Dropout], BetaGeometricNbd<D>,
    "A log of customers who purchase and drop out as this model says and spend as `spend` says."
}
simulates! {
    [D: Dropout], BetaGeometricCnbd<D>,
    "A log of customers who purchase and drop out as this model says and spend as `spend` says."
}
simulates! {
    [], Nbd, "A log of customers who purchase as this model says, without ever dropping out, and spend as `spend` says."
}
simulates! { [], ParetoNbd, "A log of customers who purchase and die as this model says and spend as `spend` says." }
simulates! { [], GGompertzNbd, "A log of customers who purchase and die as this model says and spend as `spend` says." }

fn simulate(model: &impl Population, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
    let returns = if plan.returns.is_some() { Returns::Net } else { Returns::Error };
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "time", "amount").returns(returns));
    builder.begin(&format!("simulated {} customers", model.name()));
    let mut line = 0;
    let lives = Lives::new(spend, plan)?;
    for customer in 0..plan.customers {
        lives.live(model, customer, |time, amount| {
            line += 1;
            builder.push(line, Customer::Integer(customer as i64), When::At(time), Amount::Number(amount));
        })?;
    }
    builder.finish()
}

/// What became of a simulated customer.
#[derive(Debug, Clone, Copy)]
struct Life {
    acquired: Timestamp,
    last_purchase: Timestamp,
    purchases: u64,
    returns: u64,
    /// Whether there is more to come after the end of the plan.
    is_alive: bool,
}

/// All that the customers of a plan share.
struct Lives<'a> {
    plan: &'a SimulationPlan,
    clock: Clock,
    shape: f64,
    scales: Gamma<f64>,
    /// Share of the purchases that come back, and after how many seconds.
    returns: Option<(f64, Exp<f64>)>,
}

impl<'a> Lives<'a> {
    fn new(spend: &GammaGamma, plan: &'a SimulationPlan) -> Result<Self> {
        let returns = match plan.returns {
            Some((share, days)) => Some((share, Exp::new(1.0 / (days * DAY)).map_err(|_| unusable("returns"))?)),
            None => None,
        };
        Ok(Self {
            plan,
            clock: Clock::new(plan.start, plan.end, plan.seasonality.as_ref()),
            shape: spend.p(),
            scales: Gamma::new(spend.q(), 1.0 / spend.v()).map_err(|_| unusable("q, v"))?,
            returns,
        })
    }

    /// Calls `row` with time and amount of each purchase and return of a customer.
    fn live(&self, model: &impl Population, customer: u64, mut row: impl FnMut(Timestamp, f64)) -> Result<Life> {
        let plan = self.plan;
        let seconds = plan.time_unit.days() * DAY;
        let end = (plan.end.seconds() - plan.start.seconds()) as f64;
        // A stream per customer: the first n customers are the same whatever their number.
        let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
        random.set_stream(customer);
        let mut time = (random.random::<f64>() * plan.acquired_over * DAY).min(end);
        let mut passed = self.clock.passed(time);
        let mut simulated = model.draw(&mut random)?;
        let nu: f64 = self.scales.sample(&mut random);
        let amounts = Gamma::new(self.shape, 1.0 / nu).map_err(|_| unusable("p"))?;
        let at = |time: f64| Timestamp::from_seconds(plan.start.seconds() + time as i64);
        let mut life = Life { acquired: at(time), last_purchase: at(time), purchases: 0, returns: 0, is_alive: true };
        while time <= end {
            let amount = amounts.sample(&mut random);
            row(at(time), amount);
            life.purchases += 1;
            life.last_purchase = at(time);
            if let Some((share, delays)) = &self.returns
                && random.random::<f64>() < *share
            {
                let returned = time + delays.sample(&mut random);
                if returned <= end {
                    row(at(returned), -amount);
                    life.returns += 1;
                }
            }
            match simulated.next(&mut random) {
                Next::Purchase { after } => {
                    passed += after * seconds;
                    time = self.clock.at(passed);
                }
                Next::DroppedOut => {
                    life.is_alive = false;
                    break;
                }
                Next::Death { after } => {
                    life.is_alive = passed + after * seconds > self.clock.passed(end);
                    break;
                }
            }
        }
        Ok(life)
    }
}

const DAY: f64 = 86_400.0;

#[cfg(test)]
mod tests;
