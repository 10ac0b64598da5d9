'use strict'
// @ts-check
// Writes down what is found in everything that gives the same answer each time, to compare a change with the commit
// before: heaps of the programs of __test__/programs/heap, recorded series of memory. What the monitor says of its
// recordings `cargo test` compares. Knows where findings come from, not which are right.
//
//   node scripts/dump-findings.js OUT.jsonl [PART]     only sources with PART in their names
//   node scripts/dump-findings.js BEFORE.jsonl AFTER.jsonl --compare [--facts]      exit code 1 where they differ;
//       with --facts words do not count: verdict, kind, culprit, growth, confidence, path, what the trend says

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root, runAside, say } = require('./lib/exec.js')
const { CLEAN, LEAKS, textOf } = require('../__test__/heap/programs.js')

const AT_ONCE = 2
const STEPS = 200
const MAIN = `const { captureHeap, diffHeaps } = require('leakguard')
;(async () => {
  const { step } = await import(process.argv[2])
  const heaps = []
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < ${STEPS}; i++) await step(round * ${STEPS} + i)
    heaps.push(await captureHeap({ mode: 'inline' }))
  }
  process.stdout.write(JSON.stringify(await diffHeaps(...heaps)), () => process.exit(0))
})()`

/** @typedef {{ source: string, answer: () => unknown }} Source */

/** @returns {Source[]} */
function heaps() {
  const program = (/** @type {'clean' | 'leaks'} */ kind, /** @type {string} */ title, file = 'store.js') => ({
    source: `heap/${kind}/${title}`,
    answer: async () => {
      const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-findings-')))
      try {
        fs.mkdirSync(path.join(folder, 'node_modules'))
        fs.symlinkSync(root, path.join(folder, 'node_modules/leakguard'), 'junction')
        fs.writeFileSync(path.join(folder, 'main.js'), MAIN)
        fs.writeFileSync(path.join(folder, file), textOf(kind, title, file))
        const { output } = await runAside(process.execPath, ['main.js', `./${file}`], { cwd: folder })
        const report = JSON.parse(output.slice(output.indexOf('{"schema')).replaceAll(folder, '.'))
        return [report.verdict, ...report.findings]
      } finally {
        fs.rmSync(folder, { recursive: true, force: true })
      }
    }
  })
  return [
    ...Object.entries(LEAKS).map(([title, { file }]) => program('leaks', title, file)),
    ...CLEAN.map((title) => program('clean', title))
  ]
}

/** @returns {Source[]} */
function series() {
  const folder = path.join(root, '__test__/trend/recorded')
  const { analyzeTrend } = require('../index.js')
  const { readSamples } = require('../lib/cli/series.js')
  return fs.readdirSync(folder).map((file) => ({
    source: `series/${file}`,
    answer() {
      const report = analyzeTrend(/** @type {any} */ (readSamples(path.join(folder, file))))
      const { verdict, metric, onsetIndex, perHour, confidence, message, findings } = report
      return [verdict, { metric, onsetIndex, perHour, confidence, message }, ...findings]
    }
  }))
}

/** @param {string} into @param {string} part */
async function dump(into, part) {
  const sources = [...series(), ...heaps()].filter(({ source }) => source.includes(part))
  const lines = /** @type {string[]} */ ([])
  const waiting = [...sources]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      lines.push(JSON.stringify([next.source, await next.answer()]))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  fs.writeFileSync(into, `${lines.sort().join('\n')}\n`)
  say(`${into}: ${lines.length} sources`)
}

/** @param {string} file @returns {Map<string, string>} */
const read = (file) =>
  new Map(
    fs
      .readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => [JSON.parse(line)[0], line])
  )

/** What is words, and what hangs on them. */
const WORDS = new Set(['message', 'evidence', 'advice', 'fingerprint'])

/** @param {string} line */
const withoutWords = (line) => JSON.stringify(JSON.parse(line, (key, value) => (WORDS.has(key) ? undefined : value)))

/** @param {string} before @param {string} after @param {boolean} isOfFacts */
function compare(before, after, isOfFacts) {
  const [was, is] = [before, after].map((file) => {
    const lines = read(file)
    return isOfFacts ? new Map([...lines].map(([source, line]) => [source, withoutWords(line)])) : lines
  })
  const sources = [...new Set([...was.keys(), ...is.keys()])].filter((source) => was.get(source) !== is.get(source))
  for (const source of sources) say(`- ${was.get(source) ?? 'none'}\n+ ${is.get(source) ?? 'none'}`)
  say(`${sources.length} of ${is.size} differ`)
  process.exitCode = sources.length > 0 ? 1 : 0
}

const [first, second = '', flag, what] = process.argv.slice(2)
if (flag === '--compare') compare(first, second, what === '--facts')
else dump(first, second)
