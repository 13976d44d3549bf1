//! A section of the report: a sentence, a finding and tables, from anywhere.

use super::plots::Plot;
use crate::table::Table;

/// A section that [`Portfolio::report_html_with`](crate::Portfolio::report_html_with) shows beside its own: a title, a sentence that says
/// what it is about and what to do with it, a finding with numbers, and tables.
///
/// Results of the portfolio room become one by `ReportSection::from(&result)` (with the feature `decisions`); anything else by hand.
///
/// ```
/// use cpm_core::{AnalysisOptions, Column, ReportSection, Table, analyze, datasets};
/// let mut channels = Table::new();
/// channels.push("channel", Column::Text(vec!["search".into(), "fairs".into()]))?;
/// channels.push("cac", Column::Float(vec![31.5, 88.0]))?;
/// let section = ReportSection::new("Channels", "What a new customer costs in each channel.").table("Cost of acquisition", channels);
/// let portfolio = analyze(&datasets::cdnow_sample()?, &AnalysisOptions::new(52.0))?;
/// assert!(portfolio.report_html_with(&[section])?.contains("Cost of acquisition"));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSection {
    pub(super) title: String,
    pub(super) sentence: String,
    pub(super) findings: Vec<String>,
    pub(super) plots: Vec<Plot>,
    pub(super) tables: Vec<(String, Table)>,
    /// Whether the shares of the first table are shown on a shade of their size.
    pub(super) heat: bool,
}

impl ReportSection {
    /// A section without findings and tables.
    #[must_use]
    pub fn new(title: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            sentence: sentence.into(),
            findings: Vec::new(),
            plots: Vec::new(),
            tables: Vec::new(),
            heat: false,
        }
    }

    /// Its title.
    #[must_use]
    pub fn heading(&self) -> &str {
        &self.title
    }

    /// Its tables with their captions.
    #[must_use]
    pub fn tables(&self) -> &[(String, Table)] {
        &self.tables
    }

    /// Another title, such as the name of the campaign.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Another sentence.
    #[must_use]
    pub fn sentence(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = sentence.into();
        self
    }

    /// One more finding: a sentence with the numbers that matter, shown above the tables.
    #[must_use]
    pub fn finding(mut self, finding: impl Into<String>) -> Self {
        self.findings.push(finding.into());
        self
    }

    /// One more table. Columns `x`, `x_low` and `x_high` are shown as one with its interval; of long tables the first rows are shown
    /// and the rest is counted.
    #[must_use]
    pub fn table(mut self, caption: impl Into<String>, table: Table) -> Self {
        self.tables.push((caption.into(), table));
        self
    }

    /// One more chart, above the tables; the findings are its text alternative.
    pub(super) fn plot(mut self, plot: Plot) -> Self {
        self.plots.push(plot);
        self
    }
}
