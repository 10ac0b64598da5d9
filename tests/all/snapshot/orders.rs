//! Sections and columns in other orders than V8's.

use leakguard::snapshot::ReadOptions;

use super::support::{SMALL, assert_same, copy_cut, read, read_cut};

/// The small heap with its sections in this order.
fn ordered(order: [&str; 5]) -> String {
    let file: serde_json::Value = serde_json::from_str(SMALL).unwrap();
    let sections: Vec<String> = order
        .iter()
        .map(|name| format!("{name:?}:{}", file[*name]))
        .collect();
    format!("{{{}}}", sections.join(","))
}

#[test]
fn data_sections_come_in_any_order_after_the_header() {
    let expected = read(SMALL.as_bytes()).unwrap();
    let names = ["nodes", "edges", "locations", "strings"];
    for permutation in 0..256 {
        let picked: Vec<&str> = (0..4).map(|at| names[permutation >> (2 * at) & 3]).collect();
        if names.iter().all(|name| picked.contains(name)) {
            let text = ordered(["snapshot", picked[0], picked[1], picked[2], picked[3]]);
            assert_same(&expected, &read(text.as_bytes()).unwrap());
            let redact = ReadOptions {
                redact: true,
                size_bytes: None,
            };
            let hidden = read_cut(text.as_bytes(), redact, |_| 5).unwrap();
            assert_same(&read_cut(SMALL.as_bytes(), redact, |left| left).unwrap(), &hidden);
        }
    }
}

#[test]
fn data_before_the_header_is_refused_with_a_code_of_its_own() {
    let text = ordered(["nodes", "snapshot", "edges", "locations", "strings"]);
    let error = read(text.as_bytes()).unwrap_err();
    assert_eq!(error.code, "ERR_LEAKGUARD_SNAPSHOT_ORDER");
    assert!(
        error.message.ends_with("(section nodes, byte 9)"),
        "{}",
        error.message
    );
}

#[test]
fn a_copy_needs_strings_after_nodes_and_edges() {
    for order in [
        ["snapshot", "strings", "nodes", "edges", "locations"],
        ["snapshot", "nodes", "strings", "edges", "locations"],
    ] {
        let error = copy_cut(ordered(order).as_bytes(), |left| left).unwrap_err();
        assert_eq!(error.code, "ERR_LEAKGUARD_SNAPSHOT_ORDER");
    }
    copy_cut(
        ordered(["snapshot", "edges", "nodes", "strings", "locations"]).as_bytes(),
        |left| left,
    )
    .unwrap();
}

#[test]
fn columns_are_found_by_name_wherever_they_stand() {
    let file: serde_json::Value = serde_json::from_str(SMALL).unwrap();
    let mut turned = file.clone();
    let turn = |value: &serde_json::Value, fields: usize, extra: bool| {
        let numbers: Vec<serde_json::Value> = value.as_array().unwrap().clone();
        let rows = numbers.chunks(fields).flat_map(|row| {
            let mut row: Vec<_> = row.iter().rev().cloned().collect();
            row.extend(extra.then(|| serde_json::json!(u64::MAX)));
            row
        });
        serde_json::Value::Array(rows.collect())
    };
    let meta = &file["snapshot"]["meta"];
    let reversed = |list: &serde_json::Value, extra: &str| {
        let mut names: Vec<_> = list.as_array().unwrap().iter().rev().cloned().collect();
        names.extend((!extra.is_empty()).then(|| extra.into()));
        serde_json::Value::Array(names)
    };
    turned["snapshot"]["meta"]["node_fields"] = reversed(&meta["node_fields"], "new");
    turned["snapshot"]["meta"]["edge_fields"] = reversed(&meta["edge_fields"], "new");
    turned["snapshot"]["meta"]["location_fields"] = reversed(&meta["location_fields"], "");
    // Seven columns instead of six: what leads into the flat array of nodes changes with them.
    let widen = |value: &serde_json::Value, fields: usize, at: usize| {
        let mut numbers: Vec<serde_json::Value> = value.as_array().unwrap().clone();
        numbers
            .chunks_mut(fields)
            .for_each(|row| row[at] = (row[at].as_u64().unwrap() / 6 * 7).into());
        serde_json::Value::Array(numbers)
    };
    turned["nodes"] = turn(&file["nodes"], 6, true);
    turned["edges"] = turn(&widen(&file["edges"], 3, 2), 3, true);
    turned["locations"] = turn(&widen(&file["locations"], 4, 0), 4, false);
    let order = ["snapshot", "nodes", "edges", "locations", "strings"];
    let text: Vec<String> = order
        .iter()
        .map(|name| format!("{name:?}:{}", turned[*name]))
        .collect();
    let text = format!("{{{}}}", text.join(","));
    assert_same(&read(SMALL.as_bytes()).unwrap(), &read(text.as_bytes()).unwrap());
}
