//! How far reading has come.

use std::fmt;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// A callback is not called more often.
const PAUSE: Duration = Duration::from_millis(100);

type Callback = dyn Fn(Progress) + Send + Sync;

/// Counts pieces, not rows, so that it costs nothing where rows are read; shared by all that read side by side.
#[derive(Clone)]
pub(super) struct Meter(Arc<Shared>);

struct Shared {
    callback: Box<Callback>,
    rows: AtomicU64,
    bytes: AtomicU64,
    total_bytes: Option<u64>,
    /// When it was called last.
    last: Mutex<Option<Instant>>,
}

impl Meter {
    pub(super) fn new(total_bytes: Option<u64>, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        let (rows, bytes, last) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(None));
        Self(Arc::new(Shared { callback: Box::new(callback), rows, bytes, total_bytes, last }))
    }

    pub(super) fn add_rows(&self, rows: u64) {
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
        self.report(false);
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn finish(&self) {
        self.report(true);
    }

    fn report(&self, is_done: bool) {
        let shared = &*self.0;
        // Held during the call, so that reports come one at a time and in order.
        let mut last = if is_done {
            shared.last.lock().unwrap_or_else(PoisonError::into_inner)
        } else {
            // Whoever finds it taken has nothing to add.
            let Ok(last) = shared.last.try_lock() else { return };
            last
        };
        let now = Instant::now();
        if is_done || last.is_none_or(|last| now - last >= PAUSE) {
            *last = Some(now);
            let rows = shared.rows.load(Ordering::Relaxed);
            let bytes = shared.bytes.load(Ordering::Relaxed);
            let bytes = shared.total_bytes.map_or(bytes, |total| bytes.min(total));
            (shared.callback)(Progress { rows, bytes, total_bytes: shared.total_bytes, is_done });
        }
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
