// @ts-check
// Profiles as readers that are not ours see them: by the official schema with protobufjs, and by `go tool pprof` where there is Go.
'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const inspector = require('node:inspector')
const path = require('node:path')
const { afterEach, before, describe, test } = require('node:test')
const { loadHeap, start } = require('../..')
const { Frames } = require('../../lib/pprof/frames.js')
const { retainedSamples } = require('../../lib/pprof/retained.js')
const { PROFILE_BYTES_MAX } = require('../../lib/pprof/encode.js')
const { readOfficial, writeOfficial } = require('../support/pprof/official.js')
const { root, runNode, tempFolder } = require('../support/child.js')
const { leakUntilFound } = require('../support/leaks.js')

const bin = path.join(root, 'bin/leakguard.js')
const hasGo = spawnSync('go', ['version']).status === 0
const skip = !hasGo && "Go is missing: `go tool pprof` comes with Debian's package 'golang-go'"

/** A program with a Map of so many sessions, and some noise that is as large. */
const program = `
  const { writeHeap } = require('leakguard')
  class Session { constructor(at) { this.token = Buffer.alloc(30, at).toString('latin1'); this.user = { at } } }
  const [, , target, sessions, noise] = process.argv
  const store = new Map()
  const others = Array.from({ length: Number(noise) }, (_, at) => ({ row: 'row' + at }))
  for (let at = 0; at < Number(sessions); at++) store.set('session-' + at, new Session(at))
  module.exports = { find: (id) => store.get(id), others: () => others.length }
  writeHeap(target, { redact: false })`

/** @param {string} folder @param {...string} args */
function leakguard(folder, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', cwd: folder })
  return { status, stdout, stderr }
}

/** Heaps of the program, before and after a leak, as profiles. @param {import('node:test').TestContext} t @param {[name: string, sessions: number, noise: number][]} versions */
async function profiles(t, versions) {
  const folder = tempFolder(t, { 'app.js': program })
  for (const [name, sessions, noise] of versions) {
    const file = path.join(folder, `${name}.heapsnapshot`)
    const { code, stderr } = await runNode(['app.js', file, String(sessions), String(noise)], { cwd: folder })
    assert.equal(code, 0, stderr)
    const done = leakguard(folder, 'heap', file, '--pprof', `${name}.pb.gz`)
    assert.equal(done.status, 0, done.stderr)
    assert.match(done.stderr, /^wrote \w+\.pb\.gz, [\d.]+ KB\n$/)
  }
  return folder
}

/** @param {string} folder @param {...string} args */
function goPprof(folder, ...args) {
  const env = { ...process.env, HOME: folder, PPROF_TMPDIR: folder }
  const { status, stdout, stderr } = spawnSync('go', ['tool', 'pprof', ...args], { encoding: 'utf8', cwd: folder, env })
  assert.equal(status, 0, stderr)
  return stdout
}

/** Functions of `-top`, the largest first. @param {string} text */
const top = (text) =>
  text.split('\n').flatMap((line) => /^ +[\d.]+\S* +-?[\d.]+% +[\d.]+% .*?% {2}(.+)$/.exec(line)?.[1] ?? [])

afterEach(() => start().stop())

describe('leakguard heap --pprof', () => {
  test('tells all bytes and objects of the heap, each once, with the owners for stacks and the heap at their bottom', async (t) => {
    const folder = await profiles(t, [['one', 3000, 100]])
    const file = path.join(folder, 'one.pb.gz')
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    const read = readOfficial(fs.readFileSync(file))
    assert.deepEqual(read.types, [
      { type: 'retained_objects', unit: 'count' },
      { type: 'retained_space', unit: 'bytes' }
    ])
    assert.equal(read.defaultType, 'retained_space')
    assert.equal(read.program, 'one.heapsnapshot')
    const graph = await loadHeap(path.join(folder, 'one.heapsnapshot'))
    assert.equal(read.total('retained_space'), graph.selfBytes)
    assert.ok(Math.abs(read.total('retained_objects') - graph.nodeCount) <= graph.nodeCount * 0.05)
    graph.dispose()
    for (const { stack, values } of read.samples) {
      assert.equal(stack.at(-1)?.name, '(heap)')
      assert.ok(values.retained_space >= 0 && values.retained_objects >= 0)
    }
    const session = read.samples.find(({ stack }) => stack[0].name === 'store[]: Session')
    assert.ok(session, read.samples.map(({ stack }) => stack[0].name).join('\n'))
    assert.ok(session.values.retained_objects >= 3000)
    assert.deepEqual(
      session.stack.slice(0, 3).map(({ name }) => name),
      ['store[]: Session', 'store: Map', 'module scope']
    )
    assert.equal(session.stack[0].file, path.join(folder, 'app.js'))
    assert.ok(new RegExp(`^(?:${read.dropFrames})$`).test('x: (object shape)'))
    assert.ok(!new RegExp(`^(?:${read.dropFrames})$`).test('store[]: Session'))
    assert.ok(new RegExp(`^(?:${read.keepFrames})$`).test('(heap)'))
    for (const args of [['nowhere/out.pb.gz'], ['out.pb.gz', '--json'], ['out.pb.gz', '--limit', '3']]) {
      const { status, stdout, stderr } = leakguard(folder, 'heap', 'one.heapsnapshot', '--pprof', ...args)
      assert.deepEqual([status, stdout], [2, ''])
      assert.match(
        stderr,
        args.length > 1 ? /--pprof lists none/ : /^leakguard: cannot write nowhere\/out\.pb\.gz: no such/
      )
    }
  })

  test('refuses what is no snapshot, in one line, and writes nothing', (t) => {
    const folder = tempFolder(t, { text: 'no snapshot' })
    for (const file of ['text', 'missing']) {
      const { status, stderr } = leakguard(folder, 'heap', file, '--pprof', 'out.pb.gz')
      assert.equal(status, 2)
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
      assert.ok(!fs.existsSync(path.join(folder, 'out.pb.gz')))
    }
  })
})

