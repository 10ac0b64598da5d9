//! The stupid reader: the whole text, a JSON library, a loop for each column.

use leakguard::snapshot::{EdgeEnd, EdgeKind, Location, NodeIndex, NodeKind, StringIndex, Tables};
use serde_json::Value;

/// Reads a whole text. Panics on anything that is not a snapshot.
pub fn read(text: &str) -> Tables {
    let file: Value = serde_json::from_str(text).unwrap();
    let meta = &file["snapshot"]["meta"];
    let mut tables = Tables::default();
    let (fields, types) = (names(&meta["node_fields"]), names(&meta["node_types"][0]));
    let mut edges = 0;
    for (index, row) in rows(&file["nodes"], fields.len()).enumerate() {
        let field = |name: &str| {
            row[fields.iter().position(|f| f == name).unwrap()]
                .as_u64()
                .unwrap()
        };
        let node = NodeIndex(index as u32);
        tables.node_kind.push(node_kind(name_of(&types, field("type"))));
        tables.node_name.push(StringIndex(field("name") as u32));
        let id = field("id");
        tables.node_id.push(u32::try_from(id).unwrap_or(u32::MAX));
        if id >= u64::from(u32::MAX) {
            tables.large_ids.push((node, id));
        }
        let size = field("self_size");
        tables
            .node_self_bytes
            .push(u32::try_from(size).unwrap_or(u32::MAX));
        if size >= u64::from(u32::MAX) {
            tables.large_self_bytes.push((node, size));
        }
        if fields.iter().any(|f| f == "detachedness") && field("detachedness") == 2 {
            tables.detached.push(node);
        }
        tables.first_edge.push(edges);
        edges += field("edge_count") as u32;
    }
    tables.first_edge.push(edges);
    let node_fields = fields.len() as u64;
    let (fields, types) = (names(&meta["edge_fields"]), names(&meta["edge_types"][0]));
    for row in rows(&file["edges"], fields.len()) {
        let field = |name: &str| {
            row[fields.iter().position(|f| f == name).unwrap()]
                .as_u64()
                .unwrap()
        };
        let label = u32::try_from(field("name_or_index"));
        tables.edge_label.push(label.unwrap_or(u32::MAX));
        tables.edge_end.push(EdgeEnd::new(
            edge_kind(name_of(&types, field("type"))),
            NodeIndex((field("to_node") / node_fields) as u32),
        ));
    }
    if let Some(fields) = meta.get("location_fields").map(names).filter(|fields| {
        let needed = ["object_index", "script_id", "line", "column"];
        needed.iter().all(|name| fields.iter().any(|field| field == name))
    }) {
        for row in rows(&file["locations"], fields.len()) {
            let field = |name: &str| {
                row[fields.iter().position(|f| f == name).unwrap()]
                    .as_u64()
                    .unwrap() as u32
            };
            let node = NodeIndex(field("object_index") / node_fields as u32);
            tables.locations.push(Location {
                node,
                script_id: field("script_id"),
                line: field("line"),
                column: field("column"),
            });
        }
    }
    tables
        .locations
        .sort_by_key(|l| (l.node, l.script_id, l.line, l.column));
    for string in file["strings"].as_array().unwrap() {
        tables.strings.push(string.as_str().unwrap());
    }
    tables.extra_native_bytes = file["snapshot"]["extra_native_bytes"].as_u64().unwrap_or(0);
    tables
}

fn names(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// The name of a type; none where the header lacks it.
fn name_of(types: &[String], at: u64) -> &str {
    types.get(at as usize).map_or("", String::as_str)
}

fn rows(section: &Value, fields: usize) -> impl Iterator<Item = &[Value]> {
    section.as_array().map_or(&[][..], Vec::as_slice).chunks(fields)
}

fn node_kind(name: &str) -> NodeKind {
    let names = [
        "hidden",
        "array",
        "string",
        "object",
        "code",
        "closure",
        "regexp",
        "number",
        "native",
        "synthetic",
        "concatenated string",
        "sliced string",
        "symbol",
        "bigint",
        "object shape",
    ];
    let kinds = [
        NodeKind::Hidden,
        NodeKind::Array,
        NodeKind::String,
        NodeKind::Object,
        NodeKind::Code,
        NodeKind::Closure,
        NodeKind::RegExp,
        NodeKind::Number,
        NodeKind::Native,
        NodeKind::Synthetic,
        NodeKind::ConcatenatedString,
        NodeKind::SlicedString,
        NodeKind::Symbol,
        NodeKind::BigInt,
        NodeKind::ObjectShape,
    ];
    names
        .iter()
        .position(|n| *n == name)
        .map_or(NodeKind::Unknown, |at| kinds[at])
}

fn edge_kind(name: &str) -> EdgeKind {
    let names = [
        "context", "element", "property", "internal", "hidden", "shortcut", "weak",
    ];
    let kinds = [
        EdgeKind::Context,
        EdgeKind::Element,
        EdgeKind::Property,
        EdgeKind::Internal,
        EdgeKind::Hidden,
        EdgeKind::Shortcut,
        EdgeKind::Weak,
    ];
    names
        .iter()
        .position(|n| *n == name)
        .map_or(EdgeKind::Unknown, |at| kinds[at])
}
