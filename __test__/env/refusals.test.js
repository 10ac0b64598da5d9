// @ts-check
// Where leakguard cannot run: it says why, what to do and a code, and a program that only registers it runs on.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { copyPackage, major, root, runNode, tempFolder } = require('../support/child.js')

/** Prints what start() throws. */
const START = `let found = {}
try { require('leakguard').start() } catch ({ code, message }) { found = { code, message } }
console.log(JSON.stringify(found))`

/** @param {import('../support/child.js').Ended} ended */
function thrown(ended) {
  assert.equal(ended.code, 0, ended.stderr)
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')
}

describe('the permission model', () => {
  const flag =
    major >= 24 || process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission'
  const flags = ['--no-warnings', flag, '--allow-fs-read=*']

  test('without addons is refused with the flag that allows them', async (t) => {
    const cwd = tempFolder(t, { 'main.js': START })
    const { code, message } = thrown(await runNode([...flags, 'main.js'], { cwd }))
    assert.equal(code, 'ERR_LEAKGUARD_UNSUPPORTED')
    assert.match(message, /permission model.*--allow-addons/)
  })

  test('without addons, register warns and the program runs', async (t) => {
    const cwd = tempFolder(t, { 'main.js': "console.log('I ran')" })
    // Not --no-warnings: the warning is what a person would see.
    const args = [...flags.slice(1), '--require', path.join(root, 'register.js'), 'main.js']
    const ended = await runNode(args, { cwd })
    assert.deepEqual([ended.code, ended.stdout.trim()], [0, 'I ran'], ended.stderr)
    assert.match(ended.stderr, /ERR_LEAKGUARD_UNSUPPORTED/)
    assert.match(ended.stderr, /--allow-addons/)
  })

  test('with addons works', { skip: major < 22 && 'this Node has no --allow-addons' }, async (t) => {
    const text = `const { start } = require('leakguard')
      const guard = start()
      setTimeout(() => { guard.check(); guard.stats().counts; guard.stop(); console.log('{}') }, 250)`
    const cwd = tempFolder(t, { 'main.js': text })
    assert.deepEqual(thrown(await runNode([...flags, '--allow-addons', 'main.js'], { cwd })), {})
  })
})

describe('a missing binary', () => {
  /** @param {import('node:test').TestContext} t @param {Record<string, string>} files */
  function withoutBinary(t, files) {
    const cwd = tempFolder(t, files)
    fs.unlinkSync(path.join(cwd, 'node_modules', 'leakguard'))
    copyPackage(path.join(cwd, 'node_modules', 'leakguard'), (name) => name.endsWith('.node'))
    return cwd
  }

  test('is an error that says what to do', async (t) => {
    const { code, message } = thrown(await runNode(['main.js'], { cwd: withoutBinary(t, { 'main.js': START }) }))
    assert.equal(code, 'ERR_LEAKGUARD_NO_BINARY')
    assert.ok(message.includes(`${process.platform}-${process.arch}`), message)
    assert.match(message, /npm install --include=optional/)
    assert.match(message, /npm run build/)
  })

  test('is no error before start is called: check and track answer', async (t) => {
    const text = `const assert = require('node:assert/strict')
      const { check, track } = require('leakguard')
      assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
      assert.equal(track([], 'x').length, 0)
      console.log('{}')`
    assert.deepEqual(thrown(await runNode(['main.js'], { cwd: withoutBinary(t, { 'main.js': text }) })), {})
  })

  test('is the same error at every try, and leaves nothing hooked', async (t) => {
    const text = `const assert = require('node:assert/strict')
      const { EventEmitter } = require('node:events')
      const { on } = EventEmitter.prototype
      const { start } = require('leakguard')
      for (let i = 0; i < 3; i++) assert.throws(start, { code: 'ERR_LEAKGUARD_NO_BINARY' })
      assert.equal(EventEmitter.prototype.on, on)
      console.log('{}')`
    assert.deepEqual(thrown(await runNode(['main.js'], { cwd: withoutBinary(t, { 'main.js': text }) })), {})
  })

  test('with register is a warning, and the program runs', async (t) => {
    const cwd = withoutBinary(t, { 'main.js': "console.log('I ran')" })
    const ended = await runNode(['--import', 'leakguard/register', 'main.js'], { cwd })
    assert.deepEqual([ended.code, ended.stdout.trim()], [0, 'I ran'], ended.stderr)
    assert.match(ended.stderr, /ERR_LEAKGUARD_NO_BINARY/)
  })
})

describe('another runtime', () => {
  for (const [name, key] of [
    ['Bun', 'bun'],
    ['Deno', 'deno']
  ]) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, ${key}: '1.2.3' } })\n`

    test(`${name} is refused by its name`, async (t) => {
      const cwd = tempFolder(t, { 'main.js': pretend + START })
      const { code, message } = thrown(await runNode(['main.js'], { cwd }))
      assert.equal(code, 'ERR_LEAKGUARD_UNSUPPORTED')
      assert.match(message, new RegExp(`${name}\\b.*Node\\.js 20`))
    })

    test(`${name} with register is a warning, and the program runs`, async (t) => {
      const cwd = tempFolder(t, { 'pretend.js': pretend, 'main.js': "console.log('I ran')" })
      const ended = await runNode(['-r', './pretend.js', '-r', 'leakguard/register', 'main.js'], { cwd })
      assert.deepEqual([ended.code, ended.stdout.trim()], [0, 'I ran'], ended.stderr)
      assert.match(ended.stderr, /ERR_LEAKGUARD_UNSUPPORTED/)
    })
  }

  test('a Node that is too old is refused with its version', async (t) => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } })\n"
    const cwd = tempFolder(t, { 'main.js': pretend + START })
    const { code, message } = thrown(await runNode(['main.js'], { cwd }))
    assert.equal(code, 'ERR_LEAKGUARD_UNSUPPORTED')
    assert.match(message, /18\.20\.0 is too old/)
  })
})

describe('a startup snapshot', () => {
  test('that is being built is refused, and can be built without a start', async (t) => {
    const cwd = tempFolder(t, {
      'entry.js': `const { createRequire } = require('node:module')
        const found = {}
        try { createRequire(${JSON.stringify(pathToFileURL(path.join(root, 'index.js')).href)})('./index.js').start() } catch ({ code, message }) { Object.assign(found, { code, message }) }
        console.log(JSON.stringify(found))`
    })
    const args = ['--no-warnings', '--snapshot-blob', 'blob', '--build-snapshot', 'entry.js']
    const ended = await runNode(args, { cwd, timeoutMs: 120_000 })
    const line = ended.stdout.split('\n').find((text) => text.startsWith('{'))
    if (!line)
      return t.skip(`this Node cannot require files while it builds a snapshot: ${ended.stderr.trim().split('\n')[0]}`)
    const { code, message } = JSON.parse(line)
    assert.equal(code, 'ERR_LEAKGUARD_UNSUPPORTED')
    assert.match(message, /startup snapshot: require leakguard after/)
  })
})
