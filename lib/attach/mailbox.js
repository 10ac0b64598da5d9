// @ts-check
// How a process is asked for heaps by another one of its user: a folder that has its number, in which the one leaves a
// request and the other says how far it is and what it found. Knows the files, not what is done.
//
//   request.json    who asks, and for what
//   taken           made by who answers: nobody else does
//   progress.json   how far it is
//   stop            made by who asks: what is known so far will do
//   answer.json     the report, or an error
'use strict'

// Taken when the file loads: a program may replace them later.
const { closeSync, existsSync, mkdirSync, openSync, rmSync, rmdirSync } = require('node:fs')
const path = require('node:path')
const { homeIn, makeHome, readSmall, whyNotOurs } = require('../base/own-folder.js')
const { identity, isAlive } = require('../base/processes.js')
const { writeAsideSync } = require('../base/write-aside.js')

const { now } = Date
const REQUEST_BYTES_MAX = 4096
const ANSWER_BYTES_MAX = 256e6
/** Heaps of one request, and the time before each, in milliseconds. */
const HEAPS_MAX = 8
const GAP_MS_MAX = 24 * 3_600_000

/** @typedef {{ asker: string, gapsMs: number[] }} Request */
/** @typedef {{ phase: string, heap: number, heaps: number, leftMs?: number }} Progress */
/** @typedef {{ report?: any, error?: { code?: string, message: string } }} Answer */

class Mailbox {
  /** @param {string} temporary folder of the process that is asked @param {number} pid its number */
  constructor(temporary, pid) {
    this.home = homeIn(temporary)
    this.folder = path.join(this.home, `ask-${pid}`)
  }

  /** @param {string} name */
  file(name) {
    return path.join(this.folder, name)
  }

  /** @param {string} name @param {number} bytesMax @returns {any} undefined where there is none, or no JSON */
  read(name, bytesMax) {
    try {
      return JSON.parse(readSmall(this.file(name), bytesMax) ?? '')
    } catch {
      // It may be there later.
    }
  }

  /** @param {string} name @param {unknown} value */
  write(name, value) {
    writeAsideSync(this.file(name), JSON.stringify(value))
  }

  /** Whether something may be asked: one look at the file system, for who is seldom asked. */
  hasRequest() {
    return existsSync(this.file('request.json'))
  }

  // ---- who asks

  /** Throws where the folder cannot be made, and where another process is asking (EEXIST). @param {number[]} gapsMs */
  ask(gapsMs) {
    makeHome(this.home)
    try {
      mkdirSync(this.folder, { mode: 0o700 })
    } catch (error) {
      // Who asked before may have been killed.
      const before = this.read('request.json', REQUEST_BYTES_MAX)
      if (before && isAlive(String(before.asker), now())) throw error
      this.clear()
      mkdirSync(this.folder, { mode: 0o700 })
    }
    this.write('request.json', { asker: identity(), gapsMs })
  }

  isTaken() {
    return existsSync(this.file('taken'))
  }

  /** @returns {Progress | undefined} */
  progress() {
    return this.read('progress.json', REQUEST_BYTES_MAX)
  }

  /** @returns {Answer | undefined} */
  answer() {
    return this.read('answer.json', ANSWER_BYTES_MAX)
  }

  /** What is known so far will do. */
  stop() {
    closeSync(openSync(this.file('stop'), 'w', 0o600))
  }

  /** Nothing is left. */
  clear() {
    rmSync(this.folder, { recursive: true, force: true })
    try {
      rmdirSync(this.home)
    } catch {
      // Others have something there.
    }
  }

  // ---- who answers

  /** The request, if there is one of this user's that nobody else answers. @returns {Request | undefined} */
  take() {
    if (!this.hasRequest() || whyNotOurs(this.home) !== '' || whyNotOurs(this.folder) !== '') return
    const request = this.read('request.json', REQUEST_BYTES_MAX)
    if (!isRequest(request) || !isAlive(request.asker, now())) return
    try {
      closeSync(openSync(this.file('taken'), 'wx', 0o600))
      return request
    } catch {
      // Somebody else was first.
    }
  }

  /** Whether who asked wants an end: by a word, or by having gone. @param {Request} request */
  isOver({ asker }) {
    return existsSync(this.file('stop')) || !this.hasRequest() || !isAlive(asker, now())
  }

  /** @param {Progress} progress */
  tell({ phase, heap, heaps, leftMs }) {
    if (this.hasRequest()) this.write('progress.json', { phase, heap, heaps, leftMs })
  }

  /** @param {Request} request @param {Answer} answer */
  leave({ asker }, answer) {
    if (this.hasRequest()) this.write('answer.json', answer)
    // Nobody is there to take it away.
    if (!isAlive(asker, now())) this.clear()
  }
}

/** @param {any} value @returns {value is Request} */
const isRequest = (value) =>
  typeof value?.asker === 'string' &&
  Array.isArray(value.gapsMs) &&
  value.gapsMs.length >= 2 &&
  value.gapsMs.length <= HEAPS_MAX &&
  value.gapsMs.every((/** @type {unknown} */ ms) => typeof ms === 'number' && ms >= 0 && ms <= GAP_MS_MAX)

/** @typedef {InstanceType<typeof Mailbox>} MailboxLike */

module.exports = { Mailbox }
