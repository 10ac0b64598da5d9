//! A copy of a snapshot without what the program stored: a filter from chunks to chunks, in one pass. Knows which bytes
//! go; the rule is that of `usage.rs`, and the text of hidden strings is empty in the copy.
//!
//! V8 writes strings last, when it is known what they name; a snapshot that has them before its nodes and edges is
//! refused (`ERR_LEAKGUARD_SNAPSHOT_ORDER`). Everything else passes as it is, byte for byte, sections that this crate
//! does not know included: V8 writes none.
//!
//! Memory: a bit for each string, and some bytes for each hidden string of a chunk while it is copied.

use super::scan::{Code, Header, Refusal, Row, Scanner, Section, Sink};
use super::tables::{EdgeKind, NodeKind};
use super::usage::{LABEL_BYTES_MAX, Usage, label};
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
            out.extend_from_slice(cut.instead);
            copied = within(cut.to);
        }
        let end = self.filter.cut_from.map_or(chunk.len(), within);
        out.extend_from_slice(&chunk[copied..end]);
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
    instead: &'static [u8],
}

#[derive(Debug, Default)]
struct Filter {
    node_kinds: Vec<NodeKind>,
    edge_kinds: Vec<EdgeKind>,
    node: [usize; 2],
    edge: [usize; 2],
    function: [usize; 2],
    has_nodes: bool,
    has_edges: bool,
    usage: Usage,
    /// Index of the next string.
    string: u32,
    /// Whole cuts within the chunk at hand.
    cuts: Vec<Cut>,
    /// The cut that is not ended yet.
    cut_from: Option<u64>,
    /// Begin of the string that is being cut: it may be one of V8's own words.
    held: Vec<u8>,
}

impl Filter {
    fn mark(&mut self, name: u64, at: u64) -> u32 {
        let name = name.min(u64::from(u32::MAX)) as u32;
        self.usage.mark(name, at);
        name
    }
}

impl Sink for Filter {
    fn begin(&mut self, header: Header, _at: u64) -> std::result::Result<(), Refusal> {
        self.node = [header.node.kind, header.node.name];
        self.edge = [header.edge.kind, header.edge.label];
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
            self.usage.seal();
        }
        Ok(())
    }

    #[inline(always)]
    fn node(&mut self, row: &Row, at: u64) -> std::result::Result<(), Refusal> {
        let [kind, name] = self.node.map(|field| row[field % row.len()]);
        let kind = self
            .node_kinds
            .get(kind as usize)
            .copied()
            .unwrap_or(NodeKind::Unknown);
        self.usage.node(kind, name.min(u64::from(u32::MAX)) as u32, at);
        Ok(())
    }

    #[inline(always)]
    fn edge(&mut self, row: &Row, at: u64) -> std::result::Result<(), Refusal> {
        let [kind, label] = self.edge.map(|field| row[field % row.len()]);
        let kind = self
            .edge_kinds
            .get(kind as usize)
            .copied()
            .unwrap_or(EdgeKind::Unknown);
        self.usage.edge(kind, label.min(u64::from(u32::MAX)) as u32, at);
        Ok(())
    }

    fn location(&mut self, _row: &Row, _at: u64) -> std::result::Result<(), Refusal> {
        Ok(())
    }

    fn function(&mut self, row: &Row) -> std::result::Result<(), Refusal> {
        for name in self.function.map(|field| row[field % row.len()]) {
            self.mark(name, 0);
        }
        Ok(())
    }

    fn string_open(&mut self, at: u64) {
        if !self.usage.has(self.string) {
            self.held.clear();
            self.cut_from = Some(at + 1);
        }
    }

    fn string_piece(&mut self, piece: &[u8]) {
        if self.cut_from.is_some() {
            let room = (LABEL_BYTES_MAX + 1).saturating_sub(self.held.len());
            self.held.extend_from_slice(&piece[..piece.len().min(room)]);
        }
    }

    fn string_close(&mut self, at: u64) -> std::result::Result<(), Refusal> {
        if let Some(from) = self.cut_from.take() {
            self.cuts.push(Cut {
                from,
                to: at,
                instead: label(&self.held).unwrap_or_default(),
            });
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
