//! What users add to the report, and the report on what changed between two dates.

use std::path::PathBuf;

use cpm_core::ReportSection as Core;
use cpm_core::portfolio::PortfolioComparison as CoreComparison;
use pyo3::prelude::*;

use super::allocation::{Allocation, Regret};
use super::audiences::{AggregateExport, Audience};
use super::break_even_points::{BreakEven, CashPath};
use super::campaign_effects::CampaignEffect;
use super::campaigns::{HoldoutGroup, TargetList};
use super::equity::{CustomerEquity, FutureEquity, ValueBridge};
use super::goals::{Gap, GoalForecast, GoalStatus};
use super::growth::GrowthBridge;
use super::migration::{ContactPolicy, TransitionMatrix};
use super::offers::OfferPlan;
use super::prospects::Pipeline;
use super::risk::RevenueAtRisk;
use super::strategies::StrategyTable;
use super::valuation::Valuation;
use super::voice::{ScoreDifference, SurveyScore};
use super::voice_links::Drivers;
use crate::columns::table;
use crate::error::{CpmError, OrRaise};
use crate::table::Table;

/// A section for the report: a result of :mod:`cpm.portfolio`, or a table of your own.
///
/// Results can be given to :meth:`Portfolio.report` as they are; this class gives them another title, or makes a section of a table.
///
/// Parameters
/// ----------
/// of : result of cpm.portfolio, or table
///     For example what :func:`cpm.portfolio.nps`, ``cash_path`` or ``allocate_budget`` gave; or a :class:`Table`, a data frame, a dict of columns.
/// title, sentence : str, optional
///     What it is called, and in one sentence what it is for. Tables need both; results have their own.
/// finding : str, optional
///     A sentence with the numbers that matter, shown above the table.
///
/// Raises
/// ------
/// CpmError
///     For a table without title or sentence.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> channels = {"channel": ["search", "fairs"], "cac": [31.5, 88.0]}
/// >>> cpm.ReportSection(channels, title="Channels", sentence="What a new customer costs in each channel.")
/// ReportSection('Channels', 1 table)
/// >>> cpm.ReportSection(cpm.portfolio.nps([10, 9, 3, 8]), title="NPS in autumn")
/// ReportSection('NPS in autumn', 1 table)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct ReportSection {
    inner: Core,
    title: String,
    tables: usize,
}

#[pymethods]
impl ReportSection {
    #[new]
    #[pyo3(signature = (of, title=None, sentence=None, finding=None))]
    fn new(
        of: &Bound<'_, PyAny>,
        title: Option<String>,
        sentence: Option<String>,
        finding: Option<String>,
    ) -> PyResult<Self> {
        let (mut inner, own, tables) = match of_result(of)? {
            Some((section, name, tables)) => (section, name, tables),
            None => {
                let (Some(title), Some(sentence)) = (&title, &sentence) else {
                    let message =
                        "a table says nothing by itself: give a title and a sentence that says what it is for";
                    return Err(CpmError::new_err(message));
                };
                let rows = match of.cast::<Table>() {
                    Ok(table) => table.get().core().clone(),
                    Err(_) => table(of)?,
                };
                (Core::new(title, sentence).table(title, rows), title.clone(), 1)
            }
        };
        if let Some(title) = &title {
            inner = inner.title(title);
        }
        if let Some(sentence) = sentence {
            inner = inner.sentence(sentence);
        }
        if let Some(finding) = finding {
            inner = inner.finding(finding);
        }
        Ok(Self { inner, title: title.unwrap_or(own), tables })
    }

    fn __repr__(&self) -> String {
        let ending = if self.tables == 1 { "" } else { "s" };
        format!("ReportSection('{}', {} table{ending})", self.title, self.tables)
    }
}

/// The section that a result makes, its title and number of tables; None if it is no result.
fn of_result(of: &Bound<'_, PyAny>) -> PyResult<Option<(Core, String, usize)>> {
    macro_rules! results {
        ($field:ident: $($kind:ty),* $(,)?) => {
            $(if let Ok(result) = of.cast::<$kind>() {
                let section = Core::try_from(&result.get().$field).or_raise()?;
                let (title, tables) = (section.heading().to_owned(), section.tables().len());
                return Ok(Some((section, title, tables)));
            })*
        };
    }
    results!(
        inner: AggregateExport,
        Audience,
        BreakEven,
        CampaignEffect,
        CashPath,
        ContactPolicy,
        CustomerEquity,
        Drivers,
        FutureEquity,
        Gap,
        GoalForecast,
        GoalStatus,
        GrowthBridge,
        HoldoutGroup,
        OfferPlan,
        Pipeline,
        Regret,
        RevenueAtRisk,
        ScoreDifference,
        StrategyTable,
        SurveyScore,
        TargetList,
        TransitionMatrix,
        Valuation,
        ValueBridge,
    );
    results!(plan: Allocation);
    Ok(None)
}

