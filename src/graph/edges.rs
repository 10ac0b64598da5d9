//! Which edges retain. The rules are those of Chrome DevTools (`HeapSnapshot.ts`: `computeIsEssentialEdge`,
//! `markPageOwnedNodes`), so that retained sizes agree with what people see there:
//!
//! - a weak edge never retains, nor does an edge of a node to itself;
//! - a shortcut retains at the root only, where it marks the global object or the native context;
//! - of the two edges to a value in a WeakMap the key's counts, not the table's; here, other than in DevTools, it is the
//!   table's where the key is V8's own: a table of a context caches what was made of a template that lives for ever
//!   (V8 14), and the template would retain every context;
//! - what the root's shortcuts reach ("page-owned" in DevTools) is not retained by what they do not reach. In Node
//!   that is nearly all of the program, so handles and stack roots dominate only what nothing else holds.

use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, Tables};

use super::bits::Bits;
use super::ephemerons::Ephemerons;

/// The root of every snapshot.
pub const ROOT: NodeIndex = NodeIndex(0);

/// An edge that does not retain, but along which page ownership spreads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SoftEdge {
    /// Where it begins.
    from: NodeIndex,
    /// Where it ends.
    to: NodeIndex,
}

/// What the kinds and names of edges say, before page ownership is known.
struct EdgeRules {
    /// Edges that retain unless page ownership says no, by edge.
    strong: Bits,
    /// Nodes with more than one such edge to them, by node.
    shared: Bits,
    /// Sorted by where they begin.
    soft: Vec<SoftEdge>,
}

/// Reads all edges once. O(nodes + edges) time, one bit an edge and two a node.
fn edge_rules(tables: &Tables, ephemerons: &Ephemerons) -> EdgeRules {
    let nodes = tables.node_count();
    let mut rules = EdgeRules {
        strong: Bits::new(tables.edge_count()),
        shared: Bits::new(nodes),
        soft: Vec::new(),
    };
    let mut seen = Bits::new(nodes);
    let mut word = 0u64;
    for from in tables.nodes() {
        let range = tables.first_edge[from.0 as usize]..tables.first_edge[from.0 as usize + 1];
        let span = range.start as usize..range.end as usize;
        for (edge, end) in range.zip(&tables.edge_end[span]) {
            let (kind, to) = (end.kind(), end.to());
            let strong =
                to != from && is_strong(tables, ephemerons, &mut rules.soft, from, EdgeIndex(edge), kind);
            if strong && seen.replace(to.0) {
                rules.shared.set(to.0);
            }
            word |= u64::from(strong) << (edge & 63);
            if edge & 63 == 63 {
                rules.strong.set_word(edge as usize >> 6, word);
                word = 0;
            }
        }
    }
    if tables.edge_count() & 63 != 0 {
        rules.strong.set_word(tables.edge_count() >> 6, word);
    }
    rules
}

#[inline]
fn is_strong(
    tables: &Tables,
    ephemerons: &Ephemerons,
    soft: &mut Vec<SoftEdge>,
    from: NodeIndex,
    edge: EdgeIndex,
    kind: EdgeKind,
) -> bool {
    let retains = match kind {
        EdgeKind::Weak => return false,
        EdgeKind::Shortcut => from == ROOT,
        EdgeKind::Internal => ephemerons
            .get(tables.edge_label(edge))
            .is_none_or(|pair| (pair.table_id == tables.id(from)) == pair.is_of_engine),
        _ => true,
    };
    if !retains {
        soft.push(SoftEdge {
            from,
            to: tables.edge_to(edge),
        });
    }
    retains
}

/// Which edges retain, after all rules.
pub struct Essential {
    pub(super) strong: Bits,
    /// Page-owned nodes.
    pub(super) page: Bits,
    /// Nodes to which more than one strong edge leads.
    pub(super) shared: Bits,
}

impl Essential {
    /// Applies all rules. O(nodes + edges) time; a bit an edge and two a node are kept, as many again while it runs.
    pub fn new(tables: &Tables, ephemerons: &Ephemerons) -> Self {
        let EdgeRules { strong, shared, soft } = edge_rules(tables, ephemerons);
        let page = page_owned(tables, &strong, &soft);
        Self { strong, page, shared }
    }

