//! How a heap is folded: each node joins the group that is reached as it is, as the search for paths arrives at it. Knows
//! names of links and of nodes; must not know what groups are compared for.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::folded::{ANY, Folded, Group, GroupIndex, Seen, Signature};
use super::sampled::Sampled;
use crate::error::Result;
use crate::fnv;
use crate::graph::anchors::{self, Anchors};
use crate::graph::describe::REACTION;
use crate::graph::graph::HeapGraph;
use crate::graph::lore::{ENGINE_ROOTS, SCAFFOLD, TWINS};
use crate::graph::mix::Mix;
use crate::graph::paths::{EdgeCost, Finder, PathTree};
use crate::graph::sources::{CONTEXT, Files, is_context};
use crate::graph::task::BuildOptions;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

/// A chain repeats itself within this many steps, or it is not folded.
const REPEATS_WITHIN: usize = 5;

impl Folded {
    /// Folds a heap over its cheapest paths, and gives these too. O(nodes + edges) time, 10 bytes a node while it
    /// runs, 4 of them for the paths.
    pub fn new(graph: &HeapGraph, cost: &impl EdgeCost, options: &BuildOptions) -> Result<(Self, PathTree)> {
        let mut folding = Folding::new(graph.tables());
        graph.search(cost, options, &mut folding)?;
        Ok(folding.finish(graph))
    }
}

/// What a string means as the name of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LinkName {
    /// It names something.
    Name,
    /// A number: a place in a table.
    Number,
    /// A link of V8's that everything has.
    Scaffold,
}

impl LinkName {
    fn of(name: &str) -> Self {
        match name.as_bytes().first() {
            Some(first) if first.is_ascii_digit() => Self::Number,
            Some(_) if SCAFFOLD.contains(&name) => Self::Scaffold,
            _ => Self::Name,
        }
    }
}

/// What leads to a node is a dictionary: so this bit beside its group says.
const DICTIONARY: u32 = 1 << 31;

struct Folding<'a> {
    tables: &'a Tables,
    groups: Vec<Group>,
    found: HashMap<(GroupIndex, Signature), GroupIndex, BuildHasherDefault<Mix>>,
    /// By node, as far as it was arrived at; before that what its path comes from, as [`DICTIONARY`] and a group.
    group_of: Vec<u32>,
    paths: PathTree,
    files: Files,
    /// By string.
    link_names: Vec<LinkName>,
    twins: Vec<(u32, u32)>,
    /// The string that names reactions.
    reaction: Option<u32>,
    /// The latest object that was asked about, and whether it is a dictionary.
    latest: (NodeIndex, bool),
    anchors: Anchors,
    /// Of a heap that was thinned out.
    sampled: Option<Sampled>,
}

impl<'a> Folding<'a> {
    fn new(tables: &'a Tables) -> Self {
        let mut known = HashMap::new();
        let known_names = TWINS.iter().flat_map(|&(from, to)| [from, to]).chain([
            REACTION,
            CONTEXT,
            anchors::SCOPE,
            anchors::SCOPE_INFO,
        ]);
        known_names.for_each(|name| _ = known.insert(name, None));
        let longest = known.keys().map(|name| name.len()).max().unwrap_or(0);
        let link_names = (0..tables.strings.len() as u32).map(|at| {
            let name = tables.strings.get(StringIndex(at));
            if name.len() <= longest
                && let Some(place) = known.get_mut(name)
            {
                place.get_or_insert(at);
            }
            LinkName::of(name)
        });
        let link_names = link_names.collect();
        let string = |text: &str| known.get(text).copied().flatten();
        let files = Files::new(tables);
        let words = anchors::Words {
            context: string(CONTEXT),
            scope: string(anchors::SCOPE),
            scope_info: string(anchors::SCOPE_INFO),
        };
        Self {
            tables,
            sampled: Sampled::of(tables),
            groups: Vec::new(),
            found: HashMap::default(),
            anchors: Anchors::new(tables, &files, &words),
            group_of: vec![0; tables.node_count()],
            paths: PathTree::unknown(tables),
            files,
            link_names,
            reaction: string(REACTION),
            latest: (NodeIndex(u32::MAX), false),
            twins: TWINS
                .iter()
                .filter_map(|&(from, to)| Some((string(from)?, string(to)?)))
                .collect(),
        }
    }

