// @ts-check
// The folder in which the processes of one service leave their reports for one another: who tells of all, who is gone, what
// those had found. It survives each of its processes, is bounded at any number of them, and goes with the last of them.
// Must not know what a guard is, nor where the report of all is written to.
//
//   first        identity of the process that tells of all
//   PID.json     report of a process that is there, or was killed
//   ended.json   summary of those that have ended
//   PID.progress what a process is at that compares heaps
//   lock         held while one of these is decided on
'use strict'

// Taken when the file loads: a program may replace them later.
const { closeSync, existsSync, lstatSync, mkdirSync, mkdtempSync, openSync, opendirSync } = require('node:fs')
const { rmSync, rmdirSync, utimesSync, writeFileSync, writeSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { undecided } = require('./lines.js')
const { Together, readPart, together } = require('./merge.js')
const { ASIDE } = require('../base/natives.js')
const { PREFIX, homeIn, makeHome, readSmall, whyNotOurs } = require('../base/own-folder.js')
const { identity, isAlive } = require('../base/processes.js')
const { programName } = require('../base/program.js')
const { isReplaced } = require('./files.js')
const { writeAsideSync } = require('../base/write-aside.js')

const { now } = Date
const { wait } = Atomics
/** The folder's name, for whom it may concern. */
const PARTS = 'LEAKGUARD_PARTS'
const PART_NAME = /^[1-9]\d{0,9}\.json$/
const PROGRESS_NAME = /^[1-9]\d{0,9}\.progress$/
const PROGRESS_BYTES_MAX = 1000
/** Parts that are read at a time, the newest, and how often what killed processes left is summed up at a time. */
const PARTS_MAX = 64
const ROUNDS_MAX = 16
const PART_BYTES_MAX = 1e6
const ENDED_BYTES_MAX = 8e6
const IDENTITY_BYTES_MAX = 200
/** Names of a folder that are read. */
const NAMES_MAX = 4096
/** Folders of dead services that are removed at a start, and how old they must be. */
const CLEANED_MAX = 16
const CLEANED_AGE_MS = 10_000
/** A lock is held for milliseconds. */
const LOCK_PAUSE_MS = 10
const LOCK_PAUSES_MAX = 100
const LOCK_STALE_MS = 10_000
/** A part that is empty for longer is not being made. */
const MADE_MS = 2000
/** Others may remove what is made, before something is in it. */
const TRIES_MAX = 3

/** @typedef {import('./merge.js').Part} Part */
/** @typedef {Part & { file: string, isThere: boolean }} PartOfOther */

/** @template T @param {() => T} work @param {T} otherwise @returns {T} */
function attempt(work, otherwise) {
  try {
    return work()
  } catch {
    return otherwise
  }
}

/** @param {string} folder @param {number} [max] */
function namesIn(folder, max = NAMES_MAX) {
  const names = []
  const open = opendirSync(folder)
  try {
    for (let entry = open.readSync(); entry && names.length < max; entry = open.readSync()) names.push(entry.name)
  } finally {
    open.closeSync()
  }
  return names
}

/** Of a name and at a place that only this file gives: it may be made again, and removed with all in it. @param {string} folder */
const isMade = (folder) =>
  path.basename(folder).startsWith(PREFIX) && homeIn(path.dirname(path.dirname(folder))) === path.dirname(folder)

/** What lies there and is no file is not ours, and might keep a writer waiting. @param {string} file */
function makeRoom(file) {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) rmSync(file, { force: true, recursive: true })
}

class Parts {
  isFirst = false
  isLocked = false

  /** @param {string} folder @param {boolean} [isWatched] whether this process has a report of its own */
  constructor(folder, isWatched = true) {
    this.folder = folder
    this.isWatched = isWatched
    this.me = identity()
    this.own = path.join(folder, `${process.pid}.json`)
  }

  /**
   * The folder that the environment names, if it is one that can be trusted.
   * @param {string} folder @param {(why: string) => void} tell
   */
  static join(folder, tell) {
    const why = path.isAbsolute(folder) ? whyNotOurs(folder) : 'it must be an absolute path'
    if (why) return void tell(`${PARTS} is ignored: ${why}`)
    // One that is gone is made again: others who miss it meet there.
    if (why === undefined && !isMade(folder)) return
    const parts = new Parts(folder)
    return attempt(() => parts.enter(), undefined)
  }

