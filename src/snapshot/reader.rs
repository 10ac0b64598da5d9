//! The reader of `.heapsnapshot` JSON: chunks in, [`Tables`] out, in one pass. Knows which row goes to which column.
//!
//! It reads what Node 20 to 26, Chrome DevTools and the `heapdump` package write, and other runtimes that write the format.
//! Columns are found by name in `snapshot.meta`; unknown columns, types (kind `Unknown`, whether the header names them or
//! not) and top-level keys are skipped. `snapshot` must precede the sections that it describes; the others come in any
//! order. `locations` may be missing. What is odd is said in [`Tables::notes`].
//!
//! # Strictness
//! Accepted though JSON has it not: leading zeros in rows, raw control characters in strings, invalid UTF-8 and lone
//! surrogates in strings (U+FFFD), a byte order mark. Refused though other readers take it: counts in the header that differ from the rows,
//! a second section of the same name, an index that leads nowhere, a snapshot without nodes.
//!
//! # Errors
//! | code | what |
//! |---|---|
//! | `ERR_LEAKGUARD_SNAPSHOT_SYNTAX` | not JSON |
//! | `ERR_LEAKGUARD_SNAPSHOT_TRUNCATED` | the bytes end before the snapshot does |
//! | `ERR_LEAKGUARD_SNAPSHOT_FORMAT` | JSON, but no heap snapshot, or one that contradicts itself |
//! | `ERR_LEAKGUARD_SNAPSHOT_TOO_LARGE` | a number, table or index beyond 32 bits (sizes, ids: 64), or 2^29 nodes |
//! | `ERR_LEAKGUARD_SNAPSHOT_ORDER` | a section before the one that it needs |
//!
//! Each message ends with the section and the offset of the byte, row or section that is wrong; both are the same
//! whatever the chunks were.
//!
//! # Complexity
//! O(bytes) time. Memory: 17 bytes a node, 8 an edge, 16 a location, 8 a string and its text, once each; the header's
//! counts make room only where `size_bytes` can carry them, else columns double, but not beyond those counts.

mod bounds;
mod columns;
mod divisor;
mod file;
mod odd;
mod options;

use self::bounds::{Largest, within};
use self::columns::Columns;
use super::scan::{Fault, Refusal, Scanner};
use super::tables::Tables;
use super::usage::Shown;
use crate::error::Result;

pub use file::{read_file, read_from, unreadable};
pub use options::ReadOptions;

/// A snapshot being read.
#[derive(Debug)]
pub struct SnapshotReader {
    scanner: Scanner,
    columns: Columns,
}

impl SnapshotReader {
    /// A reader before the first byte.
    pub fn new(options: ReadOptions) -> Self {
        Self {
            scanner: Scanner::new(),
            columns: Columns::new(options),
        }
    }

    /// Reads the next chunk, of any length. O(chunk).
    ///
    /// # Errors
    /// See the module. After one, every further call gives the same.
    pub fn push(&mut self, chunk: &[u8]) -> Result<()> {
        Ok(self.scanner.push(chunk, &mut self.columns)?)
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.scanner.position()
    }

    /// The tables, after the last chunk. O(locations log locations).
    ///
    /// # Errors
    /// What can be told only now: the snapshot is not complete, counts differ, a name or target does not exist.
    pub fn finish(self) -> Result<Tables> {
        self.scanner.finish()?;
        let mut columns = self.columns;
        columns.check()?;
        if columns.options.redact && !columns.is_redacted {
            columns.mark_names();
            let (strings, usage) = (std::mem::take(&mut columns.tables.strings), &mut columns.usage);
            columns.tables.strings = strings.shown(|index, text| match usage.shown(index, text) {
                Shown::All => Some(text.into()),
                Shown::Instead(other) => Some(other),
                Shown::Nothing => None,
            });
        }
        let mut tables = columns.tables;
        tables.notes = columns.odd.notes(&tables);
        tables.first_edge.push(columns.edges_claimed);
        tables
            .locations
            .sort_unstable_by_key(|l| (l.node, l.script_id, l.line, l.column));
        tables.shrink_to_fit();
        Ok(tables)
    }
}

impl Columns {
    /// What could not be known before all sections were there.
    fn check(&self) -> std::result::Result<(), Fault> {
        let (tables, places) = (&self.tables, &self.places);
        let nodes = tables.node_count();
        if self.edges_claimed as usize != tables.edge_count() {
            let what = format!(
                "nodes claim {} edges, but there are {}",
                self.edges_claimed,
                tables.edge_count()
            );
            return Err(Refusal::format(what).at("edges", places.edges));
        }
        // There is a node, so a name, so a string: a largest index of 0, that is none, is within from here on.
        let strings = tables.strings.len();
        within("name", "string", self.node_name_max, strings)
            .map_err(|(r, at)| r.at("nodes", at.max(places.nodes)))?;
        within("name_or_index", "string", self.edge_name_max, strings)
            .map_err(|(r, at)| r.at("edges", at))?;
        // Edges that came after the nodes have been looked at, each at its place.
        let to = tables.edge_end.iter().map(|end| end.to().0).max().unwrap_or(0);
        let largest = Largest {
            value: to,
            at: places.edges,
        };
        within("to_node", "node", largest, nodes).map_err(|(r, at)| r.at("edges", at))?;
        within("object_index", "node", self.location_max, nodes).map_err(|(r, at)| r.at("locations", at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = concat!(
        r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden"]],"#,
        r#""edge_fields":["type","name_or_index","to_node"],"edge_types":[["context"]]},"#,
        r#""node_count":4000000000,"edge_count":4000000000},"nodes":["#,
    );

    /// Bytes that the columns have room for.
    fn room(reader: &SnapshotReader) -> usize {
        let tables = &reader.columns.tables;
        let nodes = tables.node_kind.capacity()
            + 4 * (tables.node_name.capacity() + tables.node_id.capacity())
            + 4 * (tables.node_self_bytes.capacity() + tables.first_edge.capacity());
        nodes + 4 * (tables.edge_label.capacity() + tables.edge_end.capacity())
    }

    #[test]
    fn counts_that_lie_make_no_room() {
        for size_bytes in [None, Some(10_000), Some(10_000_000)] {
            let mut reader = SnapshotReader::new(ReadOptions {
                redact: true,
                size_bytes,
            });
            reader.push(HEADER.as_bytes()).unwrap();
            assert!(room(&reader) <= 16);
            reader.push("0,0,1,0,0,".repeat(10_000).as_bytes()).unwrap();
            // Ten bytes a row came, seventeen are kept, and there may be room for as many again.
            assert!(room(&reader) <= 2 * 17 * 10_240 + 64, "{} bytes", room(&reader));
            let error = reader.push(b"0,0,1,0,0]").unwrap_err();
            assert!(
                error.message.contains("says 4000000000, but there are 10001"),
                "{error}"
            );
        }
    }

    #[test]
    fn counts_that_the_size_can_carry_make_room_once_and_exactly() {
        let header = HEADER.replace("4000000000", "1000");
        let rows = "0,0,1,0,1,".repeat(1000);
        let size_bytes = Some((header.len() + rows.len() + 10_000) as u64);
        let mut reader = SnapshotReader::new(ReadOptions {
            redact: false,
            size_bytes,
        });
        reader.push(header.as_bytes()).unwrap();
        assert_eq!(room(&reader), 17 * 1000 + 4);
        reader.push(rows.trim_end_matches(',').as_bytes()).unwrap();
        reader.push(br#"],"edges":["#).unwrap();
        assert_eq!(room(&reader), 17 * 1000 + 4 + 8 * 1000);
    }
}
