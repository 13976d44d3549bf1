//! What the template sees: the portfolio's figures beside what only a page needs.

use std::path::Path;

use serde::Serialize;

use super::format;
use super::retention::Retention;
use crate::clv::{CustomerValue, FitReport, HoldoutCheck, PurchaseModel};
use crate::error::Result;
use crate::estimate::{Estimate, Interval};
use crate::portfolio::{Concentration, Portfolio, SegmentFigures, Totals};
use crate::summary::{SummaryQuality, TimeUnit};
use crate::transactions::{QualityReport, RowIssue, Timestamp};

/// Rows of the table of best customers.
const TOP: usize = 20;
/// Upper ends of the classes of expected purchases; the last class is open.
const CLASSES: [f64; 10] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
const SPEND_MODEL: &str = "Gamma-Gamma";
/// Horizons beyond this many days have no date that helps a reader.
const LONGEST_DATED: f64 = 100.0 * 365.25;

/// The whole page, without charts.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    pub(super) as_of: String,
    as_of_given: bool,
    /// The logs, files without their folders.
    logs: Vec<String>,
    period: (String, String),
    time_unit: &'static str,
    pub(super) horizon: String,
    horizon_end: Option<String>,
    level: String,
    margin: f64,
    cost_per_purchase: f64,
    discount_rate: f64,
    totals: &'a Totals,
    segments: &'a [SegmentFigures],
    pub(super) segment_decimals: usize,
    top: Vec<TopCustomer>,
    top_decimals: usize,
    revenue: &'a Concentration,
    value: &'a Concentration,
    pub(super) retention: Retention,
    check: Option<&'a HoldoutCheck>,
    holdout: Option<HoldoutWords>,
    no_check: Option<&'a str>,
    pub(super) classes: Vec<PurchaseClass>,
    model: Model,
    spend: Model,
    spend_mean: f64,
    spend_excluded: u64,
    #[serde(skip)]
    pub(super) new_customer: Estimate,
    quality: Quality<'a>,
}

/// A row of the table of best customers.
#[derive(Debug, Serialize)]
struct TopCustomer {
    id: String,
    segment: String,
    purchases: f64,
    days_since_last: f64,
    probability_alive: f64,
    expected_purchases: f64,
    purchases_range: Interval,
    value: CustomerValue,
}

/// Customers whose expected purchases lie in one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PurchaseClass {
    pub(super) label: String,
    /// Lower end of the class.
    pub(super) from: f64,
    pub(super) customers: u64,
    pub(super) purchases: f64,
}

/// A fitted model in figures.
#[derive(Debug, Serialize)]
struct Model {
    name: &'static str,
    parameters: Vec<Parameter>,
    fit: Option<Fit>,
}

#[derive(Debug, Serialize)]
struct Parameter {
    name: &'static str,
    value: f64,
    standard_error: Option<f64>,
    meaning: String,
}

#[derive(Debug, Serialize)]
struct Fit {
    converged: bool,
    iterations: usize,
    customers: f64,
    distinct: usize,
    gradient_norm: String,
    condition_number: Option<f64>,
    log_likelihood: f64,
    aic: f64,
    bic: f64,
    warnings: Vec<String>,
}

/// When the hold-out was, and where its purchases lie in the interval.
#[derive(Debug, Serialize)]
struct HoldoutWords {
    start: String,
    end: String,
    duration: String,
    verdict: &'static str,
    /// Expected over actual, less 1.
    difference: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Quality<'a> {
    log: &'a QualityReport,
    summary: Option<&'a SummaryQuality>,
    rows_excluded: u64,
    reasons: Vec<(&'static str, u64, &'static str)>,
    examples: Vec<Example<'a>>,
    merge_within: String,
}

#[derive(Debug, Serialize)]
struct Example<'a> {
    origin: &'a str,
    place: String,
    column: &'a str,
    value: &'a str,
    reason: &'static str,
}

