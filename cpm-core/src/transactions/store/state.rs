//! The rows of a store in the frames of a saved state: customer by customer.

use std::io::Write;

use super::super::frames::{Fields, FrameWriter, Payload};
use super::order::ExactRows;
use super::sealed::StoredRow;
use super::{MergedRows, NO_RETURN, RowStore, partition_of};
use crate::error::Result;
use crate::transactions::builder::LARGEST;
use crate::transactions::{CustomerId, Timestamp};

/// The kind of frame that holds customers and their rows.
pub(in super::super) const CUSTOMERS: u8 = b'C';
/// Bytes after which a frame ends.
const FRAME: usize = 1 << 20;
/// Rows of a customer that stand together: one with more stands there several times.
const ROWS: usize = 1 << 16;
/// Sums may be larger than the largest amount.
const LARGEST_SUM: f64 = LARGEST * 1e10;

impl RowStore {
    /// Writes the customers, a partition at a time, so that no copy of the whole is made.
    pub(in super::super) fn write(&self, to: &mut FrameWriter<'_, impl Write>) -> Result<()> {
        let mut payload = Payload::default();
        let integers = self.has_integers() == Some(true);
        for (number, waiting) in self.waiting.iter().enumerate() {
            let mut part = self.shared.lock(number).clone();
            let mut waiting = waiting.clone();
            for row in self.undealt.of(number) {
                waiting.push(row);
            }
            part.settle(&mut waiting, self.merging.as_ref());
            if part.is_empty() {
                continue;
            }
            let (ids, ExactRows { rows, rest }) = part.into_sorted(self.merging.as_ref());
            let mut rest = rest.iter().peekable();
            for (customer, place) in rows.start.windows(2).enumerate() {
                for piece in (place[0]..place[1]).step_by(ROWS) {
                    let piece = piece..place[1].min(piece + ROWS);
                    match ids.get(customer as u32, integers, &mut [0; 16]) {
                        CustomerId::Text(text) => payload.text(text),
                        CustomerId::Integer(number) => payload.integer(number),
                    }
                    payload.natural(piece.len() as u64);
                    let mut before = 0;
                    for row in piece {
                        let time = rows.time[row].seconds();
                        payload.integer(time - before);
                        before = time;
                        payload.float(rows.amount[row]);
                        let Some(merged) = rows.merged.get(row) else { continue };
                        let parts: Vec<f64> = std::iter::from_fn(|| rest.next_if(|(of, _)| *of as usize == row))
                            .map(|(_, part)| *part)
                            .collect();
                        write_merged(&mut payload, *merged, rows.amount[row], &parts);
                    }
                    if payload.0.len() >= FRAME {
                        to.frame(CUSTOMERS, &payload.0)?;
                        payload.0.clear();
                    }
                }
            }
        }
        if payload.0.is_empty() { Ok(()) } else { to.frame(CUSTOMERS, &payload.0) }
    }

    /// Takes the customers of a frame; the answer is how many rows of the source they stand for.
    pub(in super::super) fn read(&mut self, from: &mut Fields<'_>) -> Result<u64> {
        let integers = self.has_integers() == Some(true);
        let is_merging = self.merging.is_some();
        let mut rows = 0;
        while !from.is_done() {
            let find = |id| {
                let (partition, key, hash) = partition_of(id);
                (partition, self.shared.lock(partition).number(id, key, hash))
            };
            let (partition, number) = if integers {
                find(CustomerId::Integer(from.integer()?))
            } else {
                find(CustomerId::Text(from.text()?))
            };
            let count: usize = from.at_most(ROWS as u64, "a number of rows of")?;
            if count == 0 {
                return Err(from.damaged("a customer without rows"));
            }
            let mut time = 0;
            for _ in 0..count {
                time = usable_time(from, time)?;
                let amount = usable_amount(from)?;
                let (merged, parts) = if is_merging { read_merged(from, amount)? } else { (None, Vec::new()) };
                rows += merged.map_or(1, |m| u64::from(m.rows));
                let row = StoredRow { time: Timestamp::from_seconds(time), amount, merged, rest: &parts };
                self.shared.lock(partition).restore(number, row, self.merging.as_ref());
            }
        }
        Ok(rows)
    }
}

/// Nearly all rows stand for a single one, which takes a byte.
fn write_merged(payload: &mut Payload, merged: MergedRows, amount: f64, parts: &[f64]) {
    let is_plain = merged == MergedRows { rows: merged.rows, ..MergedRows::once(amount) } && parts.is_empty();
    payload.natural(u64::from(merged.rows) << 1 | u64::from(!is_plain));
    if !is_plain {
        payload.natural(u64::from(merged.returns));
        payload.natural(u64::from(merged.zeros));
        if merged.has_return() {
            payload.integer(i64::from(merged.return_scale));
        }
        payload.natural(parts.len() as u64);
        parts.iter().for_each(|&part| payload.float(part));
    }
}

fn read_merged(from: &mut Fields<'_>, amount: f64) -> Result<(Option<MergedRows>, Vec<f64>)> {
    let code: u64 = from.at_most(u64::from(u32::MAX) << 1 | 1, "a number of rows of")?;
    let rows = (code >> 1) as u32;
    if rows == 0 {
        return Err(from.damaged("a row that stands for none"));
    }
    let mut merged = MergedRows { rows, ..MergedRows::once(amount) };
    let mut parts = Vec::new();
    if code & 1 == 1 {
        let limit = u64::from(u16::MAX);
        merged.returns = from.at_most(limit, "a number of returns of")?;
        merged.zeros = from.at_most(limit, "a number of zeros of")?;
        merged.return_scale = if merged.has_return() { usable_scale(from)? } else { NO_RETURN };
        // As many as cover all floats.
        let count: usize = from.at_most(64, "a number of parts of")?;
        for _ in 0..count {
            parts.push(usable_amount(from)?);
        }
    }
    Ok((Some(merged), parts))
}

fn usable_scale(from: &mut Fields<'_>) -> Result<i16> {
    let scale = i16::try_from(from.integer()?).ok().filter(|scale| (-1022..1024).contains(scale));
    scale.ok_or_else(|| from.damaged("a size of returns that no number has"))
}

/// A time as its distance from the one before.
pub(in super::super) fn usable_time(from: &mut Fields<'_>, before: i64) -> Result<i64> {
    let time = before.checked_add(from.integer()?).filter(|&time| Timestamp::from_seconds(time).is_usable());
    time.ok_or_else(|| from.damaged("a time outside the calendar"))
}

pub(in super::super) fn usable_amount(from: &mut Fields<'_>) -> Result<f64> {
    let amount = from.float()?;
    if amount.abs() <= LARGEST_SUM { Ok(amount) } else { Err(from.damaged("an amount that is not a number")) }
}
