//! What a finding is about. Knows labels of counts, and no sentence.

use serde::{Deserialize, Serialize};

use super::{Held, Kind};

/// Prefix of the labels of groups that count open file descriptors.
pub const DESCRIPTOR_GROUP: &str = "fd:";
/// Prefix of the labels of groups that count live handles by type.
pub const HANDLE_GROUP: &str = "handle:";
/// Event under which dependents of a signal are counted.
pub const DEPENDENTS_EVENT: &str = "(dependent signals)";

/// What grows or stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Subject {
    /// Listeners of an event.
    Listeners {
        /// The event, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        /// Class of the emitter or target, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
        /// They are on many objects, not on one.
        #[serde(default)]
        spread: bool,
    },
    /// Signals that were made of another one by `AbortSignal.any`.
    Dependents {
        /// Class of that one, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
        /// They follow many objects, not one.
        #[serde(default)]
        spread: bool,
    },
    /// Timers.
    Timers {
        /// The function that made them, where it is known: `setInterval`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        function: Option<String>,
    },
    /// Immediates.
    Immediates,
    /// Handles of a type.
    Handles {
        /// As Node calls it: `TCPSocketWrap`.
        handle: String,
    },
    /// Open file descriptors.
    Descriptors {
        /// `file`, `socket`, `pipe`, …
        of: String,
    },
    /// A collection that is tracked by name.
    Collection {
        /// That name.
        name: String,
    },
    /// A Map, Set or array of which only the class is known.
    Container {
        /// Its class.
        class: String,
    },
    /// A cache.
    Cache {
        /// Its name.
        name: String,
    },
    /// Memory.
    Memory {
        /// A field of `process.memoryUsage()`, `malloc`, or what it is called where it is measured.
        metric: String,
    },
    /// Objects of a class; functions, promises, scopes and strings among them.
    Objects {
        /// The class, as heaps call it.
        class: String,
    },
    /// Handlers that wait for a promise.
    Reactions,
    /// Modules.
    Modules,
    /// Objects that are watched.
    Watched {
        /// The name they are watched under; empty where they have none.
        label: String,
        /// The scope that has ended; empty where there was none.
        scope: String,
        /// Their class, where a heap was looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
    },
    /// Requests, sockets, processes, … that are over.
    Lives {
        /// One of them: `server request`.
        one: String,
        /// Many of them: `server requests`.
        many: String,
    },
}

impl Subject {
    /// What a count of this kind and label is of.
    pub fn of_count(kind: Kind, label: &str, is_one_place: bool) -> Subject {
        match kind {
            Kind::Listener => listeners(label, !is_one_place),
            Kind::Timer => Subject::Timers {
                function: Some(label.to_owned()),
            },
            Kind::Handle => match label.strip_prefix(DESCRIPTOR_GROUP) {
                Some(of) => Subject::Descriptors { of: of.to_owned() },
                None => Subject::Handles {
                    handle: label.strip_prefix(HANDLE_GROUP).unwrap_or(label).to_owned(),
                },
            },
            Kind::Collection => Subject::Collection {
                name: label.to_owned(),
            },
            Kind::Cache => Subject::Cache {
                name: label.to_owned(),
            },
            Kind::Buffer | Kind::Heap | Kind::Native => Subject::Memory {
                metric: label.to_owned(),
            },
            Kind::Object | Kind::Closure | Kind::Promise | Kind::String | Kind::Context => Subject::Objects {
                class: label.to_owned(),
            },
        }
    }

    /// What a heap has more of.
    pub fn of_heap(held: Option<Held>, class: &str, event: Option<&str>) -> Subject {
        match held {
            Some(Held::Listeners) => Subject::Listeners {
                event: event.map(str::to_owned),
                class: None,
                spread: false,
            },
            Some(Held::Timers) => Subject::Timers { function: None },
            Some(Held::Immediates) => Subject::Immediates,
            Some(Held::Reactions) => Subject::Reactions,
            Some(Held::Modules) => Subject::Modules,
            Some(Held::Dependents) => Subject::Dependents {
                class: None,
                spread: false,
            },
            None => Subject::Objects {
                class: class.to_owned(),
            },
        }
    }

    /// What it is called, where it has a name.
    pub fn name(&self) -> Option<String> {
        match self {
            Subject::Listeners { event, .. } => event.clone(),
            Subject::Dependents { class, .. } => class.as_ref().map(|_| DEPENDENTS_EVENT.to_owned()),
            Subject::Timers { function } => function.clone(),
            Subject::Descriptors { of } => Some(format!("{DESCRIPTOR_GROUP}{of}")),
            Subject::Handles { handle: name }
            | Subject::Collection { name }
            | Subject::Cache { name }
            | Subject::Container { class: name }
            | Subject::Objects { class: name }
            | Subject::Memory { metric: name }
            | Subject::Lives { one: name, .. } => Some(name.clone()),
            Subject::Watched { label, .. } => Some(label.clone()).filter(|label| !label.is_empty()),
            Subject::Immediates | Subject::Reactions | Subject::Modules => None,
        }
    }
}

/// V8's own names for what a person knows by another.
const CLASS_WORDS: [(&str, &str); 7] = [
    ("TimersList", "Timeout"),
    ("system / PromiseReaction", "promise handler"),
    ("system / Context", "scope"),
    ("system / JSArrayBufferData", "buffer"),
    ("(array)", "table"),
    ("Object", "plain object"),
    ("heap number", "number"),
];

/// What a person calls objects of a class.
pub fn class_word(class: &str) -> &str {
    CLASS_WORDS
        .iter()
        .find(|(known, _)| *known == class)
        .map_or(class, |(_, word)| word)
}

fn listeners(label: &str, spread: bool) -> Subject {
    match label.split_once('\n') {
        Some((DEPENDENTS_EVENT, class)) => Subject::Dependents {
            class: Some(class.to_owned()),
            spread,
        },
        Some((event, class)) => Subject::Listeners {
            event: Some(event.to_owned()),
            class: Some(class.to_owned()),
            spread,
        },
        None => Subject::Listeners {
            event: Some(label.to_owned()),
            class: None,
            spread,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_what_a_count_is_of() {
        let of = |kind, label| Subject::of_count(kind, label, true);
        assert_eq!(
            of(Kind::Listener, "change\nBus"),
            Subject::Listeners {
                event: Some("change".into()),
                class: Some("Bus".into()),
                spread: false
            }
        );
        assert_eq!(
            of(Kind::Handle, "handle:TCPSocketWrap").name().as_deref(),
            Some("TCPSocketWrap")
        );
        assert_eq!(of(Kind::Handle, "fd:file").name().as_deref(), Some("fd:file"));
        assert_eq!(
            of(Kind::Listener, "(dependent signals)\nAbortSignal")
                .name()
                .as_deref(),
            Some("(dependent signals)")
        );
    }
}
