//! Rows with details in the frames of a saved state: ids, values of the columns of text, rows.

use std::io::Write;

use super::super::frames::{Fields, FrameWriter, Payload};
use super::super::store::state::{usable_amount, usable_time};
use super::{DetailedRows, MISSING, Source};
use crate::error::Result;
use crate::transactions::{CustomerId, Timestamp};

/// Kinds of frames.
pub(in super::super) const IDS: u8 = b'I';
pub(in super::super) const TEXTS: u8 = b'T';
pub(in super::super) const ROWS: u8 = b'R';
/// Bytes after which a frame ends.
const FRAME: usize = 1 << 20;

impl DetailedRows {
    pub(in super::super) fn write(&self, to: &mut FrameWriter<'_, impl Write>) -> Result<()> {
        let mut payload = Payload::default();
        for id in self.ids.iter() {
            match id {
                CustomerId::Text(text) => payload.text(text),
                CustomerId::Integer(number) => payload.integer(number),
            }
            end_frame(IDS, &mut payload, 0, FRAME, to)?;
        }
        end_frame(IDS, &mut payload, 0, 1, to)?;
        for (number, column) in self.texts.iter().enumerate() {
            payload.natural(number as u64);
            let header = payload.0.len();
            for code in 0..column.values.len() {
                payload.text(column.values.get(code));
                end_frame(TEXTS, &mut payload, header, FRAME, to)?;
            }
            end_frame(TEXTS, &mut payload, header, header + 1, to)?;
            payload.0.clear();
        }
        let mut before = 0;
        for row in 0..self.customer.len() {
            payload.natural(u64::from(self.customer[row]));
            let time = self.time[row].seconds();
            payload.integer(time - before);
            before = time;
            payload.float(self.amount[row]);
            if let Some(cost) = &self.cost {
                payload.float(cost[row]);
            }
            // 0 where it is missing.
            self.texts.iter().for_each(|column| payload.natural(u64::from(column.codes[row].wrapping_add(1))));
            if let Some(source) = &self.source {
                let Source { origin, line, fingerprint, by_alias } = source[row];
                payload.natural(u64::from(origin) << 1 | u64::from(by_alias));
                payload.natural(line);
                payload.0.extend_from_slice(&fingerprint.to_le_bytes());
            }
            if payload.0.len() >= FRAME {
                before = 0;
                end_frame(ROWS, &mut payload, 0, FRAME, to)?;
            }
        }
        end_frame(ROWS, &mut payload, 0, 1, to)
    }

    /// Takes a frame; the answer is how many rows it has. `origins` is how many places rows can come from.
    pub(in super::super) fn read(&mut self, kind: u8, from: &mut Fields<'_>, origins: usize) -> Result<u64> {
        match kind {
            IDS => self.read_ids(from).map(|()| 0),
            TEXTS => self.read_texts(from).map(|()| 0),
            ROWS => self.read_rows(from, origins),
            _ => Err(from.damaged("a frame of an unknown kind")),
        }
    }

    fn read_ids(&mut self, from: &mut Fields<'_>) -> Result<()> {
        let integers = self.integers == Some(true);
        while !from.is_done() {
            let expected = self.ids.len();
            let number = if integers {
                let id = CustomerId::Integer(from.integer()?);
                self.number(id)
            } else {
                let id = CustomerId::Text(from.text()?);
                self.number(id)
            };
            if number.map(|n| n as usize) != Some(expected) {
                return Err(from.damaged("an id that is there twice"));
            }
        }
        Ok(())
    }

    fn read_texts(&mut self, from: &mut Fields<'_>) -> Result<()> {
        let number: usize = from.natural()? as usize;
        let Some(column) = self.texts.get_mut(number) else {
            return Err(from.damaged("a column that the options do not name"));
        };
        while !from.is_done() {
            let expected = column.values.len();
            let text = from.text()?;
            if column.code(Some(text)) as usize != expected {
                return Err(from.damaged("a text that is there twice"));
            }
        }
        Ok(())
    }

    fn read_rows(&mut self, from: &mut Fields<'_>, origins: usize) -> Result<u64> {
        let last = |len: usize| (len as u64).saturating_sub(1);
        let mut rows = 0;
        let mut time = 0;
        while !from.is_done() {
            rows += 1;
            let customer: u32 = from.at_most(last(self.ids.len()), "a customer of number")?;
            if self.ids.is_empty() {
                return Err(from.damaged("a row without a customer"));
            }
            time = usable_time(from, time)?;
            self.amount.push(usable_amount(from)?);
            self.customer.push(customer);
            self.time.push(Timestamp::from_seconds(time));
            if let Some(cost) = &mut self.cost {
                let value = from.float()?;
                if value.is_infinite() {
                    return Err(from.damaged("a cost that is not a number"));
                }
                // One bit pattern, so that rows compare as they did.
                cost.push(if value.is_nan() { f64::NAN } else { value });
            }
            for column in &mut self.texts {
                let code: u32 = from.at_most(column.values.len() as u64, "a text of number")?;
                column.codes.push(code.checked_sub(1).unwrap_or(MISSING));
            }
            if let Some(source) = &mut self.source {
                let code: u64 = from.at_most(last(origins) << 1 | 1, "an origin of number")?;
                let line = from.natural()?;
                let fingerprint = from.take().map(u64::from_le_bytes)?;
                source.push(Source { origin: (code >> 1) as u32, line, fingerprint, by_alias: code & 1 == 1 });
            }
        }
        Ok(rows)
    }
}

/// Ends a frame that has `enough` bytes; its first ones stay, for the next.
fn end_frame(
    kind: u8,
    payload: &mut Payload,
    header: usize,
    enough: usize,
    to: &mut FrameWriter<'_, impl Write>,
) -> Result<()> {
    if payload.0.len() >= enough {
        to.frame(kind, &payload.0)?;
        payload.0.truncate(header);
    }
    Ok(())
}
