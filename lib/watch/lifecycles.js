// @ts-check
// Life cycles of a running guard: follows some, has them judged by how many later ones they outlive, asks one heap graph
// of a copy of the process what holds those that stay, and tells. Knows when to look and what to say, no hook.
'use strict'

const { nowMs } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { THREAD } = require('../base/thread.js')
const { toKeptFinding } = require('../findings/findings.js')
const { BY_KEY, boundOf } = require('../code/bound.js')
const { Followed } = require('./followed.js')
const { holdsAside } = require('./holds.js')
const { whyNot } = require('../heap/unasked.js')
const { examined } = require('../report/lines.js')

/** Between two graphs, in milliseconds; twice as long after each, and so many times as long as the last one took. */
const GRAPH_EVERY_MS = 20_000
const GRAPH_EVERY_MAX_MS = 3_600_000
const GRAPH_COST_FACTOR = 10
/** Survivors that a holder must have to be told, and of the oldest to be accused. */
const HELD_MIN = 3
/** Holders told of a kind. */
const HOLDS_MAX = 3
/** Where the code takes entries out by what cannot be read, so many times as many later lives are asked for, and so long. */
const UNREAD_BOUND_LATER = 10
const UNREAD_BOUND_MS = 1_800_000
/** Of what survivors' share says, a container must have grown by this part. */
const GROWN_SHARE = 0.5
/** Between collections that are made for what waits for one, in milliseconds; later so much longer. */
const PROOF_MS = 20_000
const PROOF_LATER_MS = 300_000
const EARLY_MS = 900_000
const UNDECIDED_MIN = 4
const ROUTES_MAX = 5

/** @typedef {import('./followed.js').Entry} Entry */
/** @typedef {import('./followed.js').KindLike} Kind */
/** @typedef {{ at: number, isMeanwhile: boolean, key: string, entries: number, names: string[], files: string[], lives: Entry[] }} Hold */
/** @typedef {{ native: import('../../native.js').NativeHolds, holds: Hold[], begun: Map<string, number> }} Explained */

const RANKS = ['gone', 'bounded', 'possible', 'likely']

class LifeCycles {
  /** @param {import('./followed.js').Source} source @param {{ explain: string }} options */
  constructor(source, { explain }) {
    this.followed = new Followed(source)
    // Unasked, only where a copy of the process is shown to work.
    this.isAsked = explain === 'heap'
    this.mayGraph = this.isAsked || (explain === 'auto' && addon().forkIsShown())
    this.startedMs = nowMs()
    /** What was last judged, by kind. @type {Map<string, import('../../native.js').NativeJudged>} */
    this.judged = new Map()
    /** @type {Explained | undefined} */
    this.explained = undefined
    /** Entries of containers at the first graph that had them, by key, and lives by kind. @type {Map<string, { entries: number, begun: Map<string, number> }>} */
    this.sizes = new Map()
    /** What bounds holders of the last graph that were about to be accused, by key. @type {Map<string, number | undefined>} */
    this.bounds = new Map()
    /** Kinds of which a container was seen to grow with its survivors. @type {Set<string>} */
    this.grown = new Set()
    /** The standing with which a kind was last explained. @type {Map<string, number>} */
    this.stages = new Map()
    this.graphAtMs = 0
    this.graphEveryMs = GRAPH_EVERY_MS
    this.isExplaining = false
    this.isStopped = false
    this.proofAtMs = 0
    /** Why there is no graph, where there was to be one. */
    this.lost = ''
  }

  /** @param {string} kind @param {any[]} parts */
  add(kind, parts) {
    this.followed.add(kind, parts)
  }

  /** @param {number} majors */
  tick(majors) {
    if (this.followed.look(majors)) this.judge()
    if (this.mayGraph) this.explain()
  }

  judge() {
    for (const kind of this.followed.kinds.values()) {
      if (kind.first < 0) continue
      const numbers = kind.numbers()
      if (numbers.length > 0)
        this.judged.set(
          kind.name,
          addon().judgeLives(numbers, kind.begun, kind.life.isRare === true, this.grown.has(kind.name))
        )
    }
  }

  /** Kinds that leave something behind. */
  standing() {
    return [...this.followed.kinds.values()].filter(
      (kind) => RANKS.indexOf(this.judged.get(kind.name)?.standing ?? '') >= 2
    )
  }

  /** Whether a collection now would decide something. */
  wantsProof() {
    const now = nowMs()
    if (now < this.proofAtMs) return false
    const waits = this.standing().some(
      (kind) => this.judged.get(kind.name)?.standing === 'possible' && kind.undecided() >= UNDECIDED_MIN
    )
    if (!waits && !this.standing().some((kind) => this.isOldUnproven(kind))) return false
    this.proofAtMs = now + (now - this.startedMs < EARLY_MS ? PROOF_MS : PROOF_LATER_MS)
    return true
  }

