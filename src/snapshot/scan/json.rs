//! JSON of any shape and depth, token by token, from chunks. No recursion: nesting is one bit per open bracket.

use super::nesting::Nesting;
use super::text::{Text, Wrong};

/// A token. The text of a key, string or number is in [`Json::text`], if [`Json::keep`] was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    OpenObject,
    OpenArray,
    Close,
    Key,
    String,
    Number,
    /// `true`, `false` or `null`.
    Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    Minus,
    Zero,
    Integer,
    Dot,
    Fraction,
    E,
    Sign,
    Exponent,
}

#[derive(Debug)]
enum State {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    Colon,
    CommaOrClose,
    Quoted { is_key: bool, text: Text },
    Digits(Digits),
    Word(&'static [u8]),
    End,
}

/// The machine.
#[derive(Debug)]
pub struct Json {
    state: State,
    open: Nesting,
    /// Whether texts are wanted.
    pub keep: bool,
    /// Text of the last key, string or number. Raw bytes where the file is not UTF-8.
    pub text: Vec<u8>,
}

impl Json {
    /// A machine before its first byte.
    pub const fn new() -> Self {
        Self {
            state: State::Value,
            open: Nesting::new(),
            keep: true,
            text: Vec::new(),
        }
    }

    /// Number of brackets open.
    pub const fn depth(&self) -> usize {
        self.open.depth()
    }

    /// Whether the innermost open bracket is a square one.
    pub fn in_array(&self) -> bool {
        self.open.top() == Some(false)
    }

    /// Whether the document is complete.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// Closes the innermost bracket, whose end somebody else has read.
    pub fn leave(&mut self) {
        self.open.pop();
        self.after_value();
    }

    /// Reads up to the next token or the end of `bytes`: bytes consumed, and the token.
    pub fn run(&mut self, bytes: &[u8]) -> Result<(usize, Option<Token>), Wrong> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match &mut self.state {
                State::Quoted { is_key, text } => {
                    let (is_key, keep, out) = (*is_key, self.keep, &mut self.text);
                    let run = text.run(&bytes[at..], |p| {
                        if keep {
                            out.extend_from_slice(p);
                        }
                    });
                    let run = run.map_err(|(n, what)| (at + n, what))?;
                    at += run.consumed;
                    if run.closed {
                        if is_key {
                            self.state = State::Colon;
                            return Ok((at, Some(Token::Key)));
                        }
                        self.after_value();
                        return Ok((at, Some(Token::String)));
                    }
                }
                State::Digits(digits) => match digits.next(byte) {
                    Some(next) => {
                        *digits = next;
                        at += 1;
                        if self.keep {
                            self.text.push(byte);
                        }
                    }
                    None if digits.may_end() => {
                        self.after_value();
                        return Ok((at, Some(Token::Number)));
                    }
                    None => return Err((at, "a number that JSON does not have")),
                },
                State::Word(rest) => {
                    if rest.first() != Some(&byte) {
                        return Err((at, "expected true, false or null"));
                    }
                    *rest = &rest[1..];
                    at += 1;
                    if rest.is_empty() {
                        self.after_value();
                        return Ok((at, Some(Token::Word)));
                    }
                }
                _ => {
                    let token = self.between(byte).map_err(|what| (at, what))?;
                    at += 1;
                    if token.is_some() {
                        return Ok((at, token));
                    }
                }
            }
        }
        Ok((at, None))
    }

    fn between(&mut self, byte: u8) -> Result<Option<Token>, &'static str> {
        if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            return Ok(None);
        }
        match (&self.state, byte) {
            (State::ValueOrClose, b']') | (State::KeyOrClose, b'}') => return Ok(Some(self.close())),
            (State::CommaOrClose, b']') if self.in_array() => return Ok(Some(self.close())),
            (State::CommaOrClose, b'}') if !self.in_array() => return Ok(Some(self.close())),
            (State::CommaOrClose, b',') => {
                self.state = if self.in_array() { State::Value } else { State::Key }
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::Key | State::KeyOrClose, b'"') => {
                self.text.clear();
                self.state = State::Quoted {
                    is_key: true,
                    text: Text::new(),
                };
            }
            (State::Value | State::ValueOrClose, _) => return self.value(byte),
            (State::CommaOrClose, _) => return Err("expected a comma or the closing bracket"),
            (State::Colon, _) => return Err("expected a colon"),
            (State::End, _) => return Err("expected nothing more after the closing brace"),
            _ => return Err("expected a key in double quotes"),
        }
        Ok(None)
    }

    fn value(&mut self, byte: u8) -> Result<Option<Token>, &'static str> {
        self.state = match byte {
            b'{' => {
                self.open.push(true);
                self.state = State::KeyOrClose;
                return Ok(Some(Token::OpenObject));
            }
            b'[' => {
                self.open.push(false);
                self.state = State::ValueOrClose;
                return Ok(Some(Token::OpenArray));
            }
            b'"' => State::Quoted {
                is_key: false,
                text: Text::new(),
            },
            b'-' => State::Digits(Digits::Minus),
            b'0' => State::Digits(Digits::Zero),
            b'1'..=b'9' => State::Digits(Digits::Integer),
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            _ => return Err("expected a value"),
        };
        self.text.clear();
        if self.keep && matches!(self.state, State::Digits(_)) {
            self.text.push(byte);
        }
        Ok(None)
    }

    fn close(&mut self) -> Token {
        self.leave();
        Token::Close
    }

    fn after_value(&mut self) {
        self.state = if self.open.depth() == 0 {
            State::End
        } else {
            State::CommaOrClose
        };
    }
}

