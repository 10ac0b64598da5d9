//! What V8 of these days does not write and DevTools opens: it is read, and said.

use leakguard::graph::{BuildOptions, HeapGraph};
use leakguard::snapshot::{EdgeKind, NodeIndex, NodeKind, ReadOptions};

use super::support::{LINES, SMALL, assert_same, copy_cut, read, read_cut};

#[track_caller]
fn replaced(old: &str, new: &str) -> String {
    assert!(SMALL.contains(old), "nothing to replace: {old}");
    SMALL.replacen(old, new, 1)
}

#[test]
fn a_node_type_that_the_header_does_not_name_is_unknown() {
    // As V8 wrote symbols in 2016, when it did not name them.
    let text = replaced(r#","symbol","bigint","object shape"]"#, "]")
        .replace("2,2,5,32,0,0", "12,2,5,32,0,0")
        .replace("3,1,3,24", "18446744073709551615,1,3,24");
    for size in [text.len(), 1, 7] {
        let tables = read_cut(text.as_bytes(), ReadOptions::default(), |_| size).unwrap();
        assert_eq!(tables.kind(NodeIndex(2)), NodeKind::Unknown);
        assert_eq!(
            tables.notes,
            ["2 nodes are of a type that the header does not name (18446744073709551615)"]
        );
    }
    // What such a node is called may be what the program stored.
    let copy = String::from_utf8(copy_cut(text.as_bytes(), |_| 7).unwrap()).unwrap();
    assert!(!copy.contains("ud83d"), "{copy}");
}

#[test]
fn an_edge_type_that_the_header_does_not_name_is_strong_and_without_a_name() {
    let tables = read(replaced("2,4,12", "7,4294967296,12").as_bytes()).unwrap();
    let edge = tables.edges(NodeIndex(1)).next().unwrap();
    assert_eq!(tables.edge_kind(edge), EdgeKind::Unknown);
    assert_eq!(tables.edge_name(edge), None);
    assert_eq!(
        tables.notes,
        ["1 edge is of a type that the header does not name (7)"]
    );
}

#[test]
fn ids_of_64_bits_are_kept_whole() {
    let ids = [4_294_967_295, 140_737_353_801_232, u64::MAX];
    let text = replaced("3,1,3,24", &format!("3,1,{},24", ids[0]))
        .replace("2,2,5,32", &format!("2,2,{},32", ids[1]))
        .replace("5,3,7,64", &format!("5,3,{},64", ids[2]));
    let tables = read(text.as_bytes()).unwrap();
    assert_eq!(
        tables.notes,
        ["3 node ids need more than 32 bits: V8 wrote none of them"]
    );
    let graph = HeapGraph::build(tables, &BuildOptions::default()).unwrap();
    for (node, id) in [(1, ids[0]), (2, ids[1]), (3, ids[2]), (0, 1), (4, 8)] {
        assert_eq!(graph.tables().id(NodeIndex(node)), id);
        assert_eq!(graph.node_by_id(id), Some(NodeIndex(node)));
    }
    assert_eq!(graph.node_by_id(ids[1] & 0xFFFF_FFFF), None);
}

#[test]
fn a_byte_order_mark_other_lines_and_places_without_columns_are_no_matter() {
    let plain = read(SMALL.as_bytes()).unwrap();
    let marked = format!("\u{FEFF}{}\r\n \t", SMALL.replace(",\n", ",\r\n"));
    for size in 1..9 {
        let tables = read_cut(marked.as_bytes(), ReadOptions::default(), |_| size).unwrap();
        assert_same(&tables, &plain);
        assert_eq!(tables.notes, [""; 0]);
    }
    for size in 1..4 {
        let error = read_cut(b"\xEF\xBB{}", ReadOptions::default(), |_| size).unwrap_err();
        assert!(
            error
                .message
                .ends_with("expected a value (section document, byte 2)"),
            "{error}"
        );
    }
    let copy = copy_cut(marked.as_bytes(), |_| 2).unwrap();
    assert!(copy.starts_with("\u{FEFF}{".as_bytes()));
    let placeless = read(replaced(r#""line","column"]}"#, r#""column"]}"#).as_bytes()).unwrap();
    assert_eq!(placeless.locations, []);
    assert_eq!(read(LINES.as_bytes()).unwrap().notes, [""; 0]);
}

#[test]
fn a_heap_of_another_runtime_is_read() {
    // As Julia writes: types of its own, addresses for ids, a field for each that V8 has.
    let text = concat!(
        r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"#,
        r#""node_types":[["synthetic","jl_task_t","jl_module_t","jl_array_t","object","String"],"string","number","number","number","number","number"],"#,
        r#""edge_fields":["type","name_or_index","to_node"],"edge_types":[["internal","hidden","element","property"],"string_or_number","from_node"]},"#,
        "\n",
        r#""node_count":3,"edge_count":2},"nodes":[0,0,0,0,1,0,0,1,1,140737353801232,800,1,0,0,3,2,140737353801248,64,0,0,0],"#,
        r#""edges":[0,3,7,2,4294967296,14],"strings":["","Task","Array{Int64, 1}","main"]}"#,
    );
    let tables = read(text.as_bytes()).unwrap();
    assert_eq!(tables.notes.len(), 1);
    let graph = HeapGraph::build(tables, &BuildOptions::default()).unwrap();
    assert_eq!(graph.retained_bytes(NodeIndex(1)), 864);
    assert_eq!(graph.node_by_id(140_737_353_801_248), Some(NodeIndex(2)));
}

#[test]
fn what_contradicts_itself_stays_refused_with_its_place() {
    for (text, says) in [
        (
            replaced("2,4,12", "7,4,13"),
            "to_node 13 is not where a node begins (section edges, byte",
        ),
        (
            replaced("2,4,12", "2,4294967296,12"),
            "name_or_index 4294967296 is beyond 32 bits (section edges, byte",
        ),
        (
            replaced("3,1,3,24", "3,1,3,24.5"),
            "expected an integer (section nodes, byte",
        ),
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(error.message.contains(says), "{error}");
    }
}
