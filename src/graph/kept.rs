//! How one object is kept that ought to be gone: the path to it, and on it what to change.

use super::csr::Retainer;
use super::describe::{MODULE_SCOPE, REACTION, Step, is_plumbing, node_name};
use super::graph::HeapGraph;
use super::growth::{held_by, name_weak_maps, owner, owner_name, step_name};
use super::lore::{STORE_STEPS, TIMER_CLASSES};
use super::paths::{EdgeCost, PathTree};
use super::sources::{SourcePlace, Sources};
use super::weight::callee;
use super::{ActionableCost, BuildOptions, describe};
use crate::error::Result;
use crate::finding::{Held, Link};
use crate::snapshot::{EdgeIndex, NodeIndex, Tables};

/// An object that is still there.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its class.
    pub class: String,
    /// The path to it, as code, root first.
    pub path: Vec<Step>,
    /// The step of the Map, array or emitter that holds it, or holds what holds it.
    pub container: Option<usize>,
    /// How Node keeps it, if it is Node that does.
    pub held: Option<Held>,
    /// The variable or property to look at.
    pub name: Option<String>,
    /// Where the code that owns it stands.
    pub place: Option<SourcePlace>,
    /// What would be free if it were gone, in bytes.
    pub bytes: u64,
    /// ES modules on the path, by URL.
    pub modules: Vec<String>,
    /// It is in the store of an AsyncLocalStorage.
    pub is_in_store: bool,
    /// Its path leads through this other one of the nodes that were asked for.
    pub behind: Option<usize>,
}

/// Costs of paths that do not go through some nodes.
struct Around<'a> {
    cost: &'a ActionableCost,
    blocked: &'a [NodeIndex],
}

impl EdgeCost for Around<'_> {
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8> {
        if self.blocked.contains(&from) {
            return None;
        }
        self.cost.cost(tables, from, edge)
    }
}

/// The paths that remain when nothing is reached through `blocked`. O(nodes + edges).
///
/// # Errors
/// As [`HeapGraph::paths`].
pub fn paths_around(graph: &HeapGraph, blocked: &[NodeIndex], options: &BuildOptions) -> Result<PathTree> {
    let cost = ActionableCost::new(graph.tables());
    graph.paths(&Around { cost: &cost, blocked }, options)
}

/// How each of `nodes` is kept; `None` for one that no path leads to.
pub fn kept(
    graph: &HeapGraph,
    paths: &PathTree,
    sources: &Sources,
    nodes: &[NodeIndex],
) -> Vec<Option<Kept>> {
    nodes
        .iter()
        .map(|&node| keep(graph, paths, sources, node, nodes))
        .collect()
}

fn keep(
    graph: &HeapGraph,
    paths: &PathTree,
    sources: &Sources,
    node: NodeIndex,
    all: &[NodeIndex],
) -> Option<Kept> {
    let tables = graph.tables();
    let raw = paths.path(tables, node)?;
    let is_other = |from| all.iter().position(|&other| other == from && other != node);
    let behind = raw.iter().find_map(|step| is_other(step.from));
    let mut path = describe(tables, sources, &raw);
    name_weak_maps(graph, paths, sources, &mut path);
    let found = holder(&path);
    let (held, container) = match found {
        Some((Some(held), at)) => (Some(held), at.checked_sub(1)),
        Some((None, at)) => (None, (0..at).rev().find(|&i| !is_plumbing(tables, path[i].node))),
        None => (None, None),
    };
    let (name, place) = match container {
        Some(at) => owner(&path, Some(at)),
        None if held.is_some() => (None, None),
        None => (owner_name(&path), last_place(&path)),
    };
    // What Node calls one day is to be looked for where it was handed over.
    let link = found.filter(|_| held.is_some()).map(|(_, at)| at);
    let before_last = path.len().max(1) - 1;
    let handed = link.and_then(|at| {
        handed_over(&path[at.min(before_last)..before_last])
            .or_else(|| waits(tables, sources, &raw))
            .or_else(|| timer_place(tables, sources, &path[at..]))
    });
    let is_store = |step: &Step| {
        STORE_STEPS
            .iter()
            .any(|mark| mark.is_step(&step.link, &step.name))
    };
    Some(Kept {
        class: node_name(tables, node),
        held,
        container,
        name,
        place: handed.or(place),
        bytes: graph.retained_bytes(node),
        modules: path.iter().filter_map(|step| module_url(tables, step)).collect(),
        is_in_store: path.iter().any(is_store),
        behind,
        path,
    })
}

