//! Node-API: the only module that names napi. Converts, guards against panics, and decides nothing.
//!
//! Every export catches panics (`catch_unwind`), so that a bug of ours is a JavaScript error and not an abort.
//! State: one [`Monitor`](crate::monitor::Monitor) for the process, on purpose; what belongs to a thread hangs on
//! the JavaScript object of its [`ledger::ThreadLedger`] and goes with it. No JavaScript value is kept here but weakly, in [`weak`].

mod convert;
mod dose;
mod fork;
mod heap;
mod ledger;
mod lives;
mod page;
mod system;
mod task;
mod trend;
mod weak;
