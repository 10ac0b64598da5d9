// @ts-check
// Shows how far long work is: a bar that redraws itself on a terminal, a line every few seconds elsewhere.

'use strict'

const barWidth = 24
const lineEveryMs = 2000

/**
 * @typedef {object} Progress
 * @property {(fraction: number, detail: string) => void} update fraction from 0 to 1
 * @property {() => void} end leaves the cursor at the start of an empty line
 */

/**
 * @param {NodeJS.WriteStream} stream
 * @param {string} label
 * @returns {Progress}
 */
function startProgress(stream, label) {
  return stream.isTTY ? bar(stream, label) : lines(stream, label)
}

/** @param {NodeJS.WriteStream} stream @param {string} label @returns {Progress} */
function bar(stream, label) {
  return {
    update(fraction, detail) {
      const filled = Math.round(Math.min(fraction, 1) * barWidth)
      const text = `${label} [${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${detail}`
      stream.write(`\r${text.slice(0, (stream.columns || 80) - 1)}\x1b[K`)
    },
    end: () => void stream.write('\r\x1b[K')
  }
}

/** @param {NodeJS.WriteStream} stream @param {string} label @returns {Progress} */
function lines(stream, label) {
  let lastAt = performance.now()
  return {
    update(fraction, detail) {
      const isDue = performance.now() - lastAt >= lineEveryMs
      if (!isDue && fraction < 1) return
      lastAt = performance.now()
      stream.write(`${label}: ${Math.floor(Math.min(fraction, 1) * 100)} %, ${detail}\n`)
    },
    end() {}
  }
}

module.exports = { startProgress }
