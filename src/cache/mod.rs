//! Order and sketches of bounded caches: numbers in, numbers out.
//!
//! Keys and values stay in JavaScript. A cache there writes the time of each touch (a counter) into an array, one
//! number a slot; [`order`] reads that array when victims are wanted, many at a time. [`sketch`] tells how many
//! different keys a cache has seen. Knows neither values nor clocks, and keeps nothing between calls.

pub mod order;
pub mod sketch;
