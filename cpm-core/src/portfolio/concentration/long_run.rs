//! Concentration that a model implies for the long run.

use statrs::distribution::{ContinuousCDF, Gamma};
use statrs::function::beta::{beta_reg, inv_beta_reg};

use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::numerics::distribution::gamma_quantile;
use crate::numerics::gamma::{ln_beta, ln_gamma};
use crate::portfolio::draws::{Domain, DrawOptions, Measured};
use crate::table::{Column, Table};

/// Concentration of customers' true rates; see [`long_run_concentration`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LongRunConcentration {
    /// Gini coefficient.
    pub gini: Estimate,
    /// Share of the total that each top fraction of customers holds.
    pub top_shares: Vec<(f64, Estimate)>,
}

/// Concentration of what customers do in the long run, given a fitted model of purchases (shape r) and, for revenue, of spend (shape q).
///
/// What is observed over a short time mixes lasting differences with chance, and overstates the first (Schmittlein, Cooper &
/// Morrison 1993, Marketing Science 12(2)). Under the models' assumptions purchase rates are Gamma(r, α), so their Gini coefficient is
/// Γ(r + ½)/(√π·Γ(r + 1)) whatever α; mean spend is p/ν with ν ~ Gamma(q, v), so the rate of revenue is beta prime (r, q) up to its scale, with Gini 2·B(2r, 2q
/// − 1)/(r·B(r, q)²) (McDonald 1984, Econometrica 52(3)). Top shares come from the distribution of first moments.
///
/// r and q with their standard errors are those of a fitted [`BgNbd`](crate::BgNbd), [`ParetoNbd`](crate::ParetoNbd) or [`Nbd`](crate::Nbd) and of a
/// [`GammaGamma`](crate::GammaGamma). They describe customers while they are alive.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, Measured, long_run_concentration};
/// let rates = long_run_concentration(Measured::new(1.0, 0.1), None, &[0.2], &DrawOptions::new())?;
/// assert!((rates.gini.value - 0.5).abs() < 1e-14); // exponential rates
/// assert!((rates.top_shares[0].1.value - 0.2 * (1.0 - 0.2_f64.ln())).abs() < 1e-9);
/// let revenue = long_run_concentration(Measured::new(1.0, 0.1), Some(Measured::new(3.74, 0.3)), &[0.2], &DrawOptions::new())?;
/// assert!(revenue.gini.value > rates.gini.value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for shapes that are not positive, fractions outside (0, 1\] or options out of range;
/// [`Error::InfiniteMeanSpend`] for q ≤ 1.
pub fn long_run_concentration(
    r: impl Into<Measured>,
    q: Option<Measured>,
    fractions: &[f64],
    options: &DrawOptions,
) -> Result<LongRunConcentration> {
    let r = r.into();
    options.check()?;
    for (name, shape) in [("r", Some(r)), ("q", q)] {
        if let Some(shape) = shape {
            shape.check(name, Domain::Amount)?;
            crate::error::positive(name, shape.value)?;
        }
    }
    if let Some(q) = q.filter(|q| q.value <= 1.0) {
        let remedy = "Fit the spend model with more repeat buyers".to_owned();
        return Err(Error::InfiniteMeanSpend { q: q.value, remedy });
    }
    if let Some(fraction) = fractions.iter().find(|f| !(**f > 0.0 && **f <= 1.0)) {
        let expected = "it must lie above 0 and not above 1, such as 0.2 for the top fifth";
        return Err(Error::argument("fraction", fraction, expected));
    }
    let draw = |k| {
        let mut random = options.stream(k);
        let r = r.draw(Domain::Amount, &mut random);
        // A draw with an infinite mean would have no concentration; its limit is all in one hand.
        (r, q.map(|q| q.draw(Domain::Amount, &mut random).max(1.0 + 1e-6)))
    };
    let draws: Vec<(f64, Option<f64>)> = (0..options.draws).map(draw).collect();
    let value = q.map(|q| q.value);
    let estimate = |of: &dyn Fn(f64, Option<f64>) -> f64| {
        options.estimate(of(r.value, value), draws.iter().map(|(r, q)| of(*r, *q)).collect())
    };
    Ok(LongRunConcentration {
        gini: estimate(&gini),
        top_shares: fractions.iter().map(|&f| (f, estimate(&|r, q| top_share(r, q, f)))).collect(),
    })
}

fn gini(r: f64, q: Option<f64>) -> f64 {
    match q {
        None => (ln_gamma(r + 0.5) - ln_gamma(r + 1.0)).exp() / std::f64::consts::PI.sqrt(),
        Some(q) => 2.0 / r * (ln_beta(2.0 * r, 2.0 * q - 1.0) - 2.0 * ln_beta(r, q)).exp(),
    }
}

/// 1 − F₁(x), where x is exceeded by the fraction and F₁ is the distribution of first moments: the shape of the gamma one higher,
/// and that of the beta prime (r + 1, q − 1).
fn top_share(r: f64, q: Option<f64>, fraction: f64) -> f64 {
    if fraction >= 1.0 {
        return 1.0;
    }
    match q {
        None => {
            let x = gamma_quantile(r, 1.0 - fraction);
            Gamma::new(r + 1.0, 1.0).map_or(fraction, |g| g.sf(x))
        }
        Some(q) => 1.0 - beta_reg(r + 1.0, q - 1.0, inv_beta_reg(r, q, 1.0 - fraction)),
    }
}

impl LongRunConcentration {
    /// One row per measure: `measure, value, low, high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut rows = vec![("gini".to_owned(), self.gini)];
        rows.extend(self.top_shares.iter().map(|(f, e)| (format!("top_{}_percent", (f * 1e6).round() / 1e4), *e)));
        let (names, estimates): (Vec<String>, Vec<Estimate>) = rows.into_iter().unzip();
        let mut table = Table::new();
        table.push("measure", Column::Text(names))?;
        table.push_estimates(["value", "low", "high"], estimates)?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "long_run_tests.rs"]
mod tests;