describe('an owner', () => {
  /** @param {[depth: number, name: string, of: string, bytes: number, file?: string][]} rows */
  function namesOf(rows) {
    const owners = rows.map(([depth, name, of, bytes, file]) => ({
      depth,
      ...(name ? { name } : {}),
      class: of,
      count: 1,
      retainedBytes: bytes,
      retainedCount: 1 + bytes,
      ...(file ? { file, line: 7 } : {})
    }))
    const frames = new Frames()
    const samples = retainedSamples(owners, frames)
    return samples.map(({ stack, values }) => [frames.all[stack[0]].name, values.retained_space])
  }

  test("is named by the way from its variable, through scopes, and V8's pieces of a value are the value", () => {
    assert.deepEqual(
      namesOf([
        [0, '', '(heap)', 100],
        [1, 'run', 'function run', 95, '/app/run.js'],
        [2, '', 'module scope', 90],
        [3, 'jobs', 'Array', 80],
        [4, '', 'anonymous function', 70, '/app/run.js'],
        [5, '', 'scope of add', 60],
        [6, 'data', 'Object', 50],
        [7, 'text', '(concatenated string)', 40],
        [8, '', '(concatenated string)', 30],
        [9, '', '(string)', 20]
      ]),
      [
        ['(heap)', 5],
        ['run: function run', 5],
        ['module scope', 10],
        ['jobs: Array', 10],
        ['jobs[]: anonymous function', 10],
        ['scope of add', 10],
        ['jobs[](add).data: Object', 10],
        ['jobs…(add).data.text: (string)', 40]
      ]
    )
  })

  test("that waits for the profile is leakguard; a cache of leakguard's that the program holds is the program's", () => {
    const own = path.join(root, 'lib/cache/weak-lru-cache.js')
    assert.deepEqual(
      namesOf([
        [0, '', '(heap)', 100],
        [1, '', 'Generator', 90, own],
        [2, '', 'module scope', 80],
        [3, 'users', 'WeakLruCache', 70, own]
      ]).map(([name]) => name),
      ['(heap)', 'leakguard', 'module scope', 'users: WeakLruCache']
    )
  })
})

describe('go tool pprof', { skip }, () => {
  test('names what holds the memory, and by -diff_base the leak of the second version first', async (t) => {
    const folder = await profiles(t, [
      ['good', 200, 4000],
      ['bad', 6000, 4000]
    ])
    assert.match(goPprof(folder, '-top', 'bad.pb.gz'), /Type: retained_space\n/)
    const [first, ...others] = top(goPprof(folder, '-top', '-diff_base=good.pb.gz', 'bad.pb.gz'))
    assert.match(first, /^store\b/)
    assert.ok(others.some((name) => name === 'store: Map'))
    assert.match(
      goPprof(folder, '-sample_index=retained_objects', '-peek', 'store: Map', 'bad.pb.gz'),
      /store\[\]: Session/
    )
    const lines = goPprof(folder, '-lines', '-top', 'bad.pb.gz')
    assert.match(lines, /store\[\]: Session \S*app\.js:3/)
  })

  test('reads the profile of a guard: findings with their labels, and where it runs in which version', async (t) => {
    const folder = tempFolder(t)
    const guard = start({ minGrowthMs: 100 })
    const bus = new EventEmitter().setMaxListeners(0)
    await leakUntilFound(guard, () => bus.on('news', () => {}))
    fs.writeFileSync(path.join(folder, 'leaks.pb.gz'), await guard.profile({ type: 'leaks' }))
    const tags = goPprof(folder, '-tags', '-sample_index=leak_objects', 'leaks.pb.gz')
    for (const key of ['fingerprint', 'kind', 'confidence', 'node', 'thread', 'service', 'pod'])
      assert.match(tags, new RegExp(`^ *${key}: Total \\d`, 'm'))
    assert.match(top(goPprof(folder, '-top', '-sample_index=leak_objects', 'leaks.pb.gz'))[0], /^listener news$/)
  })
})

