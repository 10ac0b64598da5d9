//! V8's marks on its memory while they are off for a fork, and whose turn it is to have them off. Knows neither the child
//! nor who follows it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::regions::Regions;

/// What is to be marked again when the fork is done. Dropped, it is marked, and the next may fork.
pub(super) struct Marks {
    regions: Regions,
    are_off: bool,
    _turn: Turn,
}

impl Marks {
    /// Finds what is marked.
    pub(super) fn read(turn: Turn) -> io::Result<Self> {
        Ok(Self {
            regions: Regions::read()?,
            are_off: false,
            _turn: turn,
        })
    }

    /// Takes the marks off.
    pub(super) fn take_off(&mut self) -> io::Result<()> {
        self.are_off = true;
        self.regions.include()
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        if self.are_off {
            self.regions.exclude();
        }
    }
}

/// One at a time: the marks that one has taken off are not to be missed by another.
pub(super) struct Turn;

static IS_TAKEN: Mutex<bool> = Mutex::new(false);
static IS_FREE: Condvar = Condvar::new();
/// So often somebody who waits for his turn looks whether he is still wanted.
const TURN_LOOK: Duration = Duration::from_millis(50);

impl Turn {
    /// Waits for it; `None` when `cancel` is set before.
    pub(super) fn take(cancel: &AtomicBool) -> Option<Self> {
        let mut is_taken = IS_TAKEN.lock();
        while *is_taken {
            if cancel.load(Ordering::Relaxed) {
                return None;
            }
            IS_FREE.wait_for(&mut is_taken, TURN_LOOK);
        }
        *is_taken = true;
        Some(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *IS_TAKEN.lock() = false;
        IS_FREE.notify_one();
    }
}
