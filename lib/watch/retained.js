// @ts-check
// Why objects that ought to be gone are still there: lets garbage go, with patience, and finds in one heap snapshot
// what holds those that stay. Knows weak references, collections and the heap; not who wants to know.
'use strict'

const { runInThisContext } = require('node:vm')
const { collectNow, turn, wait } = require('../base/clock.js')
const { kept } = require('../findings/findings.js')
const { Inspector } = require('../v8/inspector.js')

/** Pauses between collections, in milliseconds: what ends by itself is given time, what is garbage goes at once. */
const PAUSES_MS = [0, 0, 2, 10, 30, 80, 150]
/** Objects looked for in one snapshot. */
const LOOKED_FOR_MAX = 200
const GROUP = 'leakguard'
const kHeld = Symbol.for('leakguard.held')

/** What no collection takes here is no proof: made in a call of its own, so that no variable holds it. */
const canary = () => new WeakRef({})

/** @template {{ ref: WeakRef<object> }} T @param {T[]} all @returns {T[]} */
const there = (all) => all.filter(({ ref }) => ref.deref() !== undefined)

/**
 * Those that are still there after full collections with turns of the event loop between them.
 * @template {{ ref: WeakRef<object> }} T
 * @param {T[]} all @param {readonly number[]} [pauses]
 * @returns {Promise<{ left: T[], canTell: boolean }>} `canTell`: garbage was seen to go
 */
async function outlived(all, pauses = PAUSES_MS) {
  const garbage = canary()
  let left = all
  for (const ms of pauses) {
    if (left.length === 0) break
    await (ms === 0 ? turn() : wait(ms))
    collectNow()
    left = there(left)
  }
  return { left, canTell: garbage.deref() === undefined }
}

/** @typedef {{ ref: WeakRef<object>, label: string, scope: string }} Wanted */

/**
 * The ids of objects in the snapshot that was just written. A session of its own, open no longer than this: what it
 * was shown is let go before it ends.
 * @param {WeakRef<object>[]} refs @returns {number[]} 0 for what is gone
 */
function idsOf(refs) {
  const { inspector, why } = Inspector.open()
  if (!inspector) throw new Error(why)
  // Node's own realm is the one that is asked when no other is named.
  const outer = runInThisContext('globalThis')
  const give = (/** @type {number} */ at) => refs[at].deref()
  Object.defineProperty(outer, kHeld, { value: give, configurable: true })
  try {
    return refs.map((_, at) => {
      const expression = `globalThis[Symbol.for('leakguard.held')](${at})`
      const { result } = inspector.post('Runtime.evaluate', { expression, objectGroup: GROUP, silent: true })
      if (!result.objectId) return 0
      return Number(inspector.post('HeapProfiler.getHeapObjectId', { objectId: result.objectId }).heapSnapshotObjectId)
    })
  } finally {
    Reflect.deleteProperty(outer, kHeld)
    inspector.post('Runtime.releaseObjectGroup', { objectGroup: GROUP })
    inspector.close()
  }
}

/** @typedef {{ facts: import('../findings/facts').Facts, members: number[] }} Kept `members` are indices of those that were wanted */

/**
 * What holds these objects: facts of one finding for all that are held alike. Takes a heap snapshot.
 * @param {string} where @param {Wanted[]} wanted
 * @param {WeakRef<object>[]} [around] objects that do not count as holding anything
 * @returns {Promise<Kept[]>}
 */
async function explainHeld(where, wanted, around = []) {
  // Loaded when something has stayed: a guard only asks whether anything has.
  const { capture, keptIn } = require('../heap/heap.js')
  const some = wanted.slice(0, LOOKED_FOR_MAX)
  /** @type {number[]} */
  let ids = []
  // Names of the variables of a block are strings like others. The graph goes at once; no report says what strings say.
  const read = { force: false, redact: false, eager: true }
  // V8 holds what a WeakRef was asked for until the job at hand ends.
  await turn()
  const graph = await capture(where, read, () => {
    ids = idsOf([...some.map(({ ref }) => ref), ...around])
  })
  try {
    const watched = some.map(({ label, scope }, at) => ({ nodeId: ids[at], label, scope }))
    return keptIn(graph, watched, ids.slice(some.length)).map(({ finding, members }) => ({
      facts: kept(finding),
      members
    }))
  } finally {
    graph.dispose()
  }
}

module.exports = { explainHeld, outlived, LOOKED_FOR_MAX }
