//! The route that a framework found for a request, as a pattern and never the URL. Frameworks that leave none on Node's own
//! objects keep it in theirs, which refer to Node's: where somebody still holds one of these, the pattern is read there.
//! Knows how frameworks lay out their requests, and no verdict.

use std::collections::HashMap;

use super::followed::end_of;
use crate::snapshot::{EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

/// A link on the way.
enum Link {
    Property(&'static str),
    First,
    Last,
}

use Link::{First, Last, Property};

/// An object of a framework: the way to Node's request or response, which begins with a property, and to the pattern.
struct Shape {
    begin: &'static str,
    to_life: &'static [Link],
    to_pattern: &'static [Link],
}

/// Fastify 4 and 5 (request, reply), `@koa/router` 8 and later (context), hapi 18 and later (request), Hono 4 on
/// `@hono/node-server` (request), h3 1 (event).
const SHAPES: [Shape; 8] = [
    Shape {
        begin: "raw",
        to_life: &[],
        to_pattern: &[
            Property("<symbol fastify.context>"),
            Property("config"),
            Property("url"),
        ],
    },
    Shape {
        begin: "raw",
        to_life: &[],
        to_pattern: &[
            Property("request"),
            Property("<symbol fastify.context>"),
            Property("config"),
            Property("url"),
        ],
    },
    Shape {
        begin: "req",
        to_life: &[],
        to_pattern: &[Property("_matchedRoute")],
    },
    Shape {
        begin: "res",
        to_life: &[],
        to_pattern: &[Property("_matchedRoute")],
    },
    Shape {
        begin: "raw",
        to_life: &[Property("req")],
        to_pattern: &[Property("route"), Property("path")],
    },
    Shape {
        begin: "raw",
        to_life: &[Property("res")],
        to_pattern: &[Property("route"), Property("path")],
    },
    Shape {
        begin: "raw",
        to_life: &[Property("<symbol incomingKey>")],
        // Of the handlers that matched the last one answers.
        to_pattern: &[
            Property("#matchResult"),
            First,
            Last,
            First,
            Last,
            Property("path"),
        ],
    },
    Shape {
        begin: "node",
        to_life: &[Property("req")],
        to_pattern: &[Property("context"), Property("matchedRoute"), Property("path")],
    },
];
/// Of a method and a pattern, in characters.
const METHOD_MAX: usize = 10;
const PATTERN_MAX: usize = 100;
/// Parts of a string that was put together.
const PARTS_MAX: u32 = 64;

/// The routes of these requests and responses, as `GET /items/:id`; `None` where no framework's object is left that says
/// one. O(nodes + edges).
pub fn routes(tables: &Tables, lives: &[NodeIndex]) -> Vec<Option<String>> {
    let mut found = vec![None; lives.len()];
    let wanted: HashMap<u32, usize> = lives.iter().enumerate().map(|(at, node)| (node.0, at)).collect();
    let strings = 0..tables.strings.len() as u32;
    let begins: HashMap<u32, &str> = strings
        .map(|at| (at, tables.strings.get(StringIndex(at))))
        .filter(|(_, text)| SHAPES.iter().any(|shape| shape.begin == *text))
        .collect();
    for node in tables
        .nodes()
        .filter(|&node| tables.kind(node) == NodeKind::Object)
    {
        let named = tables
            .edges(node)
            .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Property)
            .filter_map(|edge| Some((begins.get(&tables.edge_label(edge))?, tables.edge_to(edge))));
        for (name, end) in named {
            for shape in SHAPES.iter().filter(|shape| shape.begin == *name) {
                let life = along(tables, end, shape.to_life).and_then(|life| wanted.get(&life.0));
                let Some(&at) = life else { continue };
                let pattern = along(tables, node, shape.to_pattern).and_then(|end| text(tables, end));
                if let Some(pattern) = pattern {
                    found[at] = Some(route(tables, lives[at], &pattern));
                }
            }
        }
    }
    found
}

fn along(tables: &Tables, from: NodeIndex, links: &[Link]) -> Option<NodeIndex> {
    links.iter().try_fold(from, |node, link| match link {
        Property(name) => end_of(tables, node, EdgeKind::Property, name),
        First => element(tables, node, |elements| elements.min()),
        Last => element(tables, node, |elements| elements.max()),
    })
}

fn element(
    tables: &Tables,
    node: NodeIndex,
    which: impl Fn(&mut dyn Iterator<Item = (u32, NodeIndex)>) -> Option<(u32, NodeIndex)>,
) -> Option<NodeIndex> {
    let mut elements = tables
        .edges(node)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Element)
        .map(|edge| (tables.edge_label(edge), tables.edge_to(edge)));
    which(&mut elements).map(|(_, end)| end)
}

