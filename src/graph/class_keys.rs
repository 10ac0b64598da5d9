//! Which class a node is of, as a small number: by kind, name and where the constructor stands; plain objects by
//! their properties, functions by name and where they stand.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::snapshot::{EdgeKind, Location, NodeIndex, NodeKind, StringIndex, Tables};

use super::bits::Bits;
use super::mix::{Mix, mix};

/// Number of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassIndex(pub u32);

/// What the nodes of a class have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ClassKey {
    /// All nodes of a kind: strings, arrays, code.
    Kind(NodeKind),
    /// Objects, native things and functions of a name, whose code stands there.
    Named(NodeKind, StringIndex, Option<(u32, u32, u32)>),
    /// Plain objects with these properties: a sum of hashes, and how many.
    Shape(u64, u32),
    /// Prototypes of constructors: they carry the class's name and are none of its objects.
    Prototypes,
}

/// A plain object with more properties is taken for a dictionary: its shape says nothing.
pub(super) const SHAPE_PROPERTIES: u32 = 32;
/// So many shapes are told apart; objects of others are plain objects.
const SHAPES: u32 = 1 << 16;

/// The classes of a heap and the class of each node: 4 bytes a node.
pub(super) struct ClassKeys {
    /// Key and first node, by class.
    pub keys: Vec<(ClassKey, NodeIndex)>,
    /// Class by node.
    pub of_node: Vec<ClassIndex>,
}

/// Looks at every node once, at the properties of plain objects and of functions too.
/// O(nodes + edges of plain objects and functions).
pub(super) fn class_keys(tables: &Tables) -> ClassKeys {
    let mut keys = Keys::new(tables);
    let prototypes = prototypes(tables, &keys.words);
    let mut locations = tables.locations.iter().peekable();
    let of_node = tables.nodes().map(|node| {
        while locations.next_if(|location| location.node < node).is_some() {}
        let location = locations.peek().copied().filter(|location| location.node == node);
        keys.class_of(node, location, prototypes.get(node.0))
    });
    let of_node = of_node.collect();
    let Keys {
        mut found,
        of_shape,
        objects,
        ..
    } = keys;
    let mut keys = ClassKeys {
        keys: std::mem::take(&mut found.keys),
        of_node,
    };
    keep_common_shapes(&mut keys, &mut found, of_shape.values().copied(), objects, tables);
    keys
}

/// The strings that this file looks for.
struct Words {
    object: Option<StringIndex>,
    proto: Option<StringIndex>,
    prototype: Option<StringIndex>,
}

impl Words {
    fn find(tables: &Tables) -> Self {
        let mut words = Self {
            object: None,
            proto: None,
            prototype: None,
        };
        for index in (0..tables.strings.len() as u32).map(StringIndex) {
            match tables.strings.get(index) {
                "Object" => words.object = words.object.or(Some(index)),
                "__proto__" => words.proto = words.proto.or(Some(index)),
                "prototype" => words.prototype = words.prototype.or(Some(index)),
                _ => {}
            }
        }
        words
    }
}

/// Objects to which a function's `prototype` points.
fn prototypes(tables: &Tables, words: &Words) -> Bits {
    let mut found = Bits::new(tables.node_count());
    let Some(StringIndex(prototype)) = words.prototype else {
        return found;
    };
    for function in tables
        .nodes()
        .filter(|&node| tables.kind(node) == NodeKind::Closure)
    {
        for edge in tables.edges(function) {
            let is_name =
                tables.edge_label(edge) == prototype && tables.edge_kind(edge) == EdgeKind::Property;
            let to = tables.edge_to(edge);
            if is_name && tables.kind(to) == NodeKind::Object {
                found.set(to.0);
            }
        }
    }
    found
}

#[derive(Default)]
struct Found {
    keys: Vec<(ClassKey, NodeIndex)>,
    /// Functions, and objects with a location.
    of_key: HashMap<ClassKey, ClassIndex, BuildHasherDefault<Mix>>,
}

impl Found {
    fn add(&mut self, key: ClassKey, node: NodeIndex) -> ClassIndex {
        self.keys.push((key, node));
        ClassIndex(self.keys.len() as u32 - 1)
    }

    fn get(&mut self, key: ClassKey, node: NodeIndex) -> ClassIndex {
        if let Some(&class) = self.of_key.get(&key) {
            return class;
        }
        let class = self.add(key, node);
        self.of_key.insert(key, class);
        class
    }
}