describe('leakguard diff of profiles', () => {
  test('says who holds what grew, with exit code 1; nothing between equal ones', async (t) => {
    const folder = await profiles(t, [
      ['good', 200, 4000],
      ['bad', 6000, 4000]
    ])
    const { status, stdout } = leakguard(folder, 'diff', 'good.pb.gz', 'bad.pb.gz')
    assert.equal(status, 1, stdout)
    const [totals, , head, first, ...others] = stdout.trimEnd().split('\n')
    assert.match(totals, /^retained_space: [\d.]+ MB before, [\d.]+ MB after \(\+[\d.]+ .B\)$/)
    assert.match(head, /^ *gained +before +after {2}holder$/)
    assert.match(first, /^\+[\d.]+ [KM]B .* store: Map \(.*app\.js\), most in store\[\]/)
    assert.deepEqual(others, [])
    const json = JSON.parse(leakguard(folder, 'diff', '--json', 'good.pb.gz', 'bad.pb.gz').stdout)
    assert.equal(json.rows[0].name, 'store: Map')
    assert.ok(json.rows[0].after - json.rows[0].before > 100_000)
    const same = leakguard(folder, 'diff', 'bad.pb.gz', 'bad.pb.gz')
    assert.deepEqual([same.status, /Nothing grew/.test(same.stdout)], [0, true])
    const counted = leakguard(folder, 'diff', 'good.pb.gz', 'bad.pb.gz', '--type', 'retained_objects')
    assert.match(counted.stdout, /^retained_objects: [\d,]+ before, [\d,]+ after \(\+[\d,]+\)$/m)
  })

  test("reads another tool's profiles, by function", (t) => {
    const folder = tempFolder(t)
    const write = (/** @type {string} */ name, /** @type {number} */ value) =>
      fs.writeFileSync(
        path.join(folder, name),
        writeOfficial('inuse_space', 'bytes', [
          [['main.put', 'main.main'], value],
          [['main.get', 'main.main'], 5e6]
        ])
      )
    write('a.pb.gz', 1e6)
    write('b.pb.gz', 4e6)
    const { status, stdout } = leakguard(folder, 'diff', 'a.pb.gz', 'b.pb.gz')
    assert.equal(status, 1, stdout)
    assert.match(stdout, /\+3\.0 MB +1\.0 MB +4\.0 MB {2}main\.put \(main\.go\)/)
    assert.doesNotMatch(stdout, /main\.get/)
  })

  test('refuses what cannot be compared, in one line', (t) => {
    const folder = tempFolder(t, { 'text.heapsnapshot': '{}' })
    fs.writeFileSync(path.join(folder, 'go.pb.gz'), writeOfficial('inuse_space', 'bytes', [[['main.main'], 1]]))
    fs.writeFileSync(path.join(folder, 'cpu.pb.gz'), writeOfficial('cpu', 'nanoseconds', [[['main.main'], 1]]))
    const whole = fs.readFileSync(path.join(folder, 'go.pb.gz'))
    fs.writeFileSync(path.join(folder, 'cut.pb.gz'), whole.subarray(0, whole.length - 9))
    for (const [args, says] of /** @type {[string[], RegExp][]} */ ([
      [['go.pb.gz', 'text.heapsnapshot'], /text\.heapsnapshot is no compressed pprof profile/],
      [['go.pb.gz', 'cut.pb.gz'], /cut\.pb\.gz: no pprof profile: unexpected end of file/],
      [['go.pb.gz', 'cpu.pb.gz'], /no sample type in common/],
      [['go.pb.gz', 'go.pb.gz', 'go.pb.gz'], /of profiles two are compared, got 3/],
      [['go.pb.gz', 'go.pb.gz', '--type', 'cpu'], /both have inuse_space, and not cpu/],
      [['go.pb.gz', 'go.pb.gz', '--html', 'x.html'], /--html is for heap snapshots/],
      [['text.heapsnapshot', 'text.heapsnapshot', '--type', 'cpu'], /--type is for pprof profiles/]
    ])) {
      const { status, stderr } = leakguard(folder, 'diff', ...args)
      assert.equal(status, 2, stderr)
      assert.match(stderr, says)
    }
  })
})

