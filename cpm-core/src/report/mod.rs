//! The portfolio as one HTML file for people: headline numbers, segments, best customers, concentration,
//! retention, a check of the model, its parameters and assumptions, and the quality of the data.
//!
//! The file is complete in itself (style, script and charts are inside), follows the reader's light or dark
//! theme, prints well and works on a phone. The same portfolio always gives the same bytes.

mod charts;
#[cfg(feature = "decisions")]
mod comparison;
mod context;
mod findings;
mod format;
mod retention;
mod section;
#[cfg(feature = "decisions")]
mod sections;
mod svg;
mod view;

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::portfolio::Portfolio;
use context::Page;
use findings::Findings;
use svg::About;
use view::SectionView;

pub use section::ReportSection;

/// The ending tells minijinja to escape everything that is not marked as safe.
const TEMPLATE_NAME: &str = "report.html";
const TEMPLATE: &str = include_str!("template.html");
const SECTIONS_NAME: &str = "sections.html";
const SECTIONS: &str = include_str!("sections.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");
/// Ids of the sections that every report has.
const TAKEN: [&str; 10] = [
    "headlines",
    "segments",
    "top-customers",
    "concentration",
    "retention",
    "model-check",
    "distribution",
    "model",
    "assumptions",
    "data-quality",
];
/// Standard deviation of the shock that all customers share, in the section on risk.
#[cfg(feature = "decisions")]
const SHOCK: f64 = 0.1;
/// Enough for a value at risk to some per cent of itself; its interval is shown.
#[cfg(feature = "decisions")]
const RISK_DRAWS: usize = 1_000;

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
        self.report_html_with(&[])
    }

    /// The same with more sections, in the order given: results of the portfolio room that need more than the log, or tables of your own.
    ///
    /// ```
    /// use cpm_core::portfolio::{SurveyOptions, nps};
    /// use cpm_core::{AnalysisOptions, ReportSection, analyze, datasets};
    /// let portfolio = analyze(&datasets::cdnow_sample()?, &AnalysisOptions::new(52.0))?;
    /// let survey = nps(&[10.0, 9.0, 9.0, 8.0, 7.0, 3.0], &SurveyOptions::new())?;
    /// let html = portfolio.report_html_with(&[ReportSection::try_from(&survey)?])?;
    /// assert!(html.contains("The net promoter score is 33.3"));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`report_html`](Self::report_html).
    pub fn report_html_with(&self, more: &[ReportSection]) -> Result<String> {
        let page = Page::of(self)?;
        let findings = Findings::of(self, &page);
        let charts = Charts::of(self, &page, &findings)?;
        let mut sections = self.own_sections()?;
        sections.extend_from_slice(more);
        let sections = SectionView::all(&sections, &TAKEN);
        let markup = render_sections(&sections)?;
        let contents = Contents { page, findings, charts, sections, markup, style: STYLE, script: SCRIPT };
        render((TEMPLATE_NAME, TEMPLATE), &contents)
    }

    /// What decisions add to the report of every log: growth, migration, risk; what the log is too short for is left out.
    #[cfg(feature = "decisions")]
    fn own_sections(&self) -> Result<Vec<ReportSection>> {
        use crate::portfolio::{AtRiskOptions, StressScenario};
        let mut sections = Vec::new();
        if let Ok(growth) = self.growth() {
            sections.push(ReportSection::try_from(growth)?);
        }
        if let Ok(migration) = self.migration() {
            sections.push(ReportSection::try_from(migration)?);
        }
        let options = AtRiskOptions::new().shock(SHOCK).draws(RISK_DRAWS).level(self.options().value.level);
        let best = (self.totals().customers / 100).max(1) as usize;
        let scenarios = [
            StressScenario::new("20 % more customers make no purchase").churn(0.2),
            StressScenario::new("Customers spend 10 % less").spend(0.1),
            StressScenario::new(&format!("The best 1 %, {}, leave", format::duration(best as f64, "customer")))
                .lose_top(best),
            StressScenario::new("All of that").churn(0.2).spend(0.1).lose_top(best),
        ];
        // A base of which nothing is expected has no risk to show.
        if let (Ok(risk), Ok(stress)) = (self.revenue_at_risk(&options), self.stress_test(&scenarios)) {
            let tested = ReportSection::try_from(stress.as_slice())?;
            let mut section = ReportSection::try_from(&risk)?;
            section.findings.extend(tested.findings);
            section
                .tables
                .extend(tested.tables.into_iter().map(|(_, table)| ("Customer equity under stress".to_owned(), table)));
            sections.push(section.finding(format!(
                "All customers share a shock with a standard deviation of {}, an assumption; without any, {} would be at risk.",
                format::rate(SHOCK),
                format::money(risk.diversified_value_at_risk)
            )));
        }
        Ok(sections)
    }

    #[cfg(not(feature = "decisions"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with the feature")]
    fn own_sections(&self) -> Result<Vec<ReportSection>> {
        Ok(Vec::new())
    }

    /// Writes [`report_html`](Self::report_html) to a file.
    ///
    /// # Errors
    /// As [`report_html`](Self::report_html); [`Error::Io`] if the file cannot be written.
    pub fn write_report(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.report_html()?).map_err(|e| Error::io(path, e))
    }

    /// Writes [`report_html_with`](Self::report_html_with) to a file.
    ///
    /// # Errors
    /// As [`report_html`](Self::report_html); [`Error::Io`] if the file cannot be written.
    pub fn write_report_with(&self, path: impl AsRef<Path>, more: &[ReportSection]) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.report_html_with(more)?).map_err(|e| Error::io(path, e))
    }
}

/// The sections as markup.
fn render_sections(sections: &[SectionView]) -> Result<String> {
    #[derive(Serialize)]
    struct Sections<'a> {
        sections: &'a [SectionView],
    }
    render((SECTIONS_NAME, SECTIONS), &Sections { sections })
}

/// A page from its template.
fn render((name, source): (&'static str, &'static str), contents: &impl Serialize) -> Result<String> {
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
    environment.add_template(name, source).map_err(failed)?;
    environment.get_template(name).map_err(failed)?.render(Serde(contents)).map_err(failed)
}

/// What the template knows.
#[derive(Debug, Serialize)]
struct Contents<'a> {
    page: Page<'a>,
    findings: Findings,
    charts: Charts,
    sections: Vec<SectionView>,
    /// The same as markup.
    markup: String,
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
