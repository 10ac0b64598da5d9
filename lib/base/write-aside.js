// @ts-check
// Files that are whole or not there: written aside, for their owner alone, and renamed. What is no regular file is written
// into, and never replaced. Knows no format.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { openStream, placeOf, pour, pourSync } = require('./output-place.js')
const { partialIn, settle } = require('./partials.js')

/** What forbids to make or to rename a file in a folder, and not to write to one that is there. */
const CLOSED = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV'])

/** @param {unknown} error @param {import('./output-place.js').Place} place */
const isClosed = (error, place) => place.kind === 'file' && place.isThere && CLOSED.has(/** @type {any} */ (error).code)

/**
 * Has a file filled, and puts it there when it is whole. What is no regular file gets what was written when that is whole.
 * @param {string} target @param {(handle: import('node:fs/promises').FileHandle) => Promise<void>} fill
 * @param {AbortSignal} [signal] stops what waits for a reader
 * @returns {Promise<string>} the absolute path
 */
async function fillAside(target, fill, signal) {
  const place = placeOf(target)
  // Before the work: it may have nobody who reads.
  const stream = place.kind === 'stream' ? openStream(place) : undefined
  try {
    const { handle, aside, isBeside } = await openAside(place)
    try {
      await fill(handle)
      if (stream) await pour(stream.fd, handle, signal)
      else if (!isBeside || !(await isRenamed(aside, place))) await fillInPlace(place.file, handle)
    } finally {
      await handle.close()
      settle(aside)
    }
  } finally {
    stream?.close()
  }
  return path.resolve(target)
}

/** Beside its place, or, where that is not allowed, where temporary files are. @param {import('./output-place.js').Place} place */
async function openAside(place) {
  const open = async (/** @type {string} */ folder) => {
    const aside = partialIn(folder, place.file)
    try {
      return { handle: await openAbove(aside), aside }
    } catch (error) {
      settle(aside)
      throw error
    }
  }
  if (place.kind === 'stream') return { ...(await open(os.tmpdir())), isBeside: false }
  try {
    return { ...(await open(path.dirname(place.file))), isBeside: true }
  } catch (error) {
    if (!isClosed(error, place)) throw error
    fs.accessSync(place.file, fs.constants.W_OK)
    return { ...(await open(os.tmpdir())), isBeside: false }
  }
}

/** A new file by a descriptor above those of stdin, stdout and stderr: where one of these is closed, the program may write to its number. @param {string} file */
async function openAbove(file) {
  const low = []
  try {
    let handle = await fs.promises.open(file, 'wx+', 0o600)
    for (; handle.fd < 3; handle = await fs.promises.open(file, 'r+')) low.push(handle)
    return handle
  } finally {
    await Promise.all(low.map((one) => one.close()))
  }
}

/** @param {string} aside @param {import('./output-place.js').Place} place */
async function isRenamed(aside, place) {
  try {
    await fs.promises.rename(aside, place.file)
    return true
  } catch (error) {
    if (!isClosed(error, place)) throw error
    return false
  }
}

/** Into a file that cannot be replaced: it is not whole meanwhile, and empty where that fails. @param {string} file @param {import('node:fs/promises').FileHandle} from */
async function fillInPlace(file, from) {
  const into = await fs.promises.open(file, fs.constants.O_WRONLY)
  try {
    await into.truncate()
    await pour(into.fd, from)
  } catch (error) {
    await into.truncate().catch(() => {})
    throw error
  } finally {
    await into.close()
  }
}

/** @param {string} target @param {string | Uint8Array} text */
const writeAside = (target, text) => fillAside(target, (handle) => handle.writeFile(text))

/**
 * The same where nothing can be waited for; `mode` for what is not for its owner alone.
 * @param {string} target @param {string} text @param {number} [mode] @returns {string}
 */
function writeAsideSync(target, text, mode = 0o600) {
  const place = placeOf(target)
  if (place.kind === 'stream') {
    const { fd, close } = openStream(place)
    try {
      pourSync(fd, Buffer.from(text))
    } finally {
      close()
    }
    return path.resolve(target)
  }
  const aside = partialIn(path.dirname(place.file), place.file)
  try {
    fs.writeFileSync(aside, text, { mode, flag: 'wx' })
    fs.renameSync(aside, place.file)
  } catch (error) {
    if (!isClosed(error, place)) throw error
    writeInPlaceSync(place.file, text)
  } finally {
    settle(aside)
  }
  return path.resolve(target)
}

/** @param {string} file @param {string} text */
function writeInPlaceSync(file, text) {
  const fd = fs.openSync(file, fs.constants.O_WRONLY)
  try {
    fs.ftruncateSync(fd)
    pourSync(fd, Buffer.from(text))
  } catch (error) {
    fs.ftruncateSync(fd)
    throw error
  } finally {
    fs.closeSync(fd)
  }
}

module.exports = { fillAside, writeAside, writeAsideSync }
