//! The `snapshot` section: which column means what, by name, whatever their order and number.

use super::super::kinds::{EdgeKind, NodeKind};
use super::fault::{Code, Refusal};
use super::json::{Json, Token};
use super::kinds::{edge_kind, node_kind};
use super::rows::MAX_FIELDS;

/// What the data sections need to know.
#[derive(Debug)]
pub struct Header {
    /// Number of columns of `nodes`.
    pub node_fields: usize,
    pub node: NodeFields,
    /// Kind by number.
    pub node_kinds: Vec<NodeKind>,
    /// Number of columns of `edges`.
    pub edge_fields: usize,
    pub edge: EdgeFields,
    /// Kind by number.
    pub edge_kinds: Vec<EdgeKind>,
    /// Number of columns of `locations` and what they mean; without it the section is skipped.
    pub location: Option<(usize, LocationFields)>,
    /// Number of columns of `trace_function_infos`, and those that are names.
    pub function: Option<(usize, [usize; 2])>,
    /// What the file says of itself.
    pub node_count: Option<u32>,
    pub edge_count: Option<u32>,
    pub extra_native_bytes: u64,
}

/// Columns of `nodes`.
#[derive(Debug, Clone, Copy)]
pub struct NodeFields {
    pub kind: usize,
    pub name: usize,
    pub id: usize,
    pub self_size: usize,
    pub edge_count: usize,
    pub detachedness: Option<usize>,
}

/// Columns of `edges`.
#[derive(Debug, Clone, Copy)]
pub struct EdgeFields {
    pub kind: usize,
    pub label: usize,
    pub to: usize,
}

/// Columns of `locations`.
#[derive(Debug, Clone, Copy)]
pub struct LocationFields {
    pub node: usize,
    pub script_id: usize,
    pub line: usize,
    pub column: usize,
}

/// Lists of `meta` that matter: fields are arrays of strings, types are arrays whose first member is one.
const LISTS: [&str; 6] = [
    "node_fields",
    "edge_fields",
    "location_fields",
    "trace_function_info_fields",
    "node_types",
    "edge_types",
];
const NODE_FIELDS: usize = 0;
const EDGE_FIELDS: usize = 1;
const LOCATION_FIELDS: usize = 2;
const FUNCTION_FIELDS: usize = 3;
const NODE_TYPES: usize = 4;
const EDGE_TYPES: usize = 5;

/// Depth of what stands in the `snapshot` object.
const IN_SNAPSHOT: usize = 2;
/// In its `meta`.
const IN_META: usize = 3;
/// In a list of that.
const IN_LIST: usize = 4;
/// In the first of its types.
const IN_TYPES: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Meta,
    NodeCount,
    EdgeCount,
    ExtraNativeBytes,
    Other,
}

/// Collects the header from tokens.
#[derive(Debug)]
pub struct Collector {
    key: Key,
    list: Option<usize>,
    /// Members seen of the list at hand.
    members: usize,
    lists: [Option<Vec<String>>; LISTS.len()],
    node_count: Option<u32>,
    edge_count: Option<u32>,
    extra_native_bytes: u64,
}

impl Collector {
    pub fn new() -> Self {
        Self {
            key: Key::Other,
            list: None,
            members: 0,
            lists: Default::default(),
            node_count: None,
            edge_count: None,
            extra_native_bytes: 0,
        }
    }

    /// Takes the next token of the section.
    pub fn token(&mut self, token: Token, json: &Json) -> Result<(), Refusal> {
        // Depth at which the token stands: an opening bracket stands where its parent is.
        let opens = matches!(token, Token::OpenArray | Token::OpenObject);
        let depth = json.depth() - usize::from(opens);
        match (depth, token) {
            (IN_SNAPSHOT, Token::Key) => self.snapshot_key(&json.text),
            (IN_META, Token::Key) if self.key == Key::Meta => self.meta_key(&json.text)?,
            (IN_META, Token::Close) => self.list = None,
            (IN_SNAPSHOT, Token::Close) => {}
            (IN_SNAPSHOT, _) => self.snapshot_value(token, json)?,
            (IN_META | IN_LIST | IN_TYPES, _) if self.key == Key::Meta => {
                self.meta_value(depth, token, json)?
            }
            _ => {}
        }
        Ok(())
    }

    fn snapshot_key(&mut self, name: &[u8]) {
        self.list = None;
        self.key = match name {
            b"meta" => Key::Meta,
            b"node_count" => Key::NodeCount,
            b"edge_count" => Key::EdgeCount,
            b"extra_native_bytes" => Key::ExtraNativeBytes,
            _ => Key::Other,
        };
    }

    fn snapshot_value(&mut self, token: Token, json: &Json) -> Result<(), Refusal> {
        let number = || {
            std::str::from_utf8(&json.text)
                .ok()
                .filter(|_| token == Token::Number)
        };
        match self.key {
            Key::Meta if token != Token::OpenObject => Err(Refusal::format("snapshot.meta is not an object")),
            Key::NodeCount => self
                .node_count
                .replace(count("node_count", number())?)
                .map_or(Ok(()), |_| Err(twice("node_count"))),
            Key::EdgeCount => self
                .edge_count
                .replace(count("edge_count", number())?)
                .map_or(Ok(()), |_| Err(twice("edge_count"))),
            Key::ExtraNativeBytes => {
                self.extra_native_bytes = number().and_then(|n| n.parse().ok()).unwrap_or(0);
                Ok(())
            }
            Key::Meta | Key::Other => Ok(()),
        }
    }

