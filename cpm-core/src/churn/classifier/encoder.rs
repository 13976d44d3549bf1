//! From columns of features to columns of numbers: what a linear model sees.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::features::{Feature, Features};
use super::logistic::sum;
use crate::error::{Error, Result};
use crate::numerics::parallel;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 65_536;

/// What to make of a category that the fit did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum UnseenCategory {
    /// An error that names column, row and category.
    #[default]
    Error,
    /// An average customer as to this column: every indicator takes its mean over the rows of the fit.
    Average,
}

/// The encoding of a fit, which new customers get too.
///
/// - Numbers stay. A missing one becomes the mean of the fit; if any was missing in the fit, a column `name = missing` of 1 and 0
///   says so. One that is missing only later becomes the mean.
/// - Of k categories (in alphabetical order, "missing" last if there is one) all but the first become a column `name = category` of 1
///   and 0. The first is the one that effects compare with. A value that is missing only later counts as unseen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    columns: Vec<Encoded>,
    unseen: UnseenCategory,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Encoded {
    name: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Numeric {
        mean: f64,
        indicator: bool,
    },
    /// Levels with their share of rows; the level `None` is "missing".
    Categorical {
        levels: Vec<(Option<String>, f64)>,
    },
}

/// The name of the feature and of the value that a column of numbers stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Origin<'a> {
    pub(crate) feature: &'a str,
    pub(crate) position: usize,
    pub(crate) level: Option<&'a str>,
}

