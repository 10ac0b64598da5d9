// @ts-check
// start -> hook -> sample -> check -> stop: the running guard of this thread.
'use strict'

const { EventEmitter } = require('node:events')
const { isMainThread, threadId } = require('node:worker_threads')
const { isDeepStrictEqual } = require('node:util')
const { nowMs } = require('../base/clock.js')
const { LeakguardError, given, invalidArg } = require('../base/errors.js')
const { callSite } = require('../v8/call-site.js')
const { Baseline, allowedText } = require('../findings/allow.js')
const { Answerer } = require('../attach/answerer.js')
const { Captures } = require('./captures.js')
const { CacheWatch } = require('./caches.js')
const { cut } = require('../base/cut.js')
const { Entry, attempt } = require('../base/entry.js')
const { THREAD } = require('../base/thread.js')
const { toFindings } = require('../findings/findings.js')
const { GuardMemory, isMemory } = require('./memory.js')
const { readGuardOptions } = require('./options.js')
const { hub } = require('../hooks/index.js')
const { LeakReport } = require('../report/leak-report.js')
const { isSure, rankOf, verdictOf } = require('../report/verdict.js')
const { examined, undecided } = require('../report/lines.js')
const { nextTick, weakRef } = require('../base/natives.js')
const { rssBytes } = require('../v8/memory-usage.js')
const { oldLimitBytes, oldUsedBytes } = require('../v8/old-space.js')
const { isOn } = require('../base/options.js')
const { service } = require('../base/service.js')
const { COUNTS_MAX, countsOf, seriesOfCheck } = require('../report/details.js')
const { Sampler } = require('./sampler.js')
const { Slots } = require('./slots.js')
const { mapPlace } = require('../findings/source-map.js')
const { WatchLoop } = require('../watch/loop.js')
const { LifeCycles } = require('../watch/lifecycles.js')

/** Between two checks for events, in milliseconds. */
const CHECK_MS = 1000
/** How long a finding must last before it is announced, in milliseconds. */
const CONFIRMED_MS = 10_000
/** Above this share of the control group's limit memory is read anew, and does not wait for the next sample. */
const FRESH_SHARE = 0.7
/** A busy loop that lets no timer run is looked at from its own events, once for this many ticks that did not come. */
const STARVED_TICKS = 2
/** Collections remembered while no guard runs, and fingerprints that were reported. */
const REMEMBERED_MAX = 512

/** @type {Guard | undefined} */
let running
/** What is tracked, for guards that start later. @type {{ ref: WeakRef<object>, name: string, site: string }[]} */
let tracked = []

class Guard extends EventEmitter {
  /** @param {Record<string, any>} options @param {typeof import('../../native.js')} native */
  constructor(options, native) {
    super()
    this.options = options
    this.native = native
    this.ledger = new native.ThreadLedger(THREAD, threadId)
    this.slots = new Slots(native, this.ledger)
    this.sampler = new Sampler(native, this.ledger, this.slots)
    this.hub = hub()
    this.watchLoop = new WatchLoop(options.watched)
    /** @type {Map<string, import('../..').Finding>} */
    this.reported = new Map()
    /** Since when a finding has stood, by fingerprint. @type {Map<string, number>} */
    this.suspectedMs = new Map()
    this.checkedAtMs = nowMs()
    /** Set once the program has asked, or will; until then nothing is hurried. */
    this.hasReader = true
    this.isRunning = true
    this.entry = new Entry((why) => this.giveUp(why))
    /** Bytes of old objects that the last collection left; 0 before the first. */
    this.leftBytes = 0
    this.sink = this.makeSink()
    for (const { ref, name, site } of tracked) {
      const collection = ref.deref()
      if (collection) this.slots.addCollection(collection, name, site)
    }
    /** Switched off from outside: it answers, and does nothing else. */
    this.isDisabled = isOn('LEAKGUARD_DISABLE')
    /** @type {InstanceType<typeof CacheWatch> | undefined} */
    this.cacheWatch = undefined
    /** @type {InstanceType<typeof LifeCycles> | undefined} */
    this.lives = undefined
    /** @type {import('./memory.js').GuardMemoryLike | undefined} */
    this.memory = undefined
    /** The newest profile. @type {import('../pprof/profile.js').Taken | undefined} */
    this.lastProfile = undefined
    this.baseline = options.baseline === undefined ? undefined : Baseline.read(options.baseline)
    if (this.isDisabled) return
    if (options.memory) {
      this.memory = new GuardMemory(
        native,
        options,
        () => this.counted(),
        () => this.requests()
      )
    }
    this.cacheWatch = new CacheWatch(this.ledger, this.slots)
    /** The main thread answers for the process. */
    this.answerer = isMainThread ? new Answerer((...asked) => this.answer(...asked)) : undefined
    this.lives = new LifeCycles(this.hub.lives, /** @type {any} */ (options))
    /** @type {InstanceType<typeof Captures> | undefined} */
    this.captures =
      options.capture &&
      new Captures(
        options.capture,
        (capture) => this.tell('capture', capture),
        (work) => this.enter('capture', work)
      )
    try {
      this.hub.add(this.sink, globalThis, options.callSites === 'all')
    } catch (error) {
      this.stop(true)
      throw error
    }
    this.observe()
  }

