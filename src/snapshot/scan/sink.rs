//! What the scanner hands out, and to whom.

use super::fault::Refusal;
use super::header::Header;
use super::rows::Row;

/// Who takes the data. `at` is an offset in the file; the place of a refusal is added by the scanner.
pub trait Sink {
    /// The header is known; nothing else came before.
    fn begin(&mut self, header: Header, at: u64) -> Result<(), Refusal>;
    /// A section's opening bracket was at `at`.
    fn open(&mut self, section: Section, at: u64) -> Result<(), Refusal>;
    /// A row of `nodes`.
    fn node(&mut self, row: &Row, at: u64) -> Result<(), Refusal>;
    /// A row of `edges`.
    fn edge(&mut self, row: &Row, at: u64) -> Result<(), Refusal>;
    /// A row of `locations`.
    fn location(&mut self, row: &Row, at: u64) -> Result<(), Refusal>;
    /// A row of `trace_function_infos`.
    fn function(&mut self, row: &Row) -> Result<(), Refusal>;
    /// The opening quote of the next string was at `at`.
    fn string_open(&mut self, at: u64);
    /// Decoded bytes of the string at hand.
    fn string_piece(&mut self, piece: &[u8]);
    /// Its closing quote was at `at`.
    fn string_close(&mut self, at: u64) -> Result<(), Refusal>;
    /// The section's closing bracket was read.
    fn close(&mut self, section: Section) -> Result<(), Refusal>;
}

/// Sections with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Nodes,
    Edges,
    Locations,
    Functions,
    Strings,
}

impl Section {
    /// The key in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Section::Nodes => "nodes",
            Section::Edges => "edges",
            Section::Locations => "locations",
            Section::Functions => "trace_function_infos",
            Section::Strings => "strings",
        }
    }
}