  /** Survivors have become old enough to accuse, and no collection has come since. @param {Kind} kind */
  isOldUnproven(kind) {
    const judged = this.judged.get(kind.name)
    if (judged?.standing !== 'possible') return false
    const { laterMin, lookMin } = judged
    const isDue = (/** @type {number} */ later) =>
      kind.survivors().filter(({ ended, alive }) => alive < later && kind.begun - Number(ended) >= later).length >=
      HELD_MIN
    return isDue(laterMin) || isDue(lookMin)
  }

  /** How far a kind has come: where survivors are old, it is worth another look whether what holds them has grown. @param {Kind} kind */
  stageOf(kind) {
    const judged = this.judged.get(kind.name)
    if (!judged) return 0
    return RANKS.indexOf(judged.standing) + (old(kind.survivors(), judged.lookMin) >= HELD_MIN ? 0.5 : 0)
  }

  /** One graph for all kinds that have come to stand since the last. */
  explain() {
    const now = nowMs()
    if (this.isExplaining || now < this.graphAtMs) return
    const kinds = this.standing()
    const stageOf = (/** @type {Kind} */ kind) => this.stageOf(kind)
    if (kinds.every((kind) => stageOf(kind) <= (this.stages.get(kind.name) ?? 0))) return
    this.lost = (this.isAsked ? undefined : whyNot()) ?? ''
    if (this.lost) return
    this.isExplaining = true
    const begun = new Map(kinds.map((kind) => [kind.name, kind.begun]))
    const stages = new Map(kinds.map((kind) => [kind.name, stageOf(kind)]))
    const wanted = kinds.flatMap((kind) =>
      kind.survivors().flatMap((entry) => entry.refs.map((ref) => ({ ref, entry, label: kind.life.many })))
    )
    this.graph(wanted, begun)
      .then(() => {
        for (const [name, stage] of stages) this.stages.set(name, stage)
        this.lost = ''
      })
      .catch((error) => {
        this.lost = error instanceof Error ? error.message : String(error)
      })
      .finally(() => {
        const tookMs = nowMs() - now
        this.graphAtMs = nowMs() + Math.max(this.graphEveryMs, tookMs * GRAPH_COST_FACTOR)
        this.graphEveryMs = Math.min(this.graphEveryMs * 2, GRAPH_EVERY_MAX_MS)
        this.isExplaining = false
      })
  }

  /** @param {{ ref: WeakRef<object>, entry: Entry, label: string }[]} wanted @param {Map<string, number>} begun */
  async graph(wanted, begun) {
    const native = await holdsAside(wanted)
    if (this.isStopped) return
    for (const { member, route } of native.routes()) wanted[member].entry.route ??= route
    const holds = native.list().map((hold, at) => {
      const lives = new Set([...hold.members, ...hold.behind].map((index) => wanted[index].entry))
      const { isMeanwhile, key, entries, names, files } = hold
      return { at, isMeanwhile, key, entries, names, files, lives: [...lives] }
    })
    this.explained = { native, holds, begun }
    this.bounds.clear()
    for (const { key, entries } of holds)
      if (entries > 0 && !this.sizes.has(key)) this.sizes.set(key, { entries, begun })
    this.grown.clear()
    for (const kind of this.standing()) {
      const judged = this.judged.get(kind.name)
      if (judged && holds.some((hold) => isOf(kind, hold) && this.grew(kind, judged, hold))) this.grown.add(kind.name)
    }
    this.judge()
  }

  /** @returns {{ findings: import('../..').Finding[], examined: import('../..').Examined[] }} of this moment */
  report() {
    const kinds = [...this.followed.kinds.values()].filter((kind) => kind.first >= 0)
    if (kinds.length === 0) return { findings: [], examined: [] }
    const findings = this.standing().flatMap((kind) => this.findingsOf(kind))
    const over = kinds.reduce((sum, kind) => sum + kind.past.length / 3 + kind.entries.length, 0)
    const seen = [examined('lifecycles', `${over} life cycles (${kinds.map(({ life }) => life.many).join(', ')})`)]
    if (this.lost) seen.push(examined('heap', `no heap graph of those that stay: ${this.lost}`))
    return { findings, examined: seen }
  }

  /** @param {Kind} kind @returns {import('../..').Finding[]} */
  findingsOf(kind) {
    const judged = this.judged.get(kind.name)
    if (!judged) return []
    const now = new Set(kind.entries)
    const holds = (this.explained?.holds ?? [])
      .map((hold) => ({ ...hold, lives: hold.lives.filter((entry) => now.has(entry)) }))
      .filter(({ lives }) => lives.length > 0)
    if (holds.length === 0) {
      return this.explained?.begun.has(kind.name) ? [] : [this.unseen(kind, judged)]
    }
    const least = Math.min(HELD_MIN, kind.survivors().length)
    /** A life is told once, though a request and its answer may be held by two. @type {Set<Entry>} */
    const told = new Set()
    const others = holds.filter(({ lives }) => {
      const isNew = lives.filter((entry) => !told.has(entry)).length >= least
      if (isNew) for (const entry of lives) told.add(entry)
      return isNew
    })
    const lasting = holds.filter(({ isMeanwhile }) => !isMeanwhile).flatMap(({ lives }) => lives)
    if (others.length === 0 && new Set(lasting).size >= least) return [this.unseen(kind, judged)]
    return others.slice(0, HOLDS_MAX).flatMap((hold) => this.word(kind, judged, hold) ?? [])
  }

