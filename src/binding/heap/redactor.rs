//! Snapshots that are copied in pieces, the program's strings emptied.

use napi::bindgen_prelude::BufferSlice;
use napi_derive::napi;
use parking_lot::Mutex;

use super::super::failure::{Result, to_napi};
use crate::error::Error;
use crate::snapshot::RedactingCopy;

/// Copies a snapshot in chunks, the program's strings emptied.
#[napi]
pub struct Redactor {
    state: Mutex<Redacting>,
}

struct Redacting {
    copy: Option<RedactingCopy>,
    out: Vec<u8>,
}

#[napi]
impl Redactor {
    /// A copy before the first chunk.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self {
            state: Mutex::new(Redacting {
                copy: Some(RedactingCopy::new()),
                out: Vec::new(),
            }),
        }
    }

    /// Puts what is to be written for the next chunk into `into`, and gives its length. An external buffer for each
    /// chunk would live until a collection.
    #[napi(catch_unwind)]
    pub fn push(&self, chunk: &[u8], mut into: BufferSlice) -> Result<u32> {
        let mut state = self.state.lock();
        let Redacting { copy, out } = &mut *state;
        let ended = || to_napi(Error::invalid("redactor: finish was called before"));
        out.clear();
        copy.as_mut()
            .ok_or_else(ended)?
            .push(chunk, out)
            .map_err(to_napi)?;
        let small = || to_napi(Error::invalid("redactor: the place for the copy is too small"));
        into.get_mut(..out.len()).ok_or_else(small)?.copy_from_slice(out);
        Ok(out.len() as u32)
    }

    /// That was the last chunk; an error when the snapshot is not complete.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> Result<()> {
        self.state
            .lock()
            .copy
            .take()
            .map_or(Ok(()), |copy| copy.finish().map_err(to_napi))
    }
}
