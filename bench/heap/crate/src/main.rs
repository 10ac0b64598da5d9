//! The `v8-heap-parser` crate on the work it shares: parse, dominators with retained sizes, classes. No paths, no diff.

fn main() {
    let file = std::env::args().nth(1).expect("a file");
    let data = std::fs::read(file).expect("a readable file");
    let graph = v8_heap_parser::decode_slice(&data).expect("a snapshot");
    drop(data);
    let retained = graph.retained_size(graph.root_index);
    println!("{} classes, {retained} bytes", graph.get_class_groups(false).len());
}
