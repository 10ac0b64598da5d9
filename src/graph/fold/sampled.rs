//! A heap whose large containers were thinned out before it was written: of each a few entries remain, and a mark that says
//! how many there were. What remains stands for all. How many entries a container had is exact; how many there were of
//! something that hangs on them is an estimate, and no growth is read from one.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use super::folded::{Group, GroupIndex, UNKNOWN};
use crate::graph::mix::Mix;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

/// How a mark begins; then come how many entries there were, and how many of them remain.
const MARK: &str = "leakguard: entries ";

/// What was thinned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Thinned {
    entries: u32,
    left: u32,
}

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

/// How many each node stands for.
pub(super) struct Sampled {
    marks: HashSet<NodeIndex, BuildHasherDefault<Mix>>,
    /// By the node whose links lead to the entries: a container, or its store.
    thinned: HashMap<NodeIndex, Thinned, BuildHasherDefault<Mix>>,
    /// By node: where the cheapest way comes from, and how many it stands for once it was arrived at.
    before: Vec<NodeIndex>,
    weights: Vec<f32>,
    sums: Vec<Sum>,
}

impl Sampled {
    /// `None` for a heap that is whole. O(strings), and O(nodes + edges) where something was thinned out.
    pub(super) fn of(tables: &Tables) -> Option<Self> {
        let texts: HashMap<u32, Thinned> = (0..tables.strings.len() as u32)
            .filter_map(|at| Some((at, thinned(tables.strings.get(StringIndex(at)))?)))
            .collect();
        if texts.is_empty() {
            return None;
        }
        let marked = |node: NodeIndex| {
            let name = tables.node_name[node.0 as usize].0;
            (tables.kind(node) == NodeKind::String)
                .then(|| texts.get(&name).copied())
                .flatten()
        };
        let marks: HashSet<_, _> = tables.nodes().filter(|&node| marked(node).is_some()).collect();
        let mut thinned = HashMap::default();
        for from in tables.nodes() {
            let ends = tables.edges(from).map(|edge| tables.edge_to(edge));
            if let Some(mark) = ends.filter(|end| marks.contains(end)).find_map(marked) {
                thinned.insert(from, mark);
            }
        }
        let nodes = tables.node_count();
        Some(Self {
            marks,
            thinned,
            before: vec![NodeIndex(0); nodes],
            weights: vec![1.0; nodes],
            sums: Vec::new(),
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
        let sum = &mut self.sums[at];
        let before = self.before[node.0 as usize];
        let thinned = edge
            .filter(|&edge| leads_to_entry(tables, edge) && !self.thinned.contains_key(&node))
            .and_then(|_| self.thinned.get(&before));
        let outer = edge.map_or(1.0, |_| self.weights[before.0 as usize]);
        let own = thinned.map_or(1.0, |thinned| thinned.entries as f32 / thinned.left.max(1) as f32);
        self.weights[node.0 as usize] = outer * own;
        if self.marks.contains(&node) {
            return;
        }
        sum.is_estimate |= (outer - 1.0).abs() > f32::EPSILON;
        if thinned.is_some() {
            sum.direct += 1;
            sum.holders.insert(before);
        }
        let weight = f64::from(outer) * f64::from(own);
        sum.count += weight;
        sum.bytes += weight * tables.self_bytes(node) as f64;
    }

    /// Gives the groups what they had, before the bytes of one are added to those of the one before it, and each node how
    /// many it stands for.
    pub(super) fn finish(self, groups: &mut [Group]) -> Vec<f32> {
        for (group, sum) in groups.iter_mut().zip(&self.sums) {
            let left: u32 = sum.holders.iter().map(|holder| self.thinned[holder].left).sum();
            // Of entries of several kinds it is not known how many there were of each.
            let is_exact = !sum.is_estimate && sum.direct == left;
            group.count = if is_exact {
                sum.count.round() as u32
            } else {
                UNKNOWN
            };
            group.bytes = sum.bytes.round() as u64;
        }
        self.weights
    }
}

/// Whether a link leads to an entry, and not to a store or to what describes a container.
fn leads_to_entry(tables: &Tables, edge: EdgeIndex) -> bool {
    let is_number = || {
        tables
            .edge_name(edge)
            .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_digit()))
    };
    tables.edge_kind(edge) != EdgeKind::Internal || is_number()
}