fn last_place(path: &[Step]) -> Option<SourcePlace> {
    let places = path.iter().rev().filter_map(|step| step.place.as_ref());
    places.into_iter().find(|place| !place.is_builtin()).cloned()
}

/// The first function of the program's on a way.
fn handed_over(path: &[Step]) -> Option<SourcePlace> {
    let functions = path
        .iter()
        .filter(|step| step.name.contains("function"))
        .filter_map(|step| step.place.as_ref());
    functions.into_iter().find(|place| !place.is_builtin()).cloned()
}

fn module_url(tables: &Tables, step: &Step) -> Option<String> {
    let of_module = tables.edges(step.node).filter(|_| step.name == "ModuleWrap");
    let mut urls = of_module.filter(|&edge| tables.edge_name(edge) == Some("url"));
    let url = tables.name(tables.edge_to(urls.next()?));
    url.starts_with("file:").then(|| url.to_owned())
}

fn distinct(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// The function that waits for a promise, where the way does not lead through it.
fn waits(tables: &Tables, sources: &Sources, path: &[Retainer]) -> Option<SourcePlace> {
    let nodes = path.iter().rev().map(|step| step.from);
    let reaction = nodes.into_iter().find(|&node| tables.name(node) == REACTION)?;
    callee(tables, sources, reaction).filter(|place| !place.is_builtin())
}

/// The function that a timer calls, where the way does not lead through it.
fn timer_place(tables: &Tables, sources: &Sources, path: &[Step]) -> Option<SourcePlace> {
    let timer = path
        .iter()
        .rev()
        .find(|step| TIMER_CLASSES.contains(&step.name.as_str()))?;
    callee(tables, sources, timer.node).filter(|place| !place.is_builtin())
}

/// The link nearest to the object by which something that collects things holds it: an entry of a container, or one of
/// Node's lists. What comes before the variables of a module is only how the search got there.
fn holder(path: &[Step]) -> Option<(Option<Held>, usize)> {
    for at in (0..path.len()).rev() {
        if let Some((held, link)) =
            held_by(&path[..=at]).filter(|&(_, link)| link == at || is_entry(path, at))
        {
            return Some((Some(held), link));
        }
        if is_entry(path, at) {
            return Some((None, at));
        }
        if path[at].name == MODULE_SCOPE {
            return None;
        }
    }
    None
}

/// Whether a step leads from a container to one of its entries.
fn is_entry(path: &[Step], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &path[before]) else {
        return false;
    };
    let is_store = STORE_STEPS.iter().any(|mark| mark.is_thing(&before.name));
    !is_store && before.link != Link::Root && path[at].link.is_entry()
}

impl Kept {
    /// The part of the path by which alike is told from different: up to what holds it, without how Node's lists of
    /// timers are linked.
    pub fn telling(&self) -> &[Step] {
        let is_timer = |step: &Step| TIMER_CLASSES.contains(&step.name.as_str());
        match (self.held, self.container) {
            (Some(Held::Timers | Held::Immediates), _) => {
                let last = self.path.iter().rposition(is_timer).unwrap_or(0);
                &self.path[last + 1..]
            }
            (_, Some(container)) => &self.path[..=container],
            (_, None) => &self.path,
        }
    }

