//! What was found in a heap, as findings: facts only, places as V8 has them. Knows steps of paths and what is kept and
//! grown; must not know how that was found, nor make a sentence.

use super::describe::Step;
use super::growth::Grown;
use super::kept::Kept;
use super::sources::SourcePlace;
use super::weight::Weight;
use crate::finding::{
    Change, Confidence, Evidence, Finding, Held, Hold, Holder, Kind, Link, Lived, Place, RetainerStep,
    Subject, class_word,
};

/// Steps of a path that are written out at the most; the middle is left out.
const STEPS_MAX: usize = 24;
/// So many more from one heap to the next are no start-up.
const LIKELY_ADDED_MIN: u32 = 100;
/// What gains less than this share of what it gained before may be full.
const ENDS_SHARE: f64 = 0.25;
/// Containers that a program fills itself.
const COLLECTIONS: [&str; 4] = ["Map", "Set", "Array", "Object"];

/// What was watched: objects that are kept alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The name it was watched under; empty where it has none.
    pub label: String,
    /// The scope that has ended; empty where there was none.
    pub scope: String,
}

impl Grown {
    /// The finding of it.
    pub fn finding(&self) -> Finding {
        let event = event_of(&self.path);
        let is_root = self.held == Some(Held::Modules) && self.container.is_none();
        let name = self
            .name
            .clone()
            .or_else(|| (self.held == Some(Held::Modules)).then(|| "modules".to_owned()))
            // What is in a container is no name of that.
            .or_else(|| self.is_bare().then(|| class_word(&self.class).to_owned()));
        let retains = Evidence::Retains {
            bytes: self.container_bytes as f64,
        };
        // Less than what was added: others hold that too, and the number would mislead.
        let retains =
            (self.container_bytes > 0 && self.container_bytes >= self.added_bytes()).then_some(retains);
        let class = self.container.filter(|_| !is_root);
        let subject = Subject::of_heap(self.held, &self.class, event.as_deref());
        let change = Change::Heaps {
            counts: self.counts.iter().map(|&count| f64::from(count)).collect(),
            bytes: self.bytes.iter().map(|&bytes| bytes as f64).collect(),
            per_call: None,
        };
        Finding {
            kind: self.kind(),
            confidence: self.confidence(),
            name,
            holder: Some(Holder {
                held: self.held,
                class: class.map(|at| self.path[at].name.clone()),
                name: self.name.clone(),
                is_container: self.container.is_some(),
                is_local: is_local(&self.path, self.container),
                event,
                capacity: self.places,
                place: self.place.as_ref().map(|place| owned(place, &self.path)),
                ..Holder::default()
            }),
            path: path(&self.path),
            evidence: retains
                .into_iter()
                .chain(self.weight.as_ref().map(heavy))
                .collect(),
            key: self.telling_words(),
            ..Finding::of(subject, change)
        }
    }

    /// Growth from one heap to the next may be filling; growth by many, or twice, hardly is, unless it has all but ended.
    fn confidence(&self) -> Confidence {
        let is_twice = self.counts.len() > 2 && !self.ends();
        if is_twice || self.counts.len() == 2 && self.added() >= LIKELY_ADDED_MIN {
            Confidence::Likely
        } else {
            Confidence::Possible
        }
    }

    /// Whether far fewer came since the last heap but one than from each heap to the next before.
    fn ends(&self) -> bool {
        let [first, .., before, last] = self.counts[..] else {
            return false;
        };
        let each = f64::from(before.saturating_sub(first)) / (self.counts.len() - 2) as f64;
        let newest = last.saturating_sub(before);
        // Heaps need not be evenly spaced: what is full gains next to nothing.
        newest < LIKELY_ADDED_MIN && f64::from(newest) < each * ENDS_SHARE
    }

    fn kind(&self) -> Kind {
        match self.held {
            Some(Held::Listeners | Held::Dependents) => return Kind::Listener,
            Some(Held::Timers | Held::Immediates) => return Kind::Timer,
            Some(Held::Reactions) => return Kind::Promise,
            Some(Held::Modules) => return Kind::Object,
            None => {}
        }
        match self.weight {
            Some(Weight::Slice { .. }) => return Kind::String,
            Some(Weight::View { .. }) => return Kind::Buffer,
            Some(Weight::Variable { .. }) if is_function(&self.class) => return Kind::Context,
            _ => {}
        }
        match self.class.as_str() {
            "Timeout" | "Immediate" => Kind::Timer,
            "Promise" | "system / PromiseReaction" => Kind::Promise,
            "ArrayBuffer" | "Buffer" | "Uint8Array" | "system / JSArrayBufferData" => Kind::Buffer,
            "system / Context" => Kind::Context,
            class if is_function(class) => Kind::Closure,
            class => match self.container.map(|at| self.path[at].name.as_str()) {
                Some(holder) if COLLECTIONS.contains(&holder) => Kind::Collection,
                _ if class == "string" => Kind::String,
                _ => Kind::Object,
            },
        }
    }

