//! By which name, and at which place in code, the program knows what is on a path: variables and properties that it
//! named itself. Knows steps of paths, and WeakMaps behind values.

use crate::finding::Link;
use crate::graph::describe::{SUSPENDED, Step, describe, step_name};
use crate::graph::graph::HeapGraph;
use crate::graph::paths::PathTree;
use crate::graph::sources::{SourcePlace, Sources};
use crate::snapshot::NodeIndex;

/// A value in a WeakMap is reached through its key: says in which WeakMap, by the name that one has.
pub(in crate::graph) fn name_weak_maps(
    graph: &HeapGraph,
    paths: &PathTree,
    sources: &Sources,
    steps: &mut [Step],
) {
    let tables = graph.tables();
    for at in 1..steps.len() {
        if steps[at].link != (Link::WeakValue { of: None }) {
            continue;
        }
        let table = weak_table(graph, steps[at - 1].node, steps[at].node);
        let map = table
            .and_then(|table| paths.arrival(tables, table))
            .map(|arrival| arrival.from);
        let to_map = map.and_then(|map| paths.path(tables, map));
        let name = to_map.and_then(|path| owner_name(&describe(tables, sources, &path)));
        if name.is_some() {
            steps[at].link = Link::WeakValue { of: name };
        }
    }
}

/// The table of the WeakMap in which `key` has `value`: the edge between them says which.
fn weak_table(graph: &HeapGraph, key: NodeIndex, value: NodeIndex) -> Option<NodeIndex> {
    let tables = graph.tables();
    let names = tables
        .edges(key)
        .filter(|&edge| tables.edge_to(edge) == value)
        .filter_map(|edge| tables.edge_name(edge));
    let id = names
        .filter_map(|name| name.split_once("(table @")?.1.split(')').next()?.parse().ok())
        .next()?;
    graph.node_by_id(id)
}

/// The last name on a path that the program gave: what objects of Node's own call their properties says nothing.
pub(in crate::graph) fn owner_name(steps: &[Step]) -> Option<String> {
    let is_nodes = |at: usize| {
        let holder = at.checked_sub(1).map(|before| &steps[before]);
        let is_builtin = holder
            .and_then(|step| step.place.as_ref())
            .is_some_and(SourcePlace::is_builtin);
        is_builtin && !matches!(steps[at].link, Link::Variable { .. } | Link::WeakValue { .. })
    };
    // What a function is called is no name of what it closes over.
    let is_nameless =
        |at: usize| steps[at].link == Link::Plumbing && at > 0 && steps[at - 1].link == Link::Scope;
    let names = (0..steps.len()).rev().take_while(|&at| !is_nameless(at));
    names
        .filter(|&at| !is_nodes(at))
        .filter_map(|at| step_name(&steps[at]))
        .next()
}

/// The name that holds the container, and the nearest place in code on the way to it.
pub(in crate::graph) fn owner(
    steps: &[Step],
    container: Option<usize>,
) -> (Option<String>, Option<SourcePlace>) {
    let Some(at) = container else { return (None, None) };
    let function = at.checked_sub(1).filter(|_| steps[at].link == Link::Local);
    if let Some(suspended) = function.and_then(|before| steps[before].name.strip_prefix(SUSPENDED)) {
        return (Some(suspended.to_owned()), steps[at - 1].place.clone());
    }
    let places = steps[..=at].iter().rev().filter_map(|step| step.place.as_ref());
    (
        owner_name(&steps[..=at]),
        places.into_iter().find(|place| !place.is_builtin()).cloned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(link: Link, name: &str, file: &str) -> Step {
        Step {
            link,
            name: name.to_owned(),
            place: (!file.is_empty()).then(|| SourcePlace {
                file: file.to_owned(),
                line: 1,
                column: 1,
            }),
            node: NodeIndex(0),
        }
    }

    fn property(name: &str) -> Link {
        Link::Property { name: name.into() }
    }

    fn variable(name: &str) -> Link {
        Link::Variable { name: name.into() }
    }

    #[test]
    fn the_last_name_that_the_program_gave_is_the_owners() {
        let steps = [
            step(Link::Scope, "scope of put", "/app/a.js"),
            step(variable("cache"), "Map", ""),
            step(Link::Entry, "Session", ""),
        ];
        assert_eq!(owner_name(&steps).as_deref(), Some("cache"));
        let (name, place) = owner(&steps, Some(1));
        assert_eq!(name.as_deref(), Some("cache"));
        assert_eq!(place.map(|place| place.file).as_deref(), Some("/app/a.js"));
    }

    #[test]
    fn what_objects_of_nodes_own_call_their_properties_is_no_name() {
        let steps = [
            step(variable("server"), "Server", "node:net"),
            step(property("_connections"), "Array", ""),
        ];
        assert_eq!(owner_name(&steps).as_deref(), Some("server"));
        let of = |link| step_name(&step(link, "Array", ""));
        assert_eq!(of(property("two words")).as_deref(), Some("two words"));
        assert_eq!(of(Link::Element { at: 3 }), None);
    }
}
