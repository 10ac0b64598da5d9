// @ts-check
// The guard's side of memory: samples, what stands, the steps that explain it, and what other threads have found.
'use strict'

const { nowMs } = require('../base/clock.js')
const { warn } = require('../base/entry.js')
const { THREAD } = require('../base/thread.js')
const { noted, worded } = require('../findings/findings.js')
const { MemoryHolders, isInGraphs } = require('../memory/holders.js')
const { FIELDS, Ladder } = require('../memory/ladder.js')
const { MemoryWatch } = require('../memory/memory-watch.js')
const { examined } = require('../report/lines.js')
const { isSure, rankOf } = require('../report/verdict.js')
const { readTestSettings } = require('./options.js')
const { samplesOf } = require('../trend/trend.js')
const { seriesOf } = require('../trend/series.js')

/** Findings of other threads that are shown. */
const SHARED_MAX = 64
/** What a trend that stands may be explained by, besides what holds it: censuses and the largest owners are asked for by name. @type {Record<string, { hasProfile: boolean, copies: 'never' | 'census' | 'heap' }>} */
const LADDERS = {
  auto: { hasProfile: true, copies: 'never' },
  never: { hasProfile: false, copies: 'never' },
  profile: { hasProfile: true, copies: 'never' },
  census: { hasProfile: true, copies: 'census' },
  heap: { hasProfile: true, copies: 'heap' }
}
/** Kinds of which all are counted: each has a finding of its own. */
const COUNTED = new Set(['listener', 'timer', 'handle'])
/** Above this share of a limit what is known is told while it can be. */
const NEAR_SHARE = 0.7
/** Trends that are drawn. */
const SERIES_MAX = 8

/** Kinds that are bytes of memory and not counts. @param {string} kind */
const isMemory = (kind) => kind === 'heap' || kind === 'buffer' || kind === 'native'

class GuardMemory {
  /** @param {typeof import('../../native.js')} native @param {any} options of the guard @param {() => import('../findings/facts').Tagged[]} related @param {() => number} requests that have come */
  constructor(native, options, related, requests) {
    const { timeScale, profileMs } = readTestSettings()
    const { memory, forceGc, explain } = options
    this.watch = new MemoryWatch(native, { ...memory, timeScale, forceGc }, warnOfRecord)
    this.ladder = new Ladder({ ...LADDERS[explain], profileMs, forceGc }, related)
    this.holders = new MemoryHolders(explain, requests, timeScale)
    this.answers = 0
    this.scale = timeScale
    /** The field that stands, and its finding. */
    this.field = /** @type {string | undefined} */ (undefined)
    this.found = /** @type {import('../..').Finding | undefined} */ (undefined)
    this.wasExplained = false
    /** Lives that are over and stay, as this thread tells them. @type {import('../..').Finding[]} */
    this.lives = []
  }

  /** @param {{ majors: number, minors: number }} hub @param {number} heapShare of V8's limit for old objects, that is in use */
  tick({ majors, minors }, heapShare) {
    const { watch, ladder, holders } = this
    watch.oursBytes = holders.isBusy ? Number.NaN : holders.bytes()
    const isNew = watch.tick({ majors, minors: minors ?? 0 })
    const field = watch.stands()
    if (field !== this.field && this.field !== undefined) ladder.forget(this.field)
    const changed = field !== this.field
    this.field = field
    ladder.tick(field, (watch.series.perHour() ?? 0) * this.scale, majors)
    const wasNear = holders.isNearLimit
    const { limit = 0, groupUsed = 0 } = watch.newest ?? {}
    holders.isNearLimit = heapShare > NEAR_SHARE || (limit > 0 && groupUsed / limit > NEAR_SHARE)
    holders.hurry(watch.fillsGroup())
    if (field !== undefined && FIELDS.includes(field)) holders.want('heap')
    else if (watch.series.mayRise() || holders.isHurried) holders.hint()
    holders.tick()
    // What was told stays so while more is asked.
    const isKnown = (!changed && this.wasExplained) || !holders.isAsking()
    const isExplained = field !== undefined && ladder.known.has(field) && isKnown
    const isSame = isExplained === this.wasExplained && holders.answers === this.answers
    if (!isNew && !changed && isSame && holders.isNearLimit === wasNear) return
    this.wasExplained = isExplained
    this.answers = holders.answers
    this.found = this.word()
    this.share()
  }

  /** Tells the other threads what was found here. */
  share() {
    const { found, lives, wasExplained } = this
    const told = { ...(found ? { finding: found, isExplained: wasExplained, series: this.ownSeries() } : {}), lives }
    this.watch.series.share(found || lives.length > 0 ? JSON.stringify(told) : '')
  }

