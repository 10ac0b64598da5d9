// @ts-check
// One view of many processes: a row a fingerprint, in how many it is found and since which version, what stands out first.
// Knows findings and shares, not where they were read.
'use strict'

const { FLEET_MIN, isMoreThanChance, stretchOf } = require('./chance.js')
const { CONFIDENCES, isSure, rankOf } = require('../report/verdict.js')

/** @typedef {import('./processes.js').Process} Process */
/** @typedef {import('../..').Finding} Finding */
/** @typedef {{ version: string, processes: number }} Version */
/**
 * @typedef {object} Row
 * @property {string} fingerprint
 * @property {Finding['kind']} kind
 * @property {Finding['confidence']} confidence the surest of all
 * @property {number} processes in which it is found
 * @property {number} of processes of these services
 * @property {string[]} services
 * @property {string} [since] the first version that has it
 * @property {boolean} [sinceFirst] that is the first version of all: it may have been there before
 * @property {string} [until] the last version that has it, where later ones have not
 * @property {'count' | 'bytes'} unit
 * @property {number} [perHour] the median
 * @property {number} total the median of what grew while it was watched
 * @property {Finding['culprit']} culprit of the newest version
 * @property {string} [holder]
 * @property {string} [most] the pod, or else the source, in which it grows fastest
 * @property {Finding} finding of that one
 */
/** @typedef {{ processes: number, services: { name: string, processes: number, versions: Version[] }[], rows: Row[], rare: Row[] }} Fleet `rare`: found in no more processes than chance explains */

/** What a thing of unknown size is taken for, in bytes, where findings are ranked. */
const THING_BYTES = 100
/** Of a version that is not said. */
const UNKNOWN = '(unknown)'

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** @param {string} text */
const versionParts = (text) => /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:-([^+]*))?/.exec(text)

/** As semantic versions are ordered; 0 where one is none. @param {string} a @param {string} b */
function compareVersions(a, b) {
  const [left, right] = [versionParts(a), versionParts(b)]
  if (!left || !right) return 0
  for (const at of [1, 2, 3]) {
    const difference = Number(left[at] ?? 0) - Number(right[at] ?? 0)
    if (difference !== 0) return difference
  }
  // 1.0.0-rc.1 comes before 1.0.0.
  if (left[4] === right[4]) return 0
  if (left[4] === undefined) return 1
  return right[4] === undefined ? -1 : left[4].localeCompare(right[4], 'en', { numeric: true })
}

/** The versions of these, the oldest first: by their numbers where all have some, else by when each was seen first. @param {readonly Process[]} processes */
function versionsOf(processes) {
  /** @type {Map<string, { version: string, processes: number, firstMs: number }>} */
  const all = new Map()
  for (const { version = UNKNOWN, atMs } of processes) {
    const known = all.get(version) ?? { version, processes: 0, firstMs: atMs }
    all.set(version, { version, processes: known.processes + 1, firstMs: Math.min(known.firstMs, atMs) })
  }
  const found = [...all.values()].filter(({ version }) => version !== UNKNOWN)
  const isNumbered = found.every(({ version }) => versionParts(version))
  return found.sort((a, b) => (isNumbered ? compareVersions(a.version, b.version) : 0) || a.firstMs - b.firstMs)
}

/** How much a finding grows, for ranks. @param {Finding} finding */
function weightOf({ growth, frees }) {
  const grown = growth.perHour ?? growth.total
  if (growth.unit === 'bytes') return grown
  return grown * (frees && frees.count > 0 ? Math.max(THING_BYTES, frees.bytes / frees.count) : THING_BYTES)
}

/** The root mean square over all processes: what few have very much of stands out. @param {readonly Found[]} found @param {number} of */
const impactOf = (found, of) => Math.sqrt(found.reduce((sum, { finding }) => sum + weightOf(finding) ** 2, 0) / of)

/** @typedef {{ process: Process, finding: Finding }} Found */