  get running() {
    return this.isRunning
  }

  /**
   * Our own work, at whatever place the program or its event loop came in: none of it is the program's, errors included.
   * @template T @param {string} place @param {() => T} work @returns {T | undefined}
   */
  enter(place, work) {
    return this.entry.enter(place, () => this.hub.quietly(work))
  }

  /** @returns {import('../hooks/hub.js').Sink} */
  makeSink() {
    const { entry, slots } = this
    return {
      listener: (record, site) => {
        entry.enter('listener', () => slots.addListener(record, site, () => this.hub.listeners.gate.widen()))
        this.observeWhenStarved()
      },
      timer: (record, site) => {
        entry.enter('timer', () => slots.addTimer(record, site, () => record.gate.widen()))
        this.observeWhenStarved()
      },
      resource: (record) =>
        entry.enter('resource', () => slots.addResource(record, this.sampler.connections.has(record.object))),
      server: ({ object }) => void entry.enter('server', () => this.sampler.connections.add(object)),
      descriptor: (record) => entry.enter('descriptor', () => slots.addDescriptor(record)),
      life: (kind, parts) => void entry.enter('life', () => this.lives?.add(kind, parts)),
      warning: (record) => entry.enter('warning', () => this.warned(record)),
      isAwaited: () => this.isAsked() || this.memory?.isHurried() === true,
      collected: () => this.enter('collected', () => this.collected()),
      tick: () => this.tick(),
      failed: (why) => this.giveUp(why)
    }
  }

  observe(isTick = false) {
    const { hub, sampler } = this
    this.enter('observe', () => {
      hub.startLate()
      this.cacheWatch?.refresh(!isTick)
      sampler.observe(hub.events(), hub.majors, hub.ticks, isTick)
    })
  }

  observeWhenStarved() {
    if (nowMs() - this.sampler.lastMs > STARVED_TICKS * this.hub.tickMs) this.observe()
  }

  /** A major collection is over, a moment ago. */
  collected() {
    this.leftBytes = oldUsedBytes()
    this.memory?.collected(this.leftBytes)
    this.lookForCapture()
    this.onCollected()
  }

  /** For the code that must know of collections: it puts a function of its own here. */
  onCollected() {}

  /** Share of V8's limit for old objects that the last collection left in use. */
  heapShare() {
    return Math.min(this.leftBytes, oldUsedBytes()) / oldLimitBytes()
  }

  /** What is used of each limit: V8's for old objects of this thread, and the control group's for the process. @returns {{ of: 'heap' | 'group', share: number, bytes: number }[]} */
  limits() {
    // Garbage goes: what the last collection left counts.
    const heap = { of: /** @type {const} */ ('heap'), share: this.heapShare(), bytes: oldLimitBytes() }
    const before = this.lastMemory()
    const isNear = before?.limit !== undefined && rssBytes() > before.limit * FRESH_SHARE
    const { limit, groupUsed } = (isNear ? this.freshMemory() : before) ?? {}
    return limit && groupUsed ? [heap, { of: 'group', share: groupUsed / limit, bytes: limit }] : [heap]
  }

