'use strict'
// @ts-check
// Records what the rules that judge are told while the workloads run, for `cargo test` to judge it again: see
// src/recording. Knows which recordings there are to be and what is expected of them; must not know what is in them.
//
//   node scripts/record.js [--node MAJOR]… [--starved] [--again] [NAME…]
//   node scripts/record.js --trials [--node MAJOR]… [--again] [NAME…]    of the operations of __test__/measure
//   node scripts/record.js --answers
//
// What is there stays, unless --again: so a run that was broken off goes on. --starved keeps all cores busy meanwhile.
// --answers runs no program: after a change of the rules it writes down what the recordings are answered now.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { parseArgs } = require('node:util')
const { buildRecorder } = require('./lib/addon.js')
const { root, run, runAside, say } = require('./lib/exec.js')
const { writeText } = require('./lib/files.js')
const { nodeBinaries } = require('./nodes.js')
const { judgeClean, judgeLeaky, linesWith, runWorkload } = require('../__test__/support/workloads.js')

const folder = 'tests/recordings'
const trials = 'tests/trials'
const operations = path.join(root, '__test__/measure/operations/run.js')
const workloads = path.join(root, '__test__/workloads')
/** Programs recorded at a time, and loops that starve them. */
const AT_ONCE = 2
const BUSY_LOOPS = os.availableParallelism()
const FIRST_LINE = /^leakguard recording \d+\n/

/** @typedef {{ kind: 'clean' | 'leaky', name: string, file: string, node: import('./nodes.js').NodeBinary, into: string }} Task */

/** @param {string[]} names @param {import('./nodes.js').NodeBinary[]} nodes @param {{ starved: boolean, again: boolean }} how @returns {Task[]} */
function tasks(names, nodes, { starved, again }) {
  const all = nodes.flatMap((node) =>
    /** @type {const} */ (['clean', 'leaky']).flatMap((kind) =>
      fs.readdirSync(path.join(workloads, kind)).map((base) => {
        const name = path.basename(base, '.js')
        const into = `${folder}/v${node.major}${starved ? '-starved' : ''}/${kind}/${name}.txt`
        return { kind, name, file: path.join(workloads, kind, base), node, into }
      })
    )
  )
  const wanted = all.filter(
    ({ kind, name }) => names.length === 0 || names.includes(name) || names.includes(`${kind}/${name}`)
  )
  return wanted.filter(({ into }) => again || !fs.existsSync(path.join(root, into)))
}

/** Records one. @param {Task} task @param {string} addon @param {boolean} starved @returns {Promise<string>} what is wrong with its outcome, '' when nothing is */
async function record({ kind, name, file, node, into }, addon, starved) {
  const workload = require(file)
  const load = os.loadavg()[0].toFixed(1)
  const outcome = await runWorkload(file, node.file, { NAPI_RS_NATIVE_LIBRARY_PATH: addon })
  const text = outcome.recording
  if (!text) throw new Error(`${name}: the addon has kept no recording`)
  const judged = kind === 'clean' ? judgeClean(outcome, workload) : judgeLeaky(file, outcome, workload)
  const { wrong } = judged
  /** @type {Record<string, string>} */
  const header = {
    workload: `${kind}/${name}`,
    node: node.version,
    machine: `${os.availableParallelism()} cores, load ${load}${starved ? `, ${BUSY_LOOPS} busy loops` : ''}`,
    expect: expected(kind, file, workload),
    guilty: guilty(file, workload).join(' '),
    outcome: wrong === '' ? 'right' : wrong.split('\n')[0].split(root).join('')
  }
  const lines = Object.entries(header).map(([key, value]) => `# ${key} ${value}`.trimEnd())
  writeText(
    into,
    text.replace(FIRST_LINE, (first) => `${first}${lines.join('\n')}\n`)
  )
  return wrong
}

