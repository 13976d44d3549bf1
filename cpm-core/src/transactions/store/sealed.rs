//! Rows put away: as bytes, some five for each, instead of the twenty that their numbers take.
//!
//! Customers come in order, each as its distance from the one before, with the number of its rows; the rows of each in
//! order of time, as distances of days where all times are days (or hours, minutes, seconds). An amount is a whole number
//! of cents (or of another decimal unit) if dividing that number gives the same float to the last bit, as it does for
//! whatever was written with so many decimals; another one takes its eight bytes. What only few rows have, the number of
//! rows that they stand for and the rest of an exact sum, is there for these few.

use std::sync::Arc;

use super::order::ExactRows;
use super::{MergedRows, NO_RETURN, SortedRows};
use crate::transactions::Timestamp;
use crate::transactions::leb128::{from_zigzag, push, take, zigzag};
use crate::transactions::timestamp::DAY;

/// Distances of times are whole numbers of the largest of these that fits all.
const UNITS: [i64; 4] = [DAY, 3600, 60, 1];
/// Amounts are whole numbers over the one of these that fits most.
const SCALES: [f64; 4] = [1.0, 100.0, 1_000.0, 10_000.0];
/// How many amounts decide which.
const ASKED: usize = 256;
/// Whole numbers up to here take no more than a float does.
const LARGEST_DECIMAL: f64 = (1_u64 << 48) as f64;
/// Adding and subtracting it rounds to a whole number: between it and its double, floats are 1 apart.
const ROUNDING: f64 = 1.5 * (1_u64 << 52) as f64;

/// A decimal that is not negative, of a row of the source, has a code that is even; that of another row is odd and says
/// what follows.
const HAS_FLOAT: u64 = 1 << 1;
const HAS_MERGED: u64 = 1 << 2;
const HAS_REST: u64 = 1 << 3;

/// Rows of a partition in order of customer and time.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    rows: usize,
    /// First and last time.
    period: (Timestamp, Timestamp),
    unit: i64,
    scale: f64,
    /// Shared by copies.
    customers: Arc<[u8]>,
    bytes: Arc<[u8]>,
}

/// A row as it comes out.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredRow<'a> {
    pub(super) time: Timestamp,
    pub(super) amount: f64,
    /// `None` for a row of the source.
    pub(super) merged: Option<MergedRows>,
    /// What the amount lacks of the exact sum.
    pub(super) rest: &'a [f64],
}

impl Sealed {
    /// `None` for no rows.
    pub(super) fn of(rows: &ExactRows) -> Option<Self> {
        let ExactRows { rows: SortedRows { start, time, amount, merged }, rest } = rows;
        let period = (*time.iter().min()?, *time.iter().max()?);
        let fits = |unit: &&i64| time.iter().all(|t| t.seconds() % **unit == 0);
        let unit = UNITS.iter().find(fits).copied().unwrap_or(1);
        let scale = scale_of(amount);
        let mut customers = Vec::new();
        let mut bytes = Vec::with_capacity(6 * time.len());
        let mut rest = rest.iter().peekable();
        let mut next = 0;
        for (customer, place) in start.windows(2).enumerate().filter(|(_, place)| place[0] < place[1]) {
            let (distance, count) = ((customer - next) as u64, (place[1] - place[0]) as u64);
            next = customer + 1;
            push(&mut customers, distance << 1 | u64::from(count > 1));
            if count > 1 {
                push(&mut customers, count - 2);
            }
            let mut before = period.0;
            for row in place[0]..place[1] {
                // Never negative, and so right without a sign however far times are apart.
                let distance = (time[row].seconds() as u64).wrapping_sub(before.seconds() as u64);
                before = time[row];
                push(&mut bytes, distance / unit as u64);
                let merged = merged.get(row).copied().filter(|m| *m != MergedRows::once(amount[row]));
                let parts = std::iter::from_fn(|| rest.next_if(|(of, _)| *of as usize == row)).map(|(_, part)| *part);
                push_amount(&mut bytes, amount[row], scale, merged, parts);
            }
        }
        Some(Self { rows: time.len(), period, unit, scale, customers: customers.into(), bytes: bytes.into() })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn period(&self) -> (Timestamp, Timestamp) {
        self.period
    }

    /// The customers in order, with the number of rows of each.
    pub(super) fn customers(&self) -> impl Iterator<Item = (u32, usize)> {
        let (mut bytes, mut next) = (&*self.customers, 0);
        std::iter::from_fn(move || {
            let code = take(&mut bytes)?;
            let customer = next + (code >> 1);
            next = customer + 1;
            let count = if code & 1 == 1 { take(&mut bytes)? + 2 } else { 1 };
            Some((customer as u32, count as usize))
        })
    }

    /// Calls `each` with all rows in order.
    pub(super) fn for_each(&self, mut each: impl FnMut(u32, StoredRow<'_>)) {
        let mut bytes = &*self.bytes;
        let mut rest = Vec::new();
        for (customer, count) in self.customers() {
            let mut time = self.period.0.seconds();
            for _ in 0..count {
                let Some(row) = self.take_row(&mut bytes, &mut time, &mut rest) else {
                    debug_assert!(false, "bytes were written by this");
                    return;
                };
                each(customer, row);
            }
        }
    }

    #[inline]
    fn take_row<'a>(&self, bytes: &mut &[u8], time: &mut i64, rest: &'a mut Vec<f64>) -> Option<StoredRow<'a>> {
        let distance = take(bytes)?.wrapping_mul(self.unit as u64);
        *time = (*time as u64).wrapping_add(distance) as i64;
        let time = Timestamp::from_seconds(*time);
        let code = take(bytes)?;
        if code & 1 == 0 {
            return Some(StoredRow { time, amount: (code >> 1) as f64 / self.scale, merged: None, rest: &[] });
        }
        let amount = match code & HAS_FLOAT {
            0 => from_zigzag(take(bytes)?) as f64 / self.scale,
            _ => take_float(bytes)?,
        };
        let mut merged = None;
        if code & HAS_MERGED != 0 {
            let (rows, returns, zeros) = (take(bytes)? as u32, take(bytes)? as u16, take(bytes)? as u16);
            let return_scale = if returns > 0 { from_zigzag(take(bytes)?) as i16 } else { NO_RETURN };
            merged = Some(MergedRows { rows, returns, zeros, return_scale });
        }
        rest.clear();
        if code & HAS_REST != 0 {
            for _ in 0..take(bytes)? {
                rest.push(take_float(bytes)?);
            }
        }
        Some(StoredRow { time, amount, merged, rest })
    }
}

