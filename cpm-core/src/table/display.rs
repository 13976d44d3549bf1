//! Tables as text for people.

use std::fmt;

use super::{Column, Table};

/// A longer table shows this many of its first rows.
const ROWS: usize = 10;
/// Digits after the point of a real number.
const DIGITS: usize = 4;

impl Column {
    /// The value of one row as a person wants to read it: real numbers rounded, `-` where it does not exist.
    #[must_use]
    pub fn readable(&self, row: usize) -> String {
        let number = |v: f64| match v.abs() {
            // Too small or too large to be read with a fixed number of digits.
            a if a != 0.0 && !(1e-3..1e12).contains(&a) => format!("{v:.DIGITS$e}"),
            _ => format!("{v:.DIGITS$}"),
        };
        match self {
            Self::Float(values) => number(values[row]),
            Self::Optional(values) => values[row].map_or_else(|| "-".to_owned(), number),
            _ => self.format(row),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Category { .. })
    }
}

/// The first rows in aligned columns, under the columns' names.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.rows().min(ROWS);
        let columns: Vec<(bool, usize, Vec<String>)> = self
            .columns()
            .map(|(name, column)| {
                let cells: Vec<String> =
                    std::iter::once(name.to_owned()).chain((0..shown).map(|row| column.readable(row))).collect();
                let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
                (column.is_text(), width, cells)
            })
            .collect();
        for line in 0..=shown {
            let mut text = String::new();
            for (left, width, cells) in &columns {
                let cell = &cells[line];
                text += &if *left { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        write!(f, "{} rows, {} columns", self.rows(), columns.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_long_tables_cut() {
        let mut table = Table::new();
        table.push("segment", Column::Text(vec!["Champions".into(), "Lost".into()])).unwrap();
        table.push("customers", Column::Integer(vec![1_204, 7])).unwrap();
        table.push("share", Column::Optional(vec![Some(0.123_456), None])).unwrap();
        table.push("tiny", Column::Float(vec![0.0, 1.5e-9])).unwrap();
        let expected = "segment    customers   share       tiny\n\
                        Champions       1204  0.1235     0.0000\n\
                        Lost               7       -  1.5000e-9\n\
                        2 rows, 4 columns";
        assert_eq!(table.to_string(), expected);
        let mut long = Table::new();
        long.push("n", Column::Integer((0..1_000).collect())).unwrap();
        assert_eq!(long.to_string().lines().count(), 12);
        assert_eq!(Table::new().to_string(), "\n0 rows, 0 columns");
    }
}
