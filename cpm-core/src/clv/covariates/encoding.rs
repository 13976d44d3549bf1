//! From named covariates to numbers, the same for the customers of the fit and for all later ones.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::summary::{Covariates, Values};

/// A column as the model uses it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Encoded {
    Number {
        name: String,
    },
    /// Categories in alphabetical order; the first one is the reference, the others have a column of 0 and 1 each.
    Category {
        name: String,
        levels: Vec<String>,
    },
}

/// The columns of the design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Encoding {
    columns: Vec<Encoded>,
}

/// One row of numbers per profile.
#[derive(Debug, Clone)]
pub(super) struct Design {
    pub(super) columns: usize,
    values: Vec<f64>,
    /// The columns of each category.
    pub(super) categories: Vec<Range<usize>>,
}

impl Design {
    pub(super) fn row(&self, profile: usize) -> &[f64] {
        &self.values[profile * self.columns..(profile + 1) * self.columns]
    }

    pub(super) fn profiles(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Value of a typical customer and standard deviation of each column, by which it is then standardised. A column that is constant
    /// has standard deviation 0 and is left as it is.
    ///
    /// Typical are the median of a number, where a long tail leads the mean to where nobody is, and the most common category, of which
    /// the data tell most. All but one or two columns of a category then are 0 for a customer, and sums over customers need only these.
    pub(super) fn standardise(&mut self, weights: &[f64]) -> Vec<(f64, f64)> {
        let total: f64 = weights.iter().sum();
        let typical = self.typical(weights);
        (0..self.columns)
            .map(|j| {
                let of = |p: usize| self.values[p * self.columns + j];
                let mean = weights.iter().enumerate().map(|(p, w)| w * of(p)).sum::<f64>() / total;
                let square = weights.iter().enumerate().map(|(p, w)| w * (of(p) - mean).powi(2)).sum::<f64>() / total;
                let deviation = square.sqrt();
                // A constant has rounding for a deviation.
                let deviation = if deviation <= 1e-12 * mean.abs() { 0.0 } else { deviation };
                let centre = typical[j];
                if deviation > 0.0 {
                    self.values.iter_mut().skip(j).step_by(self.columns).for_each(|v| *v = (*v - centre) / deviation);
                }
                (centre, deviation)
            })
            .collect()
    }

    /// The values of a typical customer.
    fn typical(&self, weights: &[f64]) -> Vec<f64> {
        let column = |j: usize| (0..self.profiles()).map(move |p| self.row(p)[j]);
        let is_category = |j: usize| self.categories.iter().any(|columns| columns.contains(&j));
        let number = |j| if is_category(j) { 0.0 } else { median(column(j).zip(weights.iter().copied()).collect()) };
        let mut typical: Vec<f64> = (0..self.columns).map(number).collect();
        for columns in &self.categories {
            let of = |j: usize| column(j).zip(weights).map(|(v, w)| v * w).sum::<f64>();
            let customers: Vec<f64> = columns.clone().map(of).collect();
            let of_first = weights.iter().sum::<f64>() - customers.iter().sum::<f64>();
            let most = customers.iter().fold(of_first, |a, b| a.max(*b));
            if let Some(k) = customers.iter().position(|c| *c == most && *c > of_first) {
                typical[columns.start + k] = 1.0;
            }
        }
        typical
    }

    /// The value of a column that is farthest from 0.
    pub(super) fn farthest(&self, column: usize) -> f64 {
        (0..self.profiles()).map(|p| self.row(p)[column]).fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a })
    }
}

/// The value up to which half of the weight lies.
fn median(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    let at = values.iter().find(|(_, weight)| {
        below += weight;
        below >= 0.5 * total
    });
    at.map_or(0.0, |(value, _)| *value)
}

impl Encoding {
    /// Of the named columns.
    pub(super) fn learn(covariates: &Covariates, names: &[String]) -> Result<Self> {
        let columns = names.iter().map(|name| {
            Ok(match find(covariates, name)? {
                Values::Numbers(_) => Encoded::Number { name: name.clone() },
                Values::Categories { names: levels, .. } => {
                    Encoded::Category { name: name.clone(), levels: levels.clone() }
                }
            })
        });
        Ok(Self { columns: columns.collect::<Result<_>>()? })
    }

    /// Names of the design's columns, each with the name of the covariate that it comes from.
    pub(super) fn names(&self) -> Vec<(String, &str)> {
        let mut names = Vec::new();
        for column in &self.columns {
            match column {
                Encoded::Number { name } => names.push((name.clone(), name.as_str())),
                Encoded::Category { name, levels } => {
                    names.extend(levels.iter().skip(1).map(|level| (format!("{name}={level}"), name.as_str())));
                }
            }
        }
        names
    }

    /// The covariates as numbers, profile by profile.
    pub(super) fn design(&self, covariates: &Covariates) -> Result<Design> {
        let (profiles, columns) = (covariates.profiles(), self.names().len());
        let mut values = vec![0.0; profiles * columns];
        let (mut first, mut categories) = (0, Vec::new());
        for column in &self.columns {
            match column {
                Encoded::Number { name } => {
                    let Values::Numbers(numbers) = find(covariates, name)? else {
                        return Err(wrong_kind(name, "text", "numbers"));
                    };
                    numbers.iter().enumerate().for_each(|(p, v)| values[p * columns + first] = *v);
                    first += 1;
                }
                Encoded::Category { name, levels } => {
                    let Values::Categories { names, codes } = find(covariates, name)? else {
                        return Err(wrong_kind(name, "numbers", "text"));
                    };
                    let known: Vec<Option<usize>> =
                        names.iter().map(|n| levels.iter().position(|level| level == n)).collect();
                    for (p, &code) in codes.iter().enumerate() {
                        match known[code as usize] {
                            Some(0) => {}
                            Some(level) => values[p * columns + first + level - 1] = 1.0,
                            None => return Err(unknown(covariates, p, name, &names[code as usize])),
                        }
                    }
                    categories.push(first..first + levels.len() - 1);
                    first += levels.len() - 1;
                }
            }
        }
        Ok(Design { columns, values, categories })
    }
}

fn find<'a>(covariates: &'a Covariates, name: &str) -> Result<&'a Values> {
    covariates.column(name).ok_or_else(|| Error::MissingColumn {
        column: name.to_owned(),
        role: "covariate",
        origin: "the covariates".to_owned(),
        available: covariates.names().map(str::to_owned).collect(),
    })
}

fn wrong_kind(name: &str, found: &str, expected: &'static str) -> Error {
    Error::ColumnType {
        column: name.to_owned(),
        found: found.to_owned(),
        expected,
        remedy: "Give the column in the type that the model was fitted with".to_owned(),
    }
}

fn unknown(covariates: &Covariates, profile: usize, name: &str, value: &str) -> Error {
    Error::InvalidValue {
        column: "covariates",
        row: covariates.row_of(profile),
        value: format!("{name} = {value}"),
        expected: "the model knows only the categories of the customers that it was fitted to",
        remedy: "Fit with customers of all categories, or leave these customers out",
    }
}
