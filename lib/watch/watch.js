// @ts-check
// Objects that ought to go away: watched weakly, in a scope or not, and told when they stay. Bounded whatever the
// program watches. Knows what is watched and what was said of it; why something stays is held.js's.
'use strict'

const { addon } = require('../base/addon.js')
const { callSite } = require('../v8/call-site.js')
const { cut } = require('../base/cut.js')
const { given, invalidArg } = require('../base/errors.js')
const { kept, worded } = require('../findings/findings.js')
const { LOOKED_FOR_MAX, explainHeld, outlived } = require('./retained.js')
const { LeakReport } = require('../report/leak-report.js')
const { allExamined, undecided } = require('../report/lines.js')
const { weakRef } = require('../base/natives.js')
const { isOn } = require('../base/options.js')
const { currentScope, runInScope } = require('./scope.js')
const { framesOf } = require('../findings/source-map.js')

/** Watched at a time; of more a share is. */
const WATCHED_MAX = 1000
/** Labels and lines of which is remembered how they were explained. */
const KNOWN_MAX = 256
/** Heap snapshots for one label and line; after that what was said last stands for it. */
const EXPLAINED_MAX = 3

/**
 * @typedef {object} Entry
 * @property {WeakRef<object>} ref
 * @property {string} label
 * @property {import('./scope.js').Scope | undefined} within
 * @property {string} scope
 * @property {string} site where it was watched
 * @property {string} [owner] whom it is told to: a test
 * @property {import('../..').Finding} [finding] what was said of it
 */

/** @type {Entry[]} */
let entries = []
/** @type {WeakMap<object, Entry>} */
const known = new WeakMap()
/** Of so many one is watched, and how many have passed since. */
let every = 1
let passed = 0
/** How often a label and line was explained, and how last. @type {Map<string, { times: number, finding: import('../..').Finding }>} */
const explained = new Map()
/** Checks come one after the other. @type {Promise<unknown>} */
let checking = Promise.resolve()

const isDisabled = () => isOn('LEAKGUARD_DISABLE')

/** Drops what is gone; where that is not enough, every second one, and from now on watches half as many. */
function makeRoom() {
  entries = entries.filter(({ ref }) => ref.deref() !== undefined)
  if (entries.length < WATCHED_MAX / 4) every = Math.max(1, every >> 1)
  if (entries.length < WATCHED_MAX * 0.75) return
  entries = entries.filter((_, at) => at % 2 === 0)
  every *= 2
}

/** @template {object} T @param {T} target @param {unknown} [label] @returns {T} */
function watch(target, label) {
  if (target === null || (typeof target !== 'object' && typeof target !== 'function'))
    throw invalidArg(`watch: target must be an object or a function, not ${given(target)}`)
  if (label !== undefined && (typeof label !== 'string' || label === ''))
    throw invalidArg(`watch: label must be a non-empty string, got ${label === '' ? "''" : given(label)}`)
  if (isDisabled()) return target
  const within = currentScope()
  const before = known.get(target)
  if (before && entries.includes(before)) {
    Object.assign(before, {
      within,
      scope: within?.label ?? '',
      label: label === undefined ? before.label : cut(label),
      finding: undefined
    })
    return target
  }
  if (++passed % every !== 0) return target
  if (entries.length >= WATCHED_MAX) makeRoom()
  const site = callSite(watch)
  const entry = { ref: weakRef(target), label: cut(label ?? ''), within, scope: within?.label ?? '', site, owner }
  known.set(target, entry)
  entries.push(entry)
  return target
}

/** @template R @param {string} label @param {() => R} fn @returns {R} */
function scope(label, fn) {
  if (typeof label !== 'string' || label === '')
    throw invalidArg(`scope: label must be a non-empty string, got ${label === '' ? "''" : given(label)}`)
  if (typeof fn !== 'function') throw invalidArg(`scope: fn must be a function, not ${given(fn)}`)
  return isDisabled() ? fn() : runInScope(cut(label), fn)
}

/** Whom what is watched from now on is told to. @type {string | undefined} */
let owner
/** @param {string | undefined} name */
function watchFor(name) {
  owner = name
}

/** The same label, watched at the same line in a scope of the same name. @param {Entry} entry */
const keyOf = ({ label, scope, site }) => `${label}\n${scope}\n${site}`

/** @param {Entry} entry */
const placeOf = ({ site }) => framesOf(site.split('\n', 1)[0])[0]

/**
 * In words, with where it was watched: as evidence, and as the culprit where there is no better one.
 * @param {import('../findings/facts').Facts} facts @param {Entry} entry
 */
function told(facts, entry) {
  const place = placeOf(entry)
  if (!place) return worded(facts)
  const evidence = [...(facts.evidence ?? []), { type: 'watchedAt', place }]
  return worded({ ...facts, evidence, ...(facts.holder?.place ? {} : { culprit: place }) })
}

/** Of what no heap was looked at. @param {Entry} entry */
const unseen = (entry) => told(kept(addon().unseen(entry.label, entry.scope)), entry)

/** @param {Entry} entry @param {import('../..').Finding} finding */
function remember(entry, finding) {
  entry.finding = finding
  const key = keyOf(entry)
  const times = (explained.get(key)?.times ?? 0) + 1
  explained.delete(key)
  explained.set(key, { times, finding })
  if (explained.size > KNOWN_MAX) explained.delete(/** @type {string} */ (explained.keys().next().value))
}

