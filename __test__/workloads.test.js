'use strict'
// @ts-check
// Programs that leak and programs that do not, each in a process of its own with the guard running: every leak is
// found at the line marked with `// leaks`, and not a word is said of the others, at any time of their lives.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { runWorkload, wrongWithClean, wrongWithLeaky } = require('./support/workloads.js')

const folder = path.join(__dirname, 'workloads')

/** @param {string} kind @returns {{ name: string, file: string, workload: any }[]} */
const workloads = (kind) =>
  fs.readdirSync(path.join(folder, kind)).map((name) => {
    const file = path.join(folder, kind, name)
    return { name: path.basename(name, '.js'), file, workload: require(file) }
  })

/** A machine shared with others can stall a program for half its life: what fails is tried again, and counted. */
const TRIES = 3

/** @param {import('node:test').TestContext} t @param {() => Promise<string>} attempt gives what is wrong, or '' */
async function passes(t, attempt) {
  let wrong = ''
  for (let i = 1; i <= TRIES; i++) {
    wrong = await attempt()
    if (wrong === '') return
    t.diagnostic(`try ${i} of ${TRIES}: ${wrong}`)
  }
  assert.fail(wrong)
}

describe('a clean program has no finding', { concurrency: 2 }, () => {
  for (const { name, file, workload } of workloads('clean')) {
    test(name, (t) => passes(t, async () => wrongWithClean(await runWorkload(file), workload)))
  }
})

describe('a leaky program has the right finding', { concurrency: 2 }, () => {
  for (const { name, file, workload } of workloads('leaky')) {
    test(name, (t) => passes(t, async () => wrongWithLeaky(file, await runWorkload(file), workload)))
  }
})