impl Encoder {
    /// Learns the encoding of rows.
    ///
    /// # Errors
    /// [`Error::Empty`] without columns or rows; [`Error::NotIdentified`] naming a column without any value.
    pub fn fit(features: &Features, unseen: UnseenCategory) -> Result<Self> {
        if features.rows() == 0 {
            return Err(Error::Empty {
                what: "the table of features".to_owned(),
                remedy: "Give at least one column and one row".to_owned(),
            });
        }
        let column = |(name, feature): (&str, &Feature)| {
            let kind = match feature {
                Feature::Numeric(values) => {
                    let (sum, count) = parallel::map_chunks(values.len(), CHUNK, |rows| known(&values[rows]))
                        .fold((0.0, 0_usize), |(sum, count), part| (sum + part.0, count + part.1));
                    if count == 0 {
                        return Err(nothing(name));
                    }
                    Kind::Numeric { mean: sum / count as f64, indicator: count < values.len() }
                }
                Feature::Categorical { levels, codes } => {
                    let mut counts = vec![0_usize; levels.len() + 1];
                    codes.iter().for_each(|c| counts[c.map_or(levels.len(), |c| c as usize)] += 1);
                    let names = levels.iter().map(|l| Some(l.clone())).chain([None]);
                    let share = |count: usize| count as f64 / codes.len() as f64;
                    let mut seen: Vec<(Option<String>, f64)> =
                        names.zip(&counts).filter(|(_, n)| **n > 0).map(|(name, n)| (name, share(*n))).collect();
                    seen.sort_by(|(a, _), (b, _)| a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(b)));
                    if seen.first().is_none_or(|(level, _)| level.is_none()) {
                        return Err(nothing(name));
                    }
                    Kind::Categorical { levels: seen }
                }
            };
            Ok(Encoded { name: name.to_owned(), kind })
        };
        Ok(Self { columns: features.columns().map(column).collect::<Result<_>>()?, unseen })
    }

    /// Names of the columns of numbers.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |o: Origin<'_>| o.level.map_or(o.feature.to_owned(), |level| format!("{} = {level}", o.feature));
        self.origins().map(name).collect()
    }

    /// Names of the columns of features.
    pub fn feature_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }

    /// What each column of numbers stands for.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Origin<'_>> {
        self.columns.iter().enumerate().flat_map(|(position, column)| {
            let origin = move |level| Origin { feature: &column.name, position, level };
            let origins: Vec<Origin<'_>> = match &column.kind {
                Kind::Numeric { indicator: false, .. } => vec![origin(None)],
                Kind::Numeric { indicator: true, .. } => vec![origin(None), origin(Some("missing"))],
                Kind::Categorical { levels } => {
                    levels.iter().skip(1).map(|(l, _)| origin(Some(l.as_deref().unwrap_or("missing")))).collect()
                }
            };
            origins
        })
    }

    /// The columns of numbers, one after another, for rows with the features of the fit (in any order; others are ignored).
    ///
    /// # Errors
    /// [`Error::MissingColumn`]; [`Error::ColumnType`] for text where the fit had numbers or the other way round, and for an unseen category
    /// unless it is to be taken as [`UnseenCategory::Average`].
    pub(crate) fn encode<'a>(&self, features: &'a Features) -> Result<Vec<Cow<'a, [f64]>>> {
        let missing =
            |values: &[f64]| parallel::map_chunks(values.len(), CHUNK, |r| any_missing(&values[r])).any(|m| m);
        self.encoded(features, missing)
    }

    /// [`encode`](Self::encode) of the rows of the fit, whose missing values are known.
    pub(super) fn encode_fitted<'a>(&self, features: &'a Features) -> Result<Vec<Cow<'a, [f64]>>> {
        self.encoded(features, |_| false)
    }

    /// Columns without missing values are not copied; `missing` says whether one has any where the fit had none.
    fn encoded<'a>(&self, features: &'a Features, missing: impl Fn(&[f64]) -> bool) -> Result<Vec<Cow<'a, [f64]>>> {
        let rows = features.rows();
        let mut encoded: Vec<Cow<'a, [f64]>> = Vec::new();
        for column in &self.columns {
            let feature = features.column(&column.name).ok_or_else(|| Error::MissingColumn {
                column: column.name.clone(),
                role: "feature",
                origin: "the table of features".to_owned(),
                available: features.names().map(str::to_owned).collect(),
            })?;
            match (&column.kind, feature) {
                (Kind::Numeric { mean, indicator }, Feature::Numeric(values)) => {
                    encoded.push(match *indicator || missing(values) {
                        true => values.iter().map(|v| if v.is_nan() { *mean } else { *v }).collect(),
                        false => Cow::Borrowed(values),
                    });
                    if *indicator {
                        encoded.push(values.iter().map(|v| f64::from(u8::from(v.is_nan()))).collect());
                    }
                }
                (Kind::Categorical { levels }, Feature::Categorical { levels: names, codes }) => {
                    let position = |name: Option<&str>| levels.iter().position(|(level, _)| level.as_deref() == name);
                    let known: Vec<Option<usize>> = names.iter().map(|n| position(Some(n))).collect();
                    let missing = position(None);
                    let mut indicators = vec![vec![0.0; rows]; levels.len() - 1];
                    for (row, code) in codes.iter().enumerate() {
                        match code.map_or(missing, |c| known[c as usize]) {
                            Some(0) => {}
                            Some(level) => indicators[level - 1][row] = 1.0,
                            None if self.unseen == UnseenCategory::Average => {
                                let shares = levels.iter().skip(1).map(|(_, share)| *share);
                                indicators.iter_mut().zip(shares).for_each(|(c, share)| c[row] = share);
                            }
                            None => return Err(unseen(&column.name, row, &feature.text(row), levels)),
                        }
                    }
                    encoded.extend(indicators.into_iter().map(Cow::Owned));
                }
                // A column that happens to be all missing may come as either.
                (Kind::Numeric { mean, indicator }, Feature::Categorical { codes, .. })
                    if codes.iter().all(Option::is_none) =>
                {
                    encoded.push(vec![*mean; rows].into());
                    if *indicator {
                        encoded.push(vec![1.0; rows].into());
                    }
                }
                (kind, _) => {
                    let (found, expected) = match kind {
                        Kind::Numeric { .. } => ("text", "numbers, as in the fit,"),
                        Kind::Categorical { .. } => ("numbers", "text, as in the fit,"),
                    };
                    return Err(Error::ColumnType {
                        column: column.name.clone(),
                        found: found.to_owned(),
                        expected,
                        remedy: "Give it as it was when the model was fitted".to_owned(),
                    });
                }
            }
        }
        Ok(encoded)
    }
}

/// Sum and number of the values that are not missing.
fn known(values: &[f64]) -> (f64, usize) {
    if any_missing(values) {
        let known = values.iter().filter(|v| !v.is_nan());
        return known.fold((0.0, 0), |(sum, count), v| (sum + v, count + 1));
    }
    (sum(values), values.len())
}

/// All are looked at, because that is quicker than to ask after each.
fn any_missing(values: &[f64]) -> bool {
    values.chunks(256).any(|block| block.iter().fold(false, |any, v| any | v.is_nan()))
}

fn nothing(name: &str) -> Error {
    Error::NotIdentified {
        model: "the encoding of features",
        reason: format!("column `{name}` has no value in any row"),
        remedy: "Leave the column out".to_owned(),
    }
}

fn unseen(column: &str, row: usize, value: &str, levels: &[(Option<String>, f64)]) -> Error {
    let names: Vec<&str> = levels.iter().take(12).map(|(l, _)| l.as_deref().unwrap_or("missing")).collect();
    let more = if levels.len() > names.len() { ", …" } else { "" };
    Error::ColumnType {
        column: column.to_owned(),
        found: format!("the category `{value}` in row {row}, which the fit did not see"),
        expected: "a category of the fit",
        remedy: format!("The fit saw {}{more}. Correct it, or take unseen categories as average", names.join(", ")),
    }
}

#[cfg(test)]
#[path = "encoder_tests.rs"]
mod tests;
