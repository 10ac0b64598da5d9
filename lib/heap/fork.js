// @ts-check
// Captures in a copy of this process: whether one may be made here and why, the moment for it, how often to try.
// What becomes of the copy's work is for the caller; how a process is copied so that V8 survives it is native.
'use strict'

const { nowMs, wait } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { LeakguardError, aborted } = require('../base/errors.js')
const { ownBytesMax, writeFromCopy } = require('./snapshot.js')
const { isOn } = require('../base/options.js')
const { spent } = require('./unasked.js')

/** Forks for one capture. Each pauses the program. */
const TRIES_MAX = 5
/** So long a moment is waited for in which V8's own threads rest. */
const MOMENT_MAX_MS = 500
/** Threads of V8's platform: Node starts so many, and one more for what is delayed. */
const POOL = 5
/** After this a copy is given up. */
const LIFE_MS = 30 * 60_000
/** A copy is ended when no more than this part of what was available remains for all. */
const MEMORY_LEFT_SHARE = 0.05

/** Why no copy of this process may be made; undefined where one may. */
function refusal() {
  if (isOn('LEAKGUARD_NO_FORK')) return 'LEAKGUARD_NO_FORK=1 forbids forked captures'
  return addon().forkUnsupported() ?? undefined
}

/**
 * Which way a capture goes, and why. Only `'auto'` chooses.
 * @param {string} where @param {'auto' | 'fork' | 'inline'} mode
 * @returns {{ mode: 'fork' | 'inline', reason: string }}
 */
function pick(where, mode) {
  if (mode === 'inline') return { mode, reason: 'asked for' }
  const why = refusal()
  if (mode === 'fork') {
    if (why) throw new LeakguardError('ERR_LEAKGUARD_NO_FORK', `${where}: ${why}; use mode 'inline'`)
    return { mode, reason: 'asked for' }
  }
  if (why) return { mode: 'inline', reason: why }
  if (addon().forkIsShown()) return { mode: 'fork', reason: `shown to work on ${process.platform}-${process.arch}` }
  const reason = `not shown to work on ${process.platform}-${process.arch} with this C library: ask for it with mode 'fork'`
  return { mode: 'inline', reason }
}

/**
 * Waits for a moment in which no thread of V8's works: what it had in hand would be lost in the copy.
 * @param {AbortSignal} [signal]
 */
async function moment(signal) {
  const startedMs = nowMs()
  while (!addon().poolRests(POOL) && !signal?.aborted && nowMs() - startedMs < MOMENT_MAX_MS) await wait(1)
}

/**
 * Copies this process and has the copy's snapshot taken; again where a copy fails in a way that another may not.
 * @template T
 * @param {string} where
 * @param {{ signal?: AbortSignal }} read
 * @param {InstanceType<typeof import('../../native.js').Task>} task
 * @param {(fork: InstanceType<typeof import('../../native.js').NativeFork>) => Promise<T>} take
 *   rejects with ERR_LEAKGUARD_FORK_FAILED where the copy did not do its work
 * @param {import('./snapshot.js').Depth} [depth] what is asked of the copy
 * @param {(fd: number) => boolean | null} [write] what the copy does; true where that takes too much memory
 * @returns {Promise<{ result: T, told: { pauseMs: number, attempts: number, failures: string[] } }>} the pauses of all forks
 */
async function forked(where, { signal }, task, take, depth = 'graph', write = writeFromCopy) {
  let pauseMs = 0
  /** @type {string[]} */
  const failures = []
  for (let attempt = 1; ; attempt++) {
    const ready = await addon().prepareFork(task)
    await moment(signal)
    if (signal?.aborted) {
      ready.dispose()
      throw aborted(signal)
    }
    // Where it is not told what is available, nothing can be too little: the bound on the copy's own memory remains.
    const leftMin = (addon().availableBytes() ?? 0) * MEMORY_LEFT_SHARE
    const fork = addon().forkHeap(ready, write, LIFE_MS, leftMin, ownBytesMax(depth))
    pauseMs += fork.pauseMs()
    try {
      return { result: await take(fork), told: { pauseMs, attempts: attempt, failures } }
    } catch (error) {
      const failure = fork.failure()
      if (!failure || signal?.aborted) throw error
      failures.push(failure)
      if (fork.isWorthAnother() && attempt < TRIES_MAX) continue
      const tries = attempt === 1 ? 'a copy of this process' : `each of ${attempt} copies of this process`
      const reasons = [...new Set(failures)].join('; ')
      throw new LeakguardError('ERR_LEAKGUARD_FORK_FAILED', `${where}: ${tries} failed to write its heap: ${reasons}`)
    } finally {
      spent(fork.cpuMs(), depth)
    }
  }
}

module.exports = { forked, pick }
