//! What makes a path one that a person can act on: variables, properties and entries are cheap; prototypes, V8's
//! bookkeeping and whatever happens to be on the stack are dear. Costs by name are looked up once for all strings.
//!
//! Of two ways that are as good, the same one has to win in each snapshot, or what did not change would seem to have
//! moved. The order of nodes is the collector's, so names decide: each adds a little of its own ([`TIE_BREAK`]).

use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

use super::lore::{INTERNAL_COSTS, OBJECT_LISTS, PROPERTY_COSTS, ROOT_COSTS};
use super::paths::EdgeCost;

const INTERNAL: u8 = 12;
const PROPERTY: u8 = 2;
const VARIABLE: u8 = 2;
const HIDDEN: u8 = 7;
/// From the functions that settle a promise to it.
const SETTLES: u8 = 40;
/// Costs are this many times what the tables say, so that names can decide between equals.
const SCALE: u8 = 2;
/// What a name adds to its cost is below this.
const TIE_BREAK: u32 = 4;

const OTHER_ROOT: u8 = 90;

const FROM_OBJECT_LIST: u8 = 90;

/// What is on the stack when the snapshot is taken is about to be left: no way to anything but a suspended function or
/// a scope, whose variables are its own; and even those are reached otherwise, if they can be.
const FROM_STACK: u8 = 120;
const SCOPE_FROM_STACK: u8 = 20;
/// A function says where the scope stands.
const FUNCTION_FROM_STACK: u8 = 8;

/// Costs for one snapshot. 3 bytes a string.
pub struct ActionableCost {
    internal: Vec<u8>,
    property: Vec<u8>,
    tie_break: Vec<u8>,
}

impl ActionableCost {
    /// Looks all names up. O(strings).
    pub fn new(tables: &Tables) -> Self {
        let strings = || (0..tables.strings.len() as u32).map(|i| tables.strings.get(StringIndex(i)));
        Self {
            internal: strings().map(internal_cost).collect(),
            property: strings().map(property_cost).collect(),
            tie_break: strings().map(tie_break).collect(),
        }
    }
}

fn internal_cost(name: &str) -> u8 {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        // Entries of a table, and ephemerons (`2 / part of key … pair in WeakMap …`).
        return if name.contains("part of key") { 4 } else { 1 };
    }
    INTERNAL_COSTS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(INTERNAL, |(_, cost)| *cost)
}

fn property_cost(name: &str) -> u8 {
    if name.starts_with("get ") || name.starts_with("set ") {
        return 8;
    }
    PROPERTY_COSTS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(PROPERTY, |(_, cost)| *cost)
}

/// A little that depends on the name alone: 32-bit FNV-1a (Fowler, Noll, Vo) below [`TIE_BREAK`].
fn tie_break(name: &str) -> u8 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    ((hash >> 16) % TIE_BREAK) as u8
}

fn root_cost(name: &str) -> u8 {
    if name.starts_with("C++") {
        return 14;
    }
    ROOT_COSTS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(OTHER_ROOT, |(_, cost)| *cost)
}

fn is_stack(tables: &Tables, node: NodeIndex) -> bool {
    tables.kind(node) == NodeKind::Synthetic
        && matches!(tables.name(node), "(Stack roots)" | "(Handle scope)")
}

/// V8's list of all names, which keeps none of them: a name lives as long as something else has it.
fn is_name_table(tables: &Tables, node: NodeIndex) -> bool {
    tables.kind(node) == NodeKind::Synthetic && tables.name(node) == "(Internalized strings)"
}

fn from_stack(tables: &Tables, to: NodeIndex) -> u8 {
    match (tables.kind(to), tables.name(to)) {
        (NodeKind::Closure, _) | (NodeKind::Object, "Generator") => FUNCTION_FROM_STACK,
        (NodeKind::Object, "system / Context") => SCOPE_FROM_STACK,
        _ => FROM_STACK,
    }
}

