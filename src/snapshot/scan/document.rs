//! The outline: `{"snapshot":{…},"nodes":[…],"edges":[…],…,"strings":[…]}`, its keys in any order that can be read.
//!
//! `snapshot` comes before the sections whose columns it names. `nodes`, `edges`, `strings`, `locations` (may be
//! missing) and `trace_function_infos` (may be missing) come once. Any other key is skipped, whatever its value.

use super::fault::{Code, Fault, Refusal};
use super::header::Collector;
use super::json::{Json, Token};
use super::rows::Rows;
use super::sink::{Section, Sink};
use super::strings::Strings;

/// What a top-level key announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Snapshot,
    Data(Section),
    Other,
}

impl Key {
    fn new(name: &[u8]) -> Self {
        match name {
            b"snapshot" => Key::Snapshot,
            b"nodes" => Key::Data(Section::Nodes),
            b"edges" => Key::Data(Section::Edges),
            b"locations" => Key::Data(Section::Locations),
            b"trace_function_infos" => Key::Data(Section::Functions),
            b"strings" => Key::Data(Section::Strings),
            _ => Key::Other,
        }
    }
}

/// What is being read.
#[derive(Debug)]
enum Mode {
    /// Between sections; the key, once it was read.
    Outline(Option<Key>),
    Header(Collector),
    /// A value that nobody wants.
    Skip,
    Rows(Section, Rows),
    Strings(Strings),
}

/// The columns of each section of rows; none where the file does not say, and the section is skipped.
#[derive(Debug, Clone, Copy)]
struct Widths {
    nodes: usize,
    edges: usize,
    locations: Option<usize>,
    functions: Option<usize>,
}

/// The machine.
#[derive(Debug)]
pub struct Scanner {
    json: Json,
    mode: Mode,
    widths: Option<Widths>,
    /// One bit for each section seen.
    seen: u8,
    position: u64,
    /// The first byte was that of a byte order mark.
    is_marked: bool,
    fault: Option<Fault>,
}

const ROOT: usize = 1;

/// What some tools write before UTF-8.
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

impl Scanner {
    /// A scanner before the first byte.
    pub const fn new() -> Self {
        let json = Json::new();
        Self {
            json,
            mode: Mode::Outline(None),
            widths: None,
            seen: 0,
            position: 0,
            is_marked: false,
            fault: None,
        }
    }

