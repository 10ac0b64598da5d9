//! The heap folded over its paths: objects that are reached alike are one group, whatever their number, and a group
//! has the same key in every snapshot of the program, since it is made of names only.
//!
//! After the idea of LeakCanary's object growth detector (shortest path tree, grouped by edge and class), exact and
//! without sampling: every node is in one group. Lists and chains fold into themselves, by the names that repeat;
//! tables within tables do not. Code of different files is never one group.
//!
//! `folded` is the answer, `folding` how it is made, `past` what remains of it once another is the newest, and
//! `sampled` what was thinned out before a heap was written, `weights` what remains of that.

mod folded;
mod folding;
mod past;
mod sampled;
mod weights;

pub use folded::{Folded, Group, GroupIndex};
pub use past::{Earlier, Past};
