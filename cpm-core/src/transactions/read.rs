//! Files of any kind, one or several.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::TransactionLog;
use super::builder::LogBuilder;
use super::csv::read_rows_in;
use super::options::ReadOptions;
use super::progress::{Counted, Meter, Progress, ProgressAnswer};
use crate::error::{Error, Result};

impl TransactionLog {
    /// Reads a file; the end of its name says what it is: `.parquet` or `.pq` is Parquet, `.gz` and `.zst` are
    /// compressed CSV, everything else is CSV, `.tsv` with tabs unless a [delimiter](ReadOptions::delimiter) is given. Of a folder it reads all files with such an end of the name that lie
    /// directly in it.
    ///
    /// ```no_run
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let log = TransactionLog::read("orders.csv.gz", &ReadOptions::new("customer_id", "date", "amount"))?;
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`read_csv`](Self::read_csv) and [`read_parquet`](Self::read_parquet); [`Error::InvalidArgument`] for a
    /// kind of file that this build cannot read.
    pub fn read(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        Self::read_files([path], options)
    }

    /// Reads several files or folders, of one kind or of different kinds, into one log.
    ///
    /// ```no_run
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let options = ReadOptions::new("customer_id", "date", "amount");
    /// let log = TransactionLog::read_files(["orders_2023.csv", "orders_2024.parquet"], &options)?;
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if no file is given, or one twice; as [`read`](Self::read).
    pub fn read_files<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>, options: &ReadOptions) -> Result<Self> {
        // Held until the end: a path may remove its file when it is dropped.
        let paths: Vec<P> = paths.into_iter().collect();
        let mut builder = LogBuilder::new(options.clone());
        all_files(&paths)?.iter().try_for_each(|path| push_file(path, &mut builder))?;
        builder.finish()
    }

    /// The same for a long wait: `progress` is told, some ten times a second and from any thread, how far reading has
    /// come, and once at the end.
    ///
    /// ```no_run
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let options = ReadOptions::new("customer_id", "date", "amount");
    /// let log = TransactionLog::read_files_with(["orders.csv.gz"], &options, |progress| {
    ///     if let Some(total) = progress.total_bytes {
    ///         eprint!("\r{} rows, {} %", progress.rows, 100 * progress.bytes / total.max(1));
    ///     }
    /// })?;
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`read_files`](Self::read_files); [`Error::Interrupted`] if `progress` answers that reading is to end.
    pub fn read_files_with<P: AsRef<Path>, A: ProgressAnswer>(
        paths: impl IntoIterator<Item = P>,
        options: &ReadOptions,
        progress: impl Fn(Progress) -> A + Send + Sync + 'static,
    ) -> Result<Self> {
        let paths: Vec<P> = paths.into_iter().collect();
        let mut builder = LogBuilder::new(options.clone());
        push_files(&all_files(&paths)?, &mut builder, progress)?;
        builder.finish()
    }
}

/// Pushes the rows of several files and tells how far it has come.
pub(crate) fn push_files<A: ProgressAnswer>(
    paths: &[PathBuf],
    builder: &mut LogBuilder,
    progress: impl Fn(Progress) -> A + Send + Sync + 'static,
) -> Result<()> {
    let sizes = paths.iter().map(|path| std::fs::metadata(path).map_err(|e| Error::io(path, e)).map(|m| m.len()));
    let meter = Meter::new(Some(sizes.sum::<Result<u64>>()?), progress);
    builder.set_meter(Some(meter.clone()));
    let done = paths.iter().try_for_each(|path| push_file(path, builder));
    builder.set_meter(None);
    done.and(meter.finish())
}

