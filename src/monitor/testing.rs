//! What tests of the monitor tell it.

use super::{Check, Monitor, Observation, ThreadId};
use crate::ledger::{Claim, Pool};

const SITE: &str = "handler\t/app/a.js\t3\t7";

/// A claim of something that was made at one line.
pub fn claim(pool: Pool, label: &'static str) -> Claim<'static> {
    Claim {
        pool,
        label,
        site_key: SITE,
        owner: None,
        bound: None,
        began: Some(0.0),
        lasts_ms: None,
    }
}

/// One of looks 100 ms apart, of a thread that is busy half of the time.
pub fn look(monitor: &mut Monitor, id: ThreadId, i: usize, page: &[f64], groups: &[(String, f64)]) {
    let busy = i as f64 * 50.0;
    monitor.observe(
        id,
        &Observation {
            at_ms: i as f64 * 100.0,
            cpu_ms: busy,
            events: busy,
            page,
            groups,
            memory: None,
        },
    );
}

/// Looks at things that are made one a look, at `label`, with so many collections by then; the numbers outside stay.
pub fn one_more_each_look(
    pool: Pool,
    label: &'static str,
    groups: &[(String, f64)],
    majors: fn(f64) -> f64,
) -> Check {
    let mut monitor = Monitor::default();
    let id = monitor.add_thread("", 0);
    for i in 0..200 {
        monitor.claim(id, &claim(pool, label));
        let at = f64::from(i);
        monitor.observe(
            id,
            &Observation {
                at_ms: at * 100.0,
                cpu_ms: at * 50.0,
                events: at,
                page: &vec![1.0; i as usize + 1],
                groups,
                memory: Some(([0.0; 4], majors(at))),
            },
        );
    }
    monitor.check(id)
}
