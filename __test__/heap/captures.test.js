// @ts-check
// Captures that a guard takes by itself: when, how often, where to, and what is told.
'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { afterEach, describe, test } = require('node:test')
const { start, loadHeap } = require('../..')
const { Captures } = require('../../lib/guard/captures.js')
const { readCapture } = require('../../lib/guard/options.js')
const native = require('../../lib/base/native.js')
const { tempFolder } = require('../support/child.js')

/** @type {any} */
const anyStart = start
afterEach(() => start().stop())

/** A finding by its fingerprint. @param {string} fingerprint @returns {any} */
const finding = (fingerprint) => ({ fingerprint })

/** As they are by default. */
const limits = { everyMs: 600_000, max: 10 }

/** Captures whose work is only counted. @param {import('node:test').TestContext} t @param {any} on */
function counted(t, on) {
  const captures = new Captures({ to: '/nowhere', on, limits, redact: true }, () => {})
  t.after(() => captures.stop())
  /** @type {unknown[][]} */
  const taken = []
  const { take } = captures
  captures.take = async (...args) => {
    taken.push(args)
    captures.taken++
    captures.takenMs = performance.now()
  }
  return { captures, taken, take }
}

describe('the option capture', () => {
  /** @type {[string, unknown, RegExp][]} */
  const WRONG = [
    ['that is no object', '/tmp', /'capture' must be an object/],
    ['without a folder', {}, /needs a folder/],
    ['with an unknown word', { to: 'x', on: ['leaks'] }, /'leak', 'limit' or names of signals/],
    ['for nothing', { to: 'x', on: [] }, /'leak', 'limit' or names of signals/],
    ['with one word', { to: 'x', on: 'leak' }, /must be an array/],
    ['with limits that are none', { to: 'x', limits: { max: 0 } }, /'max' must be a number from 1 to 1000, not 0/]
  ]
  for (const [title, capture, message] of WRONG) {
    test(`${title} is refused`, () =>
      assert.throws(() => anyStart({ capture }), { code: 'ERR_LEAKGUARD_INVALID_ARG', message }))
  }

  test('misspelled is refused, and says what was meant', () => {
    for (const capture of [{ folder: 'x' }, { to: 'x', limit: {} }, { to: 'x', limits: { everyMS: 1 } }])
      assert.throws(() => anyStart({ capture }), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
  })

  test('may be given again', () => {
    const guard = start({ capture: { to: 'x' } })
    assert.equal(start({ capture: { to: 'x', on: ['leak'], limits: { max: 10 } } }), guard)
    assert.throws(() => start({ capture: { to: 'y' } }), { code: 'ERR_LEAKGUARD_ALREADY_RUNNING' })
    assert.equal(readCapture(undefined), undefined)
  })
})

describe('a guard captures', () => {
  test('once for a finding, and not one right after the other', (t) => {
    const { captures, taken } = counted(t, ['leak'])
    captures.found([])
    captures.found([finding('a')])
    captures.found([finding('a'), finding('b')])
    assert.deepEqual(taken, [['leak', finding('a')]])
    captures.takenMs = -Infinity
    captures.found([finding('a')])
    captures.found([finding('a'), finding('b')])
    assert.deepEqual(taken.slice(1), [['leak', finding('b')]])
    captures.look()
    captures.takenMs = -Infinity
    captures.taken = 10
    captures.found([finding('c')])
    assert.equal(taken.length, 2)
    captures.options.limits = { everyMs: 0, max: 11 }
    captures.takenMs = 0
    captures.found([finding('c')])
    assert.equal(taken.length, 3)
  })

  test('near the heap’s limit, once for each time that it comes near', (t) => {
    const { captures, taken } = counted(t, ['limit'])
    for (const share of [0.5, 0.95, 0.96, 0.95]) captures.look(share)
    assert.deepEqual(taken, [['limit']])
  })

  test('when a signal comes, and tells the file', { skip: native.forkUnsupported() ?? false }, async (t) => {
    const folder = tempFolder(t)
    const before = process.listeners('SIGHUP')
    const guard = start({ capture: { to: `${folder}/made`, on: ['SIGHUP'] } })
    const ended = new Promise((resolve) => guard.on('capture', resolve))
    // Nothing else keeps this process waiting.
    const alive = setInterval(() => {}, 1000)
    t.after(() => clearInterval(alive))
    process.kill(process.pid, 'SIGHUP')
    const { why, file, error, index } = /** @type {any} */ (await ended)
    assert.equal(error, undefined)
    assert.equal(why, 'signal')
    assert.match(file, /made\/leakguard-\d+-[\dTZ-]+\.heapsnapshot$/)
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.equal(index, `${file}.index.json`)
    assert.equal(fs.statSync(index).mode & 0o777, 0o600)
    const said = JSON.parse(fs.readFileSync(index, 'utf8'))
    const whole = fs.readFileSync(file)
    assert.deepEqual(
      [said.schemaVersion, said.file, said.bytes, said.sha256],
      [1, path.basename(file), whole.length, createHash('sha256').update(whole).digest('hex')]
    )
    assert.deepEqual([said.why, said.depth, said.service.pid], ['signal', 'graph', process.pid])
    assert.ok(said.totals.heapUsed > 0 && Math.abs(Date.parse(said.at) - Date.now()) < 120_000)
    const heap = await loadHeap(file, { eager: false })
    assert.ok(heap.nodeCount > 10_000)
    heap.dispose()
    guard.stop()
    assert.deepEqual(process.listeners('SIGHUP'), before)
  })

  test('never, where it may not fork: that is told', async (t) => {
    const { forkUnsupported } = native
    native.forkUnsupported = () => 'not here'
    t.after(() => {
      native.forkUnsupported = forkUnsupported
    })
    const folder = tempFolder(t)
    /** @type {any[]} */
    const told = []
    const captures = new Captures({ to: folder, on: ['leak'], limits, redact: true }, (capture) => told.push(capture))
    await captures.take('leak', finding('a'))
    assert.deepEqual(
      [told[0].why, told[0].error.code, told[0].finding],
      ['leak', 'ERR_LEAKGUARD_NO_FORK', finding('a')]
    )
    captures.stop()
  })
})
