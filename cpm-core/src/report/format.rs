//! Numbers and dates as people read them.

use crate::transactions::Timestamp;

/// Narrow no-break space: groups thousands, and a line never breaks there.
const GROUP: char = '\u{202f}';
/// No-break space, between a number and its unit.
const SPACE: char = '\u{a0}';
const MINUS: char = '\u{2212}';
/// What stands for a number that does not exist.
pub(super) const NONE: &str = "\u{2013}";
/// From here on an amount is shown without decimals.
const WHOLE_MONEY: f64 = 10_000.0;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `1 234 567.89`, with the decimals asked for.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::with_capacity(plain.len() + 8);
    // What rounds to zero has no sign.
    if value < 0.0 && plain.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        text.push(MINUS);
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(GROUP);
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}

/// A difference, with its sign either way.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if value > 0.0 && text.bytes().any(|b| matches!(b, b'1'..=b'9')) { format!("+{text}") } else { text }
}

/// A whole number: `23 570`.
pub(super) fn count(value: f64) -> String {
    fixed(value, 0)
}

/// Decimals for a column of amounts whose largest is `largest`.
pub(super) fn money_decimals(largest: f64) -> usize {
    if largest.abs() >= WHOLE_MONEY { 0 } else { 2 }
}

/// An amount that stands alone: two decimals, or none if it is large.
pub(super) fn money(value: f64) -> String {
    fixed(value, money_decimals(value))
}

/// A share as a percentage: `12.3 %`. Shares that only round to 0 or 100 are marked as such.
pub(super) fn percent(share: f64, decimals: usize) -> String {
    let step = 0.1_f64.powi(decimals as i32);
    let percentage = 100.0 * share;
    if percentage > 0.0 && percentage < 0.5 * step {
        return format!("<{SPACE}{}{SPACE}%", fixed(step, decimals));
    }
    if percentage < 100.0 && percentage > 100.0 - 0.5 * step {
        return format!(">{SPACE}{}{SPACE}%", fixed(100.0 - step, decimals));
    }
    if !share.is_finite() {
        return NONE.to_owned();
    }
    // Exactly none and exactly all need no decimals.
    let decimals = if share == 0.0 || share == 1.0 { 0 } else { decimals };
    format!("{}{SPACE}%", fixed(percentage, decimals))
}

/// A share that somebody chose, such as a margin: `30 %`, `7.5 %`.
pub(super) fn rate(share: f64) -> String {
    format!("{}{SPACE}%", plain(100.0 * share))
}

/// A number with so many significant digits, as parameters are printed: `0.2426`, `4 414`.
pub(super) fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-6..12).contains(&magnitude) {
        return format!("{value:.*e}", (digits - 1).max(0) as usize);
    }
    fixed(value, (digits - 1 - magnitude).clamp(0, 12) as usize)
}

/// A number that is nobody's measurement, as an option or a duration: `52`, `6.5`, without useless zeros.
pub(super) fn plain(value: f64) -> String {
    let text = fixed(value, 4);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number on an axis, short at any size: `0.5`, `1 500`, `2.5 M`.
pub(super) fn tick(value: f64, step: f64) -> String {
    let (scale, unit) = match value.abs().max(step.abs()) {
        m if m >= 1e9 => (1e9, "bn"),
        m if m >= 1e6 => (1e6, "M"),
        _ => (1.0, ""),
    };
    let decimals = (-(step.abs() / scale).log10()).ceil().clamp(0.0, 6.0);
    let number = plain(format!("{:.*}", decimals as usize, value / scale).parse().unwrap_or(value / scale));
    if unit.is_empty() || value == 0.0 { number } else { format!("{number}{SPACE}{unit}") }
}

/// `30 June 1998`.
pub(super) fn date(time: Timestamp) -> String {
    let iso = time.date_string();
    let parts: Vec<&str> = iso.splitn(3, '-').collect();
    if let [year, month, day] = parts.as_slice() {
        let name = month.parse::<usize>().ok().and_then(|m| MONTHS.get(m.checked_sub(1)?));
        if let (Some(name), Ok(day)) = (name, day.parse::<u8>()) {
            return format!("{day}{SPACE}{name}{SPACE}{year}");
        }
    }
    iso
}

/// A duration that was measured, to a tenth: `26.7 weeks`.
pub(super) fn rounded_duration(value: f64, unit: &str) -> String {
    duration((10.0 * value).round() / 10.0, unit)
}

/// `1 week`, `52 weeks`.
pub(super) fn duration(value: f64, unit: &str) -> String {
    let ending = if value == 1.0 { "" } else { "s" };
    format!("{}{SPACE}{unit}{ending}", plain(value))
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
