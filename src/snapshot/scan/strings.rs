//! The array of strings.

use super::fault::{Code, Refusal};
use super::sink::Sink;
use super::text::Text;

/// Where in the array the scanner is.
#[derive(Debug)]
pub enum Strings {
    /// After the opening bracket.
    First,
    /// After a comma.
    Value,
    /// After an opening quote.
    Quoted(Text),
    /// After a string.
    After,
}

impl Strings {
    /// As [`Rows::run`], for strings.
    pub fn run(
        &mut self,
        bytes: &[u8],
        base: u64,
        sink: &mut impl Sink,
    ) -> Result<(usize, bool), (Refusal, u64)> {
        let syntax = |at: usize, what: &str| (Refusal::new(Code::Syntax, what), base + at as u64);
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Strings::Quoted(text) = self {
                let run = text.run(&bytes[at..], |piece| sink.string_piece(piece));
                let run = run.map_err(|(n, what)| syntax(at + n, what))?;
                at += run.consumed;
                if run.closed {
                    let quote = base + at as u64 - 1;
                    sink.string_close(quote).map_err(|refusal| (refusal, quote))?;
                    *self = Strings::After;
                }
                continue;
            }
            match (&self, byte) {
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
                (Strings::After, b',') => *self = Strings::Value,
                (Strings::First | Strings::After, b']') => return Ok((at + 1, true)),
                (Strings::First | Strings::Value, b'"') => {
                    sink.string_open(base + at as u64);
                    *self = Strings::Quoted(Text::new());
                }
                (Strings::After, _) => return Err(syntax(at, "expected a comma or ]")),
                (_, b'0'..=b'9' | b'-' | b'[' | b'{' | b't' | b'f' | b'n') => {
                    return Err((Refusal::format("expected a string"), base + at as u64));
                }
                _ => return Err(syntax(at, "expected a string")),
            }
            at += 1;
        }
        Ok((at, false))
    }
}
