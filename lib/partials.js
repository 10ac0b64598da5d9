// @ts-check
// Files that are being written, by their names: `NAME.PID-START-SYSTEM-RANDOM.partial`. Removed when this process ends; what
// a killed one has left, when the next file is written in the same folder. Knows no format and no target.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const NAME = /\.(\d+)-(\d+)-([0-9a-z]+)-[0-9a-f]{12}\.partial$/
/** A name has at most 255 bytes: of the target's so many characters are told. */
const TOLD_MAX = 40
/** Looked at in a folder, and removed there, at a time. */
const ENTRIES_MAX = 4096
const REMOVED_MAX = 256
/** Of a process of another system or container nobody knows whether it lives; but a capture takes no longer than this. */
const FOREIGN_MS = 60 * 60_000

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
  const { start, system } = self()
  const name = `${told}.${process.pid}-${start}-${system}-${randomBytes(6).toString('hex')}.partial`
  removeLeft(folder)
  const file = path.join(folder, name)
  if (pending.size === 0) process.on('exit', removePending)
  pending.add(file)
  return file
}

/** It has got its place, or is to go. @param {string} file */
function settle(file) {
  try {
    fs.rmSync(file, { force: true })
  } catch {
    // It was never made: the folder is closed to us.
  }
  pending.delete(file)
  if (pending.size === 0) process.off('exit', removePending)
}

/** When a process started, in the kernel's ticks; undefined where it has ended or the system does not tell. @param {number | 'self'} pid */
function startOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Dead, and not yet buried.
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {}
}

/** @type {{ start: string, system: string } | undefined} */
let own

/** When this process started, and among which processes: of the same boot, in the same namespace of process ids. */
function self() {
  if (own) return own
  let system = 'x'
  try {
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
    const [space] = /\d+/.exec(fs.readlinkSync('/proc/self/ns/pid')) ?? []
    system = `${boot}${Number(space).toString(36)}`
  } catch {}
  own = { start: startOf('self') ?? '0', system }
  return own
}

/** @param {RegExpExecArray} name @param {number} changedMs */
function isLeft([, pid, start, system], changedMs) {
  if (system !== self().system) return Date.now() - changedMs > FOREIGN_MS
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if (/** @type {any} */ (error).code === 'ESRCH') return true
  }
  // Somebody has this id. Where it is told since when, it may be another.
  if (start === '0' || !fs.existsSync(`/proc/${pid}/stat`)) return false
  return startOf(Number(pid)) !== start
}

/** Removes what ended processes have left here. @param {string} folder */
function removeLeft(folder) {
  try {
    const listing = fs.opendirSync(folder)
    try {
      let removed = 0
      for (let seen = 0; seen < ENTRIES_MAX && removed < REMOVED_MAX; seen++) {
        const entry = listing.readSync()
        if (entry === null) return
        const name = NAME.exec(entry.name)
        if (!name) continue
        const file = path.join(folder, entry.name)
        const found = fs.lstatSync(file, { throwIfNoEntry: false })
        if (!found?.isFile() || found.uid !== (process.geteuid?.() ?? found.uid) || !isLeft(name, found.mtimeMs))
          continue
        fs.rmSync(file, { force: true })
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
