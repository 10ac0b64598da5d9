//! Broken at random: never a panic, the same answer whatever the chunks, the naive reader's answer where it has one.

use leakguard::error::Error;
use leakguard::snapshot::{ReadOptions, Tables};

use super::naive;
use super::support::{Chance, assert_same, assert_same_but_strings, copy_cut, good, read, read_cut, strings};

const TOKENS: [&str; 30] = [
    ",",
    "[",
    "]",
    "{",
    "}",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "0",
    "-1",
    "1.5",
    "1e9",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "99999999",
    "100000000",
    "null",
    "true",
    "\0",
    "\n",
    " ",
    "\u{FEFF}",
    "é",
    "\"nodes\":[],",
    "\"strings\":[\"\"],",
    "\"x\":{\"y\":[[[[",
];

fn mutate(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=chance.below(3) {
        let (at, to) = (chance.below(bytes.len()), chance.below(bytes.len()));
        let (from, to) = (at.min(to), at.max(to).min(at.min(to) + 60));
        match chance.below(6) {
            0 => bytes[at] = chance.below(256) as u8,
            1 => bytes[at] ^= 1 << chance.below(8),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => drop(bytes.splice(at..at, TOKENS[chance.below(TOKENS.len())].bytes())),
            _ => bytes.truncate(at + 1),
        }
    }
    bytes
}

fn same(a: &Result<Tables, Error>, b: &Result<Tables, Error>) {
    match (a, b) {
        (Ok(a), Ok(b)) => assert_same(a, b),
        (Err(a), Err(b)) => assert_eq!(a, b),
        _ => panic!("{:?} but {:?}", a.as_ref().err(), b.as_ref().err()),
    }
}

#[test]
fn thousands_of_broken_snapshots_are_answered_the_same_in_any_chunks() {
    let mut chance = Chance(0x5EED_1234_5678);
    let texts = good();
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..20_000 {
        let bytes = mutate(&texts[round % texts.len()], &mut chance);
        let whole = read(&bytes);
        let options = ReadOptions {
            redact: false,
            size_bytes: Some(bytes.len() as u64),
        };
        same(&whole, &read_cut(&bytes, options, |_| 1 + chance.below(64)));
        let hidden = read_cut(
            &bytes,
            ReadOptions {
                redact: true,
                size_bytes: None,
            },
            |_| 1 + chance.below(64),
        );
        let copied = copy_cut(&bytes, |_| 1 + chance.below(64));
        if let Ok(tables) = &whole {
            accepted += 1;
            let hidden = hidden.unwrap();
            assert_same_but_strings(tables, &hidden);
            let copied = copied.unwrap();
            let copied = read(&copied).unwrap();
            assert_same_but_strings(tables, &copied);
            let emptied: Vec<_> = strings(&hidden)
                .into_iter()
                .map(|s| s.replace("(string)", ""))
                .collect();
            assert_eq!(emptied, strings(&copied));
            // Where JSON is stricter than this reader (invalid UTF-8, leading zeros) there is nothing to compare.
            let text = std::str::from_utf8(&bytes).unwrap_or("");
            if serde_json::from_str::<serde_json::Value>(text).is_ok() {
                assert_same(tables, &naive::read(text));
            }
        } else {
            refused += 1;
            assert!(hidden.is_err());
        }
    }
    assert!(
        accepted > 500 && refused > 5_000,
        "{accepted} accepted, {refused} refused: the mutations do not bite"
    );
}

#[test]
fn every_beginning_of_a_snapshot_is_truncated() {
    for text in good() {
        for end in 0..text.len() {
            let error = read(&text.as_bytes()[..end]).unwrap_err();
            assert_eq!(error.code, "ERR_LEAKGUARD_SNAPSHOT_TRUNCATED", "{end}: {error}");
            assert!(error.message.ends_with(&format!("byte {end})")), "{end}: {error}");
        }
    }
}
