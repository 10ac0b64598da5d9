//! Numbers and kinds of nodes, edges and strings, as the columns have them. Knows no column.

/// Index of a node, in the order of the file; the root is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeIndex(pub u32);

/// Index of an edge, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeIndex(pub u32);

/// Index into the string table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StringIndex(pub u32);

/// What V8 says a node is (`node_types` of the snapshot's meta, matched by name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum NodeKind {
    /// V8's own object.
    Hidden,
    /// Backing array of elements, properties, tables.
    Array,
    /// A string.
    String,
    /// A JavaScript object.
    Object,
    /// Code, bytecode, shared function information.
    Code,
    /// A function.
    Closure,
    /// A regular expression.
    RegExp,
    /// A number on the heap.
    Number,
    /// Made by an embedder (Node): handles, backing stores.
    Native,
    /// Roots and other nodes that are no objects.
    Synthetic,
    /// A rope of two strings.
    ConcatenatedString,
    /// A slice of another string.
    SlicedString,
    /// A symbol.
    Symbol,
    /// A big integer.
    BigInt,
    /// A hidden class or its parts.
    ObjectShape,
    /// A type that this reader does not know.
    Unknown,
}

/// Where an edge leads, and of what kind it is, in four bytes: three bits are the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeEnd(u32);

impl EdgeEnd {
    /// Nodes beyond this many have no room beside the kind.
    pub const NODES_MAX: u32 = 1 << 29;

    /// An end; the node's index is below [`Self::NODES_MAX`].
    #[inline]
    pub const fn new(kind: EdgeKind, to: NodeIndex) -> Self {
        Self((kind as u32) << 29 | to.0)
    }

    /// Where the edge leads.
    #[inline]
    pub const fn to(self) -> NodeIndex {
        NodeIndex(self.0 & (Self::NODES_MAX - 1))
    }

    /// Its kind.
    #[inline]
    pub const fn kind(self) -> EdgeKind {
        EdgeKind::ALL[(self.0 >> 29) as usize]
    }
}

/// What V8 says an edge is (`edge_types` of the snapshot's meta, matched by name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EdgeKind {
    /// A variable of a scope; named.
    Context,
    /// An element; numbered.
    Element,
    /// A property; named.
    Property,
    /// V8's own reference; named.
    Internal,
    /// V8's own reference; numbered.
    Hidden,
    /// A shortcut that exists in the snapshot only; named.
    Shortcut,
    /// A weak reference; named.
    Weak,
    /// A type that this reader does not know; taken as numbered and strong.
    Unknown,
}

impl EdgeKind {
    /// All kinds, by their numbers.
    const ALL: [Self; 8] = [
        Self::Context,
        Self::Element,
        Self::Property,
        Self::Internal,
        Self::Hidden,
        Self::Shortcut,
        Self::Weak,
        Self::Unknown,
    ];

    /// Whether [`edge_label`](super::Tables::edge_label) is a number and not a string index.
    pub const fn is_numbered(self) -> bool {
        matches!(self, EdgeKind::Element | EdgeKind::Hidden | EdgeKind::Unknown)
    }
}
