// @ts-check
// `leakguard compare` and `leakguard bisect`: files, folders and commits as versions, and how few measurements that takes.
'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { bisect, walk } = require('../../lib/cli/versions/bisect.js')
const { byVersion } = require('../../lib/cli/versions/range.js')
const { root, tempFolder } = require('../support/child.js')

const LEAKY = 'const kept = new Map()\nlet n = 0\nexports.slug = (text) => void kept.set(text + n++, { text })\n'
const FIXED = 'exports.slug = (text) => ({ text }).text\n'
const OP = "module.exports = (lib) => lib.slug('a b')\n"

/** @param {string} cwd @param {...string} args */
function leakguard(cwd, ...args) {
  const bin = path.join(root, 'bin', 'leakguard.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files */
function folderOf(t, files) {
  const folder = tempFolder(t)
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), text)
  }
  return folder
}

describe('leakguard compare', () => {
  test('says what a change fixes, with an exit code for scripts', (t) => {
    const folder = folderOf(t, { 'leaky.js': LEAKY, 'fixed.js': FIXED, 'op.js': OP })
    const fixed = leakguard(folder, 'compare', 'leaky.js', 'fixed.js', '--', 'op.js')
    assert.equal(fixed.status, 0, fixed.stderr)
    assert.match(fixed.stdout, /^fixed: collection 'kept' \(.*leaky\.js:1\), 1 per call before, none after\n/)
    const worse = leakguard(folder, 'compare', '--json', 'fixed.js', 'leaky.js', '--', 'op.js')
    assert.equal(worse.status, 1, worse.stderr)
    const { verdict, examined } = JSON.parse(worse.stdout)
    assert.equal(verdict, 'leaking')
    assert.match(examined[0].text, /^new: collection 'kept'/)
  })

  test('takes the operation of each folder', (t) => {
    const op = "const { slug } = require('./lib.js')\nmodule.exports = () => slug('a b')\n"
    const folder = folderOf(t, { 'a/lib.js': LEAKY, 'a/op.js': op, 'b/lib.js': FIXED, 'b/op.js': op })
    const { status, stdout, stderr } = leakguard(folder, 'compare', 'a', 'b', '--', 'a/op.js')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^fixed: /)
  })

  test('says what is wrong with its arguments', (t) => {
    const folder = folderOf(t, { 'op.js': 'exports.nothing = 1\n', 'a.js': '' })
    for (const [args, why] of /** @type {[string[], RegExp][]} */ ([
      [['a.js', '--', 'op.js'], /compare takes BEFORE and AFTER/],
      [['a.js', 'a.js', '--', 'none.js'], /cannot read none\.js: no such file or folder/],
      [['a.js', 'a.js', '--', 'op.js'], /op\.js exports no function/],
      [['--budget', 'long', 'a.js', 'a.js', '--', 'op.js'], /--budget must be a number of seconds/]
    ])) {
      const { status, stderr } = leakguard(folder, 'compare', ...args)
      assert.equal(status, 2, stderr)
      assert.match(stderr, why)
    }
  })
})

describe('leakguard bisect', () => {
  test('finds the commit that leaks first, and leaves the repository as it was', (t) => {
    const op = "const { slug } = require('./lib.js')\nmodule.exports = () => slug('a b')\n"
    const folder = folderOf(t, { 'lib.js': FIXED, 'op.js': op })
    const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim()
    git('init', '-q')
    git('config', 'user.email', 'somebody@example.org')
    git('config', 'user.name', 'Somebody')
    for (const text of [FIXED, `${FIXED}// 1\n`, LEAKY, `${LEAKY}// 3\n`]) {
      fs.writeFileSync(path.join(folder, 'lib.js'), text)
      git('add', '.')
      git('commit', '-qm', 'Change')
    }
    const { status, stdout, stderr } = leakguard(folder, 'bisect', '--good', 'HEAD~3', '--bad', 'HEAD', '--', 'op.js')
    assert.equal(status, 0, stderr)
    assert.match(stdout, new RegExp(`^${git('rev-parse', 'HEAD~1')} is the first that leaks; `))
    assert.equal(git('worktree', 'list').split('\n').length, 1)
    assert.equal(git('status', '--short'), '')
  })

  const versions = Array.from({ length: 100 }, (_, i) => String(i))
  /** @param {(at: number) => import('../../lib/cli/versions/bisect.js').Answer} answer */
  const search = async (answer) => {
    let asked = 0
    const found = await bisect(
      versions,
      async (version) => answer(Number(version)),
      () => asked++
    )
    return { ...found, asked }
  }

  test('asks few of many', async () => {
    for (const first of [1, 37, 64, 99]) {
      const { first: found, asked } = await search((at) => (at >= first ? 'clean' : 'leaks'))
      assert.equal(found, String(first))
      assert.ok(asked <= Math.ceil(Math.log2(versions.length)) + 2, `${asked}`)
    }
  })

  test('goes round what cannot be told, and says which it may be', async () => {
    const { first, skipped } = await search((at) => (at >= 48 && at <= 52 ? 'unknown' : at > 50 ? 'leaks' : 'clean'))
    assert.deepEqual([first, skipped.sort()], ['53', ['48', '49', '50', '51', '52']])
    assert.match(String((await search(() => 'clean')).why), /both ends of the range are clean/)
    assert.match(String((await search((at) => (at === 0 ? 'unknown' : 'leaks'))).why), /cannot be told/)
  })

  test('sees that a leak comes and goes where all are asked', async () => {
    const answers = ['clean', 'leaks', 'unknown', 'clean', 'leaks']
    const ask = async (/** @type {string} */ at) => /** @type {any} */ (answers[Number(at)])
    const { changes, skipped, isMonotone } = await walk(['0', '1', '2', '3', '4'], ask, () => {})
    assert.deepEqual(
      [changes.map(({ first, before }) => before + first), skipped, isMonotone],
      [['01', '13', '34'], ['2'], false]
    )
    assert.deepEqual(await walk(['3', '4'], ask, () => {}), {
      changes: [{ first: '4', before: '3', answer: 'leaks' }],
      skipped: [],
      isMonotone: true
    })
  })

  test('knows the order of versions', () => {
    const sorted = ['2.0.0', '10.0.0', '2.0.0-rc.1', '1.9.9', '1.10.0'].sort(byVersion)
    assert.deepEqual(sorted, ['1.9.9', '1.10.0', '2.0.0-rc.1', '2.0.0', '10.0.0'])
  })
})
