//! Rows to columns: what the reader keeps of each, and what rows must not say.

use super::super::keys::DICTIONARY_MIN;
use super::super::kinds::{EdgeEnd, EdgeKind, NodeIndex, NodeKind, StringIndex};
use super::super::scan::{Code, Header, Refusal, Row, Section, Sink};
use super::super::strings::Strings;
use super::super::tables::{Location, Tables};
use super::super::usage::{From, Globals, Shown, Usage};
use super::bounds::{Largest, Places, beyond, no_node, says};
use super::divisor::Divisor;
use super::odd::Odd;
use super::options::ReadOptions;

/// Rows for which there is room at first, when the file's size does not vouch for the header's counts.
const ROWS_AT_FIRST: usize = 1 << 10;

/// V8's number for a detached node.
const DETACHED: u64 = 2;

/// The tables being filled.
#[derive(Debug, Default)]
pub struct Columns {
    pub tables: Tables,
    pub options: ReadOptions,
    pub header: Option<Header>,
    /// Sum of the edge counts of the nodes so far.
    pub edges_claimed: u32,
    pub node_name_max: Largest,
    pub edge_name_max: Largest,
    /// Edges lead to nodes below it: their number, once it is known.
    edge_to_limit: u32,
    pub location_max: Largest,
    pub places: Places,
    pub odd: Odd,
    pub usage: Usage,
    /// Strings were read with `usage` complete.
    pub is_redacted: bool,
    /// Bytes of the string at hand that are kept.
    text_bytes_max: usize,
    has_nodes: bool,
    has_edges: bool,
    divisor: Divisor,
    node: [usize; 6],
    edge: [usize; 3],
    node_kinds: Vec<NodeKind>,
    edge_kinds: Vec<EdgeKind>,
    nodes_max: usize,
    edges_max: usize,
}

impl Columns {
    pub fn new(options: ReadOptions) -> Self {
        Self {
            options,
            edge_to_limit: EdgeEnd::NODES_MAX,
            ..Self::default()
        }
    }

    /// Rows of so many fields for which the rest of the file has bytes, if its size is known.
    fn vouched(&self, rows: Option<u32>, fields: usize, at: u64) -> usize {
        let left = self.options.size_bytes.map_or(0, |size| size.saturating_sub(at));
        let rows = u64::from(rows.unwrap_or(0));
        // A number takes a digit and a comma.
        if rows * 2 * fields as u64 <= left {
            rows as usize
        } else {
            0
        }
    }

    fn reserve_nodes(&mut self, rows: usize) {
        self.tables.node_kind.reserve_exact(rows);
        self.tables.node_name.reserve_exact(rows);
        self.tables.node_id.reserve_exact(rows);
        self.tables.node_self_bytes.reserve_exact(rows);
        self.tables.first_edge.reserve_exact(rows + 1);
    }

    fn reserve_edges(&mut self, rows: usize) {
        self.tables.edge_label.reserve_exact(rows);
        self.tables.edge_end.reserve_exact(rows);
    }

    #[cold]
    fn grow_nodes(&mut self) -> Result<(), Refusal> {
        let rows = self.tables.node_count();
        let more = more(rows, self.nodes_max).ok_or_else(|| self.too_many("node_count"))?;
        self.reserve_nodes(more);
        Ok(())
    }

    #[cold]
    fn grow_edges(&mut self) -> Result<(), Refusal> {
        let rows = self.tables.edge_count();
        let more = more(rows, self.edges_max).ok_or_else(|| self.too_many("edge_count"))?;
        self.reserve_edges(more);
        Ok(())
    }

    #[cold]
    fn too_many(&self, name: &str) -> Refusal {
        let header = self.header.as_ref();
        let says = header.and_then(|h| {
            if name == "node_count" {
                h.node_count
            } else {
                h.edge_count
            }
        });
        match says {
            Some(count) => Refusal::format(format!("more rows than snapshot.{name} says: {count}")),
            None => Refusal::new(Code::TooLarge, "more rows than 32 bits count"),
        }
    }

