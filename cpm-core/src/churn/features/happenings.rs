//! Features of one customer at one date, from one table of events up to then.

use super::events::{Event, EventLog};
use super::purchases::{Moment, Names, label};

/// Names of the columns that [`row`] fills, in order.
pub(super) fn names(log: &EventLog, windows: &[f64]) -> Names {
    let n = &log.name;
    let mut names = vec![(format!("{n}_count"), false), (format!("{n}_since_last"), true)];
    names.extend(windows.iter().map(|w| (format!("{n}_{}", label(*w)), false)));
    if log.valued {
        names.extend([(format!("{n}_last"), true), (format!("{n}_mean"), true)]);
        names.extend(windows.iter().map(|w| (format!("{n}_sum_{}", label(*w)), false)));
    }
    if log.categorised {
        names.push((format!("{n}_variety"), false));
        names.extend(windows.iter().map(|w| (format!("{n}_variety_{}", label(*w)), false)));
    }
    names
}

/// Fills `out`, NaN for what does not exist.
pub(super) fn row(log: &EventLog, events: &[Event], moment: &Moment<'_>, out: &mut Vec<f64>) {
    let age = |e: &Event| (moment.as_of.seconds() - e.time.seconds()) as f64 / moment.unit;
    // Events are in order of time: those of a window are the last ones.
    let within = |w: f64| &events[events.partition_point(|e| age(e) >= w)..];
    out.push(events.len() as f64);
    out.push(events.last().map_or(f64::NAN, age));
    out.extend(moment.windows.iter().map(|w| within(*w).len() as f64));
    let sum = |events: &[Event]| events.iter().map(|e| e.value).sum::<f64>();
    if log.valued {
        out.push(events.last().map_or(f64::NAN, |e| e.value));
        out.push(if events.is_empty() { f64::NAN } else { sum(events) / events.len() as f64 });
        out.extend(moment.windows.iter().map(|w| sum(within(*w))));
    }
    if log.categorised {
        out.push(variety(events));
        out.extend(moment.windows.iter().map(|w| variety(within(*w))));
    }
}

/// Number of distinct categories.
fn variety(events: &[Event]) -> f64 {
    let mut categories: Vec<u32> = events.iter().map(|e| e.category).collect();
    categories.sort_unstable();
    categories.dedup();
    categories.len() as f64
}