  /** Has what is near a limit captured; the group's is for the main thread. */
  lookForCapture() {
    if (!this.captures) return
    const limits = this.limits().filter(({ of }) => of === 'heap' || isMainThread)
    this.captures.look(Math.max(...limits.map(({ share }) => share)))
  }

  tick() {
    if (this.options.forceGc === 'auto') this.enter('collection', () => this.sampler.prove(this.isAsked(), this.lives))
    this.enter('caches', () => this.cacheWatch?.tick())
    this.observe(true)
    this.enter('memory', () => this.memory?.tick(this.hub, this.heapShare()))
    this.enter('watched', () => this.watchLoop.tick(this.hub.majors + this.sampler.forced))
    this.enter('lives', () => this.lives?.tick(this.hub.majors))
    this.enter('check', () => this.checkInTime())
    this.enter('attach', () => this.answerer?.tick())
  }

  checkInTime() {
    const now = nowMs()
    if (now - this.checkedAtMs < CHECK_MS) return
    this.checkedAtMs = now
    if (!isMainThread) this.memory?.shareLives(this.lives?.report().findings ?? [])
    this.lookForCapture()
    if (this.captures || this.listenerCount('leak') > 0 || this.listenerCount('recovered') > 0)
      this.announce(this.look())
    else this.native.check(this.ledger, this.options.minGrowthMs)
  }

  /** Too much has failed: stops, and answers that it has. @param {string} why */
  giveUp(why) {
    this.entry.close(why)
    this.stop(true)
  }

  /** For listeners of the program, on a stack of their own: what they throw is theirs. @param {string} event @param {unknown} what */
  tell(event, what) {
    nextTick(() => this.emit(event, what))
  }

  /** Whether an answer is wanted: was asked for, is listened for, or goes into a report. */
  isAsked() {
    return (
      this.hasReader || this.captures !== undefined || this.listenerCount('leak') + this.listenerCount('recovered') > 0
    )
  }

  /** Node's own warning: the list is followed from now on, at any length. @param {Parameters<import('../hooks/hub.js').Sink['warning']>[0]} record */
  warned({ target, type, isEmitter }) {
    const family = isEmitter ? 'emitter' : 'target'
    this.slots.warnList(family, target, type)
  }

  check() {
    if (this.isStopped()) throw notRunning('this guard has been stopped')
    if (this.isDisabled) return unknown('disabled', 'LEAKGUARD_DISABLE=1: nothing is watched')
    const { entry } = this
    const before = entry.errors
    const report = entry.enter('check', () => this.look())
    if (report) return report
    return unknown(
      'failed',
      `leakguard has ${entry.errors > before ? 'failed' : 'stopped itself'}: ${entry.closed ?? entry.last}`
    )
  }