impl Digits {
    fn next(self, byte: u8) -> Option<Self> {
        use Digits::{Dot, E, Exponent, Fraction, Integer, Minus, Sign, Zero};
        Some(match (self, byte) {
            (Minus, b'0') => Zero,
            (Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero | Integer, b'.') => Dot,
            (Dot | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => E,
            (E, b'+' | b'-') => Sign,
            (E | Sign | Exponent, b'0'..=b'9') => Exponent,
            _ => return None,
        })
    }

    const fn may_end(self) -> bool {
        matches!(
            self,
            Digits::Zero | Digits::Integer | Digits::Fraction | Digits::Exponent
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &[u8], step: usize) -> bool {
        let mut json = Json::new();
        for chunk in text.chunks(step) {
            let mut at = 0;
            while at < chunk.len() {
                match json.run(&chunk[at..]) {
                    Ok((n, _)) => at += n,
                    Err(_) => return false,
                }
            }
        }
        // A number at the root ends only with what follows; the outline never has one.
        json.is_done()
    }

    #[test]
    fn what_is_json_is_accepted_and_what_is_not_is_refused() {
        let good = [
            "{}",
            "[]",
            " [ ] ",
            "[1,-0,0.5,1e9,1E+2,-1.5e-3]",
            r#"{"a":[{"b":null},true,false,"x\u0041"]}"#,
            "[[[[]]]]",
            r#""x""#,
            "null",
        ];
        let bad = [
            "",
            "{",
            "[1,]",
            "[,]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            "[1 2]",
            "[01]",
            "[1.]",
            "[-]",
            "[+1]",
            "[.5]",
            "[1e]",
            "[}",
            "{]",
            "[nul]",
            "[nulll]",
            "[]]",
            "[] x",
            "\u{feff}[]",
            "[\0]",
            "['a']",
            r#"["\x"]"#,
        ];
        for step in 1..8 {
            for text in good {
                assert!(accepts(text.as_bytes(), step), "{text} in steps of {step}");
            }
            for text in bad {
                assert!(!accepts(text.as_bytes(), step), "{text} in steps of {step}");
            }
        }
    }

    #[test]
    fn a_million_brackets_cost_a_bit_each() {
        let mut json = Json::new();
        for depth in 0..1_000_000 {
            assert_eq!(json.depth(), depth);
            json.run(b"[").unwrap();
        }
        assert!(json.open.bytes() <= 1_000_000 / 8 + 8);
        for _ in 0..1_000_000 {
            json.run(b"]").unwrap();
        }
        assert!(json.is_done());
    }
}
