//! The `v8-heap-parser` crate on the work it shares: parse, dominators with retained sizes, classes. No paths, no diff.
//! Prints what that cost this process, as `measure.js` does: one line of JSON. Linux only.

use std::time::Instant;

fn main() {
    let (cpu, start, peak) = (cpu_seconds(), Instant::now(), peak_bytes());
    let file = std::env::args().nth(1).expect("a file");
    let data = std::fs::read(file).expect("a readable file");
    let graph = v8_heap_parser::decode_slice(&data).expect("a snapshot");
    drop(data);
    let retained = graph.retained_size(graph.root_index);
    let classes = graph.get_class_groups(false).len();
    println!(
        r#"{{"cpuSeconds":{},"wallSeconds":{},"peakBytes":{},"answer":"{classes} classes, {retained} bytes"}}"#,
        cpu_seconds() - cpu,
        start.elapsed().as_secs_f64(),
        peak_bytes() - peak,
    );
}

/// User and system time of the main thread, the only one here.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("schedstat");
    let nanoseconds = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.expect("nanoseconds") / 1e9
}

/// The most memory that was resident so far.
fn peak_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kilobytes.expect("kilobytes") * 1024
}
