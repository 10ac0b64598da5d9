// @ts-check
// Files that were being written when their process ended: gone with it, or, where it was killed, with the next capture in
// the same folder. Nobody else's, and none of a process that lives.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const native = require('../../lib/base/native.js')
const { writeAsideSync } = require('../../lib/base/write-aside.js')
const { writeHeap } = require('../..')
const { root, tempFolder } = require('../support/child.js')

const isLinux = process.platform === 'linux'
const modes = native.forkUnsupported() ? ['inline'] : ['inline', 'fork']
/** @param {string} folder */
const partials = (folder) => fs.readdirSync(folder).filter((name) => name.endsWith('.partial'))

/** A program that writes a heap and ends in the middle of it. */
const ENDS = path.join(root, '__test__', 'programs', 'captures', 'ends-while-it-writes.js')

/** @param {string} cwd @param {string[]} args @returns {Promise<string>} */
function ended(cwd, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [ENDS, ...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (data) => {
      text += data
    })
    child.on('close', () => resolve(text))
  })
}

describe('what was being written', () => {
  for (const mode of modes) {
    for (const how of ['exit', 'throw']) {
      test(`${mode}, ${how}: is gone with its process`, async (t) => {
        const folder = tempFolder(t, { 'out/keep': '' })
        assert.match(await ended(folder, [mode, how]), /midway/)
        assert.deepEqual(fs.readdirSync(path.join(folder, 'out')), ['keep'])
      })
    }

    test(`${mode}: of a killed process is gone with the next file in that folder`, { skip: !isLinux }, async (t) => {
      const folder = tempFolder(t, { 'out/keep': '' })
      const out = path.join(folder, 'out')
      for (const signal of ['SIGKILL', 'SIGTERM']) {
        assert.match(await ended(folder, [mode, signal]), /midway/)
        assert.equal(partials(out).length, 1)
      }
      await writeHeap(path.join(out, 'b.heapsnapshot'))
      assert.deepEqual(fs.readdirSync(out).sort(), ['b.heapsnapshot', 'keep'])
    })
  }

  test('is left alone where its process lives, is unknown, or is no file of ours', { skip: !isLinux }, async (t) => {
    const folder = tempFolder(t, { elsewhere: 'untouched' })
    let name = ''
    const { writeFileSync } = fs
    fs.writeFileSync = (file, ...rest) => {
      name = path.basename(String(file))
      return writeFileSync(file, ...rest)
    }
    t.after(() => {
      fs.writeFileSync = writeFileSync
    })
    writeAsideSync(path.join(folder, 'a.txt'), 'x')
    fs.writeFileSync = writeFileSync
    const [, pid, start, system] = /\.(\d+)-(\d+)-(\w+)-\w+\.partial$/.exec(name) ?? []
    assert.equal(Number(pid), process.pid)
    const as = (/** @type {any} */ who) => {
      const { id = pid, since = start, where = system, random = '0123456789ab' } = who
      return `a.txt.${id}-${since}-${where}-${random}.partial`
    }
    const left = as({ id: 4194305, since: 5 })
    const other = as({ since: Number(start) + 1 })
    const stale = as({ id: 4194305, where: '0123_5' })
    const gone = [left, other, stale]
    const stays = [as({}), as({ where: '0123_5' }), 'a.txt.0123456789ab.partial', 'mine.partial']
    for (const one of [...gone, ...stays]) fs.writeFileSync(path.join(folder, one), '')
    fs.utimesSync(path.join(folder, stale), 0, 0)
    const link = as({ id: 4194305, random: 'aaaaaaaaaaaa' })
    fs.symlinkSync('elsewhere', path.join(folder, link))
    fs.mkdirSync(path.join(folder, as({ id: 4194305, random: 'bbbbbbbbbbbb' })))
    writeAsideSync(path.join(folder, 'b.txt'), 'x')
    assert.deepEqual(partials(folder).sort(), [...stays, link, as({ id: 4194305, random: 'bbbbbbbbbbbb' })].sort())
    assert.equal(fs.readFileSync(path.join(folder, 'elsewhere'), 'utf8'), 'untouched')
  })

  test('takes no more of a full folder than it may, and leaves no listener', { skip: !isLinux }, (t) => {
    const folder = tempFolder(t)
    for (let i = 0; i < 300; i++) {
      fs.writeFileSync(path.join(folder, `a.4194305-5-0123_5-${String(i).padStart(12, '0')}.partial`), '')
      fs.utimesSync(path.join(folder, `a.4194305-5-0123_5-${String(i).padStart(12, '0')}.partial`), 0, 0)
    }
    const listeners = process.listenerCount('exit')
    writeAsideSync(path.join(folder, 'a.txt'), 'x')
    assert.equal(partials(folder).length, 300 - 256)
    assert.equal(process.listenerCount('exit'), listeners)
  })
})
