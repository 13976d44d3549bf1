//! The portfolio as one HTML file for people: headline numbers, segments, best customers, concentration,
//! retention, a check of the model, its parameters and assumptions, and the quality of the data.
//!
//! The file is complete in itself (style, script and charts are inside), follows the reader's light or dark
//! theme, prints well and works on a phone. The same portfolio always gives the same bytes.

mod charts;
mod context;
mod findings;
mod format;
mod retention;
mod svg;

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::portfolio::Portfolio;
use context::Page;
use findings::Findings;
use svg::About;

/// The ending tells minijinja to escape everything that is not marked as safe.
const TEMPLATE_NAME: &str = "report.html";
const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");

impl Portfolio {
    /// The report as the text of one HTML file, without anything to load from elsewhere.
    ///
    /// ```
    /// use cpm_core::{AnalysisOptions, analyze, datasets};
    /// let portfolio = analyze(&datasets::cdnow_sample()?, &AnalysisOptions::new(52.0))?;
    /// let html = portfolio.report_html()?;
    /// assert!(html.starts_with("<!DOCTYPE html>"));
    /// assert_eq!(html, portfolio.report_html()?); // the same bytes every time
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Report`] if the page or a chart cannot be made.
    pub fn report_html(&self) -> Result<String> {
        let page = Page::of(self)?;
        let findings = Findings::of(self, &page);
        let charts = Charts::of(self, &page, &findings)?;
        let failed = |e: minijinja::Error| Error::Report { reason: e.to_string() };

        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("count", format::count);
        environment.add_filter("fixed", format::fixed);
        environment.add_filter("signed", format::signed);
        environment.add_filter("money", format::money);
        environment.add_filter("percent", |share: f64| format::percent(share, 1));
        environment.add_filter("rate", format::rate);
        environment.add_filter("significant", format::significant);
        environment.add_filter("plain", format::plain);
        environment.add_template(TEMPLATE_NAME, TEMPLATE).map_err(failed)?;
        let template = environment.get_template(TEMPLATE_NAME).map_err(failed)?;
        let contents = Contents { page, findings, charts, style: STYLE, script: SCRIPT };
        template.render(Serde(&contents)).map_err(failed)
    }

    /// Writes [`report_html`](Self::report_html) to a file.
    ///
    /// # Errors
    /// As [`report_html`](Self::report_html); [`Error::Io`] if the file cannot be written.
    pub fn write_report(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.report_html()?).map_err(|e| Error::io(path, e))
    }
}

/// What the template knows.
#[derive(Debug, Serialize)]
struct Contents<'a> {
    page: Page<'a>,
    findings: Findings,
    charts: Charts,
    style: &'static str,
    script: &'static str,
}

/// The charts as inline SVG; none where there is nothing to draw.
#[derive(Debug, Serialize)]
struct Charts {
    segments: String,
    lorenz: String,
    retention: Option<String>,
    tracking: Option<String>,
    frequency: Option<String>,
    distribution: String,
}

impl Charts {
    fn of(portfolio: &Portfolio, page: &Page<'_>, findings: &Findings) -> Result<Self> {
        let about = |id, title: String, finding: &str| About { id, title, finding: finding.to_owned() };
        let check = portfolio.holdout().ok();
        let unit = check.map_or("period", |c| c.time_unit.name());
        let value = format!("value in the next {}", page.horizon);
        let whole = |text: &Option<String>| text.clone().unwrap_or_default();
        Ok(Self {
            segments: charts::segments(
                &about("segments-chart", "Value by segment".to_owned(), &findings.segments),
                portfolio.segments(),
                &value,
                page.segment_decimals,
            )?,
            lorenz: charts::lorenz(
                &about(
                    "lorenz-chart",
                    "Lorenz curves of revenue and expected value".to_owned(),
                    &findings.concentration,
                ),
                &portfolio.revenue_concentration().lorenz,
                &portfolio.value_concentration().lorenz,
            )?,
            // A line needs two points.
            retention: (page.retention.curve.len() > 1)
                .then(|| {
                    let about = about("retention-chart", "Average retention by age".to_owned(), &findings.retention);
                    charts::retention(&about, &page.retention.curve, &page.retention.period)
                })
                .transpose()?,
            tracking: check
                .map(|check| {
                    let title = format!("Repeat purchases per {unit}, made and expected");
                    charts::tracking(&about("tracking-chart", title, &whole(&findings.tracking)), check)
                })
                .transpose()?,
            frequency: check
                .map(|check| {
                    let title = "Purchases in the hold-out by earlier purchases".to_owned();
                    charts::by_frequency(
                        &about("frequency-chart", title, &whole(&findings.frequency)),
                        &check.by_frequency,
                    )
                })
                .transpose()?,
            distribution: charts::purchase_classes(
                &about("distribution-chart", "Customers by expected purchases".to_owned(), &findings.distribution),
                &page.classes,
                &page.horizon,
            )?,
        })
    }
}
