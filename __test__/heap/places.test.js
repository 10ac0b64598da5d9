// @ts-check
// Where files are written to: regular files are replaced by whole ones, links are followed, and what is no file is written
// into and never replaced. Of heaps and of reports, by function, environment and command.
'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { describe, test } = require('node:test')
const { LeakReport } = require('../../lib/report/leak-report.js')
const native = require('../../lib/base/native.js')
const { writeAside, writeAsideSync } = require('../../lib/base/write-aside.js')
const { loadHeap, writeHeap } = require('../..')
const { root, runNode, tempFolder } = require('../support/child.js')

const skip = process.platform === 'win32' ? 'names and links of POSIX' : false
const isRoot = process.getuid?.() === 0
const forks = native.forkUnsupported() ? [] : ['fork']

/** Every way that a file is written, by what it writes. @type {Record<string, (file: string) => Promise<unknown>>} */
const WAYS = {
  text: (file) => writeAside(file, 'the new one'),
  'text at once': async (file) => writeAsideSync(file, 'the new one'),
  ...Object.fromEntries(
    ['inline', ...forks].map((mode) => [`heap ${mode}`, (file) => writeHeap(file, { mode: /** @type {any} */ (mode) })])
  )
}

/** @param {string} folder @param {string} name */
function fifo(folder, name) {
  const file = path.join(folder, name)
  execFileSync('mkfifo', [file])
  return file
}

/** @param {string} folder */
const partials = (folder) => fs.readdirSync(folder).filter((name) => name.includes('partial'))

/** What a program reads from a file, and when it has. @param {string} file */
function reader(file) {
  const child = spawn('cat', [file])
  /** @type {Buffer[]} */
  const pieces = []
  child.stdout.on('data', (piece) => pieces.push(piece))
  /** @type {Promise<string>} */
  const whole = new Promise((resolve) => child.on('close', () => resolve(Buffer.concat(pieces).toString())))
  return whole
}

/** @param {string} text */
const isWhole = (text) => text.endsWith('the new one') || text.endsWith('</html>\n') || /\]\s*\}\s*$/.test(text)

