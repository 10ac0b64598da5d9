// @ts-check
// Why what grows stays: one more round under observation. Hooks tell which line made what is still there, the heap
// profiler which line allocated it, two heap snapshots what holds it. Makes findings; decides no verdict.
'use strict'

const { isDeepStrictEqual, types } = require('node:util')
const { nowMs } = require('../base/clock.js')
const { beginning, endOf, grown, isNamed, worded } = require('../findings/findings.js')
const { captureHeap, growthOf } = require('../heap/heap.js')
const { explainHeld } = require('../watch/retained.js')
const { sharesOf, withAdded } = require('../findings/added.js')
const { mapPlace } = require('../findings/source-map.js')
const { Allocations } = require('../v8/allocations.js')
const { Additions } = require('../hooks/additions.js')
const { linger, settle } = require('./settle.js')
const { timed } = require('./times.js')
const { loadedAddons } = require('./addons.js')
const { isOfLists, labelOfLists } = require('./lists.js')
const { Witness } = require('./witness.js')

/** Of what leaks so many are wanted: enough to stand out between two snapshots. */
const WANTED = 60
const CALLS_MIN = 30
const CALLS_MAX = 5000
const ROUND_MS_MAX = 400
/** Below so many new objects two snapshots say nothing: slow calls are given more time, in milliseconds. */
const SEEN_MIN = 10
const SLOW_ROUND_MS_MAX = 3000
const ROUND_BYTES_MAX = 48e6
const FINDINGS_MAX = 5
/** Growth slower than this share of the slowest suspicion is not what was suspected. */
const RATE_SHARE_MIN = 0.5
/** The same of what memory alone says, over all graphs. */
const WHOLE_RATE_SHARE_MIN = 0.6
/** Less than this is noise between two graphs, in bytes. */
const SHOWN_BYTES_MIN = 64e3
/** Listeners are on many objects, not on one, when these have so few of them each. */
const SPREAD_EACH_MAX = 20
/** So many entries without objects are no queue. */
const BARE_COUNT_MIN = 2000
/** Memory that no snapshot explains must grow by so much to be a leak by itself, in bytes a call and in all. */
const UNEXPLAINED_PER_CALL_MIN = 48
const UNEXPLAINED_MIN = 512e3

/** Parts keep a whole when that has so many bytes, and is so many times as large as they are. */
const WHOLE_BYTES_MIN = 1000
const WHOLE_SHARE_MIN = 4
/** Elements of an array that are looked at. */
const PARTS_MAX = 2000

const viewBytes = /** @type {(this: unknown) => number} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength')?.get
)

/** What rounds did not confirm and comes more rarely than so often a call may have an end that no snapshot shows. */
const OFTEN = 0.5
/** A rate is the same within this share; and so many entries small tables may hold. */
const RATE_SLACK = 0.25
const TABLE_MAX = 600

/** Step of a path at which an addon holds an object. */
const NATIVE_HOLDER = 'native code'

/** @typedef {import('./trial.js').Suspicion} Suspicion */
/** @typedef {import('../..').Finding} Finding */
/** @typedef {import('../findings/facts').Facts} Facts */

