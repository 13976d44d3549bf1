//! Features of one customer at one date, from its own purchases up to then.

use super::FeatureOptions;
use crate::numerics::accumulator::Accumulator;
use crate::summary::{MergeWithin, for_each_purchase};
use crate::transactions::{Returns, Timestamp, TransactionLog};

const SECONDS_PER_DAY: f64 = 86_400.0;
const DAYS_PER_YEAR: i64 = 365;

/// Names, and whether a value may be missing.
pub(super) type Names = Vec<(String, bool)>;

/// A window's length as part of a name: `4`, `6.5`.
pub(super) fn label(window: f64) -> String {
    format!("{}", (window * 1e6).round() / 1e6)
}

/// What all customers have in common at one date.
pub(super) struct Moment<'a> {
    pub(super) as_of: Timestamp,
    pub(super) label_end: Timestamp,
    pub(super) windows: &'a [f64],
    /// Seconds in a time unit.
    pub(super) unit: f64,
    merge: MergeWithin,
    with_label: bool,
    period_length: f64,
    calendar: bool,
}

impl<'a> Moment<'a> {
    pub(super) fn new(options: &FeatureOptions, windows: &'a [f64], as_of: Timestamp) -> Self {
        Self {
            as_of,
            label_end: options.label_end(as_of),
            windows,
            unit: options.time_unit.days() * SECONDS_PER_DAY,
            merge: options.merge_within,
            with_label: options.label,
            period_length: options.merge_within.length_in(options.time_unit),
            calendar: options.calendar,
        }
    }

    /// For each window the purchases in it and in the one before, then their amounts.
    fn bands(&self) -> Vec<[f64; 4]> {
        vec![[0.0; 4]; self.windows.len()]
    }

    /// Whether a time of the past lies on one of the days of the year that the label window covers.
    fn in_season(&self, time: Timestamp) -> bool {
        let length = (self.label_end.seconds() - self.as_of.seconds()) as f64 / SECONDS_PER_DAY;
        let after = (time.day_of_year() - self.as_of.day_of_year()).rem_euclid(DAYS_PER_YEAR);
        // The as-of day itself is over, and comes again at the end of a label window of a year.
        let after = if after == 0 { DAYS_PER_YEAR } else { after };
        after as f64 <= length
    }
}

/// Names of the columns that [`row`] fills, in order.
pub(super) fn names(log: &TransactionLog, windows: &[f64], calendar: bool) -> Names {
    let always = |name: &str| (name.to_owned(), false);
    let maybe = |name: &str| (name.to_owned(), true);
    let mut names = vec![
        always("frequency"),
        always("recency"),
        always("T"),
        always("time_since_last"),
        maybe("mean_gap"),
        maybe("sd_gap"),
        maybe("overdue_ratio"),
        always("total_amount"),
        always("mean_amount"),
        maybe("sd_amount"),
        always("last_amount"),
        always("season_share"),
    ];
    for w in windows {
        let w = label(*w);
        for name in ["purchases", "amount", "purchases_change", "amount_change"] {
            names.push((format!("{name}_{w}"), false));
        }
    }
    if log.returns() == Returns::Net {
        names.extend([always("returns"), always("returned_amount")]);
    }
    if calendar {
        names.extend([always("season_sin"), always("season_cos")]);
    }
    names
}

/// Fills `out` for a customer, NaN for what does not exist; `None` if it has not bought by then. The answer is whether it
/// makes no purchase in the label window (`false` without a label).
pub(super) fn row(log: &TransactionLog, customer: usize, moment: &Moment<'_>, out: &mut Vec<f64>) -> Option<bool> {
    let merge = moment.merge;
    let end = merge.period(moment.as_of);
    let mut seen = Seen::default();
    let mut bands = moment.bands();
    for_each_purchase(log, customer, merge, moment.as_of, |p| {
        seen.add(p.period, p.amount, moment.period_length, moment.in_season(p.time));
        let age = (end - p.period) as f64 * moment.period_length;
        for (band, w) in bands.iter_mut().zip(moment.windows) {
            let place = if age < *w { 0 } else { 1 };
            if age < 2.0 * w {
                band[place] += 1.0;
                band[2 + place] += p.amount;
            }
        }
    });
    if seen.count == 0.0 {
        return None;
    }
    let (recency, t) =
        ((seen.last - seen.first) as f64 * moment.period_length, (end - seen.first) as f64 * moment.period_length);
    let gaps = seen.count - 1.0;
    let mean_gap = if gaps > 0.0 { recency / gaps } else { f64::NAN };
    let silence = (end - seen.last) as f64 * moment.period_length;
    let amounts = seen.amounts.total();
    let mean = amounts / seen.count;
    out.extend([
        gaps,
        recency,
        t,
        silence,
        mean_gap,
        deviation(seen.gap_squares, recency, gaps),
        // Two purchases of one second have no gap to compare with.
        if mean_gap > 0.0 { silence / mean_gap } else { f64::NAN },
        amounts,
        mean,
        deviation(seen.amount_squares, amounts, seen.count),
        seen.last_amount,
        seen.in_season / seen.count,
    ]);
    for [late, early, late_amount, early_amount] in bands {
        out.extend([late, late_amount, late - early, late_amount - early_amount]);
    }
    if log.returns() == Returns::Net {
        out.extend(returned(log, customer, moment.as_of));
    }
    if moment.calendar {
        let angle = std::f64::consts::TAU * moment.as_of.day_of_year() as f64 / DAYS_PER_YEAR as f64;
        out.extend([angle.sin(), angle.cos()]);
    }
    let mut quiet = true;
    if moment.with_label {
        for_each_purchase(log, customer, merge, moment.label_end, |p| quiet &= p.period <= end);
    }
    Some(quiet)
}

/// Purchases up to a date.
#[derive(Default)]
struct Seen {
    count: f64,
    first: i64,
    last: i64,
    gap_squares: f64,
    amounts: Accumulator,
    amount_squares: f64,
    last_amount: f64,
    in_season: f64,
}

impl Seen {
    fn add(&mut self, period: i64, amount: f64, period_length: f64, in_season: bool) {
        if self.count == 0.0 {
            self.first = period;
        } else {
            let gap = (period - self.last) as f64 * period_length;
            self.gap_squares += gap * gap;
        }
        self.count += 1.0;
        self.last = period;
        self.amounts.add(amount);
        self.amount_squares += amount * amount;
        self.last_amount = amount;
        self.in_season += if in_season { 1.0 } else { 0.0 };
    }
}

/// Sample standard deviation from sums; missing below two values.
pub(super) fn deviation(squares: f64, sum: f64, count: f64) -> f64 {
    if count < 2.0 {
        return f64::NAN;
    }
    ((squares - sum * sum / count).max(0.0) / (count - 1.0)).sqrt()
}

/// Number and size of the returns: negative rows, or of a log that merged rows while it was read, periods with one.
fn returned(log: &TransactionLog, customer: usize, as_of: Timestamp) -> [f64; 2] {
    let (times, amounts) = log.rows_of(customer);
    let merged = log.merged_rows_of(customer);
    let observed = times.partition_point(|t| *t <= as_of);
    let is_return = |row: usize| amounts[row] < 0.0 || merged.get(row).is_some_and(|m| m.has_return());
    let rows = || (0..observed).filter(|row| is_return(*row));
    [rows().count() as f64, rows().map(|row| (-amounts[row]).max(0.0)).sum()]
}