  /**
   * A new folder, in the first of these places in which one can be made.
   * @param {string[]} places @param {{ isWatched?: boolean }} [options] @returns {Parts} throws the error of the first place
   */
  static make(places, { isWatched = true } = {}) {
    let lost
    for (const place of places) {
      const home = homeIn(place)
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        let folder = ''
        try {
          makeHome(home)
          folder = mkdtempSync(path.join(home, PREFIX))
          const parts = new Parts(folder, isWatched).enter()
          clean(home, folder)
          return parts
        } catch (error) {
          lost ??= error
          if (folder) remove(folder)
        }
      }
    }
    throw lost
  }

  /** Is one of the service's processes from now on. */
  enter() {
    for (let tries = 1; ; tries++) {
      try {
        if (isMade(this.folder)) {
          makeHome(path.dirname(this.folder))
          attempt(() => mkdirSync(this.folder, { mode: 0o700 }), undefined)
        }
        if (this.isWatched) this.sign()
        this.lead()
        return this
      } catch (error) {
        if (tries === TRIES_MAX) throw error
      }
    }
  }

  /** That this process is there is known before it has anything to tell. */
  sign() {
    const part = {
      verdict: 'undecided',
      findings: [],
      undecided: [undecided('not-judged', 'the process ended before its first check')],
      ...this.signature()
    }
    rmSync(this.own, { force: true, recursive: true })
    writeFileSync(this.own, JSON.stringify(part), { mode: 0o600, flag: 'wx' })
  }

  signature() {
    return { process: this.me, program: programName() }
  }

  /** Identity of the first process, if it is there; undefined where that cannot be told, as without descriptors. */
  first() {
    const file = path.join(this.folder, 'first')
    try {
      const name = readSmall(file, IDENTITY_BYTES_MAX) ?? ''
      return name === this.me || isAlive(name, lstatSync(file).mtimeMs) ? name : ''
    } catch (error) {
      return /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT' ? '' : undefined
    }
  }

  /** Whether this process tells of all: it did, or no other one does any more. */
  lead() {
    const file = path.join(this.folder, 'first')
    if (this.first() === '') {
      this.locked(() => {
        if (this.first() !== '') return
        makeRoom(file)
        writeFileSync(file, this.me, { mode: 0o600 })
      })
    }
    const first = this.first()
    if (first !== undefined) this.isFirst = first === this.me
    if (this.isFirst) attempt(() => utimesSync(file, now() / 1000, now() / 1000), undefined)
    return this.isFirst
  }

  /** The newest parts of other processes, and how many more there are: who knows how many where that cannot be told. @returns {{ others: PartOfOther[], unread: number }} */
  read() {
    const own = path.basename(this.own)
    const names = attempt(() => namesIn(this.folder), undefined)
    if (!names) return { others: [], unread: Number.POSITIVE_INFINITY }
    const parts = names.filter((name) => PART_NAME.test(name) && name !== own)
    const files = parts.flatMap((name) => {
      const file = path.join(this.folder, name)
      const stat = attempt(() => lstatSync(file, ASIDE), undefined)
      return stat?.isFile() ? [{ file, mtimeMs: Number(stat.mtimeMs) }] : []
    })
    const newest = files.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(0, PARTS_MAX)
    return { others: newest.map(toPart), unread: files.length - newest.length }
  }

  /** The summary of those that have ended. Throws where it cannot be read, as without descriptors. */
  ended() {
    const file = path.join(this.folder, 'ended.json')
    const text = existsSync(file) ? readSmall(file, ENDED_BYTES_MAX) : undefined
    return Together.read(attempt(() => JSON.parse(text ?? ''), undefined))
  }

  /** These processes are no more: they become part of the summary. @param {Part[]} parts @returns {boolean} whether it could be written */
  sumUp(parts) {
    return parts.length === 0 || this.keep(together(parts))
  }

  /** @param {import('./merge.js').TogetherLike} ended */
  keep(ended) {
    const file = path.join(this.folder, 'ended.json')
    return attempt(() => {
      const text = JSON.stringify(ended.add(this.ended()))
      makeRoom(file)
      return Boolean(writeAsideSync(file, text))
    }, false)
  }

  /** What killed processes have left. */
  bury() {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const dead = this.read().others.filter(({ isThere }) => !isThere)
      if (dead.length === 0 || !this.sumUp(dead)) return
      for (const { file } of dead) rmSync(file, { force: true })
    }
  }

  /** Leaves this process' report for the first one. @param {import('../..').LeakReport} report */
  leave(report) {
    const json = /** @type {any} */ (report.toJSON())
    const whole = JSON.stringify({ ...json, ...this.signature() })
    const { details: { header } = /** @type {any} */ ({}), ...short } = json
    const shortened = { ...short, ...(header ? { details: { header } } : {}), ...this.signature() }
    makeRoom(this.own)
    writeAsideSync(this.own, whole.length < PART_BYTES_MAX ? whole : JSON.stringify(shortened))
  }

  /** Tells how far this process is. @param {object | undefined} progress none once it is done */
  leaveProgress(progress) {
    const file = path.join(this.folder, `${process.pid}.progress`)
    if (progress) writeAsideSync(file, JSON.stringify(progress))
    else rmSync(file, { force: true })
  }

  /** How far a process is, the one that told it last. @returns {any} */
  progress() {
    const files = attempt(() => namesIn(this.folder), [])
      .filter((name) => PROGRESS_NAME.test(name))
      .map((name) => path.join(this.folder, name))
    const timeOf = (/** @type {string} */ file) => attempt(() => lstatSync(file).mtimeMs, 0)
    const [newest] = files.sort((a, b) => timeOf(b) - timeOf(a))
    return newest && attempt(() => JSON.parse(readSmall(newest, PROGRESS_BYTES_MAX) ?? ''), undefined)
  }

  /** The service: these processes, others, and those that have ended. @param {Part[]} own */
  together(own) {
    const { others, unread } = this.read()
    const all = together(
      [...own, ...others],
      attempt(() => this.ended(), undefined)
    )
    all.unread = unread
    all.living = own.length + others.filter(({ isThere }) => isThere).length + unread
    return all
  }

  /** The same, once what killed processes have left is summed up. @param {Part[]} own */
  look(own) {
    this.locked(() => this.bury(), 0)
    return this.together(own)
  }

  /**
   * This process ends. The first one tells of all, so does who ends when there is none; who ends last removes the folder.
   * @param {Part[]} own its report, if it has one @param {(all: import('./merge.js').TogetherLike) => void} [tell]
   * @returns {import('./merge.js').TogetherLike} what is known of all
   */
  end(own, tell = () => {}) {
    // The folder may have been removed by hand; it is made again, since others may be there.
    if (!existsSync(this.folder)) attempt(() => this.enter(), undefined)
    const known = this.locked(() => {
      const isFirst = this.lead()
      this.bury()
      const all = this.together(own)
      if (isFirst) tell(all)
      if (all.living === own.length && (isFirst || this.first() === '')) remove(this.folder)
      else if (this.sumUp(own)) rmSync(this.own, { force: true })
      else for (const { report } of own) attempt(() => this.leave(report), undefined)
      if (isFirst) rmSync(path.join(this.folder, 'first'), { force: true })
      return all
    })
    if (known) return known
    // Nobody else could be kept out: others find it where it is.
    for (const { report } of own) attempt(() => this.leave(report), undefined)
    const all = this.together(own)
    if (this.isFirst || this.first() === '') tell(all)
    return all
  }

  /**
   * Nobody else decides meanwhile. Who has died with the lock is not waited for.
   * @template T @param {() => T} work @param {number} [pauses] to wait for at most @returns {T | undefined} nothing without the lock
   */
  locked(work, pauses = LOCK_PAUSES_MAX) {
    if (this.isLocked) return work()
    const lock = path.join(this.folder, 'lock')
    if (!this.lock(lock, pauses)) return
    this.isLocked = true
    try {
      return work()
    } finally {
      this.isLocked = false
      attempt(() => rmSync(lock, { force: true }), undefined)
    }
  }

  /** @param {string} lock @param {number} pauses */
  lock(lock, pauses) {
    for (let pause = 0; ; pause++) {
      try {
        const fd = openSync(lock, 'wx', 0o600)
        // On a full disk it stays empty, and is a lock all the same.
        attempt(() => writeSync(fd, this.me), 0)
        closeSync(fd)
        return true
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') return false
      }
      if (isStale(lock)) attempt(() => rmSync(lock, { force: true, recursive: true }), undefined)
      if (pause >= pauses) return false
      wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS)
    }
  }
}

