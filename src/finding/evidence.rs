//! What a finding rests on besides its change and its call sites. Knows no sentence.

use serde::{Deserialize, Serialize};

use super::{Meanwhile, Place, SiteShare, Subject};

/// Requests of one route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteShare {
    /// The pattern of the route.
    pub route: String,
    /// How many.
    pub count: u32,
}

/// The heaviest thing below an owner in a heap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heaviest {
    /// Its class.
    pub class: String,
    /// How many.
    pub count: f64,
    /// What they retain.
    pub retained_bytes: f64,
}

/// A container that the code itself bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounded {
    /// What the program calls it.
    pub name: String,
    /// The bound; none where the code takes entries out of it and the bound could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// Entries so far.
    pub entries: f64,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Evidence {
    /// Node.js warned of this listener list.
    Warned,
    /// A cache that is keyed by something that does not repeat.
    NewKeys {
        /// Lookups, and those of them that found something.
        lookups: f64,
        /// See `lookups`.
        hits: f64,
        /// Lookups that found nothing.
        misses: f64,
        /// Entries added, and how many different keys they had (estimated).
        additions: f64,
        /// See `additions`.
        keys: f64,
        /// Entries that it has place for.
        places: f64,
        /// Entries pushed out.
        evictions: f64,
        /// Entries that were too old when they were met.
        stale: f64,
        /// Entries now.
        entries: f64,
    },
    /// What rounds of calls showed of something else that comes with it.
    Rounds {
        /// `memory`, `bytes`, `container`, `class` or `count`.
        source: String,
        /// What it is called there.
        name: String,
        /// Calls of each round.
        doses: Vec<f64>,
        /// What each round added.
        deltas: Vec<f64>,
    },
    /// Lines that allocated what stays, with their bytes.
    Allocated {
        /// These lines, most first.
        sites: Vec<SiteShare>,
    },
    /// A native addon that is loaded.
    Addon {
        /// Its file.
        addon: String,
        /// Where it is loaded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Place>,
    },
    /// Places of an array, each of which may keep so much.
    Capacity {
        /// How many.
        places: f64,
        /// Bytes that each may keep.
        each_bytes: f64,
    },
    /// What the container retains in all.
    Retains {
        /// In bytes.
        bytes: f64,
    },
    /// Each is a slice of a longer string, which it keeps whole.
    Slice {
        /// Size of the whole, in bytes.
        whole_bytes: f64,
    },
    /// Each is a view of memory that it keeps whole.
    View {
        /// Size of the whole, in bytes.
        whole_bytes: f64,
    },
    /// Most of each is a variable of the scope that its function closes over.
    Variable {
        /// Its name.
        name: String,
        /// What its value is.
        class: String,
        /// What that retains, in bytes.
        bytes: f64,
        /// Where the function stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
    },
    /// Most of each is a property.
    Property {
        /// As code: `.body.rows`.
        name: String,
        /// What its value is.
        class: String,
        /// What that retains, in bytes.
        bytes: f64,
    },
    /// Others that are there through it.
    Behind {
        /// What they are called.
        names: Vec<String>,
    },
    /// Where it was watched.
    WatchedAt {
        /// The call of `watch`.
        place: Place,
    },
    /// The test that watched it.
    WatchedBy {
        /// Its name.
        test: String,
    },
    /// Survivors that are held alike.
    Survivors {
        /// How many.
        count: u32,
    },
    /// What holds them grew with them.
    HolderGrew {
        /// Entries at an earlier look and now, and the lives between.
        from: f64,
        /// See `from`.
        to: f64,
        /// See `from`.
        lives: f64,
    },
    /// In the first hour what fills or warms up looks the same, and no graphs have shown more.
    MayFill,
    /// It may end by itself.
    MayEnd {
        /// What holds it, and nothing else does.
        by: Meanwhile,
    },
    /// The code bounds what holds them, and that is not full.
    Bound(Bounded),
    /// It is in the store of an AsyncLocalStorage.
    InStore,
    /// Routes of requests.
    Routes {
        /// Most first.
        routes: Vec<RouteShare>,
    },
    /// Something else that grows meanwhile.
    GrowsToo {
        /// The message of its finding.
        message: String,
    },
    /// A sampling heap profile.
    Profile {
        /// How long it ran.
        seconds: f64,
        /// What was allocated in its first half and stayed.
        bytes: f64,
    },
    /// What the holder gained from one heap graph to the next, while memory grew.
    Gained {
        /// What it gained.
        of: Subject,
        /// How many.
        count: f64,
        /// What is reached through them, in bytes.
        bytes: f64,
        /// The time between.
        seconds: f64,
        /// Of what the heap gained, from 0 to 1.
        share: f64,
    },
    /// What became more between two censuses of the heap.
    Census {
        /// `class`, `container`, `listener` or `buffer`.
        of: String,
        /// What it is called.
        name: String,
        /// How many (or how many bytes) there were, and are, and the seconds between.
        from: f64,
        /// See `from`.
        to: f64,
        /// See `from`.
        seconds: f64,
    },
    /// What holds much of a captured heap.
    Owner {
        /// What the program calls it; none for a class.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its class.
        class: String,
        /// How many there are.
        count: f64,
        /// What they retain.
        retained_bytes: f64,
        /// Class of what holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
        /// Where its code stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
        /// What most of it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Heaviest>,
    },
    /// What could not be looked at.
    NotSeen {
        /// `profile`, `census`, `comparison` or `heap`.
        what: String,
        /// Why.
        why: String,
    },
}
