//! Which groups are fronts of growth: more members at each snapshot, and not because what is before them on the path
//! has more. Must not know how that is told.

use std::cell::OnceCell;

use super::grown::{Grown, GrowthLimits};
use super::held::is_known;
use super::merge::{count_once, merge_same_owner};
use super::telling::{Telling, is_viewed};
use crate::graph::describe::REACTION;
use crate::graph::fold::{Earlier, Folded, Group, GroupIndex};
use crate::graph::graph::HeapGraph;
use crate::graph::paths::PathTree;
use crate::graph::sources::Sources;
use crate::snapshot::{NodeKind, Tables};

/// Containers of which there are more have filled too when each holds so many times what it held.
const FULLER: f64 = 1.5;

/// The containers that grew from each snapshot to the next, the one that added most bytes first. `last` and `paths`
/// belong to `newest`; the paths cost what [`ActionableCost`] says. O(groups), and O(nodes log nodes) where
/// Node holds what grew.
pub fn growth(
    before: &[&dyn Earlier],
    newest: &Folded,
    last: &HeapGraph,
    paths: &PathTree,
    limits: &GrowthLimits,
) -> Vec<Grown> {
    if before.is_empty() {
        return Vec::new();
    }
    let sources = Sources::new(last.tables());
    let telling = Telling {
        costs: OnceCell::new(),
        before,
        newest,
        graph: last,
        paths,
        sources: &sources,
    };
    let fronts: Vec<(GroupIndex, Grown)> = newest
        .groups()
        .filter(|(_, group)| !group.is_engine && !group.is_estimate() && !is_noise(last, group))
        .filter_map(|(index, group)| {
            let counts = counts_of(before, newest, group);
            is_front(last.tables(), before, newest, index, &counts, limits)
                .then(|| (index, telling.tell(index, counts)))
        })
        .filter(|(_, grown)| !is_known(grown))
        .collect();
    let fronts = count_once(newest, fronts);
    let mut grown = merge_same_owner(fronts);
    grown.sort_by(|a, b| {
        b.added_bytes()
            .cmp(&a.added_bytes())
            .then(b.added().cmp(&a.added()))
    });
    grown.truncate(limits.entries_max);
    grown
}

/// Tables, V8's own and bare numbers are the size of something, not something.
fn is_noise(graph: &HeapGraph, group: &Group) -> bool {
    let tables = graph.tables();
    let is_reaction = tables.name(group.sample) == REACTION;
    let is_engine = matches!(
        tables.kind(group.sample),
        NodeKind::Hidden | NodeKind::Code | NodeKind::ObjectShape | NodeKind::Synthetic
    );
    is_engine && !is_reaction
}

fn counts_of(before: &[&dyn Earlier], newest: &Folded, group: &Group) -> Vec<u32> {
    let earlier = before.iter().map(|heap| heap.seen(group, newest).count);
    earlier
        .chain([group.count.saturating_add(newest.named(group).count)])
        .collect()
}

fn is_front(
    tables: &Tables,
    before: &[&dyn Earlier],
    newest: &Folded,
    index: GroupIndex,
    counts: &[u32],
    limits: &GrowthLimits,
) -> bool {
    let grows_each_time = counts.windows(2).all(|w| w[1] > w[0]);
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let added = last.saturating_sub(first);
    if !grows_each_time || added < limits.added_min {
        return false;
    }
    let parent = newest.group(newest.group(index).parent);
    let parents = counts_of(before, newest, parent);
    let (parents_first, parents_last) = (parents[0], parents[parents.len() - 1]);
    let parent_added = parents_last.saturating_sub(parents_first);
    // One each at the most: a field that is set one day, not a container. But views of a memory of their own in the place
    // of such that shared one are as many as before, and keep more.
    if last <= parents_last && !is_viewed(tables, parent.sample, newest.group(index).sample) {
        return false;
    }
    // Behind the entries of a table that was small enough for names before, nothing has the key that it has now.
    if first == 0 && hangs_on_names(before, newest, index) {
        return false;
    }
    // What came along with new parents, one or some each, is explained by them; what fills each of them is not.
    let per_parent = |count: u32, parents: u32| f64::from(count) / f64::from(parents);
    let fills = || per_parent(last, parents_last) > FULLER * per_parent(first, parents_first);
    parent_added == 0 || parents_first > 0 && f64::from(added) > 4.0 * f64::from(parent_added) && fills()
}

