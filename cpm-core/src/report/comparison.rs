//! The report on what changed between two dates.

use std::path::Path;

use serde::Serialize;

use super::section::ReportSection;
use super::view::SectionView;
use super::{Frame, format, render};
use crate::error::{Error, Result};
use crate::portfolio::PortfolioComparison;

#[derive(Debug, Serialize)]
struct Contents {
    #[serde(flatten)]
    frame: Frame,
    horizon: String,
    level: String,
}

impl PortfolioComparison {
    /// The report on the change as the text of one HTML file, without anything to load from elsewhere.
    ///
    /// ```
    /// use cpm_core::{AnalysisOptions, analyze, datasets};
    /// let log = datasets::cdnow_sample()?;
    /// let options = AnalysisOptions::new(52.0);
    /// let (earlier, later) = (analyze(&log, &options.as_of("1997-12-31")?)?, analyze(&log, &options.as_of("1998-06-30")?)?);
    /// let html = later.compare(&earlier, Some(&log), 0.5)?.report_html(&[])?;
    /// assert!(html.contains("Value bridge") && html.contains("Growth and retention"));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Report`] if the page cannot be made.
    pub fn report_html(&self, more: &[ReportSection]) -> Result<String> {
        let mut sections = vec![self.headlines()?, ReportSection::try_from(&self.value)?];
        if let Some(revenue) = &self.revenue {
            sections.push(ReportSection::try_from(revenue)?.sentence(
                "Where the change of revenue between the two dates comes from, against as long a time before the earlier one.",
            ));
        }
        sections.extend([self.segments()?, ReportSection::try_from(&self.migration)?]);
        sections.extend_from_slice(more);
        let frame = Frame {
            title: format!("Customer portfolio from {} to {}", format::date(self.from), format::date(self.to)),
            eyebrow: "What changed in the customer portfolio",
            first: "headline-numbers",
            sections: SectionView::all(&sections, &[])?,
            ..Frame::default()
        };
        render("comparison.html", &Contents { frame, horizon: self.horizon.clone(), level: format::rate(self.level) })
    }

    /// Writes [`report_html`](Self::report_html) to a file.
    ///
    /// # Errors
    /// As [`report_html`](Self::report_html); [`Error::Io`] if the file cannot be written.
    pub fn write_report(&self, path: impl AsRef<Path>, more: &[ReportSection]) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.report_html(more)?).map_err(|e| Error::io(path, e))
    }

    fn headlines(&self) -> Result<ReportSection> {
        let (before, after) = (self.value.start.amount, self.value.end.amount);
        let word = if after < before { "fell" } else { "rose" };
        let by = if before > 0.0 {
            format!(" by {}", format::percent((after / before - 1.0).abs(), 1))
        } else {
            String::new()
        };
        let section = ReportSection::new(
            "Headline numbers",
            format!("The base at both dates; forecasts are for the next {} from each.", self.horizon),
        );
        Ok(section
            .finding(format!("Customer equity {word}{by}, from {} to {}.", format::money(before), format::money(after)))
            .table("The base at both dates, with prediction intervals", self.totals_table()?))
    }

    fn segments(&self) -> Result<ReportSection> {
        Ok(ReportSection::new(
            "Segments",
            "How many customers each segment had and has, and what they are worth; watch those that shrink.",
        )
        .table("Segments at both dates", self.segments_table()?))
    }
}
