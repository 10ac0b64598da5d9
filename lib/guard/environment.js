// @ts-check
// What the LEAKGUARD_* variables ask for. A wrong item is a sentence, and all others hold. Knows variables and what is right
// of them; must not know who starts what with them.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { allow, Baseline } = require('../findings/allow.js')
const { readGuardOptions } = require('./options.js')
const { ASIDE } = require('../base/natives.js')
const { nearest } = require('../base/nearest.js')
const { readOutputs } = require('../base/outputs.js')
const { cited, itemsOf } = require('../base/text.js')

/** Names that were meant to be ours. */
const LIKE_OURS = /^_?LEA?E?[KC]|G[UA]{2}RD_/i
/** What has been taken away, and what is there for it. @type {Record<string, string>} */
const REMOVED = { LEAKGUARD_REPORT: 'LEAKGUARD_OUTPUT, which takes the same' }

/**
 * Reads a text, or tells what is wrong with it.
 * @typedef {(text: string, wrong: (what: string) => void) => unknown} Reader
 */

/** An option of start(). @param {string} option @param {string} [part] of that option @param {(text: string) => unknown} [read] @returns {Reader} */
const optionOf =
  (option, part, read = (text) => text) =>
  (text, wrong) => {
    const value = read(text)
    try {
      readGuardOptions({ [option]: part ? { [part]: value } : value })
      return value
    } catch (error) {
      const [, what] = /^start: (?:option '[^']+':? )+(.*)/s.exec(messageOf(error)) ?? []
      wrong(Number.isNaN(value) && what ? what.replace(/not NaN$/, `not ${cited(text)}`) : (what ?? messageOf(error)))
    }
  }

/** @param {string[]} values @returns {Reader} */
const oneOf = (values) => (text, wrong) => {
  if (values.includes(text)) return text
  wrong(`must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}, not ${cited(text)}`)
}

/** Why no file can be written there, if that is known before. @param {string} file @returns {string | undefined} */
function whyNoFile(file) {
  const folder = path.dirname(path.resolve(file))
  try {
    if (fs.statSync(folder, ASIDE).isDirectory()) fs.accessSync(folder, fs.constants.W_OK)
    else return `${folder} is not a folder`
  } catch (error) {
    return `${folder} cannot be written to: ${messageOf(error)}`
  }
}

/** @param {string} file */
const isFolder = (file) => fs.statSync(file, { ...ASIDE, throwIfNoEntry: false })?.isDirectory() ?? false

/** @type {Reader} */
function signal(text, wrong) {
  const { signals } = os.constants
  const isOne = Object.hasOwn(signals, text) && text !== 'SIGKILL' && text !== 'SIGSTOP'
  if (isOne) return text
  const meant = nearest(text, Object.keys(signals))
  const hint = meant && meant !== text ? `: did you mean ${meant}?` : ', which no program can handle'
  wrong(`must be the name of a signal, such as SIGUSR2, not ${cited(text)}${meant ? hint : ''}`)
}

/** @type {Reader} */
function fingerprints(text, wrong) {
  return itemsOf(text).flatMap((item) => {
    try {
      return [allow.fingerprint(item)]
    } catch {
      wrong(`must list fingerprints, the 16 hexadecimal digits that a finding shows, not ${cited(item)}`)
      return []
    }
  })
}

/** @type {Reader} */
function baseline(text, wrong) {
  try {
    Baseline.read(text)
    return text
  } catch (error) {
    wrong(`cannot be used: ${messageOf(error)}`)
  }
}

/** @type {Reader} */
function folder(text, wrong) {
  if (!fs.existsSync(text) || attempt(() => isFolder(text), false)) return { to: text }
  wrong(`must be a folder, but ${cited(text)} is a file`)
}

/** @type {Reader} */
function record(text, wrong) {
  if (!attempt(() => isFolder(text), false)) return text
  wrong(`must be a file, but ${cited(text)} is a folder`)
}

const UNITS = /** @type {Record<string, number>} */ ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 })
const HEAPS_MIN = 3
const HEAPS_MAX = 8

/** Times before each heap; `auto` where the guard is to say when. @type {Reader} */
function gaps(text, wrong) {
  if (text === 'auto') return text
  const times = itemsOf(text).map((item) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(item) ?? []
    return unit ? Number(number) * UNITS[unit] : Number.NaN
  })
  const isRight = times.length >= HEAPS_MIN && times.length <= HEAPS_MAX && times.every((ms) => ms <= 24 * UNITS.h)
  if (isRight) return times
  wrong(`must be auto, or ${HEAPS_MIN} to ${HEAPS_MAX} times of at most 24h, such as 20s,20s,20s, not ${cited(text)}`)
}

/** Variable -> option of start(), and its reader. @type {Record<string, [option: string, read: Reader]>} */
const OPTIONS = {
  LEAKGUARD_CALL_SITES: ['callSites', optionOf('callSites')],
  LEAKGUARD_FORCE_GC: ['forceGc', optionOf('forceGc')],
  LEAKGUARD_MIN_GROWTH_MS: ['minGrowthMs', optionOf('minGrowthMs', undefined, Number)],
  LEAKGUARD_EXPLAIN: ['explain', optionOf('explain')],
  LEAKGUARD_WATCHED: ['watched', optionOf('watched')],
  LEAKGUARD_CAPTURE: ['capture', folder],
  LEAKGUARD_ALLOW: ['allow', fingerprints],
  LEAKGUARD_BASELINE: ['baseline', baseline]
}

