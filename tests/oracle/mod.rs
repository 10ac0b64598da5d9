//! What the oracle tests share: random heaps, and a slow way to each answer.

pub mod naive;
pub mod random;
