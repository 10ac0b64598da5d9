// @ts-check
// Programs that leak until their control group's limit ends them: how many leave a report, and does it name what holds the
// memory? Each kill appends a line to its record, and the next run goes on from there. Needs a control group of memory that
// can be made (version 1, or 2 with the controller handed on), so mostly root.
//
//   npm run soak -- kills     or
//   node bench/soak/kills.js [--kills 100] [--at-once 2] [--record .cache/soak/kills-24.jsonl]
'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const [major] = process.versions.node.split('.')
const ROOT = path.join(__dirname, '..', '..')
const MB = 1e6
/** Of the leak, in bytes a second, and of the group, in bytes. */
const RATES = [20, 5, 1].map((mb) => mb * MB)
const LIMITS = [256, 512].map((mb) => mb * MB)
const KINDS = /** @type {const} */ (['objects', 'buffers'])
/** V8's own limit must not come first. */
const HEAP_MB = 2000
/** At least so many of a hundred must leave a report. */
const COMPLETE_MIN = 0.95

/** @typedef {{ kind: string, rate: number, limit: number, seconds: number, signal: string | null, complete: boolean, verdict: string, holder: boolean, told: string }} Kill */

/** The program: keeps objects or Buffers in a Map, so many bytes a second. @param {string} kind @param {number} rate */
function leak(kind, rate) {
  /** @type {Map<number, unknown>} */
  const kept = new Map()
  const startedMs = performance.now()
  let bytes = 0
  setInterval(() => {
    while (bytes < ((performance.now() - startedMs) / 1000) * rate) {
      bytes += kind === 'buffers' ? 65_536 : 1000
      kept.set(
        kept.size,
        kind === 'buffers' ? Buffer.alloc(65_536, 1) : { id: kept.size, rows: new Array(110).fill(0.5) }
      )
    }
  }, 20)
}

/** @param {number} bytes @param {string} name */
function groupOf(bytes, name) {
  for (const [mount, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max']
  ]) {
    const folder = path.join(mount, `leakguard-kills-${process.pid}-${name}`)
    try {
      fs.mkdirSync(folder)
      fs.writeFileSync(path.join(folder, limit), String(bytes))
      return folder
    } catch {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** @param {number} number @param {{ kind: string, rate: number, limit: number }} of @returns {Promise<Kill>} */
async function kill(number, { kind, rate, limit }) {
  const group = groupOf(limit, String(number))
  if (!group) throw new Error('no control group of memory can be made here')
  const report = path.join(os.tmpdir(), `leakguard-kills-${process.pid}-${number}.json`)
  const inside = 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"'
  const program = [`--max-old-space-size=${HEAP_MB}`, '--import', path.join(ROOT, 'register.js'), __filename]
  const args = ['-c', inside, 'sh', group, process.execPath, ...program, '--leak', kind, '--rate', String(rate)]
  const startedMs = performance.now()
  const child = spawn('sh', args, { env: { ...process.env, LEAKGUARD_OUTPUT: report }, stdio: 'ignore' })
  const [, signal] = await once(child, 'exit')
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  const said = read(report)
  fs.rmSync(report, { force: true })
  for (let i = 0; i < 50 && fs.existsSync(group); i++) {
    try {
      fs.rmdirSync(group)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const found = said?.findings ?? []
  const first = found.find((/** @type {any} */ finding) => /'kept'/.test(finding.message)) ?? found[0]
  return {
    kind,
    rate,
    limit,
    seconds,
    signal,
    complete: said !== undefined,
    verdict: said?.verdict ?? '',
    holder: /'kept'/.test(first?.message ?? ''),
    told: first ? `${first.confidence}: ${first.message}`.replaceAll(ROOT, '.') : ''
  }
}

/** @param {string} file */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {Kill[]} kills */
function summary(kills) {
  const all = KINDS.flatMap((kind) => RATES.flatMap((rate) => LIMITS.map((limit) => ({ kind, rate, limit }))))
  const lines = all.flatMap(({ kind, rate, limit }) => {
    const some = kills.filter((one) => one.kind === kind && one.rate === rate && one.limit === limit)
    if (some.length === 0) return []
    const count = (/** @type {(one: Kill) => boolean} */ is) => some.filter(is).length
    return `${kind.padEnd(8)} ${rate / MB} MB/s, ${limit / MB} MB: ${some.length} kills, ${count((one) => one.complete)} reports, ${count((one) => one.verdict === 'leaking')} leaking, ${count((one) => one.holder)} with the holder`
  })
  const complete = kills.filter((one) => one.complete).length
  return [...lines, `${kills.length} kills, ${complete} reports`].join('\n')
}

async function main() {
  const { values } = parseArgs({
    options: {
      leak: { type: 'string' },
      rate: { type: 'string', default: '0' },
      kills: { type: 'string', default: '100' },
      'at-once': { type: 'string', default: '2' },
      record: { type: 'string', default: path.join(ROOT, '.cache', 'soak', `kills-${major}.jsonl`) }
    }
  })
  if (values.leak) return leak(values.leak, Number(values.rate))
  fs.mkdirSync(path.dirname(values.record), { recursive: true })
  const lines = fs.existsSync(values.record) ? fs.readFileSync(values.record, 'utf8').split('\n').filter(Boolean) : []
  /** @type {Kill[]} */
  const kills = lines.map((line) => JSON.parse(line))
  let number = kills.length
  const one = async () => {
    while (number < Number(values.kills)) {
      const at = number++
      const rate = RATES[at % RATES.length]
      const limit = LIMITS[Math.floor(at / RATES.length) % LIMITS.length]
      const kind = KINDS[Math.floor(at / (RATES.length * LIMITS.length)) % KINDS.length]
      const done = await kill(at, { kind, rate, limit })
      kills.push(done)
      fs.appendFileSync(values.record, `${JSON.stringify(done)}\n`)
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, one))
  console.log(summary(kills))
  process.exitCode = kills.filter(({ complete }) => complete).length >= kills.length * COMPLETE_MIN ? 0 : 1
}

main()
