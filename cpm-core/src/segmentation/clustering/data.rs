//! What clustering is given: a table of finite numbers, names of its columns, perhaps weights.

use ndarray::ArrayView2;

use super::Scaling;
use crate::error::{Error, Result, same_length};

/// Names of the columns, one each.
#[derive(Debug, Clone)]
pub(super) struct Names(pub(super) Vec<String>);

/// How the columns are named and scaled: shared by all models of this room.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ColumnOptions {
    pub(super) names: Option<Vec<String>>,
    pub(super) scaling: Scaling,
    pub(super) scaling_of: Vec<(String, Scaling)>,
}

/// Choices that several models have: methods that change one and hand the options on.
macro_rules! setters {
    ($($choice:ident),*) => { $( $crate::segmentation::clustering::data::setter! { $choice } )* };
}
pub(super) use setters;

macro_rules! setter {
    (seed) => {
        /// The same seed gives the same result, whatever the number of threads or the order of the rows.
        #[must_use]
        pub fn seed(mut self, seed: u64) -> Self {
            self.seed = seed;
            self
        }
    };
    (starts) => {
        /// How many times to start; the best result counts.
        #[must_use]
        pub fn starts(mut self, starts: usize) -> Self {
            self.starts = starts;
            self
        }
    };
    (max_iterations) => {
        /// Most iterations of a start.
        #[must_use]
        pub fn max_iterations(mut self, iterations: usize) -> Self {
            self.max_iterations = iterations;
            self
        }
    };
    (scaling) => {
        /// How every column of numbers is scaled.
        #[must_use]
        pub fn scaling(mut self, scaling: Scaling) -> Self {
            self.columns.scaling = scaling;
            self
        }

        /// How one column of numbers is scaled.
        #[must_use]
        pub fn scaling_of(mut self, column: &str, scaling: Scaling) -> Self {
            self.columns.scaling_of.push((column.to_owned(), scaling));
            self
        }
    };
    (names) => {
        /// Names of the columns; `x0, x1, …` by default.
        #[must_use]
        pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
            self.columns.names = Some(names.iter().map(|n| n.as_ref().to_owned()).collect());
            self
        }
    };
    (weights) => {
        /// How much each row counts.
        #[must_use]
        pub fn weights(mut self, weights: &[f64]) -> Self {
            self.weights = Some(weights.to_vec());
            self
        }
    };
}
pub(super) use setter;

impl ColumnOptions {
    /// One name and one scaling per column, for values that are all finite.
    pub(super) fn resolve(&self, x: ArrayView2<'_, f64>) -> Result<(Names, Vec<Scaling>)> {
        let names = match &self.names {
            Some(names) => names.clone(),
            None => (0..x.ncols()).map(|j| format!("x{j}")).collect(),
        };
        if x.nrows() == 0 || x.ncols() == 0 {
            return Err(Error::Empty {
                what: "the table of attributes".to_owned(),
                remedy: "Give at least one row and one column".to_owned(),
            });
        }
        if names.len() != x.ncols() {
            let expected = format!("the table has {} columns; give one name for each", x.ncols());
            return Err(Error::argument("names", format!("{} names", names.len()), expected));
        }
        if let Some((_, name)) = names.iter().enumerate().find(|(j, name)| names[..*j].contains(name)) {
            return Err(Error::argument("names", name, "two columns have this name"));
        }
        let mut scalings = vec![self.scaling; names.len()];
        for (name, scaling) in &self.scaling_of {
            match names.iter().position(|n| n == name) {
                Some(at) => scalings[at] = *scaling,
                None => {
                    return Err(Error::MissingColumn {
                        column: name.clone(),
                        role: "values to be scaled",
                        origin: "the table of attributes".to_owned(),
                        available: names,
                    });
                }
            }
        }
        check_columns(x, &names)?;
        Ok((Names(names), scalings))
    }
}

/// The columns that a model knows, all values finite.
pub(super) fn check_columns(x: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    if x.ncols() != names.len() {
        let expected = format!("the model was fitted to {} columns: {}", names.len(), names.join(", "));
        return Err(Error::argument("X", format!("{} columns", x.ncols()), expected));
    }
    // Nearly always all are, and this is the quicker way to see it.
    if x.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    match x.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::InvalidValue {
            column: "X",
            row,
            value: format!("{} = {value}", names[column]),
            expected: "an attribute must be a finite number",
            remedy: "Fill in what is missing, or leave the row out",
        }),
    }
}

/// One finite weight of at least 0 per row, not all of them 0.
pub(super) fn check_weights(weights: &[f64], rows: usize) -> Result<()> {
    same_length("weights", weights.len(), "X", rows)?;
    if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(Error::InvalidValue {
            column: "weights",
            row,
            value: weights[row].to_string(),
            expected: "a weight must be a finite number of at least 0",
            remedy: "Correct it; 0 leaves the row out",
        });
    }
    if weights.iter().all(|w| *w == 0.0) {
        return Err(Error::Empty {
            what: "the table of attributes".to_owned(),
            remedy: "All weights are 0".to_owned(),
        });
    }
    Ok(())
}