  look() {
    this.hasReader = true
    this.observe()
    const { findings: found, series, rising, ...said } = this.native.check(this.ledger, this.options.minGrowthMs)
    const { undecided: open, examined: judged } = said
    open.push(...this.hub.listeners.left().map((text) => ({ reason: 'abort-signals', text })))
    const { memory } = this
    open.push(...(memory?.open() ?? []))
    const counts = toFindings(found, memory && ((facts) => memory.holders.explained(facts)))
    // Suspected early, accused late: what rises and cannot be judged yet has its holder looked for.
    const isRising = rising.includes('')
    if (isRising) memory?.holders.want('heap')
    const trends = memory?.findings() ?? []
    const kept = this.watchLoop.report()
    const lives = this.lives?.report() ?? { findings: [], examined: [] }
    const over = onceEach([...lives.findings, ...(memory?.livesOfOthers() ?? [])])
    const told = memory?.joined(counts, found, trends, over, isRising) ?? { counts, trends, lives: over }
    const counted = told.lives.length > 0 ? surestFirst([...told.lives, ...told.counts]) : told.counts
    const all = [...kept.findings, ...joined(counted, told.trends)]
    const known = all.filter((finding) => this.isAllowed(finding))
    const allowed = new Set(known)
    const findings = known.length === 0 ? all : all.filter((finding) => !allowed.has(finding))
    const live = this.native.live(COUNTS_MAX)
    const floors = this.native.memoryFloors(this.ledger)
    const trendSeries = told.trends.length > 0 && this.memory ? this.memory.series() : []
    const capturedMs = [...(memory?.holders.capturedMs ?? []), ...(this.captures?.capturedMs ?? [])]
    const details = () => {
      const seen = counts.map(({ growth, fingerprint, culprit, subject }, i) => ({
        name: String(subject?.metric ?? [culprit.name, subject?.class].filter(Boolean).join(' of ')),
        unit: growth.unit,
        points: series[i],
        fingerprint
      }))
      return {
        series: [...trendSeries, ...seriesOfCheck(floors, seen, trendSeries, capturedMs)],
        counts: countsOf(live),
        lifecycles: this.lives?.stats() ?? [],
        rungs: this.memory?.rungs() ?? [],
        service: service()
      }
    }
    return new LeakReport(
      {
        verdict: verdictOf(findings, open),
        findings,
        undecided: open.map(({ reason, text }) => undecided(reason, text)),
        examined: [
          ...judged.map(({ what, text }) => examined(what, text)),
          ...kept.examined,
          ...lives.examined,
          ...(this.memory?.examined() ?? []),
          ...(known.length > 0 ? [examined('allowed', allowedText(known))] : [])
        ],
        allowed: known.length,
        requests: this.requests()
      },
      details
    )
  }

  /** @param {import('../..').Finding} finding */
  isAllowed(finding) {
    const { allow } = this.options
    return (
      allow.some((/** @type {import('../..').AllowRule} */ rule) => rule.matches(finding)) ||
      this.baseline?.has(finding)
    )
  }

  /** What grows by count, as evidence: it may be what memory grows by. */
  counted() {
    const { findings } = this.native.check(this.ledger, this.options.minGrowthMs)
    const counts = toFindings(findings).filter(({ kind }) => !isMemory(kind))
    return counts.map(({ message }) => ({ type: 'growsToo', message }))
  }

  /**
   * An event wakes people: what is found must still be found CONFIRMED_MS later, at every check in between.
   * @param {import('../..').LeakReport} report
   */
  announce(report) {
    const now = nowMs()
    // Memory that rises for seconds is warm-up: where its trend is watched, that tells.
    const { memory } = this
    const isReady = (/** @type {import('../..').Finding} */ finding) =>
      !memory || !isBytes(finding) || memory.isExplained(finding.fingerprint)
    const sure = report.findings.filter((finding) => isSure(finding) && isReady(finding)).slice(0, REMEMBERED_MAX)
    const since = new Map(sure.map(({ fingerprint: f }) => [f, this.suspectedMs.get(f) ?? now]))
    this.suspectedMs = since
    const confirmed = sure.filter(
      ({ fingerprint }) => memory?.isExplained(fingerprint) || now - Number(since.get(fingerprint)) >= CONFIRMED_MS
    )
    const isNew = confirmed.some(({ fingerprint }) => !this.reported.has(fingerprint))
    const gone = [...this.reported.values()].filter(({ fingerprint }) => !since.has(fingerprint))
    for (const { fingerprint } of gone) this.reported.delete(fingerprint)
    for (const finding of confirmed) this.reported.set(finding.fingerprint, finding)
    if (isNew) this.tell('leak', report)
    this.captures?.found(confirmed)
    for (const finding of gone) this.tell('recovered', finding)
  }

  /**
   * What it has found, and what three heaps show that are taken now and as time goes; see index.d.ts.
   * @param {unknown} [options]
   */
  async explain(options) {
    if (this.isStopped()) throw notRunning('this guard has been stopped')
    const { find } = require('../memory/find.js')
    const found = await find('explain', undefined, options, { requests: () => this.requests() })
    return this.running ? this.withHeaps(found) : found
  }

