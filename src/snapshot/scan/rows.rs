//! Flat arrays of integers, a row at a time: nine tenths of the bytes of a snapshot, and of the time to read it.
//!
//! Rows that lie whole within a chunk take the fast path: eight bytes are loaded at once, the end of the number is found
//! and its digits are folded with three multiplications, without a branch per digit. What it does not understand (the
//! row that a chunk border cuts, space, an error) goes byte by byte through a machine that knows everything.
//!
//! Accepted beyond JSON: leading zeros.

use super::fault::{Code, Refusal};

/// Columns that a section may have. V8 has up to 7.
pub const MAX_FIELDS: usize = 16;

/// Numbers of a row; those past the section's number of fields mean nothing.
pub type Row = [u64; MAX_FIELDS];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// After the opening bracket.
    First,
    /// After a comma.
    Value,
    Digits,
    /// After a minus.
    Minus,
    /// After a number and space.
    After,
}

/// The rows of one array.
#[derive(Debug)]
pub struct Rows {
    fields: usize,
    state: State,
    /// Columns of the row at hand that are read.
    column: usize,
    value: u64,
    row: Row,
    row_at: u64,
    /// Numbers below 0 are read as 0: a script that was compiled with an offset before its first column (Vitest does)
    /// has places there.
    may_be_negative: bool,
    is_negative: bool,
}

/// A refusal and the offset in the file that it is about.
pub type Wrong = (Refusal, u64);

impl Rows {
    /// An array whose opening bracket has been read.
    pub const fn new(fields: usize) -> Self {
        Self {
            fields,
            state: State::First,
            column: 0,
            value: 0,
            row: [0; MAX_FIELDS],
            row_at: 0,
            may_be_negative: false,
            is_negative: false,
        }
    }

    /// Numbers below 0 are read as 0, but for the first of a row.
    pub const fn with_negatives(mut self) -> Self {
        self.may_be_negative = true;
        self
    }

    /// Reads `bytes`, which stand at `base` in the file: bytes consumed, and whether the closing bracket was among them.
    /// `each` gets every row and its offset. O(bytes).
    pub fn run(
        &mut self,
        bytes: &[u8],
        base: u64,
        mut each: impl FnMut(&Row, u64) -> Result<(), Refusal>,
    ) -> Result<(usize, bool), Wrong> {
        let mut at = 0;
        while at < bytes.len() {
            if self.column == 0 && matches!(self.state, State::First | State::Value) {
                let start = at;
                at = match self.fields {
                    3 => fast::<3>(bytes, at, base, &mut self.row, &mut each)?,
                    4 => fast::<4>(bytes, at, base, &mut self.row, &mut each)?,
                    6 => fast::<6>(bytes, at, base, &mut self.row, &mut each)?,
                    7 => fast::<7>(bytes, at, base, &mut self.row, &mut each)?,
                    _ => at,
                };
                if at > start {
                    self.state = State::Value;
                }
            }
            // One row, or what there is of it, the slow way.
            while let Some(&byte) = bytes.get(at) {
                let is_done = self.step(byte, base + at as u64, &mut each)?;
                at += 1;
                if is_done {
                    return Ok((at, true));
                }
                if byte == b',' && self.column == 0 {
                    break;
                }
            }
        }
        Ok((at, false))
    }

