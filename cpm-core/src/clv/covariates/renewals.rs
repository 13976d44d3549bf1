//! Renewals of customers with attributes, grouped: what sBG with covariates is fitted to.

use super::domain::{Domain, Kind};
use super::likelihood::ByProfile;
use crate::clv::contractual::{Renewals, Statement, Term, ln_survival_derivatives};
use crate::clv::derivatives::Derivatives;
use crate::error::{Error, Result};
use crate::summary::Covariates;

/// Renewals of single customers with their attributes, grouped: what
/// [`ShiftedBetaGeometricWithCovariates`](super::ShiftedBetaGeometricWithCovariates) is fitted to.
///
/// ```
/// use cpm_core::clv::CustomerRenewals;
/// use cpm_core::summary::Covariates;
/// use cpm_core::{Column, Table};
/// let mut table = Table::new();
/// table.push("plan", Column::Text(["monthly", "yearly", "monthly", "monthly"].map(str::to_owned).to_vec()))?;
/// let covariates = Covariates::new(&table)?;
/// let customers = CustomerRenewals::new(&[0, 3, 3, 0], &[false, true, true, false], &covariates, None)?;
/// assert_eq!(customers.renewals().customers(), 4.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerRenewals {
    covariates: Covariates,
    all: Renewals,
    cells: Vec<Cell>,
}

/// Customers of the same attributes whose observation ended alike.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    profile: u32,
    renewals: u64,
    active: bool,
    weight: f64,
}

impl CustomerRenewals {
    /// How often each customer has renewed, whether it still is a customer, and its row of covariates; `weights` says how often a
    /// row counts, 0 leaves it out.
    ///
    /// # Errors
    /// As [`Renewals::from_customers`]; [`Error::LengthMismatch`] for covariates of more or fewer customers.
    pub fn new(renewals: &[u64], active: &[bool], covariates: &Covariates, weights: Option<&[f64]>) -> Result<Self> {
        same_length(covariates, renewals.len())?;
        let all = Renewals::from_customers(renewals, active, weights)?;
        let cell = |row: usize| Cell {
            profile: covariates.of_row()[row],
            renewals: renewals[row],
            active: active[row],
            weight: weights.map_or(1.0, |w| w[row]),
        };
        let mut rows: Vec<Cell> = (0..renewals.len()).map(cell).collect();
        // By weight too, so that sums do not depend on the order of the rows.
        rows.sort_by(|a, b| a.key().cmp(&b.key()).then(a.weight.total_cmp(&b.weight)));
        let sum = |same: &[Cell]| Cell { weight: same.iter().map(|c| c.weight).sum(), ..same[0] };
        let cells = rows.chunk_by(|a, b| a.key() == b.key()).map(sum).collect();
        Ok(Self { covariates: covariates.clone(), all, cells })
    }

    /// The same without attributes: what a plain model is fitted to.
    #[must_use]
    pub fn renewals(&self) -> &Renewals {
        &self.all
    }

    /// The attributes, row by row.
    #[must_use]
    pub fn covariates(&self) -> &Covariates {
        &self.covariates
    }

    /// The same customers under random weights.
    #[cfg(feature = "simulation")]
    pub(super) fn reweighed(&self, random: &mut impl rand::Rng) -> Self {
        // Customers without an opportunity to renew are no part of a fit, and stay as many.
        let (with, without): (Vec<Cell>, Vec<Cell>) = self.cells.iter().partition(|cell| cell.had_opportunity());
        let weight: Vec<f64> = with.iter().map(|cell| cell.weight).collect();
        let drawn = crate::clv::bootstrap::reweigh(&weight, random);
        let mut cells = without;
        cells.extend(with.into_iter().zip(drawn).map(|(cell, weight)| Cell { weight, ..cell }));
        cells.sort_by_key(Cell::key);
        Self { covariates: self.covariates.clone(), all: plain(&cells), cells }
    }

    /// The likelihood of each profile.
    pub(super) fn groups(&self) -> ContractGroups {
        let mut of_profile: Vec<&[Cell]> = vec![&[]; self.covariates.profiles()];
        for cells in self.cells.chunk_by(|a, b| a.profile == b.profile) {
            of_profile[cells[0].profile as usize] = cells;
        }
        let of_profile: Vec<Renewals> = of_profile.into_iter().map(plain).collect();
        ContractGroups {
            terms: of_profile.iter().map(Renewals::terms).collect(),
            total: of_profile.iter().map(Renewals::customers).collect(),
        }
    }
}

impl Cell {
    fn key(&self) -> (u32, u64, bool) {
        (self.profile, self.renewals, self.active)
    }

    fn had_opportunity(&self) -> bool {
        !(self.active && self.renewals == 0)
    }
}

/// Without attributes; the cells have been checked.
fn plain(cells: &[Cell]) -> Renewals {
    let (renewals, active): (Vec<u64>, Vec<bool>) = cells.iter().map(|cell| (cell.renewals, cell.active)).unzip();
    let weights: Vec<f64> = cells.iter().map(|cell| cell.weight).collect();
    // Only without cells there is an error: then there is nobody.
    Renewals::from_customers(&renewals, &active, Some(&weights)).unwrap_or_default()
}

/// Whether there is a row of covariates for each customer.
pub(super) fn same_length(covariates: &Covariates, customers: usize) -> Result<()> {
    if covariates.len() == customers {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        column: "covariates",
        found: covariates.len(),
        reference: "renewals",
        expected: customers,
    })
}

/// The terms of sBG's likelihood, profile by profile.
pub(in crate::clv) struct ContractGroups {
    terms: Vec<Vec<Term>>,
    total: Vec<f64>,
}

/// What sBG states for its fit.
pub(super) type ShiftedBeta = Statement<2, fn(&[f64; 2], f64, f64) -> Derivatives<2>>;

pub(super) const STATEMENT: ShiftedBeta =
    Statement { model: "sBG", names: ["alpha", "beta"], ln_survival: ln_survival_derivatives };

/// What the parameters may be.
pub(super) const DOMAIN: Domain<2> = Domain { names: STATEMENT.names, kinds: [Kind::Chance; 2] };

impl ByProfile<2> for ContractGroups {
    fn log_likelihood(&self, profile: usize, ln: [f64; 2]) -> Derivatives<2> {
        let theta = DOMAIN.hold(ln);
        STATEMENT.log_likelihood(&self.terms[profile], &theta).to_logs(&theta)
    }

    fn total(&self) -> &[f64] {
        &self.total
    }

    fn distinct(&self) -> usize {
        self.terms.iter().map(Vec::len).sum()
    }
}
