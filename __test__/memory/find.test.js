// @ts-check
// Three heaps, compared: what an operation leaves that is called in between, what a program gains as time goes, alone and
// with what a guard has found; and findings as lines of a log.
'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { findLeaks, LeakReport, start } = require('../..')
const native = require('../../lib/base/native.js')
const { both } = require('../../lib/report/both.js')

class Session {
  /** @param {number} id */
  constructor(id) {
    this.id = id
    this.tags = [id]
  }
}
/** @type {Map<number, Session>} */
const sessions = new Map()
/** @type {Session[]} */
const latest = []
/** @type {Session[]} */
const few = []
let added = 0
const keep = () => void sessions.set(added, new Session(added++))

describe('findLeaks', () => {
  test('names what an operation leaves, and not what its code bounds', async () => {
    const report = await findLeaks(async () => {
      keep()
      latest.push(new Session(0))
      if (latest.length > 50_000) latest.shift()
      if (few.length < 500) few.push(new Session(0))
    })
    assert.equal(report.verdict, 'leaking', String(report))
    const told = report.findings.map(({ culprit, confidence }) => [culprit.name, confidence])
    assert.deepEqual(told, [
      ['sessions', 'likely'],
      ['latest', 'possible']
    ])
    const [{ culprit, frees, retainerPath }] = report.findings
    assert.deepEqual([culprit.file, frees?.share], [__filename, 1])
    assert.ok(retainerPath && retainerPath.length > 1)
    // Three of them by shape and size: a number is no object.
    const { samples = [] } = report.findings[0]
    assert.equal(samples.length, 3)
    for (const one of samples) assert.match(one, /^Session \{ tags: Array \(\d+ B\) \}, \d+ B$/)
    assert.deepEqual(LeakReport.from(JSON.stringify(report)).findings[0].samples, samples)
    assert.match(report.examined[0].text, /^3 heap graphs .* stood still for \d+ ms/)
  })

  test('names what a bound operation holds', async () => {
    const store = {
      /** @type {Session[]} */
      items: [],
      add() {
        this.items.push(new Session(0))
      }
    }
    const report = await findLeaks(store.add.bind(store))
    assert.deepEqual([report.verdict, report.findings[0]?.culprit.name], ['leaking', 'items'], String(report))
  })

  test('says that nothing stays', async () => {
    const phases = new Set()
    const options = { everyMs: 10, onProgress: (/** @type {{ phase: string }} */ { phase }) => phases.add(phase) }
    assert.equal((await findLeaks(() => new Session(0), options)).verdict, 'clean')
    assert.deepEqual([...phases], ['calls', 'capture', 'done'])
    assert.equal((await findLeaks(undefined, { everyMs: 10 })).verdict, 'clean')
  })

  test('says how far it is, and how long it will take', async () => {
    /** @type {any[]} */
    const told = []
    await findLeaks(undefined, { everyMs: 200, onProgress: (progress) => told.push(progress) })
    assert.deepEqual(
      told.map(({ phase, heap, heaps }) => [phase, heap, heaps]),
      [1, 2, 3]
        .flatMap((heap) => [
          ['wait', heap, 3],
          ['capture', heap, 3]
        ])
        .concat([['done', 3, 3]])
    )
    assert.deepEqual([told[0].leftMs, told.at(-1).leftMs], [400, 0])
  })

  test('says what is wrong, and passes on what the operation throws', async () => {
    const cases = /** @type {[any, any, string, RegExp][]} */ ([
      ['text', undefined, 'ERR_LEAKGUARD_INVALID_ARG', /op must be a function or undefined/],
      [undefined, { everyMs: 1 }, 'ERR_LEAKGUARD_INVALID_ARG', /'everyMs' must be a number from 10/],
      [undefined, { every: 20 }, 'ERR_LEAKGUARD_UNKNOWN_OPTION', /did you mean 'everyMs'/],
      [keep, { signal: AbortSignal.abort() }, 'ERR_LEAKGUARD_ABORTED', /abort/i]
    ])
    for (const [op, options, code, message] of cases) await assert.rejects(findLeaks(op, options), { code, message })
    const broken = new Error('broken')
    await assert.rejects(
      findLeaks(() => {
        throw broken
      }),
      broken
    )
    const first = findLeaks(undefined, { everyMs: 10 })
    await assert.rejects(findLeaks(), { code: 'ERR_LEAKGUARD_BUSY' })
    await first
    const controller = new AbortController()
    const hanging = () => {
      setImmediate(() => controller.abort())
      return new Promise(() => {})
    }
    await assert.rejects(findLeaks(hanging, { signal: controller.signal }), { code: 'ERR_LEAKGUARD_ABORTED' })
  })
})