    /// Bytes read; after a fault those before the chunk that held it.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The section being read, `document` between two.
    pub const fn section(&self) -> &'static str {
        match &self.mode {
            Mode::Outline(None) => "document",
            Mode::Outline(Some(Key::Snapshot)) | Mode::Header(_) => "snapshot",
            Mode::Outline(Some(Key::Data(section))) | Mode::Rows(section, _) => section.name(),
            Mode::Outline(Some(Key::Other)) | Mode::Skip => "unknown",
            Mode::Strings(_) => Section::Strings.name(),
        }
    }

    /// Whether a section with data was seen, if only its begin.
    pub const fn has(&self, section: Section) -> bool {
        self.seen >> section as u8 & 1 == 1
    }

    /// Reads a chunk. After a fault it gives the same fault again.
    pub fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) -> Result<(), Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        self.is_marked |= self.position == 0 && chunk.first() == Some(&BYTE_ORDER_MARK[0]);
        let scanned = self.scan(chunk, sink);
        match &scanned {
            Ok(()) => self.position += chunk.len() as u64,
            Err(fault) => self.fault = Some(fault.clone()),
        }
        scanned
    }

    /// Whether all has come that must.
    pub fn finish(&self) -> Result<(), Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if !self.json.is_done() {
            let what = "the bytes end before the snapshot does";
            return Err(Refusal::new(Code::Truncated, what).at(self.section(), self.position));
        }
        if self.widths.is_none() {
            return Err(Refusal::format("there is no section \"snapshot\"").at("document", self.position));
        }
        for section in [Section::Nodes, Section::Edges, Section::Strings] {
            if !self.has(section) {
                let what = format!("there is no section \"{}\"", section.name());
                return Err(Refusal::format(what).at("document", self.position));
            }
        }
        Ok(())
    }

    fn scan(&mut self, chunk: &[u8], sink: &mut impl Sink) -> Result<(), Fault> {
        let mut at = self.byte_order_mark(chunk)?;
        while at < chunk.len() {
            let base = self.position + at as u64;
            let rest = &chunk[at..];
            at += match &mut self.mode {
                Mode::Rows(section, rows) => {
                    let section = *section;
                    let run = match section {
                        Section::Nodes => rows.run(rest, base, |row, at| sink.node(row, at)),
                        Section::Edges => rows.run(rest, base, |row, at| sink.edge(row, at)),
                        Section::Locations => rows.run(rest, base, |row, at| sink.location(row, at)),
                        _ => rows.run(rest, base, |row, _| sink.function(row)),
                    };
                    let (consumed, is_closed) =
                        run.map_err(|(refusal, at)| refusal.at(section.name(), at))?;
                    if is_closed {
                        self.leave(section, base + consumed as u64 - 1, sink)?;
                    }
                    consumed
                }
                Mode::Strings(strings) => {
                    let run = strings.run(rest, base, sink);
                    let (consumed, is_closed) = run.map_err(|(refusal, at)| refusal.at("strings", at))?;
                    if is_closed {
                        self.leave(Section::Strings, base + consumed as u64 - 1, sink)?;
                    }
                    consumed
                }
                _ => self.outline(rest, base, sink)?,
            };
        }
        Ok(())
    }

    /// How many bytes of a byte order mark the chunk begins with.
    fn byte_order_mark(&self, chunk: &[u8]) -> Result<usize, Fault> {
        if !self.is_marked {
            return Ok(0);
        }
        let mark = BYTE_ORDER_MARK.get(self.position as usize..).unwrap_or_default();
        let matching = mark.iter().zip(chunk).take_while(|(a, b)| a == b).count();
        if matching < mark.len().min(chunk.len()) {
            let at = self.position + matching as u64;
            return Err(Refusal::new(Code::Syntax, "expected a value").at("document", at));
        }
        Ok(matching)
    }

    /// Ends a section whose closing bracket is at `at`.
    fn leave(&mut self, section: Section, at: u64, sink: &mut impl Sink) -> Result<(), Fault> {
        sink.close(section)
            .map_err(|refusal| refusal.at(section.name(), at))?;
        self.json.leave();
        self.mode = Mode::Outline(None);
        Ok(())
    }

    /// Reads up to the next token outside of rows and strings.
    fn outline(&mut self, rest: &[u8], base: u64, sink: &mut impl Sink) -> Result<usize, Fault> {
        let (consumed, token) = match self.json.run(rest) {
            Ok(run) => run,
            Err((n, what)) => {
                return Err(Refusal::new(Code::Syntax, what).at(self.section(), base + n as u64));
            }
        };
        if let Some(token) = token {
            // The token's last byte. A number is known to end only at the byte after, which may open this chunk.
            let at = (base + consumed as u64).saturating_sub(1);
            self.token(token, at, sink)
                .map_err(|refusal| refusal.at(self.section(), at))?;
        }
        Ok(consumed)
    }

    fn token(&mut self, token: Token, at: u64, sink: &mut impl Sink) -> Result<(), Refusal> {
        let depth = self.json.depth();
        match &mut self.mode {
            Mode::Outline(None) => match token {
                Token::Key => {
                    let key = Key::new(&self.json.text);
                    self.json.keep = key == Key::Snapshot;
                    self.mode = Mode::Outline(Some(key));
                }
                Token::OpenObject | Token::Close => {}
                _ => return Err(Refusal::format("a snapshot is an object")),
            },
            Mode::Outline(Some(key)) => match *key {
                Key::Snapshot => self.enter_header(token)?,
                Key::Data(section) => self.enter(section, token, at, sink)?,
                Key::Other if depth > ROOT => self.mode = Mode::Skip,
                Key::Other => self.outside(),
            },
            Mode::Header(collector) => {
                collector.token(token, &self.json)?;
                if depth == ROOT {
                    self.leave_header(at, sink)?;
                }
            }
            _ if depth == ROOT => self.outside(),
            _ => {}
        }
        Ok(())
    }

    fn outside(&mut self) {
        self.json.keep = true;
        self.mode = Mode::Outline(None);
    }

    fn enter_header(&mut self, token: Token) -> Result<(), Refusal> {
        if self.widths.is_some() {
            return Err(Refusal::format("the section stands there twice"));
        }
        if token != Token::OpenObject {
            return Err(Refusal::format("expected an object"));
        }
        self.mode = Mode::Header(Collector::new());
        Ok(())
    }

    fn leave_header(&mut self, at: u64, sink: &mut impl Sink) -> Result<(), Refusal> {
        if let Mode::Header(collector) = std::mem::replace(&mut self.mode, Mode::Outline(Some(Key::Snapshot)))
        {
            let header = collector.finish()?;
            self.widths = Some(Widths {
                nodes: header.node_fields,
                edges: header.edge_fields,
                locations: header.location.map(|(fields, _)| fields),
                functions: header.function.map(|(fields, _)| fields),
            });
            sink.begin(header, at)?;
        }
        self.outside();
        Ok(())
    }

    fn enter(
        &mut self,
        section: Section,
        token: Token,
        at: u64,
        sink: &mut impl Sink,
    ) -> Result<(), Refusal> {
        let Some(widths) = self.widths else {
            return Err(Refusal::new(
                Code::Order,
                "the section stands before \"snapshot\", which says how to read it",
            ));
        };
        if self.has(section) {
            return Err(Refusal::format("the section stands there twice"));
        }
        if token != Token::OpenArray {
            return Err(Refusal::format("expected an array"));
        }
        self.seen |= 1 << section as u8;
        let fields = match section {
            Section::Nodes => Some(widths.nodes),
            Section::Edges => Some(widths.edges),
            Section::Locations => widths.locations,
            Section::Functions => widths.functions,
            Section::Strings => None,
        };
        self.json.keep = true;
        self.mode = match fields {
            Some(fields) if section == Section::Locations => {
                Mode::Rows(section, Rows::new(fields).with_negatives())
            }
            Some(fields) => Mode::Rows(section, Rows::new(fields)),
            None if section == Section::Strings => Mode::Strings(Strings::First),
            None => {
                self.json.keep = false;
                self.mode = Mode::Skip;
                return Ok(());
            }
        };
        sink.open(section, at)
    }
}
