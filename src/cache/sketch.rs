//! How many different keys there were, from their hashes: HyperLogLog (Flajolet, Fusy, Gandouet and Meunier 2007),
//! linear counting where few registers are taken. The registers are the caller's.

/// Registers of a sketch, a byte each: 3.2 % standard error.
pub const REGISTERS: usize = 1024;
const INDEX_BITS: u32 = REGISTERS.trailing_zeros();

/// Spreads the bits of a weak hash: the finalizer of MurmurHash3 (Appleby).
const fn mixed(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// Takes hashes in. Does nothing where `registers` has another length than [`REGISTERS`].
pub fn add(registers: &mut [u8], hashes: &[u32]) {
    if registers.len() != REGISTERS {
        return;
    }
    for &hash in hashes {
        let hash = mixed(hash);
        let register = &mut registers[(hash >> (32 - INDEX_BITS)) as usize];
        let rank = ((hash << INDEX_BITS).leading_zeros() + 1).min(33 - INDEX_BITS);
        *register = (*register).max(u8::try_from(rank).unwrap_or(u8::MAX));
    }
}

/// How many different hashes were taken in, estimated.
pub fn count(registers: &[u8]) -> f64 {
    if registers.is_empty() {
        return 0.0;
    }
    let len = registers.len() as f64;
    let sum: f64 = registers.iter().map(|&rank| (-f64::from(rank)).exp2()).sum();
    let raw = 0.7213 / (1.0 + 1.079 / len) * len * len / sum;
    let empty = registers.iter().filter(|&&rank| rank == 0).count();
    if raw <= 2.5 * len && empty > 0 {
        return len * (len / empty as f64).ln();
    }
    let all = 2.0_f64.powi(32);
    if raw > all / 30.0 && raw < all {
        -all * (1.0 - raw / all).ln()
    } else {
        raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_keys_are_counted_within_a_tenth() {
        for keys in [0_u32, 1, 10, 500, 3_000, 100_000, 3_000_000] {
            let mut registers = vec![0; REGISTERS];
            let hashes: Vec<u32> = (0..keys).map(|key| key.wrapping_mul(2_654_435_761)).collect();
            add(&mut registers, &hashes);
            add(&mut registers, &hashes); // a second sight changes nothing
            let error = (count(&registers) - f64::from(keys)).abs();
            assert!(
                error <= f64::from(keys) * 0.1 + 1e-9,
                "{keys}: {}",
                count(&registers)
            );
        }
    }

    #[test]
    fn registers_of_another_length_are_left_alone() {
        let mut registers = [0; 8];
        add(&mut registers, &[1, 2, 3]);
        assert_eq!(registers, [0; 8]);
        assert_eq!(count(&[]), 0.0);
    }
}
