// @ts-check
// A few lives of each kind, held weakly from their beginning to the collection that decides: whether they are over is
// read at each look. Keeps numbers of those that it let go. Knows no verdict and no heap.
'use strict'

const { nowMs } = require('../base/clock.js')
const { weakRef } = require('../base/natives.js')
const { LIVES, routeOf } = require('./over.js')

/** Objects that are followed at a time, of all kinds: up to Node 24 a WeakRef keeps what it refers to until a major collection. */
const FOLLOWED_MAX = 64
/** New ones of all kinds have this share of the places, those of one kind a quarter; survivors have what is left. */
const FRESH_SHARE = 0.5
/** Of a kind's survivors the oldest are kept: they alone tell what becomes of what is old. */
const OLDEST_SHARE = 0.5
/** Of a kind, those remembered as numbers that are gone or were let go. */
const PAST_MAX = 256
/** Major collections that decide. */
const MAJORS_MIN = 2
/** What has not ended after so long makes room for another, in milliseconds. */
const UNENDED_MS = 30_000

/**
 * @typedef {object} Entry
 * @property {WeakRef<object>[]} refs
 * @property {number} began lives that had begun
 * @property {number} begunMs
 * @property {number} [ended] lives that had begun when it was seen to be over
 * @property {number} [endedMs] when that was
 * @property {number} [majors] collections so far, one look later: of one just made it is not known yet
 * @property {number} alive the greatest age, in later lives, at which it had outlived the collections that decide; or -1
 * @property {string} [route]
 */
/** What is told of beginnings. @typedef {{ begun(kind: string): number, ask(kind: string, every: number): void }} Source */

class Kind {
  /** @param {string} name */
  constructor(name) {
    this.name = name
    this.life = LIVES[name]
    /** @type {Entry[]} */
    this.entries = []
    /** Three numbers each: when it ended, greatest age alive, age at which it was gone. @type {number[]} */
    this.past = []
    /** Lives that had begun when this guard first looked, at the last look, and at the last before the newest collection. */
    this.first = -1
    this.begun = 0
    this.begunAtMajor = 0
    /** Lives that began between the last two looks. */
    this.since = 0
    this.gone = 0
    /** Places for new ones, and for survivors. */
    this.fresh = 0
    this.room = 0
  }

  /** Those that outlived the collections that decide. */
  survivors() {
    return this.entries.filter(({ alive }) => alive >= 0)
  }

  /** Those that are over and of which no collection has decided yet. */
  undecided() {
    return this.entries.filter(({ ended, alive }) => ended !== undefined && alive < 0).length
  }

  /** Places that are free for new ones. */
  free() {
    return this.fresh - (this.entries.length - this.survivors().length)
  }

  /** Numbers for the judge. */
  numbers() {
    const over = this.entries.filter(({ ended }) => ended !== undefined)
    return Float64Array.from([...this.past, ...over.flatMap(({ ended, alive }) => [Number(ended), alive, Number.NaN])])
  }

  /** @param {number} ended @param {number} alive @param {number} gone */
  remember(ended, alive, gone) {
    this.past.push(ended, alive, gone)
    if (this.past.length <= PAST_MAX * 3) return
    this.past = this.past.filter((_, at) => Math.floor(at / 3) % 2 === 0)
  }

  /** @param {Entry} entry @param {number} majors @param {boolean} isNewMajor @returns {boolean} whether it is still to be followed */
  read(entry, majors, isNewMajor) {
    const parts = entry.refs.map((ref) => ref.deref())
    if (parts.every((part) => part === undefined)) {
      const ended = entry.ended ?? entry.began
      this.gone++
      this.remember(ended, entry.alive, this.begun - ended)
      return false
    }
    if (entry.ended === undefined) {
      if (this.life.isOver(...parts)) {
        entry.ended = this.begun
        entry.endedMs = nowMs()
        entry.route = this.name === 'server request' ? routeOf(parts[0]) : undefined
      }
    } else if (entry.majors === undefined) {
      entry.majors = majors
    } else if (isNewMajor && majors - entry.majors >= MAJORS_MIN) {
      entry.alive = Math.max(entry.alive, this.begunAtMajor - entry.ended)
    }
    return true
  }

