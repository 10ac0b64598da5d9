//! How the child ended, as its exit code. Any other end is that of a signal. Knows numbers alone.

/// All is written.
pub const DONE: i32 = 0;
/// V8 threw, or what was asked of it did.
pub const THREW: i32 = 71;
/// It waited for a thread that does not exist in it.
pub const STUCK: i32 = 72;
/// It could not be cut off from the parent's descriptors.
pub const DESCRIPTORS: i32 = 73;
/// The C library's code could not be changed in it.
pub const TEXT: i32 = 74;
/// Its parent was gone already.
pub const ORPHAN: i32 = 75;
/// It could not be cut off from memory that it shares with its parent.
pub const SHARED: i32 = 76;
/// It touched memory that its parent shares with others.
pub const TOUCHED: i32 = 77;
/// What is left of its heap takes more memory than there is.
pub const UNFIT: i32 = 78;
