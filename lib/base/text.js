// @ts-check
// Numbers, sizes and foreign text as people read them. Knows neither terminals nor reports.
'use strict'

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']
/** From here on one decimal would read 1000.0. */
const NEXT_UNIT = 999.95

/** Bytes, of 1,000 each as everywhere in leakguard. @param {number} bytes */
function size(bytes) {
  let [scaled, at] = [Math.abs(bytes), 0]
  while (scaled >= NEXT_UNIT && at < UNITS.length - 1) [scaled, at] = [scaled / 1000, at + 1]
  return `${bytes < 0 ? '-' : ''}${at === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[at]}`
}

/** @param {number} value */
const count = (value) => value.toLocaleString('en', { maximumFractionDigits: 0 })

/** Control characters of names that the program chose are shown, not obeyed; so are those that turn text. @param {string} text */
const printable = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (c) => {
    const hex = c.charCodeAt(0).toString(16)
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
  })

/** What a person wrote is cited up to this length. */
const CITED_MAX = 60

/** @param {string} text */
const cited = (text) => `'${text.length > CITED_MAX ? `${text.slice(0, CITED_MAX)}…` : text}'`

/** Of a list with commas. @param {string} text */
const itemsOf = (text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

module.exports = { cited, count, itemsOf, printable, size }
