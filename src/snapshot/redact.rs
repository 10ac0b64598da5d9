//! A copy of a snapshot without what the program stored: a filter from chunks to chunks, in one pass. Knows which bytes
//! go; the rule is that of `usage.rs`, and the text of hidden strings is empty in the copy.
//!
//! V8 writes strings last, when it is known what they name; a snapshot that has them before its nodes and edges is
//! refused (`ERR_LEAKGUARD_SNAPSHOT_ORDER`). One that has its edges before its nodes is copied, but what names its
//! properties is told by how it reads alone. Everything else passes as it is, byte for byte, sections that this crate
//! does not know included: V8 writes none.
//!
//! Memory: 9 bytes a node, two bits a string, 8 bytes for each string that code has, and a string of two KiB.

use std::mem::take;

use super::keys::DICTIONARY_MIN;
use super::kinds::{EdgeKind, NodeKind};
use super::scan::{Code, Header, Refusal, Row, Scanner, Section, Sink};
use super::usage::{From, Globals, Shown, Usage};
use crate::error::Result;

/// A copy being made.
#[derive(Debug)]
pub struct RedactingCopy {
    scanner: Scanner,
    filter: Filter,
}

impl Default for RedactingCopy {
    fn default() -> Self {
        Self::new()
    }
}

impl RedactingCopy {
    /// A copy before the first byte.
    pub fn new() -> Self {
        Self {
            scanner: Scanner::new(),
            filter: Filter::default(),
        }
    }

    /// Reads the next chunk and appends what it becomes to `out`; nothing when it is refused. O(chunk).
    ///
    /// # Errors
    /// Those of [`super::SnapshotReader`] that need no tables, and the order of sections. What was written before an
    /// error is redacted, but no snapshot.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let base = self.scanner.position();
        self.scanner.push(chunk, &mut self.filter)?;
        let within = |at: u64| (at.saturating_sub(base) as usize).min(chunk.len());
        let mut copied = 0;
        for cut in self.filter.cuts.drain(..) {
            out.extend_from_slice(&chunk[copied..within(cut.from)]);
            out.extend_from_slice(&cut.instead);
            copied = within(cut.to);
        }
        let end = self.filter.held_from.map_or(chunk.len(), within);
        out.extend_from_slice(&chunk[copied..end]);
        self.filter.hold(&chunk[end..]);
        Ok(())
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.scanner.position()
    }

    /// To be called after the last chunk.
    ///
    /// # Errors
    /// The bytes are no whole snapshot.
    pub fn finish(self) -> Result<()> {
        Ok(self.scanner.finish()?)
    }
}

/// Bytes of the file that do not pass.
#[derive(Debug)]
struct Cut {
    from: u64,
    to: u64,
    instead: Vec<u8>,
}

#[derive(Debug, Default)]
struct Filter {
    node_kinds: Vec<NodeKind>,
    edge_kinds: Vec<EdgeKind>,
    node_fields: u64,
    node: [usize; 3],
    edge: [usize; 3],
    function: [usize; 2],
    /// Kind, name and number of edges, by node.
    nodes: (Vec<NodeKind>, Vec<u32>, Vec<u32>),
    /// The node whose edges are read now, and how many of them are to come.
    from: (usize, u32),
    globals: Globals,
    is_global: bool,
    has_nodes: bool,
    has_edges: bool,
    usage: Usage,
    /// Index of the next string.
    string: u32,
    /// Whole cuts within the chunk at hand.
    cuts: Vec<Cut>,
    /// Begin of the string whose end is not known yet.
    held_from: Option<u64>,
    /// What of it stood in earlier chunks, as it stands in the file; only as much as may be shown.
    held: Vec<u8>,
    /// The string itself, as far as it must be known.
    text: Vec<u8>,
    text_bytes_max: usize,
}

/// Bytes that a byte of a text takes in the file, at most.
const ESCAPE_BYTES_MAX: usize = 6;

