// @ts-check
// Snapshots of this process as files that DevTools opens, redacted on the way. Knows bytes, no graph.
'use strict'

const path = require('node:path')
const { addon } = require('../base/addon.js')
const { nowMs } = require('../base/clock.js')
const { aborted, given, invalidArg, ofAddon } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { pourSync } = require('../base/output-place.js')
const { fillAside } = require('../base/write-aside.js')
const { forked } = require('./fork.js')
const { TAKE_RULES } = require('./options.js')
const { checkMemory, takeSnapshot } = require('./snapshot.js')
const { PROGRESS_MS, supervised } = require('./supervise.js')
const { way } = require('./way.js')

/** What a redacted piece may be longer than the piece it came from: a name that began in the one before, held back until
 *  all of it was known, at six bytes for each of its own. */
const REDACTED_EXTRA_BYTES = 64 * 1024

/**
 * Writes pieces of a snapshot to a file as they come, redacted on the way.
 * @param {number} fd @param {any} options
 */
function copyTo(fd, { redact, signal, onProgress }) {
  const redactor = redact ? new (addon().Redactor)() : undefined
  let scratch = Buffer.alloc(0)
  let bytes = 0
  let toldMs = 0
  /** @param {Uint8Array} chunk */
  const redacted = (chunk) => {
    if (!redactor) return chunk
    if (scratch.length < chunk.length + REDACTED_EXTRA_BYTES)
      scratch = Buffer.alloc(chunk.length + REDACTED_EXTRA_BYTES)
    return scratch.subarray(0, redactor.push(chunk, scratch))
  }
  return {
    /** @param {Uint8Array} chunk */
    push(chunk) {
      if (signal?.aborted) throw aborted(signal)
      const out = redacted(chunk)
      pourSync(fd, out)
      bytes += out.length
      if (!onProgress || nowMs() - toldMs < PROGRESS_MS) return
      toldMs = nowMs()
      onProgress({ phase: 'write', fraction: bytes / (bytes + 1e6) })
    },
    finish() {
      redactor?.finish()
      onProgress?.({ phase: 'done', fraction: 1 })
      if (signal?.aborted) throw aborted(signal)
    }
  }
}

/** @param {unknown} target @param {unknown} [options] */
async function writeHeap(target, options) {
  if (typeof target !== 'string' || target === '')
    throw invalidArg(`writeHeap: path must be a non-empty string, got ${target === '' ? "''" : given(target)}`)
  const read = readOptions('writeHeap', TAKE_RULES, options)
  const file = path.resolve(target)
  await way(
    'writeHeap',
    read,
    () => writeWhole(file, read, (fd) => writeForked(fd, read)),
    () => {
      checkMemory('writeHeap', read.force, false)
      return writeWhole(file, read, async (fd) => {
        const copy = copyTo(fd, read)
        takeSnapshot(copy.push)
        copy.finish()
      })
    }
  )
  return file
}

/** @param {number} fd @param {Record<string, any>} read */
async function writeForked(fd, read) {
  await supervised(read, (task) => forked('writeHeap', read, task, (fork) => fork.copyTo(task, fd, read.redact)))
}

/**
 * Has a file written beside its place, and puts it there when it is whole.
 * @param {string} file @param {Record<string, any>} read @param {(fd: number) => Promise<void>} write
 */
async function writeWhole(file, read, write) {
  if (read.signal?.aborted) throw aborted(read.signal)
  try {
    await fillAside(file, ({ fd }) => write(fd), read.signal)
  } catch (error) {
    throw read.signal?.aborted ? aborted(read.signal) : ofAddon(error)
  } finally {
    await addon().giveBackAside()
  }
}

module.exports = { writeHeap }
