// @ts-check
// The report as its readers get it: its shape, its JSON, its text. The texts of __test__/golden are read by people;
// UPDATE_GOLDEN=1 writes them anew.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { afterEach, before, describe, test } = require('node:test')
const { start, track } = require('../../index.js')
const { root } = require('../support/child.js')
const { leakUntilFound, until } = require('../support/leaks.js')

const golden = path.join(root, '__test__', 'golden')

afterEach(() => start().stop())

/** A program with a listener, a timer and a collection that leak. Two lines stand above it: those of new Function. */
const program = `
const sessions = track(new Map(), 'sessions')
function request() {
  bus.on('config', () => {})
  setInterval(() => {}, 3600000).unref()
  sessions.set({}, 1)
}
const route = () => request()
function serve() { route() }
return function load(count) { for (let i = 0; i < count; i++) serve() }
//# sourceURL=${path.join(root, 'app', 'server.js')}`

/** @returns {Promise<import('../..').LeakReport>} */
async function leakingReport() {
  const guard = start({ minGrowthMs: 100 })
  const load = new Function('bus', 'track', program)(new EventEmitter().setMaxListeners(0), track)
  /** @type {import('../..').LeakReport} */
  let report
  await until(() => {
    load(5)
    report = guard.check()
    const sure = report.findings.filter(({ confidence }) => confidence !== 'possible')
    return ['listener', 'timer', 'collection'].every((kind) => sure.some((finding) => finding.kind === kind))
  })
  guard.stop()
  // @ts-expect-error: until() has called its condition
  return report
}

/** Numbers differ from run to run, and so does the order of findings that are equally sure. @param {string} text */
function normalise(text) {
  const known = text
    .replaceAll(path.join(root, path.sep), '')
    .replaceAll('\\', '/')
    .replace(/[0-9a-f]{16}/g, '<fingerprint>')
    .replace(/^(\S+, )pid .*$/m, '$1<process>')
    .replace(/^( +at )(.*?)( {2}in .*)?\n +~+$/gm, (_, at, place, rest = '') => `${at}${place}${rest}\n<underlined>`)
    .replace(/(\.test\.js):\d+(?::\d+)?/g, '$1')
    .replace(/(?<![\w:])\d+(?:[.,]\d+)*/g, '<n>')
    .replace(/^<n>\. /gm, '<n>. ')
  const [head, ...parts] = known.split('\n\n')
  const wanted = parts.filter((part) => /^<n>\. (?:listener|timer|collection),/.test(part)).sort()
  const tail = parts.filter((part) => part.startsWith('Examined'))
  return `${[head, ...wanted, ...tail].join('\n\n')}\n`
}

