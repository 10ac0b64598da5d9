// A reporter of node:test: what a run should end with. What to type to see each failure alone, and the slowest tests.
// Must not know which tests there are, nor what is done with the lines: the runner prints them last.
//
//   node --test --test-reporter=./scripts/lib/closing-lines.mjs --test-reporter-destination=FILE …

import fs from 'node:fs'
import path from 'node:path'

const SLOWEST_MAX = 10

/**
 * @typedef {{ file?: string, name: string, nesting: number, skip?: unknown, todo?: unknown,
 *   details: { duration_ms: number, type?: string } }} Ended
 * @typedef {{ test: Ended, level: number }} Failure `level`: nesting of the outermost that has ended around it
 */

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* closingLines(source) {
  /** @type {Failure[]} */
  const failed = []
  /** @type {Ended[]} */
  const all = []
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A suite takes as long as what is in it, and so does a test of tests, which comes after them.
    if (data.details.type !== 'suite') all.push(data)
    if (type === 'test:fail' && data.todo === undefined) note(failed, data)
  }
  yield closing(
    failed.map(({ test }) => test),
    all
  )
}

/**
 * Adds a failure. A test made of tests comes after those: alone it can be run as a whole only, so it stands for them;
 * a suite says nothing that its tests do not.
 * @param {Failure[]} failed @param {Ended} test
 */
function note(failed, test) {
  const { file, nesting, details } = test
  const below = failed.filter((other) => other.level > nesting && other.test.file === file)
  const isSuite = details.type === 'suite' && below.length > 0
  if (isSuite) for (const other of below) other.level = nesting
  else failed.splice(0, Infinity, ...failed.filter((other) => !below.includes(other)), { test, level: nesting })
}

/** @param {Ended[]} failed @param {Ended[]} all @returns {string} */
function closing(failed, all) {
  const slowest = [...all].sort((a, b) => b.details.duration_ms - a.details.duration_ms).slice(0, SLOWEST_MAX)
  const times = slowest.map((test) => `  ${seconds(test).padStart(8)}  ${relative(test)}: ${test.name}`)
  const commands = [...new Set(failed.map(command))].map((text) => `  ${text}`)
  const lines = [`The slowest ${slowest.length} of ${all.length} tests:`, ...times]
  if (commands.length > 0) lines.push('', 'To see a failure alone:', ...commands)
  return all.length > 0 ? `${lines.join('\n')}\n` : ''
}

/** @param {Ended} test */
const seconds = ({ details }) => `${(details.duration_ms / 1000).toFixed(1)} s`

/** A file that died as a whole is a test of its name. @param {Ended} test */
function relative({ file, name }) {
  return path.relative(process.cwd(), file ?? path.resolve(name)).replaceAll('\\', '/')
}

/** What runs this test and no other. @param {Ended} test */
function command(test) {
  const file = relative(test)
  const own = path.relative(process.cwd(), process.execPath)
  const node = own.startsWith('..') || path.isAbsolute(own) ? 'node' : own
  const isFile = path.resolve(test.name) === path.resolve(file)
  // Whatever a shell or a regular expression might take otherwise is any character.
  const pattern = isFile ? '' : ` --test-name-pattern='${test.name.replace(/[^\p{L}\p{N} ,:;_-]/gu, '.')}'`
  return `${isDrawn(file) ? 'LEAKGUARD_TEST_ALL=1 ' : ''}${node} --test${pattern} ${file}`
}

/** Whether the file runs a part of its tests only, another one tomorrow. @param {string} file */
function isDrawn(file) {
  try {
    return fs.readFileSync(file, 'utf8').includes('support/draw.js')
  } catch {
    return false
  }
}
