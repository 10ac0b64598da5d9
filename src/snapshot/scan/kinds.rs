//! Types by name, as `meta` lists them.

use super::super::kinds::{EdgeKind, NodeKind};

/// The kind of a node, by V8's word for it.
pub fn node_kind(name: &str) -> NodeKind {
    match name {
        "hidden" => NodeKind::Hidden,
        "array" => NodeKind::Array,
        "string" => NodeKind::String,
        "object" => NodeKind::Object,
        "code" => NodeKind::Code,
        "closure" => NodeKind::Closure,
        "regexp" => NodeKind::RegExp,
        "number" => NodeKind::Number,
        "native" => NodeKind::Native,
        "synthetic" => NodeKind::Synthetic,
        "concatenated string" => NodeKind::ConcatenatedString,
        "sliced string" => NodeKind::SlicedString,
        "symbol" => NodeKind::Symbol,
        "bigint" => NodeKind::BigInt,
        "object shape" => NodeKind::ObjectShape,
        _ => NodeKind::Unknown,
    }
}

/// The kind of an edge, by V8's word for it.
pub fn edge_kind(name: &str) -> EdgeKind {
    match name {
        "context" => EdgeKind::Context,
        "element" => EdgeKind::Element,
        "property" => EdgeKind::Property,
        "internal" => EdgeKind::Internal,
        "hidden" => EdgeKind::Hidden,
        "shortcut" => EdgeKind::Shortcut,
        "weak" => EdgeKind::Weak,
        _ => EdgeKind::Unknown,
    }
}