impl Filter {
    /// Keeps bytes of a string that goes on in the next chunk.
    fn hold(&mut self, bytes: &[u8]) {
        let room = (self.text_bytes_max * ESCAPE_BYTES_MAX).saturating_sub(self.held.len());
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The node that the next edge comes from.
    #[inline(always)]
    fn next_from(&mut self) -> Option<From> {
        let (kinds, names, edges) = &self.nodes;
        let (at, left) = &mut self.from;
        while *left == 0 {
            *at += 1;
            *left = *edges.get(*at - 1)?;
            self.is_global = *left > DICTIONARY_MIN && self.globals.has(*at as u32 - 1);
        }
        *left -= 1;
        let node = *at - 1;
        Some(From {
            kind: kinds[node],
            name: names[node],
            edges: edges[node],
            is_global: self.is_global,
        })
    }
}

/// As much of a 64-bit number as an index can be.
fn index(number: u64) -> u32 {
    number.min(u64::from(u32::MAX)) as u32
}

impl Sink for Filter {
    fn begin(&mut self, header: Header, _at: u64) -> std::result::Result<(), Refusal> {
        self.node_fields = header.node_fields as u64;
        self.node = [header.node.kind, header.node.name, header.node.edge_count];
        self.edge = [header.edge.kind, header.edge.label, header.edge.to];
        self.function = header.function.map_or([0, 0], |(_, names)| names);
        self.node_kinds = header.node_kinds;
        self.edge_kinds = header.edge_kinds;
        Ok(())
    }

    fn open(&mut self, section: Section, _at: u64) -> std::result::Result<(), Refusal> {
        if section == Section::Strings {
            if !(self.has_nodes && self.has_edges) {
                let what = "the section stands before the nodes and edges that say which strings are names";
                return Err(Refusal::new(Code::Order, what));
            }
            self.nodes = Default::default();
            self.usage.seal();
        }
        Ok(())
    }

    #[inline(always)]
    fn node(&mut self, row: &Row, at: u64) -> std::result::Result<(), Refusal> {
        let [kind, name, edges] = self.node.map(|field| row[field % row.len()]);
        let kind = self
            .node_kinds
            .get(kind as usize)
            .copied()
            .unwrap_or(NodeKind::Unknown);
        self.usage.node(kind, index(name), at);
        self.nodes.0.push(kind);
        self.nodes.1.push(index(name));
        self.nodes.2.push(index(edges));
        Ok(())
    }

    #[inline(always)]
    fn edge(&mut self, row: &Row, at: u64) -> std::result::Result<(), Refusal> {
        let [kind, label, to] = self.edge.map(|field| row[field % row.len()]);
        let kind = self
            .edge_kinds
            .get(kind as usize)
            .copied()
            .unwrap_or(EdgeKind::Unknown);
        let from = self.next_from();
        let to = to / self.node_fields;
        let about = self
            .nodes
            .0
            .get(to as usize)
            .map(|kind| (*kind, self.nodes.1[to as usize]));
        if let Some((to_kind, _)) = about.filter(|_| from.is_some()) {
            self.globals
                .edge(self.from.0 as u32 - 1, kind, to as u32, to_kind);
        }
        self.usage.edge(from, kind, index(label), about, at);
        Ok(())
    }

    fn location(&mut self, _row: &Row, _at: u64) -> std::result::Result<(), Refusal> {
        Ok(())
    }

    fn function(&mut self, row: &Row) -> std::result::Result<(), Refusal> {
        for name in self.function.map(|field| row[field % row.len()]) {
            self.usage.mark(index(name), 0);
        }
        Ok(())
    }

    fn string_open(&mut self, at: u64) {
        self.text.clear();
        self.held.clear();
        self.text_bytes_max = self.usage.text_bytes_max(self.string);
        self.held_from = Some(at + 1);
    }

    #[inline]
    fn string_piece(&mut self, piece: &[u8]) {
        let room = self.text_bytes_max.saturating_sub(self.text.len());
        self.text.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn string_close(&mut self, at: u64) -> std::result::Result<(), Refusal> {
        let from = self.held_from.take().unwrap_or(at);
        let cut = match self.usage.shown(self.string, &self.text) {
            Shown::All if self.held.is_empty() => None,
            // What stands in this chunk passes; what stood before it was held back.
            Shown::All => Some((from, take(&mut self.held))),
            Shown::Instead(text) => Some((at, escaped(&text))),
            Shown::Nothing => Some((at, Vec::new())),
        };
        if let Some((to, instead)) = cut {
            self.cuts.push(Cut { from, to, instead });
        }
        let next = self.string.checked_add(1);
        self.string = next.ok_or_else(|| Refusal::new(Code::TooLarge, "more strings than 32 bits count"))?;
        Ok(())
    }

    fn close(&mut self, section: Section) -> std::result::Result<(), Refusal> {
        match section {
            Section::Nodes => self.has_nodes = true,
            Section::Edges => self.has_edges = true,
            _ => {}
        }
        Ok(())
    }
}

/// A text as it stands between two quotes.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in String::from_utf8_lossy(text).as_bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out
}