    /// Marks the strings that nodes and edges use as names.
    pub fn mark_names(&mut self) {
        let paid_bytes = self.tables.bytes() as u64;
        let tables = &self.tables;
        for (kind, name) in tables.node_kind.iter().zip(&tables.node_name) {
            self.usage.node(*kind, name.0, paid_bytes);
        }
        let about = |node: NodeIndex| {
            Some((
                *tables.node_kind.get(node.0 as usize)?,
                tables.node_name[node.0 as usize].0,
            ))
        };
        let claimed = tables.first_edge.iter().chain([&self.edges_claimed]);
        let mut globals = Globals::default();
        for (node, (first, end)) in tables.nodes().zip(claimed.clone().zip(claimed.skip(1))) {
            let (kind, name) = (tables.kind(node), tables.node_name[node.0 as usize].0);
            let from = From {
                kind,
                name,
                edges: end - first,
                is_global: end - first > DICTIONARY_MIN && globals.has(node.0),
            };
            for at in (*first as usize..*end as usize).take_while(|at| *at < tables.edge_end.len()) {
                let edge = tables.edge_end[at];
                let (label, to) = (tables.edge_label[at], about(edge.to()));
                if let Some((to_kind, _)) = to {
                    globals.edge(node.0, edge.kind(), edge.to().0, to_kind);
                }
                self.usage.edge(Some(from), edge.kind(), label, to, paid_bytes);
            }
        }
        self.usage.seal();
    }
}

/// How many rows to make room for next: as many again, but never beyond what there may be.
fn more(rows: usize, rows_max: usize) -> Option<usize> {
    let left = rows_max.checked_sub(rows).filter(|left| *left > 0)?;
    Some(left.min(rows.max(ROWS_AT_FIRST)))
}

impl Sink for Columns {
    fn begin(&mut self, header: Header, at: u64) -> Result<(), Refusal> {
        let node = header.node;
        // Without the field any other one is read, and its value not used.
        let detachedness = node.detachedness.unwrap_or(node.kind);
        self.node = [
            node.kind,
            node.name,
            node.id,
            node.self_size,
            node.edge_count,
            detachedness,
        ];
        self.edge = [header.edge.kind, header.edge.label, header.edge.to];
        self.node_kinds.clone_from(&header.node_kinds);
        self.edge_kinds.clone_from(&header.edge_kinds);
        // One less than the last index: `first_edge` has an entry more than there are nodes.
        self.nodes_max = header
            .node_count
            .map_or(u32::MAX as usize - 1, |count| count as usize);
        self.edges_max = header
            .edge_count
            .map_or(u32::MAX as usize - 1, |count| count as usize);
        self.divisor = Divisor::new(header.node_fields);
        self.tables.extra_native_bytes = header.extra_native_bytes;
        self.places.snapshot = at;
        self.header = Some(header);
        Ok(())
    }

    fn open(&mut self, section: Section, at: u64) -> Result<(), Refusal> {
        let Some(header) = &self.header else { return Ok(()) };
        match section {
            Section::Nodes => {
                self.places.nodes = at;
                self.reserve_nodes(self.vouched(header.node_count, header.node_fields, at));
            }
            Section::Edges => {
                self.places.edges = at;
                self.reserve_edges(self.vouched(header.edge_count, header.edge_fields, at));
            }
            Section::Strings => {
                self.places.strings = at;
                if self.options.redact && self.has_nodes && self.has_edges {
                    self.mark_names();
                    self.is_redacted = true;
                } else if let Some(size) = self.options.size_bytes {
                    self.tables
                        .strings
                        .reserve_exact(size.saturating_sub(at) as usize);
                }
            }
            Section::Locations | Section::Functions => {}
        }
        Ok(())
    }

    #[inline(always)]
    fn node(&mut self, row: &Row, at: u64) -> Result<(), Refusal> {
        let [kind, name, id, self_size, edge_count, detachedness] =
            self.node.map(|field| row[field % row.len()]);
        let kind = match self.node_kinds.get(kind as usize) {
            Some(known) => *known,
            None => self.odd.node_type(kind),
        };
        if (name | edge_count) >> 32 != 0 {
            return Err(beyond(&[("name", name), ("edge_count", edge_count)]));
        }
        let tables = &mut self.tables;
        if tables.node_kind.len() == tables.node_kind.capacity() || tables.node_kind.len() == self.nodes_max {
            self.grow_nodes()?;
        }
        let tables = &mut self.tables;
        let index = NodeIndex(tables.node_kind.len() as u32);
        if self_size >= u64::from(u32::MAX) {
            tables.large_self_bytes.push((index, self_size));
        }
        if detachedness == DETACHED && self.node[5] != self.node[0] {
            tables.detached.push(index);
        }
        tables.node_kind.push(kind);
        tables.node_name.push(StringIndex(name as u32));
        if id >= u64::from(u32::MAX) {
            tables.large_ids.push((index, id));
        }
        tables.node_id.push(id.min(u64::from(u32::MAX)) as u32);
        tables
            .node_self_bytes
            .push(self_size.min(u64::from(u32::MAX)) as u32);
        tables.first_edge.push(self.edges_claimed);
        let claimed = self.edges_claimed.checked_add(edge_count as u32);
        self.edges_claimed =
            claimed.ok_or_else(|| Refusal::new(Code::TooLarge, "more edges than 32 bits count"))?;
        self.node_name_max.take(name as u32, at);
        Ok(())
    }

