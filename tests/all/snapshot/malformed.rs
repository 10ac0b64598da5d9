//! Each way to be broken, its code, its section, its byte.

use super::support::{SMALL, read, read_cut};
use leakguard::snapshot::ReadOptions;

const SYNTAX: &str = "SYNTAX";
const FORMAT: &str = "FORMAT";
const TOO_LARGE: &str = "TOO_LARGE";
const TRUNCATED: &str = "TRUNCATED";

/// What is broken, how (`old` becomes `new`, in which `§` stands before the byte that is reported), code, section.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    // The document.
    ("root is an array", r#"{"snapshot":{"meta""#, r#"§[{"snapshot":{"meta""#, FORMAT, "document"),
    ("NUL first", r#"{"snapshot":{"meta""#, "§\0{\"snapshot\":{\"meta\"", SYNTAX, "document"),
    ("trailing garbage", r#""key"]}"#, r#""key"]}§x"#, SYNTAX, "document"),
    ("two documents", r#""key"]}"#, r#""key"]}§{}"#, SYNTAX, "document"),
    ("trailing NUL", r#""key"]}"#, "\"key\"]}§\0", SYNTAX, "document"),
    ("comma before the end", r#""key"]}"#, r#""key"],§}"#, SYNTAX, "document"),
    ("no comma between sections", "],\n\"edges\"", "]\n§\"edges\"", SYNTAX, "document"),
    ("no colon", r#""nodes":["#, r#""nodes"§["#, SYNTAX, "nodes"),
    ("wrong bracket", r#""key"]}"#, r#""key"]§]"#, SYNTAX, "document"),
    ("cut after the last bracket", r#""key"]}"#, r#""key"]§"#, TRUNCATED, "document"),
    ("unknown key, broken value", r#""samples":[]"#, r#""samples":[1,§]"#, SYNTAX, "unknown"),
    ("unknown key, wrong bracket", r#""samples":[]"#, r#""samples":[{"a":[§}]"#, SYNTAX, "unknown"),
    ("unknown key, bad number", r#""samples":[]"#, r#""samples":[0§1]"#, SYNTAX, "unknown"),
    ("unknown key, bad escape", r#""samples":[]"#, r#""samples":["\§q"]"#, SYNTAX, "unknown"),
    // The header.
    ("snapshot twice", r#""nodes":["#, r#""snapshot":§{},"nodes":["#, FORMAT, "snapshot"),
    ("snapshot is a number", r#"{"snapshot":{"meta""#, r#"{"snapshot":§1,"x":{"meta""#, FORMAT, "snapshot"),
    ("meta is an array", r#"{"meta":{"#, r#"{"meta":§[],"x":{"#, FORMAT, "snapshot"),
    ("no node_fields", r#"{"node_fields""#, r#"{"x""#, FORMAT, "snapshot§4096}"),
    ("node_fields is a string", r#"["type","name","id","self_size","edge_count","detachedness"]"#, r#""type§""#, FORMAT, "snapshot"),
    ("node_fields has a number", r#"["type","name","id""#, r#"["type","name",§1,"id""#, FORMAT, "snapshot"),
    ("node_fields twice", r#"{"node_fields""#, r#"{"node_fields":["id"],"node_fields§""#, FORMAT, "snapshot"),
    ("17 node fields", r#"["type","name","id""#, r#"["1","2","3","4","5","6","7","8","9","a","b","type","name","id""#, FORMAT, "snapshot§4096}"),
    ("no edge_count field", r#""edge_count","detach"#, r#""x","detach"#, FORMAT, "snapshot§4096}"),
    ("node_types is flat", r#""node_types":[["#, r#""node_types":["x§",["#, FORMAT, "snapshot"),
    ("no edge_types", r#""edge_types""#, r#""x""#, FORMAT, "snapshot§4096}"),
    ("node_count negative", r#""node_count":5"#, r#""node_count":-§5"#, FORMAT, "snapshot"),
    ("node_count a float", r#""node_count":5"#, r#""node_count":5.§0"#, FORMAT, "snapshot"),
    ("node_count a string", r#""node_count":5"#, r#""node_count":"5§""#, FORMAT, "snapshot"),
    ("node_count gigantic", r#""node_count":5"#, r#""node_count":9999999999999999999999§9"#, TOO_LARGE, "snapshot"),
    ("edge_count beyond 32 bits", r#""edge_count":6"#, r#""edge_count":429496729§6"#, TOO_LARGE, "snapshot"),
    // Rows.
    ("nodes twice", r#""edges":["#, r#""nodes":§[],"edges":["#, FORMAT, "nodes"),
    ("nodes is an object", r#""nodes":["#, r#""nodes":§{},"x":["#, FORMAT, "nodes"),
    ("nodes is null", r#""nodes":["#, r#""nodes":nul§l,"x":["#, FORMAT, "nodes"),
    ("negative number", "[9,0,1,", "[9,0,§-1,", FORMAT, "nodes"),
    ("float", "[9,0,1,", "[9,0,1§.5,", FORMAT, "nodes"),
    ("exponent", "[9,0,1,", "[9,0,1§e5,", FORMAT, "nodes"),
    ("string among numbers", "[9,0,1,", "[9,0,§\"1\",", FORMAT, "nodes"),
    ("array among numbers", "[9,0,1,", "[9,0,§[1],", FORMAT, "nodes"),
    ("null among numbers", "[9,0,1,", "[9,0,§null,", FORMAT, "nodes"),
    ("NUL among numbers", "[9,0,1,", "[9,0,§\x001,", SYNTAX, "nodes"),
    ("two commas", "[9,0,1,", "[9,0,§,1,", SYNTAX, "nodes"),
    ("comma at the end", "0,2],\n", "0,2,§],\n", SYNTAX, "nodes"),
    ("no comma", "[9,0,1,", "[9,0 §1,", SYNTAX, "nodes"),
    ("letter after a number", "[9,0,1,", "[9,0§x,1,", SYNTAX, "nodes"),
    ("number beyond 64 bits", "[9,0,1,", "[9,0,1844674407370955161§6,", TOO_LARGE, "nodes"),
    ("number of a hundred digits", "[9,0,1,", "[9,0,10000000000000000000§000000000000000000000000000000,", TOO_LARGE, "nodes"),
    ("name beyond 32 bits", "3,1,3,24", "§3,4294967296,3,24", TOO_LARGE, "nodes"),
    ("edge counts beyond 32 bits in sum", "3,1,3,24,3,0", "§3,1,3,24,4294967295,0", TOO_LARGE, "nodes"),
    ("last row is cut", "0,2],\n", "0§],\n", FORMAT, "nodes"),
    ("more nodes than the header says", "8,5,8,5000000000,0,2]", "8,5,8,5000000000,0,2,§8,5,8,1,0,2]", FORMAT, "nodes"),
    ("fewer nodes than the header says", ",8,5,8,5000000000,0,2]", "§]", FORMAT, "nodes"),
    ("no nodes", r#""nodes":[9,0,1,0,2,0,3,1,3,24,3,0,2,2,5,32,0,0,5,3,7,64,1,0,8,5,8,5000000000,0,2]"#, r#""nodes":[§]"#, FORMAT, "nodes"),
    ("name that is no string", "3,1,3,24", "§3,7,3,24", FORMAT, "nodes"),
    ("no section nodes", r#""nodes":["#, r#""x":["#, FORMAT, "document§"),
    ("edge to the middle of a node", "2,4,12", "§2,4,13", FORMAT, "edges"),
    ("edge beyond the nodes", "2,4,12", "§2,4,30", FORMAT, "edges"),
    ("edge beyond all nodes there may be", "2,4,12", "§2,4,25769803776", FORMAT, "edges"),
    ("edge name that is no string", "2,4,12", "§2,7,12", FORMAT, "edges"),
    ("edge name beyond 32 bits", "2,4,12", "§2,4294967296,12", TOO_LARGE, "edges"),
    ("more edges than the header says", "6,6,6]", "6,6,6,§6,6,6]", FORMAT, "edges"),
    ("fewer edges than the header says", ",6,6,6]", "§]", FORMAT, "edges"),
    ("nodes claim fewer edges", "5,3,7,64,1,0", "5,3,7,64,0,0", FORMAT, "edges§[1,1,6"),
    ("edges twice", r#""samples":["#, r#""edges":§["#, FORMAT, "edges"),
    ("no section edges", r#""edges":["#, r#""x":["#, FORMAT, "document§"),
    ("location of no node", "[18,71,", "[§19,71,", FORMAT, "locations"),
    ("location beyond the nodes", "[18,71,", "[§30,71,", FORMAT, "locations"),
    ("line beyond 32 bits", "[18,71,11,", "[§18,71,4294967296,", TOO_LARGE, "locations"),
    ("location cut", "6,71,2,0]", "6,71,2§]", FORMAT, "locations"),
    // Strings.
    ("number among strings", r#""handler","data""#, r#""handler",§5,"data""#, FORMAT, "strings"),
    ("null among strings", r#""handler","data""#, r#""handler",§null,"data""#, FORMAT, "strings"),
    ("no comma between strings", r#""handler","data""#, r#""handler"§"data""#, SYNTAX, "strings"),
    ("comma at the end of strings", r#""key"]"#, r#""key",§]"#, SYNTAX, "strings"),
    ("bad escape", r#""handler","data""#, r#""handler","\§adata""#, SYNTAX, "strings"),
    ("bad hex", r#""handler","data""#, r#""handler","\u00§g0data""#, SYNTAX, "strings"),
    ("strings twice", r#""key"]"#, r#""key"],"strings":§[]"#, FORMAT, "strings"),
    ("no section strings", r#""strings":["#, r#""x":["#, FORMAT, "document§"),
];

/// Breaks the small heap: the text, the section and the byte to expect.
fn broken(old: &str, new: &str, section: &str) -> (String, String, usize) {
    let text = SMALL.replacen(old, &new.replace('§', ""), 1);
    let (name, marker) = section.split_once('§').unwrap_or((section, ""));
    let at = match (new.find('§'), section.contains('§')) {
        (Some(within), _) => SMALL.find(old).unwrap() + within,
        (None, true) if marker.is_empty() => text.len(),
        // The header is judged at its closing brace, a section at its opening bracket.
        (None, true) => {
            text.find(marker).unwrap()
                + if marker.ends_with('}') {
                    marker.len() - 1
                } else {
                    0
                }
        }
        (None, false) => panic!("{new} does not say where"),
    };
    (text, name.to_owned(), at)
}

#[test]
fn each_kind_of_broken_input_has_its_code_section_and_byte() {
    for &(name, old, new, code, section) in TABLE {
        assert!(SMALL.contains(old), "{name}: nothing to break");
        let (text, section, at) = broken(old, new, section);
        for size in [text.len(), 1, 7] {
            let error = read_cut(text.as_bytes(), ReadOptions::default(), |_| size).err();
            let error = error.unwrap_or_else(|| panic!("{name} is accepted"));
            assert_eq!(
                error.code,
                format!("ERR_LEAKGUARD_SNAPSHOT_{code}"),
                "{name}: {error}"
            );
            let place = format!("(section {section}, byte {at})");
            assert!(
                error.message.ends_with(&place),
                "{name}: {error}, expected {place}"
            );
        }
    }
}

#[test]
fn nothing_and_next_to_nothing_are_truncated_or_no_snapshot() {
    let code = |text: &[u8]| {
        read(text)
            .unwrap_err()
            .code
            .trim_start_matches("ERR_LEAKGUARD_SNAPSHOT_")
            .to_owned()
    };
    assert_eq!(code(b""), TRUNCATED);
    assert_eq!(code(b" \n"), TRUNCATED);
    assert_eq!(code(b"{}"), FORMAT);
    assert_eq!(code(b"null"), FORMAT);
    assert_eq!(code(b"\"text\""), FORMAT);
    assert_eq!(code(b"<html>"), SYNTAX);
    assert_eq!(code(b"\x1f\x8b\x08"), SYNTAX);
}

#[test]
fn a_million_open_brackets_under_an_unknown_key_are_just_read() {
    let deep = format!("{}{}", "[{\"a\":".repeat(500_000), "1");
    let closing = "}]".repeat(500_000);
    let text = SMALL.replace(r#""samples":[]"#, &format!("\"samples\":{deep}{closing}"));
    assert_eq!(read(text.as_bytes()).unwrap().node_count(), 5);
    let header = SMALL.replace(
        r#""node_count":5"#,
        &format!("\"x\":{deep}{closing},\"node_count\":5"),
    );
    assert_eq!(read(header.as_bytes()).unwrap().node_count(), 5);
}

#[test]
fn the_first_error_stays() {
    let mut reader = leakguard::snapshot::SnapshotReader::new(ReadOptions::default());
    let first = reader.push(b"{]").unwrap_err();
    assert_eq!(reader.push(SMALL.as_bytes()).unwrap_err(), first);
    assert_eq!(reader.finish().unwrap_err(), first);
}
