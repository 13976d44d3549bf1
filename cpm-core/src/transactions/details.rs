//! What the rows of a finished log have beyond customer, time and amount.

use super::columns::TextRole;
use super::detailed::MISSING;
use super::ids::TextIds;

/// Columns beside the rows of a log, in their order.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Details {
    pub(super) texts: Vec<TextValues>,
    /// NaN where it is not known; empty if costs were not read.
    pub(super) cost: Option<Vec<f64>>,
}

/// A column of text, each value stored once, in alphabetical order.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct TextValues {
    pub(super) role: TextRole,
    pub(super) name: String,
    pub(super) values: TextIds,
    pub(super) codes: Vec<u32>,
}

impl TextValues {
    /// Name of the column.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The distinct values, in alphabetical order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.values.len()).map(|i| self.values.get(i))
    }

    /// For each row the number of its value; `None` where it is missing.
    pub(crate) fn code(&self, row: usize) -> Option<u32> {
        self.codes.get(row).copied().filter(|&code| code != MISSING)
    }
}

impl Details {
    /// The columns of text of a role.
    pub(crate) fn of(&self, role: TextRole) -> impl Iterator<Item = &TextValues> {
        self.texts.iter().filter(move |t| t.role == role)
    }

    /// Costs of the rows, NaN where they are not known.
    pub(crate) fn cost(&self) -> Option<&[f64]> {
        self.cost.as_deref()
    }
}
