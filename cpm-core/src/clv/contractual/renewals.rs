//! What contractual models are fitted to: who renewed and who did not.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// Longest history; far beyond any contract.
const MOST_RENEWALS: u64 = 1_000_000;

/// One cohort of customers acquired together: how many are left after each renewal opportunity.
///
/// ```
/// use cpm_core::clv::{Cohort, Renewals};
/// // 1,000 customers, 631 renew at the first opportunity, 468 of them at the second; a younger cohort beside it.
/// let renewals = Renewals::from_cohorts(&[
///     Cohort::new(&[1000.0, 631.0, 468.0]),
///     Cohort::new(&[800.0, 512.0]),
/// ])?;
/// assert_eq!(renewals.customers(), 1800.0);
/// assert_eq!(renewals.by_period()[0].renewed, 1143.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    alive: Vec<f64>,
    first: u64,
}

impl Cohort {
    /// Customers left after 0, 1, 2, … renewal opportunities; the first number is the size of the cohort.
    #[must_use]
    pub fn new(alive: &[f64]) -> Self {
        Self { alive: alive.to_vec(), first: 0 }
    }

    /// The same in percent of the cohort, as tables are often published: `shares[0]` is 100 (any other number is
    /// taken as the base), and `customers` is the size of the cohort.
    ///
    /// The precision of a fit depends on the size; if it is not known, say what the shares are to count for.
    #[must_use]
    pub fn from_percent(shares: &[f64], customers: f64) -> Self {
        let base = shares.first().copied().unwrap_or(100.0);
        Self { alive: shares.iter().map(|s| s / base * customers).collect(), first: 0 }
    }

    /// The cohort is known only from this renewal on: the first number is of customers who have already renewed
    /// `renewals` times. Those lost before are no part of the data, and the likelihood knows it.
    #[must_use]
    pub fn observed_from(mut self, renewals: u64) -> Self {
        self.first = renewals;
        self
    }

    fn check(&self, number: usize) -> Result<()> {
        let invalid = |row: usize, expected: &'static str| Error::InvalidValue {
            column: "alive",
            row,
            value: format!("{} (cohort {number})", self.alive[row]),
            expected,
            remedy: "Give each cohort as the customers left after 0, 1, 2, … renewals",
        };
        if self.alive.is_empty() {
            return Err(Error::Empty {
                what: format!("cohort {number}"),
                remedy: "Give at least its size, or leave it out".to_owned(),
            });
        }
        for (row, &alive) in self.alive.iter().enumerate() {
            if !(alive.is_finite() && alive >= 0.0) {
                return Err(invalid(row, "a number of customers must be finite and at least 0"));
            }
            if row > 0 && alive > self.alive[row - 1] {
                return Err(invalid(row, "a cohort cannot grow"));
            }
        }
        let last = self.first.saturating_add(self.alive.len() as u64);
        if last > MOST_RENEWALS { Err(too_long(last)) } else { Ok(()) }
    }
}

fn too_long(renewals: u64) -> Error {
    Error::argument("renewals", renewals, format!("at most {MOST_RENEWALS}; take longer periods"))
}

/// Customers at one renewal opportunity, over all cohorts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodCount {
    /// The opportunity, counted from 1.
    pub period: u64,
    /// Customers who could renew.
    pub at_risk: f64,
    /// Customers who did.
    pub renewed: f64,
}

/// Renewals and churn, grouped: exact for any contractual model, and as small as the longest history.
///
/// Parts of the data merge with [`merge`](Self::merge).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Renewals {
    /// Customers by the renewals that they had made when their observation began.
    groups: BTreeMap<usize, Group>,
    customers: f64,
    without_opportunity: f64,
}

/// Customers whose observation began after as many renewals.
#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    entered: f64,
    /// Position k: those whose observation was cut off, or ended by churn, after k renewals.
    ends: Vec<End>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct End {
    censored: f64,
    churned: f64,
}

