//! The value of a firm from its customers.

use serde::Serialize;

use super::valuation_result::{Sensitivity, Valuation, ValuationRow};
use crate::error::{self, Error, Result, same_length};
use crate::numerics::parallel;
use crate::portfolio::break_even::check_survival;
use crate::portfolio::draws::{Domain, DrawOptions, Measured};

/// Draws per parallel task.
const CHUNK: usize = 64;
/// Each input is moved by this share for the sensitivities.
const MOVE: f64 = 0.10;

/// Customer-based corporate valuation (McCarthy, Fader & Hardie 2017, Journal of Marketing 81(1); for firms without contracts
/// McCarthy & Fader 2018): how many customers there will be, how long they stay and what they spend, less cost, tax and reinvestment,
/// discounted.
///
/// Per period t = 1, 2, …: customers C_t = existing·S₀(t) + Σ_k acquired_k·S(t − k); revenue = C_t·spend_t; NOPAT = (revenue·margin − acquired·CAC −
/// fixed cost)·(1 − tax), losses carrying a tax credit; free cash flow = NOPAT − reinvestment·(growth of revenue); value = Σ
/// FCF_t/(1 + WACC)^t, and with [`terminal_growth`](Self::terminal_growth) the Gordon value of what follows.
///
/// ```
/// use cpm_core::portfolio::{CustomerBasedValuation, DrawOptions, Measured};
/// let survival: Vec<f64> = (0..40).map(|t| 0.8_f64.powi(t)).collect();
/// let valuation = CustomerBasedValuation::new(10_000.0, &survival[1..], &vec![2_500.0; 39], &survival[..39], &vec![100.0; 39])
///     .margin(Measured::new(0.40, 0.02))
///     .cost_per_acquisition(60.0)
///     .tax_rate(0.25)
///     .wacc(0.09)
///     .value(&DrawOptions::new())?;
/// assert!((valuation.existing_customers + valuation.new_customers + valuation.firm_level - valuation.operating_value.value).abs() < 1e-6);
/// // What a point of churn costs is the first question; the answer is a table of sensitivities.
/// assert!(valuation.sensitivities.iter().any(|s| s.input == "churn" && s.elasticity < 0.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerBasedValuation {
    existing: f64,
    existing_survival: Vec<f64>,
    acquired: Vec<f64>,
    survival: Vec<f64>,
    spend: Vec<f64>,
    acquisition_error: f64,
    churn_error: f64,
    spend_error: f64,
    margin: Measured,
    cost_per_acquisition: Measured,
    fixed_cost: Measured,
    wacc: Measured,
    tax_rate: f64,
    reinvestment: f64,
    revenue_before: Option<f64>,
    terminal_growth: Option<f64>,
    net_debt: f64,
}

impl CustomerBasedValuation {
    /// Customers now, the share of them still there after 1, 2, … periods, customers acquired in period 1, 2, …, the share of new customers still
    /// there at age 0, 1, …, and revenue per customer in period 1, 2, …. All curves have one length.
    #[must_use]
    pub fn new(existing: f64, existing_survival: &[f64], acquired: &[f64], survival: &[f64], spend: &[f64]) -> Self {
        let nothing = Measured::from(0.0);
        Self {
            existing,
            existing_survival: existing_survival.to_vec(),
            acquired: acquired.to_vec(),
            survival: survival.to_vec(),
            spend: spend.to_vec(),
            acquisition_error: 0.0,
            churn_error: 0.0,
            spend_error: 0.0,
            margin: Measured::from(1.0),
            cost_per_acquisition: nothing,
            fixed_cost: nothing,
            wacc: nothing,
            tax_rate: 0.0,
            reinvestment: 0.0,
            revenue_before: None,
            terminal_growth: None,
            net_debt: 0.0,
        }
    }

    /// Standard errors of the curves as shares: of the numbers acquired, of churn (the cumulative hazard of both survival curves), of spend.
    #[must_use]
    pub fn curve_errors(mut self, acquisition: f64, churn: f64, spend: f64) -> Self {
        (self.acquisition_error, self.churn_error, self.spend_error) = (acquisition, churn, spend);
        self
    }

    /// Contribution margin as a share of revenue.
    #[must_use]
    pub fn margin(mut self, share: impl Into<Measured>) -> Self {
        self.margin = share.into();
        self
    }

    /// Cost of acquiring one customer.
    #[must_use]
    pub fn cost_per_acquisition(mut self, cost: impl Into<Measured>) -> Self {
        self.cost_per_acquisition = cost.into();
        self
    }

    /// Fixed cost per period.
    #[must_use]
    pub fn fixed_cost(mut self, cost: impl Into<Measured>) -> Self {
        self.fixed_cost = cost.into();
        self
    }

    /// Weighted average cost of capital per period.
    #[must_use]
    pub fn wacc(mut self, per_period: impl Into<Measured>) -> Self {
        self.wacc = per_period.into();
        self
    }

