// @ts-check
// What a report is of: the program, the process, its versions, its time. Made when it is asked for; of several processes one.
// Knows no finding.
'use strict'

// Taken when the file loads: a program may have a clock of its own later.
const RealDate = Date
const os = require('node:os')
const path = require('node:path')
const { commitOf } = require('../base/commit.js')
const { performance } = require('../base/natives.js')
const { commandLine, programName } = require('../base/program.js')
const { version } = require('../../package.json')

/** Names, and numbers of processes, that are told. */
const NAMES_MAX = 8
/** Of any text in it, in characters. */
const TEXT_MAX = 400
const TEXTS = /** @type {const} */ ([
  'program',
  'command',
  'host',
  'node',
  'leakguard',
  'commit',
  'startedAt',
  'madeAt'
])

/** @typedef {import('../..').ReportHeader} Header */

/** What does not change while the process lives. @type {Omit<Header, 'madeAt' | 'durationMs' | 'requests'> | undefined} */
let known

function ofProcess() {
  if (known) return known
  const program = programName()
  const folder = process.argv[1] ? path.dirname(process.argv[1]) : process.cwd()
  const commit = commitOf(folder)
  known = {
    ...(program ? { program } : {}),
    command: commandLine(),
    host: os.hostname(),
    pid: process.pid,
    node: process.versions.node,
    leakguard: version,
    ...(commit ? { commit } : {}),
    startedAt: new RealDate(performance.timeOrigin).toISOString()
  }
  return known
}

/** Of this process. @param {number} madeAtMs @param {number} [requests] that its servers had until then @returns {Header | undefined} */
function ownHeader(madeAtMs, requests = 0) {
  try {
    const durationMs = Math.max(0, Math.round(madeAtMs - performance.timeOrigin))
    const made = { madeAt: new RealDate(madeAtMs).toISOString(), durationMs }
    return { ...ofProcess(), ...made, ...(requests > 0 ? { requests } : {}) }
  } catch {
    return // such as a working directory that is gone
  }
}

/** @param {string | undefined} a @param {string | undefined} b */
function joined(a, b) {
  const names = [...new Set([a, b].flatMap((text) => text?.split(', ') ?? []))].filter(Boolean)
  return names.length > 0 ? names.slice(0, NAMES_MAX).join(', ') : undefined
}

/** @param {Header} header */
const processesOf = ({ processes, pid }) => processes ?? { count: 1, pids: [pid] }

/** Two processes, or more of them; nothing where neither has one. @param {Header | undefined} a @param {Header | undefined} b @returns {Header | undefined} */
function together(a, b) {
  if (!a || !b) return a ?? b
  const [some, others] = [processesOf(a), processesOf(b)]
  const pids = [...new Set([...some.pids, ...others.pids])]
  const isSame = some.count === 1 && others.count === 1 && pids.length === 1
  const startedAt = a.startedAt < b.startedAt ? a.startedAt : b.startedAt
  const madeAt = a.madeAt > b.madeAt ? a.madeAt : b.madeAt
  const requests = (a.requests ?? 0) + (b.requests ?? 0)
  const program = joined(a.program, b.program)
  return {
    ...(program ? { program } : {}),
    ...(a.command !== undefined && a.command === b.command ? { command: a.command } : {}),
    host: joined(a.host, b.host) ?? '',
    pid: a.pid,
    node: joined(a.node, b.node) ?? '',
    leakguard: joined(a.leakguard, b.leakguard) ?? '',
    ...(a.commit !== undefined && a.commit === b.commit ? { commit: a.commit } : {}),
    startedAt,
    madeAt,
    durationMs: Math.max(0, RealDate.parse(madeAt) - RealDate.parse(startedAt)),
    ...(requests > 0 ? { requests } : {}),
    ...(isSame ? {} : { processes: { count: some.count + others.count, pids: pids.slice(0, NAMES_MAX) } })
  }
}

/** @param {unknown} value */
const isCount = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const isTime = (/** @type {unknown} */ value) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(value)

/** What somebody wrote; nothing where it is none. @param {any} json @returns {Header | undefined} */
function readHeader(json) {
  if (typeof json !== 'object' || json === null) return
  if (!isTime(json.startedAt) || !isTime(json.madeAt) || !isCount(json.pid) || !isCount(json.durationMs)) return
  if (![json.host, json.node, json.leakguard].every((text) => typeof text === 'string')) return
  const texts = TEXTS.filter((key) => typeof json[key] === 'string').map((key) => [key, json[key].slice(0, TEXT_MAX)])
  const { processes: several, requests } = json
  const isSeveral = isCount(several?.count) && Array.isArray(several.pids) && several.pids.every(isCount)
  const { program, command, host, node, leakguard, commit, startedAt, madeAt } = Object.fromEntries(texts)
  return {
    ...(program ? { program } : {}),
    ...(command ? { command } : {}),
    ...{ host, pid: json.pid, node, leakguard },
    ...(/^[0-9a-f]{40,64}$/.test(commit ?? '') ? { commit } : {}),
    ...{ startedAt, madeAt, durationMs: json.durationMs },
    ...(isCount(requests) && requests > 0 ? { requests } : {}),
    ...(isSeveral ? { processes: { count: several.count, pids: several.pids.slice(0, NAMES_MAX) } } : {})
  }
}

module.exports = { ownHeader, readHeader, together }
