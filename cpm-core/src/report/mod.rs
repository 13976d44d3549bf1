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
mod plots;
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

/// Pages and what they share; the ending of the names tells minijinja to escape everything that is not marked as safe.
const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("base.html")),
    ("sections.html", include_str!("sections.html")),
    ("report.html", include_str!("report.html")),
    #[cfg(feature = "decisions")]
    ("comparison.html", include_str!("comparison.html")),
];
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
        let frame = Frame {
            title: format!("Customer portfolio as of {}", page.as_of),
            eyebrow: "Customer portfolio report",
            first: "headlines",
            sections: SectionView::all(&sections, &TAKEN)?,
            ..Frame::default()
        };
        render("report.html", &Contents { frame, page, findings, charts })
    }

    /// What decisions add to the report of every log: growth, migration, risk. What the log is too short for is left out; what went wrong is said.
    #[cfg(feature = "decisions")]
    fn own_sections(&self) -> Result<Vec<ReportSection>> {
        let (growth, migration) = self.movement();
        let mut sections = Vec::new();
        match growth {
            Ok(growth) => sections.push(ReportSection::try_from(growth)?),
            Err(absent) => sections.extend(missing("Growth and retention", absent)),
        }
        match migration {
            Ok(migration) => sections.push(ReportSection::try_from(migration)?),
            Err(absent) => sections.extend(missing("Migration between segments", absent)),
        }
        sections.extend(self.risk_section()?);
        Ok(sections)
    }

    /// Revenue at risk and stress tests; none for a base of which nothing is expected.
    #[cfg(feature = "decisions")]
    fn risk_section(&self) -> Result<Option<ReportSection>> {
        use crate::portfolio::{Absent, AtRiskOptions, StressScenario};
        let options = AtRiskOptions::new().shock(SHOCK).draws(RISK_DRAWS).level(self.options().value.level);
        let risk = match self.revenue_at_risk(&options) {
            Ok(risk) => risk,
            Err(error) => return Ok(missing("Risk", &Absent::of(&error))),
        };
        let section = ReportSection::try_from(&risk)?.finding(format!(
            "All customers share a shock with a standard deviation of {}, an assumption; without any, {} would be at risk.",
            format::rate(SHOCK),
            format::money(risk.diversified_value_at_risk)
        ));
        let best = (self.totals().customers / 100).max(1) as usize;
        let scenarios = [
            StressScenario::new("20 % more customers make no purchase").churn(0.2),
            StressScenario::new("Customers spend 10 % less").spend(0.1),
            StressScenario::new(&format!("The best 1 %, {}, leave", format::duration(best as f64, "customer")))
                .lose_top(best),
            StressScenario::new("All of that").churn(0.2).spend(0.1).lose_top(best),
        ];
        Ok(Some(match self.stress_test(&scenarios) {
            Ok(stress) => {
                let tested = ReportSection::try_from(stress.as_slice())?;
                let section = tested.findings.iter().fold(section, |section, finding| section.finding(finding));
                let tables = tested.tables.into_iter();
                tables.fold(section, |section, (_, table)| section.table("Customer equity under stress", table))
            }
            Err(error) => section.finding(format!("The stress tests could not be made: {error}")),
        }))
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

/// A section that says why it is empty; none if the log has not what it takes.
#[cfg(feature = "decisions")]
fn missing(title: &str, absent: &crate::portfolio::Absent) -> Option<ReportSection> {
    (!absent.is_natural).then(|| {
        ReportSection::new(title, "What belongs here could not be computed.")
            .finding(format!("The reason: {}", absent.reason))
    })
}

/// A page from its template.
fn render(name: &str, contents: &impl Serialize) -> Result<String> {
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
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(failed)?;
    }
    environment.get_template(name).map_err(failed)?.render(Serde(contents)).map_err(failed)
}

/// What the base of every page knows.
#[derive(Debug, Serialize)]
struct Frame {
    title: String,
    eyebrow: &'static str,
    /// Id of the first section.
    first: &'static str,
    sections: Vec<SectionView>,
    version: &'static str,
    style: &'static str,
    script: &'static str,
}

impl Default for Frame {
    fn default() -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            title: String::new(),
            eyebrow: "",
            first: "",
            sections: Vec::new(),
            version,
            style: STYLE,
            script: SCRIPT,
        }
    }
}

/// What the report knows.
#[derive(Debug, Serialize)]
struct Contents<'a> {
    #[serde(flatten)]
    frame: Frame,
    page: Page<'a>,
    findings: Findings,
    charts: Charts,
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
        let about =
            |id: &str, title: String, finding: &str| About { id: id.to_owned(), title, finding: finding.to_owned() };
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
