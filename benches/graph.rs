//! What a heap's graph costs, part by part: CPU seconds of each, memory after it, and the most so far.
//!
//! `LEAKGUARD_SNAPSHOT=heap.heapsnapshot cargo bench --no-default-features --bench graph`
//!
//! With one file: dominators, classes, ids, paths. With several, commas between: each folded, and what grew. Linux only:
//! figures come from `/proc/self`.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use leakguard::graph::{ActionableCost, BuildOptions, Earlier, Folded, GrowthLimits, HeapGraph, growth};
use leakguard::snapshot::read_file;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(files) = std::env::var("LEAKGUARD_SNAPSHOT") else {
        println!("LEAKGUARD_SNAPSHOT names no file: nothing measured");
        return Ok(());
    };
    let files: Vec<&str> = files.split(',').collect();
    let mut meter = Meter {
        before: cpu_seconds(),
    };
    let options = BuildOptions::default();
    let mut heaps = Vec::new();
    for file in &files {
        let tables = read_file(Path::new(file), false, |_| (), &AtomicBool::new(false))?;
        let (nodes, edges) = (tables.node_count(), tables.edge_count());
        println!(
            "{nodes} nodes, {edges} edges, tables of {} MB",
            tables.bytes() / 1_000_000
        );
        meter.tell("read");
        heaps.push(HeapGraph::new(tables, &options)?);
        meter.tell("edges");
    }
    if let [graph] = &heaps[..] {
        graph.analyse(&options)?;
        meter.tell("dominators");
        println!("{} classes", graph.classes(1000).len());
        meter.tell("classes");
        graph.node_by_id(1);
        meter.tell("ids");
        graph.paths(&ActionableCost::new(graph.tables()), &options)?;
        meter.tell("paths");
        return Ok(());
    }
    let mut folded = Vec::new();
    for graph in &heaps {
        folded.push(Folded::new(
            graph,
            &ActionableCost::new(graph.tables()),
            &options,
        )?);
        meter.tell("fold");
    }
    if let (Some(graph), Some(((newest, paths), before))) = (heaps.last(), folded.split_last()) {
        let before: Vec<&dyn Earlier> = before.iter().map(|(folded, _)| folded as &dyn Earlier).collect();
        for grown in growth(&before, newest, graph, paths, &GrowthLimits::default())
            .iter()
            .take(5)
        {
            println!("{:?}: {} {:?}", grown.name, grown.class, grown.counts);
        }
        meter.tell("growth");
    }
    Ok(())
}

struct Meter {
    before: f64,
}

impl Meter {
    fn tell(&mut self, part: &str) {
        let spent = cpu_seconds() - self.before;
        let (now, most) = (memory_mb("VmRSS:"), memory_mb("VmHWM:"));
        println!("{part:10} {spent:7.3} s, now {now:7.1} MB, at most {most:7.1} MB");
        self.before = cpu_seconds();
    }
}

/// User and system time of the main thread, the only one here.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e9
}

fn memory_mb(name: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) * 1024.0 / 1e6
}
