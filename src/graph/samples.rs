//! Some of the things that leak, as facts: their shape and sizes, no value of the program's. Knows graphs, not what grew.

use super::describe::{Step, link_of, node_name};
use super::followed::ends;
use super::graph::HeapGraph;
use crate::finding::{Link, Part, Sample};
use crate::snapshot::{EdgeKind, NodeIndex};

const SAMPLES_MAX: usize = 3;
const PARTS_MAX: usize = 6;
/// A name is no longer, in bytes, and has no more digits.
const NAME_MAX: usize = 40;
const DIGITS_MAX: usize = 2;
/// What stands for a name that is data.
const KEY: &str = "[key]";

/// The object at the end of a path, and others that the container on it holds alike. O(entries of the container).
pub fn samples(graph: &HeapGraph, path: &[Step], container: Option<usize>) -> Vec<Sample> {
    let Some(last) = path.last() else {
        return Vec::new();
    };
    let others = container
        .map(|at| ends(graph.tables(), path, at))
        .unwrap_or_default();
    let mut others: Vec<u32> = others.into_iter().filter(|&node| node != last.node.0).collect();
    // The same ones whatever the order of a set is.
    others.sort_unstable_by(|a, b| b.cmp(a));
    let nodes = [last.node].into_iter().chain(others.into_iter().map(NodeIndex));
    nodes.take(SAMPLES_MAX).map(|node| sample(graph, node)).collect()
}

fn sample(graph: &HeapGraph, node: NodeIndex) -> Sample {
    let tables = graph.tables();
    let named = tables
        .edges(node)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Property)
        .filter_map(|edge| {
            let name = match link_of(tables, node, edge) {
                Link::Property { name } if name == "__proto__" || name == "constructor" => return None,
                Link::Property { name } if is_name(&name) => name,
                Link::Property { .. } => KEY.to_owned(),
                Link::Key => KEY.to_owned(),
                _ => return None,
            };
            let to = tables.edge_to(edge);
            let is_own = graph.is_dominator(node, to);
            Some(Part {
                name,
                class: node_name(tables, to),
                bytes: if is_own {
                    graph.retained_bytes(to) as f64
                } else {
                    0.0
                },
            })
        });
    let mut parts: Vec<Part> = named.take(PARTS_MAX * 16).collect();
    let more = parts.len().saturating_sub(PARTS_MAX) as u32;
    parts.truncate(PARTS_MAX);
    Sample {
        class: node_name(tables, node),
        parts,
        more,
        bytes: graph.retained_bytes(node) as f64,
    }
}

/// Whether a person wrote it: no key of a small table.
fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '#');
    let digits = name.chars().filter(char::is_ascii_digit).count();
    name.len() <= NAME_MAX
        && digits <= DIGITS_MAX
        && name.starts_with(is_letter)
        && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::task::BuildOptions;
    use crate::snapshot::{HeapBuilder, NodeKind};

    #[test]
    fn a_sample_has_names_classes_and_sizes_and_no_value() {
        let mut heap = HeapBuilder::default();
        let session = heap.node(NodeKind::Object, "Session", 40);
        let secret = heap.node(NodeKind::String, "hunter2", 24);
        let shared = heap.node(NodeKind::Object, "Config", 100);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "session", session);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "config", shared);
        heap.edge(session, EdgeKind::Property, "token", secret);
        heap.edge(session, EdgeKind::Property, "config", shared);
        heap.edge(session, EdgeKind::Property, "a@b.example", shared);
        heap.edge(session, EdgeKind::Property, "__proto__", shared);
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let part = |name: &str, class: &str, bytes| Part {
            name: name.into(),
            class: class.into(),
            bytes,
        };
        assert_eq!(
            sample(&graph, session),
            Sample {
                class: "Session".into(),
                parts: vec![
                    part("token", "string", 24.0),
                    part("config", "Config", 0.0),
                    part(KEY, "Config", 0.0),
                ],
                more: 0,
                bytes: 64.0,
            }
        );
    }
}
