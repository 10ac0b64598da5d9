// @ts-check
// Report -> SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"): one run, one result a finding.
'use strict'

const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { ownCode } = require('./own-code.js')
const { lineText, shorten, shortPath, slashed } = require('./places.js')

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** What GitHub and editors show of a level. @type {Record<string, string>} */
const LEVELS = { certain: 'error', likely: 'error', possible: 'warning' }
/** What each kind of finding is about. @type {Record<string, string>} */
const RULES = {
  listener: 'Listeners that are added and not removed',
  timer: 'Timers that are started and not cleared',
  handle: 'Handles that are opened and not closed',
  cache: 'Caches that have no effective bound',
  collection: 'Collections that only grow',
  object: 'Objects that are never released',
  closure: 'Closures that are never released',
  promise: 'Promises that stay pending',
  string: 'Strings that are never released',
  buffer: 'Buffers that are never released',
  context: 'Contexts that are never released',
  native: 'Native memory that grows',
  heap: 'A heap that grows'
}

/** A file as a URI: relative to the root where it is below it. @param {string} given @param {string} root */
function artifact(given, root) {
  // Half of a pair is no character, and no URI can have it.
  const file = given.replace(/[\ud800-\udfff]/gu, '\ufffd')
  const short = shortPath(file, root)
  if (!path.isAbsolute(short) && short !== file)
    return { uri: encodeURI(slashed(short)).replace(/[?#]/g, encodeURIComponent), uriBaseId: 'ROOT' }
  if (/^[a-z][a-z0-9+.-]+:/i.test(file) && !path.isAbsolute(file)) return { uri: encodeURI(file) }
  return { uri: path.isAbsolute(file) ? pathToFileURL(file).href : encodeURI(slashed(file)) }
}

/** @param {{ file?: string, line?: number, column?: number }} place @param {string} root */
function location({ file, line, column }, root) {
  if (!file) return
  if (file === '') return
  const region = line ? { region: { startLine: line, ...(column ? { startColumn: column } : {}) } } : {}
  return { physicalLocation: { artifactLocation: artifact(file, root), ...region } }
}

/** @param {any} finding @param {string} root @param {string[]} rules */
function result(finding, root, rules) {
  const { kind, culprit, confidence, evidence, advice, retainerPath, fingerprint, growth } = finding
  // Lines of packages are not in the repository: they are told beside the program's own.
  const own = ownCode(finding)
  const inPackage = own &&
    culprit.file && {
      relatedLocations: [{ id: 1, ...location(culprit, root), message: { text: 'the line in the package' } }]
    }
  const at = location(own ?? culprit, root)
  const named = culprit.function ? { logicalLocations: [{ name: culprit.function, kind: 'function' }] } : {}
  const steps = (retainerPath ?? []).map((/** @type {any} */ step) => ({
    location: { ...location(step, root), message: { text: `${step.edge} -> ${step.name}` } }
  }))
  const flow = steps.length > 0 ? { codeFlows: [{ threadFlows: [{ locations: steps }] }] } : {}
  const text = [
    shorten(finding.message, finding, root),
    ...evidence.map((/** @type {string} */ line) => shorten(line, finding, root)),
    `Fix: ${advice}`
  ]
  return {
    ruleId: `leakguard/${kind}`,
    ruleIndex: rules.indexOf(kind),
    level: Object.hasOwn(LEVELS, confidence) ? LEVELS[confidence] : 'warning',
    message: { text: text.join('\n') },
    ...(at ? { locations: [{ ...at, ...(own ? {} : named) }] } : {}),
    ...inPackage,
    ...flow,
    partialFingerprints: { 'leakguard/v1': fingerprint },
    properties: { confidence, growth }
  }
}

/** @param {any} report @param {{ root?: string, version?: string }} [options] */
function toSarif({ findings, verdict, undecided, examined }, { root = process.cwd() } = {}) {
  const rules = [...new Set(findings.map((/** @type {any} */ { kind }) => kind))].sort()
  const notes = [
    ...undecided.map((/** @type {any} */ line) => `Not decided yet: ${lineText(line)}`),
    ...examined.map((/** @type {any} */ line) => `Examined ${lineText(line)}`)
  ]
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'leakguard',
            rules: rules.map((kind) => ({
              id: `leakguard/${kind}`,
              name: `leak-${kind}`,
              shortDescription: { text: Object.hasOwn(RULES, kind) ? RULES[kind] : `Leaks of kind ${kind}` },
              defaultConfiguration: { level: 'error' }
            }))
          }
        },
        originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(root).href.replace(/\/$/, '')}/` } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: notes.map((text) => ({ level: 'note', message: { text } }))
          }
        ],
        results: findings.map((/** @type {any} */ finding) => result(finding, root, rules)),
        columnKind: 'utf16CodeUnits',
        properties: { verdict }
      }
    ]
  }
}

module.exports = { toSarif }
