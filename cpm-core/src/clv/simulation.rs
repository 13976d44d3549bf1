//! Logs of customers that behave as a model says: for tests, documentation and planning.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp, Gamma};

use super::purchase_model::PurchaseProcess;
use super::{BetaGeometricCnbd, BetaGeometricNbd, Dropout, GGompertzNbd, GammaGamma, Nbd, ParetoNbd};
use crate::error::{Error, Result};
use crate::summary::TimeUnit;
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, Timestamp, TransactionLog, When};

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
        Ok(Self { customers, start, end, acquired_over: 0.0, time_unit: TimeUnit::Week, seed: 0 })
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

    /// Another seed gives other customers; the same seed gives the same ones.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// What a purchase model states so that its customers can be simulated.
pub(super) trait Population: PurchaseProcess {
    /// Draws a customer.
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer>;
}

/// A customer just acquired: purchases at a constant rate until dropping out at one of them, or dying in between.
pub(super) struct SimulatedCustomer {
    /// Length of a stage of the time between purchases, and how many stages it has.
    stage: Exp<f64>,
    stages: u32,
    dropout: f64,
    /// Whether the last purchase could be the end: the first one is not, unless the model says so.
    may_drop_out: bool,
    /// Time left to live.
    lifetime: f64,
}

impl SimulatedCustomer {
    /// Time until the next purchase; `None` once there will be none.
    fn next_purchase(&mut self, random: &mut ChaCha8Rng) -> Option<f64> {
        if self.may_drop_out && random.random::<f64>() < self.dropout {
            return None;
        }
        self.may_drop_out = true;
        let silence: f64 = (0..self.stages).map(|_| self.stage.sample(random)).sum();
        self.lifetime -= silence;
        (self.lifetime >= 0.0).then_some(silence)
    }
}

impl<D: Dropout> Population for BetaGeometricNbd<D> {
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer> {
        let stage = waiting_times(self.r(), self.alpha(), "r, alpha", random)?;
        let dropouts = Beta::new(self.a(), self.b()).map_err(|_| unusable("a, b"))?;
        Ok(SimulatedCustomer {
            stage,
            stages: 1,
            dropout: dropouts.sample(random),
            may_drop_out: D::AT_FIRST > 0.0,
            lifetime: f64::INFINITY,
        })
    }
}

impl<D: Dropout> Population for BetaGeometricCnbd<D> {
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer> {
        let stage = waiting_times(self.r(), self.alpha(), "r, alpha", random)?;
        let dropouts = Beta::new(self.a(), self.b()).map_err(|_| unusable("a, b"))?;
        Ok(SimulatedCustomer {
            stage,
            stages: self.k(),
            dropout: dropouts.sample(random),
            may_drop_out: D::AT_FIRST > 0.0,
            lifetime: f64::INFINITY,
        })
    }
}

impl Population for Nbd {
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer> {
        let stage = waiting_times(self.r(), self.alpha(), "r, alpha", random)?;
        Ok(SimulatedCustomer { stage, stages: 1, dropout: 0.0, may_drop_out: false, lifetime: f64::INFINITY })
    }
}

impl Population for ParetoNbd {
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer> {
        let stage = waiting_times(self.r(), self.alpha(), "r, alpha", random)?;
        let lifetime = waiting_times(self.s(), self.beta(), "s, beta", random)?.sample(random);
        Ok(SimulatedCustomer { stage, stages: 1, dropout: 0.0, may_drop_out: false, lifetime })
    }
}

impl Population for GGompertzNbd {
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer> {
        let stage = waiting_times(self.r(), self.alpha(), "r, alpha", random)?;
        // The Gompertz hazard integrates to η (e^(bτ) - 1), which is exponential at death.
        let lifetime = waiting_times(self.s(), self.beta(), "s, beta", random)?.sample(random).ln_1p() / self.b();
        Ok(SimulatedCustomer { stage, stages: 1, dropout: 0.0, may_drop_out: false, lifetime })
    }
}

/// Exponential times with a rate that is drawn from Gamma(shape, scale).
fn waiting_times(shape: f64, scale: f64, names: &'static str, random: &mut ChaCha8Rng) -> Result<Exp<f64>> {
    let rates = Gamma::new(shape, 1.0 / scale).map_err(|_| unusable(names))?;
    Exp::new(rates.sample(random)).map_err(|_| unusable("rate"))
}

fn unusable(what: &'static str) -> Error {
    Error::argument("parameters", what, "outside the range of the generator")
}

impl<D: Dropout> BetaGeometricNbd<D> {
    /// A log of customers who purchase and drop out as this model says and spend as `spend` says.
    ///
    /// Times are to the second. The first purchase of every customer is part of the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for parameters that the random number generators cannot handle.
    pub fn simulate(&self, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
        simulate(self, spend, plan)
    }
}

impl<D: Dropout> BetaGeometricCnbd<D> {
    /// A log of customers who purchase and drop out as this model says and spend as `spend` says.
    ///
    /// Times are to the second. The first purchase of every customer is part of the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for parameters that the random number generators cannot handle.
    pub fn simulate(&self, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
        simulate(self, spend, plan)
    }
}

impl Nbd {
    /// A log of customers who purchase as this model says, without ever dropping out, and spend as `spend` says.
    ///
    /// Times are to the second. The first purchase of every customer is part of the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for parameters that the random number generators cannot handle.
    pub fn simulate(&self, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
        simulate(self, spend, plan)
    }
}

impl ParetoNbd {
    /// A log of customers who purchase and die as this model says and spend as `spend` says.
    ///
    /// Times are to the second. The first purchase of every customer is part of the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for parameters that the random number generators cannot handle.
    pub fn simulate(&self, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
        simulate(self, spend, plan)
    }
}

impl GGompertzNbd {
    /// A log of customers who purchase and die as this model says and spend as `spend` says.
    ///
    /// Times are to the second. The first purchase of every customer is part of the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for parameters that the random number generators cannot handle.
    pub fn simulate(&self, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
        simulate(self, spend, plan)
    }
}

fn simulate(model: &impl Population, spend: &GammaGamma, plan: &SimulationPlan) -> Result<TransactionLog> {
    let scales = Gamma::new(spend.q(), 1.0 / spend.v()).map_err(|_| unusable("q, v"))?;
    let seconds = plan.time_unit.days() * 86_400.0;
    let end = (plan.end.seconds() - plan.start.seconds()) as f64;

    let mut builder = LogBuilder::new(ReadOptions::new("customer", "time", "amount"));
    builder.begin(&format!("simulated {} customers", model.name()));
    let mut line = 0;
    for customer in 0..plan.customers {
        // A stream per customer: the first n customers are the same whatever their number.
        let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
        random.set_stream(customer);
        let mut time = (random.random::<f64>() * plan.acquired_over * 86_400.0).min(end);
        let mut simulated = model.draw(&mut random)?;
        let nu: f64 = scales.sample(&mut random);
        let amounts = Gamma::new(spend.p(), 1.0 / nu).map_err(|_| unusable("p"))?;
        while time <= end {
            line += 1;
            let when = Timestamp::from_seconds(plan.start.seconds() + time as i64);
            let amount = amounts.sample(&mut random);
            builder.push(line, Customer::Integer(customer as i64), When::At(when), Amount::Number(amount));
            match simulated.next_purchase(&mut random) {
                Some(silence) => time += silence * seconds,
                None => break,
            }
        }
    }
    builder.finish()
}
