//! The heap graph against the slow way, on thousands of random heaps, and on shapes that break recursion.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::naive::{Naive, owned_sizes};
use super::random::{Random, heap};
use leakguard::graph::{BuildOptions, HeapGraph, Phase, ShallowSizes, Steps};
use leakguard::snapshot::{EdgeIndex, EdgeKind, HeapBuilder, NodeIndex, NodeKind, Tables};

const RAW: BuildOptions = BuildOptions {
    threads: 1,
    cancel: None,
    progress: None,
    shallow_sizes: ShallowSizes::Raw,
};

fn build(tables: Tables, options: BuildOptions) -> HeapGraph {
    HeapGraph::build(tables, &options).unwrap()
}

/// Small heaps in plenty, larger ones fewer.
fn seeds() -> impl Iterator<Item = (u64, u32)> {
    let small = (0..6000).map(|seed| (seed, 12));
    let middle = (10_000..12_000).map(|seed| (seed, 60));
    small
        .chain(middle)
        .chain((20_000..20_150).map(|seed| (seed, 400)))
}

#[test]
fn dominators_and_retained_sizes_are_those_found_by_taking_each_node_away() {
    for (seed, nodes) in seeds() {
        let tables = heap(seed, nodes);
        let naive = Naive::new(&tables);
        let dominated = naive.dominated();
        let immediate = naive.immediate(&dominated);
        let sum = |members: &Vec<bool>| -> u64 {
            tables
                .nodes()
                .filter(|n| members[n.0 as usize])
                .map(|n| tables.self_bytes(n))
                .sum()
        };
        let retained: Vec<_> = dominated.iter().map(sum).collect();
        let graph = build(heap(seed, nodes), RAW);
        for node in tables.nodes() {
            assert_eq!(
                graph.dominator(node),
                immediate[node.0 as usize],
                "dominator of {node:?}, seed {seed}"
            );
            assert_eq!(
                graph.retained_bytes(node),
                retained[node.0 as usize],
                "size of {node:?}, seed {seed}"
            );
            let children: Vec<_> = graph.dominated(node).collect();
            assert!(
                children.iter().all(|&child| graph.dominator(child) == Some(node)),
                "seed {seed}"
            );
            let expected = immediate.iter().filter(|d| **d == Some(node)).count();
            assert_eq!(children.len(), expected, "children of {node:?}, seed {seed}");
            for other in tables.nodes().take(60) {
                let expected = dominated[node.0 as usize][other.0 as usize];
                assert_eq!(
                    graph.dominates(node, other),
                    expected,
                    "{node:?} {other:?}, seed {seed}"
                );
            }
        }
    }
}

#[test]
fn retainers_are_the_edges_that_retain_in_the_order_of_the_file() {
    for (seed, nodes) in seeds().step_by(5) {
        let tables = heap(seed, nodes);
        let naive = Naive::new(&tables);
        let mut expected: BTreeMap<NodeIndex, Vec<(NodeIndex, EdgeIndex)>> = BTreeMap::new();
        for &(from, edge) in &naive.essential {
            expected
                .entry(tables.edge_to(edge))
                .or_default()
                .push((from, edge));
        }
        let graph = build(heap(seed, nodes), RAW);
        for node in tables.nodes() {
            let found: Vec<_> = graph.retainers(node).map(|r| (r.from, r.edge)).collect();
            assert_eq!(
                found,
                expected.remove(&node).unwrap_or_default(),
                "{node:?}, seed {seed}"
            );
        }
    }
}

#[test]
fn a_store_with_one_owner_gives_it_its_bytes() {
    for (seed, nodes) in seeds().step_by(3) {
        let tables = heap(seed, nodes);
        let expected = owned_sizes(&tables);
        let graph = build(heap(seed, nodes), BuildOptions::default());
        let found: Vec<_> = tables.nodes().map(|node| graph.shallow_bytes(node)).collect();
        assert_eq!(found, expected, "seed {seed}");
        assert_eq!(
            graph.retained_bytes(NodeIndex(0)),
            expected.iter().sum::<u64>(),
            "seed {seed}"
        );
    }
}

#[test]
fn two_threads_find_what_one_finds() {
    for (seed, nodes) in seeds().skip(6000).step_by(20) {
        let one = build(heap(seed, nodes), BuildOptions::default());
        let two = build(
            heap(seed, nodes),
            BuildOptions {
                threads: 2,
                ..BuildOptions::default()
            },
        );
        for node in one.tables().nodes() {
            assert_eq!(one.retained_bytes(node), two.retained_bytes(node), "seed {seed}");
            assert_eq!(one.dominator(node), two.dominator(node), "seed {seed}");
        }
    }
}