    /// Tax rate on operating profit.
    #[must_use]
    pub fn tax_rate(mut self, share: f64) -> Self {
        self.tax_rate = share;
        self
    }

    /// Investment and working capital per unit of growth of revenue, and the revenue of the period before the first; without
    /// that, the first period has no growth.
    #[must_use]
    pub fn reinvestment(mut self, per_revenue: f64, revenue_before: Option<f64>) -> Self {
        (self.reinvestment, self.revenue_before) = (per_revenue, revenue_before);
        self
    }

    /// Growth of free cash flow after the last period for ever; without it nothing is counted there.
    #[must_use]
    pub fn terminal_growth(mut self, per_period: f64) -> Self {
        self.terminal_growth = Some(per_period);
        self
    }

    /// Debt less cash and other assets that are not needed to operate.
    #[must_use]
    pub fn net_debt(mut self, amount: f64) -> Self {
        self.net_debt = amount;
        self
    }

    /// The value, with an interval of drawn inputs and sensitivities.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`] and [`Error::InvalidValue`] for the curves; [`Error::InvalidArgument`] for other inputs out of
    /// range, such as a terminal growth that is not below the cost of capital.
    pub fn value(&self, options: &DrawOptions) -> Result<Valuation> {
        options.check()?;
        self.check()?;
        let base = Inputs::of(self, |input, _| input.value);
        let flows = self.flows(&base);
        let draws: Vec<f64> = parallel::map_chunks(options.draws, CHUNK, |range| {
            let draw = |k| {
                let mut random = options.stream(k);
                self.flows(&Inputs::of(self, |input, domain| input.draw(domain, &mut random))).total()
            };
            range.map(draw).collect::<Vec<f64>>()
        })
        .flatten()
        .collect();
        let total = flows.total();
        Ok(Valuation {
            operating_value: options.estimate(total, draws.clone()),
            equity_value: options.estimate(total - self.net_debt, draws.iter().map(|v| v - self.net_debt).collect()),
            existing_customers: flows.existing,
            new_customers: flows.new,
            firm_level: total - flows.existing - flows.new,
            terminal_share: if total == 0.0 { 0.0 } else { flows.terminal / total },
            sensitivities: self.sensitivities(&base, total),
            rows: flows.rows,
        })
    }

    fn check(&self) -> Result<()> {
        error::non_negative("existing", self.existing)?;
        check_survival("existing_survival", &self.existing_survival, None)?;
        check_survival("survival", &self.survival, None)?;
        let periods = self.spend.len();
        let lengths = [
            ("existing_survival", self.existing_survival.len()),
            ("acquired", self.acquired.len()),
            ("survival", self.survival.len()),
        ];
        for (column, found) in lengths {
            same_length(column, found, "spend", periods)?;
        }
        for (column, values) in [("acquired", &self.acquired), ("spend", &self.spend)] {
            if let Some(row) = values.iter().position(|v| !v.is_finite() || *v < 0.0) {
                return Err(Error::InvalidValue {
                    column,
                    row,
                    value: values[row].to_string(),
                    expected: "it must be finite and at least 0",
                    remedy: "Give 0 for a period without",
                });
            }
        }
        self.margin.check("margin", Domain::Share)?;
        self.cost_per_acquisition.check("cost_per_acquisition", Domain::Amount)?;
        self.fixed_cost.check("fixed_cost", Domain::Amount)?;
        self.wacc.check("wacc", Domain::Amount)?;
        for (name, error) in [
            ("acquisition_error", self.acquisition_error),
            ("churn_error", self.churn_error),
            ("spend_error", self.spend_error),
        ] {
            error::non_negative(name, error)?;
        }
        if !(0.0..=1.0).contains(&self.tax_rate) {
            return Err(Error::argument("tax_rate", self.tax_rate, "it is a share from 0 to 1, 0.25 for 25 %"));
        }
        error::non_negative("reinvestment", self.reinvestment)?;
        error::non_negative("revenue_before", self.revenue_before.unwrap_or(0.0))?;
        if !self.net_debt.is_finite() {
            return Err(Error::argument("net_debt", self.net_debt, "it must be finite, negative for net cash"));
        }
        if let Some(growth) = self.terminal_growth {
            // Below 9/10 of the cost of capital the sensitivities exist too.
            if !growth.is_finite() || growth >= (1.0 - MOVE) * self.wacc.value {
                let expected = format!(
                    "growth for ever must stay clearly below the cost of capital, {}: at most nine tenths of it",
                    self.wacc.value
                );
                return Err(Error::argument("terminal_growth", growth, expected));
            }
        }
        Ok(())
    }

