//! Lore: what Node and V8 call things, and what they keep by themselves. All that is known of that by name, as tables with
//! their reasons; where versions differ, the table says which. Node 20 to 26 are read.
//!
//! Knows names. Must not know a graph: what a table is for is said where it is used.

use crate::finding::{Held, Link, Meanwhile};

// What Node and V8 keep for the program.

/// By what a step of a path is known: the link that leads to it, or what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A property of this name.
    Property(&'static str),
    /// A property by the symbol of this description.
    Symbol(&'static str),
    /// A variable of this name.
    Variable(&'static str),
    /// A link of V8's own.
    Internal(&'static str),
    /// What a node is called.
    Thing(&'static str),
}

impl Mark {
    /// Whether a link is meant, and it is this one.
    pub fn is(self, link: &Link) -> bool {
        match (self, link) {
            (Mark::Property(wanted), Link::Property { name })
            | (Mark::Symbol(wanted), Link::Symbol { name })
            | (Mark::Variable(wanted), Link::Variable { name })
            | (Mark::Internal(wanted), Link::Internal { name }) => wanted == name,
            _ => false,
        }
    }

    /// Whether a step is meant that is called `name` and that `link` leads to.
    pub fn is_step(self, link: &Link, name: &str) -> bool {
        self.is_thing(name) || self.is(link)
    }

    /// Whether a thing is meant, and it is called so.
    pub fn is_thing(self, name: &str) -> bool {
        matches!(self, Mark::Thing(wanted) if wanted == name)
    }
}

/// By what is known how things are held: the link that leads to them, or the root of the path; and why.
pub const HOLDERS: [(Mark, Held, &str); 8] = [
    (
        Mark::Property("_events"),
        Held::Listeners,
        "an EventEmitter keeps its listeners there",
    ),
    (
        Mark::Symbol("kEvents"),
        Held::Listeners,
        "an EventTarget does, AbortSignal among them",
    ),
    (
        Mark::Thing("active timers"),
        Held::Timers,
        "Node keeps timers in lists by duration",
    ),
    (
        Mark::Thing("pending immediates"),
        Held::Immediates,
        "and immediates in a queue",
    ),
    (
        Mark::Internal("reactions_or_result"),
        Held::Reactions,
        "a promise that is not settled keeps what waits for it",
    ),
    (Mark::Internal("reactions"), Held::Reactions, "the same"),
    (
        Mark::Symbol("kDependantSignals"),
        Held::Dependents,
        "a signal knows those made of it by AbortSignal.any",
    ),
    (
        Mark::Thing("ES modules"),
        Held::Modules,
        "Node keeps every module that was imported, under each of its names",
    ),
];

// Ways to the program.

/// Where a way through Node and V8 ends and the program's begins: what comes before says nothing about the leak, only
/// how the search got there. Link, what it leads from, what is written instead, and why.
pub const LANDMARKS: [(Mark, &str, &str, &str); 7] = [
    (
        Mark::Property("_cache"),
        "function Module",
        "CommonJS modules",
        "Node keeps every module that was required",
    ),
    (
        Mark::Property("loadCache"),
        "",
        "ES modules",
        "Node keeps every module that was imported",
    ),
    (
        Mark::Property("#loadCache"),
        "",
        "ES modules",
        "the same, private from Node 22 on",
    ),
    (
        Mark::Variable("timerListMap"),
        "",
        "active timers",
        "Node keeps a timer until it fires for the last time or is cleared",
    ),
    (
        Mark::Variable("timerListQueue"),
        "",
        "active timers",
        "the same, sorted by when they fire",
    ),
    (
        Mark::Variable("immediateQueue"),
        "",
        "pending immediates",
        "Node keeps an immediate until it has run",
    ),
    (
        Mark::Variable("storageList"),
        "",
        "enabled AsyncLocalStorage instances",
        "Node keeps one from its first store until it is disabled",
    ),
];

/// Roots of V8's and Node's by their names, what is written instead, and why.
pub const ROOTS: [(&str, &str, &str); 10] = [
    (
        "(Stack roots)",
        "running function",
        "it is on the stack when the snapshot is taken",
    ),
    (
        "(Handle scope)",
        "running native code",
        "the same, of an addon or of Node",
    ),
    (
        "(Global handles)",
        "native code",
        "an addon, Node or an open handle holds it with a strong reference",
    ),
    ("(Traced handles)", "native code", "the same, traced by V8"),
    ("(Eternal handles)", "native code", "the same, for ever"),
    (
        "C++ Persistent roots",
        "native code",
        "the same, of C++ objects that V8 manages",
    ),
    (
        "C++ CrossThreadPersistent roots",
        "native code",
        "the same, between threads",
    ),
    (
        "Node / Environment",
        "Node's environment",
        "handles, requests and hooks of this thread",
    ),
    (
        "(Strong root list)",
        "V8",
        "what V8 resumes next: a job, an async function",
    ),
    ("(Strong roots)", "V8", "the same, as older versions call it"),
];

// What is not the program's.

/// Growth that is Node's or V8's own: the link or thing it stands behind, its class where not all behind it is meant,
/// and why it ends or is told elsewhere.
pub const KNOWN: [(Mark, &str, &str); 17] = [
    (
        Mark::Property("moduleLoadList"),
        "",
        "each builtin module is noted once, when it is first required",
    ),
    (Mark::Internal("builtins_with_cache"), "", "the same, natively"),
    (Mark::Internal("builtins_without_cache"), "", "the same, natively"),
    (
        Mark::Variable("BuiltinModule"),
        "string",
        "names of properties of builtin modules",
    ),
    (
        Mark::Variable("realpathCache"),
        "string",
        "one for each file that was required",
    ),
    (
        Mark::Variable("relativeResolveCache"),
        "string",
        "the same, as it was asked for",
    ),
    (
        Mark::Property("_pathCache"),
        "string",
        "the same, of all ways to ask",
    ),
    (
        Mark::Property("#resolveCache"),
        "",
        "names of imports; the modules themselves are told",
    ),
    (Mark::Property("resolveCache"), "", "the same, not yet private"),
    (
        Mark::Thing("FreeList"),
        "",
        "HTTP parsers that wait for their next use, bounded by Node",
    ),
    (
        Mark::Thing("(Compilation cache)"),
        "",
        "V8 drops code of it by age",
    ),
    (
        Mark::Thing("(Shareable object cache)"),
        "",
        "builtin objects, made once each",
    ),
    (Mark::Thing("(Read-only object cache)"), "", "the same"),
    (Mark::Thing("(Startup object cache)"), "", "the same"),
    (Mark::Thing("(Builtins)"), "", "the same"),
    (
        Mark::Thing("(Retain maps)"),
        "",
        "V8 keeps hidden classes for some collections more",
    ),
    (Mark::Thing("(Debugger)"), "", "of an inspector that is attached"),
];

/// Node's lists of all its native objects (to Node 20, from 22, of cppgc) hold each of them until it ends: how the program
/// holds it says more.
pub const OBJECT_LISTS: [&str; 3] = [
    "Node / CleanupQueue",
    "Node / BaseObjectList",
    "Node / CppgcWrapperList",
];

/// Roots behind which nothing is the program's to let go, and why.
pub const ENGINE_ROOTS: [(&str, &str); 7] = [
    ("(Internalized strings)", "V8 keeps one of each name"),
    ("(Builtins)", "code of V8"),
    ("(Compilation cache)", "scripts that may be run again"),
    ("(Read-only roots)", "constants of V8"),
    ("(Smi roots)", "numbers of V8"),
    (
        "(Strong root list)",
        "V8's own, and what a WeakRef was asked for: kept until the job at hand ends",
    ),
    ("(Strong roots)", "the same, as older versions call it"),
];

// What holds things for a while.

/// Nodes whose links do not count, by name, and why.
pub const MEANWHILES: [(&str, Meanwhile); 8] = [
    ("Timeout", Meanwhile::Timer),
    ("Immediate", Meanwhile::Timer),
    ("TickObject", Meanwhile::Timer),
    ("AsyncContextFrame", Meanwhile::Context),
    ("HTTPParser", Meanwhile::Parser),
    ("Node / HTTPParser", Meanwhile::Parser),
    ("ServerHttp2Session", Meanwhile::Connection),
    ("ClientHttp2Session", Meanwhile::Connection),
];

/// Links of an agent to what it keeps.
pub const AGENT: [&str; 3] = ["freeSockets", "sockets", "requests"];

/// Where Node keeps the stores of AsyncLocalStorage for what runs later; up to Node 22, and from 24 on.
pub const STORE_STEPS: [Mark; 3] = [
    Mark::Symbol("kResourceStore"),
    Mark::Symbol("async_context_frame"),
    Mark::Thing("AsyncContextFrame"),
];

/// Where Node keeps the stores of AsyncLocalStorage up to Node 22, as V8 writes it.
pub const STORE_LINKS: [&str; 2] = ["<symbol kResourceStore>", "<symbol async_context_frame>"];

/// What an open stream has as its handle.
pub const HANDLES: [&str; 4] = ["TCP", "Pipe", "TLSWrap", "JSStream"];

/// What Node's lists of timers and immediates are made of.
pub const TIMER_CLASSES: [&str; 2] = ["Timeout", "Immediate"];

// Links that mean something.

/// Links of V8's that every function, object or Map has: that they come again does not make a chain.
pub const SCAFFOLD: [&str; 9] = [
    "context",
    "previous",
    "table",
    "elements",
    "properties",
    "buffer",
    "backing_store",
    "extension",
    "shared",
];

/// Links in both directions of a list: what is reached by the one is reached like what is reached by the other.
pub const TWINS: [(&str, &str); 5] = [
    ("_idlePrev", "_idleNext"),
    ("prev", "next"),
    ("previous", "next"),
    ("tail", "head"),
    ("last", "first"),
];

/// Links along which a thing leads to the function that it is there for.
pub const TO_FUNCTIONS: [&str; 11] = [
    "bound_function",
    "bound_this",
    "bound_arguments",
    "fulfill_handler",
    "reject_handler",
    "promise_or_capability",
    "reactions_or_result",
    "context",
    "extension",
    "next",
    "function",
];

/// What leads to the script of a module from Node's entry for it: its job, V8's module, the generator that ran it.
pub const TO_SCRIPT: [&str; 7] = [
    "javascript",
    "module",
    "function",
    "shared",
    "script",
    "script_or_debug_info",
    "code",
];

// What links cost on the way to the program.

/// Costs of internal edges that carry meaning; others cost what `cost.rs` says.
pub const INTERNAL_COSTS: [(&str, u8); 31] = [
    ("table", 1),
    ("elements", 3),
    // All that is in it is a named property of its object too, with the cost of that name.
    ("properties", 60),
    ("backing_store", 1),
    ("context", 2),
    ("global_object", 2),
    ("global_proxy_object", 2),
    ("extension", 4),
    ("reactions_or_result", 3),
    ("reactions", 3),
    ("promise", 3),
    ("promise_or_capability", 3),
    ("fulfill_handler", 3),
    ("reject_handler", 3),
    ("bound_function", 3),
    ("bound_this", 3),
    ("bound_arguments", 3),
    ("parameters_and_registers", 3),
    ("function", 4),
    ("receiver", 3),
    ("previous", 8),
    ("shared", 90),
    ("code", 90),
    ("map", 120),
    ("feedback_cell", 120),
    ("script", 120),
    ("script_or_debug_info", 120),
    ("initial_map", 120),
    ("native_context", 120),
    ("scope_info", 120),
    ("constructor_or_back_pointer", 120),
];

/// Properties by which everything hangs together without being kept for them.
pub const PROPERTY_COSTS: [(&str, u8); 7] = [
    ("__proto__", 120),
    ("constructor", 60),
    ("prototype", 40),
    ("_idleNext", 12),
    ("_idlePrev", 12),
    ("domain", 8),
    ("mainModule", 30),
];

/// Costs of what hangs at the root; other synthetic nodes cost what `cost.rs` says.
pub const ROOT_COSTS: [(&str, u8); 8] = [
    ("(GC roots)", 1),
    ("(Global handles)", 12),
    ("(Traced handles)", 12),
    ("(Eternal handles)", 20),
    ("(Strong roots)", 30),
    ("(Handle scope)", 70),
    ("(Stack roots)", 90),
    ("Node / Environment", 4),
];
