//! Any bytes as a heap snapshot: no panic, the same answer in any chunks, tables whose invariants hold, and a redacted
//! copy that reads as the redacted tables do.
//!
//! In `fuzz/`: `mkdir -p corpus/snapshot && cp seeds/* corpus/snapshot/`, then
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run snapshot -- -max_len=4096 -dict=snapshot.dict`.

#![no_main]

use leakguard::error::Result;
use leakguard::snapshot::{ReadOptions, RedactingCopy, SnapshotReader, StringIndex, Tables};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    let step = usize::from(seed).max(1);
    let whole = read(bytes, bytes.len().max(1), ReadOptions::default());
    let sized = ReadOptions {
        redact: false,
        size_bytes: Some(bytes.len() as u64),
    };
    let chunked = read(bytes, step, sized);
    let redact = ReadOptions {
        redact: true,
        size_bytes: None,
    };
    let hidden = read(bytes, step, redact);
    let copied = copy(bytes, step);
    match (&whole, &chunked) {
        (Ok(a), Ok(b)) => assert!(is_same(a, b, true)),
        (Err(a), Err(b)) => assert_eq!(a, b),
        _ => panic!("chunks matter"),
    }
    let Ok(tables) = &whole else {
        assert!(hidden.is_err());
        return;
    };
    invariants(tables);
    let hidden = hidden.unwrap();
    assert!(is_same(tables, &hidden, false));
    // A copy is stricter: strings must come last.
    if let Ok(copied) = copied {
        let copied = read(&copied, copied.len(), ReadOptions::default()).unwrap();
        assert!(is_same(tables, &copied, false));
        for index in (0..tables.strings.len() as u32).map(StringIndex) {
            let expected = if hidden.strings.is_hidden(index) {
                ""
            } else {
                hidden.strings.get(index)
            };
            assert_eq!(copied.strings.get(index), expected);
        }
    }
});

fn read(bytes: &[u8], step: usize, options: ReadOptions) -> Result<Tables> {
    let mut reader = SnapshotReader::new(options);
    for chunk in bytes.chunks(step) {
        reader.push(chunk)?;
    }
    reader.finish()
}

fn copy(bytes: &[u8], step: usize) -> Result<Vec<u8>> {
    let (mut copy, mut out) = (RedactingCopy::new(), Vec::new());
    for chunk in bytes.chunks(step) {
        copy.push(chunk, &mut out)?;
    }
    copy.finish().map(|()| out)
}

fn invariants(tables: &Tables) {
    let (nodes, edges) = (tables.node_count(), tables.edge_count());
    assert!(nodes > 0 && tables.first_edge.len() == nodes + 1 && tables.first_edge.is_sorted());
    assert_eq!(tables.first_edge.last().copied(), Some(edges as u32));
    assert!(
        tables
            .node_name
            .iter()
            .all(|name| (name.0 as usize) < tables.strings.len())
    );
    assert!(tables.edge_end.iter().all(|end| (end.to().0 as usize) < nodes));
    for (kind, label) in tables.edge_end.iter().map(|end| end.kind()).zip(&tables.edge_label) {
        assert!(kind.is_numbered() || (*label as usize) < tables.strings.len());
    }
    assert!(
        tables.locations.is_sorted_by_key(|l| l.node)
            && tables.locations.iter().all(|l| (l.node.0 as usize) < nodes)
    );
}

fn is_same(a: &Tables, b: &Tables, with_strings: bool) -> bool {
    let texts = |t: &Tables| {
        (0..t.strings.len() as u32)
            .map(|i| t.strings.get(StringIndex(i)).to_owned())
            .collect::<Vec<_>>()
    };
    a.node_kind == b.node_kind
        && a.node_name == b.node_name
        && a.node_id == b.node_id
        && a.large_ids == b.large_ids
        && a.node_self_bytes == b.node_self_bytes
        && a.large_self_bytes == b.large_self_bytes
        && a.detached == b.detached
        && a.first_edge == b.first_edge
        && a.edge_label == b.edge_label
        && a.edge_end == b.edge_end
        && a.locations == b.locations
        && a.extra_native_bytes == b.extra_native_bytes
        && a.strings.len() == b.strings.len()
        && (!with_strings || texts(a) == texts(b))
}
