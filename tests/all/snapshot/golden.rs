//! Small texts, column by column, and whatever the chunks.

use leakguard::snapshot::{EdgeIndex, EdgeKind, Location, NodeIndex, NodeKind, ReadOptions};

use super::naive;
use super::support::{Chance, LINES, SMALL, assert_same, good, read, read_cut, strings};

#[test]
fn a_small_heap_is_read_column_by_column() {
    let tables = read(SMALL.as_bytes()).unwrap();
    let node = NodeIndex;
    let kinds = [
        NodeKind::Synthetic,
        NodeKind::Object,
        NodeKind::String,
        NodeKind::Closure,
        NodeKind::Native,
    ];
    assert_eq!(tables.node_kind, kinds);
    assert_eq!(
        tables.nodes().map(|n| tables.name(n)).collect::<Vec<_>>(),
        ["", "Session", "päss 😀", "handler", "Node / Worker"]
    );
    assert_eq!(tables.node_id, [1, 3, 5, 7, 8]);
    assert_eq!(
        tables.nodes().map(|n| tables.self_bytes(n)).collect::<Vec<_>>(),
        [0, 24, 32, 64, 5_000_000_000]
    );
    assert_eq!(tables.detached, [node(4)]);
    assert_eq!(tables.first_edge, [0, 2, 5, 5, 6, 6]);
    use EdgeKind::{Context, Element, Hidden, Property, Shortcut, Weak};
    let edges = || (0..tables.edge_count() as u32).map(EdgeIndex);
    assert_eq!(
        edges().map(|edge| tables.edge_kind(edge)).collect::<Vec<_>>(),
        [Element, Shortcut, Property, Context, Hidden, Weak]
    );
    assert_eq!(tables.edge_label, [1, 4, 4, 3, 70_000, 6]);
    assert!(
        edges()
            .map(|edge| tables.edge_to(edge))
            .eq([1, 3, 2, 3, 4, 1].map(node))
    );
    assert_eq!(
        tables.locations,
        [
            Location {
                node: node(1),
                script_id: 71,
                line: 2,
                column: 0
            },
            Location {
                node: node(3),
                script_id: 71,
                line: 11,
                column: 4
            },
        ]
    );
    assert_eq!(
        strings(&tables),
        [
            "",
            "Session",
            "päss 😀",
            "handler",
            "data",
            "Node / Worker",
            "key"
        ]
    );
    assert_eq!(tables.extra_native_bytes, 4096);
}

#[test]
fn rows_on_lines_of_their_own_and_seven_fields_are_read() {
    let tables = read(LINES.as_bytes()).unwrap();
    assert_eq!(
        tables.node_kind,
        [NodeKind::Hidden, NodeKind::Object, NodeKind::Unknown]
    );
    assert_eq!(tables.node_id, [1, 4_294_967_294, 5]);
    assert_eq!(tables.edge_label, [1, u32::MAX]);
    assert_eq!([0, 1].map(|edge| tables.edge_to(EdgeIndex(edge)).0), [1, 2]);
    assert!(tables.detached.is_empty());
}

#[test]
fn the_naive_reader_agrees() {
    for text in good() {
        assert_same(&read(text.as_bytes()).unwrap(), &naive::read(&text));
    }
}

#[test]
fn chunks_of_every_size_give_the_same_tables() {
    for text in good() {
        let whole = read(text.as_bytes()).unwrap();
        for size in 1..=text.len() {
            let chunked = read_cut(text.as_bytes(), ReadOptions::default(), |_| size).unwrap();
            assert_same(&whole, &chunked);
        }
    }
}

#[test]
fn every_single_cut_and_random_ones_give_the_same_tables() {
    let mut chance = Chance(0x9E37_79B9);
    for text in good() {
        let whole = read(text.as_bytes()).unwrap();
        for at in 1..text.len() {
            let cut = read_cut(text.as_bytes(), ReadOptions::default(), |left| {
                if left == text.len() { at } else { left }
            });
            assert_same(&whole, &cut.unwrap());
        }
        for _ in 0..500 {
            let cut = read_cut(text.as_bytes(), ReadOptions::default(), |_| 1 + chance.below(40));
            assert_same(&whole, &cut.unwrap());
        }
    }
}

#[test]
fn the_size_of_the_file_changes_nothing_whether_right_or_wrong() {
    let whole = read(SMALL.as_bytes()).unwrap();
    for size in [0, 1, 500, SMALL.len() as u64, 1 << 40] {
        let options = ReadOptions {
            size_bytes: Some(size.min(1 << 20)),
            ..ReadOptions::default()
        };
        assert_same(&whole, &read_cut(SMALL.as_bytes(), options, |_| 7).unwrap());
    }
}

#[test]
fn strings_that_are_not_unicode_are_mended_whatever_the_chunks() {
    let (head, tail) = SMALL.split_once(r#""Session""#).unwrap();
    let cases: [(&[u8], &str); 6] = [
        (b"\xff", "\u{FFFD}"),
        (b"a\xe2\x82", "a\u{FFFD}"),
        (b"\xe2\x82\xac", "€"),
        (b"\xe2\\u0041", "\u{FFFD}A"),
        (b"\\ud83d\\u0041\\ude00", "\u{FFFD}A\u{FFFD}"),
        (b"\0\x01\n", "\0\u{1}\n"),
    ];
    for (bytes, expected) in cases {
        let text = [head.as_bytes(), b"\"", bytes, b"\"", tail.as_bytes()].concat();
        for size in [1, 2, 3, text.len()] {
            let tables = read_cut(&text, ReadOptions::default(), |_| size).unwrap();
            assert_eq!(tables.name(NodeIndex(1)), expected);
            assert_eq!(tables.name(NodeIndex(3)), "handler");
        }
    }
}
