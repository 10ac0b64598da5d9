//! Facts as plain objects: values that cross the boundary as they would through JSON, without the text. Knows nothing of
//! what is in them.

use napi::bindgen_prelude::{FromNapiValue, ToNapiValue, TypeName, Unknown, ValidateNapiValue};
use napi::{Env, JsValue, ValueType, sys};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that crosses the boundary as JSON would, both ways: facts of findings.
pub struct Json<T>(pub T);

impl<T> TypeName for Json<T> {
    fn type_name() -> &'static str {
        "object"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl<T> ValidateNapiValue for Json<T> {}

impl<T: Serialize> ToNapiValue for Json<T> {
    unsafe fn to_napi_value(env: sys::napi_env, value: Self) -> napi::Result<sys::napi_value> {
        let unknown = Env::from_raw(env).to_js_value(&value.0)?;
        Ok(unknown.raw())
    }
}

impl<T: DeserializeOwned> FromNapiValue for Json<T> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: both are what Node handed over for this call.
        let value = unsafe { Unknown::from_napi_value(env, value) }?;
        Ok(Self(Env::from_raw(env).from_js_value(value)?))
    }
}