class Explanation {
  /** @param {import('./trial.js').TrialLike} trial @param {Suspicion[]} suspicions @param {{ heap: string, isDoubtful: boolean, isBrief?: boolean }} options `isBrief`: no time for another round: what was counted is told as it is */
  constructor(trial, suspicions, { heap, isDoubtful, isBrief = false }) {
    this.trial = trial
    this.native = trial.native
    this.suspicions = suspicions
    this.wantsHeap = heap === 'always' || (heap === 'auto' && suspicions.some(isInObjects))
    this.isBrief = isBrief
    /** It was not confirmed at all: nothing but snapshots can accuse. */
    this.isOpen = isDoubtful
    this.callsBefore = trial.runner.calls
    /** The longest that a snapshot took, its analysis included, in milliseconds. */
    this.longestSnapshotMs = 0
    /** Whether it is a leak only snapshots tell, in two rounds. */
    this.isDoubtful = isDoubtful || (suspicions.length > 0 && suspicions.every(({ source }) => source === 'memory'))
    /** What could not be looked at, and why. @type {string[]} */
    this.lost = []
    /** What grows and is known to end. @type {string[]} */
    this.bounded = []
    /** What an array will keep when all of its places are taken. @type {Map<Facts, import('../findings/facts').Tagged>} */
    this.whole = new Map()
    /** @type {import('../heap/graph.js').HeapGraphLike[]} */
    this.graphs = []
    this.witness = new Witness(trial.native)
    this.additions = new Additions()
    /** What was suspected when it was observed, and the calls before. @type {Suspicion[]} */
    this.observed = []
    /** It was observed before all was confirmed. */
    this.isEarly = false
    this.callsObserved = 0
    /** Calls between one snapshot and the next, and when the first of them were over. @type {number[]} */
    this.ran = []
    this.ranMs = 0
  }

  /** Takes two snapshots and watches the calls between them. @param {boolean} [isEarly] before all is confirmed */
  async observe(isEarly = false) {
    const { trial, witness } = this
    this.isEarly = isEarly
    this.observed = this.suspicions
    this.callsObserved = trial.callsAtLook
    const calls = this.calls()
    if (!isEarly) trial.runner.refill()
    const allocations = trial.inspector && new Allocations(trial.inspector)
    await this.rehearse(witness, allocations)
    await this.capture()
    witness.start()
    allocations?.start()
    this.additions.start()
    let ran
    try {
      ran = await trial.runner.run(calls, trial.endMs)
      this.additions.stop()
      this.ranMs = nowMs()
      await settle()
    } finally {
      this.additions.end()
      this.allocated = allocations?.stop() ?? []
      witness.stop()
    }
    this.ran = [ran.calls]
    await this.capture()
  }

  /**
   * Whether what was observed explains these, which were confirmed later: then it is of them.
   * @param {Suspicion[]} suspicions
   */
  explains(suspicions) {
    const wasSeen = (/** @type {Suspicion} */ one) =>
      this.observed.some(({ source, name, row }) => source === one.source && name === one.name && row === one.row)
    const counted = suspicions.filter(({ source }) => source !== 'memory')
    // A container that began to grow later is another one; classes come along.
    const areSeen = counted.some(wasSeen) && counted.every((one) => one.source !== 'container' || wasSeen(one))
    if ((this.wantsHeap && this.graphs.length < 2) || !areSeen || this.calls(suspicions) > this.ran[0]) return false
    this.suspicions = suspicions
    return true
  }

  /** Whether all containers that were suspected when it was observed have gone on since: then none of so many findings is filling. @param {number} findings */
  async hasGoneOn(findings) {
    const containers = this.observed.filter(({ source }) => source === 'container')
    return findings <= containers.length && (await this.trial.allGoOn(containers, this.callsObserved))
  }

  /**
   * Few more were counted, and no snapshot shows where: slots of a queue that is cut back now and then look so, and what
   * Node drops a moment later.
   */
  get isBare() {
    const isFew = (/** @type {Suspicion} */ { source, total }) =>
      (source === 'container' || source === 'class') && total < BARE_COUNT_MIN
    return this.graphs.length > 1 && this.suspicions.length > 0 && this.suspicions.every(isFew)
  }

  /** Whether so few came that a table with a bound of its own may look the same. */
  get isLittle() {
    const counted = this.suspicions.filter(({ source }) => source === 'container' || source === 'class')
    return counted.length > 0 && counted.every((suspicion) => this.trial.isLittle(suspicion))
  }

