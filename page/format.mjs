// @ts-check
// Numbers, sizes, durations and paths as people read them.

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** Of 1,000 bytes each, as everywhere in leakguard. @param {number} value */
export function bytes(value) {
  let [scaled, at] = [Math.abs(value), 0]
  while (scaled >= 999.95 && at < UNITS.length - 1) [scaled, at] = [scaled / 1000, at + 1]
  return `${value < 0 ? '-' : ''}${at === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[at]}`
}

/** @param {number} value */
export const count = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })

/** @param {number} value @param {string} unit */
export const amount = (value, unit) => (unit === 'bytes' ? bytes(value) : count(value))

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 120) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`
  if (seconds < 7200) return `${Number((seconds / 60).toFixed(seconds < 600 ? 1 : 0))} min`
  if (seconds < 172_800) return `${Number((seconds / 3600).toFixed(1))} h`
  return `${Number((seconds / 86_400).toFixed(1))} d`
}

let root = ''
/** Below this folder paths are shown relative to it. @param {string | undefined} folder */
export function setRoot(folder) {
  root = folder ? `${folder.replace(/[\\/]$/, '')}${folder.includes('\\') ? '\\' : '/'}` : ''
}

/** @param {string} file */
export const shortPath = (file) => (root && file.startsWith(root) ? file.slice(root.length) : file)

/** Paths inside of a sentence. @param {string} text */
export const shorten = (text) => (root ? text.replaceAll(root, '') : text)

/** What is undecided or examined, with its process where there are several. @param {{ text: string, process?: number }} line */
export const lineText = ({ text, process: pid }) => (pid === undefined ? text : `process ${pid}: ${text}`)

/** @param {{ file?: string, line?: number, column?: number }} place */
export function placeOf({ file, line }) {
  return file ? `${shortPath(file)}${line ? `:${line}` : ''}` : ''
}