impl<'a> Page<'a> {
    pub(super) fn of(portfolio: &'a Portfolio) -> Result<Self> {
        let value = portfolio.options().value;
        let unit = portfolio.summary().time_unit();
        let (first, last) =
            portfolio.quality().period.unwrap_or((Timestamp::from_seconds(0), Timestamp::from_seconds(0)));
        let as_of = portfolio.summary().quality().map_or(last, |q| q.as_of);
        let (model, spend) = (portfolio.model(), portfolio.spend());
        let top = top_customers(portfolio);
        let largest_segment = portfolio.segments().iter().map(|s| s.revenue.max(s.value.value)).fold(0.0, f64::max);
        let holdout = portfolio.holdout();
        Ok(Self {
            as_of: format::date(as_of),
            as_of_given: portfolio.summary().quality().is_some_and(|q| q.as_of_given),
            logs: portfolio.quality().origins.iter().map(|origin| file_name(origin)).collect(),
            period: (format::date(first), format::date(last)),
            time_unit: unit.name(),
            horizon: format::duration(value.horizon, unit.name()),
            horizon_end: horizon_end(as_of, value.horizon, unit),
            level: format::rate(value.level),
            margin: value.margin,
            cost_per_purchase: value.cost_per_purchase,
            discount_rate: value.discount_rate,
            totals: portfolio.totals(),
            segments: portfolio.segments(),
            segment_decimals: format::money_decimals(largest_segment),
            top_decimals: format::money_decimals(top.iter().map(|c| c.value.value_high).fold(0.0, f64::max)),
            top,
            revenue: portfolio.revenue_concentration(),
            value: portfolio.value_concentration(),
            retention: Retention::of(portfolio.cohorts()),
            check: holdout.ok(),
            holdout: holdout.ok().map(HoldoutWords::of),
            no_check: holdout.err(),
            classes: purchase_classes(portfolio.prediction().customers().iter().map(|c| c.expected_purchases.value)),
            model: Model::of(model.name(), model.parameters(), model.fit_report(), unit),
            spend: Model::of(SPEND_MODEL, spend.parameters(), spend.fit_report(), unit),
            spend_mean: spend.population_mean(),
            spend_excluded: spend.excluded(),
            new_customer: model.predict_new_customer(value.horizon, value.level)?.expected_purchases,
            quality: Quality::of(portfolio),
        })
    }
}

/// The name of a file without its folders; an origin that does not look like a file as it is.
fn file_name(origin: &str) -> String {
    let path = Path::new(origin);
    let name = path.extension().and(path.file_name()).and_then(|name| name.to_str());
    name.unwrap_or(origin).to_owned()
}

fn horizon_end(as_of: Timestamp, horizon: f64, unit: TimeUnit) -> Option<String> {
    let days = (horizon * unit.days()).round();
    (days <= LONGEST_DATED).then(|| format::date(Timestamp::from_days(as_of.days() + days as i64)))
}

/// The customers of highest value; of equals, the first in order of id.
fn top_customers(portfolio: &Portfolio) -> Vec<TopCustomer> {
    let values = portfolio.value().customers();
    let mut order: Vec<usize> = (0..values.len()).collect();
    let better = |a: &usize, b: &usize| values[*b].value.total_cmp(&values[*a].value).then(a.cmp(b));
    if order.len() > TOP {
        order.select_nth_unstable_by(TOP, better);
        order.truncate(TOP);
    }
    order.sort_unstable_by(better);
    let summary = portfolio.summary();
    let days_since_last = summary.days_since_last();
    let segments = portfolio.segmentation();
    let customer = |i: usize| {
        let scores = &portfolio.prediction().customers()[i];
        TopCustomer {
            id: summary.customer_ids().get(i).to_string(),
            segment: segments.name_of(i).to_owned(),
            purchases: summary.frequency()[i] + 1.0,
            days_since_last: days_since_last[i],
            probability_alive: scores.probability_alive.value,
            expected_purchases: scores.expected_purchases.value,
            purchases_range: scores.purchases,
            value: values[i],
        }
    };
    order.into_iter().map(customer).collect()
}

