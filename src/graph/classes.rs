//! Classes: how many objects of a kind there are, and what they retain together, nothing counted twice.

use std::collections::HashMap;

use crate::snapshot::{EdgeKind, Location, NodeIndex, NodeKind, Tables};

use super::class_keys::{ClassIndex, ClassKey, class_keys};
use super::describe::node_name;
use super::retained::Retained;
use super::tree::{DominatorTree, Place};

/// Nodes that are alike, and their sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Kind of its nodes.
    pub kind: NodeKind,
    /// Name of the constructor, `function` and its name, `{a, b}` for plain objects with these properties (in order of their names),
    /// `(string)`, `(array)` and so on for V8's own.
    pub name: String,
    /// Where the constructor or function stands; its node is the first of the class.
    pub location: Option<Location>,
    /// Number of nodes.
    pub count: u32,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_bytes: u64,
    /// Sum of what those retain that no other node of the class dominates, in bytes: nothing is counted twice.
    pub retained_bytes: u64,
    /// The one that retains most, for an example.
    pub largest: NodeIndex,
}

/// A class of two heaps, by its name: how many objects there are, and how many more than there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassChange {
    /// As [`Class::name`].
    pub name: String,
    /// Number of nodes in the later heap.
    pub count: u32,
    /// Those less those of the earlier one.
    pub count_change: i64,
    /// Sum of their shallow sizes in the later heap, in bytes.
    pub shallow_bytes: u64,
    /// Those less those of the earlier one.
    pub bytes_change: i64,
}

/// The classes that changed most in bytes, first the one that changed most; those that did not change are left out.
/// O(nodes + edges of plain objects and functions) time for each heap.
pub(super) fn changes(before: &Tables, after: &Tables, limit: usize) -> Vec<ClassChange> {
    let earlier = counts(before);
    let mut changes: HashMap<String, ClassChange> = counts(after)
        .into_iter()
        .map(|(name, (count, shallow_bytes))| (name.clone(), change(name, count, shallow_bytes)))
        .collect();
    for (name, (count, bytes)) in earlier {
        let one = changes.entry(name.clone()).or_insert_with(|| change(name, 0, 0));
        one.count_change -= i64::from(count);
        one.bytes_change -= bytes as i64;
    }
    let mut changed: Vec<_> = changes
        .into_values()
        .filter(|one| one.count_change != 0 || one.bytes_change != 0)
        .collect();
    changed.sort_by(|a, b| {
        let by_bytes = b.bytes_change.abs().cmp(&a.bytes_change.abs());
        by_bytes.then_with(|| a.name.cmp(&b.name))
    });
    changed.truncate(limit);
    changed
}

fn change(name: String, count: u32, shallow_bytes: u64) -> ClassChange {
    ClassChange {
        name,
        count,
        count_change: i64::from(count),
        shallow_bytes,
        bytes_change: shallow_bytes as i64,
    }
}

/// Number of nodes and sum of shallow sizes, by name of the class; nodes without a size do not count.
fn counts(tables: &Tables) -> HashMap<String, (u32, u64)> {
    let keys = class_keys(tables);
    let mut sums = vec![(0_u32, 0_u64); keys.keys.len()];
    for node in tables.nodes() {
        let bytes = tables.self_bytes(node);
        if bytes > 0 {
            let sum = &mut sums[keys.of_node[node.0 as usize].0 as usize];
            sum.0 += 1;
            sum.1 += bytes;
        }
    }
    let mut named: HashMap<String, (u32, u64)> = HashMap::new();
    for (&(key, first), &(count, bytes)) in keys.keys.iter().zip(&sums) {
        if count > 0 {
            let of_name = named.entry(class_name(tables, key, first)).or_default();
            of_name.0 += count;
            of_name.1 += bytes;
        }
    }
    named
}

#[derive(Clone, Copy)]
struct Sums {
    count: u32,
    shallow_bytes: u64,
    retained_bytes: u64,
    largest: NodeIndex,
    largest_bytes: u64,
    /// End of the last node of this class that no other of it dominates, a place.
    end: u32,
}

/// The classes that retain most, first the one with the most. Nodes without a size do not count, as in DevTools.
/// O(nodes + edges of plain objects and functions + classes log classes) time, 4 bytes a node while it runs.
pub(super) fn classes(
    tables: &Tables,
    tree: &DominatorTree,
    retained: &Retained,
    limit: usize,
) -> Vec<Class> {
    let keys = class_keys(tables);
    let sums = sums(tables, tree, retained, &keys.of_node, keys.keys.len());
    let mut order: Vec<_> = (0..sums.len()).filter(|&class| sums[class].count > 0).collect();
    order.sort_by_key(|&class| (std::cmp::Reverse(sums[class].retained_bytes), class));
    order.truncate(limit);
    let class = |class: usize| {
        let (key, first) = keys.keys[class];
        let sums = &sums[class];
        Class {
            kind: tables.kind(first),
            name: class_name(tables, key, first),
            location: matches!(key, ClassKey::Named(_, _, Some(_)))
                .then(|| tables.location(first))
                .flatten(),
            count: sums.count,
            shallow_bytes: sums.shallow_bytes,
            retained_bytes: sums.retained_bytes,
            largest: sums.largest,
        }
    };
    order.into_iter().map(class).collect()
}