fn push_amount(
    bytes: &mut Vec<u8>,
    amount: f64,
    scale: f64,
    merged: Option<MergedRows>,
    rest: impl Iterator<Item = f64>,
) {
    let decimal = decimal(amount, scale);
    let mut rest = rest.peekable();
    let has_rest = rest.peek().is_some();
    if let (Some(decimal @ 0..), None, false) = (decimal, merged, has_rest) {
        return push(bytes, (decimal as u64) << 1);
    }
    let flag = |is_set: bool, flag: u64| if is_set { flag } else { 0 };
    push(bytes, 1 | flag(decimal.is_none(), HAS_FLOAT) | flag(merged.is_some(), HAS_MERGED) | flag(has_rest, HAS_REST));
    match decimal {
        Some(decimal) => push(bytes, zigzag(decimal)),
        None => bytes.extend_from_slice(&amount.to_le_bytes()),
    }
    if let Some(MergedRows { rows, returns, zeros, return_scale }) = merged {
        [rows, u32::from(returns), u32::from(zeros)].into_iter().for_each(|n| push(bytes, u64::from(n)));
        if returns > 0 {
            push(bytes, zigzag(i64::from(return_scale)));
        }
    }
    if has_rest {
        let rest: Vec<f64> = rest.collect();
        push(bytes, rest.len() as u64);
        rest.iter().for_each(|part| bytes.extend_from_slice(&part.to_le_bytes()));
    }
}

fn take_float(bytes: &mut &[u8]) -> Option<f64> {
    let (&float, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(f64::from_le_bytes(float))
}

/// The whole number which divided by `scale` is the amount, bit for bit.
#[inline]
fn decimal(amount: f64, scale: f64) -> Option<i64> {
    let scaled = amount * scale;
    let whole = (scaled + ROUNDING) - ROUNDING;
    let comes_back = scaled.abs() <= LARGEST_DECIMAL && (whole / scale).to_bits() == amount.to_bits();
    comes_back.then_some(whole as i64)
}

/// The scale at which most amounts are decimals, the smallest of several.
fn scale_of(amounts: &[f64]) -> f64 {
    let asked = || amounts.iter().step_by(amounts.len().div_ceil(ASKED));
    let fitting = |scale: f64| asked().filter(|&&amount| decimal(amount, scale).is_some()).count();
    let most = |best: (usize, f64), scale| {
        let fitting = fitting(scale);
        if fitting > best.0 { (fitting, scale) } else { best }
    };
    SCALES.into_iter().fold((0, 1.0), most).1
}

#[cfg(test)]
#[path = "sealed_tests.rs"]
mod tests;
