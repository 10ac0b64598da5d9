'use strict'
// @ts-check
// Programs that leak and programs that do not, each in a process of its own with the guard running: every leak is
// found at the line marked with `// leaks`, and not a word is said of the others, at any time of their lives.

const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { draw } = require('./support/draw.js')
const { judgeLive } = require('./support/live.js')
const { runWorkload, judgeClean, judgeLeaky } = require('./support/workloads.js')

const folder = path.join(__dirname, 'workloads')

/** @param {string} kind @returns {{ name: string, file: string, workload: any }[]} */
const workloads = (kind) =>
  fs.readdirSync(path.join(folder, kind)).map((name) => {
    const file = path.join(folder, kind, name)
    return { name: path.basename(name, '.js'), file, workload: require(file) }
  })

/** One of so many is watched every day; LEAKGUARD_TEST_ALL=1 all. */
const SHARE = 1 / 8

/**
 * @param {'clean' | 'leaky'} kind
 * @param {(file: string, outcome: import('./support/workloads.js').Outcome, workload: any) => import('./support/live.js').Outcome} judge
 */
function watchThem(kind, judge) {
  const all = new Map(workloads(kind).map((one) => [one.name, one]))
  const expected = kind === 'clean' ? 'clean' : 'leaking'
  for (const name of draw(`${kind} workload`, [...all.keys()], SHARE)) {
    const { file, workload } = /** @type {any} */ (all.get(name))
    test(name, (t) =>
      judgeLive(t, { kind: `${kind} workload`, name, expected }, async () =>
        judge(file, await runWorkload(file), workload)
      )
    )
  }
}

describe('a clean program has no finding', { concurrency: 2 }, () => {
  watchThem('clean', (_file, outcome, workload) => judgeClean(outcome, workload))
})

describe('a leaky program has the right finding', { concurrency: 2 }, () => {
  watchThem('leaky', judgeLeaky)
})