  /** Lets go of survivors that stand closest to another, and of what does not end where there is no room. @param {number} now */
  makeRoom(now) {
    const survivors = this.survivors()
    const kept = Math.ceil(this.room * OLDEST_SHARE)
    for (let over = survivors.length - this.room; over > 0; over--) {
      let closest = survivors.length - 1
      for (let at = kept; at < survivors.length; at++) if (gap(survivors, at) < gap(survivors, closest)) closest = at
      const [entry] = survivors.splice(closest, 1)
      this.entries.splice(this.entries.indexOf(entry), 1)
      this.remember(Number(entry.ended), entry.alive, Number.NaN)
    }
    if (this.free() > 0) return
    const unended = this.entries.findIndex(({ ended, begunMs }) => ended === undefined && now - begunMs > UNENDED_MS)
    if (unended >= 0) this.entries.splice(unended, 1)
  }
}

/** Later lives between one and the one before. @param {Entry[]} entries @param {number} at */
const gap = (entries, at) => Number(entries[at].ended) - Number(entries[at - 1]?.ended ?? -Infinity)

class Followed {
  /** @param {Source} source @param {number} [max] */
  constructor(source, max = FOLLOWED_MAX) {
    this.source = source
    this.max = max
    /** @type {Map<string, Kind>} */
    this.kinds = new Map(Object.keys(LIVES).map((name) => [name, new Kind(name)]))
    this.majors = -1
    this.ask()
  }

  /** A life begins that was asked for. @param {string} name @param {any[]} parts @returns {Entry | undefined} */
  add(name, parts) {
    const kind = this.kinds.get(name)
    const live = parts.filter((part) => part !== null && typeof part === 'object')
    if (!kind || live.length === 0) return undefined
    if (kind.first < 0) this.start(kind)
    if (kind.free() <= 0) return undefined
    const refs = live.map((part) => weakRef(part))
    /** @type {Entry} */
    const entry = { refs, began: this.source.begun(name) - kind.first, begunMs: nowMs(), alive: -1 }
    kind.entries.push(entry)
    if (kind.free() > 0) this.source.ask(name, this.every(kind))
    return entry
  }

  /** The first of its kind. @param {Kind} kind */
  start(kind) {
    kind.first = this.source.begun(kind.name) - 1
    this.share()
  }

  /** Places are shared among the kinds that there are, and those of survivors among the kinds that have some. */
  share() {
    const active = [...this.kinds.values()].filter(({ first }) => first >= 0)
    const staying = active.filter(({ entries }) => entries.some(({ alive }) => alive >= 0))
    const fresh = Math.min(this.max / 4, Math.floor((this.max * FRESH_SHARE) / active.length))
    const room = Math.floor((this.max - fresh * active.length) / Math.max(1, staying.length))
    for (const kind of active) Object.assign(kind, { fresh, room })
  }

  /** About one of so many to come has a place, as they came since the last look. @param {Kind} kind */
  every(kind) {
    const since = Math.max(kind.since, this.source.begun(kind.name) - kind.first - kind.begun)
    return Math.ceil(since / Math.max(1, kind.free()))
  }

  ask() {
    for (const kind of this.kinds.values()) {
      if (kind.first < 0) this.source.ask(kind.name, 1)
      else if (kind.free() > 0) this.source.ask(kind.name, this.every(kind))
    }
  }

  /** @param {number} majors major collections so far */
  look(majors) {
    const isNewMajor = majors !== this.majors
    this.majors = majors
    const now = nowMs()
    for (const kind of this.kinds.values()) {
      if (kind.first < 0) continue
      // The collection came after the last look: what had begun by then is certain.
      if (isNewMajor) kind.begunAtMajor = kind.begun
      kind.since = this.source.begun(kind.name) - kind.first - kind.begun
      kind.begun = this.source.begun(kind.name) - kind.first
      kind.entries = kind.entries.filter((entry) => kind.read(entry, majors, isNewMajor))
    }
    this.share()
    for (const kind of this.kinds.values()) {
      if (kind.first < 0) continue
      kind.makeRoom(now)
      if (kind.free() > 0) this.source.ask(kind.name, this.every(kind))
    }
    for (const kind of this.kinds.values()) if (kind.first < 0) this.source.ask(kind.name, 1)
    return isNewMajor
  }
}

/** @typedef {InstanceType<typeof Kind>} KindLike */
/** @typedef {InstanceType<typeof Followed>} FollowedLike */

module.exports = { FOLLOWED_MAX, Followed }