/** @param {string} lock */
function isStale(lock) {
  const mtimeMs = attempt(() => lstatSync(lock).mtimeMs, undefined)
  if (mtimeMs === undefined) return false
  const holder = attempt(() => readSmall(lock, IDENTITY_BYTES_MAX), undefined)
  return now() - mtimeMs > LOCK_STALE_MS || (holder !== undefined && holder !== '' && !isAlive(holder, mtimeMs))
}

/** @param {{ file: string, mtimeMs: number }} part @returns {PartOfOther} */
function toPart({ file, mtimeMs }) {
  const pid = Number.parseInt(path.basename(file), 10)
  let [text, isKnown] = ['', true]
  try {
    text = readSmall(file, PART_BYTES_MAX) ?? 'too large'
  } catch {
    isKnown = false
  }
  const json = attempt(() => JSON.parse(text), undefined)
  const isSigned = typeof json?.process === 'string' && json.process.startsWith(`${pid} `)
  // A part without a signature stays as it is; but for one that is being made, or cannot be read now.
  const isNew = text === '' && now() - mtimeMs < MADE_MS
  const isThere = isSigned ? isAlive(json.process, mtimeMs) : !isKnown || isNew
  const program = typeof json?.program === 'string' ? json.program : ''
  return { pid, report: readPart(json), program, file, isThere }
}

