//! Random heaps from a seed: rings, edges twice, edges to oneself, parts that nothing reaches, WeakMaps, shortcuts.

use leakguard::snapshot::{EdgeKind, HeapBuilder, NodeIndex, NodeKind, Tables};

/// Marsaglia's xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    pub fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }
}

const KINDS: [(NodeKind, &str); 10] = [
    (NodeKind::Object, "User"),
    (NodeKind::Object, "Object"),
    (NodeKind::Object, "User"),
    (NodeKind::Array, ""),
    (NodeKind::Hidden, "system / Map"),
    (NodeKind::String, "text"),
    (NodeKind::Closure, "handler"),
    (NodeKind::Native, "system / ExternalStringData"),
    (NodeKind::Synthetic, "(Stack roots)"),
    (NodeKind::Code, "code"),
];

/// A heap of up to `nodes` nodes. Some seeds give trees with few extra edges, some dense graphs, some long chains.
pub fn heap(seed: u64, nodes: u32) -> Tables {
    let mut random = Random::new(seed);
    let count = 1 + random.below(nodes);
    let mut heap = HeapBuilder::default();
    for _ in 1..count {
        let (kind, name) = KINDS[random.below(KINDS.len() as u32) as usize];
        let bytes = if random.one_in(5) { 0 } else { random.below(1000) };
        heap.node(kind, name, bytes);
    }
    let any = |random: &mut Random| NodeIndex(random.below(count));
    // A spanning part: chains when `near` is small, bushes when it is large.
    let near = 1 + random.below(8) * random.below(4);
    let lonely = [3, 20, 1000][random.below(3) as usize];
    for node in 1..count {
        if random.one_in(lonely) {
            continue;
        }
        let from = NodeIndex(node.saturating_sub(1 + random.below(near)));
        edge(&mut heap, &mut random, from, NodeIndex(node));
    }
    let extra = count * random.below(4) / [1, 2, 8][random.below(3) as usize];
    for _ in 0..extra {
        let (from, to) = (any(&mut random), any(&mut random));
        edge(&mut heap, &mut random, from, to);
        if random.one_in(6) {
            edge(&mut heap, &mut random, from, to);
        }
    }
    for _ in 0..random.below(3) {
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", any(&mut random));
    }
    for number in 0..random.below(4) {
        let (key, value, table) = (any(&mut random), any(&mut random), any(&mut random));
        let id = |node: NodeIndex| node.0 * 2 + 1;
        let (k, v, t) = (id(key), id(value), id(table));
        for (from, number) in [(key, number), (table, number + 10)] {
            let name =
                format!("{number} / part of key (K @{k}) -> value (V @{v}) pair in WeakMap (table @{t})");
            heap.edge(from, EdgeKind::Internal, &name, value);
        }
    }
    for node in 1..count {
        if random.one_in(7) {
            heap.location(NodeIndex(node), 5, random.below(2), 0);
        }
    }
    heap.finish()
}

fn edge(heap: &mut HeapBuilder, random: &mut Random, from: NodeIndex, to: NodeIndex) {
    match random.below(16) {
        0 => heap.edge(from, EdgeKind::Weak, "weak", to),
        1 => heap.edge(from, EdgeKind::Shortcut, "short", to),
        2..6 => heap.element(from, EdgeKind::Element, random.below(9), to),
        6 => heap.edge(from, EdgeKind::Context, "variable", to),
        7..10 => heap.edge(from, EdgeKind::Internal, "map", to),
        at => heap.edge(
            from,
            EdgeKind::Property,
            ["a", "b", "c", "d", "e", "f"][at as usize - 10],
            to,
        ),
    };
}
