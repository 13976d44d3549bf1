//! Sections as the template shows them: numbers as people read them, beside the numbers themselves.

use std::collections::BTreeSet;

use serde::Serialize;

use super::format;
use super::plots::Plot;
use super::section::ReportSection;
use crate::error::Result;
use crate::table::{Column, Table};

/// Rows of a table that are shown.
const ROWS: usize = 50;
/// First columns with these names say what the numbers of a row are, and their values are names like those of columns.
const FIGURES: [&str; 3] = ["figure", "measure", "metric"];
/// Columns whose values are names like those of columns.
const NAMED: [&str; 4] = ["input", "limit", "outcome", "part"];
/// Names of columns with one of these words hold shares, which people read in per cent.
const SHARES: [&str; 5] = ["share", "probability", "retention", "churn", "conversion"];
const ABBREVIATIONS: [(&str, &str); 9] = [
    ("aov", "AOV"),
    ("cac", "CAC"),
    ("clv", "CLV"),
    ("hhi", "HHI"),
    ("id", "id"),
    ("ltv", "LTV"),
    ("nopat", "NOPAT"),
    ("nps", "NPS"),
    ("npv", "NPV"),
];

/// A section of the page.
#[derive(Debug, Serialize)]
pub(super) struct SectionView {
    pub(super) id: String,
    pub(super) title: String,
    sentence: String,
    findings: Vec<String>,
    charts: Vec<ChartView>,
    tables: Vec<TableView>,
}

#[derive(Debug, Serialize)]
struct ChartView {
    title: String,
    svg: String,
    caption: String,
    legend: Vec<(&'static str, String)>,
}

#[derive(Debug, Serialize)]
struct TableView {
    caption: String,
    headers: Vec<Header>,
    rows: Vec<Vec<Cell>>,
    /// Rows that are not shown.
    left_out: usize,
    /// Whether shares are shown on a shade of their size.
    heat: bool,
}

#[derive(Debug, Serialize)]
struct Header {
    name: String,
    left: bool,
    interval: bool,
}

#[derive(Debug, Serialize)]
struct Cell {
    text: String,
    left: bool,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    range: Option<String>,
    /// Whether it is a share, which can be shaded.
    share: bool,
}

impl SectionView {
    /// The sections with ids that no other part of the page has.
    pub(super) fn all(sections: &[ReportSection], taken: &[&str]) -> Result<Vec<Self>> {
        let mut ids: BTreeSet<String> = taken.iter().map(|id| (*id).to_owned()).collect();
        sections.iter().map(|section| Self::of(section, &mut ids)).collect()
    }

    fn of(section: &ReportSection, ids: &mut BTreeSet<String>) -> Result<Self> {
        let slug = slug(&section.title);
        let id = (1..).map(|k| if k == 1 { slug.clone() } else { format!("{slug}-{k}") }).find(|id| !ids.contains(id));
        let id = id.unwrap_or(slug);
        // A title's id belongs to a section too, and those of its charts.
        ids.extend([id.clone(), format!("{id}-title")]);
        let chart = |(k, plot): (usize, &Plot)| {
            let id = if k == 0 { format!("{id}-chart") } else { format!("{id}-chart-{}", k + 1) };
            ids.extend([id.clone(), format!("{id}-title"), format!("{id}-finding")]);
            Ok(ChartView {
                title: plot.title.clone(),
                svg: plot.draw(id, section.findings.join(" "))?,
                caption: plot.caption.clone(),
                legend: plot.legend.clone(),
            })
        };
        let charts = section.plots.iter().enumerate().map(chart).collect::<Result<_>>()?;
        let table = |(k, (caption, table)): (usize, &(String, Table))| TableView {
            heat: section.heat && k == 0,
            ..TableView::of(caption, table)
        };
        Ok(Self {
            id,
            title: section.title.clone(),
            sentence: section.sentence.clone(),
            findings: section.findings.clone(),
            charts,
            tables: section.tables.iter().enumerate().map(table).collect(),
        })
    }
}

/// `Voice of the customer` as `voice-of-the-customer`.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "section".to_owned() } else { slug.to_owned() }
}

/// `net_retention` as `Net retention`.
fn heading(name: &str) -> String {
    let word = |(k, word): (usize, &str)| {
        if let Some((_, known)) = ABBREVIATIONS.iter().find(|(short, _)| *short == word) {
            return (*known).to_owned();
        }
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if k == 0 => first.to_uppercase().chain(letters).collect(),
            _ => word.to_owned(),
        }
    };
    name.split(['_', ' ']).filter(|w| !w.is_empty()).enumerate().map(word).collect::<Vec<_>>().join(" ")
}

fn is_share(name: &str) -> bool {
    name.split('_').any(|word| SHARES.contains(&word))
}

