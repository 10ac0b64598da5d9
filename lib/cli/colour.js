// @ts-check
// Colours for a terminal. Where none are wanted every function returns its text as it is.

'use strict'

/** @typedef {'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'} Style */

/** @type {Record<Style, [open: number, close: number]>} */
const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] }

/**
 * How to paint text for this stream: on a terminal only, and not with NO_COLOR (https://no-color.org).
 * @param {NodeJS.WriteStream} stream
 * @param {Record<string, string | undefined>} env
 * @returns {(style: Style, text: string) => string}
 */
function painter(stream, env) {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === 'dumb') return (_style, text) => text
  return (style, text) => `\x1b[${codes[style][0]}m${text}\x1b[${codes[style][1]}m`
}

/**
 * A report's text with the places to look at made to stand out. The text itself stays as it is.
 * @param {string} text
 * @param {ReturnType<typeof painter>} paint
 */
function paintReport(text, paint) {
  return text
    .replace(/(?<=^|[\s(])[^\s(]+\.[cm]?[jt]sx?:\d+(:\d+)?/gm, (place) => paint('cyan', place))
    .replace(/~{2,}/g, (mark) => paint('red', mark))
    .replace(/\b(leaking|clean|undecided)\b/, (verdict) => paint(verdictStyle(verdict), verdict))
}

/** @param {string} verdict @returns {Style} */
function verdictStyle(verdict) {
  if (verdict === 'clean') return 'green'
  return verdict === 'leaking' ? 'red' : 'yellow'
}

module.exports = { painter, paintReport }