    /// The same without the links of a chain: what hangs on another of its kind is held as that is. A container says by
    /// itself what is alike.
    pub fn folded(mut self) -> Self {
        if self.container.is_none() {
            self.path
                .dedup_by(|after, before| after.link == before.link && after.name == before.name);
        }
        self
    }

    /// What the program calls what leads to the container, or to the object where there is none, as far as it could let go.
    pub fn names(&self) -> Vec<String> {
        let begin = self.begin();
        let fixed = self.fixed();
        let owner = |at: usize| at.checked_sub(1).is_some_and(|owner| fixed[owner]);
        let steps = (begin..=self.end()).filter(|&at| !owner(at));
        distinct(steps.filter_map(|at| step_name(&self.path[at])))
    }

    /// The files whose code stands on the path, as far as it could let go.
    pub fn files(&self) -> Vec<String> {
        let fixed = self.fixed();
        let steps = (self.begin()..self.path.len()).filter(|&at| !fixed[at]);
        let places = steps.filter_map(|at| self.path[at].place.as_ref());
        let places = places.chain(&self.place).filter(|place| !place.is_builtin());
        let files = places.map(|place| place.file.clone());
        distinct(files.chain(self.modules.iter().cloned()))
    }

    /// The step at which the part of the path ends that leads to the container.
    fn end(&self) -> usize {
        self.container.unwrap_or(self.path.len() - 1)
    }

    /// The variables of a module stay, whatever leads to them.
    fn begin(&self) -> usize {
        let steps = &self.path[..=self.end()];
        let module = steps.iter().rposition(|step| step.name == MODULE_SCOPE);
        module.unwrap_or(0)
    }

    /// By step, whether it is of what a framework made of the program's functions and does not unmake: packages' own
    /// objects, without a table, between a server or the program's code and a function of the program that comes after.
    fn fixed(&self) -> Vec<bool> {
        let (begin, end) = (self.begin(), self.end());
        let mut fixed = vec![false; self.path.len()];
        // Where what is no code of the program begins; `None` in the program's.
        let mut stretch = (begin == 0).then_some(0);
        let is_own = self.path[begin]
            .place
            .as_ref()
            .is_some_and(SourcePlace::is_programs);
        let (mut is_open, mut has_table) = (begin > 0 && is_own, false);
        for at in begin..=end {
            let step = &self.path[at];
            has_table |= matches!(step.link, Link::Entry | Link::Key | Link::WeakValue { .. });
            match &step.place {
                Some(place) if place.is_programs() => {
                    // Objects of the program's a package may let go; functions are what a framework was given.
                    let is_fixed = is_open && !has_table && step.name.contains("function");
                    if let Some(from) = stretch.take().filter(|_| is_fixed) {
                        fixed[from..at].fill(true);
                    }
                    (is_open, has_table) = (true, false);
                }
                Some(place) => {
                    stretch.get_or_insert(at);
                    is_open |= place.is_builtin() && step.name.ends_with("Server");
                }
                None => {}
            }
        }
        fixed
    }

