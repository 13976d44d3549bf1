//! Active customers under contract, grouped by who they are and how often they have renewed.

use std::ops::Range;

use super::process::ContractualProcess;
use crate::error::{Error, Result};

/// The models of customers who may differ in attributes.
pub(in crate::clv) trait Profiles: Sync {
    /// The model of a customer.
    type Model: ContractualProcess + ?Sized;

    /// How many points stand for the uncertainty of the parameters of all.
    fn points(&self) -> usize;

    /// Asks the model of a profile and, in the order of the points, what it is at each of them.
    fn ask<R>(
        &self,
        profile: u32,
        question: impl FnOnce(&Self::Model, &[Box<dyn ContractualProcess>]) -> R,
    ) -> Result<R>;
}

/// Customers of one model.
pub(super) struct Alike<'a, M: ?Sized> {
    model: &'a M,
    points: Vec<Box<dyn ContractualProcess>>,
}

impl<'a, M: ContractualProcess + ?Sized> Alike<'a, M> {
    pub(super) fn new(model: &'a M) -> Self {
        Self { model, points: model.at_uncertainty_points() }
    }
}

impl<M: ContractualProcess + ?Sized> Profiles for Alike<'_, M> {
    type Model = M;

    fn points(&self) -> usize {
        self.points.len()
    }

    fn ask<R>(&self, _: u32, question: impl FnOnce(&M, &[Box<dyn ContractualProcess>]) -> R) -> Result<R> {
        Ok(question(self.model, &self.points))
    }
}

/// Customers of one profile who have renewed so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) profile: u32,
    pub(super) renewals: u64,
}

/// The customers by standing.
pub(in crate::clv) struct CustomerBase {
    standings: Vec<Standing>,
    /// Rows in the order of their standings, and where each standing's begin and end.
    rows: Vec<u32>,
    starts: Vec<usize>,
}

impl CustomerBase {
    /// Customers by how often they have renewed and, where they differ, by profile: one of each per customer.
    pub(in crate::clv) fn new(renewals: &[u64], profiles: Option<&[u32]>) -> Result<Self> {
        if renewals.is_empty() {
            return Err(Error::Empty {
                what: "the list of renewals".to_owned(),
                remedy: "Give the number of renewals of each active customer".to_owned(),
            });
        }
        let standing = |row: u32| Standing {
            profile: profiles.map_or(0, |profiles| profiles[row as usize]),
            renewals: renewals[row as usize],
        };
        let mut rows: Vec<u32> = (0..renewals.len() as u32).collect();
        rows.sort_by_key(|&row| (standing(row).profile, standing(row).renewals));
        let mut base = Self { standings: Vec::new(), rows, starts: Vec::new() };
        for (at, &row) in base.rows.iter().enumerate() {
            if base.standings.last() != Some(&standing(row)) {
                base.standings.push(standing(row));
                base.starts.push(at);
            }
        }
        base.starts.push(base.rows.len());
        Ok(base)
    }

    pub(super) fn customers(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn standings(&self) -> &[Standing] {
        &self.standings
    }

    pub(super) fn rows_of(&self, standing: usize) -> &[u32] {
        &self.rows[self.starts[standing]..self.starts[standing + 1]]
    }

    /// Asks the model of each standing in a range.
    pub(super) fn ask<P: Profiles>(
        &self,
        profiles: &P,
        range: Range<usize>,
        mut question: impl FnMut(usize, &P::Model, &[Box<dyn ContractualProcess>]),
    ) -> Result<()> {
        let mut at = range.start;
        for alike in self.standings[range].chunk_by(|a, b| a.profile == b.profile) {
            profiles.ask(alike[0].profile, |model, points| {
                (at..at + alike.len()).for_each(|standing| question(standing, model, points));
            })?;
            at += alike.len();
        }
        Ok(())
    }
}
