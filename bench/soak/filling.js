// @ts-check
// Small programs that fill and come to an end, which nobody may accuse, and some that leak alike, of which the holder is to be
// found: each for ten minutes, or as long as it says, twelve times a second, with nothing but `leakguard/register`, beside as many
// bytes of other things as it says. Each run appends a line to its record, and the next one goes on from there.
//
//   npm run soak -- filling     or
//   node bench/soak/filling.js [--runs 1] [--seconds 600] [--at-once 4] [--only NAME] [--record .cache/soak/filling-24.jsonl]
'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const [major] = process.versions.node.split('.')
const ROOT = path.join(__dirname, '..', '..')
const CASES = path.join(__dirname, 'filling')
const STEP_MS = 1000 / 12
/** Bytes of one of the other things, with what it holds. */
const OTHER_BYTES = 400
const LOOK_MS = 2000

/** @typedef {{ name: string, run: number, seconds: number, accused: number | undefined, held: number | undefined, said: string }} Run */

/** The program: a case, twelve times a second, beside some garbage. @param {string} name */
function work(name) {
  const step = require(path.join(CASES, name))
  const others = Array.from({ length: (step.ballast ?? 0) / OTHER_BYTES }, other)
  let n = 0
  setInterval(() => {
    step(n++)
    others.at(n)
    JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ i, text: `row ${i}` })))
  }, STEP_MS)
}

/** @param {unknown} _ @param {number} i */
const other = (_, i) => ({ i, tags: [i], text: Buffer.alloc(OTHER_BYTES - 100, `other ${i} `).toString('latin1') })

/** @param {string} name @param {number} run @param {number} seconds @returns {Promise<Run>} */
async function watch(name, run, seconds) {
  const report = path.join(os.tmpdir(), `leakguard-filling-${process.pid}-${name}-${run}.json`)
  const args = ['--import', path.join(ROOT, 'register.js'), __filename, '--work', name]
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, { env: { ...process.env, LEAKGUARD_OUTPUT: report }, stdio: 'ignore' })
  /** @type {Run} */
  const seen = { name, run, seconds, accused: undefined, held: undefined, said: '' }
  const look = () => {
    const sure = read(report).filter(({ confidence }) => confidence !== 'possible')
    if (sure.length === 0) return
    const now = Math.round((performance.now() - startedMs) / 1000)
    seen.accused ??= now
    const held = sure.find(({ message }) => message.includes("'kept'"))
    if (held) seen.held ??= now
    seen.said ||= `${sure[0].confidence}: ${sure[0].message}`.replaceAll(ROOT, '.')
  }
  const looks = setInterval(look, LOOK_MS)
  const end = setTimeout(() => child.kill('SIGTERM'), seconds * 1000)
  const [code, signal] = await once(child, 'exit')
  clearInterval(looks)
  clearTimeout(end)
  look()
  if (signal !== 'SIGTERM') throw new Error(`${name} has ended by itself: ${code ?? signal}`)
  fs.rmSync(report, { force: true })
  return seen
}

/** @param {string} file @returns {{ confidence: string, message: string }[]} */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).findings
  } catch {
    return []
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      work: { type: 'string' },
      runs: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '600' },
      'at-once': { type: 'string', default: '4' },
      only: { type: 'string', default: '' },
      record: { type: 'string', default: path.join(ROOT, '.cache', 'soak', `filling-${major}.jsonl`) }
    }
  })
  if (values.work) return work(values.work)
  fs.mkdirSync(path.dirname(values.record), { recursive: true })
  const lines = fs.existsSync(values.record) ? fs.readFileSync(values.record, 'utf8').split('\n').filter(Boolean) : []
  /** @type {Run[]} */
  const done = lines.map((line) => JSON.parse(line))
  const names = fs.readdirSync(CASES).map((file) => path.parse(file).name)
  const wanted = Array.from({ length: Number(values.runs) }, (_, run) => names.map((name) => ({ name, run }))).flat()
  const left = wanted.filter(
    ({ name, run }) => name.includes(values.only) && !done.some((one) => one.name === name && one.run === run)
  )
  const one = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { seconds = Number(values.seconds) } = require(path.join(CASES, next.name))
      const seen = await watch(next.name, next.run, seconds)
      done.push(seen)
      fs.appendFileSync(values.record, `${JSON.stringify(seen)}\n`)
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, one))
  done.sort((a, b) => a.name.localeCompare(b.name) || a.run - b.run)
  for (const { name, run, accused, held, said } of done) {
    const at = (/** @type {number | undefined} */ second) => (second === undefined ? '-' : `${second} s`).padEnd(6)
    console.log(`${name.padEnd(22)} ${run}  accused ${at(accused)} holder ${at(held)} ${said.slice(0, 120)}`)
  }
  const wrong = done.filter(({ name, accused }) => name.startsWith('fills') && accused !== undefined)
  const missed = done.filter(({ name, held }) => name.startsWith('leaks') && held === undefined)
  console.log(`${done.length} runs: ${wrong.length} accused that fill, ${missed.length} leaks without their holder`)
  process.exitCode = wrong.length + missed.length > 0 ? 1 : 0
}

main()
