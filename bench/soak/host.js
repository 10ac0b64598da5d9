// @ts-check
// A service under bursts, without descriptors, and on a nearly full disk, in turns with and without the guard: no request may
// be lost with it that is not lost without it, the service must end as it does without, and say no more than a few lines.
// Each turn appends a line to its record, and the next run goes on from there.
//
//   npm run soak -- host     or
//   node bench/soak/host.js [--requests 200000] [--turn 5000] [--record .cache/soak/host-24.jsonl]
'use strict'

const { spawn } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')
const { parseArgs } = require('node:util')
const { quantile } = require('../lib/stats.js')

const [major] = process.versions.node.split('.')
const ROOT = path.join(__dirname, '..', '..')
/** Connections stay open: without descriptors no new one can be had, with or without a guard. */
const CONNECTIONS = 16
const BURST_MAX = 200
/** Descriptors of the service, and how long it is without any, several times a turn. */
const DESCRIPTORS = 160
const WITHOUT_MS = 3000
const EPISODES = 3
/** Of the disk, in kilobytes, and what is left of it: less than a report. */
const DISK_KB = 256
const LEFT_KB = 4
/** A turn is long enough for the guard to look and to write. */
const TURN_MS_MIN = 24_000
/** What a guard may say on stderr in a turn: one line for each thing that it cannot have. */
const LINES_MAX = 4

/** @typedef {'bursts' | 'descriptors' | 'disk'} Trouble */
/** @typedef {{ trouble: Trouble, guarded: boolean, requests: number, lost: number, code: number | string, lines: number, p99Ms: number, why: string[] }} Turn */