  /** Lives of this thread that are over and stay, for the thread that tells of all. @param {import('../..').Finding[]} lives */
  shareLives(lives) {
    const isSame =
      lives.length === this.lives.length && lives.every(({ message }, i) => message === this.lives[i].message)
    if (isSame) return
    this.lives = lives
    this.share()
  }

  /** The same of other threads. @returns {import('../..').Finding[]} */
  livesOfOthers() {
    return this.shared().flatMap(({ lives }) => lives ?? [])
  }

  /** What other threads have told. @returns {any[]} */
  shared() {
    return this.watch.series
      .shared()
      .slice(0, SHARED_MAX)
      .map((text) => JSON.parse(text))
  }

  /** Whether samples are wanted more often than once a second. */
  isHurried() {
    return this.watch.everyMs < 1000
  }

  /** A major collection is over, a moment ago. @param {number} leftBytes that it left of old objects */
  collected(leftBytes) {
    this.watch.collections.collected(leftBytes)
  }

  /** @param {{ majors: number, minors: number }} hub */
  refresh({ majors, minors }) {
    this.watch.sample(nowMs(), { majors, minors: minors ?? 0 })
  }

  /** @returns {import('../..').Finding | undefined} */
  word() {
    if (this.field === undefined) return
    const { sites, evidence } = this.ladder.known.get(this.field) ?? { sites: [], evidence: [] }
    const found = this.watch.series.finding(
      this.watch.seconds(),
      this.watch.left(),
      THREAD,
      JSON.stringify(sites),
      JSON.stringify(evidence)
    )
    return found ? worded(this.holders.explained(JSON.parse(found))) : undefined
  }

  /** What stands in this thread, as it was read. @returns {import('../..').ReportSeries | undefined} */
  ownSeries() {
    if (!this.found || this.field === undefined) return
    const { page, onsetIndex } = this.watch.history()
    const perHour = this.watch.series.perHour() ?? 0
    const { fingerprint } = this.found
    const thread = THREAD && `, ${THREAD}`
    const [series] = seriesOf(samplesOf(page), { metric: this.field, onsetIndex, perHour, fingerprint })
    return series && { ...series, name: `${series.name}${thread}` }
  }

  /** What stands, of all threads. @returns {import('../..').ReportSeries[]} */
  series() {
    const others = this.all().flatMap(({ series }) => series ?? [])
    const seen = new Map([...others, this.ownSeries() ?? []].flat().map((one) => [one.fingerprint, one]))
    return [...seen.values()].slice(0, SERIES_MAX)
  }

  /** Of all threads. @returns {{ finding: import('../..').Finding, isExplained: boolean, series?: import('../..').ReportSeries }[]} */
  all() {
    const shared = this.shared().filter(({ finding }) => finding)
    return [...(this.found ? [{ finding: this.found, isExplained: this.wasExplained }] : []), ...shared]
  }

  /** The same leak in several threads is one finding. */
  findings() {
    // This thread's own comes last, and first in what it says of the same leak.
    const seen = new Map(
      this.all()
        .reverse()
        .map(({ finding }) => [finding.fingerprint, finding])
    )
    return [...seen.values()].reverse()
  }

  /**
   * One leak is one finding. What holds this thread's memory, and that memory with what holds it, are told as the one that
   * was told first; what is counted, or over and still there, says the same for itself.
   * @param {import('../..').Finding[]} counts what grows, memory included @param {string} json of the facts of each of them
   * @param {import('../..').Finding[]} trends @param {import('../..').Finding[]} lives
   * @param {boolean} isRising memory is suspected, and cannot be judged yet
   */
  joined(counts, json, trends, lives, isRising) {
    const isOfHeap = (/** @type {import('../..').Finding} */ { kind }) => isInGraphs(kind)
    /** @type {import('../findings/facts').Facts[]} */
    const facts = counts.some(isOfHeap) ? JSON.parse(json) : []
    const own = [
      ...counts.filter((finding, i) => isOfHeap(finding) && !facts[i].thread),
      ...trends.filter((finding) => isOfHeap(finding) && finding === this.found)
    ]
    const held = this.holders.finding(isRising, own.some(isSure))
    if (!held && own.length === 0) return { counts, trends, lives }
    const kind = this.holders.known?.facts.kind
    /** What is left out, and the finding that says it. @type {Map<import('../..').Finding, import('../..').Finding>} */
    const saidBy = new Map()
    for (const finding of held ? [held, ...own] : own) {
      const other = [...counts, ...lives].find((one) => !own.includes(one) && isSame(one, finding, kind))
      if (other) saidBy.set(finding, other)
      else if (held && held !== finding && !saidBy.has(held)) saidBy.set(finding, held)
    }
    const left = (/** @type {import('../..').Finding[]} */ findings) =>
      findings.filter((finding) => !saidBy.has(finding)).map(withSaid)
    const withSaid = (/** @type {import('../..').Finding} */ finding) => {
      const said = [...saidBy].filter(([, by]) => by === finding).map(([one]) => one)
      if (said.length === 0) return finding
      const all = noted(finding, ...said.map(({ message }) => ({ type: 'growsToo', message })))
      return { ...all, evidence: [...new Set([...all.evidence, ...said.flatMap(({ evidence }) => evidence)])] }
    }
    return { counts: left(counts), trends: left(trends), lives: left(held ? [...lives, held] : lives) }
  }

