//! What each part of the report finds, in a sentence with numbers: read above the chart, and by those who
//! cannot see it.

use serde::Serialize;

use super::context::{Page, PurchaseClass};
use super::format::{count, duration, fixed, money, percent, rate, rounded_duration};
use super::retention::Retention;
use crate::clv::HoldoutCheck;
use crate::estimate::Estimate;
use crate::portfolio::{Portfolio, SegmentFigures};

/// Ages whose retention the text names.
const NAMED_AGES: [usize; 4] = [1, 3, 6, 12];

#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) segments: String,
    pub(super) concentration: String,
    pub(super) retention: String,
    pub(super) check: Option<String>,
    pub(super) tracking: Option<String>,
    pub(super) frequency: Option<String>,
    pub(super) distribution: String,
    model: String,
    churn: String,
    quality: String,
}

impl Findings {
    pub(super) fn of(portfolio: &Portfolio, page: &Page<'_>) -> Self {
        let check = portfolio.holdout().ok();
        Self {
            segments: segments(portfolio),
            concentration: concentration(portfolio),
            retention: retention(&page.retention),
            check: check.map(total),
            tracking: check.map(tracking),
            frequency: check.map(frequency),
            distribution: distribution(portfolio, page),
            model: model(portfolio, page),
            churn: churn(portfolio, page),
            quality: quality(portfolio),
        }
    }
}

/// `12 (95 % interval 10 to 14)`.
fn with_interval(e: Estimate, level: f64, number: fn(f64) -> String) -> String {
    format!("{} ({} interval {} to {})", number(e.value), rate(level), number(e.interval.low), number(e.interval.high))
}

fn share(part: f64, whole: f64) -> String {
    percent(if whole > 0.0 { part / whole } else { 0.0 }, 1)
}

fn segments(portfolio: &Portfolio) -> String {
    let totals = portfolio.totals();
    let by_value = |a: &&SegmentFigures, b: &&SegmentFigures| a.value.value.total_cmp(&b.value.value);
    // Of equals the first, as the table has it.
    let Some(best) = portfolio.segments().iter().rev().max_by(by_value) else {
        return "There are no segments.".to_owned();
    };
    format!(
        "The segment “{}” holds the most value: {} of customer equity with {} of the customers, {}.",
        best.segment,
        share(best.value.value, totals.customer_equity.value),
        share(best.customers as f64, totals.customers as f64),
        with_interval(best.value, portfolio.options().value.level, money)
    )
}

fn concentration(portfolio: &Portfolio) -> String {
    let (revenue, value) = (portfolio.revenue_concentration(), portfolio.value_concentration());
    format!(
        "The best 20\u{a0}% of customers made {} of revenue so far, and the best 20\u{a0}% by value hold {} of expected value; \
         the Gini coefficients are {} and {}.",
        percent(revenue.top_shares[2].1, 1),
        percent(value.top_shares[2].1, 1),
        fixed(revenue.gini, 2),
        fixed(value.gini, 2)
    )
}

fn retention(retention: &Retention) -> String {
    let at = |age: usize| retention.curve.iter().find(|p| p.age == age as f64);
    let parts: Vec<String> = NAMED_AGES
        .iter()
        .filter_map(|&age| {
            at(age).map(|p| format!("{} after {}", percent(p.value, 1), duration(age as f64, &retention.period)))
        })
        .collect();
    if parts.is_empty() {
        return format!("No cohort has been observed for a whole {} after its first one yet.", retention.period);
    }
    format!(
        "Share of customers who purchase in a {}, on average over the cohorts: {}.",
        retention.period,
        parts.join(", ")
    )
}

fn total(check: &HoldoutCheck) -> String {
    let Estimate { value, interval } = check.expected_total;
    let difference = value - check.actual_total;
    let size = if check.actual_total > 0.0 {
        let by = percent(difference.abs() / check.actual_total, 1);
        if difference < 0.0 { format!("{by} fewer than were made") } else { format!("{by} more than were made") }
    } else {
        "while none were made".to_owned()
    };
    let place = match check.actual_total {
        actual if actual < interval.low => "lie below",
        actual if actual > interval.high => "lie above",
        _ => "lie inside",
    };
    format!(
        "For the {} of the hold-out the model expected {} purchases, {size}. The {} that were made {place} the {} \
         interval of {} to {}.",
        rounded_duration(check.duration, check.time_unit.name()),
        count(value),
        count(check.actual_total),
        rate(check.level),
        count(interval.low),
        count(interval.high)
    )
}