    fn place(&mut self, parent: GroupIndex, signature: Signature, node: NodeIndex) -> GroupIndex {
        // A list: what comes next is reached as what came before.
        let mut at = parent;
        for _ in 0..if self.may_repeat(signature) {
            REPEATS_WITHIN
        } else {
            0
        } {
            let group = &self.groups[at.0 as usize];
            if group.signature == signature && at.0 != 0 {
                return at;
            }
            at = group.parent;
        }
        match self.found.get(&(parent, signature)) {
            Some(&known) => known,
            None => self.open(parent, signature, node),
        }
    }

    /// Whether a chain can be known by such a link: by a name, that is; tables in tables are no chain.
    fn may_repeat(&self, signature: Signature) -> bool {
        let is_reaction = || Some(signature.name) == self.reaction;
        let is_scaffold = || {
            let name = self.link_names.get(signature.label as usize);
            signature.link == EdgeKind::Internal && name == Some(&LinkName::Scaffold)
        };
        signature.kind == NodeKind::Hidden && is_reaction() || signature.label != ANY && !is_scaffold()
    }

    fn open(&mut self, parent: GroupIndex, signature: Signature, node: NodeIndex) -> GroupIndex {
        let index = GroupIndex(self.groups.len() as u32);
        let (before, path_before, is_engine) = self
            .groups
            .get(parent.0 as usize)
            .map_or((0, 0, false), |p| (p.key, p.path_key, p.is_engine));
        // A scope is the program's, whatever root leads to it: a suspended async function hangs at V8's own.
        let is_engine = is_engine && !is_context(self.tables, node) || is_engine_node(self.tables, node);
        let anchor = self.anchors.key(node);
        let key = anchor.unwrap_or_else(|| self.key(before, signature));
        self.groups.push(Group {
            key,
            path_key: self.key(path_before, signature),
            parent,
            sample: node,
            count: 0,
            bytes: 0,
            is_engine,
            signature,
        });
        if anchor.is_none() {
            self.found.insert((parent, signature), index);
        }
        index
    }

    fn signature(&self, edge: Option<EdgeIndex>, of_dictionary: bool, node: NodeIndex) -> Signature {
        let kind = self.tables.kind(node);
        let name = if has_data_name(kind) {
            ANY
        } else {
            self.tables.node_name[node.0 as usize].0
        };
        let file = self.files.get(node).map_or(ANY, |file| file.0);
        let Some(edge) = edge else {
            return Signature {
                link: EdgeKind::Unknown,
                label: ANY,
                kind,
                name,
                file,
            };
        };
        let link = self.tables.edge_kind(edge);
        let label = self.tables.edge_label(edge);
        let is_data = link.is_numbered()
            || link == EdgeKind::Internal && self.link_names.get(label as usize) == Some(&LinkName::Number)
            || link == EdgeKind::Property && of_dictionary && !self.is_module(node);
        let twin = self
            .twins
            .iter()
            .find(|(from, _)| link == EdgeKind::Property && *from == label);
        let label = if is_data {
            ANY
        } else {
            twin.map_or(label, |(_, to)| *to)
        };
        Signature {
            link,
            label,
            kind,
            name,
            file,
        }
    }

    /// Asked for each link of an object in turn.
    fn is_dictionary(&mut self, node: NodeIndex) -> bool {
        let tables = self.tables;
        if tables.kind(node) != NodeKind::Object {
            return false;
        }
        if self.latest.0 != node {
            let is_large = tables.is_dictionary(node);
            self.latest = (node, is_large && !tables.name(node).starts_with("global"));
        }
        self.latest.1
    }

    /// An entry of the module cache: its name is a file, and what it holds is its own.
    fn is_module(&self, node: NodeIndex) -> bool {
        self.tables.kind(node) == NodeKind::Object && self.tables.name(node) == "Module"
    }

    /// The hash of the names, on top of the key before.
    fn key(&self, before: u64, signature: Signature) -> u64 {
        let text = |label: u32| {
            if label == ANY {
                "*"
            } else {
                self.tables.strings.get(StringIndex(label))
            }
        };
        let kinds = [signature.link as u8, signature.kind as u8];
        let bytes = kinds
            .into_iter()
            .chain(text(signature.label).bytes())
            .chain([0])
            .chain(text(signature.name).bytes());
        let bytes = bytes.chain([0]).chain(text(signature.file).bytes());
        fnv::extend(before ^ fnv::START, bytes)
    }

    fn by_table(&self) -> HashMap<u64, Seen, BuildHasherDefault<Mix>> {
        let mut by_table: HashMap<_, Seen, _> = HashMap::default();
        for group in &self.groups {
            let signature = group.signature;
            let parent = &self.groups[group.parent.0 as usize];
            let is_named = signature.link == EdgeKind::Property && signature.label != ANY;
            if !is_named || group.is_engine || parent.signature.kind != NodeKind::Object {
                continue;
            }
            let entry = Signature {
                label: ANY,
                ..signature
            };
            let seen = by_table.entry(self.key(parent.key, entry)).or_default();
            seen.count = seen.count.saturating_add(group.count);
            seen.bytes += group.bytes;
            seen.is_of_names = true;
        }
        by_table
    }