    fn step(
        &mut self,
        byte: u8,
        at: u64,
        each: &mut impl FnMut(&Row, u64) -> Result<(), Refusal>,
    ) -> Result<bool, Wrong> {
        match (self.state, byte) {
            (State::Value, b'-') if self.may_be_negative && self.column > 0 => {
                self.is_negative = true;
                self.state = State::Minus;
            }
            (State::First | State::Value | State::Minus, b'0'..=b'9') => {
                if self.column == 0 {
                    self.row_at = at;
                }
                self.value = u64::from(byte - b'0');
                self.state = State::Digits;
            }
            (State::Digits, b'0'..=b'9') => {
                let next = self
                    .value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(u64::from(byte - b'0')));
                self.value =
                    next.ok_or_else(|| (Refusal::new(Code::TooLarge, "a number beyond 64 bits"), at))?;
            }
            (State::Digits, _) => {
                if matches!(byte, b'.' | b'e' | b'E') {
                    return Err((Refusal::format("expected an integer"), at));
                }
                self.state = State::After;
                let is_negative = std::mem::take(&mut self.is_negative);
                self.row[self.column % MAX_FIELDS] = if is_negative { 0 } else { self.value };
                self.column += 1;
                if self.column == self.fields {
                    self.column = 0;
                    each(&self.row, self.row_at).map_err(|refusal| (refusal, self.row_at))?;
                }
                return self.step(byte, at, each);
            }
            (State::Minus, _) => return Err((not_a_number(byte), at)),
            (_, b' ' | b'\n' | b'\r' | b'\t') => {}
            (State::After, b',') => self.state = State::Value,
            (State::First | State::After, b']') if self.column == 0 => return Ok(true),
            (State::After, b']') => return Err((self.cut_row(), at)),
            (State::First | State::Value, _) => return Err((not_a_number(byte), at)),
            (State::After, _) => return Err((Refusal::new(Code::Syntax, "expected a comma or ]"), at)),
        }
        Ok(false)
    }

    #[cold]
    fn cut_row(&self) -> Refusal {
        Refusal::format(format!(
            "the last row has {} of {} numbers",
            self.column, self.fields
        ))
    }
}

#[cold]
fn not_a_number(byte: u8) -> Refusal {
    match byte {
        b'-' => Refusal::format("expected a number that is not negative"),
        b'"' | b'[' | b'{' | b't' | b'f' | b'n' => Refusal::format("expected a number"),
        _ => Refusal::new(Code::Syntax, "expected a number"),
    }
}

/// Reads rows of `N` numbers, each with the comma after it, from `at` on; stops before the first row it does not
/// understand and gives its offset.
#[inline(always)]
fn fast<const N: usize>(
    bytes: &[u8],
    mut at: usize,
    base: u64,
    row: &mut Row,
    each: &mut impl FnMut(&Row, u64) -> Result<(), Refusal>,
) -> Result<usize, Wrong> {
    loop {
        let start = at;
        for (column, value) in row[..N].iter_mut().enumerate() {
            let Some((number, end, stop)) = number(bytes, at, column == 0 || column > 4) else {
                return Ok(start);
            };
            *value = number;
            at = end + 1;
            if stop != b',' {
                // Until Node 22 V8 ends a row with a newline.
                if column + 1 != N || stop != b'\n' || bytes.get(at) != Some(&b',') {
                    return Ok(start);
                }
                at += 1;
            }
        }
        let row_at = base + start as u64;
        each(row, row_at).map_err(|refusal| (refusal, row_at))?;
    }
}

/// The number of up to 16 digits at `at`, where it ends, and the byte there. `is_short`: it is likely to have one digit,
/// so guess that: what is guessed right costs no wait for where the number ends.
#[inline(always)]
fn number(bytes: &[u8], at: usize, is_short: bool) -> Option<(u64, usize, u8)> {
    let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let (digits, stops) = split(word);
    if is_short && stops & 0x8080 == 0x8000 {
        return Some((digits & 0xFF, at + 1, (word >> 8) as u8));
    }
    // Eight where no byte stops.
    let len = stops.trailing_zeros() / 8;
    if len == 0 {
        return None;
    }
    let value = fold(digits << (64 - 8 * len));
    let end = at + len as usize;
    let stop = *bytes.get(end)?;
    if stop.is_ascii_digit() {
        long(bytes, end, value)
    } else {
        Some((value, end, stop))
    }
}

/// The number whose first eight digits are known, and `at` where the others begin.
#[cold]
fn long(bytes: &[u8], at: usize, first: u64) -> Option<(u64, usize, u8)> {
    let mut value = first;
    for (n, &byte) in bytes[at..].iter().enumerate().take(9) {
        if !byte.is_ascii_digit() {
            return Some((value, at + n, byte));
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    None
}

/// Eight characters as digit values, and the high bit of each byte that is no digit (exact up to the first of them).
#[inline(always)]
const fn split(word: u64) -> (u64, u64) {
    let digits = word ^ 0x3030_3030_3030_3030;
    (
        digits,
        (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080,
    )
}

/// The number whose eight digits are the bytes of `digits`, the first in the lowest byte.
#[inline(always)]
const fn fold(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF
}