  /** Whether snapshots have answered what rounds left open: no container grew, and nothing that was counted does. */
  async isSettled() {
    if (this.graphs.length < 3 || this.trial.isOver() || !this.suspicions.every(isInObjects)) return false
    const counted = this.suspicions.filter((suspicion) => suspicion.source !== 'memory' || isMuch(suspicion))
    return counted.length === 0 || !(await this.trial.goesOn(counted, this.trial.runner.calls - this.callsBefore))
  }

  /** @returns {Promise<Finding[]>} */
  async find() {
    return (await this.facts()).map(worded)
  }

  /** @returns {Promise<Facts[]>} */
  async facts() {
    if (this.isBrief) return this.join(this.witness)
    try {
      if (this.ran.length === 0) await this.observe()
      if (this.isDoubtful && this.graphs.length === 2 && !this.trial.isOver()) {
        this.ran.push((await this.trial.runner.run(this.ran[0] * 2, this.trial.endMs)).calls)
        await settle()
        await this.capture()
      }
      return await this.join(this.witness)
    } finally {
      this.dispose()
    }
  }

  dispose() {
    for (const graph of this.graphs) graph.dispose()
  }

  /** What we load and make ourselves is there before the first snapshot. @param {import('./witness.js').WitnessLike} witness @param {import('../v8/allocations.js').AllocationsLike} [allocations] */
  async rehearse(witness, allocations) {
    witness.start()
    allocations?.start()
    await this.trial.runner.run(1)
    await settle()
    allocations?.stop()
    witness.stop()
    witness.clear()
  }

  /** That show enough of these between two snapshots. @param {Suspicion[]} [suspicions] */
  calls(suspicions = this.suspicions) {
    const rates = suspicions.map(({ perCall, source }) => (source === 'memory' ? 1 : perCall))
    const wanted = WANTED / Math.max(1e-3, Math.min(...rates))
    const affordable = Math.min(ROUND_MS_MAX / this.trial.callMs, ROUND_BYTES_MAX / this.trial.bytesPerCall())
    const least = Math.max(3, Math.min(SEEN_MIN, SLOW_ROUND_MS_MAX / this.trial.callMs))
    return Math.round(Math.max(least, Math.min(Math.max(wanted, CALLS_MIN), affordable, CALLS_MAX)))
  }

  async capture() {
    if (!this.wantsHeap || this.trial.isOver()) return
    this.trial.tell('explain', 0.75 + this.graphs.length * 0.08)
    const startMs = nowMs()
    try {
      const options = { mode: 'inline', eager: false, redact: false, signal: this.trial.runner.signal }
      this.graphs.push(await timed('snapshots', () => captureHeap(options)))
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ERR_LEAKGUARD_MEMORY') throw error
      this.wantsHeap = false
      this.lost.push(/** @type {Error} */ (error).message)
    } finally {
      this.longestSnapshotMs = Math.max(this.longestSnapshotMs, nowMs() - startMs)
    }
  }

  /** @param {import('./witness.js').WitnessLike} witness @returns {Promise<Facts[]>} */
  async join(witness) {
    const all = this.graphs.length > 1 ? await this.fromHeaps() : []
    const left = (await this.leftOf(witness)).filter(
      ({ count, label }) =>
        this.isSuspected(count) && (!this.isOpen || (this.isInProportion(count) && this.isCounted(label)))
    )
    const made = left.filter((group) => !isSpread(group)).map((group) => this.fromWitness(group))
    const isEnding = witness.ending > 0 && this.isSuspected(witness.ending)
    const held = (isEnding ? all.filter(({ kind }) => kind !== 'timer') : all).filter(
      ({ path }) => made.length === 0 || !path?.[0]?.name.startsWith('Node / ')
    )
    if (isEnding) this.bounded.push('AbortSignal.timeout() ends by itself, and its timer with it')
    const findings = made.map((finding) => withPath(finding, held))
    const others = held.filter(({ kind }) => !findings.some((finding) => finding.kind === kind))
    findings.push(...others.map((finding) => this.withAllocations(finding)))
    // Listeners on many objects came along with these.
    if (findings.length === 0) findings.push(...left.filter(isSpread).map((group) => this.fromWitness(group)))
    if (this.isOpen || (findings.length === 0 && this.bounded.length > 0)) return findings.slice(0, FINDINGS_MAX)
    for (const suspicion of this.unexplained(findings)) {
      const finding = this.fromSuspicion(suspicion, witness)
      findings.push(suspicion.source === 'container' ? await this.located(finding, suspicion) : finding)
    }
    return findings.slice(0, FINDINGS_MAX)
  }

