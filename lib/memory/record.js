// @ts-check
// Writes samples to a CSV file that `leakguard trend` reads. Knows the format, not what is sampled.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { messageOf } = require('../base/entry.js')
const { performance } = require('../base/natives.js')
const { openStream, placeOf, pourSync } = require('../base/output-place.js')
const { SAMPLE_FIELDS } = require('../base/sample-fields.js')

/** What passes: no descriptor, or no room, for a while. So many samples in a row may be missing for it. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EDQUOT'])
const MISSING_MAX = 60
/** A record ends at this size: some months of a sample every 10 s. */
const BYTES_MAX = 256e6
/** When the process began, in seconds since 1970: a record that the next one goes on with tells a restart by it. */
const HEAD = [...SAMPLE_FIELDS, 'started'].join(',')

class Recorder {
  /** @param {string} file is made, or gone on with @param {(why: string) => void} onFailure called once, then nothing is written any more */
  constructor(file, onFailure) {
    this.file = path.resolve(file)
    this.onFailure = onFailure
    this.isOver = false
    this.bytes = -1
    this.missing = 0
    /** Open where it is no regular file: closed after each line, a FIFO would have ended for its reader. @type {ReturnType<typeof openStream> | undefined} */
    this.stream = undefined
    this.started = Math.round(performance.timeOrigin / 100) / 10
  }

  /** @param {ArrayLike<number>} row the numbers of SAMPLE_FIELDS; NaN is what was not read */
  write(row) {
    if (this.isOver) return
    const fields = SAMPLE_FIELDS.map((_, i) => (Number.isNaN(row[i]) ? '' : String(Math.round(row[i] * 10) / 10)))
    const line = `${fields.join(',')},${this.started}\n`
    try {
      if (this.bytes < 0) this.bytes = this.sizeSoFar()
      if (this.isOver) return
      if (this.bytes + line.length > BYTES_MAX) return this.end(`it has reached ${BYTES_MAX / 1e6} MB`)
      const text = this.bytes === 0 ? `${HEAD}\n${line}` : line
      if (!this.stream) fs.appendFileSync(this.file, text, { mode: 0o600 })
      // A reader that takes nothing must not hold the program.
      else pourSync(this.stream.fd, Buffer.from(text), 0)
      this.bytes += text.length
      this.missing = 0
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error)
      if (PASSING.has(String(code)) && ++this.missing < MISSING_MAX) return
      this.end(messageOf(error))
    }
  }

  /** Of a record to go on with; another file is left as it is. */
  sizeSoFar() {
    const place = placeOf(this.file)
    if (place.kind === 'stream') {
      this.stream = openStream(place)
      return 0
    }
    const size = fs.existsSync(this.file) ? fs.statSync(this.file).size : 0
    if (size === 0) return 0
    const head = Buffer.alloc(HEAD.length + 1)
    const file = fs.openSync(this.file, 'r')
    try {
      fs.readSync(file, head, 0, head.length, 0)
    } finally {
      fs.closeSync(file)
    }
    if (head.toString() !== `${HEAD}\n`) this.end('it exists and is not a record with the same columns')
    return size
  }

  /** @param {string} why */
  end(why) {
    this.isOver = true
    this.stream?.close()
    this.onFailure(why)
  }
}

module.exports = { Recorder }
