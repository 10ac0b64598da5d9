//! Lives that are over, such as answered requests, and whether what is left of them is more with each later one.
//! Age is counted in later lives of the same kind, so that neither clocks nor load matter. Knows numbers, not what lived.

/// One life that was followed and is over. Ages are numbers of lives of its kind that began since.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Life {
    /// Lives that had begun when it was seen to be over.
    pub ended: f64,
    /// The greatest age at which it was seen to have outlived the collections that decide; negative where it never was.
    pub alive: f64,
    /// The age at which it was seen to be gone.
    pub gone: Option<f64>,
}

/// What a kind of life must show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Younger ones say nothing: a connection may hold its last request.
    pub young: f64,
    /// Survivors that are worth a word.
    pub survivors_min: usize,
    /// Only those that outlived so many later ones are more than a ring of the last few.
    pub later_min: f64,
    /// The same where what holds them was seen to grow with them, and so shows no plateau.
    pub later_grown_min: f64,
}

impl Limits {
    /// So many later ones a survivor must outlive to be accused.
    pub fn later(&self, has_grown: bool) -> f64 {
        if has_grown {
            self.later_grown_min
        } else {
            self.later_min
        }
    }

    /// Of what comes by the thousand: requests, sockets, streams.
    pub const FREQUENT: Limits = Limits {
        young: 16.0,
        survivors_min: 3,
        later_min: 5000.0,
        later_grown_min: 3000.0,
    };
    /// Of what is dear to begin: processes, threads.
    pub const RARE: Limits = Limits {
        young: 2.0,
        survivors_min: 3,
        later_min: 1000.0,
        later_grown_min: 600.0,
    };
}

/// What is to be said of the lives of a kind, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// None stays, or too few to tell.
    Gone,
    /// Some stay, and are gone after some later ones; or only the first ones stay.
    Bounded,
    /// They stay so far.
    Possible,
    /// They stay however many come later, and later ones stay too.
    Likely,
}

/// A standing with its figures: of `followed` lives that were over `age` or more later lives ago, `alive` are there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// What is to be said.
    pub standing: Standing,
    /// An age in later lives.
    pub age: f64,
    /// Those of which it is known whether they reached that age.
    pub followed: usize,
    /// Those that did.
    pub alive: usize,
}

/// Survivors of `later_min` that an accusation needs.
const OLD_MIN: usize = 5;
/// Survivors among those of the later half that show that it goes on.
const RECENT_MIN: usize = 3;
/// Of those that are past this share of `later_min`, hardly any may go.
const SETTLED_SHARE: f64 = 0.2;
const LATE_GONE_SHARE: f64 = 0.1;
/// Recent ones stay as a rule as often as old ones, and no less often than this share of it.
const RECENT_SHARE: f64 = 0.5;
/// Where they stay less often than this, it has come to an end.
const FADED_SHARE: f64 = 0.1;
/// So many tell that something has come to an end.
const TELLING_MIN: usize = 8;
/// Ages that are told, oldest first, of which enough is known; else it is the smallest age that says anything.
const AGES: [f64; 6] = [10_000.0, 5000.0, 1000.0, 200.0, 50.0, 16.0];

/// What lives say of their kind, of which `begun` have begun so far. `has_grown`: what holds them was seen to grow as
/// survivors say. O(lives).
pub fn judge(lives: &[Life], begun: f64, limits: &Limits, has_grown: bool) -> Judged {
    let standing = standing(lives, begun, limits, limits.later(has_grown));
    let told = AGES
        .into_iter()
        .chain([limits.young])
        .find(|&age| {
            let (followed, alive) = reached(lives, begun, age);
            followed >= TELLING_MIN && alive >= limits.survivors_min
        })
        .unwrap_or(limits.young);
    let (followed, alive) = reached(lives, begun, told);
    Judged {
        standing,
        age: told,
        followed,
        alive,
    }
}

