//! What is odd about a file and no reason to refuse it, counted while it is read and said in a line each.

use crate::snapshot::kinds::{EdgeKind, NodeKind};
use crate::snapshot::tables::Tables;

/// Rows of a type that the header does not name.
#[derive(Debug, Default, Clone, Copy)]
struct Unnamed {
    rows: u64,
    first: u64,
}

impl Unnamed {
    fn take(&mut self, kind: u64) {
        if self.rows == 0 {
            self.first = kind;
        }
        self.rows += 1;
    }

    fn note(self, what: &str) -> Option<String> {
        let Self { rows, first } = self;
        let rows_are = if rows == 1 {
            format!("1 {what} is")
        } else {
            format!("{rows} {what}s are")
        };
        (rows > 0).then(|| format!("{rows_are} of a type that the header does not name ({first})"))
    }
}

/// Counted so far.
#[derive(Debug, Default)]
pub struct Odd {
    nodes: Unnamed,
    edges: Unnamed,
}

impl Odd {
    /// What a node of such a type is taken for.
    #[cold]
    pub fn node_type(&mut self, kind: u64) -> NodeKind {
        self.nodes.take(kind);
        NodeKind::Unknown
    }

    /// What an edge of such a type is taken for.
    #[cold]
    pub fn edge_type(&mut self, kind: u64) -> EdgeKind {
        self.edges.take(kind);
        EdgeKind::Unknown
    }

    /// A line for each thing.
    pub fn notes(&self, tables: &Tables) -> Vec<String> {
        let ids = tables.large_ids.len();
        let ids = (ids > 0).then(|| format!("{ids} node ids need more than 32 bits: V8 wrote none of them"));
        let all = [self.nodes.note("node"), self.edges.note("edge"), ids];
        all.into_iter().flatten().collect()
    }
}