  /** Whether this is a trend that stands, with all that will be known of it. @param {string} fingerprint */
  isExplained(fingerprint) {
    return this.all().some(({ finding, isExplained }) => isExplained && finding.fingerprint === fingerprint)
  }

  /** What was judged, and when. @returns {import('../..').Examined[]} */
  examined() {
    const said = this.watch.said()
    const { lost, answers, answeredMs } = this.holders
    return [
      ...(said ? [examined('memory', said.text, said.agoMs)] : []),
      ...(answers > 0
        ? [examined('heap', 'what the heap has gained, by graphs of copies of the process', nowMs() - answeredMs)]
        : []),
      ...(lost ? [examined('heap', `no heap graph of what holds memory that grows: ${lost}`)] : [])
    ]
  }

  /** What cannot be judged yet: memory may be rising, and nothing has told what stays. @returns {{ reason: string, text: string }[]} */
  open() {
    const { holders, watch } = this
    if (holders.answers > 0 || !watch.series.risesUnseen()) return []
    const why = holders.whyNoGraph()
    const settles = why ? `the next major collections will (no heap graph: ${why})` : 'the next heap graphs will'
    return [{ reason: 'no-gc', text: `memory may be rising, and nothing has told yet what stays: ${settles}` }]
  }

  /** The newest sample and what stands, for gauges. */
  now() {
    const { newest } = this.watch
    if (!newest) return
    const { heapUsed, external, arrayBuffers, rss, mallocUsed, mallocFree, limit, groupUsed, heapLimit, spaces, gc } =
      newest
    const [oldSpace, largeObjects, code, otherSpaces] = spaces
    return {
      ...known({ heapUsed, external, arrayBuffers, rss, mallocUsed, mallocFree, limit, groupUsed, heapLimit }),
      ...known({ heapFloor: gc.floor, externalFloor: gc.floorExt }),
      spaces: { oldSpace, largeObjects, code, otherSpaces },
      ...(this.field === undefined
        ? {}
        : {
            trend: known({
              metric: this.field,
              perHour: this.watch.series.perHour() ?? 0,
              leftMs: this.watch.left() * 1000
            })
          })
    }
  }

  /** What may explain memory that grows in this thread, cheapest first. @returns {import('../..').ReportRung[]} */
  rungs() {
    const { hasProfile, copies } = this.ladder.options
    const asked = `explain: '${this.holders.explain}'`
    const rung = (/** @type {import('../..').ReportRung['rung']} */ rung, /** @type {string | undefined} */ why) => ({
      rung,
      available: why === undefined,
      ...(why === undefined ? {} : { why })
    })
    return [
      rung('profile', hasProfile ? undefined : asked),
      rung('census', copies === 'never' ? asked : undefined),
      rung('graph', this.holders.whyNoGraph())
    ]
  }

  bytes() {
    return this.watch.bytes() + this.holders.bytes()
  }

  stop() {
    this.ladder.drop()
    this.holders.stop()
    this.watch.series.share('')
  }
}

/** Without what was not read. @template {Record<string, any>} T @param {T} fields @returns {T} */
function known(fields) {
  return /** @type {T} */ (Object.fromEntries(Object.entries(fields).filter(([, value]) => !Number.isNaN(value))))
}

/** Whether what is counted or over says what a container of this kind, or memory with that container, does. @param {import('../..').Finding} told @param {import('../..').Finding} held @param {string | undefined} kind */
function isSame(told, held, kind) {
  if (rankOf(told) > rankOf(held) || !held.holder) return false
  const { file, line } = told.holder ?? {}
  const isPlace = line !== undefined && file === held.holder.file && line === held.holder.line
  return isPlace || (file === undefined && told.kind === kind && COUNTED.has(told.kind))
}

/** @param {string} message */
const warnOfRecord = (message) => warn(message, 'LEAKGUARD_RECORD')

/** @typedef {InstanceType<typeof GuardMemory>} GuardMemoryLike */

module.exports = { GuardMemory, isMemory }
