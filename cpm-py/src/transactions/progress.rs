//! How far a long read has come, told to Python; and Ctrl-C, which ends it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cpm_core::Progress;
use pyo3::exceptions::PyOSError;
use pyo3::intern;
use pyo3::prelude::*;

use crate::error::OrRaise;

/// How often it is asked whether somebody pressed Ctrl-C.
const PAUSE: Duration = Duration::from_millis(100);

/// What the core calls as it reads.
pub(crate) type Callback = Box<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// Who is told, if anybody wants to know.
pub(crate) struct Reporter {
    call: Option<Py<PyAny>>,
}

/// What the threads that read and the one that waits for them tell each other.
#[derive(Default)]
struct Shared {
    /// The first exception, of the callback or a signal's handler.
    error: Mutex<Option<PyErr>>,
    is_stopped: AtomicBool,
    /// Whether all is read: from here on a signal is left to the interpreter.
    is_read: AtomicBool,
}

impl Shared {
    fn stop(&self, raised: PyErr) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(raised);
        self.is_stopped.store(true, SeqCst);
    }

    fn tell(&self, call: Option<&Py<PyAny>>, progress: Progress) -> ControlFlow<()> {
        let Progress { rows, bytes, total_bytes, is_done, .. } = progress;
        if let Some(call) = call
            && !self.is_stopped.load(SeqCst)
        {
            let told = Python::attach(|py| call.call1(py, (rows, bytes, total_bytes, is_done)).map(drop));
            told.unwrap_or_else(|raised| self.stop(raised));
        }
        if is_done {
            self.is_read.store(true, SeqCst);
        }
        if self.is_stopped.load(SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Reporter {
    /// From the keyword `progress`: a bool, a function, or None.
    pub(crate) fn new(py: Python<'_>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let module = py.import(intern!(py, "cpm._progress"))?;
        let call = module.call_method1(intern!(py, "reporter"), (progress,))?;
        Ok(Self { call: (!call.is_none()).then(|| call.unbind()) })
    }

    /// What `read` gives, or the exception that ended it: of the callback, or that of Ctrl-C.
    ///
    /// Python handles signals in its main thread only, which is the one that waits here: the others read, and look at a
    /// flag. So signals cost them nothing, and this one the interpreter's lock for a moment ten times a second.
    pub(crate) fn run<T: Send>(
        self,
        py: Python<'_>,
        read: impl FnOnce(Callback) -> cpm_core::Result<T> + Send,
    ) -> PyResult<T> {
        let shared = Arc::new(Shared::default());
        let callback: Callback = {
            let (shared, call) = (Arc::clone(&shared), self.call);
            Box::new(move |progress| shared.tell(call.as_ref(), progress))
        };
        let result = py.detach(|| {
            let (done, wait) = channel::<()>();
            thread::scope(|scope| {
                let reading = thread::Builder::new().name("cpm-read".to_owned()).spawn_scoped(scope, move || {
                    let result = read(callback);
                    // Dropping it would do as well, and does after a panic.
                    let _ = done.send(());
                    result
                })?;
                while wait.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                    if !shared.is_read.load(SeqCst) {
                        Python::attach(|py| py.check_signals()).unwrap_or_else(|raised| shared.stop(raised));
                    }
                }
                Ok(reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        });
        let result = result.map_err(|e: std::io::Error| PyOSError::new_err(e.to_string()))?;
        let raised = shared.error.lock().unwrap_or_else(PoisonError::into_inner).take();
        raised.map_or_else(|| result.or_raise(), Err)
    }
}