  /** Listeners that no look has counted are given the patience of one: finalizers may take them off. @param {import('./witness.js').WitnessLike} witness */
  async leftOf(witness) {
    const left = witness.left()
    if (left.every(({ kind, label }) => kind !== 'listener' || this.isCounted(label))) return left
    await linger(this.ranMs)
    await settle()
    return witness.left()
  }

  /** Whether rounds have counted just these. @param {string} label */
  isCounted(label) {
    return this.suspicions.some(({ source, name }) => source === 'count' && labelOf(name) === label)
  }

  /** Whether so many in the observed round are what was suspected. @param {number} count */
  isSuspected(count) {
    const calls = this.ran?.[0] ?? 1
    const rates = this.suspicions.filter(({ source }) => source !== 'memory').map(({ perCall }) => perCall)
    // Where several objects come with each call, one entry holds them.
    const slowest = rates.length > 0 ? Math.min(1, ...rates) : 0.05
    return count >= Math.max(2, calls * slowest * RATE_SHARE_MIN)
  }

  /** Whether what was seen to stay bears out what was counted before: few of what comes rarely do by chance. @param {number} count */
  isInProportion(count) {
    const seen = count / (this.ran?.[0] ?? 1)
    if (seen < OFTEN && count < SEEN_MIN) return false
    const rates = this.suspicions.filter(({ response, source }) => response === 'proportional' && source !== 'memory')
    return rates.some(({ perCall }) => Math.abs(seen - perCall) <= 0.2 * perCall)
  }

  /** @param {ReturnType<import('./witness.js').WitnessLike['left']>[number]} group */
  fromWitness({ kind, label, count, sites, holders }) {
    const ran = /** @type {number[]} */ (this.ran)
    const known = this.suspicions.find(({ name, source }) => source === 'count' && labelOf(name) === label)
    const [doses, readings] = known ? [this.trial.doses, known.readings] : [[ran[0]], [0, count]]
    const isOnePlace = !isSpread({ kind, count, holders })
    const facts = JSON.parse(this.native.perCallFinding(kind, label, isOnePlace, 'certain', doses, readings))
    return { ...facts, sites: sharesOf(sites) }
  }

  /** What grew between the snapshots, as often as suspected; what is known to end is noted, and left out. */
  async fromHeaps() {
    const all = await timed('comparing', () => growthOf(this.graphs))
    const calls = sum(this.ran)
    const told = all.filter((found) => !isOfEngine(found) && (!this.isOpen || this.isBorneOut(found, calls)))
    const suspected = told.filter((found) => {
      const total = totalOf(found)
      return this.isDoubtful
        ? this.native.judgeCounts(this.ran, new Float64Array(found.change.counts))[0]?.response === 'proportional' &&
            !this.hasDeclined({ total, calls })
        : this.isSuspected((total * (this.ran?.[0] ?? 1)) / calls)
    })
    const known = suspected.flatMap((found) => {
      const facts = grown(found)
      const why = facts ? this.boundOf(found) : boundOfOurs(found)
      return facts || why ? [{ found, facts, why }] : []
    })
    return known.flatMap(({ found, facts, why }) => {
      if (why) this.bounded.push(why)
      // What fills in step with a bounded part of the same object is another part of it.
      const isBounded = why || known.some((other) => other.why && isPartOfOne(other.found, found))
      if (isBounded || !facts) return []
      const whole = this.whole.get(found)
      const told = this.withAdditions(whole ? withEvidence(facts, whole) : facts)
      return this.measured(told, totalOf(found) / calls)
    })
  }

