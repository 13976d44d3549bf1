//! Columns of a table as attributes: numbers or levels.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::table::{Column, Table};

/// What an empty category is called.
const MISSING: &str = "missing";

pub(in crate::segmentation) enum Values {
    /// NaN where missing.
    Numbers(Vec<f64>),
    /// Levels in alphabetical order, the missing one last, and each row's position among them.
    Levels { names: Vec<String>, codes: Vec<u32>, missing: Option<u32> },
}

pub(in crate::segmentation) struct Attribute {
    pub(in crate::segmentation) name: String,
    pub(in crate::segmentation) values: Values,
}

impl Attribute {
    /// The columns that describe customers.
    pub(in crate::segmentation) fn of_table(table: &Table) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for (name, column) in table.columns() {
            let values = match column {
                Column::Float(values) => Values::Numbers(values.clone()),
                Column::Integer(values) => Values::Numbers(values.iter().map(|v| *v as f64).collect()),
                Column::Optional(values) => Values::Numbers(values.iter().map(|v| v.unwrap_or(f64::NAN)).collect()),
                Column::Text(values) => levels(values.iter().map(String::as_str)),
                Column::Category { names, codes } => levels(codes.iter().map(|c| names[*c as usize].as_str())),
                Column::Id(_) | Column::Date(_) | Column::Time(_) => continue,
            };
            if let Values::Numbers(numbers) = &values
                && let Some(row) = numbers.iter().position(|v| v.is_infinite())
            {
                return Err(Error::ColumnType {
                    column: name.to_owned(),
                    found: format!("numbers with {} in row {row}", numbers[row]),
                    expected: "finite numbers or missing values",
                    remedy: "Correct the value, or make it missing".to_owned(),
                });
            }
            found.push(Self { name: name.to_owned(), values });
        }
        Ok(found)
    }
}

fn levels<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Values {
    let mut found: BTreeMap<(bool, &str), u32> = values.clone().map(|v| ((v.is_empty(), v), 0)).collect();
    found.values_mut().zip(0..).for_each(|(code, position)| *code = position);
    let codes = values.map(|v| found.get(&(v.is_empty(), v)).copied().unwrap_or(0)).collect();
    let missing = found.get(&(true, "")).copied();
    let names = found.keys().map(|(empty, name)| if *empty { MISSING.to_owned() } else { (*name).to_owned() });
    Values::Levels { names: names.collect(), codes, missing }
}