    /// The same in each run, on each machine and wherever lines move to.
    fn telling_words(&self) -> Vec<String> {
        let last = self.container.map_or(0, |at| at + 1);
        let mut words = path_words(&self.path[..last.min(self.path.len())]);
        words.push(self.class.clone());
        words.extend(file_word(self.place.as_ref()));
        words
    }
}

impl Kept {
    /// The words of the fingerprint: the same for all objects that are kept alike, in each run and wherever lines move to.
    pub fn key(&self, watched: &Watched) -> Vec<String> {
        let mut words = path_words(self.telling());
        words.extend([watched.label.clone(), self.class.clone()]);
        words.extend(file_word(self.place.as_ref()));
        words
    }

    /// What holds it.
    pub fn holder(&self) -> Holder {
        let first = || self.path.first().map(|step| step.name.clone());
        let container = self.container.map(|at| self.path[at].name.clone());
        let function = || {
            let before = self.path.len().checked_sub(2).filter(|_| self.is_local());
            before.map(|at| self.path[at].name.clone())
        };
        Holder {
            held: self.held,
            class: container.or_else(function).or_else(first),
            name: self.name.clone(),
            is_container: self.container.is_some(),
            is_local: is_local(&self.path, self.container),
            is_awaited: self.is_local(),
            is_in_store: self.is_in_store,
            event: event_of(&self.path),
            capacity: 0,
            place: self.place.as_ref().map(|place| owned(place, &self.path)),
        }
    }

    /// The finding of `many` objects that are kept like this one; `behind` tells of others that it keeps.
    pub fn finding(&self, watched: &Watched, many: u32, behind: &[String]) -> Finding {
        let retains = Evidence::Retains {
            bytes: self.bytes as f64,
        };
        let behind = (!behind.is_empty()).then(|| Evidence::Behind {
            names: behind.to_vec(),
        });
        let store = self.is_in_store.then_some(Evidence::InStore);
        let subject = Subject::Watched {
            label: watched.label.clone(),
            scope: watched.scope.clone(),
            class: Some(self.class.clone()),
        };
        Finding {
            kind: self.kind(),
            holder: Some(self.holder()),
            name: self.holder_name(),
            path: path(&self.path),
            evidence: [retains].into_iter().chain(behind).chain(store).collect(),
            key: self.key(watched),
            ..Finding::of(subject, Change::Outlived { count: many })
        }
    }

    /// The finding of lives that are held so.
    pub fn lived(&self, lived: Lived, hold: &Hold) -> Finding {
        let watched = Watched {
            label: lived.many.clone(),
            scope: String::new(),
        };
        let finding = lived.finding();
        let evidence = hold.evidence(self.bytes as f64);
        Finding {
            kind: self.kind(),
            holder: Some(self.holder()),
            name: self.holder_name(),
            path: path(&self.path),
            evidence: evidence.into_iter().chain(finding.evidence).collect(),
            key: self.key(&watched),
            ..finding
        }
    }

    /// What the program calls what holds it, or else what that is.
    pub fn holder_name(&self) -> Option<String> {
        let own = || self.container.map(|at| self.path[at].name.clone());
        let listed = || match self.held {
            Some(Held::Timers) => Some("Timeout".to_owned()),
            Some(Held::Immediates) => Some("Immediate".to_owned()),
            _ => None,
        };
        self.name.clone().or_else(own).or_else(listed)
    }

