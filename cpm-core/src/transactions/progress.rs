//! How far reading has come.

use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How far the reading of a log has come; see [`TransactionLog::read_files_with`](super::TransactionLog::read_files_with).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Rows read so far, used or not.
    pub rows: u64,
    /// Bytes of the files read so far; of compressed files as they are on the disk.
    pub bytes: u64,
    /// Bytes of all files; `None` if what is read is not a file.
    pub total_bytes: Option<u64>,
    /// Whether this is the last report.
    pub is_done: bool,
}

/// What a callback that is told of [`Progress`] may answer: nothing, or whether reading is to go on. After a
/// [`ControlFlow::Break`] reading ends with [`Error::Interrupted`].
///
/// ```
/// use std::ops::ControlFlow;
/// use cpm_core::{Error, ReadOptions, TransactionLog};
///
/// let path = std::env::temp_dir().join("cpm-interrupted.csv");
/// std::fs::write(&path, "customer,date,amount\nann,2024-03-01,20\n")?;
/// let options = ReadOptions::new("customer", "date", "amount");
/// let log = TransactionLog::read_files_with([path], &options, |_| ControlFlow::Break(()));
/// assert!(matches!(log, Err(Error::Interrupted)));
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ProgressAnswer {
    /// Whether reading is to go on.
    fn into_flow(self) -> ControlFlow<()>;
}

impl ProgressAnswer for () {
    fn into_flow(self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl ProgressAnswer for ControlFlow<()> {
    fn into_flow(self) -> Self {
        self
    }
}

/// A callback is not called more often.
const PAUSE: Duration = Duration::from_millis(100);

type Callback = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;

/// Counts pieces, not rows, so that it costs nothing where rows are read; shared by all that read side by side.
#[derive(Clone)]
pub(super) struct Meter(Arc<Shared>);

struct Shared {
    callback: Box<Callback>,
    rows: AtomicU64,
    bytes: AtomicU64,
    total_bytes: Option<u64>,
    /// Whether reading is to end, for whoever does not call.
    is_stopped: AtomicBool,
    /// When it was called last.
    last: Mutex<Option<Instant>>,
}

impl Meter {
    pub(super) fn new<A: ProgressAnswer>(
        total_bytes: Option<u64>,
        callback: impl Fn(Progress) -> A + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Shared {
            callback: Box::new(move |progress| callback(progress).into_flow()),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            total_bytes,
            is_stopped: AtomicBool::new(false),
            last: Mutex::new(None),
        }))
    }

    /// Counts rows; an error if reading is to end.
    pub(super) fn add_rows(&self, rows: u64) -> Result<()> {
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
        self.report(false)
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The last report, with its answer.
    pub(super) fn finish(&self) -> Result<()> {
        self.report(true)
    }

    fn report(&self, is_done: bool) -> Result<()> {
        let shared = &*self.0;
        // Held during the call, so that reports come one at a time and in order.
        let last = if is_done {
            Some(shared.last.lock().unwrap_or_else(PoisonError::into_inner))
        } else {
            // Whoever finds it taken has nothing to add.
            shared.last.try_lock().ok()
        };
        let now = Instant::now();
        if let Some(mut last) = last
            && (is_done || last.is_none_or(|last| now - last >= PAUSE))
        {
            *last = Some(now);
            let rows = shared.rows.load(Ordering::Relaxed);
            let bytes = shared.bytes.load(Ordering::Relaxed);
            let bytes = shared.total_bytes.map_or(bytes, |total| bytes.min(total));
            let answer = (shared.callback)(Progress { rows, bytes, total_bytes: shared.total_bytes, is_done });
            if answer.is_break() {
                shared.is_stopped.store(true, Ordering::Relaxed);
            }
        }
        if shared.is_stopped.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("rows", &self.0.rows).finish_non_exhaustive()
    }
}

/// A reader whose bytes are counted, if somebody wants to know.
pub(super) struct Counted<R> {
    pub(super) inner: R,
    pub(super) meter: Option<Meter>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(meter) = &self.meter {
            meter.add_bytes(n as u64);
        }
        Ok(n)
    }
}
