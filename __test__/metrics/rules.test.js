// @ts-check
// The rules and the dashboard that are shipped: checked by promtool where it is, and against the names of the gauges.
'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { GAUGES } = require('../../lib/metrics/figures.js')
const { root, tempFolder } = require('../support/child.js')

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
  /** @returns {any[]} */
  const queries = () => dashboard.panels.flatMap((/** @type {any} */ panel) => panel.targets ?? [])

  test('asks for gauges and recordings that there are', () => {
    /** @type {string[]} */
    const asked = queries().map(({ expr }) => expr)
    assert.ok(asked.length >= 8)
    assert.deepEqual(
      names(asked.join('\n')).filter((name) => !known.includes(name)),
      []
    )
    const recorded = read('leakguard.rules.yml')
    for (const [name] of asked.join('\n').matchAll(/leakguard:[a-z_:0-9]+/g))
      assert.ok(recorded.includes(`record: ${name}`), name)
  })

  test('has expressions that Prometheus can read', { skip }, (t) => {
    const asked = queries().map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h'))
    const rules = asked.map((expr, i) => ({ record: `dashboard:query${i}`, expr }))
    const file = path.join(tempFolder(t), 'rules.yml')
    // JSON is YAML.
    fs.writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, new RegExp(`SUCCESS: ${rules.length} rules found`))
  })

  test('has what Grafana wants of each panel, target and variable', () => {
    const { schemaVersion, uid, title, time, templating, panels } = dashboard
    assert.ok(schemaVersion >= 36 && uid === 'leakguard' && title && time.from && time.to)
    const variables = templating.list.map((/** @type {any} */ { name }) => name)
    for (const { type, title: said, gridPos, fieldConfig, targets = [] } of panels) {
      assert.match(type, /^(?:stat|timeseries|table|gauge|bargauge|row|text)$/, said)
      const { x, y, w, h } = gridPos
      assert.ok([x, y, w, h].every(Number.isInteger) && x >= 0 && x + w <= 24 && h > 0, said)
      if (type === 'row' || type === 'text') continue
      assert.ok(said && Array.isArray(fieldConfig.overrides) && typeof fieldConfig.defaults === 'object', said)
      const ids = targets.map((/** @type {any} */ { refId }) => refId)
      assert.ok(ids.length > 0 && new Set(ids).size === ids.length && ids.every(Boolean), said)
      for (const step of (fieldConfig.defaults.thresholds?.steps ?? []).slice(1))
        assert.equal(typeof step.value, 'number')
    }
    const asked = JSON.stringify([panels, templating])
    for (const [, name] of asked.matchAll(/\$\{?([a-z]\w*)/g)) assert.ok(variables.includes(name), name)
    for (const { datasource } of [...panels, ...queries()].filter((one) => one.datasource))
      assert.deepEqual(datasource, { type: 'prometheus', uid: `\${datasource}` })
    assert.ok(
      templating.list.every(
        (/** @type {any} */ one) => one.type !== 'query' || /^label_values\(leakguard_/.test(one.query)
      )
    )
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