/** @param {readonly Process[]} processes @returns {Map<string, Found[]>} of those that accuse, by fingerprint */
function byFingerprint(processes) {
  /** @type {Map<string, Found[]>} */
  const all = new Map()
  for (const process of processes) {
    const seen = new Set()
    for (const finding of process.findings) {
      const { fingerprint } = finding
      if (!isSure(finding) || seen.has(fingerprint)) continue
      seen.add(fingerprint)
      all.set(fingerprint, [...(all.get(fingerprint) ?? []), { process, finding }])
    }
  }
  return all
}

/** Since when, and up to when. @param {readonly Found[]} found @param {readonly Process[]} population */
function stretchIn(found, population) {
  const versions = versionsOf(population)
  const shares = versions.map(({ version, processes }) => ({
    found: found.filter(({ process }) => process.version === version).length,
    of: processes
  }))
  // Of no version that is said.
  if (shares.every((share) => share.found === 0))
    return { told: {}, inside: { found: found.length, of: population.length }, versions: 1 }
  const { from, to } = stretchOf(shares)
  const inside = shares
    .slice(from, to + 1)
    .reduce((sum, one) => ({ found: sum.found + one.found, of: sum.of + one.of }))
  const told = {
    since: versions[from].version,
    ...(from === 0 ? { sinceFirst: true } : {}),
    ...(to < versions.length - 1 ? { until: versions[to].version } : {})
  }
  return { told, inside, versions: versions.length }
}

/** @param {string} fingerprint @param {Found[]} found @param {readonly Process[]} processes @returns {{ row: Row, impact: number, isTold: boolean }} */
function rowOf(fingerprint, found, processes) {
  const services = [...new Set(found.map(({ process }) => process.service))].sort()
  const population = processes.filter(({ service }) => services.includes(service))
  const { told, inside, versions } = stretchIn(found, population)
  const most = found.reduce((best, one) => (weightOf(one.finding) > weightOf(best.finding) ? one : best))
  const newest = found.reduce((best, one) => (one.process.atMs > best.process.atMs ? one : best))
  const rates = found.flatMap(({ finding }) => finding.growth.perHour ?? [])
  const surest = Math.min(...found.map(({ finding }) => rankOf(finding)))
  const { name, class: of } = newest.finding.holder ?? {}
  const holder = [of, name].filter(Boolean).join(' ')
  const row = {
    fingerprint,
    kind: newest.finding.kind,
    confidence: CONFIDENCES[surest],
    processes: found.length,
    of: population.length,
    services,
    ...told,
    unit: newest.finding.growth.unit,
    ...(rates.length > 0 ? { perHour: median(rates) } : {}),
    total: median(found.map(({ finding }) => finding.growth.total)),
    culprit: newest.finding.culprit,
    ...(holder ? { holder } : {}),
    most: most.process.pod ?? most.process.source,
    finding: most.finding
  }
  const isCertain = found.filter(({ finding }) => finding.confidence === 'certain').length * 2 >= found.length
  const isTold =
    population.length < FLEET_MIN ||
    isMoreThanChance({ found: found.length, of: population.length }, isCertain) ||
    isMoreThanChance(inside, isCertain, versions)
  return { row, impact: impactOf(found, population.length), isTold }
}

/** @param {readonly Process[]} processes each once @returns {Fleet} */
function fleetOf(processes) {
  const all = [...byFingerprint(processes)].map(([fingerprint, found]) => rowOf(fingerprint, found, processes))
  all.sort((a, b) => b.impact - a.impact || (a.row.fingerprint < b.row.fingerprint ? -1 : 1))
  const names = [...new Set(processes.map(({ service }) => service))].sort()
  const services = names.map((name) => {
    const own = processes.filter(({ service }) => service === name)
    const versions = versionsOf(own).map(({ version, processes: count }) => ({ version, processes: count }))
    return { name, processes: own.length, versions }
  })
  return {
    processes: processes.length,
    services,
    rows: all.filter(({ isTold }) => isTold).map(({ row }) => row),
    rare: all.filter(({ isTold }) => !isTold).map(({ row }) => row)
  }
}

module.exports = { compareVersions, fleetOf }