/** The service: each request adds a listener that is never removed, so that the guard has something to find and to write. */
function serve() {
  const bus = new EventEmitter().setMaxListeners(0)
  /** @type {number[]} */
  let taken = []
  const takeAll = () => {
    try {
      for (;;) taken.push(fs.openSync(__filename, 'r'))
    } catch {
      setTimeout(() => {
        for (const fd of taken) fs.closeSync(fd)
        taken = []
      }, WITHOUT_MS)
    }
  }
  const server = http.createServer((request, response) => {
    const { url } = request
    if (url === '/take') takeAll()
    const timer = setTimeout(() => {}, 50)
    if (bus.listenerCount('news') < 2000) bus.on('news', () => url)
    response.end(`answer to ${url}`)
    if (taken.length === 0) clearTimeout(timer)
  })
  // The client says when a connection ends.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    fs.writeSync(1, `${port}\n`)
  })
  process.on('SIGTERM', () => process.exit(0))
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`

/** A shell line that starts the service with so many descriptors, and for `disk` on a small disk that is nearly full. @param {Trouble} trouble @param {boolean} guarded @param {string} folder */
function startLine(trouble, guarded, folder) {
  const guard = guarded ? `--require ${quoted(path.join(ROOT, 'register.js'))}` : ''
  const service = `ulimit -n ${DESCRIPTORS}; exec ${quoted(process.execPath)} ${guard} ${quoted(__filename)} serve`
  if (trouble !== 'disk') return service
  const fill = `head -c ${(DISK_KB - LEFT_KB) * 1024} /dev/zero > ${quoted(path.join(folder, 'full'))}`
  return `mount -t tmpfs -o size=${DISK_KB}k none ${quoted(folder)} && ${fill}; ${service}`
}

/** @param {Trouble} trouble @param {boolean} guarded @param {string} folder */
function start(trouble, guarded, folder) {
  const line = startLine(trouble, guarded, folder)
  const env = {
    ...process.env,
    TMPDIR: folder,
    LEAKGUARD_OUTPUT: `${path.join(folder, 'report.json')},${path.join(folder, 'report.txt')}`,
    LEAKGUARD_RECORD: path.join(folder, 'memory.csv'),
    LEAKGUARD_CAPTURE: path.join(folder, 'captures'),
    LEAKGUARD_SAMPLE_MS: '100'
  }
  const [file, ...args] = trouble === 'disk' ? ['unshare', '-m', 'sh', '-c', line] : ['sh', '-c', line]
  return spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** @param {number} port @param {http.Agent} agent @param {string} url @returns {Promise<string>} what is wrong with the answer */
function ask(port, agent, url) {
  return new Promise((resolve) => {
    const request = http.get({ port, agent, path: url, timeout: 60_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve(text === `answer to ${url}` ? '' : `answered '${text.slice(0, 40)}'`))
      response.on('error', (error) => resolve(error.message))
    })
    request.on('timeout', () => request.destroy(new Error('no answer within a minute')))
    request.on('error', (error) => resolve(error.message))
  })
}

/** One service from its start to its end. @param {Trouble} trouble @param {boolean} guarded @param {number} requests @returns {Promise<Turn>} */
async function turn(trouble, guarded, requests) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-soak-'))
  const child = start(trouble, guarded, folder)
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const ended = once(child, 'close')
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  /** @type {Map<string, number>} */
  const why = new Map()
  /** @type {number[]} */
  const times = []
  try {
    const [first] = await Promise.race([once(child.stdout, 'data'), ended.then(() => [''])])
    const port = Number(first)
    if (!port) throw new Error(`the service did not start: ${said}`)
    let sent = 0
    const one = async (/** @type {string} */ url) => {
      const startMs = performance.now()
      const wrong = await ask(port, agent, url)
      times.push(performance.now() - startMs)
      if (wrong) why.set(wrong, (why.get(wrong) ?? 0) + 1)
    }
    const burst = (/** @type {number} */ size) => Promise.all(Array.from({ length: size }, () => one(`/${sent++}`)))
    await burst(CONNECTIONS * 4)
    const startMs = performance.now()
    let episodes = 0
    while (sent < requests) {
      const elapsed = performance.now() - startMs
      if (trouble === 'descriptors' && episodes < EPISODES && elapsed > (episodes + 0.2) * (TURN_MS_MIN / EPISODES)) {
        episodes++
        await one('/take')
      }
      // Bursts and pauses, spread over the turn.
      await burst(Math.min(requests - sent, 1 + (sent % 7 === 0 ? BURST_MAX : sent % BURST_MAX)))
      const aheadMs = (sent / requests) * TURN_MS_MIN - (performance.now() - startMs)
      if (aheadMs > 0) await wait(aheadMs)
      if (child.exitCode !== null) break
    }
    // What was not sent, since there was nobody to send it to, is lost.
    if (sent < requests) why.set('the service had ended', requests - sent)
    child.kill('SIGTERM')
  } finally {
    agent.destroy()
    child.kill('SIGTERM')
  }
  const [code, signal] = await ended
  fs.rmSync(folder, { recursive: true, force: true })
  const lines = said.split('\n').filter(Boolean)
  const lost = [...why.values()].reduce((sum, many) => sum + many, 0)
  return {
    ...{ trouble, guarded, requests, lost, code: code ?? signal, lines: lines.length },
    ...{ p99Ms: quantile(times, 0.99), why: [...why.keys(), ...lines].slice(0, 8) }
  }
}

/** Why there is no small disk, if there is none. */
async function whyNoDisk() {
  const [code] = await once(
    spawn('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', os.tmpdir()], { stdio: 'ignore' }),
    'close'
  ).catch(() => [1])
  return code === 0 ? '' : 'a small disk cannot be mounted here (root and unshare are needed)'
}

/** @param {Turn[]} turns @returns {boolean} whether all is well */
function summary(turns) {
  console.log(`\nNode ${process.versions.node}: turns of a service with and without the guard`)
  const rows = /** @type {const} */ (['bursts', 'descriptors', 'disk']).map((trouble) => {
    const of = (/** @type {boolean} */ guarded) =>
      turns.filter((one) => one.trouble === trouble && one.guarded === guarded)
    const sum = (/** @type {Turn[]} */ some, /** @type {'requests' | 'lost' | 'lines'} */ key) =>
      some.reduce((total, one) => total + one[key], 0)
    const odd = (/** @type {Turn[]} */ some) => some.filter(({ code }) => code !== 0).length
    const [plain, guarded] = [of(false), of(true)]
    for (const [name, some] of /** @type {const} */ ([
      ['without', plain],
      ['with', guarded]
    ])) {
      const p99 =
        some.length > 0
          ? quantile(
              some.map(({ p99Ms }) => p99Ms),
              0.5
            ).toFixed(0)
          : '-'
      console.log(
        `  ${trouble.padEnd(12)} ${name.padEnd(8)} n = ${some.length}: ${sum(some, 'requests')} requests, ${sum(some, 'lost')} lost,` +
          ` ${odd(some)} did not end with 0, ${sum(some, 'lines')} lines on stderr, 99th percentile ${p99} ms`
      )
    }
    const isSilent = guarded.every(({ lines }) => lines <= LINES_MAX)
    return sum(guarded, 'lost') <= sum(plain, 'lost') && odd(guarded) <= odd(plain) && isSilent
  })
  return rows.every(Boolean)
}

async function main() {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: process.env.SOAK_REQUESTS ?? '200000' },
      turn: { type: 'string', default: '5000' },
      record: { type: 'string', default: path.join(ROOT, '.cache', 'soak', `host-${major}.jsonl`) }
    }
  })
  if (process.platform === 'win32') return console.log('skipped: descriptors are not limited here')
  fs.mkdirSync(path.dirname(values.record), { recursive: true })
  const before = fs.existsSync(values.record) ? fs.readFileSync(values.record, 'utf8').split('\n').filter(Boolean) : []
  /** @type {Turn[]} */
  const turns = before.map((line) => JSON.parse(line))
  if (turns.length > 0) console.log(`goes on after ${turns.length} turns in ${values.record}`)
  const noDisk = await whyNoDisk()
  if (noDisk) console.log(`disk: skipped, ${noDisk}`)
  const troubles = /** @type {Trouble[]} */ (['bursts', 'descriptors', ...(noDisk ? [] : ['disk'])])
  // With and without in turns, so that whatever else the machine does meets both.
  const order = troubles.flatMap((trouble) => [false, true].map((guarded) => ({ trouble, guarded })))
  const sent = () => turns.filter(({ guarded }) => guarded).reduce((sum, { requests }) => sum + requests, 0)
  for (let at = turns.length; sent() < Number(values.requests); at++) {
    const { trouble, guarded } = order[at % order.length]
    const one = await turn(trouble, guarded, Number(values.turn))
    turns.push(one)
    fs.appendFileSync(values.record, `${JSON.stringify(one)}\n`)
    const why = one.why.length > 0 ? `; ${one.why.join('; ')}` : ''
    console.log(
      `${trouble}, ${guarded ? 'guarded' : 'plain'}: ${one.lost} of ${one.requests} lost, ended with ${one.code}${why}`
    )
  }
  if (!summary(turns)) process.exitCode = 1
}

if (process.argv[2] === 'serve') serve()
else
  main().catch((error) => {
    console.error(error)
    process.exitCode = 1
  })
