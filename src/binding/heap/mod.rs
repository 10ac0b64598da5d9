//! Heap graphs for JavaScript, one file a job: taken in ([`intake`]), held and asked ([`graph`] over [`state`]), what keeps
//! objects in them ([`kept`], [`holds`]), compared ([`diff`]), read again and again ([`course`]), copied without the program's strings ([`redactor`]).

mod course;
mod diff;
mod graph;
mod holds;
mod intake;
mod kept;
mod redactor;
mod state;

pub use graph::to_js;
pub use state::Heap;