  /** @param {Kind} kind @param {import('../../native.js').NativeJudged} judged */
  unseen(kind, judged) {
    return toKeptFinding(addon().unseenLives(this.lived(kind, judged, 'possible')), THREAD)
  }

  /** @param {Kind} kind @param {import('../../native.js').NativeJudged} judged @param {Hold} hold */
  word(kind, judged, hold) {
    const isOld = judged.standing === 'likely' && old(hold.lives, judged.laterMin) >= HELD_MIN
    // What ends by itself is told once it should have.
    if (hold.isMeanwhile && !isOld) return
    const bound = isOld ? this.boundOf(hold, judged.certainMin) : undefined
    const grew = this.grew(kind, judged, hold)
    const isGrowing = grew !== undefined && old(hold.lives, judged.certainMin) >= HELD_MIN
    const confidence = !isOld || hold.isMeanwhile || bound ? 'possible' : isGrowing ? 'certain' : 'likely'
    const lived = this.lived(kind, judged, confidence, hold.lives)
    const native = /** @type {Explained} */ (this.explained).native
    return toKeptFinding(native.finding(hold.at, lived, hold.lives.length, grew, bound), THREAD)
  }

  /** Why its survivors may be what is filling. @param {Hold} hold @param {number} laterMin */
  boundOf(hold, laterMin) {
    const { key, names, entries, lives } = hold
    const files = () => /** @type {Explained} */ (this.explained).native.programFiles()
    if (!this.bounds.has(key)) this.bounds.set(key, boundOf(hold, files))
    const bound = this.bounds.get(key)
    if (bound === undefined || entries > bound * 1.05) return
    const name = names.at(-1) ?? 'it'
    if (bound < BY_KEY) return { name, at: bound, entries }
    const longMs = nowMs() - UNREAD_BOUND_MS
    const long = lives.filter(({ endedMs = Infinity }) => endedMs <= longMs)
    if (old(long, laterMin * UNREAD_BOUND_LATER) >= HELD_MIN) return
    return { name, entries }
  }

  /**
   * Entries of the container at the first graph and now, and the lives between, where it grew as survivors say.
   * @param {Kind} kind @param {import('../../native.js').NativeJudged} judged @param {Hold} hold
   */
  grew(kind, judged, { key, entries }) {
    const before = this.sizes.get(key)
    const begun = this.explained?.begun.get(kind.name)
    const begunBefore = before?.begun.get(kind.name)
    if (!before || begun === undefined || begunBefore === undefined || entries <= before.entries) return
    const lives = begun - begunBefore
    const expected = (lives * judged.alive) / Math.max(1, judged.followed)
    return lives > 0 && entries - before.entries >= Math.max(HELD_MIN, expected * GROWN_SHARE)
      ? [before.entries, entries, lives]
      : undefined
  }

  /** @param {Kind} kind @param {import('../../native.js').NativeJudged} judged @param {string} confidence @param {Entry[]} [lives] */
  lived(kind, judged, confidence, lives = kind.survivors()) {
    const { age, followed, alive } = judged
    const hours = (nowMs() - this.startedMs) / 3_600_000
    const perHour = (kind.begun / hours) * (alive / Math.max(1, followed))
    return {
      one: kind.name,
      many: kind.life.many,
      confidence,
      followed,
      alive,
      age,
      begun: kind.begun,
      perHour,
      routes: routes(lives)
    }
  }

  /** What is followed, by kind. @returns {import('../..').LifeCycle[]} */
  stats() {
    const kinds = [...this.followed.kinds.values()].filter((kind) => kind.first >= 0)
    return kinds.map((kind) => ({
      kind: /** @type {import('../..').LifeCycle['kind']} */ (kind.name),
      begun: kind.begun,
      followed: kind.entries.length,
      over: kind.entries.filter(({ ended }) => ended !== undefined).length,
      undecided: kind.undecided(),
      retained: kind.survivors().length,
      collected: kind.gone
    }))
  }

  /** Those over of which no collection has decided: a collection is worth something. */
  undecided() {
    return [...this.followed.kinds.values()].reduce((sum, kind) => sum + kind.undecided(), 0)
  }

  stop() {
    this.isStopped = true
  }
}

/** Whether lives of this kind are held so. @param {Kind} kind @param {Hold} hold */
const isOf = (kind, { lives }) => lives.some((entry) => kind.entries.includes(entry))

/** @param {Entry[]} lives @param {number} later */
const old = (lives, later) => lives.filter(({ alive }) => alive >= later).length

/** @param {Entry[]} lives */
function routes(lives) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { route } of lives) if (route) counts.set(route, (counts.get(route) ?? 0) + 1)
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, ROUTES_MAX)
  return most.map(([route, count]) => ({ route, count }))
}

module.exports = { LifeCycles }
