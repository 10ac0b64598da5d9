// @ts-check
// Numbers, sizes, durations, rates and paths as people read them.

import { duration } from '../lib/report/format/header.js'

export { duration }

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']
/** What was seen for less than so many seconds is not told by the minute, or by the hour. */
const MINUTES_MIN_S = 120
const HOURS_MIN_S = 7200

/** Of 1,000 bytes each, as everywhere in leakguard. @param {number} value */
export function bytes(value) {
  let [scaled, at] = [Math.abs(value), 0]
  while (scaled >= 999.95 && at < UNITS.length - 1) [scaled, at] = [scaled / 1000, at + 1]
  return `${value < 0 ? '-' : ''}${at === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[at]}`
}

/** @param {number} value */
export const count = (value) => value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 })

/** @param {number} value @param {string} unit */
export const amount = (value, unit) => (unit === 'bytes' ? bytes(value) : count(value))

/** With its sign. @param {number} value @param {string} unit */
export const change = (value, unit) => (value < 0 ? `−${amount(-value, unit)}` : `+${amount(value, unit)}`)

/**
 * How fast, told in a unit of time that was watched; nothing where it is not known.
 * @param {any} growth @param {number} [spanS] seconds in which it was seen
 */
export function rate({ unit, perOperation, perHour }, spanS = Number.POSITIVE_INFINITY) {
  if (perHour > 0) {
    if (spanS < MINUTES_MIN_S && perHour >= 1800) return `${amount(perHour / 3600, unit)} a second`
    if (spanS < HOURS_MIN_S) return `${amount(perHour / 60, unit)} a minute`
    return `${amount(perHour, unit)} an hour`
  }
  return perOperation > 0 ? `${amount(perOperation, unit)} a call` : ''
}

let root = ''
/** Below this folder paths are shown relative to it. @param {string | undefined} folder */
export function setRoot(folder) {
  root = folder ? `${folder.replace(/[\\/]$/, '')}${folder.includes('\\') ? '\\' : '/'}` : ''
}

/** @param {string} file */
export const shortPath = (file) => (root && file.startsWith(root) ? file.slice(root.length) : file)

/** @param {string} file */
const baseName = (file) => file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)

/** Paths inside of a sentence; of a file whose path stands above it the name. @param {string} text @param {string} [known] */
export function shorten(text, known) {
  const isKnown = known !== undefined && known.length > 1
  const named = isKnown ? text.replaceAll(known, () => baseName(known)) : text
  return root ? named.replaceAll(root, '') : named
}

/** What is undecided or examined, with its process where there are several. @param {{ text: string, process?: number }} line */
export const lineText = ({ text, process: pid }) => (pid === undefined ? text : `process ${pid}: ${text}`)

/** @param {{ file?: string, line?: number, column?: number }} place */
export function placeOf({ file, line }) {
  return file ? `${shortPath(file)}${line ? `:${line}` : ''}` : ''
}