fn standing(lives: &[Life], begun: f64, limits: &Limits, later: f64) -> Standing {
    let (_, survivors) = reached(lives, begun, limits.young);
    let survivors_now = there(lives, |life| life.alive >= limits.young);
    if survivors < limits.survivors_min || survivors_now < limits.survivors_min {
        return Standing::Gone;
    }
    let first = lives.iter().map(|life| life.ended).fold(f64::INFINITY, f64::min);
    let middle = first + (begun - first) / 2.0;
    let is_early = |life: &Life| life.ended <= middle;
    let (early, early_alive) = (
        known(lives, |life| is_early(life)),
        there(lives, |life| is_early(life) && life.alive >= limits.young),
    );
    let is_recent = |life: &Life| life.ended > middle && begun - life.ended >= limits.young;
    let (recent, recent_alive) = (
        known(lives, |life| is_recent(life)),
        there(lives, |life| is_recent(life) && life.alive >= limits.young),
    );
    // Nothing old is there: what stays is the last few, whatever their number.
    if early_alive < 2 {
        return if early >= limits.survivors_min {
            Standing::Bounded
        } else {
            Standing::Possible
        };
    }
    let share = |alive: usize, of: usize| alive as f64 / of.max(1) as f64;
    // Only the first ones stay: something has filled up.
    if recent >= TELLING_MIN && share(recent_alive, recent) < FADED_SHARE * share(early_alive, early) {
        return Standing::Bounded;
    }
    let (old, old_alive) = reached(lives, begun, later);
    let settled = later * SETTLED_SHARE;
    let is_settled = |life: &&Life| life.alive >= settled && begun - life.ended >= later;
    let (settled, settled_gone) = (
        lives.iter().filter(is_settled).count(),
        lives
            .iter()
            .filter(is_settled)
            .filter(|life| life.gone.is_some())
            .count(),
    );
    let goes_on =
        recent_alive >= RECENT_MIN && share(recent_alive, recent) >= RECENT_SHARE * share(old_alive, old);
    let stays = share(settled_gone, settled) <= LATE_GONE_SHARE;
    if old_alive >= OLD_MIN && goes_on && stays {
        Standing::Likely
    } else {
        Standing::Possible
    }
}

/// Of how many it is known whether they reached an age, and how many did. One that was let go before is not known.
fn reached(lives: &[Life], begun: f64, age: f64) -> (usize, usize) {
    let may = lives.iter().filter(|life| begun - life.ended >= age);
    may.fold((0, 0), |(known, alive), life| match life.gone {
        _ if life.alive >= age => (known + 1, alive + 1),
        Some(_) => (known + 1, alive),
        None => (known, alive),
    })
}

/// Lives of which something was seen after they were over.
fn known(lives: &[Life], wanted: impl Fn(&Life) -> bool) -> usize {
    let seen = |life: &&Life| life.gone.is_some() || life.alive >= 0.0;
    lives.iter().filter(seen).filter(|life| wanted(life)).count()
}

