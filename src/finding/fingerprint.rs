//! The one recipe of a fingerprint. What goes into it is for those to say who make the finding: names that stay the same
//! when lines move, and on another machine.

use crate::fnv;

/// The hash of words in their order, in hexadecimal.
pub fn fingerprint<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    format!("{:016x}", fnv::words(fnv::START, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_same_in_every_run_and_has_sixteen_digits() {
        assert_eq!(
            fingerprint(["listener", "change"]),
            fingerprint(["listener", "change"])
        );
        assert_ne!(
            fingerprint(["listener", "change"]),
            fingerprint(["listenerchange"])
        );
        assert_eq!(fingerprint::<&str>([]), "cbf29ce484222325");
    }
}