/// Whether the path goes through an entry that was a named property in a snapshot before. O(depth).
fn hangs_on_names(before: &[&dyn Earlier], newest: &Folded, index: GroupIndex) -> bool {
    let mut at = newest.group(index).parent;
    while at != GroupIndex(0) {
        let group = newest.group(at);
        if before.iter().any(|heap| heap.seen(group, newest).is_of_names) {
            return true;
        }
        at = group.parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::cost::ActionableCost;
    use crate::graph::fold::Past;
    use crate::graph::lore::OBJECT_LISTS;
    use crate::graph::task::BuildOptions;
    use crate::snapshot::{EdgeKind, HeapBuilder};

    /// A cache that holds `entries` and a pool that always holds ten.
    fn program(entries: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let cache = heap.node(NodeKind::Object, "Map", 32);
        let pool = heap.node(NodeKind::Object, "Array", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "cache", cache);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "pool", pool);
        let table = heap.node(NodeKind::Array, "", 16 * entries);
        heap.edge(cache, EdgeKind::Internal, "table", table);
        for i in 0..entries {
            let session = heap.node(NodeKind::Object, "Session", 40);
            let user = heap.node(NodeKind::Object, "User", 80);
            let key = heap.node(NodeKind::String, &format!("key {i}"), 24);
            heap.edge(table, EdgeKind::Internal, &format!("{}", 3 * i), key);
            heap.edge(table, EdgeKind::Internal, &format!("{}", 3 * i + 1), session);
            heap.edge(session, EdgeKind::Property, "user", user);
        }
        for i in 0..10 {
            let worker = heap.node(NodeKind::Object, "Worker", 64);
            heap.element(pool, EdgeKind::Element, i, worker);
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    fn grown(graphs: &[HeapGraph; 3]) -> Vec<Grown> {
        let options = BuildOptions::default();
        let folded = graphs
            .each_ref()
            .map(|g| Folded::new(g, &ActionableCost::new(g.tables()), &options).unwrap());
        let [first, second, (newest, paths)] = &folded;
        let limits = GrowthLimits::default();
        let whole = growth(&[&first.0, &second.0], newest, &graphs[2], paths, &limits);
        // What remains of earlier heaps says the same.
        let pasts = [Past::from(&first.0), Past::from(&second.0)];
        let past = growth(&[&pasts[0], &pasts[1]], newest, &graphs[2], paths, &limits);
        assert_eq!(whole, past);
        whole
    }

    #[test]
    fn the_container_that_grew_is_named_and_nothing_else() {
        let graphs = [program(100), program(300), program(500)];
        let grown = grown(&graphs);
        assert_eq!(grown.len(), 1, "{grown:?}");
        assert_eq!(grown[0].class, "Session");
        assert_eq!(grown[0].counts, [100, 300, 500]);
        assert_eq!(grown[0].name.as_deref(), Some("cache"));
        assert_eq!(grown[0].added_bytes(), 400 * (120 + 24), "keys included");
    }

    #[test]
    fn what_grew_once_only_is_not_growth() {
        let graphs = [program(100), program(300), program(300)];
        assert!(grown(&graphs).is_empty());
    }

    /// An object that holds documents by their text, with three parts each; as a hash table from `hash_from` on.
    fn documents(count: u32, hash_from: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let by_text = heap.node(NodeKind::Object, "Object", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "documents", by_text);
        for i in 0..count {
            let document = heap.node(NodeKind::Object, "Document", 40);
            heap.edge(by_text, EdgeKind::Property, &format!("text {i}"), document);
            for part in 0..3 {
                let definition = heap.node(NodeKind::Object, "Definition", 80);
                heap.element(document, EdgeKind::Element, part, definition);
            }
        }
        let class = heap.node(NodeKind::ObjectShape, "system / Map", 80);
        heap.edge(by_text, EdgeKind::Internal, "map", class);
        if count < hash_from {
            let list = heap.node(NodeKind::Array, "system / DescriptorArray", 80);
            heap.edge(class, EdgeKind::Internal, "descriptors", list);
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    #[test]
    fn a_table_that_was_small_before_grew_nevertheless() {
        for (counts, hash_from) in [
            ([10, 70, 190], 20),
            ([10, 40, 80], 0),
            ([30, 60, 90], 40),
            ([50, 90, 180], 1000),
        ] {
            let grown = grown(&counts.map(|count| documents(count, hash_from)));
            assert_eq!(grown.len(), 1, "{counts:?} from {hash_from}: {grown:?}");
            assert_eq!(
                (grown[0].class.as_str(), &grown[0].counts[..]),
                ("Document", &counts[..])
            );
        }
    }

    #[test]
    fn fields_that_come_one_by_one_are_no_table() {
        assert!(grown(&[10, 40, 80].map(|count| documents(count, 1000))).is_empty());
    }

    /// Connections, each with `lines` of its own.
    fn connections(count: u32, lines: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let open = heap.node(NodeKind::Object, "Set", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "open", open);
        for i in 0..count {
            let connection = heap.node(NodeKind::Object, "Connection", 64);
            heap.edge(open, EdgeKind::Internal, &format!("{i}"), connection);
            for line in 0..lines {
                let text = heap.node(NodeKind::Object, "Line", 16);
                heap.element(connection, EdgeKind::Element, line, text);
            }
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    #[test]
    fn what_each_of_more_objects_has_always_had_came_along() {
        let grown = grown(&[connections(20, 26), connections(40, 26), connections(60, 26)]);
        assert_eq!(
            grown.iter().map(|g| g.class.as_str()).collect::<Vec<_>>(),
            ["Connection"]
        );
    }

    #[test]
    fn what_fills_objects_of_which_there_are_more_is_growth_of_its_own() {
        let grown = grown(&[connections(20, 10), connections(25, 40), connections(30, 90)]);
        assert_eq!(
            grown.iter().map(|g| g.class.as_str()).collect::<Vec<_>>(),
            ["Line", "Connection"]
        );
    }

    #[test]
    fn a_field_that_is_set_in_one_object_after_the_other_is_filling() {
        let parcels = |scanned: u32| {
            let mut heap = HeapBuilder::default();
            let all = heap.node(NodeKind::Object, "Array", 32);
            heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "parcels", all);
            for i in 0..500 {
                let parcel = heap.node(NodeKind::Object, "Parcel", 64);
                heap.element(all, EdgeKind::Element, i, parcel);
                if i < scanned {
                    let at = heap.node(NodeKind::Object, "Date", 40);
                    heap.edge(parcel, EdgeKind::Property, "scannedAt", at);
                }
            }
            HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
        };
        assert_eq!(grown(&[parcels(100), parcels(300), parcels(500)]), []);
    }

    #[test]
    fn what_node_and_v8_keep_in_tables_of_their_own_is_not_told() {
        for table in [
            OBJECT_LISTS[0],
            OBJECT_LISTS[1],
            "FreeList",
            "(Shareable object cache)",
        ] {
            let heap = |count: u32| {
                let mut heap = HeapBuilder::default();
                let own = heap.node(NodeKind::Object, table, 32);
                heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "own", own);
                for i in 0..count {
                    let native = heap.node(NodeKind::Object, "HTTPParser", 64);
                    heap.element(own, EdgeKind::Element, i, native);
                }
                HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
            };
            assert_eq!(grown(&[heap(10), heap(40), heap(90)]), [], "{table}");
        }
    }
}
