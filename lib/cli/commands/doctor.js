// @ts-check
// `leakguard doctor`: what works on this machine, and why the rest does not. Tries things rather than guessing.

'use strict'

const { painter } = require('../colour.js')
const { examine } = require('../doctor/examine.js')
const { printable } = require('../../base/text.js')

/** @type {Record<string, [mark: string, style: 'green' | 'yellow' | 'red']>} */
const MARKS = { works: ['ok  ', 'green'], limited: ['note', 'yellow'], missing: ['no  ', 'red'] }

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show what works on this machine, and why the rest does not',
  options: { json: { type: 'boolean', help: 'Print JSON on stdout' } },
  async run({ options }, io) {
    const checks = await examine(io.env)
    const isFit = checks.every(({ state, isNeeded }) => state !== 'missing' || !isNeeded)
    const told = checks.map(({ isNeeded, ...check }) => check)
    if (options.json) io.stdout.write(`${JSON.stringify({ ok: isFit, checks: told }, null, 2)}\n`)
    else io.stdout.write(toText(checks, isFit, painter(io.stdout, io.env)))
    return isFit ? 0 : 1
  }
}

/** @param {import('../doctor/examine.js').Check[]} checks @param {boolean} isFit @param {ReturnType<typeof painter>} paint */
function toText(checks, isFit, paint) {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.map(({ name, state, detail, advice }) => {
    const [mark, style] = MARKS[state]
    const more = advice ? `\n${' '.repeat(width + 8)}${printable(advice)}` : ''
    return `${paint(style, mark)}  ${name.padEnd(width)}  ${printable(detail)}${more}\n`
  })
  const end = isFit ? 'leakguard works here.' : 'leakguard cannot run here.'
  return `${lines.join('')}\n${paint(isFit ? 'green' : 'red', end)}\n`
}
