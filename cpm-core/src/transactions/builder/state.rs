//! Saving what a builder has, and going on from there.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::detailed::state::{IDS, ROWS, TEXTS};
use super::super::frames::{FrameReader, FrameWriter, Payload};
use super::super::store::state::CUSTOMERS;
use super::{LogBuilder, QualityReport, ReadOptions};
use crate::error::{Error, Result, SavedStateProblem};

/// Kinds of frames: the first, and the last.
const HEADER: u8 = b'H';
const END: u8 = b'E';

/// What stands before the rows.
#[derive(Serialize, Deserialize)]
struct Header<C> {
    /// The version of the crate, for whoever looks into a file.
    written_by: String,
    read: ReadOptions,
    /// Of whoever builds on rows.
    choices: C,
    origin: String,
    quality: QualityReport,
    /// Whether ids are whole numbers; nothing without rows.
    integers: Option<bool>,
    aliases_found: Vec<bool>,
    first_in: BTreeMap<String, (String, u64)>,
}

impl LogBuilder {
    /// Writes all that this has, with the choices of whoever builds on it. `origin` names the file in messages.
    pub(crate) fn write_state<C: Serialize>(&self, choices: &C, to: impl Write, origin: &str) -> Result<()> {
        // What is saved can be finished; yesterday's file stays as it was.
        self.check_rows()?;
        let header = Header {
            written_by: env!("CARGO_PKG_VERSION").to_owned(),
            read: self.options.clone(),
            choices,
            origin: self.origin.clone(),
            quality: self.quality.clone(),
            integers: match &self.detailed {
                Some(rows) => rows.has_integers(),
                None => self.rows.has_integers(),
            },
            aliases_found: self.aliases.clone(),
            first_in: self.first_in.clone(),
        };
        let json = serde_json::to_vec(&header).map_err(|e| Error::io(origin, e.into()))?;
        let mut to = FrameWriter::new(to, origin)?;
        to.frame(HEADER, &json)?;
        match &self.detailed {
            Some(rows) => rows.write(&mut to)?,
            None => self.rows.write(&mut to)?,
        }
        let mut end = Payload::default();
        end.natural(self.quality.rows_kept);
        to.frame(END, &end.0)?;
        to.finish()
    }

    /// Reads what [`write_state`](Self::write_state) wrote; `new` makes an empty builder from the options and choices.
    pub(crate) fn read_state<C: DeserializeOwned>(
        from: impl Read,
        origin: &str,
        new: impl FnOnce(ReadOptions, &C) -> Self,
    ) -> Result<(Self, C)> {
        let mut frames = FrameReader::new(from, origin)?;
        let (kind, header) = frames.frame()?;
        if kind != HEADER {
            return Err(header.damaged("no header"));
        }
        let state: Header<C> = serde_json::from_slice(header.all()).map_err(|e| header.damaged(&e.to_string()))?;
        let mut builder = new(state.read, &state.choices);
        builder.options.check().map_err(|e| header.damaged(&e.to_string()))?;
        if state.aliases_found.len() != builder.aliases.len() {
            return Err(header.damaged("another number of aliases than the options have"));
        }
        builder.origin = state.origin;
        builder.aliases = state.aliases_found;
        builder.first_in = state.first_in;
        builder.quality = state.quality;
        let origins = builder.quality.origins.len().max(1);
        match (state.integers, &mut builder.detailed) {
            (Some(integers), Some(detailed)) => detailed.prepare(integers),
            (Some(integers), None) => builder.rows.prepare(integers),
            (None, _) => {}
        }
        let mut rows = 0_u64;
        loop {
            let (kind, mut fields) = frames.frame()?;
            match (kind, &mut builder.detailed) {
                (CUSTOMERS, None) => rows += builder.rows.read(&mut fields)?,
                (IDS | TEXTS | ROWS, Some(detailed)) => rows += detailed.read(kind, &mut fields, origins)?,
                (END, _) => {
                    let announced = fields.natural()?;
                    if announced != builder.quality.rows_kept || announced != rows {
                        let what = format!("{rows} rows where {announced} were announced");
                        return Err(fields.damaged(&what));
                    }
                    break;
                }
                _ => return Err(fields.damaged("a frame of an unknown kind")),
            }
        }
        frames.finish()?;
        // An earlier version kept numbers apart from what aliases lead to.
        if builder.options.aliases.as_ref().is_some_and(|aliases| aliases.lead_to_text()) {
            builder.expect_text();
        }
        Ok((builder, state.choices))
    }

    /// The error for choices that cannot be.
    pub(crate) fn bad_choices(origin: &str, what: &str) -> Error {
        let problem = SavedStateProblem::Damaged { at: 0, what: what.to_owned() };
        Error::SavedState { origin: origin.to_owned(), problem }
    }
}
