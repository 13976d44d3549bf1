//! Customers just acquired, drawn from each model.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma};

use crate::clv::purchase_model::PurchaseProcess;
use crate::clv::{BetaGeometricCnbd, BetaGeometricNbd, Dropout, GGompertzNbd, Nbd, ParetoNbd};
use crate::error::{Error, Result};

/// What a purchase model states so that its customers can be simulated.
pub(crate) trait Population: PurchaseProcess {
    /// Draws a customer.
    fn draw(&self, random: &mut ChaCha8Rng) -> Result<SimulatedCustomer>;
}

/// A customer just acquired: purchases at a constant rate until dropping out at one of them, or dying in between.
pub(crate) struct SimulatedCustomer {
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
    /// What happens next.
    pub(super) fn next(&mut self, random: &mut ChaCha8Rng) -> Next {
        if self.may_drop_out && random.random::<f64>() < self.dropout {
            return Next::DroppedOut;
        }
        self.may_drop_out = true;
        let silence: f64 = (0..self.stages).map(|_| self.stage.sample(random)).sum();
        let left = self.lifetime;
        self.lifetime -= silence;
        if self.lifetime >= 0.0 { Next::Purchase { after: silence } } else { Next::Death { after: left } }
    }
}

/// What a customer does after a purchase. Times are in the model's unit.
pub(super) enum Next {
    /// Purchases again.
    Purchase { after: f64 },
    /// Was lost with that purchase.
    DroppedOut,
    /// Dies without another purchase.
    Death { after: f64 },
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

pub(super) fn unusable(what: &'static str) -> Error {
    Error::argument("parameters", what, "outside the range of the generator")
}
