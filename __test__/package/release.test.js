'use strict'
// @ts-check
// What a release relies on and what nobody runs from day to day: workflows that are pinned and whole, one version
// everywhere.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { platforms } = require('../../scripts/lib/platforms.js')

const root = path.resolve(__dirname, '..', '..')
const workflows = path.join(root, '.github', 'workflows')
/** @param {string} file */
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8')

for (const name of fs.readdirSync(workflows)) {
  const text = fs.readFileSync(path.join(workflows, name), 'utf8')

  test(`${name} pins every action by its commit`, () => {
    const used = [...text.matchAll(/uses: (.+)/g)].map((found) => found[1])
    assert.ok(used.length > 0)
    for (const action of used) assert.match(action, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test(`${name} gives no more rights than it says, and calls scripts that exist`, () => {
    assert.match(text, /^permissions:\n {2}contents: read$/m)
    for (const [, script] of text.matchAll(/node (scripts\/[\w/-]+\.js)/g)) {
      assert.ok(fs.existsSync(path.join(root, script)), script)
    }
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[script], script)
  })
}

test('the release builds and tests every platform', () => {
  const text = read('.github/workflows/release.yml')
  const built = text.slice(text.indexOf('  build:'), text.indexOf('  test:'))
  const tested = text.slice(text.indexOf('  test:'), text.indexOf('  pack:'))
  for (const { target } of platforms()) {
    assert.ok(built.includes(`target: ${target} }`), target)
    assert.ok(tested.includes(target), target)
  }
})

test('the version is the same everywhere', () => {
  const { version } = JSON.parse(read('package.json'))
  assert.equal(JSON.parse(read('package-lock.json')).version, version)
  assert.match(read('Cargo.toml'), new RegExp(`^version = "${version}"$`, 'm'))
  assert.match(read('Cargo.lock'), new RegExp(`name = "leakguard"\nversion = "${version}"`))
  assert.ok(read('native.js').includes(`expected ${version} but got`), 'native.js: npm run build')
})

test('the changelog has a place for the next version', () => {
  assert.match(read('CHANGELOG.md'), /^## \[Unreleased\]$/m)
})
