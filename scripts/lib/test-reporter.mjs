// A reporter of node:test that is read after each edit: a line for each file, failures whole, skips and diagnostics by
// name, and at the end how many passed.
// Must not know which tests there are, nor what a failure leads to.

import path from 'node:path'

const INDENT = '    '

/** @typedef {{ name: string, file?: string, nesting: number, line?: number, skip?: string | boolean, details?: any, message?: string, column?: number }} Data */

/** @param {AsyncIterable<{ type: string, data: Data }>} source */
export default async function* report(source) {
  const seen = new Set()
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const file = (/** @type {Data} */ data) => (data.file ? path.relative(process.cwd(), data.file) : data.name)
  for await (const { type, data } of source) {
    if (type === 'test:diagnostic' && isAboutTest(data)) yield `${INDENT}${file(data)}: ${data.message}\n`
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message ?? ''
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (!seen.has(file(data))) yield `${file(data)}\n`
    seen.add(file(data))
    const { details = {} } = data
    const isFile = data.nesting === 0 && data.file !== undefined && path.resolve(data.name) === data.file
    if (type === 'test:pass') {
      if (data.skip !== undefined) yield `${INDENT}skip: ${file(data)}, ${data.name}: ${data.skip}\n`
      if (details.type === 'suite' || isFile) continue
      counts[data.skip === undefined ? 'passed' : 'skipped']++
    } else {
      const { error } = details
      // A suite whose tests failed, and a file whose tests did, have said so.
      if (error?.failureType === 'subtestsFailed') continue
      counts.failed++
      yield `FAILED ${file(data)}:${data.line ?? 1}, ${data.name}\n${indented(textOf(error))}\n`
    }
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`
}

/** Node closes with counts of its own. @param {Data} data */
const isAboutTest = (data) =>
  !/^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message ?? '')

/** @param {any} error @returns {string} */
function textOf(error) {
  const cause = error?.cause ?? error
  return String(cause?.stack ?? cause?.message ?? cause)
}

/** @param {string} text */
const indented = (text) => text.replace(/^/gm, INDENT)
