// @ts-check
// The rules and the dashboard that are shipped: checked by promtool where it is, and against the names of the gauges.
'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { GAUGES } = require('../../lib/metrics/figures.js')
const { root } = require('../support/child.js')

const folder = path.join(root, 'prometheus')
const read = (/** @type {string} */ name) => fs.readFileSync(path.join(folder, name), 'utf8')
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined
const skip = !hasPromtool && "promtool is missing: it comes with Debian's package 'prometheus'"

/** Names of gauges in a text. @param {string} text */
const names = (text) => [...new Set(text.match(/\bleakguard_[a-z_]+\b/g))]
const known = Object.keys(GAUGES).map((name) => `leakguard_${name}`)

describe('rules', () => {
  for (const args of [
    ['check', 'rules', 'leakguard.rules.yml'],
    ['test', 'rules', 'leakguard.test.yml']
  ]) {
    test(`promtool ${args.join(' ')}`, { skip }, () => {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
      assert.equal(status, 0, stdout + stderr)
      assert.match(stdout, /SUCCESS/)
    })
  }

  test('ask for gauges that there are', () => {
    const asked = names(read('leakguard.rules.yml'))
    assert.ok(asked.length >= 6)
    assert.deepEqual(
      asked.filter((name) => !known.includes(name)),
      []
    )
  })
})

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('leakguard.dashboard.json'))

  test('asks for gauges and recordings that there are', () => {
    /** @type {string[]} */
    const asked = dashboard.panels.flatMap((/** @type {any} */ panel) =>
      (panel.targets ?? []).map((/** @type {any} */ target) => target.expr)
    )
    assert.ok(asked.length >= 8)
    assert.deepEqual(
      names(asked.join('\n')).filter((name) => !known.includes(name)),
      []
    )
    const recorded = read('leakguard.rules.yml')
    for (const [name] of asked.join('\n').matchAll(/leakguard:[a-z_:0-9]+/g))
      assert.ok(recorded.includes(`record: ${name}`), name)
  })

  test('has panels that do not overlap, and a data source that is chosen', () => {
    const ids = dashboard.panels.map((/** @type {any} */ { id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const cells = dashboard.panels.flatMap((/** @type {any} */ { gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`)
    )
    assert.equal(new Set(cells).size, cells.length)
    assert.ok(
      dashboard.templating.list.some(
        (/** @type {any} */ one) => one.type === 'datasource' && one.query === 'prometheus'
      )
    )
  })
})
