//! What reading a heap snapshot costs: CPU seconds and peak memory, by size of the chunks.
//!
//! `LEAKGUARD_SNAPSHOT=heap.heapsnapshot cargo bench --no-default-features --bench snapshot`
//!
//! | variable | meaning |
//! |---|---|
//! | `LEAKGUARD_SNAPSHOT` | the file; without it the bench says so and does nothing |
//! | `LEAKGUARD_CHUNK_KIB` | sizes of chunks in KiB, with commas between; `1024` |
//! | `LEAKGUARD_MODE` | `read`, `redact`, `unsized` (as `read`, file size not known), `copy` (redacting copy), `bytes` (only the file, nothing parsed) |
//!
//! One line of JSON for each size. Linux only: figures come from `/proc/self`. Peak memory is the process's, so measure
//! one size and mode per run where memory is what you want to know.

use std::fs::File;
use std::io::Read;

use leakguard::snapshot::{ReadOptions, RedactingCopy, SnapshotReader};

fn main() {
    let Ok(path) = std::env::var("LEAKGUARD_SNAPSHOT") else {
        println!("LEAKGUARD_SNAPSHOT names no file: nothing measured");
        return;
    };
    let sizes = std::env::var("LEAKGUARD_CHUNK_KIB").unwrap_or_else(|_| "1024".to_owned());
    let mode = std::env::var("LEAKGUARD_MODE").unwrap_or_else(|_| "read".to_owned());
    for kib in sizes.split(',') {
        let bytes = kib.trim().parse::<usize>().map_or(1 << 20, |kib| kib << 10);
        if let Err(error) = measure(&path, &mode, bytes) {
            println!("{error}");
        }
    }
}

fn measure(path: &str, mode: &str, chunk_bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let before = cpu_seconds();
    let mut chunk = vec![0; chunk_bytes];
    let what = match mode {
        "bytes" => {
            let mut sum = 0_usize;
            loop {
                match file.read(&mut chunk)? {
                    0 => break format!("\"bytes\":{sum}"),
                    n => sum += n,
                }
            }
        }
        "copy" => {
            let (mut copy, mut out, mut written) = (RedactingCopy::new(), Vec::new(), 0);
            loop {
                match file.read(&mut chunk)? {
                    0 => break,
                    n => copy.push(&chunk[..n], &mut out)?,
                }
                written += out.len();
                out.clear();
            }
            copy.finish()?;
            format!("\"written\":{written}")
        }
        _ => {
            let size_bytes = (mode != "unsized").then_some(size);
            let mut reader = SnapshotReader::new(ReadOptions {
                redact: mode == "redact",
                size_bytes,
            });
            loop {
                match file.read(&mut chunk)? {
                    0 => break,
                    n => reader.push(&chunk[..n])?,
                }
            }
            let tables = reader.finish()?;
            format!(
                "\"nodes\":{},\"edges\":{},\"strings\":{},\"string_mb\":{:.1},\"tables_mb\":{:.1}",
                tables.node_count(),
                tables.edge_count(),
                tables.strings.len(),
                tables.strings.bytes() as f64 / 1e6,
                tables.bytes() as f64 / 1e6
            )
        }
    };
    println!(
        "{{\"mode\":\"{mode}\",\"file_mb\":{:.1},\"chunk_kib\":{},\"cpu_s\":{:.3},\"peak_rss_mb\":{:.1},{what}}}",
        size as f64 / 1e6,
        chunk_bytes >> 10,
        cpu_seconds() - before,
        peak_rss_bytes() as f64 / 1e6
    );
    Ok(())
}

/// User and system time of this process, to the nanosecond: `/proc/self/schedstat`, the main thread's own (there is no other).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|n| n.parse::<f64>().ok())
        .unwrap_or(f64::NAN)
        / 1e9
}

/// The most memory this process ever had, in bytes.
fn peak_rss_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB"))
        .and_then(|n| n.trim().parse::<u64>().ok())
        .unwrap_or(0)
        << 10
}
