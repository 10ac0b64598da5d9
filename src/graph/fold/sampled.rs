//! A heap whose large containers were thinned out before it was written: of each a few entries remain, all of one kind, and
//! a mark that says how many there were. How many entries a container had is exact, how many bytes they retain an
//! estimate; how many there were of something that hangs on them is not known, and no growth is read from that.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use super::folded::{Group, GroupIndex, UNKNOWN};
use super::weights::{Nodes, Thinned, Weights};
use crate::graph::bits::Bits;
use crate::graph::graph::HeapGraph;
use crate::graph::mix::Mix;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

/// How a mark begins; then come how many entries there were, and how many of them remain.
const ENTRIES: &str = "leakguard: thinned out: ";
/// The same of what says how many bytes there were in all.
const ALL: &str = "leakguard: all bytes: ";
/// A Map may hold keys and values alike.
const EACH_MAX: u32 = 2;

/// Of one group.
#[derive(Debug, Clone, Default)]
struct Sum {
    count: f64,
    bytes: f64,
    /// Members that are entries of containers that were thinned out, and the nodes that hold them.
    direct: u32,
    holders: HashSet<NodeIndex, BuildHasherDefault<Mix>>,
    /// Some of them hang on such entries.
    is_estimate: bool,
}

/// What remains of a thinned heap stands for, while its groups are made.
pub(super) struct Sampled {
    marks: Nodes<Thinned>,
    /// By the node whose links lead to the entries: a container, or its store.
    thinned: Nodes<Thinned>,
    /// By node: where the cheapest way comes from, and whether it leads through an entry.
    before: Vec<NodeIndex>,
    is_below: Bits,
    sums: Vec<Sum>,
    /// Entries, by the holder that each stands in, to be weighed in the end.
    entries: Vec<(GroupIndex, NodeIndex, NodeIndex)>,
    all_bytes: Option<u64>,
}

impl Sampled {
    /// `None` for a heap that is whole. O(strings), and O(nodes + edges) where something was thinned out.
    pub(super) fn of(tables: &Tables) -> Option<Self> {
        let mut texts = HashMap::new();
        let mut all_bytes = None;
        for at in 0..tables.strings.len() as u32 {
            let text = tables.strings.get(StringIndex(at));
            if let Some(mark) = thinned(text) {
                texts.insert(at, mark);
            } else if let Some(bytes) = text.strip_prefix(ALL).and_then(|bytes| bytes.parse().ok()) {
                all_bytes = Some(bytes);
            }
        }
        if texts.is_empty() && all_bytes.is_none() {
            return None;
        }
        let marks: Nodes<Thinned> = tables
            .nodes()
            .filter(|&node| tables.kind(node) == NodeKind::String)
            .filter_map(|node| Some((node, *texts.get(&tables.node_name[node.0 as usize].0)?)))
            .collect();
        let mut thinned = Nodes::default();
        for from in tables.nodes().filter(|_| !marks.is_empty()) {
            let mut ends = tables.edges(from).map(|edge| tables.edge_to(edge));
            if let Some(&mark) = ends.find_map(|end| marks.get(&end)) {
                thinned.insert(from, mark);
            }
        }
        Some(Self {
            marks,
            thinned,
            before: vec![NodeIndex(0); tables.node_count()],
            is_below: Bits::new(tables.node_count()),
            sums: Vec::new(),
            entries: Vec::new(),
            all_bytes,
        })
    }

    /// The cheapest way to `to` so far comes from here.
    pub(super) fn find(&mut self, from: NodeIndex, to: NodeIndex) {
        self.before[to.0 as usize] = from;
    }