/** Trials of operations, one after the other: each measures how long calls take. @param {string[]} names @param {import('./nodes.js').NodeBinary[]} nodes @param {boolean} again */
async function recordTrials(names, nodes, again) {
  const { CLEAN } = require(path.join(operations, '../clean.js'))
  const { LEAKY } = require(path.join(operations, '../leaky.js'))
  const wanted = [...Object.keys(CLEAN), ...Object.keys(LEAKY)].filter((n) => names.length === 0 || names.includes(n))
  for (const node of nodes) {
    for (const name of wanted) {
      const kind = name in CLEAN ? 'clean' : 'leaky'
      const into = path.join(root, trials, `v${node.major}`, kind, `${name.replace(/\W+/g, '-')}.txt`)
      if (!again && fs.existsSync(into)) continue
      const load = os.loadavg()[0].toFixed(1)
      const raw = path.join(os.tmpdir(), `leakguard-trial-${process.pid}.txt`)
      const args = ['--require', path.join(__dirname, 'lib/record-trial.js'), operations, JSON.stringify([name])]
      const done = await runAside(node.file, args, {
        env: { ...process.env, LEAKGUARD_TRIAL: raw },
        timeoutMs: 120_000
      })
      if (done.code !== 0) {
        say(`${name} on Node ${node.major}: not recorded\n${done.output}`)
        continue
      }
      const { verdict } = JSON.parse(done.output.trim().split('\n').at(-1) ?? '')
      const machine = `${os.availableParallelism()} cores, load ${load}`
      const header = Object.entries({ operation: name, node: node.version, machine, verdict, expect: kind })
      const [first, ...lines] = fs.readFileSync(raw, 'utf8').split('\n')
      writeText(
        path.relative(root, into),
        [first, ...header.map(([key, value]) => `# ${key} ${value}`), ...lines].join('\n')
      )
      fs.rmSync(raw)
      say(`${path.relative(root, into)}: ${verdict}`)
    }
  }
}

/** What the answer is to be, as words that the test reads. @param {string} kind @param {string} file @param {import('../__test__/support/workloads.js').Leak} workload */
function expected(kind, file, workload) {
  if (kind === 'clean') return workload.mayBeUndecided ? 'clean or undecided' : 'clean'
  const source = workload.file ? path.resolve(path.dirname(file), workload.file) : file
  const isMemory = workload.kind === 'buffer' || workload.kind === 'heap'
  const place = isMemory ? '' : ` ${placeOf(source, '// leaks')}`
  return `${workload.mayBePossible ? 'possible' : 'leaking'} ${workload.kind}${place}`
}

/** Lines that may be accused. @param {string} file @param {import('../__test__/support/workloads.js').Leak} workload */
function guilty(file, workload) {
  const files = [file, ...(workload.file ? [path.resolve(path.dirname(file), workload.file)] : [])]
  const texts = ['// leaks', '// also leaks', ...(workload.alsoLeaks ? [workload.alsoLeaks] : [])]
  return files.flatMap((source) => texts.map((text) => placeOf(source, text))).filter((place) => !place.endsWith(':'))
}

/** @param {string} file @param {string} text `FILE:LINE,LINE` */
const placeOf = (file, text) => `${path.relative(root, file).split(path.sep).join('/')}:${linesWith(file, text).join()}`

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', multiple: true, default: [] },
      starved: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
      trials: { type: 'boolean', default: false },
      answers: { type: 'boolean', default: false }
    }
  })
  if (values.answers) return renewAnswers()
  const nodes = nodeBinaries().filter(({ major }) => values.node.length === 0 || values.node.includes(String(major)))
  if (values.trials) return recordTrials(positionals, nodes, values.again)
  const { file: addon, code, output } = buildRecorder()
  if (code !== 0) throw new Error(output)
  const open = tasks(positionals, nodes, values)
  const all = open.length
  const loops = values.starved ? Array.from({ length: BUSY_LOOPS }, busyLoop) : []
  const wrong = /** @type {string[]} */ ([])
  const lane = async () => {
    for (let task = open.shift(); task; task = open.shift()) {
      const said = await record(task, addon, values.starved).catch((error) => `not recorded: ${error.message}`)
      say(`${task.into}: ${said.split('\n')[0] || 'right'}`)
      if (said !== '') wrong.push(`${task.into}: ${said}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  } finally {
    for (const loop of loops) loop.kill()
  }
  say(`${all} recorded, ${wrong.length} with another outcome than expected`)
  for (const one of wrong) say(`\n${one}`)
}

function renewAnswers() {
  const test = ['--', '--ignored', '--nocapture', 'answers_are_renewed']
  process.exitCode = run('cargo', ['test', '--quiet', '--no-default-features', '--test', 'all', ...test]).code
}

function busyLoop() {
  // It ends with us, whatever happens to us: its input closes.
  const program =
    "process.stdin.on('end', () => process.exit()).resume(); const on = () => { const end = Date.now() + 50; while (Date.now() < end); setImmediate(on) }; on()"
  return spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'ignore', 'inherit'] })
}

main().catch((error) => {
  process.stderr.write(`${error?.stack ?? error}\n`)
  process.exitCode = 1
})