test('of two that tell of one holder the surer is told', () => {
  const finding = (/** @type {string} */ confidence, /** @type {string} */ name, column = 3) => ({
    ...{ kind: 'collection', message: `${name} ${confidence}`, culprit: { name, file: 'app.js', line: 1, column } },
    ...{
      confidence,
      growth: { unit: 'count', total: 9 },
      evidence: [],
      fingerprint: `${name}${confidence}`,
      advice: ''
    }
  })
  const of = (/** @type {object[]} */ ...findings) => LeakReport.from({ ...leaking, verdict: 'undecided', findings })
  const told = (/** @type {LeakReport} */ first, /** @type {LeakReport} */ second) =>
    both(first, second).findings.map(({ message }) => message)
  const [sure, sign, other] = [finding('likely', 'a'), finding('possible', 'a'), finding('possible', 'b')]
  assert.deepEqual(told(of(sign), of(sure, other)), ['a likely', 'b possible'])
  assert.deepEqual(told(of(sure), of(sign)), ['a likely'])
  assert.deepEqual(told(of(sign), of({ ...sign, message: 'again', fingerprint: 'another' })), ['a possible'])
  assert.equal(told(of(sign), of({ ...finding('possible', 'a', 9), fingerprint: 'another' })).length, 2)
})

describe('a guard', () => {
  test('explains what its program gains', { skip: native.forkUnsupported() ?? false }, async () => {
    const guard = start()
    const work = setInterval(() => {
      for (let i = 0; i < 40; i++) keep()
    }, 5)
    try {
      const { verdict, findings, examined } = await guard.explain({ everyMs: 400 })
      // What warms up looks the same for so short a time.
      assert.equal(verdict, 'undecided')
      const told = findings.find(({ culprit }) => culprit.name === 'sessions')
      assert.deepEqual([told?.culprit.file, told?.confidence], [__filename, 'possible'])
      assert.ok(examined.some(({ text }) => text.startsWith('3 heap graphs')))
      assert.ok(examined.some(({ what }) => what === 'counts'))
    } finally {
      clearInterval(work)
      guard.stop()
    }
    await assert.rejects(guard.explain(), { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
  })

  test('writes each finding once, and that it is over, to a logger', () => {
    const guard = start()
    try {
      assert.throws(() => guard.logTo(/** @type {any} */ ({ info() {} })), {
        code: 'ERR_LEAKGUARD_INVALID_ARG',
        message: /logger must have the method 'warn'/
      })
      /** @type {[string, any, string][]} */
      const lines = []
      guard.logTo({
        warn: (fields, message) => void lines.push(['warn', fields, message]),
        info: (fields, message) => void lines.push(['info', fields, message])
      })
      guard.logTo({
        warn() {
          throw new Error('the disk is full')
        },
        info: async () => {
          throw new Error('the disk is full')
        }
      })
      const finding = {
        ...{ kind: 'timer', message: 'timers grow', culprit: { file: 'app.js', line: 3 }, confidence: 'likely' },
        ...{ growth: { unit: 'count', total: 9 }, evidence: [], fingerprint: '0123456789abcdef', advice: 'Clear them.' }
      }
      const early = { ...finding, fingerprint: 'fedcba9876543210' }
      const report = LeakReport.from({ ...leaking, findings: [finding, early] })
      const { reported } = /** @type {any} */ (guard)
      reported.set(finding.fingerprint, finding)
      guard.emit('leak', report)
      guard.emit('leak', report)
      guard.emit('recovered', report.findings[0])
      guard.emit('leak', report)
      assert.deepEqual(
        lines.map(([method, , message]) => [method, message]),
        [
          ['warn', 'timers grow'],
          ['info', 'no longer grows: timers grow'],
          ['warn', 'timers grow']
        ]
      )
      const { kind, culprit, growth, fingerprint, confidence, advice } = finding
      const summary = 'leaking, 2 findings: timers grow'
      assert.deepEqual(lines[0][1], { leakguard: { kind, confidence, fingerprint, culprit, growth, advice, summary } })
    } finally {
      guard.stop()
    }
  })
})

const leaking = { schemaVersion: 2, verdict: 'leaking', undecided: [], examined: [] }