    /// What kind of thing holds it.
    pub fn kind(&self) -> Kind {
        match self.held {
            Some(Held::Listeners | Held::Dependents) => return Kind::Listener,
            Some(Held::Timers | Held::Immediates) => return Kind::Timer,
            Some(Held::Reactions) => return Kind::Promise,
            Some(Held::Modules) | None => {}
        }
        let holder = self.container.map(|at| self.path[at].name.as_str());
        let is_variable = |step: &Step| matches!(step.link, Link::Variable { .. });
        match (holder, self.path.as_slice()) {
            (Some("WeakMap"), _) => Kind::Collection,
            (Some(holder), _) if COLLECTIONS.contains(&holder) => Kind::Collection,
            (None, [_, .., scope, last]) if is_variable(last) => {
                if scope.name == super::describe::MODULE_SCOPE {
                    Kind::Object
                } else {
                    Kind::Closure
                }
            }
            _ => Kind::Object,
        }
    }
}

impl Watched {
    /// The finding where no heap could be looked at.
    pub fn unseen(self) -> Finding {
        let key = ["unseen", &self.label, &self.scope].map(str::to_owned).to_vec();
        let subject = Subject::Watched {
            label: self.label,
            scope: self.scope,
            class: None,
        };
        Finding {
            key,
            ..Finding::of(subject, Change::Outlived { count: 1 })
        }
    }
}

/// What makes one of many heavy.
fn heavy(weight: &Weight) -> Evidence {
    match weight {
        Weight::Slice { whole_bytes } => Evidence::Slice {
            whole_bytes: *whole_bytes as f64,
        },
        Weight::View { whole_bytes } => Evidence::View {
            whole_bytes: *whole_bytes as f64,
        },
        Weight::Variable {
            name,
            class,
            bytes,
            place,
        } => Evidence::Variable {
            name: name.clone(),
            class: class.clone(),
            bytes: *bytes as f64,
            place: place.as_ref().map(place_of),
        },
        Weight::Property { name, class, bytes } => Evidence::Property {
            name: name.clone(),
            class: class.clone(),
            bytes: *bytes as f64,
        },
    }
}

/// The event of the listeners on a path.
fn event_of(path: &[Step]) -> Option<String> {
    let at = path.iter().rposition(|step| step.link.is_property("_events"))?;
    match &path.get(at + 1)?.link {
        Link::Property { name } => Some(name.clone()),
        _ => None,
    }
}

fn is_function(class: &str) -> bool {
    class.starts_with("function ") || class.ends_with(" function")
}

fn is_local(path: &[Step], container: Option<usize>) -> bool {
    container.is_some_and(|at| path[at].link == Link::Local)
}

fn place_of(place: &SourcePlace) -> Place {
    Place {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
        ..Place::default()
    }
}

/// The place of an owner, in the function whose scope is the last on the path: the functions before it are others.
fn owned(place: &SourcePlace, path: &[Step]) -> Place {
    let is_scope = |step: &&Step| step.name.starts_with(SCOPE) || step.link == Link::Scope;
    let last = path.iter().rfind(is_scope);
    let function = last
        .and_then(|step| step.name.strip_prefix(SCOPE))
        .filter(|name| *name != "an anonymous function")
        .unwrap_or("");
    Place {
        function: function.to_owned(),
        ..place_of(place)
    }
}

/// How the name of a scope begins.
const SCOPE: &str = "scope of ";

/// Names on a path from the last scope on: how that is reached depends on what the program does at the moment.
fn path_words(path: &[Step]) -> Vec<String> {
    let scope = path.iter().rposition(|step| step.link == Link::Scope);
    path[scope.unwrap_or(0)..]
        .iter()
        .flat_map(|step| [base_name(&step.link.signature()), base_name(&step.name)])
        .collect()
}

fn file_word(place: Option<&SourcePlace>) -> Option<String> {
    place.map(|place| base_name(&place.file))
}

/// Without folders, which differ from machine to machine.
fn base_name(text: &str) -> String {
    text.rsplit(['/', '\\']).next().unwrap_or("").to_owned()
}

/// A path for a finding; the middle of a very long one is left out.
pub fn path(steps: &[Step]) -> Vec<RetainerStep> {
    let write = |step: &Step| RetainerStep {
        name: step.name.clone(),
        link: step.link.clone(),
        place: step.place.as_ref().map(place_of),
    };
    if steps.len() <= STEPS_MAX {
        return steps.iter().map(write).collect();
    }
    let half = STEPS_MAX / 2;
    let left_out = steps.len() - 2 * half;
    let gap = RetainerStep {
        name: format!("({left_out} more)"),
        link: Link::Gap,
        place: None,
    };
    let (head, tail) = (&steps[..half], &steps[steps.len() - half..]);
    head.iter()
        .map(write)
        .chain([gap])
        .chain(tail.iter().map(write))
        .collect()
}
