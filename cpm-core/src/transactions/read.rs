//! Files of any kind, one or several.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::TransactionLog;
use super::builder::LogBuilder;
use super::csv::read_rows;
use super::options::ReadOptions;
use crate::error::{Error, Result};

impl TransactionLog {
    /// Reads a file; the end of its name says what it is: `.parquet` or `.pq` is Parquet, `.gz` and `.zst` are
    /// compressed CSV, everything else is CSV. Of a folder it reads all files with such an end of the name that lie
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
        let mut builder = LogBuilder::new(options.clone());
        let mut seen = BTreeSet::new();
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
                push_file(&path, &mut builder)?;
            }
        }
        if seen.is_empty() {
            return Err(Error::argument("paths", "[]", "give at least one file"));
        }
        builder.finish()
    }
}

/// The file itself, or all logs directly in a folder, in order of their names.
fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut files: Vec<PathBuf> =
        entries.map_err(|e| Error::io(path, e))?.iter().map(std::fs::DirEntry::path).collect();
    // Folders of engines also hold their marks of success and check sums, whose names begin with these.
    let is_mark = |name: &str| name.starts_with(['.', '_']);
    files.retain(|file| {
        file.is_file()
            && file.file_name().and_then(|n| n.to_str()).is_some_and(|name| !is_mark(name))
            && ["csv", "tsv", "gz", "zst", "parquet", "pq"].contains(&ending(file).as_str())
    });
    files.sort();
    if files.is_empty() {
        let reason = "the folder has no file that ends in .csv, .tsv, .csv.gz, .csv.zst or .parquet";
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
        _ => push_csv(open(path)?, path, builder),
    }
}

fn push_csv(text: impl std::io::Read + Send, path: &Path, builder: &mut LogBuilder) -> Result<()> {
    let origin = path.display().to_string();
    builder.begin(&origin);
    read_rows(text, &origin, |_| true, builder)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| Error::io(path, e))
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
    // Several gzip members in a row are one text, as `gunzip` has it.
    let text = flate2::read::MultiGzDecoder::new(std::io::BufReader::new(open(path)?));
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
    let text = zstd::Decoder::new(open(path)?).map_err(|e| Error::io(path, e))?;
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