/// What is to be added to a report: results and sections.
pub(super) fn sections(include: Option<Vec<Bound<'_, PyAny>>>) -> PyResult<Vec<Core>> {
    let section = |(position, of): (usize, &Bound<'_, PyAny>)| {
        if let Ok(section) = of.cast::<ReportSection>() {
            return Ok(section.get().inner.clone());
        }
        of_result(of)?.map(|(section, ..)| section).ok_or_else(|| {
            let kind = of.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
            let message = format!(
                "include[{position}] is a {kind}, which is no section by itself: give a result of cpm.portfolio, or wrap a table in \
                 cpm.ReportSection(table, title=..., sentence=...)"
            );
            CpmError::new_err(message)
        })
    };
    include.unwrap_or_default().iter().enumerate().map(section).collect()
}

/// What changed between two portfolios, and why; see :meth:`Portfolio.compare`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> earlier = cpm.analyze(log, as_of="1997-12-31", margin=0.30)
/// >>> change = cpm.analyze(log, as_of="1998-06-30", margin=0.30).compare(earlier, log=log)
/// >>> change.value_bridge["part"]
/// ['start', 'acquisition', 'purchases', 'expectations', 'loss', 'refit', 'end']
#[pyclass(module = "cpm", frozen)]
pub(crate) struct PortfolioComparison {
    pub(super) inner: CoreComparison,
}

#[pymethods]
impl PortfolioComparison {
    /// The earlier end of observation.
    #[getter]
    fn start(&self) -> String {
        self.inner.from.date_string()
    }

    /// The later end of observation.
    #[getter]
    fn end(&self) -> String {
        self.inner.to.date_string()
    }

    /// Why customer equity changed; the parts add up.
    #[getter]
    fn value_bridge<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, ValueBridge>> {
        ValueBridge::bound(py, self.inner.value)
    }

    /// Why revenue changed: the time between the dates against as long a time before; None without a log.
    #[getter]
    fn revenue_bridge<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, GrowthBridge>>> {
        self.inner.revenue.map(|bridge| GrowthBridge::bound(py, bridge)).transpose()
    }

    /// Who moved to which segment.
    #[getter]
    fn migration<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, TransitionMatrix>> {
        TransitionMatrix::counted_bound(py, self.inner.migration.counts.clone())
    }

    /// One row per figure of the base: ``figure, before, after, change, change_share`` with intervals.
    #[getter]
    fn totals(&self) -> PyResult<Table> {
        self.inner.totals_table().or_raise().map(Into::into)
    }

    /// One row per segment: customers and value before, after and their change.
    #[getter]
    fn segments(&self) -> PyResult<Table> {
        self.inner.segments_table().or_raise().map(Into::into)
    }

    /// Writes the report on the change: one HTML file that is complete in itself.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    /// include : list, optional
    ///     As in :meth:`Portfolio.report`.
    #[pyo3(signature = (path, include=None))]
    fn report(&self, py: Python<'_>, path: PathBuf, include: Option<Vec<Bound<'_, PyAny>>>) -> PyResult<()> {
        let more = sections(include)?;
        py.detach(|| self.inner.write_report(path, &more)).or_raise()
    }

    /// The text of that file.
    #[pyo3(signature = (include=None))]
    fn report_html(&self, py: Python<'_>, include: Option<Vec<Bound<'_, PyAny>>>) -> PyResult<String> {
        let more = sections(include)?;
        py.detach(|| self.inner.report_html(&more)).or_raise()
    }

    fn __repr__(&self) -> String {
        let (start, end) = (self.inner.value.start.amount, self.inner.value.end.amount);
        let (from, to) = (self.inner.from.date_string(), self.inner.to.date_string());
        format!("PortfolioComparison({from} to {to}, customer_equity {start:.2} to {end:.2})")
    }
}
