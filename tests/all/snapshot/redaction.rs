//! What the program stored does not get through; names do.

use leakguard::snapshot::{ReadOptions, StringIndex};

use super::support::{SMALL, copy_cut, read, read_cut, strings};

const REDACT: ReadOptions = ReadOptions {
    redact: true,
    size_bytes: None,
};

/// Nodes of every kind, each with a name of its own: 15 kinds and one that nobody knows.
fn all_kinds() -> String {
    let (head, _) = SMALL.split_once(",\n\"nodes\"").unwrap();
    let head = head.replace(r#""object shape"]"#, r#""object shape","future"]"#);
    let head = head.replace(
        r#""node_count":5,"edge_count":6"#,
        r#""node_count":18,"edge_count":2"#,
    );
    let nodes: Vec<String> = (0..16)
        .map(|kind| format!("{kind},{kind},1,8,{},0", if kind == 0 { 2 } else { 0 }))
        .collect();
    // Two more strings: one that a property is called too, one that is V8's own word.
    let nodes = format!("{},2,16,1,8,0,0,7,17,1,8,0,0", nodes.join(","));
    let strings = r#""hidden","array","text","class","code","function","pattern","3.14","native","root","rope","slice","symbol","9n","shape","?","email","heap number","unused \u00e9""#;
    format!("{head},\"nodes\":[{nodes}],\"edges\":[2,16,6,1,2,12],\"strings\":[{strings}]}}")
}

const SHOWN: [&str; 19] = [
    "hidden",
    "array",
    "",
    "class",
    "code",
    "function",
    "",
    "",
    "native",
    "root",
    "",
    "",
    "symbol",
    "",
    "shape",
    "",
    "email",
    "heap number",
    "",
];

#[test]
fn values_are_hidden_and_names_stay() {
    for size in [1, 2, 7, 100_000] {
        let tables = read_cut(all_kinds().as_bytes(), REDACT, |_| size).unwrap();
        let shown: Vec<_> = strings(&tables)
            .into_iter()
            .map(|s| if s == "(string)" { "" } else { s })
            .collect();
        assert_eq!(shown, SHOWN);
        assert!(tables.strings.is_hidden(StringIndex(2)) && !tables.strings.is_hidden(StringIndex(3)));
    }
}

#[test]
fn a_copy_differs_in_hidden_strings_only() {
    let text = all_kinds();
    let (before, _) = text.split_once("\"strings\"").unwrap();
    let quoted: Vec<String> = SHOWN.iter().map(|s| format!("{s:?}")).collect();
    let expected = format!("{before}\"strings\":[{}]}}", quoted.join(","));
    for size in [1, 2, 3, 7, 50, 100_000] {
        let copied = copy_cut(text.as_bytes(), |_| size).unwrap();
        assert_eq!(
            std::str::from_utf8(&copied).unwrap(),
            expected,
            "chunks of {size}"
        );
    }
}

#[test]
fn names_of_traced_functions_stay() {
    let text = SMALL.replace(
        r#""trace_function_infos":[]"#,
        r#""trace_function_infos":[1,2,0,71,1,1]"#,
    );
    assert_eq!(
        read_cut(text.as_bytes(), REDACT, |left| left)
            .unwrap()
            .strings
            .get(StringIndex(2)),
        "päss 😀"
    );
    let copied = copy_cut(text.as_bytes(), |left| left).unwrap();
    assert_eq!(strings(&read(&copied).unwrap())[2], "päss 😀");
}

#[test]
fn a_copy_of_a_copy_is_the_copy() {
    let once = copy_cut(SMALL.as_bytes(), |left| left).unwrap();
    assert!(!String::from_utf8_lossy(&once).contains("ss "));
    assert_eq!(copy_cut(&once, |left| left).unwrap(), once);
}

#[test]
fn a_copy_is_refused_where_the_bytes_are_no_snapshot() {
    let code = |text: &str| copy_cut(text.as_bytes(), |_| 9).unwrap_err().code;
    assert_eq!(
        code(&SMALL[..SMALL.len() - 1]),
        "ERR_LEAKGUARD_SNAPSHOT_TRUNCATED"
    );
    assert_eq!(code(&format!("{SMALL}x")), "ERR_LEAKGUARD_SNAPSHOT_SYNTAX");
    assert_eq!(
        code(&SMALL.replace("[9,0,1", "[9,\"\",1")),
        "ERR_LEAKGUARD_SNAPSHOT_FORMAT"
    );
}