  /** The same for another process, which says when. @type {import('../attach/answerer.js').Compare} */
  async answer({ gapsMs }, until, onProgress) {
    const { find } = require('../memory/find.js')
    const how = { gapsMs, until, requests: () => this.requests() }
    const found = await find('attach', undefined, { onProgress }, how)
    return this.running ? this.withHeaps(found) : found
  }

  /** What holds memory, what leaks, what was allocated, as pprof has it; see index.d.ts. @param {unknown} [options] */
  async profile(options) {
    if (this.isStopped()) throw notRunning('this guard has been stopped')
    const { profileOf } = require('../pprof/profile.js')
    this.lastProfile = await profileOf(() => this.check(), options)
    return this.lastProfile.bytes
  }

  /** A profile that nobody asked for: within the budget of such copies, and without the heap where there may be none. @param {AbortSignal} signal */
  async profileUnasked(signal) {
    if (this.isDisabled) return
    const { profileUnasked } = require('../pprof/profile.js')
    this.lastProfile = await profileUnasked(() => this.check(), signal)
  }

  /** Requests to the program's servers that have come. */
  requests() {
    return this.hub.lives.requests()
  }

  /** What it has found, with what heaps show that is not allowed. @param {import('../report/leak-report.js').LeakReportLike} found */
  withHeaps(found) {
    const { both } = require('../report/both.js')
    const { examined: seen, details } = found
    const findings = found.findings.filter((finding) => !this.isAllowed(finding))
    const allowed = found.findings.length - findings.length
    // What is open is whether these go on.
    const open = findings.length > 0 || allowed === 0 ? found.undecided : []
    return both(this.check(), { findings, undecided: open, examined: seen, allowed, details })
  }

  /** One structured line for each finding, and for each that is over. @param {unknown} logger of pino's methods */
  logTo(logger) {
    const { attach } = require('./logging.js')
    attach(this, logger)
  }

  /** What the guard itself holds. */
  usage() {
    const [nativeBytes, threads] = this.native.usage()
    return { nativeBytes: nativeBytes + (this.memory?.bytes() ?? 0), jsBytes: this.slots.bytes(), threads }
  }

  /** What this guard has counted and follows; nothing once it has stopped itself. */
  stats() {
    if (this.isStopped()) throw notRunning('this guard has been stopped')
    const known = this.entry.enter('question', () => {
      this.observe()
      const lifecycles = this.lives?.stats() ?? []
      return { counts: this.native.counts(), caches: this.caches(), memory: this.memory?.now(), lifecycles }
    })
    return { ...(known ?? { counts: [], caches: [], memory: undefined, lifecycles: [] }), usage: this.usage() }
  }

  /** The caches of all threads, with the places where they were made. */
  caches() {
    return this.native.caches().map(({ frames, ...cache }) => {
      const [place] = frames.map(mapPlace)
      return place ? { ...cache, file: place.file, line: place.line, function: place.function } : cache
    })
  }

  /** Memory of this thread as it was last sampled. */
  lastMemory() {
    return this.entry.enter('memory', () => this.memory?.now())
  }

  /** The same, sampled now: near its limit memory does not wait for the next sample. */
  freshMemory() {
    return this.entry.enter('memory', () => {
      if (this.isRunning) this.memory?.refresh(this.hub)
      return this.isRunning ? this.memory?.now() : undefined
    })
  }

  /** By the program: one that has stopped itself still answers, that it has. */
  isStopped() {
    return !this.isRunning && this.entry.closed === undefined
  }

  /** @param {boolean} [byItself] */
  stop(byItself = false) {
    if (!byItself) this.forget()
    if (!this.isRunning) return
    this.isRunning = false
    attempt(() => this.cacheWatch?.stop())
    attempt(() => this.lives?.stop())
    attempt(() => this.memory?.stop())
    attempt(() => this.captures?.stop())
    attempt(() => this.answerer?.stop())
    attempt(() => this.hub.remove(this.sink))
    attempt(() => this.ledger.close())
  }

  forget() {
    this.entry.closed = undefined
    if (running === this) running = undefined
  }
}

