//! Survival analysis: one file per idea, as in the core.

mod aft;
pub(crate) mod covariates;
mod cox;
mod data;
mod discrete;
mod kaplan_meier;
pub(crate) mod labels;
mod log_rank;
mod nelson_aalen;
mod regression;
mod results;
mod scores;
mod test_result;

use cpm_core::Error;
use pyo3::prelude::*;

pub(crate) use aft::Aft;
pub(crate) use covariates::{Covariates, matrix, matrix_as};
pub(crate) use cox::{CoxPh, ProportionalHazardsTest};
pub(crate) use data::SurvivalData;
pub(crate) use discrete::DiscreteHazard;
pub(crate) use kaplan_meier::{KaplanMeier, QuantileEstimate};
pub(crate) use labels::Labels;
pub(crate) use log_rank::{LogRankTest, log_rank_test};
pub(crate) use nelson_aalen::NelsonAalen;
pub(crate) use regression::SurvivalRegression;
pub(crate) use scores::{
    BrierScore, Concordance, CumulativeDynamicAuc, brier_score, concordance_index, cumulative_dynamic_auc,
};
pub(crate) use test_result::TestResult;

use crate::clv::Estimate;
use crate::error::exception;

/// Names of the choices that an argument has.
pub(crate) type Choices<T> = [(&'static str, T)];

/// The choice of a name.
pub(crate) fn choice<T: Copy>(argument: &'static str, name: &str, choices: &Choices<T>) -> PyResult<T> {
    choices.iter().find(|(n, _)| *n == name).map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(n, _)| *n).collect();
        let expected = format!("it must be one of {}", names.join(", "));
        exception(Error::InvalidArgument { name: argument, value: name.to_owned(), expected })
    })
}

/// The name of a choice.
pub(crate) fn name_of<T: PartialEq>(choice: &T, choices: &Choices<T>) -> &'static str {
    choices.iter().find(|(_, c)| c == choice).map_or("", |(name, _)| name)
}
