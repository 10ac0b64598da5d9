// @ts-check
// Hears of listeners, timers, handles and descriptors while tests run, and tells which are left behind, by which test.
// Keeps all of them weakly. Knows what a test is called, not which runner runs it.
'use strict'

const events = require('node:events')
const { IncomingMessage, OutgoingMessage } = require('node:http')
const { Socket } = require('node:net')
const { setImmediate, setTimeout } = require('node:timers')
const { collectNow, nowMs } = require('../base/clock.js')
const { hub } = require('../hooks/index.js')
const { Witness } = require('../measure/witness.js')
const { TestLives } = require('./lives.js')

/** Records are looked through when there are so many more. */
const PRUNE_EVERY = 4096
/** Pauses in which what ends by itself may end, in milliseconds; a timer that is due within the sum of them is waited for. */
const PAUSES_MS = [0, 2, 10, 30, 80, 150]
/** After so many of them garbage is collected: what only garbage refers to is not left behind. */
const COLLECT_FROM = 1
/** A collection that takes longer, in milliseconds, is made twice at the most. */
const SLOW_MS = 60
/** Promises of timers do not tell whether they are settled, and signals of a time-out end by themselves. */
const UNTELLING = /^(?:timers\/promises|scheduler\.wait|AbortSignal\.timeout)/

/** @typedef {import('../measure/witness.js').WitnessLike['records'][number] & { owner?: Owner, ref?: WeakRef<any> }} Left */
/** @typedef {{ name: string, file?: string }} Owner a test */

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)))

/** @param {Left} record */
function isThere(record) {
  try {
    return record.isThere()
  } catch {
    return false
  }
}

/** Whether a socket waits in an agent's pool, or is a connection of a server that listens: that one ends it. @param {any} socket */
const isPooled = (socket) =>
  socket?.server?.listening === true || (socket?._httpMessage == null && socket?.listenerCount?.('agentRemove') > 0)

/**
 * What a connection is made of goes with it, whichever test made it: an agent hands a socket from test to test, and an
 * answer may end after its test. One that is left open is told itself. Streams and sessions of HTTP/2 have no class.
 * @param {any} target
 */
const isOfConnection = (target) =>
  target instanceof Socket ||
  target instanceof OutgoingMessage ||
  target instanceof IncomingMessage ||
  /^(?:Client|Server)?Http2(?:Session|Stream)$/.test(target?.constructor?.name)

class Leftovers {
  /** @param {typeof import('../../native.js')} native */
  constructor(native) {
    this.witness = new Witness(native)
    /** @type {Owner | undefined} */
    this.owner = undefined
    /** Who runs when an emitter is made, or a target is first listened to. @type {WeakMap<object, Owner | null>} */
    this.born = new WeakMap()
    /** Listeners of the process that stood there before a test: one that takes them away may put them back. @type {WeakSet<object>} */
    this.standing = new WeakSet()
    this.pruneAt = PRUNE_EVERY
    this.lives = new TestLives()
    this.sink = this.makeSink()
    this.isOn = false
    this.putSignalsBack = () => {}
  }

  /** @returns {import('../hooks/hub.js').Sink} */
  makeSink() {
    const { sink } = this.witness
    const owned = this.owned.bind(this)
    return {
      ...sink,
      listener: (record, site) => {
        const { target } = record
        if (!this.born.has(target)) this.born.set(target, this.owner ?? null)
        // What is loaded may listen, and what a test made goes with it.
        const ref = new WeakRef(target)
        if (this.owner && this.outlives(target) && !this.standing.has(/** @type {any} */ (record.listener)))
          owned(
            () => sink.listener(record, site),
            // A stream that is done for hears nothing more.
            () => /** @type {any} */ (ref.deref())?.destroyed !== true
          )
      },
      timer: (record, site) => {
        if (record.isTimer && !UNTELLING.test(record.kind)) owned(() => sink.timer(record, site))
      },
      resource: (record) => {
        const ref = new WeakRef(/** @type {any} */ (record.object))
        owned(
          () => sink.resource(record),
          () => !isPooled(ref.deref())
        )
      },
      descriptor: (record) => owned(() => sink.descriptor(record)),
      life: (kind, parts) => this.lives.add(kind, parts, this.owner),
      server: ({ object, site }) => {
        const ref = new WeakRef(/** @type {any} */ (object))
        owned(() => this.witness.add('handle', 'TCPServerWrap', site, () => ref.deref()?.listening === true))
      }
    }
  }