fn tracking(check: &HoldoutCheck) -> String {
    let sum = |in_holdout: bool| {
        let rows = check.tracking.iter().filter(move |r| r.in_holdout == in_holdout);
        rows.fold((0.0, 0.0), |(actual, expected), r| (actual + r.actual, expected + r.expected))
    };
    let ((before, before_expected), (after, after_expected)) = (sum(false), sum(true));
    format!(
        "Before the hold-out {} repeat purchases were made and {} expected; in it {} were made and {} expected.",
        count(before),
        count(before_expected),
        count(after),
        count(after_expected)
    )
}

fn frequency(check: &HoldoutCheck) -> String {
    let words: Vec<String> = match check.by_frequency.as_slice() {
        [first, .., last] => vec![
            format!(
                "with {} repeat purchases before, {} made and {} expected",
                first.frequency,
                fixed(first.actual, 2),
                fixed(first.expected, 2)
            ),
            format!(
                "with {} or more, {} made and {} expected",
                last.frequency,
                fixed(last.actual, 2),
                fixed(last.expected, 2)
            ),
        ],
        rows => rows
            .iter()
            .map(|r| {
                format!(
                    "with {} repeat purchases before, {} made and {} expected",
                    r.frequency,
                    fixed(r.actual, 2),
                    fixed(r.expected, 2)
                )
            })
            .collect(),
    };
    format!("Mean purchases in the hold-out: {}.", words.join("; "))
}

fn distribution(portfolio: &Portfolio, page: &Page<'_>) -> String {
    let totals = portfolio.totals();
    let (below, above): (Vec<&PurchaseClass>, Vec<&PurchaseClass>) = page.classes.iter().partition(|c| c.from < 1.0);
    let customers = |side: &[&PurchaseClass]| side.iter().map(|c| c.customers as f64).sum::<f64>();
    let purchases = |side: &[&PurchaseClass]| side.iter().map(|c| c.purchases).sum::<f64>();
    format!(
        "{} customers ({}) are expected to make less than one purchase each in the next {}; the other {} bring {} of \
         all purchases.",
        count(customers(&below)),
        share(customers(&below), totals.customers as f64),
        page.horizon,
        count(customers(&above)),
        share(purchases(&above), purchases(&above) + purchases(&below))
    )
}

fn model(portfolio: &Portfolio, page: &Page<'_>) -> String {
    let new = page.new_customer;
    format!(
        "A customer just acquired is expected to make {} repeat purchases in the next {} ({} interval {} to {}) of {} each.",
        fixed(new.value, 2),
        page.horizon,
        rate(portfolio.options().value.level),
        fixed(new.interval.low, 2),
        fixed(new.interval.high, 2),
        money(portfolio.spend().population_mean())
    )
}

fn churn(portfolio: &Portfolio, page: &Page<'_>) -> String {
    let totals = portfolio.totals();
    let level = portfolio.options().value.level;
    format!(
        "Churn in the next {}: {} of the living customers drop out for good, {}; {} of all customers make no purchase.",
        page.horizon,
        with_interval(totals.attrition, level, count),
        share(totals.attrition.value, totals.alive.value),
        share(totals.without_purchase.value, totals.customers as f64)
    )
}

fn quality(portfolio: &Portfolio) -> String {
    let log = portfolio.quality();
    let left_out = match log.rows_excluded() {
        0 => "none was left out".to_owned(),
        n => format!("{} ({}) were left out", count(n as f64), share(n as f64, log.rows_read as f64)),
    };
    format!("Of {} rows read, {} were kept and {left_out}.", count(log.rows_read as f64), count(log.rows_kept as f64))
}
