//! A snapshot from a file: chunks of 1 MiB, progress, cancellation.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{ReadOptions, SnapshotReader};
use crate::error::{Error, Result};
use crate::snapshot::tables::Tables;

/// Bytes read at once. Larger ones leave the cache before they are parsed, smaller ones cost calls.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Reads a file. `progress` is called after each chunk with the fraction of the file that is read, from 0 to 1 (0 all
/// the time for a pipe); `cancel` is looked at before each.
///
/// # Errors
/// Those of [`SnapshotReader`]; `ERR_LEAKGUARD_SNAPSHOT_READ` when the file cannot be read; `ERR_LEAKGUARD_ABORTED`.
pub fn read_file(
    path: &Path,
    redact: bool,
    progress: impl FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Tables> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    let size_bytes = metadata.is_file().then_some(metadata.len());
    let options = ReadOptions { redact, size_bytes };
    read_from(file, path, options, progress, cancel)
}

/// The error of a source that cannot be opened or read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error {
        code: "ERR_LEAKGUARD_SNAPSHOT_READ",
        message: format!("heap snapshot: {} cannot be read: {error}", path.display()),
    }
}

/// The same of what is open already. A source that has nothing yet may say so (`WouldBlock`), for `cancel` to be heard;
/// `path` is for errors.
///
/// # Errors
/// Those of [`read_file`].
pub fn read_from(
    mut file: impl Read,
    path: &Path,
    options: ReadOptions,
    mut progress: impl FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Tables> {
    let size_bytes = options.size_bytes;
    let mut reader = SnapshotReader::new(options);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        if cancel.load(Ordering::Relaxed) {
            let message = format!("heap snapshot: reading was stopped at byte {}", reader.position());
            return Err(Error::aborted(message));
        }
        match file.read(&mut chunk) {
            Ok(0) => return reader.finish(),
            Ok(bytes) => reader.push(&chunk[..bytes])?,
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
        progress(size_bytes.map_or(0.0, |size| {
            (reader.position() as f64 / size.max(1) as f64).min(1.0)
        }));
    }
}