  /** Whether this emitter is there after the test that runs. @param {object} target */
  outlives(target) {
    const maker = this.born.get(target)
    return maker !== this.owner && !(maker && isOfConnection(target))
  }

  /** Notes whose it is, and whether it is one's own. @param {() => void} hear @param {() => boolean} [counts] */
  owned(hear, counts) {
    const { records } = this.witness
    const before = records.length
    hear()
    const record = /** @type {Left | undefined} */ (records[before])
    // What Node makes by itself has no line of the program's, and is Node's to end.
    if (record && !record.site.includes('\t')) records.pop()
    else if (record) {
      record.owner = this.owner
      const { isThere } = record
      if (counts) record.isThere = () => isThere() && counts()
    }
    if (records.length < this.pruneAt) return
    this.witness.records = records.filter(isThere)
    this.pruneAt = this.witness.records.length + PRUNE_EVERY
  }

  start() {
    if (this.isOn) return
    this.isOn = true
    const { born } = this
    hub().add(this.sink, globalThis, true)
    // Node's constructor looks it up at each call.
    const { EventEmitter } = /** @type {any} */ (events)
    const original = EventEmitter.init
    const leftovers = this
    /** @this {object} */
    this.init = function init() {
      born.set(this, leftovers.owner ?? null)
      return Reflect.apply(original, this, arguments)
    }
    this.original = original
    EventEmitter.init = this.init
    born.set(process, null)
    this.noteSignals()
  }

  /** A signal is made when it is first asked for; of other targets the first listener is the first that is seen. */
  noteSignals() {
    const { born } = this
    const { prototype } = AbortController
    const own = Object.getOwnPropertyDescriptor(prototype, 'signal')
    if (!own?.get || !own.configurable) return
    const { get: original } = own
    const leftovers = this
    const replaced = {
      .../** @type {PropertyDescriptor} */ (own),
      /** @this {object} */
      get() {
        const signal = Reflect.apply(original, this, [])
        if (!born.has(signal)) born.set(signal, leftovers.owner ?? null)
        return signal
      }
    }
    Object.defineProperty(prototype, 'signal', replaced)
    this.putSignalsBack = () => {
      if (Object.getOwnPropertyDescriptor(prototype, 'signal')?.get === replaced.get)
        Object.defineProperty(prototype, 'signal', own)
    }
  }

  stop() {
    if (!this.isOn) return
    this.isOn = false
    hub().remove(this.sink)
    const { EventEmitter } = /** @type {any} */ (events)
    if (EventEmitter.init === this.init) EventEmitter.init = this.original
    this.putSignalsBack()
  }

  /** From now on what is made is this test's. @param {Owner | undefined} owner */
  belongTo(owner) {
    this.owner = owner
    if (!owner || !this.isOn) return
    for (const name of process.eventNames())
      for (const listener of process.rawListeners(name)) this.standing.add(listener)
  }

  /**
   * What is left of these, each told once. Clean tests wait for nothing.
   * @param {(record: Left) => boolean} isWanted
   * @returns {Promise<Left[]>}
   */
  async left(isWanted) {
    const find = () =>
      /** @type {Left[]} */ (this.witness.records).filter((record) => isWanted(record) && isThere(record))
    let left = find()
    let collections = 0
    for (const [round, ms] of PAUSES_MS.entries()) {
      if (left.length === 0) break
      await pause(ms)
      left = left.filter(isThere)
      // Timers and servers are held by Node: no collection ends them.
      if (round < COLLECT_FROM || !left.some(({ kind, label }) => kind === 'listener' || label.startsWith('fd:')))
        continue
      const start = nowMs()
      if (collections < 2) collectNow()
      collections += nowMs() - start > SLOW_MS ? 1 : 0.5
      await pause(0)
      left = left.filter(isThere)
    }
    const told = new Set(left)
    this.witness.records = this.witness.records.filter((record) => !told.has(record) && isThere(record))
    return left
  }
}

module.exports = { Leftovers }