#[test]
fn paths_are_the_cheapest_and_lead_along_strong_edges() {
    for (seed, nodes) in seeds().step_by(4) {
        let tables = heap(seed, nodes);
        let naive = Naive::new(&tables);
        let graph = build(heap(seed, nodes), RAW);
        let price = |edge: EdgeIndex| match Random::new(seed ^ u64::from(edge.0)).below(9) {
            8 => None,
            7 => Some(255),
            cost => Some(cost as u8),
        };
        let by_price = graph
            .paths(&|_: &Tables, _: NodeIndex, edge| price(edge), &RAW)
            .unwrap();
        let by_steps = graph.paths(&Steps, &RAW).unwrap();
        let costs = by_price.costs(&tables, &|_: &Tables, _: NodeIndex, edge| price(edge));
        let step_costs = by_steps.costs(&tables, &Steps);
        let prices = naive.costs(&naive.essential, |_, edge| price(edge));
        let steps = naive.costs(&naive.essential, |_, _| Some(1));
        // Nodes that page ownership lets nobody retain have a path all the same, if there is one at all.
        let at_all = naive.costs(&naive.strong, |_, edge| price(edge));
        for node in tables.nodes() {
            let index = node.0 as usize;
            assert_eq!(
                costs[index].is_some(),
                at_all[index].is_some(),
                "{node:?}, seed {seed}"
            );
            if prices[index].is_some() {
                assert_eq!(costs[index], prices[index], "{node:?}, seed {seed}");
            }
            if steps[index].is_some() {
                assert_eq!(step_costs[index], steps[index], "{node:?}, seed {seed}");
            }
            let Some(path) = by_price.path(&tables, node) else {
                continue;
            };
            let mut at = NodeIndex(0);
            for step in &path {
                assert_eq!(step.from, at, "seed {seed}");
                assert!(naive.strong.contains(&(step.from, step.edge)), "seed {seed}");
                at = tables.edge_to(step.edge);
            }
            assert_eq!(at, node);
            let total: u32 = path.iter().map(|step| u32::from(price(step.edge).unwrap())).sum();
            assert_eq!(Some(total), costs[node.0 as usize], "seed {seed}");
        }
    }
}

#[test]
fn classes_change_by_what_each_heap_has_of_them() {
    let counted = |graph: &HeapGraph| {
        let mut named: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for class in graph.classes(usize::MAX) {
            let one = named.entry(class.name).or_default();
            one.0 += i64::from(class.count);
            one.1 += class.shallow_bytes as i64;
        }
        named
    };
    for (seed, nodes) in seeds().step_by(7) {
        let before = build(heap(seed, nodes), BuildOptions::default());
        let after = build(heap(seed + 1, nodes + 3), BuildOptions::default());
        let (earlier, later) = (counted(&before), counted(&after));
        let changes = after.class_changes(&before, usize::MAX);
        for change in &changes {
            let (was, is) = (earlier.get(&change.name), later.get(&change.name));
            let (was, is) = (was.copied().unwrap_or_default(), is.copied().unwrap_or_default());
            assert_eq!(i64::from(change.count), is.0, "{}, seed {seed}", change.name);
            assert_eq!(change.count_change, is.0 - was.0, "{}, seed {seed}", change.name);
            assert_eq!(change.bytes_change, is.1 - was.1, "{}, seed {seed}", change.name);
        }
        let changed = earlier
            .keys()
            .chain(later.keys())
            .filter(|name| earlier.get(*name) != later.get(*name));
        let names: std::collections::BTreeSet<_> = changed.collect();
        assert_eq!(changes.len(), names.len(), "seed {seed}");
        assert!(after.class_changes(&after, usize::MAX).is_empty());
    }
}

#[test]
fn a_class_retains_what_its_outermost_nodes_retain() {
    for (seed, nodes) in seeds().step_by(3) {
        let graph = build(heap(seed, nodes), BuildOptions::default());
        let tables = graph.tables();
        let classes = graph.classes(usize::MAX);
        let live = || tables.nodes().filter(|&node| graph.shallow_bytes(node) > 0);
        assert_eq!(
            classes.iter().map(|c| c.count as usize).sum::<usize>(),
            live().count(),
            "seed {seed}"
        );
        let shallow: u64 = classes.iter().map(|c| c.shallow_bytes).sum();
        assert_eq!(shallow, graph.retained_bytes(NodeIndex(0)), "seed {seed}");
        let users = classes
            .iter()
            .filter(|class| class.kind == NodeKind::Object && class.name == "User");
        for class in users {
            let place = class.location.map(|l| l.line);
            let members: Vec<_> = live()
                .filter(|&n| tables.kind(n) == NodeKind::Object && tables.name(n) == "User")
                .filter(|&n| tables.location(n).map(|l| l.line) == place)
                .collect();
            let outermost = members
                .iter()
                .filter(|&&n| !members.iter().any(|&d| d != n && graph.dominates(d, n)));
            let expected: u64 = outermost.map(|&node| graph.retained_bytes(node)).sum();
            assert_eq!(class.retained_bytes, expected, "{class:?}, seed {seed}");
            assert_eq!(class.count as usize, members.len(), "seed {seed}");
        }
        assert!(classes.is_sorted_by(|a, b| a.retained_bytes >= b.retained_bytes));
    }
}