fn there(lives: &[Life], wanted: impl Fn(&Life) -> bool) -> usize {
    lives
        .iter()
        .filter(|life| life.gone.is_none() && wanted(life))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every life of a program in which life `at` is there until `until(at)` lives have begun, looked at each `look` lives.
    fn lived(begun: u32, every: u32, look: u32, until: impl Fn(u32) -> u32) -> Vec<Life> {
        (0..begun)
            .step_by(every as usize)
            .map(|at| {
                let mut life = Life {
                    ended: f64::from(at),
                    alive: -1.0,
                    gone: None,
                };
                for now in (at.next_multiple_of(look)..=begun).step_by(look as usize) {
                    if life.gone.is_none() && now < until(at) {
                        life.alive = f64::from(now - at);
                    } else if life.gone.is_none() {
                        life.gone = Some(f64::from(now - at));
                    }
                }
                life
            })
            .collect()
    }

    fn says(lives: &[Life], begun: u32) -> Standing {
        judge(lives, f64::from(begun), &Limits::FREQUENT, false).standing
    }

    #[test]
    fn lives_that_are_collected_say_nothing() {
        for begun in [10, 100, 1000, 20_000] {
            assert_eq!(says(&lived(begun, 7, 20, |at| at), begun), Standing::Gone);
        }
    }

    #[test]
    fn lives_that_stay_are_possible_at_once_and_likely_after_five_thousand_later_ones() {
        for begun in [60, 720, 3000, 4900] {
            assert_eq!(
                says(&lived(begun, 5, 12, |_| u32::MAX), begun),
                Standing::Possible
            );
        }
        for begun in [5700, 20_000, 200_000] {
            assert_eq!(
                says(&lived(begun, begun / 60, 12, |_| u32::MAX), begun),
                Standing::Likely
            );
        }
    }

    #[test]
    fn where_their_holder_was_seen_to_grow_three_thousand_are_enough() {
        let lives = lived(3600, 40, 12, |_| u32::MAX);
        let judged = |has_grown| judge(&lives, 3600.0, &Limits::FREQUENT, has_grown).standing;
        assert_eq!(
            (judged(false), judged(true)),
            (Standing::Possible, Standing::Likely)
        );
        let ring = lived(3600, 40, 12, |at| at + 1000);
        assert_eq!(
            judge(&ring, 3600.0, &Limits::FREQUENT, true).standing,
            Standing::Bounded
        );
    }

    #[test]
    fn one_in_ten_that_stays_is_told_all_the_same() {
        let until = |at: u32| if at.is_multiple_of(10) { u32::MAX } else { at };
        assert_eq!(says(&lived(9000, 41, 12, until), 9000), Standing::Likely);
        // Those that go at once do not hide those that stay behind a ring of the last 300.
        let until = |at: u32| {
            if at.is_multiple_of(10) { u32::MAX } else { at + 300 }
        };
        assert_eq!(says(&lived(9000, 41, 12, until), 9000), Standing::Likely);
    }

    #[test]
    fn rings_are_possible_while_they_fill_and_bounded_after_twice_their_length() {
        for ring in [200, 1000, 4000] {
            for begun in [ring / 2, ring, ring * 3 / 2, ring * 3, ring * 10] {
                let lives = lived(begun, (begun / 60).max(1), 20, |at| at + ring);
                let said = says(&lives, begun);
                assert!(said <= Standing::Possible, "{said:?}, {ring} after {begun}");
                if begun > ring * 2 + 100 {
                    assert_eq!(said, Standing::Bounded, "{ring} after {begun}");
                }
            }
        }
        // Longer ones differ from a leak only once they are full: who asks looks at what holds them, too.
        for begun in [10_500, 14_000, 30_000] {
            let said = says(&lived(begun, begun / 60, 20, |at| at + 10_000), begun);
            assert_ne!(said, Standing::Gone);
            assert_eq!(
                said == Standing::Bounded,
                begun == 30_000,
                "{said:?} after {begun}"
            );
        }
    }

    #[test]
    fn what_only_the_first_ones_stay_in_has_filled_up() {
        let until = |at: u32| if at < 500 { u32::MAX } else { at };
        assert_eq!(says(&lived(20_000, 40, 20, until), 20_000), Standing::Bounded);
    }

    #[test]
    fn a_few_that_stay_are_no_leak_of_requests() {
        let until = |at: u32| if at < 40 { u32::MAX } else { at };
        assert_eq!(says(&lived(8000, 20, 20, until), 8000), Standing::Gone);
    }

    #[test]
    fn what_ends_by_time_is_never_likely() {
        // A timer of a minute at 12 to 100 requests a second.
        for ring in [720, 6000] {
            let until = |at: u32| at + ring - (at * 7919) % (ring / 3);
            for begun in (ring..ring * 12).step_by(ring as usize) {
                let said = says(&lived(begun, (begun / 64).max(1), 60, until), begun);
                assert!(
                    said < Standing::Likely || begun < ring * 2,
                    "{ring} after {begun}"
                );
            }
        }
    }

    #[test]
    fn evidence_tells_of_the_oldest_age_of_which_enough_is_known() {
        let lives = lived(7000, 100, 50, |_| u32::MAX);
        let told = judge(&lives, 7000.0, &Limits::FREQUENT, false);
        assert_eq!((told.age, told.followed, told.alive), (5000.0, 21, 21));
    }

    #[test]
    fn one_that_was_let_go_counts_for_no_age_that_it_did_not_reach() {
        let mut lives = lived(7000, 100, 50, |_| u32::MAX);
        for life in lives.iter_mut().take(30) {
            life.alive = 700.0;
        }
        let (known, alive) = reached(&lives, 7000.0, 1000.0);
        assert_eq!((known, alive), (31, 31));
    }

    /// More evidence of going never makes it worse, and scaling rates of followed ones does not change who is accused.
    #[test]
    fn a_survivor_that_goes_never_makes_an_accusation() {
        let mut seed = 7u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        for _ in 0..60 {
            let begun = 100 + random(12_000);
            let stay = random(100);
            let mut lives = lived(begun, (begun / 60).max(1), 25, |at| {
                if (at * 31) % 100 < stay { u32::MAX } else { at }
            });
            let before = says(&lives, begun);
            if let Some(life) = lives.iter_mut().rev().find(|life| life.gone.is_none()) {
                life.gone = Some(f64::from(begun) - life.ended);
                life.alive = -1.0;
            }
            let after = says(&lives, begun);
            assert!(
                after != Standing::Likely || before == Standing::Likely,
                "{before:?} -> {after:?}"
            );
        }
    }
}
