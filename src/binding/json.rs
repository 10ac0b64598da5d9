//! Facts cross the boundary as the text of their JSON: one string each way costs less than a call for every property. Knows
//! nothing of what is in them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::{Result, to_napi};
use crate::error::{self, Error};

/// The JSON of facts.
///
/// # Errors
/// Facts have no form that JSON has not: an error is a bug of ours.
pub fn text<T: Serialize>(facts: &T) -> error::Result<String> {
    serde_json::to_string(facts).map_err(|error| Error::internal(error.to_string()))
}

/// The same for JavaScript.
///
/// # Errors
/// As [`text`].
pub fn json<T: Serialize>(facts: &T) -> Result<String> {
    text(facts).map_err(to_napi)
}

/// Facts that were [`json`], places mapped since.
///
/// # Errors
/// `ERR_LEAKGUARD_INVALID_ARG` with what is wrong and where.
pub fn facts<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| to_napi(Error::invalid(format!("facts: {error}"))))
}