/// What a string says.
fn text(tables: &Tables, node: NodeIndex) -> Option<String> {
    let mut parts = String::new();
    let mut left = vec![node];
    for _ in 0..PARTS_MAX {
        let Some(part) = left.pop() else {
            // A program's own code may leave a URL there.
            let is_url = parts.contains('#') || parts.contains('?') && parts.contains('=');
            return (!is_url).then(|| parts.chars().take(PATTERN_MAX).collect());
        };
        match tables.kind(part) {
            NodeKind::String => parts.push_str(tables.name(part)),
            NodeKind::ConcatenatedString => {
                for half in ["second", "first"] {
                    left.push(end_of(tables, part, EdgeKind::Internal, half)?);
                }
            }
            _ => return None,
        }
    }
    None
}

fn route(tables: &Tables, life: NodeIndex, pattern: &str) -> String {
    let property = |from, name| end_of(tables, from, EdgeKind::Property, name);
    let request = property(life, "req").unwrap_or(life);
    let method = property(request, "method").and_then(|end| text(tables, end));
    match method {
        Some(method) => {
            let method: String = method.chars().take(METHOD_MAX).collect();
            format!("{method} {pattern}")
        }
        None => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    struct Heap(HeapBuilder);

    impl Heap {
        fn object(&mut self, name: &str) -> NodeIndex {
            self.0.node(NodeKind::Object, name, 8)
        }

        fn string(&mut self, text: &str) -> NodeIndex {
            self.0.node(NodeKind::String, text, 8)
        }

        fn with(&mut self, name: &str, links: &[(&str, NodeIndex)]) -> NodeIndex {
            let node = self.object(name);
            for &(link, end) in links {
                self.0.edge(node, EdgeKind::Property, link, end);
            }
            node
        }

        fn list(&mut self, elements: &[NodeIndex]) -> NodeIndex {
            let list = self.object("Array");
            for (at, &element) in elements.iter().enumerate() {
                self.0.element(list, EdgeKind::Element, at as u32, element);
            }
            list
        }

        fn request(&mut self) -> NodeIndex {
            let method = self.string("GET");
            self.with("IncomingMessage", &[("method", method)])
        }
    }

    #[test]
    fn a_pattern_is_read_off_what_each_framework_keeps() {
        let mut heap = Heap(HeapBuilder::default());
        let requests: Vec<NodeIndex> = (0..6).map(|_| heap.request()).collect();
        let answer = heap.with("ServerResponse", &[("req", requests[0])]);

        let (first, second) = (heap.string("/api"), heap.string("/items/:id"));
        let url = heap
            .0
            .node(NodeKind::ConcatenatedString, "(concatenated string)", 8);
        heap.0
            .edge(url, EdgeKind::Internal, "first", first)
            .edge(url, EdgeKind::Internal, "second", second);
        let config = heap.with("Object", &[("url", url)]);
        let context = heap.with("Context", &[("config", config)]);
        let fastify = heap.with(
            "_Request",
            &[("raw", requests[0]), ("<symbol fastify.context>", context)],
        );
        heap.with("_Reply", &[("raw", answer), ("request", fastify)]);

        let pattern = heap.string("/users/:name");
        heap.with("Object", &[("req", requests[1]), ("_matchedRoute", pattern)]);

        let (path, raw) = (
            heap.string("/h/{id}"),
            heap.with("Object", &[("req", requests[2])]),
        );
        let known = heap.with("Object", &[("path", path)]);
        heap.with("Request", &[("raw", raw), ("route", known)]);

        let (every, path) = (heap.string("*"), heap.string("/things/:id"));
        let handlers: Vec<NodeIndex> = [every, path]
            .into_iter()
            .map(|path| {
                let handler = heap.object("Closure");
                let known = heap.with("Object", &[("path", path)]);
                let pair = heap.list(&[handler, known]);
                heap.list(&[pair])
            })
            .collect();
        let handlers = heap.list(&handlers);
        let matched = heap.list(&[handlers]);
        let raw = heap.with("Request", &[("<symbol incomingKey>", requests[3])]);
        heap.with("HonoRequest", &[("raw", raw), ("#matchResult", matched)]);

        // One that no route matched, and one of which a regular expression is known.
        heap.with("Object", &[("req", requests[4])]);
        let expression = heap.0.node(NodeKind::RegExp, "a", 8);
        heap.with("Object", &[("req", requests[5]), ("_matchedRoute", expression)]);

        let lives: Vec<NodeIndex> = requests.iter().copied().chain([answer]).collect();
        let tables = heap.0.finish();
        let found = routes(&tables, &lives);
        let said: Vec<&str> = found.iter().map(|one| one.as_deref().unwrap_or("")).collect();
        assert_eq!(
            said,
            [
                "GET /api/items/:id",
                "GET /users/:name",
                "GET /h/{id}",
                "GET /things/:id",
                "",
                "",
                "GET /api/items/:id"
            ]
        );
    }
}
