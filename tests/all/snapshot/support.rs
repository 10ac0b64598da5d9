//! Texts, chunkings, comparisons and chance for the tests beside it.

use leakguard::error::Result;
use leakguard::snapshot::{ReadOptions, RedactingCopy, SnapshotReader, StringIndex, Tables};

/// As Node 24 writes it, but five nodes small: root, a Session (with a location), its string, a closure, native memory.
pub const SMALL: &str = concat!(
    r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","detachedness"],"#,
    r#""node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","#,
    r#""concatenated string","sliced string","symbol","bigint","object shape"],"#,
    r#""string","number","number","number","number","number"],"#,
    r#""edge_fields":["type","name_or_index","to_node"],"#,
    r#""edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],"#,
    r#""trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],"#,
    r#""trace_node_fields":["id","function_info_index","count","size","children"],"#,
    r#""sample_fields":["timestamp_us","last_assigned_id"],"#,
    r#""location_fields":["object_index","script_id","line","column"]},"#,
    r#""node_count":5,"edge_count":6,"trace_function_count":0,"extra_native_bytes":4096},"#,
    "\n",
    r#""nodes":[9,0,1,0,2,0,3,1,3,24,3,0,2,2,5,32,0,0,5,3,7,64,1,0,8,5,8,5000000000,0,2],"#,
    "\n",
    r#""edges":[1,1,6,5,4,18,2,4,12,0,3,18,4,70000,24,6,6,6],"#,
    "\n",
    r#""trace_function_infos":[],"trace_tree":[],"samples":[],"#,
    r#""locations":[18,71,11,4,6,71,2,0],"#,
    "\n",
    r#""strings":["","Session","p\u00e4ss \ud83d\ude00","handler","data","Node / Worker","key"]}"#,
);

/// As Node 20 and 22 write it: seven fields, and rows on lines of their own.
pub const LINES: &str = concat!(
    r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"#,
    r#""node_types":[["hidden","array","string","object","wasm object"],"#,
    r#""string","number","number","number","number","number"],"#,
    r#""edge_fields":["type","name_or_index","to_node"],"#,
    r#""edge_types":[["context","element","property"],"string_or_number","node"],"#,
    r#""location_fields":["object_index","script_id","line","column"]},"#,
    "\"node_count\":3,\"edge_count\":2,\"trace_function_count\":0},\n",
    "\"nodes\":[0,0,1,0,1,0,0\n,3,1,4294967294,24,1,0,1\n,4,2,5,16,0,12345678901,0\n],\n",
    "\"edges\":[2,1,7\n,1,4294967295,14\n],\n",
    "\"locations\":[7,3,0,0\n],\n",
    "\"strings\":[\"\",\n\"a\",\n\"b\"]}",
);

/// The texts above, and one with every surprise that is allowed.
pub fn good() -> Vec<String> {
    let surprises = SMALL
        .replace(
            r#""samples":[]"#,
            r#""samples":[1,2,3],"scopes":{"a":[[{"b":[true,false,null,-1.5e+3,"x\"]}"]}]]},"n":-0"#,
        )
        .replace(
            r#""node_count":5,"#,
            r#""unknown":[{"node_count":7}],"node_count":5,"#,
        )
        .replace(r#""meta":{"#, r#""meta":{"extra":{"node_fields":["no"]},"#)
        .replace(',', " ,\r\n\t");
    let none = SMALL.replace(r#""locations":[18,71,11,4,6,71,2,0],"#, "");
    vec![SMALL.to_owned(), LINES.to_owned(), surprises, none]
}

/// Reads a text whose chunks `cut` decides on: it gets what is left and says how much to take (at least 1).
pub fn read_cut(text: &[u8], options: ReadOptions, mut cut: impl FnMut(usize) -> usize) -> Result<Tables> {
    let mut reader = SnapshotReader::new(options);
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(cut(rest.len()).clamp(1, rest.len()));
        reader.push(chunk)?;
        rest = later;
    }
    assert_eq!(reader.position(), text.len() as u64);
    reader.finish()
}

/// Reads a text in one piece.
pub fn read(text: &[u8]) -> Result<Tables> {
    read_cut(text, ReadOptions::default(), |left| left)
}

/// The redacting copy of a text.
pub fn copy_cut(text: &[u8], mut cut: impl FnMut(usize) -> usize) -> Result<Vec<u8>> {
    let (mut copy, mut out, mut rest) = (RedactingCopy::new(), Vec::new(), text);
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(cut(rest.len()).clamp(1, rest.len()));
        copy.push(chunk, &mut out)?;
        rest = later;
    }
    copy.finish()?;
    Ok(out)
}

/// All strings.
pub fn strings(tables: &Tables) -> Vec<&str> {
    (0..tables.strings.len() as u32)
        .map(|index| tables.strings.get(StringIndex(index)))
        .collect()
}

/// Fails where two tables differ in anything.
#[track_caller]
pub fn assert_same(a: &Tables, b: &Tables) {
    assert_same_but_strings(a, b);
    assert!(strings(a) == strings(b), "strings");
}

/// Fails where two tables differ in anything but strings.
#[track_caller]
pub fn assert_same_but_strings(a: &Tables, b: &Tables) {
    assert!(a.node_kind == b.node_kind, "node_kind");
    assert!(a.node_name == b.node_name, "node_name");
    assert!(a.node_id == b.node_id, "node_id");
    assert!(a.large_ids == b.large_ids, "large_ids");
    assert!(a.node_self_bytes == b.node_self_bytes, "node_self_bytes");
    assert!(a.large_self_bytes == b.large_self_bytes, "large_self_bytes");
    assert!(a.detached == b.detached, "detached");
    assert!(a.first_edge == b.first_edge, "first_edge");
    assert!(a.edge_label == b.edge_label, "edge_label");
    assert!(a.edge_end == b.edge_end, "edge_end");
    assert!(a.locations == b.locations, "locations");
    assert_eq!(a.extra_native_bytes, b.extra_native_bytes);
}

/// Marsaglia's xorshift: chance that can be had again.
pub struct Chance(pub u64);

impl Chance {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}