    fn finish(mut self, graph: &HeapGraph) -> (Folded, PathTree) {
        let weights = self
            .sampled
            .take()
            .map(|sampled| sampled.finish(graph, &mut self.groups));
        for i in (1..self.groups.len()).rev() {
            let (bytes, parent) = (self.groups[i].bytes, self.groups[i].parent);
            self.groups[parent.0 as usize].bytes += bytes;
        }
        let index = |key: fn(&Group) -> u64| {
            let numbered = self.groups.iter().enumerate();
            numbered
                .map(|(i, group)| (key(group), GroupIndex(i as u32)))
                .collect()
        };
        let (by_key, by_path) = (index(|group| group.key), index(|group| group.path_key));
        let by_table = self.by_table();
        let groups = self.groups;
        let folded = Folded {
            groups,
            by_key,
            by_path,
            by_table,
            weights,
        };
        (folded, self.paths)
    }
}

impl Finder for Folding<'_> {
    #[inline]
    fn find(&mut self, from: NodeIndex, edge: EdgeIndex, to: NodeIndex) {
        self.paths.find(from, edge, to);
        if let Some(sampled) = &mut self.sampled {
            sampled.find(from, to);
        }
        let is_property = || self.tables.edge_kind(edge) == EdgeKind::Property;
        let of_dictionary = self.is_dictionary(from) && is_property();
        self.group_of[to.0 as usize] =
            self.group_of[from.0 as usize] | if of_dictionary { DICTIONARY } else { 0 };
    }

    fn arrive(&mut self, node: NodeIndex) {
        let before = self.group_of[node.0 as usize];
        let parent = GroupIndex(before & !DICTIONARY);
        let signature = self.signature(self.paths.last_edge(node), before & DICTIONARY != 0, node);
        let group = if self.groups.is_empty() || self.anchors.key(node).is_some() {
            self.open(parent, signature, node)
        } else {
            self.place(parent, signature, node)
        };
        self.group_of[node.0 as usize] = group.0;
        let bytes = self.tables.self_bytes(node);
        let entry = &mut self.groups[group.0 as usize];
        entry.count += 1;
        entry.bytes += bytes;
        if let Some(sampled) = &mut self.sampled {
            sampled.arrive(self.tables, self.paths.last_edge(node), node, group);
        }
    }
}

/// Kinds whose name is their content.
const fn has_data_name(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::String
            | NodeKind::ConcatenatedString
            | NodeKind::SlicedString
            | NodeKind::Number
            | NodeKind::BigInt
            | NodeKind::RegExp
            | NodeKind::Symbol
    )
}

