// @ts-check
// The commands that read heap snapshots, as their reader runs them: on snapshots of a small program made here, and on
// files that are none.

'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { printable } = require('../../lib/base/text.js')
const { table } = require('../../lib/cli/text.js')

const root = path.join(__dirname, '../..')
const bin = path.join(root, 'bin/leakguard.js')

/** A program with a Map that grows by 500 at each snapshot. */
const program = `
  const { writeHeap } = require(${JSON.stringify(root)})
  class Session {}
  const sessions = new Map()
  module.exports = { find: (id) => sessions.get(id) }
  async function main(folder) {
    for (const name of ['a', 'b', 'c']) {
      for (let i = 0; i < 500; i++) sessions.set(name + i, new Session())
      await writeHeap(folder + '/' + name + '.heapsnapshot')
    }
  }
  main(__dirname)`

let folder = ''
before(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-cli-')))
  fs.writeFileSync(path.join(folder, 'program.js'), program)
  execFileSync(process.execPath, [path.join(folder, 'program.js')])
  const whole = fs.readFileSync(path.join(folder, 'c.heapsnapshot'))
  fs.writeFileSync(path.join(folder, 'truncated'), whole.subarray(0, whole.length >> 1))
  fs.writeFileSync(path.join(folder, 'empty'), '')
  fs.writeFileSync(path.join(folder, 'other.json'), '{"answer": 42}')
  fs.writeFileSync(path.join(folder, 'text'), 'not a snapshot')
})
after(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

/** @param {string[]} args */
function leakguard(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', cwd: folder })
  return { status, stdout, stderr }
}

/** The id of some object of a class. @param {string} file @param {string} name */
function idOf(file, name) {
  const { snapshot, nodes, strings } = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))
  const fields = snapshot.meta.node_fields
  const [type, label, id] = ['type', 'name', 'id'].map((field) => fields.indexOf(field))
  const object = snapshot.meta.node_types[type].indexOf('object')
  for (let at = 0; at < nodes.length; at += fields.length)
    if (nodes[at + type] === object && strings[nodes[at + label]] === name) return nodes[at + id]
  throw new Error(`no ${name} in ${file}`)
}

/** What V8 of today does not write: symbols without a type of their own, addresses for ids, a byte order mark. */
function writeOdd() {
  const heap = JSON.parse(fs.readFileSync(path.join(folder, 'a.heapsnapshot'), 'utf8'))
  const { node_fields: fields, node_types: types } = heap.snapshot.meta
  types[0].length = types[0].indexOf('symbol')
  for (let at = fields.indexOf('id'); at < heap.nodes.length; at += fields.length) heap.nodes[at] += 2 ** 40
  fs.writeFileSync(path.join(folder, 'odd.heapsnapshot'), `\ufeff${JSON.stringify(heap)}\r\n`)
}

describe('leakguard heap', () => {
  test('says in a line each what is odd about a file, and reads it', () => {
    writeOdd()
    const { status, stdout, stderr } = leakguard('heap', 'odd.heapsnapshot', '--limit', '2')
    const lines = stderr.trimEnd().split('\n')
    assert.equal(lines.length, 2, stderr)
    assert.match(
      lines[0],
      /^leakguard: odd\.heapsnapshot: [\d]+ nodes are of a type that the header does not name \(1[2-4]\)$/
    )
    assert.match(lines[1], /^leakguard: odd\.heapsnapshot: \d+ node ids need more than 32 bits: /)
    assert.match(stdout, /^[\d.]+ MB in [\d,]+ nodes/)
    assert.equal(status, 0)
    const found = leakguard('path', 'odd.heapsnapshot', String(idOf('a.heapsnapshot', 'Module') + 2 ** 40))
    assert.match(found.stdout, /^Module @\d+ retains /, found.stderr)
  })

  test('shows totals, and the classes as a table whose numbers stand below each other', () => {
    const { status, stdout, stderr } = leakguard('heap', 'c.heapsnapshot', '--limit', '5')
    const [totals, gap, head, ...rows] = stdout.trimEnd().split('\n')
    assert.match(totals, /^[\d.]+ MB in [\d,]+ nodes, [\d,]+ edges$/)
    assert.equal(gap, '')
    assert.match(head, /^ *retained +shallow +count {2}class$/)
    assert.equal(rows.length, 5)
    const column = head.indexOf('class')
    for (const row of rows) assert.match(row.slice(column - 3), /^\d {2}\S/)
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  })

  test('--json has the same in bytes', () => {
    const { status, stdout } = leakguard('heap', 'c.heapsnapshot', '--json', '--limit', '100000')
    const { nodeCount, edgeCount, selfBytes, classes } = JSON.parse(stdout)
    assert.equal(status, 0)
    assert.ok(nodeCount > 10_000 && edgeCount > nodeCount && selfBytes > 1e6)
    const [first, second] = classes
    assert.ok(first.retainedBytes >= second.retainedBytes)
    const session = classes.find((/** @type {any} */ { name }) => name.startsWith('Session'))
    assert.equal(session.count, 1500)
    assert.ok(session.shallowBytes > 0 && session.retainedBytes >= session.shallowBytes)
  })

  test('a control character in a name does not reach the terminal, and a long line is cut where that ends', () => {
    const text = table(
      ['count', 'class'],
      [
        ['1', printable('bell\u0007 \u001b[2J \u202e')],
        ['20', 'x'.repeat(100)]
      ],
      40
    )
    assert.deepEqual(text.split('\n'), [
      'count  class',
      '    1  bell\\x07 \\x1b[2J \\u202e',
      `   20  ${'x'.repeat(32)}…`,
      ''
    ])
  })
})

