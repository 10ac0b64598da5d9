//! What grew between snapshots: the containers, not the classes. A group that has more members while the group
//! before it on the path has not is the front of growth; what hangs behind it came along.
//!
//! | module | knows |
//! |---|---|
//! | `fronts` | which groups are fronts of growth |
//! | `telling` | what is told of a front: path, container, weight |
//! | `held` | how Node and V8 keep things, and what growth is their own |
//! | `owner` | by which name and place the program knows a container |
//! | `merge` | that nothing is told twice |
//! | `grown` | the answer |

mod fronts;
mod grown;
mod held;
mod merge;
mod owner;
mod telling;

pub use fronts::growth;
pub use grown::{Grown, GrowthLimits};
pub(super) use held::held_by;
pub(super) use owner::{name_weak_maps, owner, owner_name};