    /// A node was arrived at by its cheapest way, as one of a group.
    pub(super) fn arrive(
        &mut self,
        tables: &Tables,
        edge: Option<EdgeIndex>,
        node: NodeIndex,
        group: GroupIndex,
    ) {
        let at = group.0 as usize;
        if self.sums.len() <= at {
            self.sums.resize(at + 1, Sum::default());
        }
        let before = self.before[node.0 as usize];
        let is_below = edge.is_some() && self.is_below.get(before.0);
        let holder = edge
            .filter(|&edge| is_entry(tables, edge) && !self.thinned.contains_key(&node))
            .and_then(|_| self.thinned.get(&before).copied());
        if is_below || holder.is_some() {
            self.is_below.set(node.0);
        }
        if self.marks.contains_key(&node) {
            return;
        }
        let sum = &mut self.sums[at];
        sum.is_estimate |= is_below;
        if let Some(thinned) = holder {
            sum.direct += 1;
            sum.holders.insert(before);
            sum.count += thinned.weight();
            self.entries.push((group, node, before));
        } else {
            // What hangs on an entry is in the bytes that this retains.
            sum.count += 1.0;
            sum.bytes += if is_below {
                0.0
            } else {
                tables.self_bytes(node) as f64
            };
        }
    }

    /// Gives the groups what they had, before the bytes of one are added to those of the one before it.
    pub(super) fn finish(mut self, graph: &HeapGraph, groups: &mut [Group]) -> Weights {
        // The middle one: of a list the last that remains retains all that is left of it.
        self.entries
            .sort_unstable_by_key(|&(group, node, holder)| (group.0, holder.0, graph.retained_bytes(node)));
        for alike in self
            .entries
            .chunk_by(|one, other| (one.0, one.2) == (other.0, other.2))
        {
            let (group, node, holder) = alike[alike.len() / 2];
            let many = alike.len() as f64 * self.thinned[&holder].weight();
            self.sums[group.0 as usize].bytes += graph.retained_bytes(node) as f64 * many;
        }
        for (group, sum) in groups.iter_mut().zip(&self.sums) {
            let left: u32 = sum.holders.iter().map(|holder| self.thinned[holder].left).sum();
            // All entries are of one kind: one or two of each are here, or some are reached in another way.
            let is_whole = sum.direct == 0 || (1..=EACH_MAX).any(|each| sum.direct == each * left);
            let is_exact = !sum.is_estimate && is_whole;
            group.count = if is_exact {
                sum.count.round() as u32
            } else {
                UNKNOWN
            };
            group.bytes = sum.bytes.round() as u64;
        }
        Weights {
            each: self.each(graph),
            thinned: self.thinned,
            all_bytes: self.all_bytes,
        }
    }

    /// By the dominator tree: what two entries lead to was there once.
    fn each(&self, graph: &HeapGraph) -> Vec<f32> {
        let tree = graph.tree();
        let mut each = vec![1.0; graph.tables().node_count()];
        let order = tree.order();
        for &node in order.iter().skip(1) {
            let place = tree.place(node);
            let dominator = order[tree.parent(place).0 as usize];
            let is_store = self.thinned.contains_key(&node);
            let own = self
                .thinned
                .get(&dominator)
                .filter(|_| !is_store && self.is_below.get(node.0));
            let weight = own.map_or(1.0, |thinned| thinned.weight() as f32);
            each[node.0 as usize] = each[dominator.0 as usize] * weight;
        }
        each
    }
}

/// Whether a link leads to an entry, and not to a store or to what describes a container.
fn is_entry(tables: &Tables, edge: EdgeIndex) -> bool {
    let is_number = |name: &str| name.starts_with(|first: char| first.is_ascii_digit());
    tables.edge_kind(edge) != EdgeKind::Internal || tables.edge_name(edge).is_some_and(is_number)
}

