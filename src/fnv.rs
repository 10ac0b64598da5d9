//! FNV-1a (Fowler, Noll, Vo) in 64 bits: for keys and fingerprints that must be the same in every run and on every
//! machine. Not for tables that a stranger may fill.

/// The hash of nothing.
pub const START: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on from a hash. O(bytes).
pub fn extend(hash: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The hash of words, each with a zero after it, so that it matters where one ends.
pub fn words<W: AsRef<str>>(hash: u64, words: impl IntoIterator<Item = W>) -> u64 {
    words
        .into_iter()
        .fold(hash, |hash, word| extend(hash, word.as_ref().bytes().chain([0])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hash_that_others_know() {
        assert_eq!(extend(START, *b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(extend(START, *b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(extend(START, *b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(words(START, ["a", "b"]), extend(START, *b"a\0b\0"));
    }
}