/// The numbers of a column, if it has numbers.
fn numbers(column: &Column, rows: usize) -> Option<Vec<Option<f64>>> {
    let finite = |v: f64| Some(v).filter(|v| v.is_finite());
    match column {
        Column::Integer(v) => Some(v.iter().take(rows).map(|v| Some(*v as f64)).collect()),
        Column::Float(v) => Some(v.iter().take(rows).map(|v| finite(*v)).collect()),
        Column::Optional(v) => Some(v.iter().take(rows).map(|v| v.and_then(finite)).collect()),
        _ => None,
    }
}

impl TableView {
    fn of(caption: &str, table: &Table) -> Self {
        let shown = table.rows().min(ROWS);
        let with = |name: &str, end: &str| {
            // `low` and `high` alone belong to the number before them.
            table.column(&format!("{name}_{end}")).or_else(|| table.column(end).filter(|_| belongs(table, name)))
        };
        let figures = table.columns().next().filter(|(name, _)| FIGURES.contains(name)).map(|(_, column)| column);
        let mut headers = Vec::new();
        let mut rows: Vec<Vec<Cell>> = (0..shown).map(|_| Vec::new()).collect();
        for (name, column) in table.columns() {
            if part_of_another(table, name) {
                continue;
            }
            let values = numbers(column, shown);
            let ends = match (&values, with(name, "low"), with(name, "high")) {
                (Some(_), Some(low), Some(high)) => numbers(low, shown).zip(numbers(high, shown)),
                _ => None,
            };
            headers.push(Header { name: heading(name), left: values.is_none(), interval: ends.is_some() });
            let Some(values) = values else {
                let named = FIGURES.contains(&name) || NAMED.contains(&name);
                for (row, cells) in rows.iter_mut().enumerate() {
                    let text = column.format(row);
                    cells.push(Cell::text(if named { heading(&text) } else { text }));
                }
                continue;
            };
            let of_column = reader(name, column, &values);
            for (row, cells) in rows.iter_mut().enumerate() {
                let (low, high) = ends.as_ref().map_or((None, None), |(low, high)| (low[row], high[row]));
                cells.push(match &figures {
                    Some(figures) if !is_share(name) => {
                        let of_row = reader(&figures.format(row), column, &[values[row], low, high]);
                        Cell::number(values[row], low, high, &of_row)
                    }
                    _ => Cell { share: is_share(name), ..Cell::number(values[row], low, high, &of_column) },
                });
            }
        }
        Self { caption: caption.to_owned(), headers, rows, left_out: table.rows() - shown, heat: false }
    }
}

/// Whether a column holds the lower or upper end of another one.
fn part_of_another(table: &Table, name: &str) -> bool {
    if name == "low" || name == "high" {
        return table.columns().any(|(other, _)| belongs(table, other));
    }
    ["_low", "_high"].iter().any(|end| {
        name.strip_suffix(end).is_some_and(|base| {
            table.column(base).is_some()
                && table.column(&format!("{base}_low")).is_some()
                && table.column(&format!("{base}_high")).is_some()
        })
    })
}

/// Whether `low` and `high` without more of a name are those of this column: of the one right before them.
fn belongs(table: &Table, name: &str) -> bool {
    let names: Vec<&str> = table.columns().map(|(name, _)| name).collect();
    names.windows(3).any(|w| w == [name, "low", "high"])
}

/// How the numbers of a column are written: all with the same decimals.
fn reader(name: &str, column: &Column, values: &[Option<f64>]) -> impl Fn(f64) -> String + use<> {
    let largest = values.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
    let share = is_share(name) && largest < 20.0;
    let whole = matches!(column, Column::Integer(_)) || values.iter().flatten().all(|v| v.fract() == 0.0);
    let decimals = match largest {
        _ if whole => 0,
        l if l >= 10_000.0 => 0,
        l if l >= 1.0 => 2,
        l if l >= 0.01 => 4,
        _ => 6,
    };
    move |value| if share && !whole { format::percent(value, 1) } else { format::fixed(value, decimals) }
}

impl Cell {
    fn text(text: String) -> Self {
        Self { text, left: true, value: None, low: None, high: None, range: None, share: false }
    }

    fn number(value: Option<f64>, low: Option<f64>, high: Option<f64>, show: &impl Fn(f64) -> String) -> Self {
        let end = |v: Option<f64>| v.map_or_else(|| "open".to_owned(), show);
        // What is known exactly has no interval to be shown.
        let open = (low.is_some() || high.is_some()) && (low != value || high != value);
        let range = open.then(|| format!("{} to {}", end(low), end(high)));
        Self {
            text: value.map_or_else(|| format::NONE.to_owned(), show),
            left: false,
            value,
            low,
            high,
            range,
            share: false,
        }
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