fn thinned(text: &str) -> Option<Thinned> {
    let (entries, left) = text.strip_prefix(MARK)?.split_once(' ')?;
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
    use crate::graph::graph::HeapGraph;
    use crate::graph::growth::{Grown, GrowthLimits, growth};
    use crate::graph::task::BuildOptions;
    use crate::snapshot::HeapBuilder;

    /// A Map of `entries` sessions with `tags` tags each, of which `left` remain; every `odd`th is of another class.
    fn program(entries: u32, left: u32, tags: u32, odd: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let map = heap.node(NodeKind::Object, "Map", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "sessions", map);
        let table = heap.node(NodeKind::Array, "", 16);
        heap.edge(map, EdgeKind::Internal, "table", table);
        for i in 0..left {
            let class = if i % odd == odd - 1 { "Guest" } else { "Session" };
            let session = heap.node(NodeKind::Object, class, 100);
            heap.edge(table, EdgeKind::Internal, &format!("{i}"), session);
            for tag in 0..tags {
                let one = heap.node(NodeKind::Object, "Tag", 10);
                heap.element(session, EdgeKind::Element, tag, one);
            }
        }
        if left < entries {
            let mark = heap.node(NodeKind::String, &format!("{MARK}{entries} {left}"), 32);
            heap.edge(table, EdgeKind::Internal, "9999", mark);
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    fn grown(graphs: &[HeapGraph; 3]) -> Vec<Grown> {
        let fold = |graph: &HeapGraph| {
            Folded::new(
                graph,
                &ActionableCost::new(graph.tables()),
                &BuildOptions::default(),
            )
            .unwrap()
        };
        let [first, second, (newest, paths)] = graphs.each_ref().map(fold);
        let pasts = [Past::from(&first.0), Past::from(&second.0)];
        growth(
            &[&pasts[0], &pasts[1]],
            &newest,
            &graphs[2],
            &paths,
            &GrowthLimits::default(),
        )
    }

    const NEVER: u32 = u32::MAX;

    #[test]
    fn what_remains_stands_for_all() {
        let whole = grown(&[1000, 2000, 4000].map(|entries| program(entries, entries, 2, NEVER)));
        let thinned = grown(&[1000, 2000, 4000].map(|entries| program(entries, 64, 2, NEVER)));
        assert_eq!(thinned.len(), 1, "{thinned:?}");
        assert_eq!(thinned[0].counts, [1000, 2000, 4000]);
        assert_eq!(
            (&thinned[0].counts, &thinned[0].bytes),
            (&whole[0].counts, &whole[0].bytes)
        );
        assert_eq!((&thinned[0].name, thinned[0].key), (&whole[0].name, whole[0].key));
        // One that was small enough to be left alone is the same container.
        let mixed = [
            program(400, 400, 2, NEVER),
            program(2000, 64, 2, NEVER),
            program(4000, 64, 2, NEVER),
        ];
        assert_eq!(grown(&mixed)[0].counts, [400, 2000, 4000]);
    }

    #[test]
    fn what_hangs_on_entries_is_no_growth_and_nor_are_entries_of_several_kinds() {
        let alike = [1, 3, 9].map(|tags| program(5000, 64, tags, NEVER));
        assert!(
            grown(&alike).is_empty(),
            "as many entries, whatever the few that remain hold"
        );
        let mixed = [9, 5, 3].map(|odd| program(5000, 64, 1, odd));
        assert!(
            grown(&mixed).is_empty(),
            "as many entries, whatever the few that remain are"
        );
        let from_whole = [
            program(3, 3, 1, 2),
            program(5000, 64, 1, 2),
            program(9000, 64, 1, 2),
        ];
        assert!(
            grown(&from_whole).is_empty(),
            "how many there are of each is not known"
        );
    }

    #[test]
    fn nodes_stand_for_as_many_as_there_were() {
        let graph = program(6400, 64, 2, NEVER);
        let (folded, _) = Folded::new(
            &graph,
            &ActionableCost::new(graph.tables()),
            &BuildOptions::default(),
        )
        .unwrap();
        assert!(folded.is_sampled());
        let tables = graph.tables();
        let of = |name: &str| {
            tables
                .nodes()
                .filter(|&node| tables.name(node) == name)
                .map(|node| folded.weight(node))
                .sum::<f32>()
        };
        assert_eq!((of("Map"), of("Session"), of("Tag")), (1.0, 6400.0, 12_800.0));
        assert_eq!(folded.group(GroupIndex(0)).bytes, 32 + 16 + 6400 * 120);
    }
}