    /// Whether a variable of a function that waits holds it.
    pub fn is_local(&self) -> bool {
        self.path.last().is_some_and(|step| step.link == Link::Local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path of links, things and files, whose last step but one is the container.
    fn held(steps: &[(Link, &str, &str)]) -> Kept {
        let path: Vec<Step> = steps
            .iter()
            .map(|(link, name, file)| Step {
                link: link.clone(),
                name: (*name).to_owned(),
                place: (!file.is_empty()).then(|| SourcePlace {
                    file: (*file).to_owned(),
                    line: 1,
                    column: 1,
                }),
                node: NodeIndex(0),
            })
            .collect();
        Kept {
            class: "IncomingMessage".to_owned(),
            container: Some(path.len() - 2),
            path,
            held: None,
            name: None,
            place: None,
            bytes: 0,
            modules: Vec::new(),
            is_in_store: false,
            behind: None,
        }
    }

    fn property(name: &str) -> Link {
        Link::Property {
            name: name.to_owned(),
        }
    }

    fn variable(name: &str) -> Link {
        Link::Variable {
            name: name.to_owned(),
        }
    }

    const PACKAGE: &str = "/srv/node_modules/web/index.js";
    const OWN: &str = "/srv/app.js";

    /// A server, what a framework has for it with this link in it, and a function of the program with its list.
    fn served(link: Link) -> Kept {
        held(&[
            (Link::Root, "Node / TCPServerWrap", ""),
            (property("owner"), "Server", "node:_http_server"),
            (property("_events"), "Object", ""),
            (property("request"), "function app", PACKAGE),
            (property("stack"), "Array", ""),
            (link, "Layer", PACKAGE),
            (property("handle"), "function answer", OWN),
            (Link::Scope, "scope of make", OWN),
            (variable("slow"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ])
    }

    #[test]
    fn what_leads_to_the_variables_of_a_module_could_not_let_go() {
        let kept = held(&[
            (Link::Root, "Node / TCPServerWrap", ""),
            (property("owner"), "Server", "node:_http_server"),
            (property("_lastUsed"), "Plugin", PACKAGE),
            (property("func"), "function plugin", "/srv/plugin.js"),
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("state"), "Object", ""),
            (property("slow"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(kept.names(), ["state", "slow"]);
        assert_eq!(kept.files(), [OWN]);
    }

    #[test]
    fn what_a_framework_made_of_functions_is_not_unmade_but_what_it_has_in_a_table_may_be() {
        let kept = served(Link::Element { at: 2 });
        assert_eq!(kept.names(), ["slow"]);
        assert_eq!(kept.files(), [OWN]);
        let kept = served(Link::Entry);
        assert_eq!(
            kept.names(),
            ["owner", "_events", "request", "stack", "handle", "slow"]
        );
        assert_eq!(kept.files(), [PACKAGE, OWN]);
    }

    #[test]
    fn what_a_package_has_in_a_list_of_its_own_may_let_go() {
        // No server and no code of the program stand before it.
        let mut kept = served(Link::Element { at: 2 });
        kept.path[1].name = "Socket".to_owned();
        assert_eq!(kept.names().len(), 6);
        // A cache of a package's, which the program has.
        let kept = held(&[
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("recent"), "LRUCache", PACKAGE),
            (property("list"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(kept.names(), ["recent", "list"]);
        assert_eq!(kept.files(), [OWN, PACKAGE]);
        // A list of a package's, of objects of the program's.
        let kept = held(&[
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("recent"), "LRUCache", PACKAGE),
            (property("list"), "Array", ""),
            (Link::Element { at: 3 }, "Session", OWN),
            (property("requests"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(kept.names(), ["recent", "list", "requests"]);
        assert_eq!(kept.files(), [OWN, PACKAGE]);
        // A package's own module, and functions that it has been given.
        let kept = held(&[
            (Link::Root, "root", ""),
            (Link::Scope, MODULE_SCOPE, PACKAGE),
            (variable("pending"), "Array", ""),
            (Link::Element { at: 3 }, "function load", OWN),
            (Link::Scope, "scope of load", OWN),
            (variable("seen"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(kept.names(), ["pending", "seen"]);
        assert_eq!(kept.files(), [PACKAGE, OWN]);
        // An application between two functions of the program.
        let kept = held(&[
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("app"), "function app", PACKAGE),
            (property("stack"), "Array", ""),
            (Link::Element { at: 2 }, "Layer", PACKAGE),
            (property("handle"), "function answer", "/srv/answer.js"),
            (Link::Scope, "scope of make", "/srv/answer.js"),
            (variable("slow"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(kept.names(), ["app", "slow"]);
        assert_eq!(kept.files(), [OWN, "/srv/answer.js"]);
    }
}