struct Keys<'a> {
    tables: &'a Tables,
    words: Words,
    found: Found,
    /// Classes of objects without a location, by name, plus one; 0 where there is none yet.
    of_name: Vec<u32>,
    of_shape: HashMap<u64, ClassIndex, BuildHasherDefault<Mix>>,
    /// The last one with a location: neighbours are often alike.
    last: Option<(ClassKey, ClassIndex)>,
    /// Plain objects so far.
    objects: u32,
}

impl<'a> Keys<'a> {
    fn new(tables: &'a Tables) -> Self {
        Self {
            tables,
            words: Words::find(tables),
            found: Found::default(),
            of_name: vec![0; tables.strings.len()],
            of_shape: HashMap::default(),
            last: None,
            objects: 0,
        }
    }

    #[inline]
    fn class_of(&mut self, node: NodeIndex, location: Option<&Location>, is_prototype: bool) -> ClassIndex {
        let kind = self.tables.kind(node);
        let name = self.tables.node_name[node.0 as usize];
        match kind {
            _ if is_prototype => self.found.get(ClassKey::Prototypes, node),
            NodeKind::Object if Some(name) == self.words.object => self.plain_object(node),
            NodeKind::Object | NodeKind::Native | NodeKind::Closure => self.named(kind, name, location, node),
            _ => self.kind(kind, node),
        }
    }

    fn kind(&mut self, kind: NodeKind, node: NodeIndex) -> ClassIndex {
        self.found.get(ClassKey::Kind(kind), node)
    }

    fn named(
        &mut self,
        kind: NodeKind,
        name: StringIndex,
        at: Option<&Location>,
        node: NodeIndex,
    ) -> ClassIndex {
        let key = ClassKey::Named(kind, name, at.map(|l| (l.script_id, l.line, l.column)));
        if kind == NodeKind::Object && at.is_none() {
            let slot = &mut self.of_name[name.0 as usize];
            if *slot == 0 {
                *slot = self.found.add(key, node).0 + 1;
            }
            return ClassIndex(*slot - 1);
        }
        match self.last {
            Some((last, class)) if last == key => class,
            _ => {
                let class = self.found.get(key, node);
                self.last = Some((key, class));
                class
            }
        }
    }

    fn plain_object(&mut self, node: NodeIndex) -> ClassIndex {
        self.objects += 1;
        let (mut sum, mut count) = (0u64, 0u32);
        for edge in self.tables.edges(node) {
            let label = self.tables.edge_label(edge);
            if self.tables.edge_kind(edge) == EdgeKind::Property
                && Some(StringIndex(label)) != self.words.proto
            {
                sum = sum.wrapping_add(mix(u64::from(label) + 1));
                count += 1;
            }
        }
        if count == 0 || count > SHAPE_PROPERTIES {
            return self.found_plain(node);
        }
        if let Some(&class) = self.of_shape.get(&sum) {
            return class;
        }
        if self.of_shape.len() >= SHAPES as usize {
            return self.found_plain(node);
        }
        let class = self.found.add(ClassKey::Shape(sum, count), node);
        self.of_shape.insert(sum, class);
        class
    }

    fn found_plain(&mut self, node: NodeIndex) -> ClassIndex {
        plain(&mut self.found, self.tables, node)
    }
}

/// The class of plain objects that have no shape of their own.
fn plain(found: &mut Found, tables: &Tables, node: NodeIndex) -> ClassIndex {
    found.get(
        ClassKey::Named(NodeKind::Object, tables.node_name[node.0 as usize], None),
        node,
    )
}

/// Objects of a shape that hardly any other shares (less than two, or one of a thousand) are plain objects: a long
/// tail of shapes helps nobody. DevTools draws the line at the same place.
fn keep_common_shapes(
    keys: &mut ClassKeys,
    found: &mut Found,
    shapes: impl Iterator<Item = ClassIndex>,
    objects: u32,
    tables: &Tables,
) {
    let mut counts = vec![0u32; keys.keys.len()];
    keys.of_node
        .iter()
        .for_each(|class| counts[class.0 as usize] += 1);
    let least = (objects / 1000).max(2);
    let mut new_class: Vec<u32> = (0..keys.keys.len() as u32).collect();
    let rare: Vec<_> = shapes.filter(|class| counts[class.0 as usize] < least).collect();
    if rare.is_empty() {
        return;
    }
    found.keys = std::mem::take(&mut keys.keys);
    for class in rare {
        let example = found.keys[class.0 as usize].1;
        new_class[class.0 as usize] = plain(found, tables, example).0;
    }
    keys.keys = std::mem::take(&mut found.keys);
    keys.of_node
        .iter_mut()
        .for_each(|class| class.0 = new_class[class.0 as usize]);
}