impl Group {
    fn end(&mut self, k: usize) -> &mut End {
        if self.ends.len() <= k {
            self.ends.resize(k + 1, End::default());
        }
        &mut self.ends[k]
    }
}

/// Customers whose observation began, was cut off, or ended by churn after the same number of renewals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    entered: f64,
    censored: f64,
    churned: f64,
}

/// A term of the log-likelihood: `survived` times ln S(k), and `churned` times ln P(churn at k + 1 | k renewals).
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct Term {
    pub(super) renewals: f64,
    pub(super) survived: f64,
    pub(super) churned: f64,
}

impl Renewals {
    /// From a cohort table; cohorts may be of different age.
    ///
    /// # Errors
    /// [`Error::Empty`] without cohorts or with an empty one; [`Error::InvalidValue`] for a number that is negative,
    /// not finite, or larger than the one before.
    pub fn from_cohorts(cohorts: &[Cohort]) -> Result<Self> {
        if cohorts.is_empty() {
            return Err(empty());
        }
        for (number, cohort) in cohorts.iter().enumerate() {
            cohort.check(number)?;
        }
        // Sorted, so that sums do not depend on the order of the cohorts.
        let mut sorted: Vec<&Cohort> = cohorts.iter().collect();
        sorted.sort_by(|a, b| {
            let bits = |c: &Cohort| c.alive.iter().map(|v| (v + 0.0).to_bits()).collect::<Vec<_>>();
            a.first.cmp(&b.first).then_with(|| bits(a).cmp(&bits(b)))
        });
        let mut all = Self::default();
        for cohort in sorted {
            let (first, last) = (cohort.first as usize, cohort.first as usize + cohort.alive.len() - 1);
            if last == first {
                all.without_opportunity += cohort.alive[0];
                continue;
            }
            all.customers += cohort.alive[0];
            let group = all.groups.entry(first).or_default();
            group.entered += cohort.alive[0];
            for (k, pair) in cohort.alive.windows(2).enumerate() {
                group.end(first + k).churned += pair[0] - pair[1];
            }
            group.end(last).censored += cohort.alive[cohort.alive.len() - 1];
        }
        Ok(all)
    }

    /// From one row per customer: how often it has renewed, and whether it is still a customer.
    ///
    /// A customer who left at the first opportunity has renewed 0 times (its lifetime is one period). An active
    /// customer who has renewed k times counts as surviving k opportunities. `weights` says how often a row
    /// counts; 0 leaves it out.
    ///
    /// ```
    /// use cpm_core::clv::Renewals;
    /// let renewals = Renewals::from_customers(&[0, 2, 3, 3], &[false, false, true, true], None)?;
    /// assert_eq!(renewals.by_period()[0].at_risk, 4.0);
    /// assert_eq!(renewals.by_period()[2].renewed, 2.0); // of 3 at the third opportunity
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without rows; [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a weight that is
    /// negative or not finite; [`Error::InvalidArgument`] for more than a million renewals.
    pub fn from_customers(renewals: &[u64], active: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        let lengths = [("active", active.len()), ("weights", weights.map_or(renewals.len(), <[f64]>::len))];
        for (column, found) in lengths {
            if found != renewals.len() {
                return Err(Error::LengthMismatch { column, found, reference: "renewals", expected: renewals.len() });
            }
        }
        if renewals.is_empty() {
            return Err(empty());
        }
        if let Some(&longest) = renewals.iter().find(|k| **k > MOST_RENEWALS) {
            return Err(too_long(longest));
        }
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        if let Some(row) = (0..renewals.len()).find(|&row| !(weight(row).is_finite() && weight(row) >= 0.0)) {
            return Err(Error::InvalidValue {
                column: "weights",
                row,
                value: weight(row).to_string(),
                expected: "a weight must be a finite number of at least 0",
                remedy: "Use 0 to leave a row out",
            });
        }
        let mut rows: Vec<(u64, bool, f64)> =
            (0..renewals.len()).map(|i| (renewals[i], active[i], weight(i))).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        let mut all = Self::default();
        for (k, active, weight) in rows {
            if active && k == 0 {
                all.without_opportunity += weight;
                continue;
            }
            all.customers += weight;
            let group = all.groups.entry(0).or_default();
            group.entered += weight;
            let end = group.end(k as usize);
            if active { end.censored += weight } else { end.churned += weight }
        }
        Ok(all)
    }

    /// Adds the data of other customers.
    pub fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.without_opportunity += other.without_opportunity;
        for (&entry, from) in &other.groups {
            let group = self.groups.entry(entry).or_default();
            group.entered += from.entered;
            for (k, from) in from.ends.iter().enumerate() {
                let end = group.end(k);
                end.censored += from.censored;
                end.churned += from.churned;
            }
        }
    }

