//! Heap graphs: random heaps against a slow way to each answer, and a real one as JSON for tests/devtools/.

mod dump;
mod naive;
mod oracle;
mod random;
