//! What the graph says of a real snapshot, as JSON: for the comparison with Chrome DevTools in `tests/devtools/`.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use leakguard::graph::{BuildOptions, HeapGraph, ShallowSizes};
use leakguard::snapshot::read_file;
use serde_json::json;

#[test]
#[ignore = "prints a snapshot's graph for tests/devtools/compare.mjs, which sets LEAKGUARD_SNAPSHOT and LEAKGUARD_DUMP"]
fn the_graph_of_a_snapshot_is_written_as_json() {
    let path = std::env::var("LEAKGUARD_SNAPSHOT").unwrap();
    let raw = std::env::var("LEAKGUARD_RAW_SIZES").is_ok();
    let shallow_sizes = if raw {
        ShallowSizes::Raw
    } else {
        ShallowSizes::Owned
    };
    let options = BuildOptions {
        shallow_sizes,
        ..BuildOptions::default()
    };
    let graph = HeapGraph::build(
        read_file(Path::new(&path), false, |_| {}, &AtomicBool::new(false)).unwrap(),
        &options,
    )
    .unwrap();
    let nodes = || graph.tables().nodes();
    let classes = graph.classes(usize::MAX);
    let classes = classes.iter().map(|class| {
        json!({
            "kind": format!("{:?}", class.kind),
            "name": class.name,
            "location": class.location.map(|l| [l.script_id, l.line, l.column]),
            "count": class.count,
            "shallow": class.shallow_bytes,
            "retained": class.retained_bytes,
        })
    });
    let dump = json!({
        "retained": nodes().map(|node| graph.retained_bytes(node)).collect::<Vec<_>>(),
        "shallow": nodes().map(|node| graph.shallow_bytes(node)).collect::<Vec<_>>(),
        "dominator": nodes().map(|node| graph.dominator(node).map_or(0, |d| d.0)).collect::<Vec<_>>(),
        "distance": nodes().map(|node| graph.distance(node).map_or(-5, i64::from)).collect::<Vec<_>>(),
        "classes": classes.collect::<Vec<_>>(),
    });
    std::fs::write(std::env::var("LEAKGUARD_DUMP").unwrap(), dump.to_string()).unwrap();
}
