// @ts-check
// Bytes -> a profile, whoever wrote it: pprof's own, compressed or not. Knows the form, not what is counted in it.
'use strict'

const fs = require('node:fs')
const { promisify } = require('node:util')
const zlib = require('node:zlib')
const { addon } = require('../base/addon.js')
const { LeakguardError, fromAddon } = require('../base/errors.js')

const gunzip = promisify(zlib.gunzip)

/** Bytes of a profile that is read, not compressed. */
const BYTES_MAX = 64 * 1024 * 1024
/** How what gzip writes begins. */
const MAGIC = [0x1f, 0x8b]

/** @typedef {{ name: string, file: string, line: number }} Frame */
/** @typedef {{ key: string, text?: string, number?: number, unit: string }} Label */
/** @typedef {{ stack: number[], values: number[], labels: Label[] }} Sample */
/** @typedef {{ types: { name: string, unit: string }[], defaultType: string, timeMs: number, durationMs: number, program: string, buildId: string, dropFrames: string, keepFrames: string, comments: string[], docUrl: string, frames: Frame[], samples: Sample[] }} Profile */

/** @param {string} what */
const invalid = (what) => new LeakguardError('ERR_LEAKGUARD_INVALID_PROFILE', `no pprof profile: ${what}`)

/** @param {Uint8Array} bytes */
const isCompressed = (bytes) => bytes[0] === MAGIC[0] && bytes[1] === MAGIC[1]

/** @param {Uint8Array} bytes @returns {Promise<Profile>} */
async function readProfile(bytes) {
  let plain = bytes
  if (isCompressed(bytes)) {
    try {
      plain = await gunzip(bytes, { maxOutputLength: BYTES_MAX })
    } catch (error) {
      throw invalid(/** @type {Error} */ (error).message)
    }
  }
  if (plain.length === 0) throw invalid('it is empty')
  if (plain.length > BYTES_MAX) throw invalid(`profiles larger than ${BYTES_MAX / 1024 / 1024} MB are refused`)
  return JSON.parse(fromAddon(() => addon().readProfile(plain)))
}

/** Whether a file is a compressed profile, by how it begins; not whether it can be read. @param {string} file */
function looksLikeProfile(file) {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    try {
      if (!fs.fstatSync(fd).isFile()) return false
      const begin = Buffer.alloc(2)
      return fs.readSync(fd, begin, 0, 2, 0) === 2 && isCompressed(begin)
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return false
  }
}

module.exports = { looksLikeProfile, readProfile }
