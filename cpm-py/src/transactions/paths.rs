//! Paths and patterns of names.

use std::path::{Path, PathBuf};

use pyo3::exceptions::{PyFileNotFoundError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// The files behind a path, a pattern, or a list of either.
pub(crate) fn expand(paths: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    if let Ok(path) = paths.extract::<PathBuf>() {
        return matches(paths.py(), path);
    }
    let mut files = Vec::new();
    let found = paths.get_type().fully_qualified_name()?;
    if paths.hasattr(intern!(paths.py(), "read"))? {
        // Its lines would be taken for paths.
        return Err(PyTypeError::new_err(format!(
            "paths must be a str, an os.PathLike or a list of them, not an open file ({found}): give its path"
        )));
    }
    let refuse = || PyTypeError::new_err(format!("paths must be a str, an os.PathLike or a list of them, not {found}"));
    for path in paths.try_iter().map_err(|_| refuse())? {
        files.extend(matches(paths.py(), path?.extract().map_err(|_| refuse())?)?);
    }
    Ok(files)
}

/// A file of that very name, or else the files that match the pattern, in order.
fn matches(py: Python<'_>, path: PathBuf) -> PyResult<Vec<PathBuf>> {
    let is_pattern = |p: &Path| p.to_string_lossy().contains(['*', '?', '[']);
    if path.exists() || !is_pattern(&path) {
        return Ok(vec![path]);
    }
    let options = PyDict::new(py);
    options.set_item("recursive", true)?;
    let pattern = PyString::new(py, &path.to_string_lossy());
    let found = py.import(intern!(py, "glob"))?.call_method("glob", (pattern,), Some(&options))?;
    let mut files: Vec<PathBuf> = found.extract()?;
    if files.is_empty() {
        return Err(PyFileNotFoundError::new_err(format!("no file matches {}", path.display())));
    }
    files.sort();
    Ok(files)
}