fn thinned(text: &str) -> Option<Thinned> {
    let (entries, left) = text.strip_prefix(ENTRIES)?.split_once(' ')?;
    Some(Thinned {
        entries: entries.parse().ok()?,
        left: left.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::cost::ActionableCost;
    use crate::graph::fold::{Folded, Past};
    use crate::graph::growth::{Grown, GrowthLimits, growth};
    use crate::graph::task::BuildOptions;
    use crate::snapshot::HeapBuilder;

    /// A Map of `entries` sessions with `tags` tags each, of which `left` remain; with `is_linked` each leads to the next of
    /// all that there were, as the list of an LRU cache does.
    fn program(entries: u32, left: u32, tags: u32, is_linked: bool) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let map = heap.node(NodeKind::Object, "Map", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "sessions", map);
        let table = heap.node(NodeKind::Array, "", 16);
        heap.edge(map, EdgeKind::Internal, "table", table);
        let mut before = None;
        for i in 0..if is_linked { entries } else { left } {
            let session = heap.node(NodeKind::Object, "Session", 100);
            if i < left {
                heap.edge(table, EdgeKind::Internal, &format!("{i}"), session);
            }
            if let Some(before) = before.filter(|_| is_linked) {
                heap.edge(before, EdgeKind::Property, "next", session);
            }
            before = Some(session);
            for tag in 0..tags {
                let one = heap.node(NodeKind::Object, "Tag", 10);
                heap.element(session, EdgeKind::Element, tag, one);
            }
        }
        if left < entries {
            let mark = heap.node(NodeKind::String, &format!("{ENTRIES}{entries} {left}"), 32);
            heap.edge(table, EdgeKind::Internal, "9999", mark);
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    fn fold(graph: &HeapGraph) -> (Folded, crate::graph::PathTree) {
        Folded::new(
            graph,
            &ActionableCost::new(graph.tables()),
            &BuildOptions::default(),
        )
        .unwrap()
    }

    fn grown(graphs: &[HeapGraph; 3]) -> Vec<Grown> {
        let [first, second, (newest, paths)] = graphs.each_ref().map(fold);
        let pasts = [Past::from(&first.0), Past::from(&second.0)];
        let limits = GrowthLimits::default();
        growth(&[&pasts[0], &pasts[1]], &newest, &graphs[2], &paths, &limits)
    }

    #[test]
    fn what_remains_stands_for_all() {
        let whole = grown(&[1000, 2000, 4000].map(|entries| program(entries, entries, 2, false)));
        let thinned = grown(&[1000, 2000, 4000].map(|entries| program(entries, 64, 2, false)));
        assert_eq!(thinned.len(), 1, "{thinned:?}");
        assert_eq!(thinned[0].counts, [1000, 2000, 4000]);
        let told = |grown: &Grown| {
            (
                grown.counts.clone(),
                grown.bytes.clone(),
                grown.name.clone(),
                grown.key,
            )
        };
        assert_eq!(told(&thinned[0]), told(&whole[0]));
        // One that was small enough to be left alone is the same container.
        let mixed = [
            program(400, 400, 2, false),
            program(2000, 64, 2, false),
            program(4000, 64, 2, false),
        ];
        assert_eq!(grown(&mixed)[0].counts, [400, 2000, 4000]);
    }

    #[test]
    fn what_hangs_on_entries_is_no_growth() {
        let alike = [1, 3, 9].map(|tags| program(5000, 64, tags, false));
        assert_eq!(
            grown(&alike),
            [],
            "as many entries, whatever the few that remain hold"
        );
    }

    #[test]
    fn nodes_stand_for_as_many_as_there_were() {
        let graph = program(6400, 64, 2, false);
        let (folded, _) = fold(&graph);
        let tables = graph.tables();
        let of = |name: &str| {
            let named = tables.nodes().filter(|&node| tables.name(node) == name);
            named.map(|node| folded.weight(node)).sum::<f32>()
        };
        assert_eq!((of("Map"), of("Session"), of("Tag")), (1.0, 6400.0, 12_800.0));
        assert_eq!(folded.group(GroupIndex(0)).bytes, 32 + 16 + 6400 * 120);
        let map = tables.nodes().find(|&node| tables.name(node) == "Map").unwrap();
        assert_eq!(folded.weights.unwrap().entries(tables, map), Some(6400));
    }

    #[test]
    fn what_entries_lead_to_besides_is_there_once() {
        let graph = program(3000, 64, 0, true);
        let (folded, _) = fold(&graph);
        let total = folded.group(GroupIndex(0)).bytes;
        let there_was = 32 + 16 + 3000 * 100;
        // The list hangs on the last entry that remains.
        assert!(total <= there_was * 2, "{total}");
        let tables = graph.tables();
        let sessions = tables.nodes().filter(|&node| tables.name(node) == "Session");
        let reached: f32 = sessions.map(|node| folded.weight(node)).sum();
        assert!(reached >= 3000.0, "{reached}");
        assert_eq!(
            grown(&[3000, 3000, 3000].map(|entries| program(entries, 64, 0, true))),
            []
        );
    }
}