    #[inline(always)]
    fn edge(&mut self, row: &Row, at: u64) -> Result<(), Refusal> {
        let [kind, label, to] = self.edge.map(|field| row[field % row.len()]);
        let kind = match self.edge_kinds.get(kind as usize) {
            Some(known) => *known,
            None => self.odd.edge_type(kind),
        };
        let label = match u32::try_from(label) {
            Ok(label) => label,
            // No table has as many places: only that it is one is of use.
            Err(_) if kind.is_numbered() => u32::MAX,
            Err(_) => return Err(beyond(&[("name_or_index", label)])),
        };
        let index = self
            .divisor
            .divide(to)
            .filter(|index| *index < self.edge_to_limit);
        let index = index.ok_or_else(|| no_node("to_node", to))?;
        let tables = &mut self.tables;
        if tables.edge_end.len() == tables.edge_end.capacity() || tables.edge_end.len() == self.edges_max {
            self.grow_edges()?;
        }
        let tables = &mut self.tables;
        tables.edge_label.push(label);
        tables.edge_end.push(EdgeEnd::new(kind, NodeIndex(index)));
        self.edge_name_max
            .take(if kind.is_numbered() { 0 } else { label }, at);
        Ok(())
    }

    fn location(&mut self, row: &Row, at: u64) -> Result<(), Refusal> {
        let Some((_, fields)) = self.header.as_ref().and_then(|header| header.location) else {
            return Ok(());
        };
        let [node, script_id, line, column] =
            [fields.node, fields.script_id, fields.line, fields.column].map(|field| row[field % row.len()]);
        if (script_id | line | column) >> 32 != 0 {
            return Err(beyond(&[
                ("script_id", script_id),
                ("line", line),
                ("column", column),
            ]));
        }
        let node = self
            .divisor
            .divide(node)
            .ok_or_else(|| no_node("object_index", node))?;
        self.location_max.take(node, at);
        let [script_id, line, column] = [script_id, line, column].map(|value| value as u32);
        self.tables.locations.push(Location {
            node: NodeIndex(node),
            script_id,
            line,
            column,
        });
        Ok(())
    }

    fn function(&mut self, row: &Row) -> Result<(), Refusal> {
        let Some((_, names)) = self.header.as_ref().and_then(|header| header.function) else {
            return Ok(());
        };
        if self.options.redact {
            for name in names.map(|field| row[field % row.len()]) {
                self.usage
                    .mark(name.min(u64::from(u32::MAX)) as u32, self.tables.bytes() as u64);
            }
        }
        Ok(())
    }

    fn string_open(&mut self, _at: u64) {
        self.text_bytes_max = if self.is_redacted {
            self.usage.text_bytes_max(self.tables.strings.len() as u32)
        } else {
            usize::MAX
        };
    }

    fn string_piece(&mut self, piece: &[u8]) {
        let strings = &mut self.tables.strings;
        let room = self.text_bytes_max.saturating_sub(strings.open_text().len());
        strings.extend(&piece[..piece.len().min(room)]);
    }

    fn string_close(&mut self, _at: u64) -> Result<(), Refusal> {
        let strings: &mut Strings = &mut self.tables.strings;
        if strings.len() >= u32::MAX as usize {
            return Err(Refusal::new(Code::TooLarge, "more strings than 32 bits count"));
        }
        if !self.is_redacted {
            strings.close();
            return Ok(());
        }
        match self.usage.shown(strings.len() as u32, strings.open_text()) {
            Shown::All => _ = strings.close(),
            Shown::Nothing => strings.close_hidden(),
            Shown::Instead(text) => {
                let text = text.into_owned();
                strings.close_instead(&text);
            }
        }
        Ok(())
    }

    fn close(&mut self, section: Section) -> Result<(), Refusal> {
        let header = self.header.as_ref();
        match section {
            Section::Nodes => {
                let nodes = self.tables.node_count();
                says("node_count", header.and_then(|h| h.node_count), nodes)?;
                if nodes == 0 {
                    return Err(Refusal::format("there are no nodes"));
                }
                self.has_nodes = true;
                if nodes > EdgeEnd::NODES_MAX as usize {
                    return Err(Refusal::new(Code::TooLarge, "more than 2^29 nodes"));
                }
                self.edge_to_limit = nodes as u32;
            }
            Section::Edges => {
                says(
                    "edge_count",
                    header.and_then(|h| h.edge_count),
                    self.tables.edge_count(),
                )?;
                self.has_edges = true;
            }
            Section::Strings => self.tables.strings.shrink_to_fit(),
            Section::Locations | Section::Functions => {}
        }
        Ok(())
    }
}
