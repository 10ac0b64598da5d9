//! Distances from the root as Chrome DevTools shows them (`calculateDistances`): steps along edges that are not weak,
//! first from the user roots (distance 1), and what only the system's roots reach after that, from [`SYSTEM`] on.

use std::collections::HashSet;

use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, Tables};

use super::edges::ROOT;
use super::ephemerons::Ephemerons;
use super::shallow::is_user_root;

/// Distances from here on are of what no user root reaches.
pub const SYSTEM: u32 = 100_000_000;
const NONE: u32 = u32::MAX;

/// Distance by node; `None` for what cannot be reached. O(nodes + edges) time, 8 bytes a node while it runs, 4 after.
pub struct Distances(Vec<u32>);

impl Distances {
    /// Searches the heap, breadth first.
    pub fn new(tables: &Tables, ephemerons: &Ephemerons) -> Self {
        let mut search = Search {
            tables,
            ephemerons,
            pending: HashSet::new(),
            distances: vec![NONE; tables.node_count()],
        };
        let mut queue = Vec::with_capacity(tables.node_count());
        if tables.node_count() == 0 {
            return Self(Vec::new());
        }
        for edge in tables.edges(ROOT) {
            let node = tables.edge_to(edge);
            if is_user_root(tables, node) && search.distances[node.0 as usize] == NONE {
                search.distances[node.0 as usize] = 1;
                queue.push(node);
            }
        }
        let has_user_roots = !queue.is_empty();
        search.run(&mut queue);
        search.distances[ROOT.0 as usize] = if has_user_roots { SYSTEM } else { 0 };
        queue.clear();
        queue.push(ROOT);
        search.run(&mut queue);
        Self(search.distances)
    }

    /// Distance of a node.
    pub fn get(&self, node: NodeIndex) -> Option<u32> {
        self.0
            .get(node.0 as usize)
            .copied()
            .filter(|&distance| distance != NONE)
    }
}

struct Search<'a> {
    tables: &'a Tables,
    ephemerons: &'a Ephemerons,
    /// Entries of WeakMaps of which one edge was met: the value is as far as the farther of key and table.
    pending: HashSet<&'a str>,
    distances: Vec<u32>,
}

impl Search<'_> {
    fn run(&mut self, queue: &mut Vec<NodeIndex>) {
        let mut next = 0;
        while let Some(&from) = queue.get(next) {
            next += 1;
            let distance = self.distances[from.0 as usize].saturating_add(1);
            for edge in self.tables.edges(from) {
                let to = self.tables.edge_to(edge);
                if self.distances[to.0 as usize] == NONE && self.may_follow(from, edge) {
                    self.distances[to.0 as usize] = distance;
                    queue.push(to);
                }
            }
        }
    }

    fn may_follow(&mut self, from: NodeIndex, edge: EdgeIndex) -> bool {
        let tables = self.tables;
        let kind = tables.edge_kind(edge);
        if kind == EdgeKind::Weak {
            return false;
        }
        match tables.kind(from) {
            NodeKind::Hidden
                if tables.edge_name(edge) == Some("sloppy_function_map")
                    && tables.name(from) == "system / NativeContext" =>
            {
                return false;
            }
            // Maps share descriptor arrays, and not every link is valid for each of them.
            NodeKind::Array if tables.name(from) == "(map descriptors)" => {
                return edge_number(tables, edge).is_none_or(|number| number < 2 || number % 3 != 1);
            }
            _ => {}
        }
        match (kind == EdgeKind::Internal)
            .then(|| self.ephemerons.get(tables.edge_label(edge)))
            .flatten()
        {
            Some(ephemeron) => {
                let pair = ephemeron.pair_name(&tables.strings);
                let is_second = self.pending.remove(pair);
                if !is_second {
                    self.pending.insert(pair);
                }
                is_second
            }
            None => true,
        }
    }
}

/// The number that an edge's name is or begins with.
fn edge_number(tables: &Tables, edge: EdgeIndex) -> Option<u32> {
    let Some(name) = tables.edge_name(edge) else {
        return Some(tables.edge_label(edge));
    };
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    #[test]
    fn the_program_is_counted_first_and_what_only_the_system_reaches_after_it() {
        let mut heap = HeapBuilder::default();
        let global = heap.node(NodeKind::Object, "global", 1);
        let roots = heap.node(NodeKind::Synthetic, "(GC roots)", 0);
        let [near, far, lost] = ["near", "far", "lost"].map(|name| heap.node(NodeKind::Object, name, 1));
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, roots);
        heap.edge(global, EdgeKind::Property, "near", near);
        heap.element(roots, EdgeKind::Element, 1, near)
            .element(roots, EdgeKind::Element, 2, far);
        heap.edge(far, EdgeKind::Weak, "lost", lost);
        let tables = heap.finish();
        let distances = Distances::new(&tables, &Ephemerons::find(&tables.strings));
        let found = [global, near, HeapBuilder::ROOT, roots, far, lost].map(|node| distances.get(node));
        assert_eq!(
            found,
            [
                Some(1),
                Some(2),
                Some(SYSTEM),
                Some(SYSTEM + 1),
                Some(SYSTEM + 2),
                None
            ]
        );
    }
}