  /** With the lines that added to the container, which has as many entries as its graph after the observed round. @param {Facts} facts @returns {Facts} */
  withAdditions(facts) {
    const of = facts.holder?.class
    const count = facts.change.counts[1]
    return of === undefined || !(count > 0) ? facts : withAdded(facts, this.additions.sitesOf(of, count))
  }

  /**
   * Whether what no rounds confirmed is borne out by them. Parts of larger wholes are no objects to be counted, and lists of
   * Node's have no bound; anything else came as often in the rounds, and is more by now than small tables hold.
   * @param {Facts} found @param {number} calls
   */
  isBorneOut(found, calls) {
    const { kind } = found
    const total = totalOf(found)
    const rate = total / calls
    if (rate < OFTEN) return false
    if (['string', 'buffer', 'listener', 'promise', 'timer'].includes(kind)) return true
    const counted = [...this.trial.latest.values()].filter(
      ({ source, response, perCall }) =>
        source !== 'memory' && response === 'proportional' && Math.abs(perCall - rate) <= RATE_SLACK * rate
    )
    return counted.some((suspicion) => suspicion.total + total >= TABLE_MAX)
  }

  /** Why this growth ends, if it is known to. @param {Facts} found @returns {string | undefined} */
  boundOf(found) {
    const { path = [], change, holder, name } = found
    const places = holder?.capacity ?? 0
    const count = change.counts.at(-1) ?? 0
    const known = BOUNDED.find(
      ({ variable, max }) => count <= max && path.some(({ link }) => isNamed(link, 'variable', variable))
    )
    if (known) return known.why
    // The census knows such an array, and it did not become longer while this came.
    const rows = places < count ? [] : (this.trial.census?.steady('Array', places) ?? [])
    if (rows.length === 0) return undefined
    const keptBytes = this.keptFor(found, rows)
    if (keptBytes) {
      this.whole.set(found, { type: 'capacity', places, eachBytes: keptBytes })
      return undefined
    }
    const shown = [places, count].map((number) => number.toLocaleString('en'))
    return `Array ${name ? `'${name}' ` : ''}fills ${shown[0]} places that it has had from the start; ${shown[1]} are taken`
  }

  /**
   * A bound on places is none on bytes: parts of something much larger keep all of it. What each of them keeps in an
   * array whose places were there before; undefined where that is not much more than they are themselves.
   * @param {Facts} found @param {number[]} rows of the census: arrays that it may be in @returns {number | undefined} bytes
   */
  keptFor(found, rows) {
    const { kind } = found
    const total = totalOf(found)
    if (kind !== 'string' && kind !== 'buffer') return
    const calls = sum(this.ran)
    const keptBytes = (this.trial.bytesPerCall() * calls) / total
    const arrays = this.trial.census?.find(rows) ?? []
    const ownBytes = Math.max(0, ...arrays.map((ref) => largestPart(/** @type {unknown[]} */ (ref.deref() ?? []))))
    return ownBytes > 0 && keptBytes >= WHOLE_BYTES_MIN && keptBytes >= ownBytes * WHOLE_SHARE_MIN
      ? keptBytes
      : undefined
  }

  /** Whether what is suspected at about this rate came faster in the rounds. @param {import('./trial.js').Dose} now */
  hasDeclined(now) {
    const rate = now.total / now.calls
    const isNear = (/** @type {Suspicion} */ { source, perCall }) =>
      source !== 'memory' && perCall >= rate * 0.5 && perCall <= rate * 4
    // What fades is no suspicion any more, and the memory that it takes may be one. Where several come with each call the
    // one that came as often as this stands for it.
    const near = [...this.trial.latest.values()].filter(isNear)
    const distance = (/** @type {Suspicion} */ { perCall }) => Math.abs(Math.log(perCall / rate))
    const [nearest] = near.sort((a, b) => distance(a) - distance(b))
    return nearest !== undefined && this.trial.hasDeclined(nearest, now)
  }