    /// Whether the edge, which begins at `from`, retains. O(1).
    #[inline]
    pub fn retains(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> bool {
        self.strong.get(edge.0) && self.may_own(from, tables.edge_to(edge))
    }

    /// Whether the edge would retain if there were no page ownership. O(1).
    #[inline]
    pub fn is_strong(&self, edge: EdgeIndex) -> bool {
        self.strong.get(edge.0)
    }

    /// Whether page ownership lets one node retain the other.
    #[inline]
    pub(super) fn may_own(&self, from: NodeIndex, to: NodeIndex) -> bool {
        from == ROOT || self.page.get(from.0) || !self.page.get(to.0)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.strong.bytes() + self.page.bytes() + self.shared.bytes()
    }
}

/// Whether an edge of the root leads to where page ownership begins: its shortcuts, and Blink's tree of documents.
fn is_page_entry(tables: &Tables, edge: EdgeIndex) -> bool {
    match tables.edge_kind(edge) {
        EdgeKind::Shortcut => true,
        EdgeKind::Element => is_document_trees(tables, tables.edge_to(edge)),
        _ => false,
    }
}

/// Whether this is the node under which Blink keeps its documents.
pub fn is_document_trees(tables: &Tables, node: NodeIndex) -> bool {
    tables.kind(node) == NodeKind::Synthetic && tables.name(node) == "(Document DOM trees)"
}

/// Spreads page ownership from the root's page entries, along strong and soft edges. O(nodes + edges) time, a bit a node.
fn page_owned(tables: &Tables, strong: &Bits, soft: &[SoftEdge]) -> Bits {
    let mut page = Bits::new(tables.node_count());
    let mut has_soft = Bits::new(tables.node_count());
    soft.iter().for_each(|edge| has_soft.set(edge.from.0));
    let mut reached = Vec::new();
    let mut reach = |node: NodeIndex, reached: &mut Vec<NodeIndex>| {
        if !page.replace(node.0) {
            reached.push(node);
        }
    };
    for entry in tables.edges(ROOT).filter(|&edge| is_page_entry(tables, edge)) {
        reach(tables.edge_to(entry), &mut reached);
    }
    while let Some(from) = reached.pop() {
        for edge in tables.edges(from).filter(|edge| strong.get(edge.0)) {
            reach(tables.edge_to(edge), &mut reached);
        }
        if has_soft.get(from.0) {
            let first = soft.partition_point(|edge| edge.from < from);
            for edge in soft[first..].iter().take_while(|edge| edge.from == from) {
                reach(edge.to, &mut reached);
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::super::{BuildOptions, HeapGraph};
    use super::*;
    use crate::snapshot::HeapBuilder;

    const ENTRY: &str = "1 / part of key (Key @3) -> value (Value @5) pair in WeakMap (table @7)";

    #[test]
    fn the_key_of_a_weak_map_pays_for_the_value_and_the_table_does_not() {
        let mut heap = HeapBuilder::default();
        let [key, value, table] =
            ["Key", "Value", "WeakMap"].map(|name| heap.node(NodeKind::Object, name, 10));
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, key);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 2, table);
        heap.edge(key, EdgeKind::Internal, ENTRY, value);
        heap.edge(table, EdgeKind::Internal, ENTRY, value);
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        assert_eq!(graph.dominator(value), Some(key));
        assert_eq!((graph.retained_bytes(key), graph.retained_bytes(table)), (20, 10));
    }

    #[test]
    fn the_table_pays_where_the_key_is_of_the_engine() {
        const CACHED: &str =
            "1 / part of key (system / FunctionTemplateInfo @3) -> value ( @5) pair in WeakMap (table @7)";
        let mut heap = HeapBuilder::default();
        let key = heap.node(NodeKind::Hidden, "system / FunctionTemplateInfo", 10);
        let value = heap.node(NodeKind::Closure, "", 10);
        let table = heap.node(NodeKind::Array, "", 10);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, key);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 2, table);
        heap.edge(key, EdgeKind::Internal, CACHED, value);
        heap.edge(table, EdgeKind::Internal, CACHED, value);
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        assert_eq!(graph.dominator(value), Some(table));
    }

    #[test]
    fn handles_do_not_retain_what_the_program_holds() {
        let mut heap = HeapBuilder::default();
        let global = heap.node(NodeKind::Object, "global", 10);
        let handles = heap.node(NodeKind::Synthetic, "(Handle scope)", 0);
        let [held, loose] = ["Held", "Loose"].map(|name| heap.node(NodeKind::Object, name, 5));
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, handles);
        heap.edge(global, EdgeKind::Property, "held", held)
            .edge(global, EdgeKind::Weak, "loose", loose);
        heap.element(handles, EdgeKind::Element, 1, held)
            .element(handles, EdgeKind::Element, 2, loose);
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        assert_eq!(
            (graph.dominator(held), graph.dominator(loose)),
            (Some(global), Some(handles))
        );
        assert_eq!(
            graph
                .retainers(held)
                .map(|retainer| retainer.from)
                .collect::<Vec<_>>(),
            [global]
        );
    }
}
