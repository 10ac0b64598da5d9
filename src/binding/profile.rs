//! Profiles for JavaScript: written from the text of their JSON, and read into it.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::failure::{Result, to_napi};
use super::json::{facts, json};
use crate::profile::{read, write};

/// The bytes of a profile, not compressed; see [`crate::profile::Profile`].
#[napi(catch_unwind)]
pub fn write_profile(profile: String) -> Result<Buffer> {
    let bytes = write(&facts(&profile)?).map_err(to_napi)?;
    Ok(bytes.into())
}

/// The JSON of a profile, which is not compressed.
#[napi(catch_unwind)]
pub fn read_profile(bytes: &[u8]) -> Result<String> {
    json(&read(bytes).map_err(to_napi)?)
}