  /** @param {Facts} facts @param {number} perCall @returns {Facts} */
  measured(facts, perCall) {
    return {
      ...facts,
      change: { ...facts.change, perCall },
      confidence: this.isDoubtful || this.isLittle ? 'likely' : 'certain',
      evidence: [...this.roundsOf(facts, perCall), ...(facts.evidence ?? [])]
    }
  }

  /** What the rounds showed of the suspicion that is nearest to a finding. @param {Facts} facts @param {number} rate of it */
  roundsOf({ kind, subject, holder, name: own }, rate) {
    const { doses } = this.trial
    const named = [subject.class, subject.event, holder?.class, own]
    const distance = (/** @type {Suspicion} */ { source, name, perCall }) =>
      (named.includes(name) || kind === name.toLowerCase() ? 0 : 4) +
      (source === 'container' ? 0 : 1) +
      Math.min(2, Math.abs(perCall - rate))
    const [nearest] = [...this.suspicions].sort((a, b) => distance(a) - distance(b) || (a.name < b.name ? -1 : 1))
    if (!nearest) return []
    const { name, readings, source } = nearest
    const deltas = doses.map((_, i) => readings[i + 1] - readings[i])
    return [{ type: 'rounds', source, name, doses, deltas }]
  }

  /** @param {Facts} facts @returns {Facts} */
  withAllocations(facts) {
    const sites = this.allocationSites()
    if (sites.length === 0) return facts
    const isNative = facts.path?.some(({ name }) => name === NATIVE_HOLDER)
    const told = withEvidence(facts, { type: 'allocated', sites }, ...(isNative ? addonNotes() : []))
    return facts.holder?.place ? told : { ...told, culprit: sites[0].frames[0] }
  }

  /**
   * A container of numbers, in which no snapshot sees anything new: the census knows the container itself, and a
   * snapshot what holds it.
   * @param {Facts} facts @param {Suspicion} suspicion @returns {Promise<Facts>}
   */
  async located(facts, { name, row }) {
    if (row === undefined || !this.wantsHeap || this.trial.isOver()) return facts
    const ref = this.trial.census?.one(row)
    if (!ref) return facts
    const [held] = await timed('snapshots', () => explainHeld('measureLeaks', [{ ref, label: name, scope: '' }]))
    if (!held) return facts
    const { path = [], key } = held.facts
    const end = endOf(path)
    const holder = { class: name, isContainer: true, isLocal: false, isAwaited: false, isInStore: false, ...end }
    return { ...facts, holder, name: end.name, key, path: beginning(path, 'operation') }
  }

  /** @param {Suspicion} suspicion @param {import('./witness.js').WitnessLike} witness */
  sitesOf({ source, name }, witness) {
    if (isOfLists(name)) return sharesOf(this.trial.lists.sitesOf(name))
    if (source === 'count') return name.startsWith('fd:') ? sharesOf(witness.opened) : []
    // What was allocated tells where objects come from, not where a container of none of them is.
    return source === 'container' || isOutside(source, name) ? [] : this.allocationSites()
  }

  /** Lines of the program that allocated what stayed. */
  allocationSites() {
    return (this.allocated ?? [])
      .slice(0, 3)
      .map(({ frames, bytes }) => ({ frames: frames.map(mapPlace), count: bytes }))
  }