describe('a report of three leaks', () => {
  /** @type {import('../..').LeakReport} */
  let report
  before(async () => {
    report = await leakingReport()
  })

  test('has the shape that the types promise', () => {
    assert.equal(report.schemaVersion, 2)
    assert.equal(report.verdict, 'leaking')
    for (const { text, at, ...word } of [...report.undecided, ...report.examined]) {
      assert.match(text, /\d/)
      assert.match(Object.values(word).join(), /^[a-z]+(?:-[a-z]+)*$/)
      assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000, at)
    }
    assert.ok(report.examined.some(({ what }) => what === 'counts'))
    for (const finding of report.findings) {
      assert.match(finding.message, /^[^\n]{20,}$/)
      assert.ok(['count', 'bytes'].includes(finding.growth.unit))
      assert.ok(finding.growth.total > 0 && Number.isFinite(finding.growth.total))
      assert.ok(['certain', 'likely', 'possible'].includes(finding.confidence))
      assert.ok(finding.evidence.length > 0 && finding.evidence.every((line) => /\d/.test(line)))
      assert.match(finding.fingerprint, /^[0-9a-f]{16}$/)
      assert.match(finding.advice, /^[^\n]{10,}$/)
      const { file, line, column } = finding.culprit
      if (file !== undefined) assert.ok(path.isAbsolute(file) && Number(line) >= 1 && Number(column) >= 1)
    }
    const prints = report.findings.map(({ fingerprint }) => fingerprint)
    assert.equal(new Set(prints).size, prints.length, 'fingerprints tell findings apart')
  })

  test('is ordered, surest first', () => {
    const ranks = report.findings.map(({ confidence }) => ['certain', 'likely', 'possible'].indexOf(confidence))
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b)
    )
  })

  test('names the three lines', () => {
    const places = report.findings
      .filter(({ kind }) => ['collection', 'listener', 'timer'].includes(kind))
      .map(({ kind, culprit: { file = '', line, name } }) => [kind, path.basename(file), line, name])
    assert.deepEqual(places.sort(), [
      ['collection', 'server.js', 4, 'sessions'],
      ['listener', 'server.js', 6, 'config'],
      ['timer', 'server.js', 7, 'setInterval']
    ])
  })

  test('is the same value after a trip through JSON, in a fixed order of names', () => {
    const json = JSON.parse(JSON.stringify(report))
    assert.deepEqual(Object.keys(json), ['schemaVersion', 'verdict', 'findings', 'undecided', 'examined', 'details'])
    assert.deepEqual(Object.keys(json.details), ['header', 'series', 'counts', 'rungs', 'service'])
    assert.deepEqual(json, JSON.parse(JSON.stringify(json)))
    assert.equal(json.findings.length, report.findings.length)
    assert.equal(json.findings[0].fingerprint, report.findings[0].fingerprint)
    const facts = ['subject', 'change', 'holder', 'callers', 'frees']
    const keys = Object.keys(json.findings[0])
    assert.deepEqual(
      keys.filter((key) => !facts.includes(key)),
      ['kind', 'message', 'culprit', 'growth', 'confidence', 'evidence', 'fingerprint', 'advice']
    )
    assert.deepEqual(keys.slice(8, 10), ['subject', 'change'])
  })

  test('toJSON gives a copy: who changes it changes nothing here', () => {
    const json = /** @type {any} */ (report.toJSON())
    json.findings[0].culprit.file = 'changed'
    json.findings[0].evidence.push('changed')
    json.examined[0].text = 'changed'
    assert.ok(!String(report).includes('changed'))
  })

  test('reads well', () => {
    const text = normalise(String(report))
    const file = path.join(golden, 'report-leaking.txt')
    if (process.env.UPDATE_GOLDEN) fs.writeFileSync(file, text)
    assert.equal(text, fs.readFileSync(file, 'utf8'))
  })

  test('underlines the place exactly', () => {
    const lines = String(report).split('\n')
    const underlines = lines.flatMap((line, i) => (/^ +~+$/.test(line) ? [i] : []))
    assert.ok(underlines.length >= 3)
    for (const i of underlines) {
      const place = /^ +at (\S+)/.exec(lines[i - 1])
      assert.ok(place, lines[i - 1])
      assert.equal(lines[i].indexOf('~'), lines[i - 1].indexOf(place[1]))
      assert.equal(lines[i].trim().length, place[1].length)
    }
  })
})

test('control characters of names are shown, not obeyed', async () => {
  const guard = start({ minGrowthMs: 100 })
  const map = track(new Map(), 'red \u001b[31m\r\nalert')
  const { report } = await leakUntilFound(
    guard,
    () => {
      for (let i = 0; i < 20; i++) map.set({}, 1)
    },
    ({ kind }) => kind === 'collection'
  )
  assert.match(String(report), /red \\x1b\[31m/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  assert.doesNotMatch(String(report), /[\u0000-\u0009\u000b-\u001f\u007f]/)
})

test('a report of nothing yet reads well', () => {
  const text = normalise(String(start().check()))
  assert.match(text, /^leakguard: undecided/)
  assert.match(String(start().check()), /Not decided yet:\n {2}- /)
})