describe('guard.profile()', () => {
  test('has what holds the memory, what leaks and what is sampled, as it is asked for', async () => {
    const guard = start({ minGrowthMs: 100 })
    const all = readOfficial(await guard.profile({ mode: 'inline' }))
    assert.deepEqual(
      all.types.map((/** @type {any} */ { type }) => type),
      ['leak_objects', 'leak_space', 'retained_objects', 'retained_space']
    )
    assert.ok(all.total('retained_space') > 1e6)
    assert.equal(all.samples[0].labels.node, process.version)
    assert.equal(all.samples[0].labels.thread, 'main')
    assert.match(all.comments.join(), /^heap: inline, the program paused for \d+ ms$/)
    assert.ok(Math.abs(all.timeMs - Date.now()) < 120_000)
    const leaks = readOfficial(await guard.profile({ type: 'leaks' }))
    assert.equal(leaks.defaultType, 'leak_objects')
    await assert.rejects(guard.profile({ type: 'inuse' }), { code: 'ERR_LEAKGUARD_NO_SAMPLER' })
    await assert.rejects(guard.profile(/** @type {any} */ ({ type: 'heap' })), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    await assert.rejects(guard.profile(/** @type {any} */ ({ kind: 'all' })), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
    guard.stop()
    await assert.rejects(guard.profile(), { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
  })

  test('reads a sampler that somebody else has started, and leaves it running', async (t) => {
    const session = new inspector.Session()
    session.connect()
    t.after(() => session.disconnect())
    session.post('HeapProfiler.startSampling', { samplingInterval: 1024 })
    const kept = keepMuch()
    const read = readOfficial(await start().profile({ type: 'inuse' }))
    assert.ok(kept.length > 0)
    const mine = read.samples.filter(({ stack }) => stack.some(({ name }) => name === 'keepMuch'))
    assert.ok(mine.reduce((sum, { values }) => sum + values.inuse_space, 0) > 500_000)
    assert.equal(mine[0].stack.find(({ name }) => name === 'keepMuch')?.file, __filename)
    let isRunning = false
    session.post('HeapProfiler.stopSampling', (error) => {
      isRunning = error === null
    })
    assert.ok(isRunning)
  })

  test('a finding is its line, with its fingerprint for a label', async () => {
    const guard = start({ minGrowthMs: 100 })
    const bus = new EventEmitter().setMaxListeners(0)
    const { finding } = await leakUntilFound(guard, () => bus.on('tidings', () => {}))
    const read = readOfficial(await guard.profile({ type: 'leaks' }))
    const sample = read.samples.find(({ labels }) => labels.fingerprint === finding.fingerprint)
    assert.ok(sample)
    assert.equal(sample.stack[0].name, 'listener tidings')
    assert.equal(sample.stack[0].file, finding.culprit.file)
    assert.equal(sample.stack[0].line, finding.culprit.line)
    assert.equal(sample.stack.at(-1)?.name, '(leaks)')
    assert.ok(sample.values.leak_objects > 0)
    assert.equal(sample.labels.kind, 'listener')
  })
})

describe('a profile of very much', () => {
  before(() => start().stop())

  test('has at most 100 KB, and what does not fit is summed, so that nothing is lost', async (t) => {
    const folder = tempFolder(t, { 'app.js': manyOwners() })
    const file = path.join(folder, 'many.heapsnapshot')
    const { code, stderr } = await runNode(['app.js', file], { cwd: folder })
    assert.equal(code, 0, stderr)
    assert.equal(leakguard(folder, 'heap', file, '--pprof', 'many.pb.gz').status, 0)
    const bytes = fs.readFileSync(path.join(folder, 'many.pb.gz'))
    assert.ok(bytes.length <= PROFILE_BYTES_MAX && bytes.length > 20_000, `${bytes.length}`)
    const read = readOfficial(bytes)
    const graph = await loadHeap(file)
    assert.equal(read.total('retained_space'), graph.selfBytes)
    graph.dispose()
    const other = read.samples.find(({ stack }) => stack.length === 2 && stack[0].name === '(other)')
    assert.ok(other && other.values.retained_space > 0)
  })
})

function keepMuch() {
  return Array.from({ length: 2000 }, (_, at) => new Array(100).fill(at))
}

/** A program whose functions hold thousands of arrays, each by a variable whose name is like no other. */
function manyOwners() {
  const letters = (/** @type {string} */ hex) => hex.replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)])
  const name = (/** @type {number} */ at) => letters(createHash('sha256').update(String(at)).digest('hex').slice(0, 38))
  const numbers = Array.from({ length: 60 }, (_, at) => at)
  const functions = numbers.map((outer) => {
    const names = numbers.map((at) => name(outer * 60 + at))
    const variables = names.map((variable) => `const ${variable} = new Array(500).fill(1)`)
    return `exports.f${outer} = (() => { ${variables.join('; ')}; return () => [${names}].length })()`
  })
  return `${functions.join('\n')}\nrequire('leakguard').writeHeap(process.argv[2])`
}
