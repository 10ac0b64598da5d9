'use strict'
// @ts-check
// `leakguard baseline`: what is accepted, what a run no longer finds, and when that is not known.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')

const cli = path.join(root, 'bin', 'leakguard.js')
const GONE = '0123456789abcdef'

/** A run in two processes, each with a leak; SAVE makes the baseline. */
const RUN = `
const { spawnSync } = require('node:child_process')
const { EventEmitter } = require('node:events')
const { assertNoLeaks } = require('leakguard')
const name = process.argv[2] ?? 'parent'
const bus = new EventEmitter().setMaxListeners(0)
assertNoLeaks(() => void bus.on(name, () => {}), { baseline: 'leaks.json', heap: 'never', budgetMs: 20000 }).then(
  ({ examined }) => {
    console.log(examined.map(({ text }) => text).join('; '))
    if (name === 'parent') process.exitCode = spawnSync(process.execPath, [__filename, 'child'], { stdio: 'inherit' }).status
  }
)`

describe('leakguard baseline', () => {
  test('tells what is accepted, what is stale, and removes that when it is asked to', async (t) => {
    const cwd = tempFolder(t, { 'run.js': RUN })
    const run = (/** @type {string[]} */ ...args) => runNode([cli, 'baseline', ...args], { cwd })
    const made = await runNode(['run.js'], { cwd, env: { LEAKGUARD_UPDATE_BASELINE: '1' } })
    assert.equal(made.code, 0, made.stderr)
    const file = path.join(cwd, 'leaks.json')
    const known = () =>
      JSON.parse(fs.readFileSync(file, 'utf8')).known.map((/** @type {any} */ { fingerprint }) => fingerprint)
    const both = known()
    assert.equal(both.length, 2)
    const old = { fingerprint: GONE, kind: 'timer', name: 'setInterval', file: 'old.js' }
    fs.writeFileSync(
      file,
      JSON.stringify({ version: 1, known: [...JSON.parse(fs.readFileSync(file, 'utf8')).known, old] })
    )

    const plain = await run('leaks.json')
    assert.equal(plain.code, 0)
    assert.match(plain.stdout, /^leaks\.json accepts 3 findings\.\n/)
    assert.match(plain.stdout, / {2}0123456789abcdef {2}timer 'setInterval' \(old\.js\)\n/)

    const compared = await run('leaks.json', '--json', '--', 'run.js')
    assert.equal(compared.code, 0, compared.stderr)
    // The run tells what it has accepted, by name.
    assert.match(compared.stderr, /1 known finding allowed: listener 'parent' \([0-9a-f]{16}\)/)
    const told = JSON.parse(compared.stdout)
    assert.deepEqual([told.known, told.accepted.length, told.stale, told.pruned], [3, 2, [old], false])
    assert.equal(known().length, 3)

    const pruned = await run('leaks.json', '--prune', '--', process.execPath, 'run.js')
    assert.match(
      pruned.stdout,
      /accepts 3 findings; the run found 2 of them\.\n[\s\S]*Removed, as not found any more:\n {2}0123/
    )
    assert.deepEqual(known(), both)
  })

  test('removes nothing where it is not known', async (t) => {
    const text = JSON.stringify({ version: 1, known: [{ fingerprint: GONE }] })
    const files = {
      'leaks.json': text,
      'fails.js': "require('leakguard').start({ baseline: 'leaks.json' }).stop(); process.exit(3)",
      'other.js': ''
    }
    const cwd = tempFolder(t, files)
    /** @type {[args: string[], says: RegExp][]} */
    const cases = [
      [['leaks.json', '--prune', '--', 'fails.js'], /fails\.js has ended with exit code 3/],
      [['leaks.json', '--prune', '--', 'other.js'], /other\.js has not read .*leaks\.json: nothing is known/],
      [['leaks.json', '--prune'], /--prune needs a run to compare with/],
      [['none.json'], /^leakguard: cannot read none\.json: no such file or folder\n/],
      [['other.js'], /other\.js: is not JSON/],
      [[], /FILE is missing/]
    ]
    for (const [args, says] of cases) {
      const { code, stdout, stderr } = await runNode([cli, 'baseline', ...args], { cwd })
      assert.deepEqual([code, stdout], [2, ''], args.join(' '))
      assert.match(stderr, says)
    }
    assert.equal(fs.readFileSync(path.join(cwd, 'leaks.json'), 'utf8'), text)
  })
})