impl EdgeCost for ActionableCost {
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8> {
        let to = tables.edge_to(edge);
        if is_name_table(tables, from) {
            return None;
        }
        if tables.kind(to) == NodeKind::Synthetic {
            return Some(root_cost(tables.name(to)).saturating_mul(SCALE).min(250));
        }
        let label = tables.edge_label(edge) as usize;
        let by_edge = match tables.edge_kind(edge) {
            EdgeKind::Context => VARIABLE,
            EdgeKind::Property => self.property.get(label).copied().unwrap_or(PROPERTY),
            EdgeKind::Element => PROPERTY,
            EdgeKind::Internal => self.internal.get(label).copied().unwrap_or(INTERNAL),
            EdgeKind::Hidden | EdgeKind::Unknown => HIDDEN,
            EdgeKind::Shortcut | EdgeKind::Weak => 4,
        };
        let by_edge = if is_stack(tables, from) {
            from_stack(tables, to)
        } else if tables.kind(from) == NodeKind::Native && OBJECT_LISTS.contains(&tables.name(from)) {
            FROM_OBJECT_LIST
        } else {
            by_edge
        };
        let into = match tables.kind(to) {
            NodeKind::Code | NodeKind::ObjectShape => 60,
            NodeKind::Hidden => 2,
            _ => 0,
        };
        // Builtins hang at V8's own context; the program's state does not.
        let native = if tables.kind(from) == NodeKind::Hidden && tables.name(from) == "system / NativeContext"
        {
            if by_edge <= 4 { 0 } else { 60 }
        } else {
            0
        };
        let is_named = matches!(tables.edge_kind(edge), EdgeKind::Context | EdgeKind::Property);
        // What settles a promise leads to it, and a program knows it by another name. Slots without one are V8's own.
        let settles = if tables.kind(from) == NodeKind::Object
            && tables.edge_kind(edge) == EdgeKind::Hidden
            && tables.name(from) == "system / Context"
            && tables.name(to) == "Promise"
        {
            SETTLES
        } else {
            0
        };
        let own = if is_named {
            self.tie_break.get(label).copied().unwrap_or(0)
        } else {
            0
        };
        let scaled = by_edge
            .saturating_add(into)
            .saturating_add(native)
            .saturating_add(settles)
            .saturating_mul(SCALE);
        Some(scaled.saturating_add(own).min(250))
    }
}

#[cfg(test)]
mod tests {
    use super::super::BuildOptions;
    use super::super::graph::HeapGraph;
    use super::*;
    use crate::snapshot::HeapBuilder;

    #[test]
    fn an_object_of_nodes_own_lists_is_reached_through_the_program() {
        for list in OBJECT_LISTS {
            let mut heap = HeapBuilder::default();
            let environment = heap.node(NodeKind::Synthetic, "Node / Environment", 0);
            let queue = heap.node(NodeKind::Native, list, 8);
            let native = heap.node(NodeKind::Native, "Node / FileHandle", 8);
            let handle = heap.node(NodeKind::Object, "FileHandle", 8);
            heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, environment);
            heap.edge(environment, EdgeKind::Property, "cleanup_queue", queue);
            heap.element(queue, EdgeKind::Element, 0, native);
            heap.edge(native, EdgeKind::Property, "wrapped", handle);
            let mut holder = HeapBuilder::ROOT;
            for name in ["global", "app", "server", "pool", "kept"] {
                let next = heap.node(NodeKind::Object, name, 8);
                heap.edge(holder, EdgeKind::Property, name, next);
                holder = next;
            }
            heap.element(holder, EdgeKind::Element, 0, handle);
            let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
            let tables = graph.tables();
            let paths = graph
                .paths(&ActionableCost::new(tables), &BuildOptions::default())
                .unwrap();
            let path = paths.path(tables, handle).unwrap();
            assert!(path.iter().all(|step| step.from != queue), "{list}: {path:?}");
        }
    }
}
