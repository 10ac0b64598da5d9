// @ts-check
// The process that is to be attached to: whether it is there, ours, and Node's; what of it is known from outside. A signal
// that is not handled ends a process: in doubt nothing is sent. Knows /proc, not what is asked of the process.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { CommandError } = require('../errors.js')
const { NODE_TAKES_NEXT } = require('../parse.js')
const { printable } = require('../../base/text.js')

/** Names of Node's own that are in the symbols of each build. */
const OF_NODE = Buffer.from('_ZN4node9inspector')
const CHUNK_BYTES = 1 << 20
/** SIGUSR1 in a mask of signals. */
const USR1 = 1n << BigInt((os.constants.signals.SIGUSR1 ?? 10) - 1)

/**
 * @typedef {object} Target
 * @property {number} pid
 * @property {string} temporary where it has its temporary files
 * @property {boolean | undefined} hasAddon whether leakguard is loaded; undefined where that cannot be told
 * @property {boolean} handlesSignal whether SIGUSR1 does not end it
 * @property {string[]} words its command line
 * @property {string[]} options its options of Node, those of the environment first
 * @property {boolean} isSeen whether the system tells of it
 */

/** @param {string} text */
function pidOf(text) {
  const pid = Number(text)
  return /^[1-9]\d{0,9}$/.test(text) && pid < 2 ** 31 ? pid : undefined
}

/** @param {string} why */
const refused = (why) => new CommandError(printable(why), 2)

/** @param {number} pid @param {string} name */
const procFile = (pid, name) => `/proc/${pid}/${name}`

/** @param {number} pid @param {string} name @returns {string} '' where it cannot be read */
function read(pid, name) {
  try {
    return fs.readFileSync(procFile(pid, name), 'utf8')
  } catch {
    return ''
  }
}

/** @param {number} pid @param {string} name */
function link(pid, name) {
  try {
    return fs.readlinkSync(procFile(pid, name))
  } catch {
    return ''
  }
}

/** Throws unless there is such a process, and it may be asked. @param {number} pid */
function checkIsOurs(pid) {
  if (pid === process.pid) throw refused(`${pid} is this command itself: give the number of the program`)
  try {
    process.kill(pid, 0)
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    if (code === 'EPERM') throw ofAnother(pid)
    throw refused(`there is no process ${pid}`)
  }
}

/** @param {number} pid @param {string} [uid] */
const ofAnother = (pid, uid) =>
  refused(`process ${pid} belongs to another user${uid ? ` (uid ${uid})` : ''}: run this as that user`)

/** Whether a file has Node in it, by its symbols. @param {string} file */
function hasNode(file) {
  const bytes = Buffer.alloc(CHUNK_BYTES + OF_NODE.length)
  const fd = fs.openSync(file, 'r')
  try {
    for (let at = 0; ; at += CHUNK_BYTES) {
      const length = fs.readSync(fd, bytes, 0, bytes.length, at)
      if (bytes.subarray(0, length).includes(OF_NODE)) return true
      if (length < bytes.length) return false
    }
  } finally {
    fs.closeSync(fd)
  }
}

/** Whether it is Node's: its own file, or a library that it has loaded. @param {number} pid @param {string} maps */
function isNode(pid, maps) {
  const [library] = /\/\S*libnode\.so\S*/.exec(maps) ?? []
  for (const file of [procFile(pid, 'exe'), library]) {
    try {
      if (file && hasNode(file)) return true
    } catch {
      // What cannot be read is not known to be Node.
    }
  }
  return false
}

/** @param {string} environ */
const variables = (environ) =>
  new Map(
    environ
      .split('\0')
      .map((line) => /** @type {[string, string]} */ ([line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]))
  )

/** What is known of a process that may be attached to; throws where it may not. @param {number} pid @returns {Target} */
function examine(pid) {
  checkIsOurs(pid)
  const status = read(pid, 'status')
  if (status === '') {
    return {
      pid,
      temporary: os.tmpdir(),
      hasAddon: undefined,
      handlesSignal: false,
      words: [],
      options: [],
      isSeen: false
    }
  }
  const [, uid] = /^Uid:\s+(\d+)/m.exec(status) ?? []
  if (uid !== String(process.geteuid?.())) throw ofAnother(pid, uid)
  if (/^State:\s+[ZX]/m.test(status)) throw refused(`process ${pid} has ended`)
  const maps = read(pid, 'maps')
  if (!isNode(pid, maps)) {
    const name = link(pid, 'exe') || /^Name:\s+(.*)/m.exec(status)?.[1]
    throw refused(`process ${pid} is not a Node.js process, but ${name}`)
  }
  for (const space of ['pid', 'mnt', 'net']) {
    if (link(pid, `ns/${space}`) !== fs.readlinkSync(`/proc/self/ns/${space}`))
      throw refused(`process ${pid} runs in a container of its own: run leakguard attach in there`)
  }
  const env = variables(read(pid, 'environ'))
  const words = read(pid, 'cmdline').split('\0').filter(Boolean)
  const temporary = env.get('TMPDIR') || env.get('TMP') || env.get('TEMP') || '/tmp'
  const caught = /^SigCgt:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0'
  return {
    pid,
    // As Node has it.
    temporary: temporary.length > 1 ? temporary.replace(/\/$/, '') : temporary,
    hasAddon: /\/leakguard[^/]*\.node$/m.test(maps),
    handlesSignal: (BigInt(`0x${caught}`) & USR1) !== 0n,
    words,
    options: [...(env.get('NODE_OPTIONS') ?? '').split(/\s+/), ...words].filter(Boolean),
    isSeen: true
  }
}

/** Whether it still runs. @param {number} pid */
function isThere(pid) {
  try {
    process.kill(pid, 0)
    return !/^State:\s+[ZX]/m.test(read(pid, 'status'))
  } catch {
    return false
  }
}

/** The program that it runs, as people call it. @param {Target} target */
function programOf({ pid, words }) {
  const isScript = (/** @type {string} */ word, /** @type {number} */ at) =>
    at > 0 && !word.startsWith('-') && !NODE_TAKES_NEXT.has(words[at - 1])
  const script = words.find(isScript)
  return script ? `${path.basename(script)} (${pid})` : `process ${pid}`
}

module.exports = { examine, isThere, pidOf, programOf, refused }
