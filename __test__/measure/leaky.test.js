// @ts-check
// Every way to leak is found with default options: the right kind, the place, and how much for each call.
'use strict'

const path = require('node:path')
const { describe, test } = require('node:test')
const { root, runForJson } = require('../support/child.js')
const { draw } = require('../support/draw.js')
const { judgeLive } = require('../support/live.js')
const { LEAKY, markedLine } = require('./operations/leaky.js')

const RUNNER = path.join(__dirname, 'operations', 'run.js')

const KIND = 'leaky operation'
/** One of so many is measured every day; LEAKGUARD_TEST_ALL=1 all. */
const SHARE = 1 / 4

/** @param {string} name @param {any} outcome what is wrong with it, '' when nothing is */
function wrongWith(name, { verdict, findings, text }) {
  const { kinds, perCall, noLine, file: _, name: wanted } = LEAKY[name]
  if (verdict !== 'leaking') return `the verdict is ${verdict}\n${text}`
  const right = findings.filter((/** @type {any} */ finding) => kinds.includes(finding.kind))
  if (right.length === 0) return `no finding of kind ${kinds.join(' or ')}\n${text}`
  const [{ culprit, growth }] = right
  const { file } = markedLine(name)
  if (!noLine && culprit.file !== file)
    return `the culprit is in ${culprit.file}, not in ${path.relative(root, file)}\n${text}`
  if (wanted !== undefined && culprit.name !== wanted) return `the culprit is '${culprit.name}'\n${text}`
  if (perCall === undefined || growth.unit === 'bytes') return ''
  const isRight = Math.abs(growth.perOperation - perCall) <= perCall * 0.2
  return isRight ? '' : `${growth.perOperation} for each call, not ${perCall}\n${text}`
}

describe('a leak is found, with its place and its rate', { concurrency: 1 }, () => {
  for (const name of draw(KIND, Object.keys(LEAKY), SHARE)) {
    test(name, (t) =>
      judgeLive(t, { kind: KIND, name, expected: 'leaking' }, async () => {
        const outcome = await runForJson([RUNNER, JSON.stringify([name])], { cwd: root })
        t.diagnostic(`${outcome.verdict} after ${outcome.ms} ms`)
        return { verdict: outcome.verdict, ms: outcome.ms, wrong: wrongWith(name, outcome) }
      })
    )
  }
})