  /** Suspicions that no finding stands for. @param {Facts[]} findings */
  unexplained(findings) {
    const outside = this.suspicions.filter((suspicion) => suspicion.source === 'count' || !isInObjects(suspicion))
    const has = (/** @type {string} */ kind) => findings.some((finding) => finding.kind === kind)
    const counted = outside.filter(({ source, name }) => {
      if (source === 'memory') return findings.length === 0
      return (
        !findings.some((finding) => finding.name === name.replace(/^handle:/, '')) &&
        !(has('timer') && /Time/.test(name)) &&
        !(has('listener') && isOfLists(name))
      )
    })
    if (findings.length > 0 || counted.length > 0) return counted.slice(0, 2)
    if (this.isBare) return []
    const isTold = (/** @type {Suspicion} */ one) => one.source !== 'memory' || (isMuch(one) && this.isInGraphs(one))
    const told = this.suspicions.filter(isTold)
    const containers = told.filter(({ source }) => source === 'container')
    return [...containers, ...told].slice(0, 1)
  }

  /**
   * Whether the heap graphs have become as much larger as memory did before, in all and to the last: a table of fixed places
   * that was filling, and is full now, has not. Without graphs nothing says otherwise.
   * @param {{ perCall: number }} suspicion of memory
   */
  isInGraphs({ perCall }) {
    const bytes = this.graphs.map(({ selfBytes }) => selfBytes)
    const last = bytes.length - 1
    if (last < 1 || perCall * sum(this.ran.slice(0, last)) < SHOWN_BYTES_MIN) return true
    const share = (/** @type {number} */ from) =>
      (bytes[last] - bytes[from]) / (perCall * sum(this.ran.slice(from, last)))
    // What our own work left goes between the first two.
    return share(0) >= WHOLE_RATE_SHARE_MIN && share(last - 1) >= RATE_SHARE_MIN
  }

  /** @param {Suspicion} suspicion @param {import('./witness.js').WitnessLike} witness @returns {Facts} */
  fromSuspicion(suspicion, witness) {
    const { source, name, readings } = suspicion
    const confidence = source === 'memory' ? 'likely' : 'certain'
    const { doses } = this.trial
    const json = this.native.perCallFinding(kindOf(suspicion), labelOf(name), true, confidence, doses, readings)
    const [sites, evidence] = isOutside(source, name)
      ? [addonSites(), addonNotes()]
      : [this.sitesOf(suspicion, witness), []]
    return { ...JSON.parse(json), sites, evidence }
  }
}

/** @param {Facts} facts @param {...import('../findings/facts').Tagged} more @returns {Facts} */
const withEvidence = (facts, ...more) => ({ ...facts, evidence: [...(facts.evidence ?? []), ...more] })

/** How many more a heap has than the first. @param {Facts} found */
const totalOf = ({ change }) => change.counts.at(-1) - change.counts[0]

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0)

/** The largest string or view among the first elements of an array, in bytes. @param {unknown[]} array */
function largestPart(array) {
  let bytes = 0
  for (let i = Math.min(array.length, PARTS_MAX) - 1; i >= 0; i--) {
    const value = Object.getOwnPropertyDescriptor(array, i)?.value
    if (typeof value === 'string') bytes = Math.max(bytes, value.length)
    else if (types.isTypedArray(value)) bytes = Math.max(bytes, Reflect.apply(viewBytes, value, []))
  }
  return bytes
}

/** Memory that grows in proportion, by more than noise ever does. @param {Suspicion} suspicion */
const isMuch = ({ response, perCall, total }) =>
  response === 'proportional' && perCall >= UNEXPLAINED_PER_CALL_MIN && total >= UNEXPLAINED_MIN

/** Whether listeners stand on many objects. @param {{ kind: string, count: number, holders: Set<unknown> }} group */
const isSpread = ({ kind, count, holders }) =>
  kind === 'listener' && holders.size > Math.max(2, count / SPREAD_EACH_MAX)

/** Memory that no object shows. @param {string} source @param {string} name */
const isOutside = (source, name) => source === 'memory' && (name === 'native' || name === 'external')

/** What a heap snapshot can show. @param {Suspicion} suspicion */
const isInObjects = ({ source, name }) =>
  (source !== 'count' || isOfLists(name) || name === 'vm context') && !isOutside(source, name)

