// @ts-check
// The text of six typical leaks, as a person gets it from a failing test. __test__/golden is read by people;
// UPDATE_GOLDEN=1 writes it anew.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')

const GOLDEN = path.join(root, '__test__', 'golden')

/** A program each, as a service has them: `op` is what leaks. @type {Record<string, string>} */
const PROGRAMS = {
  listener: `const { EventEmitter } = require('node:events')
const bus = new EventEmitter().setMaxListeners(0)
function subscribe(request) {
  bus.on('config', () => request.reload())
}
const op = () => subscribe({ reload() {} })`,
  cache: `const cache = new Map()
let id = 0
function load(key) {
  if (!cache.has(key)) cache.set(key, { key, rows: [1, 2, 3] })
  return cache.get(key)
}
const op = () => load('user ' + id++)`,
  instances: `class Session {
  constructor(user) {
    this.user = user
  }
}
class Server {
  sessions = []
  login(user) {
    this.sessions.push(new Session(user))
  }
}
const server = new Server()
const op = () => server.login('anna')`,
  interval: `function poll(url) {
  const timer = setInterval(() => url.length, 60_000)
  timer.unref()
}
const op = () => poll('http://localhost/')`,
  descriptor: `const fs = require('node:fs')
async function firstLine(file) {
  const handle = await fs.promises.open(file)
  const { bytesRead, buffer } = await handle.read({ length: 64 })
  kept.push(handle)
  return buffer.toString('utf8', 0, bytesRead).split('\\n')[0]
}
const kept = []
const op = () => firstLine(__filename)`,
  buffer: `const uploads = []
async function upload(size) {
  const body = Buffer.alloc(size)
  uploads.push(body.subarray(0, 10))
}
const op = () => upload(4096)`,
  promise: `const waiting = []
function lock() {
  return new Promise((resolve) => waiting.push(resolve))
}
const op = () => void lock().then(() => 'unlocked')`
}

const END = `
require('leakguard')
  .assertNoLeaks(op)
  .then(
    () => console.log('no leak found'),
    (error) => console.log(error.message)
  )
  .finally(() => process.exit())
`

/**
 * Numbers and ids differ from run to run, and lines of Node's own from one Node to another. What the program itself
 * says stays: its lines, how much each view keeps, who made what share. @param {string} text @param {string} folder */
function normalise(text, folder) {
  return (
    text
      .replaceAll(folder + path.sep, '')
      .replaceAll('\\', '/')
      .replace(/(fingerprint: )[0-9a-f]{16}/g, '$1<fingerprint>')
      .replace(/^(app\.js, )pid .*$/m, '$1<process>')
      // The first of several counts that grew alike.
      .replace(/- (?:\w+|fd:file) objects or entries more/g, '- <what> objects or entries more')
      .replace(/(\[)\d+(\])/g, '$1<n>$2')
      // What of a handle of Node's is where differs from Node to Node.
      .replace(/ +- Array 'kept' retains .*\n| +- most of one is the variable 'this' \(FileHandle.*\n/g, '')
      // V8 inlines, and then names the caller's line; how many lines there are differs too.
      .replace(
        /( +- )\d[\d,.]* % of the bytes allocated at .*\n(?: +- \d[\d,.]* % of the bytes .*\n)*/g,
        '$1<lines that allocate>\n'
      )
      .replace(/\(node:([\w/]+):\d+\)/g, '(node:$1)')
      .replace(/(whole ArrayBuffer(?: of|:) )?\b\d[\d,.]* (?:MB|KB|B)\b/g, (all, own) => (own ? all : '<bytes>'))
      .replace(/\d[\d,.]* (calls|ms|rounds|live objects|more)\b/g, '<n> $1')
      .replace(/(gained |frees all )\d[\d,.]*/g, '$1<n>')
      .replace(/: -?\d[\d,.]*(?=[;\n])/g, ': <n>')
      .replace(/\d[\d,.]* ->/g, '<n> ->')
      .replace(/-> \d[\d,.]*/g, '-> <n>')
      // Which end of Node's list of timers is nearer is chance.
      .replace(/\._idlePrev\b/g, '._idleNext')
      .replace(/ +$/gm, '')
  )
}

describe('the report of a leak reads as it did', { concurrency: 1 }, () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    test(name, async (t) => {
      const folder = tempFolder(t, { 'app.js': program + END })
      const { stdout } = await runNode(['--no-warnings', 'app.js'], { cwd: folder })
      const text = normalise(stdout, folder)
      const file = path.join(GOLDEN, `leak-${name}.txt`)
      if (process.env.UPDATE_GOLDEN) fs.writeFileSync(file, text)
      assert.equal(text, fs.readFileSync(file, 'utf8'))
    })
  }
})
