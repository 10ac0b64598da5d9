// @ts-check
// What an assertion costs and whether it is right, beside jest-leak-detector and the test that people write by hand:
// force a collection and compare heapUsed. Each measurement in a fresh process, the tools in turn.
//
//   npm run bench -- assert [--rounds 5] [--only NAME]
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { CLEAN } = require('../__test__/measure/operations/clean.js')
const { median } = require('./lib/stats.js')

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', default: '' } }
})
const TOOLS = ['leakguard', 'jest-leak-detector', 'by hand']
const OPERATIONS = [
  'an empty function',
  'objects made and dropped',
  'JSON there and back',
  'a chain of promises',
  'a pipeline of streams',
  'http on loopback, kept alive',
  'a cache of at most 1,000',
  'an AbortController for each call',
  'an object in ten calls',
  'string keys in a Map',
  'instances in a list',
  "another module's cache",
  'a Buffer of 1 KB',
  'a listener of an EventEmitter',
  'an interval without ref',
  'a descriptor by openSync',
  'a slow async call that keeps an object'
]

/** @param {string} tool @param {string} name @returns {{ verdict: string, wallMs: number, cpuMs: number }} */
function once(tool, name) {
  const args = ['--no-warnings', path.join(__dirname, 'assert', 'run.js'), tool, name]
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
  const line = stdout.trim().split('\n').at(-1) ?? ''
  return line.startsWith('{') ? JSON.parse(line) : { verdict: 'failed', wallMs: Number.NaN, cpuMs: Number.NaN }
}

/** @param {string} name */
function compare(name) {
  /** @type {Record<string, ReturnType<typeof once>[]>} */
  const runs = Object.fromEntries(TOOLS.map((tool) => [tool, []]))
  for (let round = 0; round < Number(options.rounds); round++)
    for (const tool of TOOLS) runs[tool].push(once(tool, name))
  const truth = name in CLEAN ? 'clean' : 'leaking'
  const cells = TOOLS.map((tool) => {
    const right = runs[tool].filter(({ verdict }) => verdict.startsWith(truth)).length
    const [wall, cpu] = [median(runs[tool].map((r) => r.wallMs)), median(runs[tool].map((r) => r.cpuMs))]
    return `${right}/${runs[tool].length} ${runs[tool][0].verdict}, ${Math.round(wall)} ms (CPU ${Math.round(cpu)})`
  })
  console.log(`| ${name} | ${truth} | ${cells.join(' | ')} |`)
}

/** Milliseconds of a test in a Jest file that asserts of an operation that does nothing. */
function inJest() {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-bench-')))
  const index = JSON.stringify(path.join(__dirname, '..', 'index.js'))
  fs.writeFileSync(path.join(folder, 'package.json'), '{}')
  const body = ['an empty function', 'its second', 'after a timer'].map((name, i) => {
    const op = i < 2 ? '() => {}' : '() => new Promise((resolve) => setTimeout(resolve, 1))'
    return `test('${name}', () => require(${index}).assertNoLeaks(${op}), 60000)`
  })
  fs.writeFileSync(path.join(folder, 'a.test.js'), body.join('\n'))
  const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js')
  const flags = ['--json', '--rootDir', folder, '--watchman=false', '--silent']
  const { stdout } = spawnSync(process.execPath, [jest, ...flags], { encoding: 'utf8', cwd: folder })
  fs.rmSync(folder, { recursive: true })
  return JSON.parse(stdout).testResults[0].assertionResults
}

function main() {
  console.log(`Node ${process.versions.node}, ${options.rounds} rounds; right of all, the first verdict, medians\n`)
  console.log(`| operation | truth | ${TOOLS.join(' | ')} |\n|---|---|---|---|---|`)
  for (const name of OPERATIONS) if (name.includes(options.only)) compare(name)
  /** @type {Record<string, number[]>} */
  const times = {}
  for (let round = 0; round < Number(options.rounds); round++)
    for (const { title, duration } of inJest()) times[title] = [...(times[title] ?? []), duration]
  for (const [title, all] of Object.entries(times)) console.log(`\nin a Jest file, ${title}: median ${median(all)} ms`)
}

main()
