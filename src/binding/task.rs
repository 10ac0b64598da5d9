//! Long native work on threads of our own: a flag to stop it, a word that tells how far it is, a promise for its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, JsError};
use napi_derive::napi;

use super::failure::{Failure, Result, internal, to_napi};
use crate::error;
use crate::graph::Phase;

/// Shared by the thread that works and the one that waits.
#[derive(Default)]
pub struct Shared {
    /// Set once: the work ends soon.
    pub cancel: AtomicBool,
    /// Thousandths of the phase.
    fraction: AtomicU32,
    phase: AtomicU32,
}

impl Shared {
    /// Reading is this far, from 0 to 1.
    pub fn reading(&self, fraction: f64) {
        self.fraction
            .store((fraction.clamp(0.0, 1.0) * 1000.0) as u32, Ordering::Relaxed);
    }

    /// The graph is at this phase.
    pub fn building(&self, phase: Phase) {
        self.phase.store(1 + phase as u32, Ordering::Relaxed);
    }
}

/// Reading, then each [`Phase`] in order.
const PHASES: [&str; 6] = ["read", "edges", "walk", "dominators", "retained", "paths"];

/// A piece of work that runs, or will.
#[napi]
#[derive(Default)]
pub struct Task {
    shared: Arc<Shared>,
}

#[napi]
impl Task {
    /// Work that has not begun.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the work soon; its promise rejects.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.shared.cancel.store(true, Ordering::Relaxed);
    }

    /// What it is at.
    #[napi(catch_unwind)]
    pub fn phase(&self) -> String {
        let at = self.shared.phase.load(Ordering::Relaxed) as usize;
        PHASES.get(at).copied().unwrap_or("").to_owned()
    }

    /// How far it is, from 0 to 1; phases after reading count as nearly all.
    #[napi(catch_unwind)]
    pub fn fraction(&self) -> f64 {
        let read = f64::from(self.shared.fraction.load(Ordering::Relaxed)) / 1000.0;
        let phase = f64::from(self.shared.phase.load(Ordering::Relaxed));
        if phase == 0.0 {
            read * 0.5
        } else {
            0.5 + phase * 0.08
        }
    }
}

impl Task {
    /// What the two threads share.
    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }
}

/// Runs `work` on a thread of its own and gives a promise of what `wrap` makes of it. A panic rejects the promise.
pub fn promise<'env, T, V>(
    env: &'env Env,
    work: impl FnOnce() -> error::Result<T> + Send + 'static,
    wrap: impl FnOnce(T) -> V + Send + 'static,
) -> Result<Object<'env>>
where
    T: Send + 'static,
    V: ToNapiValue + 'static,
{
    let (deferred, promise) = env.create_deferred().map_err(internal)?;
    let run = move || {
        let outcome = error::caught(work);
        // To be rejected with a code of ours, the error is made where JavaScript runs.
        deferred.resolve(move |env| outcome.map(wrap).map_err(|error| rejection(env, to_napi(error))));
    };
    let spawned = std::thread::Builder::new()
        .name("leakguard-heap".into())
        .spawn(run);
    spawned.map_err(|e| {
        to_napi(error::Error {
            code: "ERR_LEAKGUARD_INTERNAL",
            message: format!("no thread can be started: {e}"),
        })
    })?;
    Ok(promise)
}

/// An error as JavaScript has it, carried by one of napi's, which has no room for a code of ours.
fn rejection(env: Env, failure: Failure) -> napi::Error {
    napi::Error::from_unknown_without_coercion(JsError::from(failure).into_unknown(env))
}