    /// Customers who had at least one opportunity to renew (sum of the weights).
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.customers
    }

    /// Customers too young for an opportunity: they say nothing about renewal and are no part of a fit.
    #[must_use]
    pub fn without_opportunity(&self) -> f64 {
        self.without_opportunity
    }

    /// Customers at risk and renewals by opportunity, from the first to the last one observed.
    #[must_use]
    pub fn by_period(&self) -> Vec<PeriodCount> {
        let mut at_risk = 0.0;
        let cells = self.cells();
        let mut counts = Vec::with_capacity(cells.len());
        for (k, cell) in cells.iter().enumerate() {
            at_risk += cell.entered - cell.censored;
            // Differences of shares leave rounding where nobody is left.
            at_risk = if at_risk > 1e-12 * self.customers { at_risk } else { cell.churned };
            if at_risk > 0.0 {
                let renewed = (at_risk - cell.churned).max(0.0);
                counts.push(PeriodCount { period: k as u64 + 1, at_risk, renewed });
            }
            at_risk -= cell.churned;
        }
        counts
    }

    /// The log-likelihood as a sum of few terms: a customer is ln S(end) - ln S(entry), and churn adds ln of its
    /// conditional probability.
    pub(in crate::clv) fn terms(&self) -> Vec<Term> {
        let term = |(k, cell): (usize, Cell)| Term {
            renewals: k as f64,
            survived: if k == 0 { 0.0 } else { cell.censored + cell.churned - cell.entered },
            churned: cell.churned,
        };
        self.cells().into_iter().enumerate().map(term).filter(|t| t.survived != 0.0 || t.churned != 0.0).collect()
    }

    /// As many customers drawn from these with replacement, for each beginning of their observation.
    #[cfg(feature = "simulation")]
    pub(super) fn resampled(&self, random: &mut impl rand::Rng) -> Self {
        let mut all = Self { without_opportunity: self.without_opportunity, ..Self::default() };
        for (&entry, group) in &self.groups {
            let weight: Vec<f64> = group.ends.iter().flat_map(|end| [end.censored, end.churned]).collect();
            let drawn = crate::clv::bootstrap::resample(&weight, random);
            let entered: f64 = drawn.iter().sum();
            let ends = drawn.chunks_exact(2).map(|of| End { censored: of[0], churned: of[1] }).collect();
            all.customers += entered;
            all.groups.insert(entry, Group { entered, ends });
        }
        all
    }

    /// Over all groups, by renewals.
    fn cells(&self) -> Vec<Cell> {
        let longest = self.groups.iter().map(|(entry, group)| group.ends.len().max(entry + 1)).max();
        let mut cells = vec![Cell::default(); longest.unwrap_or(0)];
        for (&entry, group) in &self.groups {
            cells[entry].entered += group.entered;
            for (cell, end) in cells.iter_mut().zip(&group.ends) {
                cell.censored += end.censored;
                cell.churned += end.churned;
            }
        }
        cells
    }
}

fn empty() -> Error {
    Error::Empty { what: "the renewal data".to_owned(), remedy: "Give at least one cohort or customer".to_owned() }
}