/** @param {string} reason @param {string} why nothing is known */
const unknown = (reason, why) =>
  new LeakReport({ verdict: 'undecided', findings: [], undecided: [undecided(reason, why)] })

/** Memory itself, and not a container that holds it. @param {import('../..').Finding} finding */
const isBytes = ({ kind, change }) => isMemory(kind) && change?.type !== 'heaps'

/** Surest first; among equals memory comes last, as counts name lines. What a trend says of memory as surely, it says alone.
 *  @param {import('../..').Finding[]} counts @param {import('../..').Finding[]} trends */
function joined(counts, trends) {
  if (trends.length === 0) return counts
  const isSaid = (/** @type {import('../..').Finding} */ count) =>
    isBytes(count) && trends.some((trend) => trend.kind === count.kind && rankOf(trend) <= rankOf(count))
  const isWeaker = (/** @type {import('../..').Finding} */ trend) =>
    counts.some((count) => isBytes(count) && count.kind === trend.kind && rankOf(count) < rankOf(trend))
  const all = [...counts.filter((count) => !isSaid(count)), ...trends.filter((trend) => !isWeaker(trend))]
  return surestFirst(all)
}

/** The same leak in several threads is told once, by the surest of them. @param {import('../..').Finding[]} findings */
function onceEach(findings) {
  const isSurest = (/** @type {import('../..').Finding} */ one, /** @type {number} */ at) =>
    findings.every(
      (other, i) =>
        other.fingerprint !== one.fingerprint ||
        rankOf(one) < rankOf(other) ||
        (rankOf(one) === rankOf(other) && at <= i)
    )
  return findings.filter(isSurest)
}

/** @param {import('../..').Finding[]} findings */
function surestFirst(findings) {
  const rank = (/** @type {import('../..').Finding} */ finding) => rankOf(finding) * 2 + Number(isMemory(finding.kind))
  return findings.sort((a, b) => rank(a) - rank(b))
}

/** @param {string} why */
const notRunning = (why) =>
  new LeakguardError(
    'ERR_LEAKGUARD_NOT_RUNNING',
    `${why}: call start() first, or run node with --import leakguard/register`
  )

/** @param {unknown} [options] */
function start(options) {
  const read = readGuardOptions(options)
  // One that has stopped itself makes room.
  if (running?.isRunning) {
    if (options !== undefined && !isDeepStrictEqual(read, running.options)) {
      throw new LeakguardError(
        'ERR_LEAKGUARD_ALREADY_RUNNING',
        `start: a guard is running with other options (${JSON.stringify(running.options)}): call stop() first, or start() without options to get the running one`
      )
    }
    return running
  }
  running = new Guard(read, require('../base/native.js'))
  return running
}

function check() {
  if (!running) throw notRunning('check: no guard is running in this thread')
  return running.check()
}

/** The running guard of this thread, if there is one. */
const runningGuard = () => running

/** @param {any} collection */
function hasSize(collection) {
  if (collection === null || (typeof collection !== 'object' && typeof collection !== 'function')) return false
  try {
    const size = typeof collection.size === 'number' ? collection.size : collection.length
    return typeof size === 'number' && size >= 0
  } catch {
    return false
  }
}

/** @template {object} C @param {C} collection @param {string} name @returns {C} */
function track(collection, name) {
  if (typeof collection === 'function' || !hasSize(collection)) {
    throw invalidArg(
      `track: collection must be an object with a numeric size or length (Map, Set, array, cache), not ${given(collection)}`
    )
  }
  if (typeof name !== 'string' || name === '') {
    throw invalidArg(`track: name must be a non-empty string, got ${name === '' ? "''" : given(name)}`)
  }
  const site = callSite(track)
  tracked = tracked
    .filter(({ ref }) => ref.deref() !== undefined && ref.deref() !== collection)
    .slice(1 - REMEMBERED_MAX)
  tracked.push({ ref: weakRef(collection), name: cut(name), site })
  if (running && !running.slots.hasCollection(collection)) running.slots.addCollection(collection, name, site)
  return collection
}

module.exports = { start, check, track, runningGuard, Guard }
