//! Least-recently-used order from *stamps*: `stamps[slot]` is the turn of a counter at which the slot was last touched,
//! 0 where it is free. No two live slots have the same stamp.
//!
//! Victims are asked for in batches. Whatever is touched after a batch was made has a stamp that is newer than all in
//! it, so a cache that skips those takes its victims in exact LRU order.

/// A slot below its stamp, so that numbers sort as stamps do.
fn pack(stamp: u32, slot: usize) -> u64 {
    u64::from(stamp) << 32 | slot as u64
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is a slot")]
const fn slot_of(packed: u64) -> u32 {
    packed as u32
}

/// Samples taken to guess how old the oldest are.
const SAMPLES: usize = 512;

/// Writes the slots that were touched longest ago into `out`, oldest first, and gives their number: at least one where
/// there is a live slot, at most `out.len()`.
///
/// # Complexity
/// O(n) for a look at each stamp, and O(k log k) for the k that are found.
pub fn oldest(stamps: &[u32], out: &mut [u32]) -> usize {
    let mut found = candidates(stamps, out.len());
    if found.len() > out.len() {
        if out.is_empty() {
            return 0;
        }
        found.select_nth_unstable(out.len() - 1);
        found.truncate(out.len());
    }
    found.sort_unstable();
    for (to, packed) in out.iter_mut().zip(&found) {
        *to = slot_of(*packed);
    }
    found.len()
}

/// All slots that are older than some stamp: about `wanted` of them, never none where there is one.
fn candidates(stamps: &[u32], wanted: usize) -> Vec<u64> {
    if stamps.len() > SAMPLES {
        let stride = stamps.len() / SAMPLES;
        let mut sample: Vec<u32> = stamps
            .iter()
            .step_by(stride)
            .copied()
            .filter(|&s| s != 0)
            .collect();
        let at = sample.len() * wanted / stamps.len();
        if at > 0 && at < sample.len() {
            let (_, &mut limit, _) = sample.select_nth_unstable(at);
            return collect(stamps, limit, wanted);
        }
    }
    collect(stamps, u32::MAX, stamps.len())
}

fn collect(stamps: &[u32], limit: u32, capacity: usize) -> Vec<u64> {
    const LANES: usize = 16;
    let mut found = Vec::with_capacity(capacity + capacity / 4 + LANES);
    for (i, chunk) in stamps.chunks(LANES).enumerate() {
        // 0 wraps to the largest number: free slots are never below the limit.
        let any = chunk
            .iter()
            .fold(false, |any, stamp| any | (stamp.wrapping_sub(1) < limit));
        if any {
            for (j, &stamp) in chunk.iter().enumerate() {
                if stamp.wrapping_sub(1) < limit {
                    found.push(pack(stamp, i * LANES + j));
                }
            }
        }
    }
    found
}

/// Writes all live slots into `out`, oldest first, and gives their number.
///
/// # Complexity
/// O(n log n).
pub fn sorted(stamps: &[u32], out: &mut [u32]) -> usize {
    let mut found = collect(stamps, u32::MAX, stamps.len());
    found.sort_unstable();
    for (to, packed) in out.iter_mut().zip(&found) {
        *to = slot_of(*packed);
    }
    found.len().min(out.len())
}

/// Numbers the live slots anew from 1, in the order they have, and gives the largest number.
///
/// # Complexity
/// O(n log n); needed once in two thousand million touches.
pub fn renumber(stamps: &mut [u32]) -> u32 {
    let mut found = collect(stamps, u32::MAX, stamps.len());
    found.sort_unstable();
    let mut last = 0;
    for packed in found {
        last += 1;
        stamps[slot_of(packed) as usize] = last;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift32 (Marsaglia 2003): the same numbers each run.
    fn random(state: &mut u32) -> u32 {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *state
    }

    /// The naive twin: sort everything.
    fn naive(stamps: &[u32]) -> Vec<u32> {
        let mut live: Vec<(u32, u32)> = stamps.iter().zip(0..).map(|(&s, i)| (s, i)).collect();
        live.retain(|&(stamp, _)| stamp != 0);
        live.sort_unstable();
        live.into_iter().map(|(_, slot)| slot).collect()
    }

    fn stamps_of(len: usize, free_in_10: u32, state: &mut u32) -> Vec<u32> {
        let mut turns: Vec<u32> = (1..=len as u32).map(|turn| turn * 3).collect();
        for i in (1..len).rev() {
            turns.swap(i, random(state) as usize % (i + 1));
        }
        for turn in &mut turns {
            if random(state) % 10 < free_in_10 {
                *turn = 0;
            }
        }
        turns
    }

    #[test]
    fn a_batch_holds_the_oldest_in_order() {
        let mut state = 7;
        for len in [0, 1, 2, 15, 16, 17, 100, 512, 513, 1000, 5000, 20_000] {
            for free_in_10 in [0, 3, 9, 10] {
                let stamps = stamps_of(len, free_in_10, &mut state);
                let all = naive(&stamps);
                for room in [1, 7, 64, 1000, 30_000] {
                    let mut out = vec![0; room];
                    let count = oldest(&stamps, &mut out);
                    assert!(count <= room && (count > 0) != all.is_empty());
                    assert_eq!(
                        out[..count],
                        all[..count],
                        "{len} slots, {free_in_10} in 10 free, room {room}"
                    );
                }
            }
        }
    }

    #[test]
    fn sorted_gives_all_live_slots() {
        let mut state = 3;
        for len in [0, 1, 33, 4000] {
            let stamps = stamps_of(len, 2, &mut state);
            let mut out = vec![0; len];
            let count = sorted(&stamps, &mut out);
            assert_eq!(out[..count], naive(&stamps)[..]);
        }
    }

    #[test]
    fn numbers_begin_anew_in_the_same_order() {
        let mut state = 5;
        let mut stamps = stamps_of(3000, 2, &mut state);
        let before = naive(&stamps);
        assert_eq!(renumber(&mut stamps) as usize, before.len());
        assert_eq!(naive(&stamps), before);
        assert_eq!(stamps.iter().max().copied(), Some(before.len() as u32));
    }

    #[test]
    fn the_largest_stamp_is_a_stamp_like_others() {
        let stamps = [u32::MAX, 0, 1];
        let mut out = [0; 3];
        assert_eq!(oldest(&stamps, &mut out), 2);
        assert_eq!(out[..2], [2, 0]);
    }

    #[test]
    fn no_room_gives_nothing() {
        assert_eq!(oldest(&[1, 2], &mut []), 0);
    }
}
