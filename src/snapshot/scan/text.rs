//! What stands between two quotes: escapes, surrogates, chunk borders inside of either.
//!
//! Raw control characters are accepted: no writer makes them, and refusing them would cost a pass over every string.
//! Pieces may be invalid UTF-8 where the file is; who collects them repairs that per string.

use memchr::memchr2;

/// U+FFFD in UTF-8.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    Escape,
    Unicode { digits: u8, unit: u16 },
}

/// Decoder of one string after another.
#[derive(Debug)]
pub struct Text {
    state: State,
    /// A high surrogate that waits for its other half.
    high: Option<u16>,
}

/// Where a run ended: bytes consumed, and whether the closing quote was among them.
pub struct Run {
    pub consumed: usize,
    pub closed: bool,
}

/// A byte that is wrong, relative to the run's begin, and why.
pub type Wrong = (usize, &'static str);

impl Text {
    /// A decoder that stands right after an opening quote.
    pub const fn new() -> Self {
        Self {
            state: State::Plain,
            high: None,
        }
    }

    /// Decodes up to and including the closing quote, or the end of `bytes`. O(bytes).
    pub fn run(&mut self, bytes: &[u8], mut piece: impl FnMut(&[u8])) -> Result<Run, Wrong> {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Plain => {
                    let found = memchr2(b'"', b'\\', &bytes[at..]);
                    let end = found.map_or(bytes.len(), |n| at + n);
                    if end > at {
                        self.flush(&mut piece);
                        piece(&bytes[at..end]);
                    }
                    at = end + 1;
                    match bytes.get(end) {
                        None => {
                            return Ok(Run {
                                consumed: end,
                                closed: false,
                            });
                        }
                        Some(b'"') => {
                            self.flush(&mut piece);
                            return Ok(Run {
                                consumed: at,
                                closed: true,
                            });
                        }
                        Some(_) => self.state = State::Escape,
                    }
                }
                State::Escape => {
                    self.escape(bytes[at], &mut piece)
                        .ok_or((at, "an escape that JSON does not have"))?;
                    at += 1;
                }
                State::Unicode { digits, unit } => {
                    let digit = char::from(bytes[at])
                        .to_digit(16)
                        .ok_or((at, "\\u needs four hex digits"))?;
                    let unit = unit << 4 | digit as u16;
                    if digits == 3 {
                        self.unit(unit, &mut piece);
                        self.state = State::Plain;
                    } else {
                        self.state = State::Unicode {
                            digits: digits + 1,
                            unit,
                        };
                    }
                    at += 1;
                }
            }
        }
        Ok(Run {
            consumed: at,
            closed: false,
        })
    }

    fn escape(&mut self, byte: u8, piece: &mut impl FnMut(&[u8])) -> Option<()> {
        let plain: &[u8] = match byte {
            b'"' => b"\"",
            b'\\' => b"\\",
            b'/' => b"/",
            b'b' => b"\x08",
            b'f' => b"\x0c",
            b'n' => b"\n",
            b'r' => b"\r",
            b't' => b"\t",
            b'u' => {
                self.state = State::Unicode { digits: 0, unit: 0 };
                return Some(());
            }
            _ => return None,
        };
        self.flush(piece);
        piece(plain);
        self.state = State::Plain;
        Some(())
    }

    fn unit(&mut self, unit: u16, piece: &mut impl FnMut(&[u8])) {
        let mut put = |c: char| piece(c.encode_utf8(&mut [0; 4]).as_bytes());
        match (self.high.take(), unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                let code = 0x1_0000 + (u32::from(high & 0x3FF) << 10) + u32::from(unit & 0x3FF);
                put(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (before, 0xD800..=0xDBFF) => {
                if before.is_some() {
                    put(char::REPLACEMENT_CHARACTER);
                }
                self.high = Some(unit);
            }
            (before, _) => {
                if before.is_some() {
                    put(char::REPLACEMENT_CHARACTER);
                }
                put(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }

    /// A high surrogate that was followed by something else.
    fn flush(&mut self, piece: &mut impl FnMut(&[u8])) {
        if self.high.take().is_some() {
            piece(REPLACEMENT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &[u8], step: usize) -> Result<String, &'static str> {
        let (mut decoder, mut out) = (Text::new(), Vec::new());
        for chunk in text.chunks(step) {
            let run = decoder
                .run(chunk, |p| out.extend_from_slice(p))
                .map_err(|(_, what)| what)?;
            if run.closed {
                return Ok(String::from_utf8(out).unwrap());
            }
            assert_eq!(run.consumed, chunk.len());
        }
        Err("open")
    }

    #[test]
    fn every_escape_and_surrogate_reads_the_same_whatever_the_chunks() {
        let cases: [(&str, &str); 9] = [
            (r#"plain""#, "plain"),
            (r#"""#, ""),
            (r#"\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#"\u00e9\u20AC""#, "é€"),
            (r#"\ud83d\ude00!""#, "😀!"),
            (r#"\ud83d!\ude00""#, "\u{FFFD}!\u{FFFD}"),
            (r#"\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (r#"\ud83d\n\ud83d""#, "\u{FFFD}\n\u{FFFD}"),
            (r#"\u0000""#, "\0"),
        ];
        for (text, expected) in cases {
            for step in 1..=text.len() {
                assert_eq!(
                    decode(text.as_bytes(), step).as_deref(),
                    Ok(expected),
                    "{text} in steps of {step}"
                );
            }
        }
    }

    #[test]
    fn a_bad_escape_is_refused_at_its_byte() {
        assert_eq!(
            Text::new().run(br#"ab\x""#, |_| ()).err(),
            Some((3, "an escape that JSON does not have"))
        );
        assert_eq!(
            Text::new().run(br#"\u12g4""#, |_| ()).err(),
            Some((4, "\\u needs four hex digits"))
        );
    }
}