/** What the option `memory` is made of. @type {Record<string, [part: string, read: Reader]>} */
const MEMORY = {
  LEAKGUARD_MEMORY: ['mode', oneOf(['auto', 'never'])],
  LEAKGUARD_SAMPLE_MS: ['sampleMs', optionOf('memory', 'sampleMs', Number)],
  LEAKGUARD_RECORD: ['record', record]
}

/** What a guard does without a caller. @type {Record<string, [setting: string, read: Reader]>} */
const SETTINGS = {
  LEAKGUARD_OUTPUT: ['report', readOutputs],
  LEAKGUARD_SIGNAL: ['signal', signal],
  LEAKGUARD_COMPARE: ['compare', gaps],
  LEAKGUARD_OOM_REPORT: ['oomReport', oneOf(['auto', 'never'])]
}

const aSwitch = oneOf(['1', 'true', '0', 'false'])
/** Those that others read: the switches, the assertions, the runners, and processes of one another. @type {Record<string, Reader>} */
const OTHERS = {
  LEAKGUARD_DISABLE: aSwitch,
  LEAKGUARD_NO_FORK: aSwitch,
  LEAKGUARD_VERBOSE: aSwitch,
  LEAKGUARD_UPDATE_BASELINE: aSwitch,
  LEAKGUARD_UNDECIDED: oneOf(['pass', 'fail']),
  LEAKGUARD_CHECK: oneOf(['file', 'test', '0']),
  LEAKGUARD_RUNNER_OUTPUT: String,
  LEAKGUARD_BASELINE_SEEN: String,
  LEAKGUARD_PARTS: String
}

const READERS = Object.fromEntries([
  ...Object.entries({ ...OPTIONS, ...MEMORY, ...SETTINGS }).map(([name, [, read]]) => [name, read]),
  ...Object.entries(OTHERS)
])
const KNOWN = Object.keys(READERS)

/** What the project's own test runs hand down to all that they start. */
const OF_TESTS = 'LEAKGUARD_TEST_'

/** Names that mean nothing, and which one was meant. @param {NodeJS.ProcessEnv} env @returns {{ name: string, why: string }[]} */
function strangers(env) {
  return Object.keys(env).flatMap((name) => {
    const isOurs = name.startsWith('LEAKGUARD_')
    if (KNOWN.includes(name) || name.startsWith(OF_TESTS) || !(isOurs || LIKE_OURS.test(name))) return []
    if (Object.hasOwn(REMOVED, name)) return [{ name, why: `is no longer read: use ${REMOVED[name]}` }]
    const meant = nearest(name, KNOWN)
    if (meant) return [{ name, why: `is unknown: did you mean ${meant}?` }]
    return isOurs ? [{ name, why: `is unknown; known variables: ${KNOWN.join(', ')}` }] : []
  })
}

/**
 * @typedef {object} Asked
 * @property {Record<string, any>} options of start()
 * @property {{ report: import('../base/outputs.js').Output[], signal?: string, oomReport: boolean, compare?: number[] }} settings of a guard without a caller
 * @property {{ name: string, why: string }[]} problems what is wrong: it counts as not set, or the item as not listed
 * @property {{ name: string, why: string }[]} doubts what will hardly work
 */

/** @param {NodeJS.ProcessEnv} env @returns {Asked} */
function readEnvironment(env) {
  /** @type {Record<string, unknown>} */
  const read = {}
  const problems = strangers(env)
  for (const name of KNOWN) {
    const text = env[name]?.trim()
    if (!text) continue
    const wrong = (/** @type {string} */ why) => void problems.push({ name, why })
    const value = attempt(() => READERS[name](text, wrong), undefined)
    if (value !== undefined) read[name] = value
  }
  const taken = (/** @type {Record<string, [string, Reader]>} */ table) =>
    Object.fromEntries(Object.entries(table).flatMap(([name, [key]]) => (name in read ? [[key, read[name]]] : [])))
  const { report = [], signal, oomReport, compare } = /** @type {any} */ (taken(SETTINGS))
  const files = [
    .../** @type {import('../base/outputs.js').Output[]} */ (report).map(({ file }) => ['LEAKGUARD_OUTPUT', file]),
    ['LEAKGUARD_RECORD', read.LEAKGUARD_RECORD]
  ].filter(([, file]) => file !== undefined)
  const doubts = /** @type {[string, string][]} */ (files).flatMap(([name, file]) => {
    const why = whyNoFile(file)
    return why ? [{ name, why }] : []
  })
  const { mode, ...memory } = taken(MEMORY)
  /** @type {Record<string, any>} */
  const options = taken(OPTIONS)
  if (mode === 'never') options.memory = false
  else if (Object.keys(memory).length > 0) options.memory = memory
  // Once something is suspected the guard compares heaps by itself.
  if (compare === 'auto') options.explain ??= 'heap'
  const gapsMs = compare === 'auto' ? undefined : compare
  const settings = { report, signal, oomReport: oomReport !== 'never', ...(gapsMs ? { compare: gapsMs } : {}) }
  return { options, settings, problems, doubts }
}

/** @template T @param {() => T} work @param {T} otherwise @returns {T} */
function attempt(work, otherwise) {
  try {
    return work()
  } catch {
    return otherwise
  }
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error))

module.exports = { readEnvironment, strangers }
