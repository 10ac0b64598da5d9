//! How something is held: by Node and V8 on the program's behalf, or only for a while. Knows no graph and no sentence.

use serde::{Deserialize, Serialize};

use super::Place;

/// How Node and V8 keep what a program hands over to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Held {
    /// Listeners of an emitter or target.
    Listeners,
    /// Timers that have not fired.
    Timers,
    /// Immediates that have not run.
    Immediates,
    /// Handlers that wait for a promise.
    Reactions,
    /// Signals that follow another one.
    Dependents,
    /// Modules that were imported, or required by another one.
    Modules,
}

/// What holds something for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Meanwhile {
    /// A timer or immediate that has not fired.
    Timer,
    /// What was started in an asynchronous context keeps its stores.
    Context,
    /// A parser of HTTP, in use or on Node's free list.
    Parser,
    /// Sockets that an agent keeps, and requests that wait for one.
    Agent,
    /// A connection that is open, and what it will call.
    Connection,
}

/// What holds what a finding is of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Holder {
    /// How Node keeps it, if it is Node that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// Class of the container: `Map`; what the path begins with, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The variable, property or function by which the program knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// There is a container: it is not a variable or a root alone that holds.
    pub is_container: bool,
    /// It is in a local variable of a function that waits, which is what `name` is of.
    pub is_local: bool,
    /// A function that waits has the object in a local variable.
    pub is_awaited: bool,
    /// The object is in the store of an AsyncLocalStorage.
    pub is_in_store: bool,
    /// Event of the listeners, where it is listeners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Where an array holds them, how many its backing store has place for.
    #[serde(skip_serializing_if = "is_none")]
    pub capacity: u32,
    /// Where the code stands that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(capacity: &u32) -> bool {
    *capacity == 0
}
