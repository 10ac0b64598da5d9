//! Node-API: the only module that names napi. Converts, guards against panics, and decides nothing.
//!
//! Every export catches panics (`catch_unwind`), so that a bug of ours is a JavaScript error and not an abort.
//! State: one [`Monitor`](crate::monitor::Monitor) for the process, on purpose; what belongs to a thread hangs on
//! the JavaScript object of its [`ledger::ThreadLedger`] and goes with it. No JavaScript value is kept here but weakly, in [`weak`].

#[deny(unsafe_code)]
mod convert;
#[deny(unsafe_code)]
mod dose;
#[deny(unsafe_code)]
mod failure;
#[deny(unsafe_code)]
mod fork;
#[deny(unsafe_code)]
mod heap;
#[deny(unsafe_code)]
mod json;
#[deny(unsafe_code)]
mod ledger;
#[deny(unsafe_code)]
mod lives;
mod page;
#[deny(unsafe_code)]
mod profile;
#[deny(unsafe_code)]
mod system;
#[deny(unsafe_code)]
mod task;
#[deny(unsafe_code)]
mod trend;
mod weak;
