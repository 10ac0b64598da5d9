// @ts-check
// Where a path that is written to leads: a regular file that may be replaced by a whole one, or something that can only be
// written into (a terminal, a pipe, a FIFO, a device, a descriptor of this process). Links are followed.
// Must not know what is written.
'use strict'

const { constants } = require('node:fs')
const fs = require('node:fs')
const path = require('node:path')
const { ASIDE } = require('./natives.js')

const LINKS_MAX = 40
/** So long a write waits for a reader that takes nothing, in milliseconds, where nothing else can be done meanwhile. */
const PATIENCE_MS = 5000
const PAUSE_MS = 5
/** "Sticky" and writable by everybody: a folder such as /tmp. */
const EVERYBODYS = 0o1002n

/**
 * @typedef {{ kind: 'file', file: string, isThere: boolean } | { kind: 'stream', file: string, fd?: number }} Place
 *   `file` is no link; `fd` an open descriptor of this process
 */

/** An error as the system gives it. @param {string} code @param {string} what @param {string} file */
const failure = (code, what, file) => Object.assign(new Error(`${code}: ${what}, open '${file}'`), { code, path: file })

/** @param {string} target @returns {Place} */
function placeOf(target) {
  let file = path.resolve(target)
  for (let links = 0; links <= LINKS_MAX; links++) {
    const folder = realOr(path.dirname(file))
    file = path.join(folder, path.basename(file))
    const fd = ownDescriptor(folder, file)
    if (fd !== undefined) return { kind: 'stream', file, fd }
    const found = statOf(file)
    if (!found || found.isFile()) return { kind: 'file', file, isThere: found !== undefined }
    if (found.isDirectory()) throw failure('EISDIR', 'illegal operation on a directory', file)
    if (isForeign(folder, found)) {
      throw failure('EACCES', 'a link or pipe of another user in a world-writable folder', file)
    }
    // A report over the first bytes of a disk is nobody's wish.
    if (found.isBlockDevice()) throw failure('EINVAL', 'a block device', file)
    // What another process has open has a link whose text is no path.
    if (!found.isSymbolicLink() || folder.startsWith('/proc/')) return { kind: 'stream', file }
    const to = fs.readlinkSync(file)
    file = path.isAbsolute(to) ? to : `${folder}/${to}`
  }
  throw failure('ELOOP', 'too many symbolic links encountered', path.resolve(target))
}

/** @param {string} file */
function statOf(file) {
  try {
    return fs.lstatSync(file, { ...ASIDE, throwIfNoEntry: false })
  } catch (error) {
    // Under the permission model a folder may be open to writes alone.
    if (/** @type {any} */ (error).code !== 'ERR_ACCESS_DENIED') throw error
  }
}

/** Without links; as it is where it is not there: to open it tells. @param {string} folder */
function realOr(folder) {
  try {
    return fs.realpathSync.native(folder)
  } catch {
    return path.resolve(folder)
  }
}

/** The number in `/proc/self/fd/1` and its like. @param {string} folder @param {string} file */
function ownDescriptor(folder, file) {
  const name = path.basename(file)
  if (!/^\d+$/.test(name)) return
  if (folder === '/dev/fd') return Number(name)
  const [, pid] = /^\/proc\/(\d+)(?:\/task\/\d+)?\/fd$/.exec(folder) ?? []
  return pid !== undefined && `/proc/${pid}` === realOr('/proc/self') ? Number(name) : undefined
}

/** What Linux calls protected links and FIFOs, which holds for links that are followed here. @param {string} folder @param {fs.BigIntStats} found */
function isForeign(folder, found) {
  if (!process.geteuid) return false
  const { mode, uid } = fs.statSync(folder, ASIDE)
  const isOwn = Number(found.uid) === process.geteuid() || found.uid === uid
  return (mode & EVERYBODYS) === EVERYBODYS && !isOwn
}

/** A descriptor to write into. A FIFO that nobody reads from is an error (ENXIO), not a wait. @param {Extract<Place, { kind: 'stream' }>} place */
function openStream({ fd, file }) {
  if (fd !== undefined) return { fd, close() {} }
  try {
    const flags = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)
    const opened = openAbove(() => fs.openSync(file, flags))
    return { fd: opened, close: () => fs.closeSync(opened) }
  } catch (error) {
    if (/** @type {any} */ (error).code !== 'ENXIO') throw error
    throw failure('ENXIO', 'no process reads from it', file)
  }
}

/** A descriptor above those of stdin, stdout and stderr: where one of these is closed, the program may write to its number. @param {() => number} open */
function openAbove(open) {
  /** @type {number[]} */
  const low = []
  try {
    for (;;) {
      const fd = open()
      if (fd > 2) return fd
      low.push(fd)
    }
  } finally {
    for (const fd of low) fs.closeSync(fd)
  }
}

/** @param {unknown} error */
const isFull = (error) => /** @type {any} */ (error).code === 'EAGAIN'

/** Writes all of it. @param {number} fd @param {Uint8Array} bytes @param {number} [patienceMs] */
function pourSync(fd, bytes, patienceMs = PATIENCE_MS) {
  let waitedMs = 0
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at)
      waitedMs = 0
    } catch (error) {
      if (!isFull(error) || waitedMs >= patienceMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
      waitedMs += PAUSE_MS
    }
  }
}

/**
 * Writes all of a file, for as long as somebody wants it.
 * @param {number} fd @param {import('node:fs/promises').FileHandle} from @param {AbortSignal} [signal]
 */
async function pour(fd, from, signal) {
  const bytes = Buffer.alloc(1 << 16)
  for (let position = 0; ; ) {
    const { bytesRead } = await from.read(bytes, 0, bytes.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    for (let at = 0; at < bytesRead; ) {
      signal?.throwIfAborted()
      at += await some(fd, bytes, at, bytesRead - at)
    }
  }
}

/** Writes what there is room for; waits a little where there is none. @param {number} fd @param {Buffer} bytes @param {number} at @param {number} length @returns {Promise<number>} */
function some(fd, bytes, at, length) {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, at, length, null, (error, written) => {
      if (!error) resolve(written)
      else if (isFull(error)) setTimeout(resolve, PAUSE_MS, 0)
      else reject(error)
    })
  })
}

module.exports = { openStream, placeOf, pour, pourSync }
