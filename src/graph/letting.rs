//! Which code could let go of what a container holds: the names and files to read for it. Knows steps of paths; reads no
//! code.

use super::describe::{MODULE_SCOPE, Step, step_name};
use super::sources::SourcePlace;
use crate::finding::Link;
use crate::snapshot::Tables;

/// Where to look for code that lets go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letting {
    /// What the program calls what leads to the container, or to the object where there is none.
    pub names: Vec<String>,
    /// The files whose code stands on the path.
    pub files: Vec<String>,
}

impl Letting {
    /// Of a path, root first, with the step of its container; `place` is where the owner's code stands, `modules` are the ES
    /// modules on the way.
    pub fn of(
        path: &[Step],
        container: Option<usize>,
        place: Option<&SourcePlace>,
        modules: &[String],
    ) -> Self {
        if path.is_empty() {
            return Self::default();
        }
        let end = container.unwrap_or(path.len() - 1);
        let begin = begin(&path[..=end]);
        let fixed = fixed(path, begin, end);
        let is_owner_fixed = |at: usize| at.checked_sub(1).is_some_and(|owner| fixed[owner]);
        let named = (begin..=end).filter(|&at| !is_owner_fixed(at));
        let steps = (begin..path.len()).filter(|&at| !fixed[at]);
        let places = steps.filter_map(|at| path[at].place.as_ref());
        let places = places.chain(place).filter(|place| !place.is_builtin());
        let files = places.map(|place| place.file.clone());
        Self {
            names: distinct(named.filter_map(|at| step_name(&path[at]))),
            files: distinct(files.chain(modules.iter().cloned())),
        }
    }
}

/// ES modules on a path, by URL.
pub(super) fn modules_on(tables: &Tables, path: &[Step]) -> Vec<String> {
    path.iter().filter_map(|step| module_url(tables, step)).collect()
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

/// The variables of a module stay, whatever leads to them.
fn begin(steps: &[Step]) -> usize {
    let module = steps.iter().rposition(|step| step.name == MODULE_SCOPE);
    module.unwrap_or(0)
}

/// By step, whether it is of what a framework made of the program's functions and does not unmake: packages' own
/// objects, without a table, between a server or the program's code and a function of the program that comes after.
fn fixed(path: &[Step], begin: usize, end: usize) -> Vec<bool> {
    let mut fixed = vec![false; path.len()];
    // Where what is no code of the program begins; `None` in the program's.
    let mut stretch = (begin == 0).then_some(0);
    let is_own = path[begin].place.as_ref().is_some_and(SourcePlace::is_programs);
    let (mut is_open, mut has_table) = (begin > 0 && is_own, false);
    for at in begin..=end {
        let step = &path[at];
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::NodeIndex;

    /// A path of links, things and files, whose last step but one is the container.
    fn held(steps: &[(Link, &str, &str)]) -> Vec<Step> {
        let steps = steps.iter().map(|(link, name, file)| Step {
            link: link.clone(),
            name: (*name).to_owned(),
            place: (!file.is_empty()).then(|| SourcePlace {
                file: (*file).to_owned(),
                line: 1,
                column: 1,
            }),
            node: NodeIndex(0),
        });
        steps.collect()
    }

    fn letting(path: &[Step]) -> Letting {
        Letting::of(path, Some(path.len() - 2), None, &[])
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
    fn served(link: Link) -> Vec<Step> {
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
        let path = held(&[
            (Link::Root, "Node / TCPServerWrap", ""),
            (property("owner"), "Server", "node:_http_server"),
            (property("_lastUsed"), "Plugin", PACKAGE),
            (property("func"), "function plugin", "/srv/plugin.js"),
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("state"), "Object", ""),
            (property("slow"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(letting(&path).names, ["state", "slow"]);
        assert_eq!(letting(&path).files, [OWN]);
    }

    #[test]
    fn what_a_framework_made_of_functions_is_not_unmade_but_what_it_has_in_a_table_may_be() {
        let path = served(Link::Element { at: 2 });
        assert_eq!(letting(&path).names, ["slow"]);
        assert_eq!(letting(&path).files, [OWN]);
        let path = served(Link::Entry);
        assert_eq!(
            letting(&path).names,
            ["owner", "_events", "request", "stack", "handle", "slow"]
        );
        assert_eq!(letting(&path).files, [PACKAGE, OWN]);
    }

    #[test]
    fn what_a_package_has_in_a_list_of_its_own_may_let_go() {
        // No server and no code of the program stand before it.
        let mut path = served(Link::Element { at: 2 });
        path[1].name = "Socket".to_owned();
        assert_eq!(letting(&path).names.len(), 6);
        // A cache of a package's, which the program has.
        let path = held(&[
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("recent"), "LRUCache", PACKAGE),
            (property("list"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(letting(&path).names, ["recent", "list"]);
        assert_eq!(letting(&path).files, [OWN, PACKAGE]);
        // A list of a package's, of objects of the program's.
        let path = held(&[
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("recent"), "LRUCache", PACKAGE),
            (property("list"), "Array", ""),
            (Link::Element { at: 3 }, "Session", OWN),
            (property("requests"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(letting(&path).names, ["recent", "list", "requests"]);
        assert_eq!(letting(&path).files, [OWN, PACKAGE]);
        // A package's own module, and functions that it has been given.
        let path = held(&[
            (Link::Root, "root", ""),
            (Link::Scope, MODULE_SCOPE, PACKAGE),
            (variable("pending"), "Array", ""),
            (Link::Element { at: 3 }, "function load", OWN),
            (Link::Scope, "scope of load", OWN),
            (variable("seen"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(letting(&path).names, ["pending", "seen"]);
        assert_eq!(letting(&path).files, [PACKAGE, OWN]);
        // An application between two functions of the program.
        let path = held(&[
            (Link::Scope, MODULE_SCOPE, OWN),
            (variable("app"), "function app", PACKAGE),
            (property("stack"), "Array", ""),
            (Link::Element { at: 2 }, "Layer", PACKAGE),
            (property("handle"), "function answer", "/srv/answer.js"),
            (Link::Scope, "scope of make", "/srv/answer.js"),
            (variable("slow"), "Array", ""),
            (Link::Element { at: 3 }, "IncomingMessage", "node:_http_incoming"),
        ]);
        assert_eq!(letting(&path).names, ["app", "slow"]);
        assert_eq!(letting(&path).files, [OWN, "/srv/answer.js"]);
    }
}