/** A suspicion's name as findings have it. @param {string} name */
const labelOf = (name) => (isOfLists(name) ? labelOfLists(name) : name)

/** @param {Suspicion} suspicion @returns {string} */
function kindOf({ source, name }) {
  if (source === 'count') return name === 'vm context' ? 'context' : isOfLists(name) ? 'listener' : 'handle'
  if (source === 'memory') return name === 'heap' ? 'heap' : 'native'
  if (source === 'container') return 'collection'
  if (source === 'bytes' || /Buffer$/.test(name)) return 'buffer'
  if (/Function$/.test(name)) return 'closure'
  if (name === 'Promise') return 'promise'
  return name === 'Timeout' || name === 'Immediate' ? 'timer' : 'object'
}

/** A heap finding of the same kind, and of the same event, shows how it is held. @param {Facts} facts @param {Facts[]} held @returns {Facts} */
function withPath(facts, held) {
  const { event, class: of } = facts.subject
  const isOfEvent = (/** @type {Facts} */ { path = [] }) =>
    event === undefined || path.some(({ link }) => isNamed(link, 'property', event))
  const ofKind = held.filter(({ kind }) => kind === facts.kind)
  const twin = ofKind.find(isOfEvent)
  if (twin?.path) return { ...facts, path: twin.path, frees: twin.frees }
  // One that tells of another event of the same object leads to that object.
  for (const { path = [], frees } of ofKind) {
    const at = path.findIndex(({ link }) => isNamed(link, 'property', '_events'))
    if (at > 0 && path[at - 1].name === of) return { ...facts, path: path.slice(0, at + 1) }
    // Targets keep their listeners under no name.
    if (at < 0 && path.length > 0) return { ...facts, path, frees }
  }
  return facts
}

/** @returns {import('../findings/facts').Tagged[]} */
const addonNotes = () => loadedAddons().map(({ addon, by }) => ({ type: 'addon', addon, ...(by ? { by } : {}) }))

/** The line that loads the one addon there is: code of its own cannot be seen. */
function addonSites() {
  const addons = loadedAddons()
  if (addons.length !== 1 || !addons[0].by) return []
  const { file, line, column } = addons[0].by
  return [{ frames: [{ function: '', file, portable: file, line, column }], count: 1 }]
}

/**
 * What Node itself fills up to a bound, by the variable that leads to it: it grows with the calls, and ends.
 * @type {{ variable: string, max: number, why: string }[]}
 */
const BOUNDED = [{ variable: 'resourceTimingBuffer', max: 250, why: 'Node keeps the timings of up to 250 fetches' }]

/** V8's own tables, which it clears when it needs to. @param {Facts} found */
const isOfEngine = ({ path = [] }) => path.some(({ name }) => name === '(Shareable object cache)')

/** Of what is ours the caches are the program's to fill; each has a bound, or it could not be made. @param {Facts} found */
const boundOfOurs = ({ holder }) =>
  holder?.place && /[\\/]lib[\\/]cache[\\/]/.test(holder.place.file)
    ? 'a cache of leakguard fills up to its bound'
    : undefined

/** Whether two containers are parts of one object, and hold as many more. @param {Facts} one @param {Facts} other */
function isPartOfOne(one, other) {
  const owner = (/** @type {Facts} */ { path = [] }) =>
    path.slice(
      0,
      path.findLastIndex(({ link }) => link.type === 'property')
    )
  const [ours, theirs] = [owner(one), owner(other)]
  const isSame = ours.length > 0 && ours.length === theirs.length
  return (
    isSame && totalOf(one) === totalOf(other) && ours.every(({ link }, i) => isDeepStrictEqual(link, theirs[i].link))
  )
}

/** @typedef {InstanceType<typeof Explanation>} ExplanationLike */

module.exports = { Explanation }
