// @ts-check
// Which process is meant, and whether it is still there. A number alone does not tell: the system gives it out again, and
// each container counts from 1. Knows processes, not what they do.
'use strict'

// Taken when the file loads: a program may replace them later.
const { readFileSync, readlinkSync } = require('node:fs')
const { kill, pid: own } = process
const { now } = Date

/** What is named from another machine or container lives for as long as its trace is renewed: with this to spare. */
const TRACE_MS_MAX = 24 * 3_600_000

/** @template T @param {() => T} read @param {T} otherwise @returns {T} */
function attempt(read, otherwise) {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** The boot of the machine and the namespace of process numbers: a number means something within these. */
const PLACE = attempt(() => {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
  return `${boot}:${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]}`
}, '')

/** When it began, in ticks since the boot; '' if there is none; undefined where that cannot be told. @param {string | number} pid */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return /^[ZX]/.test(fields[0]) ? '' : fields[19]
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    return PLACE !== '' && (code === 'ENOENT' || code === 'ESRCH') ? '' : undefined
  }
}

/** This process, in a word that another one can judge. */
const identity = () => `${own} ${startOf(own) ?? ''} ${PLACE}`

/**
 * Whether the process of this identity is there. What cannot be told counts as there.
 * @param {string} name an identity, or a number alone @param {number} seenMs when its trace was written
 */
function isAlive(name, seenMs) {
  const [pid, start = '', place = PLACE] = name.split(' ')
  if (!/^[1-9]\d{0,9}$/.test(pid)) return false
  if (place !== PLACE) return now() - seenMs < TRACE_MS_MAX
  const since = startOf(pid)
  if (since !== undefined) return since !== '' && (start === '' || start === since)
  try {
    return kill.call(process, Number(pid), 0)
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

module.exports = { identity, isAlive }