    fn flows(&self, inputs: &Inputs) -> Flows {
        let periods = self.spend.len();
        // A hazard that is h times as large raises the survival function to the power h.
        let survived = |curve: &[f64]| curve.iter().map(|s| s.powf(inputs.churn)).collect::<Vec<f64>>();
        let (old_curve, new_curve) = (survived(&self.existing_survival), survived(&self.survival));
        // In a draw growth must not overtake the cost of capital.
        let wacc = self.terminal_growth.map_or(inputs.wacc, |g| inputs.wacc.max(g + 0.1 * (self.wacc.value - g)));
        let after_tax = 1.0 - self.tax_rate;
        let mut before = self.revenue_before;
        let mut flows = Flows::default();
        for t in 0..periods {
            let acquired = inputs.acquisition * self.acquired[t];
            let old = inputs.existing * self.existing * old_curve[t];
            let new: f64 = (0..=t).map(|k| inputs.acquisition * self.acquired[k] * new_curve[t - k]).sum();
            let spend = inputs.spend * self.spend[t];
            let revenue = (old + new) * spend;
            let contribution = revenue * inputs.margin;
            let acquisition = acquired * inputs.cost_per_acquisition;
            let nopat = (contribution - acquisition - inputs.fixed_cost) * after_tax;
            let free_cash_flow = nopat - self.reinvestment * (revenue - before.unwrap_or(revenue));
            before = Some(revenue);
            let factor = (1.0 + wacc).powi(-(t as i32 + 1));
            flows.rows.push(ValuationRow {
                customers: old + new,
                revenue,
                contribution,
                acquisition,
                nopat,
                free_cash_flow,
                present_value: free_cash_flow * factor,
            });
            // What follows the last period is split as that period is.
            let weight = match self.terminal_growth {
                Some(growth) if t + 1 == periods => {
                    let later = (1.0 + growth) / (wacc - growth);
                    flows.terminal = free_cash_flow * factor * later;
                    factor * (1.0 + later)
                }
                _ => factor,
            };
            flows.existing += old * spend * inputs.margin * after_tax * weight;
            flows.new += (new * spend * inputs.margin - acquisition) * after_tax * weight;
        }
        flows
    }

    fn sensitivities(&self, base: &Inputs, total: f64) -> Vec<Sensitivity> {
        type Move = fn(&mut Inputs, f64);
        let moves: [(&'static str, Move); 8] = [
            ("existing customers", |i, by| i.existing *= by),
            ("acquisition", |i, by| i.acquisition *= by),
            ("churn", |i, by| i.churn *= by),
            ("spend", |i, by| i.spend *= by),
            ("margin", |i, by| i.margin *= by),
            ("cost per acquisition", |i, by| i.cost_per_acquisition *= by),
            ("fixed cost", |i, by| i.fixed_cost *= by),
            ("wacc", |i, by| i.wacc *= by),
        ];
        let moved = |change: Move, by: f64| {
            let mut inputs = *base;
            change(&mut inputs, by);
            self.flows(&inputs).total()
        };
        let sensitivity = |(input, change): (&'static str, Move)| {
            let (lower, higher) = (moved(change, 1.0 - MOVE), moved(change, 1.0 + MOVE));
            let elasticity = if total == 0.0 { 0.0 } else { (higher - lower) / (2.0 * MOVE * total) };
            Sensitivity { input, value_if_lower: lower, value_if_higher: higher, elasticity }
        };
        let mut all: Vec<Sensitivity> = moves.into_iter().map(sensitivity).collect();
        all.sort_by(|a, b| b.elasticity.abs().total_cmp(&a.elasticity.abs()));
        all
    }
}

/// One value of each input; curves as factors of what was given.
#[derive(Debug, Clone, Copy)]
struct Inputs {
    existing: f64,
    acquisition: f64,
    churn: f64,
    spend: f64,
    margin: f64,
    cost_per_acquisition: f64,
    fixed_cost: f64,
    wacc: f64,
}

impl Inputs {
    fn of(valuation: &CustomerBasedValuation, mut of: impl FnMut(Measured, Domain) -> f64) -> Self {
        let mut factor = |error: f64| of(Measured::new(1.0, error), Domain::Amount);
        let acquisition = factor(valuation.acquisition_error);
        let (churn, spend) = (factor(valuation.churn_error), factor(valuation.spend_error));
        Self {
            existing: 1.0,
            acquisition,
            churn,
            spend,
            margin: of(valuation.margin, Domain::Share),
            cost_per_acquisition: of(valuation.cost_per_acquisition, Domain::Amount),
            fixed_cost: of(valuation.fixed_cost, Domain::Amount),
            wacc: of(valuation.wacc, Domain::Amount),
        }
    }
}

#[derive(Debug, Default)]
struct Flows {
    rows: Vec<ValuationRow>,
    existing: f64,
    new: f64,
    terminal: f64,
}

impl Flows {
    fn total(&self) -> f64 {
        self.rows.iter().map(|r| r.present_value).sum::<f64>() + self.terminal
    }
}

#[cfg(test)]
#[path = "valuation_tests.rs"]
mod tests;