describe('what is no regular file', { skip }, () => {
  for (const [way, write] of Object.entries(WAYS)) {
    test(`${way}: a FIFO that somebody reads gets all of it and stays`, async (t) => {
      const folder = tempFolder(t)
      const file = fifo(folder, 'pipe')
      const whole = reader(file)
      // The reader has opened it when the first write finds it.
      for (let tries = 0; ; tries++) {
        try {
          await write(file)
          break
        } catch (error) {
          if (/** @type {any} */ (error).code !== 'ENXIO' || tries > 200) throw error
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
      const text = await whole
      assert.ok(isWhole(text), text.slice(-100))
      assert.ok(fs.lstatSync(file).isFIFO())
      assert.deepEqual(partials(folder), [])
    })

    test(`${way}: a FIFO that nobody reads is an error at once`, async (t) => {
      const folder = tempFolder(t)
      const file = fifo(folder, 'pipe')
      await assert.rejects(write(file), { code: 'ENXIO', message: /no process reads from it/ })
      assert.ok(fs.lstatSync(file).isFIFO())
      assert.deepEqual(partials(folder), [])
    })

    test(`${way}: a device is written into and stays`, async (t) => {
      if (!isRoot) return t.skip('only root makes devices')
      const folder = tempFolder(t)
      const file = path.join(folder, 'null')
      if (spawnSync('mknod', [file, 'c', '1', '3']).status !== 0) return t.skip('no device can be made here')
      await write(file)
      assert.ok(fs.lstatSync(file).isCharacterDevice())
      assert.deepEqual(partials(folder), [])
    })

    test(`${way}: a socket and a folder are errors and stay`, async (t) => {
      const folder = tempFolder(t)
      const file = path.join(folder, 'socket')
      const server = net.createServer().listen(file)
      await new Promise((resolve) => server.once('listening', resolve))
      t.after(() => server.close())
      await assert.rejects(write(file), { code: 'ENXIO' })
      assert.ok(fs.lstatSync(file).isSocket())
      fs.mkdirSync(path.join(folder, 'inner'))
      await assert.rejects(write(path.join(folder, 'inner')), { code: 'EISDIR' })
      assert.deepEqual(partials(folder), [])
    })

    test(`${way}: a descriptor of this process is written to where it stands`, async (t) => {
      if (process.platform !== 'linux') return t.skip('/proc')
      const folder = tempFolder(t)
      const file = path.join(folder, 'log')
      const fd = fs.openSync(file, 'w+')
      t.after(() => fs.closeSync(fd))
      fs.writeSync(fd, 'before\n')
      fs.symlinkSync(`/proc/self/fd/${fd}`, path.join(folder, 'link'))
      for (const name of [`/proc/self/fd/${fd}`, `/dev/fd/${fd}`, path.join(folder, 'link')]) await write(name)
      const text = fs.readFileSync(file, 'utf8')
      assert.ok(text.startsWith('before\n') && isWhole(text))
      assert.ok(fs.lstatSync(path.join(folder, 'link')).isSymbolicLink())
    })
  }

  test('the report of a program goes to its stdout, be it a pipe, a socket or a file', async (t) => {
    const cwd = tempFolder(t, { 'main.js': "console.log('mine')" })
    for (const name of ['/dev/stdout', '/proc/self/fd/1']) {
      const env = { LEAKGUARD_OUTPUT: name }
      const args = ['--import', path.join(root, 'register.js'), 'main.js']
      const ended = await runNode(args, { cwd, env })
      assert.match(ended.stdout, /^mine\n\s*leakguard: /)
      assert.equal(ended.stderr, '')
      assert.match(ended.stdout.slice(5), /clean|undecided|no leak/i)
      const out = fs.openSync(path.join(cwd, 'out'), 'w')
      spawnSync(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', out, 'inherit'] })
      fs.closeSync(out)
      assert.match(fs.readFileSync(path.join(cwd, 'out'), 'utf8'), /^mine\n\s*leakguard: /)
    }
  })

  test('what a command writes goes into a device, and a FIFO without a reader is its error', async (t) => {
    const folder = tempFolder(t, { 'main.js': '' })
    const pipe = fifo(folder, 'pipe')
    const cli = path.join(root, 'bin', 'leakguard.js')
    fs.symlinkSync('/dev/null', path.join(folder, 'nothing'))
    const report = JSON.stringify(new LeakReport({ verdict: 'clean', findings: [] }))
    fs.writeFileSync(path.join(folder, 'report.json'), report)
    for (const [name, code] of /** @type {const} */ ([
      ['nothing', 0],
      ['pipe', 2]
    ])) {
      const ended = await runNode([cli, 'report', 'report.json', '--format', 'text', '-o', name], { cwd: folder })
      assert.equal(ended.code, code, ended.stderr)
    }
    assert.ok(fs.lstatSync(pipe).isFIFO())
    assert.ok(fs.lstatSync(path.join(folder, 'nothing')).isSymbolicLink())
    const ran = await runNode([cli, 'run', '--report', 'nothing', 'main.js'], { cwd: folder })
    assert.equal(ran.code, 0)
    assert.match(ran.stderr, /^leakguard run: watched main\.js for [^\n]*\n$/)
    assert.ok(fs.lstatSync(path.join(folder, 'nothing')).isSymbolicLink())
    assert.deepEqual(partials(folder), [])
  })
})

describe('a link', { skip }, () => {
  for (const [way, write] of Object.entries(WAYS)) {
    test(`${way}: is followed and stays; what it leads to is replaced, or made`, async (t) => {
      const folder = tempFolder(t, { 'there/old.txt': 'the old one' })
      const file = path.join(folder, 'link')
      for (const to of ['there/old.txt', 'there/new.txt', path.join(folder, 'there', 'absolute.txt')]) {
        fs.rmSync(file, { force: true })
        fs.symlinkSync(to, file)
        assert.equal(await write(file).then((found) => typeof found), 'string')
        assert.equal(fs.readlinkSync(file), to)
        const target = path.resolve(folder, to)
        assert.ok(isWhole(fs.readFileSync(target, 'utf8')))
        assert.equal(fs.statSync(target).mode & 0o777, 0o600)
      }
      assert.deepEqual([...partials(folder), ...partials(path.join(folder, 'there'))], [])
    })

    test(`${way}: that leads to itself, or to nowhere, is an error`, async (t) => {
      const folder = tempFolder(t)
      fs.symlinkSync('b', path.join(folder, 'a'))
      fs.symlinkSync('a', path.join(folder, 'b'))
      await assert.rejects(write(path.join(folder, 'a')), { code: 'ELOOP' })
      fs.symlinkSync('no/such/folder', path.join(folder, 'c'))
      await assert.rejects(write(path.join(folder, 'c')), { code: 'ENOENT' })
    })
  }

  test('of somebody else in a folder that everybody may write to is not followed, nor his FIFO used', async (t) => {
    if (!isRoot) return t.skip('only root is somebody else as well')
    const folder = tempFolder(t, { 'own.txt': 'untouched' })
    const shared = path.join(folder, 'shared')
    fs.mkdirSync(shared)
    fs.chmodSync(shared, 0o1777)
    const planted = path.join(shared, 'report.txt')
    fs.symlinkSync(path.join(folder, 'own.txt'), planted)
    fs.lchownSync(planted, 65534, 65534)
    await assert.rejects(writeAside(planted, 'new'), { code: 'EACCES' })
    const pipe = fifo(shared, 'pipe')
    fs.lchownSync(pipe, 65534, 65534)
    await assert.rejects(writeAside(pipe, 'new'), { code: 'EACCES' })
    assert.equal(fs.readFileSync(path.join(folder, 'own.txt'), 'utf8'), 'untouched')
  })
})

describe('a regular file', { skip }, () => {
  test('that is there is replaced: for its owner alone, and another name of it keeps the old one', async (t) => {
    const folder = tempFolder(t, { 'a.txt': 'the old one' })
    const file = path.join(folder, 'a.txt')
    fs.chmodSync(file, 0o644)
    fs.linkSync(file, path.join(folder, 'b.txt'))
    await writeAside(file, 'the new one')
    assert.equal(fs.readFileSync(path.join(folder, 'b.txt'), 'utf8'), 'the old one')
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    await writeAside(path.join(folder, 'n'.repeat(250)), 'a long name')
  })

  test('in a folder that is closed is written where it is, and empty where that fails', async (t) => {
    const folder = tempFolder(t, { 'closed/a.txt': 'the old one, which is longer' })
    const text = `
      const fs = require('node:fs')
      const { writeHeap, loadHeap } = require('leakguard')
      const { writeAside, writeAsideSync } = require('./node_modules/leakguard/lib/base/write-aside.js')
      ${isRoot ? 'process.setegid(65534); process.seteuid(65534)' : ''}
      async function main() {
        await writeAside('closed/a.txt', 'the new one')
        console.log(fs.readFileSync('closed/a.txt', 'utf8'))
        writeAsideSync('closed/a.txt', 'a newer one')
        console.log(fs.readFileSync('closed/a.txt', 'utf8'))
        await writeHeap('closed/a.txt')
        console.log((await loadHeap('closed/a.txt')).nodeCount > 1000)
        fs.writeSync = () => { throw Object.assign(new Error('full'), { code: 'ENOSPC' }) }
        try { writeAsideSync('closed/a.txt', 'never') } catch ({ code }) { console.log(code) }
        console.log(fs.readFileSync('closed/a.txt', 'utf8').length, fs.readdirSync('closed').join())
      }
      main().catch((error) => { console.error(error); process.exit(1) })`
    fs.writeFileSync(path.join(folder, 'main.js'), text)
    fs.chmodSync(path.join(folder, 'closed', 'a.txt'), 0o666)
    fs.chmodSync(path.join(folder, 'closed'), 0o555)
    fs.chmodSync(folder, 0o755)
    const ended = await runNode(['main.js'], { cwd: folder })
    fs.chmodSync(path.join(folder, 'closed'), 0o755)
    assert.equal(ended.stderr, '')
    assert.equal(ended.stdout, 'the new one\na newer one\ntrue\nENOSPC\n0 a.txt\n')
  })
})

test('what is being written is never stdin, stdout or stderr of a program that has closed these', {
  skip
}, async (t) => {
  const text = `
    const fs = require('node:fs')
    const { writeHeap } = require('leakguard')
    fs.closeSync(0)
    const isOpen = () => { try { return Boolean(fs.fstatSync(0)) } catch { return false } }
    const seen = new Set()
    const onProgress = () => seen.add(isOpen())
    writeHeap('a.heapsnapshot', { onProgress }).then(() => {
      fs.writeFileSync('seen', [...seen].join())
    })`
  const folder = tempFolder(t, { 'main.js': text })
  const ended = await runNode(['main.js'], { cwd: folder })
  assert.equal(ended.stderr, '')
  assert.equal(fs.readFileSync(path.join(folder, 'seen'), 'utf8'), 'false')
})

test('a heap that is written into a FIFO stops waiting for its reader when its caller does', { skip }, async (t) => {
  const folder = tempFolder(t)
  const file = fifo(folder, 'pipe')
  // Reads nothing.
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  t.after(() => fs.closeSync(fd))
  const stop = new AbortController()
  const writing = writeHeap(file, { signal: stop.signal })
  setTimeout(() => stop.abort('enough'), 1500)
  await assert.rejects(writing, { code: 'ERR_LEAKGUARD_ABORTED', cause: 'enough' })
})

test('a record goes into a FIFO line by line, and never waits for a reader', { skip }, async (t) => {
  const { Recorder } = require('../../lib/memory/record.js')
  const folder = tempFolder(t)
  const file = fifo(folder, 'pipe')
  /** @type {string[]} */
  const ends = []
  new Recorder(file, (why) => ends.push(why)).write([1, 2, 3])
  assert.match(ends.join(), /ENXIO/)
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  t.after(() => fs.closeSync(fd))
  const recorder = new Recorder(file, (why) => ends.push(why))
  for (let i = 0; i < 5000 && ends.length === 1; i++) recorder.write([1, 2, 3])
  assert.match(ends[1], /EAGAIN/)
  const bytes = Buffer.alloc(1e5)
  assert.match(bytes.toString('utf8', 0, fs.readSync(fd, bytes)), /^t,heapUsed.*\n1,2,3/)
})

test('what is loaded after it was written through a link is what was written', { skip }, async (t) => {
  const folder = tempFolder(t)
  fs.symlinkSync('real.heapsnapshot', path.join(folder, 'link'))
  assert.equal(await writeHeap(path.join(folder, 'link')), path.join(folder, 'link'))
  const heap = await loadHeap(path.join(folder, 'real.heapsnapshot'))
  assert.ok(heap.nodeCount > 1000)
  heap.dispose()
})