    fn meta_key(&mut self, name: &[u8]) -> Result<(), Refusal> {
        self.list = LISTS.iter().position(|list| list.as_bytes() == name);
        self.members = 0;
        match self.list {
            Some(list) if self.lists[list].is_some() => Err(twice(LISTS[list])),
            _ => Ok(()),
        }
    }

    fn meta_value(&mut self, depth: usize, token: Token, json: &Json) -> Result<(), Refusal> {
        let Some(list) = self.list else { return Ok(()) };
        let is_types = list >= NODE_TYPES;
        match (depth, token) {
            (IN_META, Token::OpenArray) => self.lists[list] = Some(Vec::new()),
            (IN_LIST, Token::String) if !is_types => self.push(list, json),
            (IN_TYPES, Token::String) if self.members == 1 => self.push(list, json),
            (IN_LIST, Token::OpenArray) if is_types && self.members == 0 => self.members = 1,
            (IN_LIST, Token::Close) => {}
            // The types of the other columns are none of our business.
            (IN_LIST, _) if is_types && self.members > 0 => self.members = 2,
            (IN_TYPES, _) if is_types && self.members > 1 => {}
            (IN_TYPES, Token::Close) => {}
            _ => {
                return Err(Refusal::format(format!(
                    "snapshot.meta.{} is not the list of names it should be",
                    LISTS[list]
                )));
            }
        }
        Ok(())
    }

    fn push(&mut self, list: usize, json: &Json) {
        if let Some(names) = &mut self.lists[list] {
            names.push(String::from_utf8_lossy(&json.text).into_owned());
        }
    }

    /// The header, when the section has ended.
    pub fn finish(mut self) -> Result<Header, Refusal> {
        let mut take = |list: usize| {
            self.lists[list]
                .take()
                .ok_or_else(|| Refusal::format(format!("snapshot.meta.{} is missing", LISTS[list])))
        };
        let nodes = Fields::new(NODE_FIELDS, take(NODE_FIELDS)?)?;
        let edges = Fields::new(EDGE_FIELDS, take(EDGE_FIELDS)?)?;
        let (node_types, edge_types) = (take(NODE_TYPES)?, take(EDGE_TYPES)?);
        let location = take(LOCATION_FIELDS).ok().and_then(location);
        let function = take(FUNCTION_FIELDS).ok().and_then(function);
        Ok(Header {
            node_fields: nodes.names.len(),
            node: NodeFields {
                kind: nodes.need("type")?,
                name: nodes.need("name")?,
                id: nodes.need("id")?,
                self_size: nodes.need("self_size")?,
                edge_count: nodes.need("edge_count")?,
                detachedness: nodes.find("detachedness"),
            },
            node_kinds: node_types.iter().map(|name| node_kind(name)).collect(),
            edge_fields: edges.names.len(),
            edge: EdgeFields {
                kind: edges.need("type")?,
                label: edges.need("name_or_index")?,
                to: edges.need("to_node")?,
            },
            edge_kinds: edge_types.iter().map(|name| edge_kind(name)).collect(),
            location,
            function,
            node_count: self.node_count,
            edge_count: self.edge_count,
            extra_native_bytes: self.extra_native_bytes,
        })
    }
}

/// Names of the columns of a section.
struct Fields {
    list: usize,
    names: Vec<String>,
}

impl Fields {
    fn new(list: usize, names: Vec<String>) -> Result<Self, Refusal> {
        if names.len() > MAX_FIELDS {
            let what = format!(
                "snapshot.meta.{} has {} names, more than {MAX_FIELDS}",
                LISTS[list],
                names.len()
            );
            return Err(Refusal::format(what));
        }
        Ok(Self { list, names })
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    fn need(&self, name: &str) -> Result<usize, Refusal> {
        self.find(name)
            .ok_or_else(|| Refusal::format(format!("snapshot.meta.{} lacks \"{name}\"", LISTS[self.list])))
    }
}

/// Places whose columns are not to be found are skipped: a heap without them is one.
fn location(names: Vec<String>) -> Option<(usize, LocationFields)> {
    let fields = Fields::new(LOCATION_FIELDS, names).ok()?;
    let columns = LocationFields {
        node: fields.find("object_index")?,
        script_id: fields.find("script_id")?,
        line: fields.find("line")?,
        column: fields.find("column")?,
    };
    Some((fields.names.len(), columns))
}

/// A trace whose names are not to be found is skipped: nothing here needs it.
fn function(names: Vec<String>) -> Option<(usize, [usize; 2])> {
    let fields = Fields::new(FUNCTION_FIELDS, names).ok()?;
    Some((
        fields.names.len(),
        [fields.find("name")?, fields.find("script_name")?],
    ))
}

fn count(name: &str, number: Option<&str>) -> Result<u32, Refusal> {
    let is_integer = number.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    match number.and_then(|n| n.parse().ok()) {
        // One less than the last index: `first_edge` has an entry more than there are nodes.
        Some(count) if count < u32::MAX => Ok(count),
        _ if is_integer => Err(Refusal::new(
            Code::TooLarge,
            format!("snapshot.{name} is beyond 32 bits"),
        )),
        _ => Err(Refusal::format(format!("snapshot.{name} is not a count"))),
    }
}

#[cold]
fn twice(name: &str) -> Refusal {
    Refusal::format(format!("{name} stands there twice"))
}