/// Goes through the dominator tree in preorder: a node that begins before the last outermost one of its class has
/// ended is dominated by it.
fn sums(
    tables: &Tables,
    tree: &DominatorTree,
    retained: &Retained,
    of_node: &[ClassIndex],
    classes: usize,
) -> Vec<Sums> {
    let none = Sums {
        count: 0,
        shallow_bytes: 0,
        retained_bytes: 0,
        largest: NodeIndex(0),
        largest_bytes: 0,
        end: 0,
    };
    let mut sums = vec![none; classes];
    for (place, node) in tree.order().into_iter().enumerate() {
        let shallow_bytes = tables.self_bytes(node);
        if shallow_bytes == 0 {
            continue;
        }
        let sum = &mut sums[of_node[node.0 as usize].0 as usize];
        sum.count += 1;
        sum.shallow_bytes += shallow_bytes;
        if place as u32 >= sum.end {
            let bytes = retained.bytes(node);
            sum.retained_bytes += bytes;
            sum.end = tree.end(Place(place as u32));
            if bytes > sum.largest_bytes {
                sum.largest_bytes = bytes;
                sum.largest = node;
            }
        }
    }
    sums
}

pub(super) fn class_name(tables: &Tables, key: ClassKey, first: NodeIndex) -> String {
    match key {
        ClassKey::Kind(kind) => kind_name(kind).into(),
        // Not what its instances are called.
        ClassKey::Named(NodeKind::Closure, ..) => node_name(tables, first),
        ClassKey::Named(_, name, _) => tables.strings.get(name).into(),
        ClassKey::Prototypes => "(prototype)".into(),
        ClassKey::Shape(..) => {
            let properties = tables
                .edges(first)
                .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Property);
            let mut names: Vec<_> = properties.map(|edge| tables.property_name(first, edge)).collect();
            names.retain(|&name| name != "__proto__");
            names.sort_unstable();
            names.dedup();
            format!("{{{}}}", names.join(", "))
        }
    }
}

const fn kind_name(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Hidden => "(system)",
        NodeKind::Array => "(array)",
        NodeKind::String => "(string)",
        NodeKind::ConcatenatedString => "(concatenated string)",
        NodeKind::SlicedString => "(sliced string)",
        NodeKind::Code => "(compiled code)",
        NodeKind::RegExp => "RegExp",
        NodeKind::Number => "(number)",
        NodeKind::Synthetic => "(synthetic)",
        NodeKind::Symbol => "(symbol)",
        NodeKind::BigInt => "(bigint)",
        NodeKind::ObjectShape => "(object shape)",
        NodeKind::Object | NodeKind::Closure | NodeKind::Native | NodeKind::Unknown => "(other)",
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BuildOptions, HeapGraph};
    use super::*;
    use crate::snapshot::HeapBuilder;

    fn names(heap: HeapBuilder) -> Vec<(String, u32, u64)> {
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let classes = graph.classes(usize::MAX).into_iter();
        classes
            .map(|class| (class.name, class.count, class.retained_bytes))
            .collect()
    }

    #[test]
    fn a_constructor_and_its_prototype_are_none_of_its_class() {
        let mut heap = HeapBuilder::default();
        let constructor = heap.node(NodeKind::Closure, "User", 64);
        let prototype = heap.node(NodeKind::Object, "User", 16);
        let user = heap.node(NodeKind::Object, "User", 32);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, constructor);
        heap.edge(constructor, EdgeKind::Property, "prototype", prototype);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 2, user);
        let expected = [("function User", 1, 80), ("User", 1, 32), ("(prototype)", 1, 16)];
        assert_eq!(
            names(heap),
            expected.map(|(name, count, bytes)| (name.to_string(), count, bytes))
        );
    }

    #[test]
    fn plain_objects_are_told_apart_by_properties_in_any_order_and_rare_shapes_are_not() {
        let mut heap = HeapBuilder::default();
        for (at, properties) in [["a", "b"], ["b", "a"], ["a", "c"]].into_iter().enumerate() {
            let object = heap.node(NodeKind::Object, "Object", 10);
            heap.element(HeapBuilder::ROOT, EdgeKind::Element, at as u32, object);
            for name in properties {
                heap.edge(object, EdgeKind::Property, name, HeapBuilder::ROOT);
            }
        }
        assert_eq!(
            names(heap),
            [("{a, b}".to_string(), 2, 20), ("Object".to_string(), 1, 10)]
        );
    }

    #[test]
    fn a_list_of_one_class_counts_its_head_only() {
        let mut heap = HeapBuilder::default();
        let mut last = HeapBuilder::ROOT;
        for _ in 0..5 {
            let node = heap.node(NodeKind::Object, "Node", 10);
            heap.edge(last, EdgeKind::Property, "next", node);
            last = node;
        }
        assert_eq!(names(heap), [("Node".to_string(), 5, 50)]);
    }
}
