// @ts-check
// Files that are being written, by their names: `NAME.PID-START-PLACE-RANDOM.partial`. Removed when this process ends; what
// a killed one has left, when the next file is written in the same folder. Knows no format and no target.
'use strict'

// Taken when the file loads: a program may replace them later.
const { lstatSync, opendirSync, rmSync } = require('node:fs')
const path = require('node:path')
const { ASIDE } = require('./natives.js')
const { identity, isAlive } = require('./processes.js')

/** What identifies a process, without the spaces and colons that some systems do not have in names. */
const NAME = /\.(\d+)-(\d*)-([0-9a-f]*_\d+|)-[0-9a-f]{12}\.partial$/
const geteuid = process.geteuid
/** A name has at most 255 bytes: of the target's so many characters are told. */
const TOLD_MAX = 40
/** Looked at in a folder, and removed there, at a time. */
const ENTRIES_MAX = 4096
const REMOVED_MAX = 256

/** Those of this thread. @type {Set<string>} */
const pending = new Set()

function removePending() {
  for (const file of pending) settle(file)
}

/** A name for what is to be written to `target`, in this folder. @param {string} folder @param {string} target */
function partialIn(folder, target) {
  // Loaded by the first write: it takes a megabyte, and a guard may never write.
  const { randomBytes } = require('node:crypto')
  const told = path.basename(target).slice(0, TOLD_MAX)
  const own = identity().replaceAll(' ', '-').replace(':', '_')
  const name = `${told}.${own}-${randomBytes(6).toString('hex')}.partial`
  removeLeft(folder)
  const file = path.join(folder, name)
  if (pending.size === 0) process.on('exit', removePending)
  pending.add(file)
  return file
}

/** It has got its place, or is to go. @param {string} file */
function settle(file) {
  try {
    rmSync(file, { force: true })
  } catch {
    // It was never made: the folder is closed to us.
  }
  pending.delete(file)
  if (pending.size === 0) process.off('exit', removePending)
}

/** Whether a file is ours and its process has ended. @param {RegExpExecArray} name @param {import('node:fs').BigIntStats | undefined} found */
function isLeft([, pid, start, place], found) {
  if (!found?.isFile() || (geteuid && Number(found.uid) !== geteuid())) return false
  return !isAlive(`${pid} ${start} ${place.replace('_', ':')}`, Number(found.mtimeMs))
}

/** Removes what ended processes have left here. @param {string} folder */
function removeLeft(folder) {
  try {
    const listing = opendirSync(folder)
    try {
      let removed = 0
      for (let seen = 0; seen < ENTRIES_MAX && removed < REMOVED_MAX; seen++) {
        const entry = listing.readSync()
        if (entry === null) return
        const name = NAME.exec(entry.name)
        if (!name) continue
        const file = path.join(folder, entry.name)
        if (!isLeft(name, lstatSync(file, { ...ASIDE, throwIfNoEntry: false }))) continue
        rmSync(file, { force: true })
        removed++
      }
    } finally {
      listing.closeSync()
    }
  } catch {
    // To list the folder may be forbidden; to write to it need not be.
  }
}

module.exports = { partialIn, settle }
