// @ts-check
// Whether the code that declares a container bounds it: `if (recent.length > 10_000) recent.shift()`. A ring that is
// filling cannot be told from a leak by anything else. Reads a file, runs nothing.
'use strict'

const fs = require('node:fs')

const FILE_BYTES_MAX = 1_000_000
/** Smaller numbers bound nothing that anybody would take for a leak. */
const BOUND_MIN = 16

/** A number of the language, `10_000` and `1e4` too. @param {string} text */
function numberOf(text) {
  const value = Number(text.replaceAll('_', ''))
  return Number.isFinite(value) && value >= BOUND_MIN ? value : undefined
}

/** @param {string} text for a regular expression, where names may have `$` and `#` */
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether entries are taken out of it anywhere. @param {string} text @param {string} variable a pattern */
const isEmptied = (text, variable) =>
  new RegExp(
    `${variable}\\??\\.(?:shift|pop|splice|delete|clear)\\s*\\(|${variable}\\.length\\s*=[^=]|${variable}\\s*=\\s*[^=;\\n]*\\.(?:slice|filter)\\(|delete ${variable}\\[`,
    'm'
  ).test(text)

/**
 * What bounds a container of this name in this text: the largest number that its size is compared with, or that an index
 * into it is taken by; `Infinity` where that is not a number that can be read; nothing where the code bounds it nowhere.
 * @param {string} text @param {string} name @returns {number | undefined}
 */
function boundIn(text, name) {
  const variable = `(?:^|[^\\w$])(?:[\\w$.#]+\\.)?${quoted(name)}`
  const size = `${variable}\\??\\.(?:length|size)\\s*(?:[<>]=?|===?)\\s*([\\w$.#]+)`
  const turned = `([\\w$.#]+)\\s*(?:[<>]=?|===?)\\s*(?:[\\w$.#]+\\.)?${quoted(name)}\\.(?:length|size)(?![\\w$])`
  const index = `${variable}\\s*\\[[^\\]\\n]*%\\s*([\\w$.#]+)`
  const sizes = isEmptied(text, variable) ? [size, turned] : []
  const found = [...sizes, index].flatMap((pattern) => [...text.matchAll(new RegExp(pattern, 'gm'))])
  const bounds = found.flatMap(([, bound]) => {
    // Loops run up to a length, and lists are asked whether they are empty.
    if (/^(?:i|j|k|n|index|at|0|1)$/.test(bound)) return []
    return [numberOf(bound) ?? numberOf(declared(text, bound) ?? '') ?? (/^[\d.]/.test(bound) ? 0 : Infinity)]
  })
  const telling = bounds.filter((bound) => bound > 0)
  return telling.length > 0 ? Math.max(...telling) : undefined
}

/** The number that a constant or a field is given. @param {string} text @param {string} name */
function declared(text, name) {
  const last = name.split('.').at(-1) ?? name
  return new RegExp(`(?:^|[^\\w$])${quoted(last)}\\s*[:=]\\s*([\\d_.e]+)`, 'm').exec(text)?.[1]
}

/** The same of a file. @param {string | null | undefined} file @param {string | null | undefined} name @returns {number | undefined} */
function boundOf(file, name) {
  if (!file || !name) return undefined
  try {
    if (fs.statSync(file).size > FILE_BYTES_MAX) return undefined
    return boundIn(fs.readFileSync(file, 'utf8'), name)
  } catch {
    return undefined // no file of its own: bundled, evaluated, gone
  }
}

module.exports = { boundIn, boundOf }