/** Those that a snapshot must be taken for; of the others what was said before stands. @param {Entry[]} left @param {number} timesMax */
function unexplained(left, timesMax) {
  return left.filter((entry) => {
    const before = explained.get(keyOf(entry))
    if (!entry.finding && before && before.times >= timesMax) entry.finding = before.finding
    return !entry.finding
  })
}

/** One of each label and line in turn, so that none is crowded out. @param {Entry[]} all */
function mixed(all) {
  /** @type {Map<string, number>} */
  const seen = new Map()
  const ranked = all.map((entry) => {
    const rank = seen.get(keyOf(entry)) ?? 0
    seen.set(keyOf(entry), rank + 1)
    return { entry, rank }
  })
  return ranked.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry)
}

/** Says of each that is left what holds it. @param {Entry[]} left @param {number} [timesMax] @returns {Promise<string[]>} what could not be looked at */
async function explain(left, timesMax = EXPLAINED_MAX) {
  const wanted = mixed(unexplained(left, timesMax))
  if (wanted.length === 0) return []
  /** @type {string[]} */
  const lost = []
  try {
    for (const { facts, members } of await explainHeld('checkWatched', wanted)) {
      const finding = told(facts, wanted[members[0]])
      for (const at of members) wanted[at].finding = finding
      remember(wanted[members[0]], finding)
    }
    if (wanted.length > LOOKED_FOR_MAX) lost.push(`the heap was searched for ${LOOKED_FOR_MAX} of ${wanted.length}`)
  } catch (error) {
    lost.push(`no retainer path: ${error instanceof Error ? error.message : String(error)}`)
  }
  for (const entry of wanted.filter(({ finding }) => !finding)) {
    entry.finding = explained.get(keyOf(entry))?.finding ?? unseen(entry)
  }
  return lost
}

/** One finding for all that are held alike. @param {Pick<Entry, 'finding'>[]} left */
function findingsOf(left) {
  /** @type {Map<import('../..').Finding, number>} */
  const counts = new Map()
  for (const { finding } of left) if (finding) counts.set(finding, (counts.get(finding) ?? 0) + 1)
  return [...counts].map(([finding, total]) => ({ ...finding, growth: { ...finding.growth, total } }))
}

/**
 * What is left of what was watched and whose scope has ended.
 * @param {(entry: Entry) => boolean} [isWanted]
 * @returns {Promise<{ left: Entry[], seen: import('../..').Examined[], canTell: boolean }>}
 */
async function look(isWanted = () => true) {
  const open = entries.filter(({ within }) => within && !within.isOver).length
  const asked = entries.filter((entry) => (!entry.within || entry.within.isOver) && isWanted(entry))
  const { left, canTell } = await outlived(asked)
  entries = entries.filter(({ ref }) => ref.deref() !== undefined)
  const lines = [`${asked.length} watched object${asked.length === 1 ? '' : 's'}, after major GCs`]
  if (open > 0) lines.push(`${open} in scopes that have not ended were left out`)
  if (every > 1)
    lines.push(
      `more than ${WATCHED_MAX.toLocaleString('en')} were watched at once: of later ones 1 in ${every} is watched`
    )
  return { left, seen: allExamined('watched', lines), canTell }
}

/** @param {() => Promise<any>} work */
function inTurn(work) {
  const done = checking.then(work)
  checking = done.catch(() => {})
  return done
}

/** @returns {Promise<import('../..').LeakReport>} */
async function checkWatched() {
  if (isDisabled())
    return new LeakReport({
      verdict: 'undecided',
      findings: [],
      undecided: [undecided('disabled', 'LEAKGUARD_DISABLE is set: nothing is watched')]
    })
  return inTurn(async () => {
    const { left, seen, canTell } = await look()
    if (left.length === 0) return new LeakReport({ verdict: 'clean', findings: [], examined: seen })
    if (!canTell) {
      const why = 'V8 did not collect garbage when asked to: objects that are still there may be unreachable'
      const open = [undecided('no-gc', why)]
      return new LeakReport({ verdict: 'undecided', findings: [], undecided: open, examined: seen })
    }
    seen.push(...allExamined('heap', await explain(left)))
    return new LeakReport({ verdict: 'leaking', findings: findingsOf(left), examined: seen })
  })
}

/**
 * For a test runner: what is left of what was watched for one of these owners, each told once.
 * @param {(owner: string | undefined) => boolean} isOwner
 * @returns {Promise<{ finding: import('../..').Finding, owners: string[] }[]>}
 */
async function leftOf(isOwner) {
  if (!entries.some((entry) => isOwner(entry.owner))) return []
  return inTurn(async () => {
    const { left, canTell } = await look((entry) => isOwner(entry.owner))
    if (left.length === 0 || !canTell) return []
    await explain(left)
    entries = entries.filter((entry) => !left.includes(entry))
    return findingsOf(left).map((finding) => ({
      finding,
      owners: [
        ...new Set(
          left.flatMap((entry) => (entry.finding?.fingerprint === finding.fingerprint ? (entry.owner ?? '') : []))
        )
      ]
    }))
  })
}

/** For a guard: what is there of what was watched in scopes that have ended. Without a scope nobody says by when. */
const ended = () => entries.filter(({ ref, within }) => within?.isOver && ref.deref() !== undefined)

/**
 * For a guard: says of these what holds them, with at most one snapshot, and one at all for each label and line.
 * @param {Entry[]} left
 */
async function explainAside(left) {
  return inTurn(async () => {
    const tookSnapshot = unexplained(left, 1).length > 0
    return { tookSnapshot, lost: await explain(left, 1) }
  })
}

module.exports = { ended, explainAside, findingsOf, unseen, watch, scope, checkWatched, watchFor, leftOf }