fn is_engine_node(tables: &Tables, node: NodeIndex) -> bool {
    match tables.kind(node) {
        NodeKind::Code | NodeKind::ObjectShape => true,
        NodeKind::Synthetic => ENGINE_ROOTS.iter().any(|(name, _)| *name == tables.name(node)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::past::Earlier;
    use super::*;
    use crate::graph::cost::ActionableCost;
    use crate::snapshot::HeapBuilder;

    fn folded(heap: HeapBuilder) -> (HeapGraph, Folded) {
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let options = BuildOptions::default();
        let cost = ActionableCost::new(graph.tables());
        let (folded, _) = Folded::new(&graph, &cost, &options).unwrap();
        (graph, folded)
    }

    fn store(entries: u32) -> HeapBuilder {
        let mut heap = HeapBuilder::default();
        let map = heap.node(NodeKind::Object, "Map", 32);
        let table = heap.node(NodeKind::Array, "", 16 * entries);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "cache", map)
            .edge(map, EdgeKind::Internal, "table", table);
        for i in 0..entries {
            let session = heap.node(NodeKind::Object, "Session", 40);
            heap.edge(table, EdgeKind::Internal, &format!("{}", 3 * i), session);
        }
        heap
    }

    #[test]
    fn entries_of_one_map_are_one_group_with_one_key_in_all_snapshots() {
        let (_, small) = folded(store(5));
        let (_, large) = folded(store(500));
        assert_eq!(small.groups.len(), 4);
        let entry = small.groups.last().unwrap();
        assert_eq!(entry.count, 5);
        assert_eq!(large.seen(entry, &small).count, 500);
        assert_eq!(large.groups[0].bytes, 32 + 16 * 500 + 40 * 500);
    }

    #[test]
    fn a_linked_list_is_one_group() {
        let mut heap = HeapBuilder::default();
        let mut last = HeapBuilder::ROOT;
        for _ in 0..1000 {
            let item = heap.node(NodeKind::Object, "Item", 24);
            heap.edge(last, EdgeKind::Property, "next", item);
            last = item;
        }
        let (_, folded) = folded(heap);
        assert_eq!(
            folded.groups.iter().map(|g| g.count).collect::<Vec<_>>(),
            [1, 1000]
        );
    }

    #[test]
    fn scopes_of_different_functions_are_not_a_list() {
        let mut heap = HeapBuilder::default();
        let scoped = |heap: &mut HeapBuilder, name: &str| {
            let function = heap.node(NodeKind::Closure, name, 64);
            let context = heap.node(NodeKind::Object, "system / Context", 32);
            heap.edge(function, EdgeKind::Internal, "context", context);
            (function, context)
        };
        let (outer, scope) = scoped(&mut heap, "clearTimeout");
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "clearTimeout", outer);
        for _ in 0..20 {
            let (inner, _) = scoped(&mut heap, "poll");
            heap.edge(scope, EdgeKind::Context, "timers", inner);
        }
        let (_, folded) = folded(heap);
        assert_eq!(
            folded.groups.iter().map(|g| g.count).collect::<Vec<_>>(),
            [1, 1, 1, 20, 20]
        );
    }

    #[test]
    fn tables_in_tables_are_groups_of_their_own() {
        let mut heap = HeapBuilder::default();
        let [outer, inner] = [0, 1].map(|_| heap.node(NodeKind::Object, "Map", 32));
        let [first, second] = [0, 1].map(|_| heap.node(NodeKind::Array, "", 100));
        let entry = heap.node(NodeKind::Object, "Entry", 24);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "rooms", outer)
            .edge(outer, EdgeKind::Internal, "table", first)
            .edge(first, EdgeKind::Internal, "3", inner)
            .edge(inner, EdgeKind::Internal, "table", second)
            .edge(second, EdgeKind::Internal, "3", entry);
        let (_, folded) = folded(heap);
        assert_eq!(
            folded.groups.iter().map(|g| g.count).collect::<Vec<_>>(),
            [1, 1, 1, 1, 1, 1]
        );
    }

    #[test]
    fn a_list_with_links_both_ways_is_one_group() {
        let mut heap = HeapBuilder::default();
        let list = heap.node(NodeKind::Object, "List", 24);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "list", list);
        let items: Vec<_> = (0..101)
            .map(|_| heap.node(NodeKind::Object, "Item", 24))
            .collect();
        heap.edge(list, EdgeKind::Property, "_idleNext", items[0]).edge(
            list,
            EdgeKind::Property,
            "_idlePrev",
            items[100],
        );
        for pair in items.windows(2) {
            heap.edge(pair[0], EdgeKind::Property, "_idleNext", pair[1]);
            heap.edge(pair[1], EdgeKind::Property, "_idlePrev", pair[0]);
        }
        let (_, folded) = folded(heap);
        assert_eq!(
            folded.groups.iter().map(|g| g.count).collect::<Vec<_>>(),
            [1, 1, 101]
        );
    }

    #[test]
    fn what_is_kept_until_the_job_ends_is_not_the_programs() {
        let mut heap = HeapBuilder::default();
        let roots = heap.node(NodeKind::Synthetic, "(GC roots)", 0);
        let strong = heap.node(NodeKind::Synthetic, "(Strong root list)", 0);
        let kept = heap.node(NodeKind::Array, "", 100);
        let timer = heap.node(NodeKind::Object, "Timeout", 100);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, roots)
            .element(roots, EdgeKind::Element, 23, strong)
            .element(strong, EdgeKind::Hidden, 7, kept)
            .edge(kept, EdgeKind::Internal, "3", timer);
        let scope = heap.node(NodeKind::Object, "system / Context", 48);
        let map = heap.node(NodeKind::Object, "Map", 32);
        let suspended = heap.node(NodeKind::Object, "Generator", 100);
        heap.edge(kept, EdgeKind::Internal, "4", suspended)
            .edge(suspended, EdgeKind::Internal, "context", scope)
            .edge(scope, EdgeKind::Context, "sessions", map);
        let (_, folded) = folded(heap);
        let of = |node: NodeIndex| folded.groups.iter().find(|g| g.sample == node).unwrap().is_engine;
        assert!(of(timer) && of(suspended));
        assert!(!of(map), "what a suspended function holds is the program's");
    }
}