describe('leakguard diff', () => {
  test('three snapshots of a leak: the Map by its variable, file and growth, and exit code 1', () => {
    const { status, stdout } = leakguard('diff', 'a.heapsnapshot', 'b.heapsnapshot', 'c.heapsnapshot')
    assert.match(stdout, /^leakguard: leaking, 1 finding\n/)
    assert.match(stdout, /collection, likely: Map 'sessions' \(program\.js:\d+\) gained 1,000 /)
    assert.equal(status, 1)
  })

  test('--json is the report', () => {
    const { status, stdout } = leakguard('diff', '--json', 'a.heapsnapshot', 'b.heapsnapshot')
    const { schemaVersion, verdict, findings } = JSON.parse(stdout)
    assert.deepEqual({ status, schemaVersion, verdict }, { status: 1, schemaVersion: 2, verdict: 'leaking' })
    assert.equal(findings[0].culprit.name, 'sessions')
    assert.equal(findings[0].culprit.file, path.join(folder, 'program.js'))
  })

  test('nothing grew: clean, and exit code 0', () => {
    const { status, stdout } = leakguard('diff', 'b.heapsnapshot', 'b.heapsnapshot')
    assert.match(stdout, /^leakguard: clean/)
    assert.equal(status, 0)
  })
})

describe('leakguard path', () => {
  test('writes what keeps an object as code', () => {
    const id = idOf('c.heapsnapshot', 'Session')
    const { status, stdout } = leakguard('path', 'c.heapsnapshot', `@${id}`)
    const [head, gap, ...steps] = stdout.trimEnd().split('\n')
    assert.match(head, new RegExp(`^Session @${id} retains \\d+ B$`))
    assert.equal(gap, '')
    assert.ok(steps.includes('  variable sessions -> Map'), stdout)
    assert.match(steps.at(-1) ?? '', /^ {2}entry -> Session \(program\.js:3\)$/)
    assert.equal(status, 0)
  })

  test('--json has the steps and the retained size', () => {
    const id = idOf('c.heapsnapshot', 'Session')
    const { status, stdout } = leakguard('path', 'c.heapsnapshot', String(id), '--json')
    const { nodeId, retainedBytes, retainerPath } = JSON.parse(stdout)
    assert.equal(nodeId, id)
    assert.ok(retainedBytes > 0)
    assert.equal(retainerPath.at(-1).name, 'Session')
    assert.equal(status, 0)
  })
})

const refusals = [
  { args: ['heap'], says: /^leakguard: FILE is missing\nSee leakguard heap --help\n$/ },
  { args: ['heap', 'a', 'b'], says: /^leakguard: unexpected argument: b\n/ },
  { args: ['heap', 'none'], says: /^leakguard: cannot read none: no such file or folder\n$/ },
  { args: ['heap', 'none', '--json'], says: /^leakguard: cannot read none: no such file or folder\n$/ },
  { args: ['heap', '.'], says: /^leakguard: cannot read \.: it is a folder\n$/ },
  { args: ['heap', 'empty'], says: /^leakguard: empty: .*the bytes end before the snapshot does.*\n$/ },
  { args: ['heap', 'text'], says: /^leakguard: text: heap snapshot: .*byte \d+\)\n$/ },
  { args: ['heap', 'other.json'], says: /^leakguard: other\.json: .*there is no section "snapshot".*\n$/ },
  { args: ['heap', 'truncated'], says: /^leakguard: truncated: .*the bytes end before the snapshot does.*\n$/ },
  {
    args: ['heap', 'c.heapsnapshot', '--limit', '0'],
    says: /--limit must be a whole number from 1 to 1000000, got 0/
  },
  {
    args: ['heap', 'c.heapsnapshot', '--limit', 'x'],
    says: /--limit must be a whole number from 1 to 1000000, got x/
  },
  { args: ['diff', 'a.heapsnapshot'], says: /^leakguard: AFTER is missing\n/ },
  { args: ['diff', 'a', 'b', 'c', 'd'], says: /^leakguard: unexpected argument: d\n/ },
  { args: ['diff', 'a.heapsnapshot', 'truncated'], says: /^leakguard: truncated: / },
  { args: ['path', 'c.heapsnapshot'], says: /^leakguard: NODE_ID is missing\n/ },
  {
    args: ['path', 'c.heapsnapshot', '0x3'],
    says: /NODE_ID must be a number as DevTools shows it after '@', got 0x3/
  },
  { args: ['path', 'c.heapsnapshot', '9007199254740992'], says: /NODE_ID must be a number/ },
  { args: ['path', 'c.heapsnapshot', '4294967295'], says: /^leakguard: no node has the id 4294967295.*\n$/ },
  { args: ['heap', 'a\u001b[31m'], says: /^leakguard: cannot read a\\x1b\[31m: no such file/ }
]

for (const { args, says } of refusals) {
  test(`"leakguard ${args.map((arg) => arg.replace('\u001b', 'ESC')).join(' ')}" is refused in a line`, () => {
    const { status, stdout, stderr } = leakguard(...args)
    assert.match(stderr, says)
    assert.equal(stdout, '')
    assert.equal(status, 2)
  })
}