/// The files that are meant, each of them once.
pub(crate) fn all_files(paths: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>> {
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for given in paths {
        for path in files_of(given.as_ref())? {
            let place = std::fs::canonicalize(&path).map_err(|e| Error::io(&path, e))?;
            if !seen.insert(place) {
                return Err(Error::argument(
                    "paths",
                    path.display(),
                    "the file is given twice; its rows would count twice",
                ));
            }
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Error::argument("paths", "[]", "give at least one file"));
    }
    Ok(files)
}

/// The file itself, or all logs directly in a folder, in order of their names.
fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut files: Vec<PathBuf> =
        entries.map_err(|e| Error::io(path, e))?.iter().map(std::fs::DirEntry::path).collect();
    let is_log = |file: &PathBuf| ["csv", "tsv", "gz", "zst", "parquet", "pq"].contains(&ending(file).as_str());
    // A link to nothing is rows that are missing.
    if let Some(lost) = files.iter().find(|file| is_log(file) && !file.exists()) {
        let what = "a link to a file that is not there";
        return Err(Error::io(lost, std::io::Error::new(std::io::ErrorKind::NotFound, what)));
    }
    // Folders of engines also hold their marks of success and check sums, whose names begin with these.
    let is_mark = |name: &str| name.starts_with(['.', '_']);
    files.retain(|file| {
        file.is_file() && file.file_name().and_then(|n| n.to_str()).is_some_and(|name| !is_mark(name)) && is_log(file)
    });
    files.sort();
    if files.is_empty() {
        let reason = "no file that ends in .csv, .tsv, .csv.gz, .csv.zst or .parquet lies directly in the folder; of \
                      folders in it give the files, in Python as \"folder/**/*.parquet\"";
        return Err(Error::argument("paths", path.display(), reason));
    }
    Ok(files)
}

fn ending(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// Pushes the rows of a file of any kind.
pub(crate) fn push_file(path: &Path, builder: &mut LogBuilder) -> Result<()> {
    match ending(path).as_str() {
        "parquet" | "pq" => push_parquet(path, builder),
        "gz" => push_gzip(path, builder),
        "zst" => push_zstd(path, builder),
        _ => push_csv(counted(path, builder)?, path, builder),
    }
}

fn push_csv(text: impl std::io::Read + Send, path: &Path, builder: &mut LogBuilder) -> Result<()> {
    let origin = path.display().to_string();
    builder.begin(&origin);
    let mut format = builder.options().csv;
    // Orders.tsv and orders.tsv.gz have tabs, unless another delimiter was chosen.
    let stem = if ["gz", "zst"].contains(&ending(path).as_str()) { path.with_extension("") } else { path.to_owned() };
    if ending(&stem) == "tsv" && !format.has_own_delimiter {
        format.delimiter = b'\t';
    }
    read_rows_in(text, &origin, format, |_| true, builder)
}

fn counted(path: &Path, builder: &LogBuilder) -> Result<Counted<File>> {
    let inner = File::open(path).map_err(|e| Error::io(path, e))?;
    Ok(Counted { inner, meter: builder.meter().cloned() })
}

#[cfg(feature = "parquet")]
use super::parquet::push_file as push_parquet;

#[cfg(not(feature = "parquet"))]
fn push_parquet(path: &Path, _: &mut LogBuilder) -> Result<()> {
    Err(Error::argument(
        "path",
        path.display(),
        "this build of cpm-core reads no Parquet; enable its feature `parquet`",
    ))
}

#[cfg(feature = "gzip")]
fn push_gzip(path: &Path, builder: &mut LogBuilder) -> Result<()> {
    let text = super::gzip::GzipMembers::new(std::io::BufReader::new(counted(path, builder)?));
    push_csv(text, path, builder)
}

#[cfg(not(feature = "gzip"))]
fn push_gzip(path: &Path, _: &mut LogBuilder) -> Result<()> {
    Err(Error::argument(
        "path",
        path.display(),
        "this build of cpm-core does not decompress; enable its feature `gzip`",
    ))
}

#[cfg(feature = "zstd")]
fn push_zstd(path: &Path, builder: &mut LogBuilder) -> Result<()> {
    let text = zstd::Decoder::new(counted(path, builder)?).map_err(|e| Error::io(path, e))?;
    push_csv(text, path, builder)
}

#[cfg(not(feature = "zstd"))]
fn push_zstd(path: &Path, _: &mut LogBuilder) -> Result<()> {
    Err(Error::argument(
        "path",
        path.display(),
        "this build of cpm-core does not decompress; enable its feature `zstd`",
    ))
}
