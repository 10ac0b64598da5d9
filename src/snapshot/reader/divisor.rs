//! Where an index into the flat array of nodes leads: the one division that each edge takes.

/// Exact division by the number of node fields, without a division (Lemire, Kaser, Kurz: Faster remainder by direct
/// computation, 2019).
#[derive(Debug, Default, Clone, Copy)]
pub struct Divisor {
    by: u64,
    inverse: u64,
}

impl Divisor {
    /// `by` is 2 to 2^32.
    pub const fn new(by: usize) -> Self {
        Self {
            by: by as u64,
            inverse: u64::MAX / by as u64 + 1,
        }
    }

    /// The quotient, if the division is exact and the quotient a node index.
    #[inline(always)]
    pub fn divide(self, value: u64) -> Option<u32> {
        let quotient = if value >> 32 == 0 {
            ((u128::from(value) * u128::from(self.inverse)) >> 64) as u64
        } else {
            value / self.by
        };
        (quotient * self.by == value)
            .then_some(())
            .and_then(|()| u32::try_from(quotient).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divisor_divides_as_division_does() {
        for by in 2..=16_u64 {
            let divisor = Divisor::new(by as usize);
            let edges = [
                0,
                1,
                by - 1,
                by,
                u64::from(u32::MAX),
                u64::from(u32::MAX) / by * by,
                u64::MAX,
                1 << 32,
            ];
            for value in edges
                .into_iter()
                .chain(0..1000)
                .chain((0..1000).map(|n| n * 4_294_967 + n))
            {
                let expected = (value % by == 0)
                    .then_some(value / by)
                    .and_then(|q| u32::try_from(q).ok());
                assert_eq!(divisor.divide(value), expected, "{value} / {by}");
            }
        }
    }
}