/** A folder that was made here is removed with all in it; of another one, only what is ours. @param {string} folder */
function remove(folder) {
  if (isMade(folder)) {
    attempt(() => rmSync(folder, { recursive: true, force: true }), undefined)
    attempt(() => rmdirSync(path.dirname(folder)), undefined)
  } else {
    const ours = attempt(() => namesIn(folder), []).filter(
      (name) => PART_NAME.test(name) || PROGRESS_NAME.test(name) || ['first', 'ended.json', 'lock'].includes(name)
    )
    for (const name of ours) attempt(() => rmSync(path.join(folder, name), { force: true }), undefined)
  }
  return true
}

/** Removes the folders of services all of whose processes are gone. @param {string} home @param {string} own */
function clean(home, own) {
  let removed = 0
  for (const name of attempt(() => namesIn(home), [])) {
    const folder = path.join(home, name)
    if (removed === CLEANED_MAX) return
    if (folder === own || !isMade(folder) || whyNotOurs(folder) !== '') continue
    if (now() - attempt(() => lstatSync(folder).mtimeMs, now()) < CLEANED_AGE_MS) continue
    const parts = new Parts(folder)
    const isOver = () => {
      const { others, unread } = parts.read()
      return parts.first() === '' && unread === 0 && others.every(({ isThere }) => !isThere)
    }
    if (isOver() && parts.locked(() => isOver() && remove(folder), 0)) removed++
  }
}

/** Whether the process that started this one tells of all, and has nothing of its own to tell. @param {string} folder */
function isLaunched(folder) {
  const name = attempt(() => readSmall(path.join(folder, 'first'), IDENTITY_BYTES_MAX), undefined)
  return name?.startsWith(`${process.ppid} `) === true && !existsSync(path.join(folder, `${process.ppid}.json`))
}

/** A new folder for a service whose reports go there. @param {import('../base/outputs.js').Output[]} report @param {{ isWatched?: boolean }} [options] */
function makeParts(report, options) {
  const files = report.flatMap(({ file }) => (file !== undefined && isReplaced(file) ? [file] : []))
  return Parts.make([os.tmpdir(), ...files.map((file) => path.dirname(file))], options)
}

/** Processes of a service within another one have ended. @param {string} folder of the other @param {import('./merge.js').TogetherLike} ended */
function handOver(folder, ended) {
  if (whyNotOurs(folder) !== '') return
  const parts = new Parts(folder)
  parts.locked(() => parts.keep(ended))
}

/** @typedef {InstanceType<typeof Parts>} PartsLike */

module.exports = { PARTS, Parts, handOver, isLaunched, makeParts }