#[test]
fn a_chain_of_a_million_nodes_with_ways_back_and_a_shared_end_is_no_recursion() {
    const LENGTH: u32 = 1_000_000;
    for back in [None, Some(1u32), Some(1000)] {
        let mut chain = HeapBuilder::default();
        let shared = chain.node(NodeKind::String, "shared", 8);
        let mut last = HeapBuilder::ROOT;
        for at in 0..LENGTH {
            let node = chain.node(NodeKind::Object, "Node", 16);
            chain.edge(last, EdgeKind::Property, "next", node).edge(
                node,
                EdgeKind::Property,
                "shared",
                shared,
            );
            if let Some(back) = back.filter(|back| at % back == 0 && last != HeapBuilder::ROOT) {
                chain.edge(
                    node,
                    EdgeKind::Property,
                    "previous",
                    NodeIndex(node.0 - back.min(at)),
                );
            }
            last = node;
        }
        let graph = build(chain.finish(), RAW);
        assert_eq!(graph.dominator(last), Some(NodeIndex(last.0 - 1)));
        assert_eq!(graph.dominator(shared), Some(NodeIndex(2)));
        assert_eq!(graph.retained_bytes(NodeIndex(2)), u64::from(LENGTH) * 16 + 8);
        assert_eq!(graph.classes(1)[0].retained_bytes, u64::from(LENGTH) * 16 + 8);
        assert_eq!(graph.distance(last), Some(LENGTH));
        assert_eq!(
            graph
                .paths(&Steps, &RAW)
                .unwrap()
                .path(graph.tables(), last)
                .unwrap()
                .len(),
            LENGTH as usize
        );
    }
}

#[test]
fn sizes_over_four_gibibytes_add_up() {
    let mut heap = HeapBuilder::default();
    let holder = heap.node(NodeKind::Object, "Holder", 100);
    heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, holder);
    let blobs: Vec<_> = (0..3)
        .map(|_| heap.node(NodeKind::Native, "blob", 3 << 30))
        .collect();
    blobs.iter().for_each(|&blob| {
        heap.element(holder, EdgeKind::Element, 1, blob);
    });
    let mut tables = heap.finish();
    tables.node_self_bytes[blobs[1].0 as usize] = u32::MAX;
    tables.large_self_bytes.push((blobs[1], 5 << 40));
    let graph = build(tables, RAW);
    let all = (6u64 << 30) + (5 << 40) + 100;
    assert_eq!(
        (graph.retained_bytes(holder), graph.retained_bytes(blobs[1])),
        (all, 5 << 40)
    );
    assert_eq!(graph.retained_bytes(NodeIndex(0)), all);
}

#[test]
fn an_owner_of_more_than_four_gibibytes_of_stores_has_them_all() {
    let mut heap = HeapBuilder::default();
    let owner = heap.node(NodeKind::Object, "Owner", 100);
    heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, owner);
    for _ in 0..3 {
        let store = heap.node(NodeKind::Array, "", 3 << 30);
        heap.edge(owner, EdgeKind::Internal, "elements", store);
    }
    let graph = build(heap.finish(), BuildOptions::default());
    assert_eq!(graph.shallow_bytes(owner), (9 << 30) + 100);
    assert_eq!(graph.retained_bytes(NodeIndex(0)), (9 << 30) + 100);
}

#[test]
fn nodes_are_found_by_their_ids() {
    let graph = build(heap(7, 400), RAW);
    for node in graph.tables().nodes() {
        assert_eq!(graph.node_by_id(graph.tables().id(node)), Some(node));
    }
    assert_eq!(graph.node_by_id(2), None);
}

#[test]
fn a_heap_without_a_root_is_refused() {
    let error = HeapGraph::build(Tables::default(), &RAW).err().unwrap();
    assert_eq!(error.code, "ERR_LEAKGUARD_INVALID_ARG");
}

#[test]
fn a_build_can_be_stopped_and_says_how_far_it_is() {
    let cancel = AtomicBool::new(false);
    let heard = std::sync::Mutex::new(Vec::new());
    let progress = |phase| {
        heard.lock().unwrap().push(phase);
        cancel.store(phase == Phase::Walk, Ordering::Relaxed);
    };
    let options = BuildOptions {
        cancel: Some(&cancel),
        progress: Some(&progress),
        ..RAW
    };
    let error = HeapGraph::build(heap(20_001, 400), &options).err().unwrap();
    assert_eq!(error.code, "ERR_LEAKGUARD_ABORTED");
    assert_eq!(*heard.lock().unwrap(), [Phase::Edges, Phase::Walk]);
}
