//! Order and sketches of caches for JavaScript, on arrays that it lends for a call. Nothing is kept.

use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use super::failure::{Result, to_napi};
use crate::cache::{order, sketch};
use crate::error::Error;

/// Whether two arrays have bytes in common: then one must not be written while the other is read.
fn overlap<A, B>(a: &[A], b: &[B]) -> bool {
    let (a, b) = (a.as_ptr_range(), b.as_ptr_range());
    a.start.addr() < b.end.addr() && b.start.addr() < a.end.addr()
}

fn apart<A, B>(a: &[A], b: &[B]) -> Result<()> {
    if overlap(a, b) {
        return Err(to_napi(Error::invalid(
            "cache: the arrays must not share their memory",
        )));
    }
    Ok(())
}

/// Writes the slots touched longest ago into `out`, oldest first; gives their number. See `cache/order.rs`.
#[napi(catch_unwind)]
pub fn cache_oldest(stamps: Uint32ArraySlice, mut out: Uint32ArraySlice) -> Result<u32> {
    apart(&stamps, &out)?;
    // SAFETY: JavaScript waits for this call and its other threads have no share in these arrays, which do not overlap.
    let room = unsafe { out.as_mut() };
    Ok(order::oldest(&stamps, room) as u32)
}

/// Writes all live slots into `out`, oldest first; gives their number.
#[napi(catch_unwind)]
pub fn cache_sorted(stamps: Uint32ArraySlice, mut out: Uint32ArraySlice) -> Result<u32> {
    apart(&stamps, &out)?;
    // SAFETY: as in `cache_oldest`.
    let room = unsafe { out.as_mut() };
    Ok(order::sorted(&stamps, room) as u32)
}

/// Numbers the stamps anew from 1, in their order; gives the largest.
#[napi(catch_unwind)]
pub fn cache_renumber(mut stamps: Uint32ArraySlice) -> u32 {
    // SAFETY: as in `cache_oldest`; there is no other array.
    order::renumber(unsafe { stamps.as_mut() })
}

/// Length of the registers of a sketch.
#[napi(catch_unwind)]
pub fn sketch_registers() -> u32 {
    sketch::REGISTERS as u32
}

/// Takes hashes of keys into a sketch.
#[napi(catch_unwind)]
pub fn sketch_add(mut registers: Uint8ArraySlice, hashes: Uint32ArraySlice) -> Result<()> {
    apart(&registers, &hashes)?;
    // SAFETY: as in `cache_oldest`.
    sketch::add(unsafe { registers.as_mut() }, &hashes);
    Ok(())
}

/// How many different keys a sketch has seen, estimated.
#[napi(catch_unwind)]
pub fn sketch_count(registers: &[u8]) -> f64 {
    sketch::count(registers)
}