/// Counts by class; empty classes at either end are left out.
fn purchase_classes(expected: impl Iterator<Item = f64>) -> Vec<PurchaseClass> {
    let mut classes: Vec<PurchaseClass> = (0..=CLASSES.len())
        .map(|k| {
            let from = if k == 0 { 0.0 } else { CLASSES[k - 1] };
            let label = match CLASSES.get(k) {
                Some(to) if k == 0 => format!("<\u{a0}{to}"),
                Some(to) => format!("{from}\u{2013}{to}"),
                None => format!("\u{2265}\u{a0}{from}"),
            };
            PurchaseClass { label, from, customers: 0, purchases: 0.0 }
        })
        .collect();
    for purchases in expected {
        let class = &mut classes[CLASSES.partition_point(|&to| to <= purchases)];
        class.customers += 1;
        class.purchases += purchases;
    }
    let used = |c: &PurchaseClass| c.customers > 0;
    let (first, last) = (classes.iter().position(used), classes.iter().rposition(used));
    match (first, last) {
        (Some(first), Some(last)) => classes.drain(first..=last).collect(),
        _ => Vec::new(),
    }
}

impl Model {
    fn of(model: &'static str, parameters: Vec<(&'static str, f64)>, fit: Option<&FitReport>, unit: TimeUnit) -> Self {
        let parameter = |(i, (name, value)): (usize, (&'static str, f64))| Parameter {
            name,
            value,
            standard_error: fit.and_then(|f| f.standard_errors.get(i).copied().flatten()),
            meaning: meaning(model, name, unit.name()),
        };
        Self {
            name: model,
            parameters: parameters.into_iter().enumerate().map(parameter).collect(),
            fit: fit.map(Fit::of),
        }
    }
}

fn meaning(model: &str, parameter: &str, unit: &str) -> String {
    let words = match parameter {
        "b" if model == "GGompertz/NBD" => return format!("growth of the death rate with age, per {unit}"),
        "beta" if model == "GGompertz/NBD" => "inverse scale of the death rates",
        "r" => "shape of the purchase rates: the smaller, the more customers differ",
        "alpha" => return format!("inverse scale of the purchase rates, in {unit}s"),
        "a" => "first parameter of the dropout probabilities",
        "b" => "second parameter of the dropout probabilities",
        "s" => "shape of the death rates: the smaller, the more customers differ",
        "beta" => return format!("inverse scale of the death rates, in {unit}s"),
        "p" => "shape of the amounts of one customer: the larger, the more alike they are",
        "q" => "shape of the mean spends: the larger, the more alike customers are",
        "v" => "scale of the mean spends, in the unit of the log",
        _ => "",
    };
    words.to_owned()
}

impl Fit {
    fn of(report: &FitReport) -> Self {
        Self {
            converged: report.converged,
            iterations: report.iterations,
            customers: report.customers,
            distinct: report.distinct,
            gradient_norm: format!("{:.0e}", report.gradient_norm),
            condition_number: report.condition_number,
            log_likelihood: report.log_likelihood,
            aic: report.aic(),
            bic: report.bic(),
            warnings: report.warnings(),
        }
    }
}

impl HoldoutWords {
    fn of(check: &HoldoutCheck) -> Self {
        let Interval { low, high } = check.expected_total.interval;
        let verdict = match check.actual_total {
            actual if actual < low => "below",
            actual if actual > high => "above",
            _ => "inside",
        };
        Self {
            // The start is the last second of calibration.
            start: format::date(Timestamp::from_days(check.start.days() + 1)),
            end: format::date(check.end),
            duration: format::rounded_duration(check.duration, check.time_unit.name()),
            verdict,
            difference: (check.actual_total > 0.0).then(|| check.expected_total.value / check.actual_total - 1.0),
        }
    }
}

impl<'a> Quality<'a> {
    fn of(portfolio: &'a Portfolio) -> Self {
        let log = portfolio.quality();
        let example = |issue: &'a RowIssue| Example {
            origin: &issue.origin,
            place: issue.place.to_string(),
            column: &issue.column,
            value: &issue.value,
            reason: issue.reason.label(),
        };
        Self {
            log,
            summary: portfolio.summary().quality(),
            rows_excluded: log.rows_excluded(),
            reasons: log.excluded.iter().map(|(r, n)| (r.label(), *n, r.explain())).collect(),
            examples: log.examples.iter().map(example).collect(),
            merge_within: portfolio.options().summary.merge_within.to_string(),
        }
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
