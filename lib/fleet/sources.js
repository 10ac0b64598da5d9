// @ts-check
// Files and addresses that were named, read one by one, bounded. Knows bytes, not what they say.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { scriptName } = require('../base/script-name.js')

/** Larger files are refused, in bytes. */
const BYTES_MAX = 32 * 1024 * 1024
const FILES_MAX = 20_000
const DEPTH_MAX = 16
/** An address that does not answer for so long is left out, in milliseconds. */
const PATIENCE_MS = 10_000
/** Addresses that are asked at a time. */
const ASKED_MAX = 8
const ENDINGS = /\.(?:json|pb\.gz)$/i
const ADDRESS = /^https?:\/\//i

/** What was read, or why not; `isNamed`: by the caller himself, and not found in a folder. @typedef {{ name: string, isNamed: boolean, bytes?: Uint8Array, atMs?: number, why?: string }} Source */

/** @param {unknown} error */
const whyOf = (error) => {
  const { message, cause } = /** @type {Error & { cause?: Error }} */ (error)
  // An address may stand in it whole.
  return (cause?.message ?? message).replace(/\b[a-z][a-z\d+.-]*:\/\/\S+/gi, (address) => scriptName(address))
}

/** A file or an address as it may be told: without a password or a token. @param {string} name */
const shownName = (name) => (ADDRESS.test(name) ? scriptName(name) : name)

/** Files of a folder that may be reports, in the order of their names. @param {string} folder @param {number} depth @returns {string[]} */
function filesIn(folder, depth = 0) {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) return depth < DEPTH_MAX ? filesIn(file, depth + 1) : []
    return entry.isFile() && ENDINGS.test(entry.name) ? [file] : []
  })
}

/** @param {string} file @param {boolean} isNamed @returns {Source} */
function readFile(file, isNamed) {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
    try {
      const { size, mtimeMs } = fs.fstatSync(fd)
      if (size > BYTES_MAX)
        return { name: file, isNamed, why: `files larger than ${BYTES_MAX / 1024 / 1024} MB are refused` }
      return { name: file, isNamed, bytes: fs.readFileSync(fd), atMs: mtimeMs }
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    return { name: file, isNamed, why: whyOf(error) }
  }
}

/** @param {string} address @returns {Promise<Source>} */
async function ask(address) {
  // Neither a password nor a token of it is told.
  const name = scriptName(address)
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) throw new Error(`it answers ${response.status}`)
    const parts = []
    let length = 0
    for await (const part of /** @type {AsyncIterable<Uint8Array>} */ (/** @type {unknown} */ (response.body ?? []))) {
      length += part.length
      if (length > BYTES_MAX) throw new Error(`answers larger than ${BYTES_MAX / 1024 / 1024} MB are refused`)
      parts.push(part)
    }
    const atMs = Date.parse(response.headers.get('last-modified') ?? '')
    return { name, isNamed: true, bytes: Buffer.concat(parts), ...(Number.isNaN(atMs) ? {} : { atMs }) }
  } catch (error) {
    return { name, isNamed: true, why: whyOf(error) }
  }
}

/** What these names lead to: folders, files, addresses. @param {readonly string[]} names @returns {AsyncGenerator<Source>} */
async function* sourcesOf(names) {
  let files = 0
  for (const name of names.filter((name) => !ADDRESS.test(name))) {
    const isFolder = fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true
    for (const file of isFolder ? filesIn(name) : [name]) {
      if (++files > FILES_MAX) {
        yield { name, isNamed: true, why: `only the first ${FILES_MAX} files are read` }
        return
      }
      yield readFile(file, !isFolder)
    }
  }
  const addresses = names.filter((name) => ADDRESS.test(name))
  for (let at = 0; at < addresses.length; at += ASKED_MAX)
    yield* await Promise.all(addresses.slice(at, at + ASKED_MAX).map(ask))
}

module.exports = { sourcesOf, shownName }
