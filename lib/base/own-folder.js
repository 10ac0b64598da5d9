// @ts-check
// Folders of this user's alone, below the temporary folder, in which processes leave files for one another; and how a file is
// read there. Must not know what they say.
'use strict'

// Taken when the file loads: a program may replace them later.
const { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readFileSync } = require('node:fs')
const path = require('node:path')
const { ASIDE } = require('./natives.js')

/** The names of those that are made begin so. */
const PREFIX = 'leakguard-'

/** A regular file, whole; undefined where there is none, or a larger one. A link is not followed, a FIFO not waited for. @param {string} file @param {number} bytesMax */
function readSmall(file, bytesMax) {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  // What is no file is not even opened: a device may hear of it.
  if (!lstatSync(file, ASIDE).isFile()) return
  const fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stat = fstatSync(fd, ASIDE)
    return stat.isFile() && stat.size <= bytesMax ? readFileSync(fd, 'utf8') : undefined
  } finally {
    closeSync(fd)
  }
}

/** Why this is no folder of this user's alone; '' if it is, undefined if there is nothing. @param {string} folder */
function whyNotOurs(folder) {
  try {
    const stat = lstatSync(folder)
    if (!stat.isDirectory()) return 'it is not a folder'
    const uid = process.geteuid?.()
    if (uid === undefined) return ''
    if (stat.uid !== uid) return 'it belongs to another user'
    return (stat.mode & 0o022) === 0 ? '' : 'other users may write to it'
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : message
  }
}

/** Where this user's services have their folders: below the temporary folder, or where reports go. @param {string} below */
const homeIn = (below) => path.join(path.resolve(below), `${PREFIX}${process.geteuid?.() ?? 'user'}`)

/** @param {string} folder */
function makeHome(folder) {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch {
    // It is there, or the next line says why it cannot be used.
  }
  const why = whyNotOurs(folder)
  if (why) throw new Error(`${folder} cannot be used: ${why}`)
}

module.exports = { PREFIX, homeIn, makeHome, readSmall, whyNotOurs }
