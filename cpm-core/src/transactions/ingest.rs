//! Reading on all cores.

use std::sync::{Mutex, PoisonError};

use super::builder::LogBuilder;
use crate::error::Result;
use crate::numerics::parallel;

/// Pushes all that `next` gives. One worker at a time takes a piece of the source (the part that cannot be done
/// side by side), and pushes it into rows of its own, which are joined at the end.
pub(super) fn ingest<T>(
    builder: &mut LogBuilder,
    next: impl FnMut() -> Result<Option<T>> + Send,
    push: impl Fn(&mut LogBuilder, T) -> Result<()> + Sync,
) -> Result<()> {
    // `None` when the source has ended, in whatever way.
    let source = Mutex::new(Some(next));
    let take = || {
        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = source.as_mut().map_or(Ok(None), |next| next());
        if !matches!(piece, Ok(Some(_))) {
            *source = None;
        }
        piece
    };
    let work = || {
        let mut own = builder.beside();
        let mut push_all = || {
            while let Some(piece) = take()? {
                let before = own.rows_read();
                push(&mut own, piece)?;
                if let Some(meter) = own.meter() {
                    meter.add_rows(own.rows_read() - before)?;
                }
            }
            Ok(())
        };
        let done = push_all();
        own.settle();
        (own, done)
    };
    let parts: Vec<(LogBuilder, Result<()>)> = parallel::map_chunks(parallel::workers(), 1, |_| work()).collect();
    for (part, done) in parts {
        done?;
        builder.merge(part)?;
    }
    Ok(())
}
