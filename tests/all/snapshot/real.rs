//! Snapshots of the Nodes at hand: `node`, and those that `LEAKGUARD_NODES` names, with colons between.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use leakguard::snapshot::{ReadOptions, read_file};

use super::naive;
use super::support::{Chance, assert_same, assert_same_but_strings, copy_cut, read, read_cut, strings};

const PROGRAM: &str = "
class Session { constructor(i) { this.id = i; this.password = 'hunter2-' + i + '\\u00e9\\u{1F600}'; this.map = new Map([[i, {}]]) } }
globalThis.held = Array.from({ length: 50 }, (_, i) => new Session(i));
const made = (name) => name + ['_', 'made', 7].join('');
globalThis.few = { [made('fewkey')]: {} };
globalThis.many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [made('manykey') + i, {}]));
globalThis.weak = [{}, {}, {}, {}, /maderegexp/].map((key, i) => [key, new WeakMap([[key, [made('weaktext'), new RegExp(made('weakpattern')), 7n ** 99n, Symbol(made('weaksymbol')), made('weak)quote(') + 'x'.repeat(9000)][i]]])]);
globalThis.big = [10n ** 30n, 1.5, /secret-pattern/, Symbol('s'), 'a'.repeat(2000) + held.length];
require('v8').writeHeapSnapshot(process.argv[1]);
";

/// Texts of snapshots, one for each Node, with the path it was written to.
fn snapshots(name: &str) -> Vec<(String, PathBuf)> {
    let named = std::env::var("LEAKGUARD_NODES").unwrap_or_default();
    let nodes = named.split(':').filter(|node| !node.is_empty()).chain(["node"]);
    let mut texts = Vec::new();
    for (at, node) in nodes.enumerate() {
        let path = std::env::temp_dir().join(format!(
            "leakguard-{}-{name}-{at}.heapsnapshot",
            std::process::id()
        ));
        let status = Command::new(node).arg("-e").arg(PROGRAM).arg(&path).status();
        match std::fs::read_to_string(&path) {
            Ok(text) => texts.push((text, path)),
            Err(_) => println!("skipped: {node} wrote no snapshot ({status:?})"),
        }
    }
    texts
}

fn remove(path: &Path) {
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_node_writes_is_read_as_the_naive_reader_reads_it() {
    let mut chance = Chance(77);
    for (text, path) in snapshots("naive") {
        let tables = read(text.as_bytes()).unwrap();
        assert_same(&tables, &naive::read(&text));
        assert_same(
            &tables,
            &read_cut(text.as_bytes(), ReadOptions::default(), |_| 1).unwrap(),
        );
        assert_same(
            &tables,
            &read_cut(text.as_bytes(), ReadOptions::default(), |_| {
                1 + chance.below(5000)
            })
            .unwrap(),
        );
        let session = tables
            .nodes()
            .filter(|node| tables.name(*node) == "Session")
            .count();
        assert!(session >= 50, "{session} sessions");
        remove(&path);
    }
}

#[test]
fn what_the_program_stored_is_in_neither_redacted_tables_nor_copies() {
    for (text, path) in snapshots("redacted") {
        assert!(text.contains("hunter2"));
        let options = ReadOptions {
            redact: true,
            size_bytes: Some(text.len() as u64),
        };
        let hidden = read_cut(text.as_bytes(), options, |_| 1 << 16).unwrap();
        let copy = copy_cut(text.as_bytes(), |_| 1 << 16).unwrap();
        let copied = read(&copy).unwrap();
        assert_same_but_strings(&hidden, &copied);
        for tables in [&hidden, &copied] {
            let strings = strings(tables);
            // Its source text is a string of the program's, too.
            for secret in ["hunter2", "secret-pattern", "_made7", "maderegexp"] {
                let shown = strings.iter().find(|s| s.contains(secret));
                assert_eq!(shown, None, "{secret}");
            }
            let pairs = strings.iter().filter(|s| s.contains("pair in WeakMap (table @"));
            assert!(pairs.clone().count() >= 4 && pairs.clone().all(|s| s.contains("( @")));
            for name in [
                "Session",
                "password",
                "few",
                "held",
                "map",
                "heap number",
                "bigint",
                "symbol",
            ] {
                assert!(strings.contains(&name), "{name} is gone");
            }
        }
        remove(&path);
    }
}

#[test]
fn a_file_is_read_with_progress_and_can_be_cancelled() {
    for (text, path) in snapshots("file") {
        let (cancel, mut seen) = (AtomicBool::new(false), Vec::new());
        let tables = read_file(&path, false, |fraction| seen.push(fraction), &cancel).unwrap();
        assert_same(&tables, &read(text.as_bytes()).unwrap());
        assert!(seen.is_sorted() && seen.last() == Some(&1.0));
        let cancelled =
            read_file(&path, false, |_| cancel.store(true, Ordering::Relaxed), &cancel).unwrap_err();
        assert_eq!(cancelled.code, "ERR_LEAKGUARD_ABORTED");
        remove(&path);
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error_with_its_path() {
    let error = read_file(Path::new("no/such/file"), false, |_| (), &AtomicBool::new(false)).unwrap_err();
    assert_eq!(error.code, "ERR_LEAKGUARD_SNAPSHOT_READ");
    assert!(error.message.contains("no/such/file"));
}
