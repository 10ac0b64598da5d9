// @ts-check
// Writes samples to a CSV file that `leakguard trend` reads. Knows the format, not what is sampled.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** A record ends at this size: some months of a sample every 10 s. */
const BYTES_MAX = 256e6
const HEAD = 't,heapUsed,external,arrayBuffers,rss,malloc.used,malloc.free,limit,gc.major,gc.minor,gc.floor,gc.floorExt'

class Recorder {
  /** @param {string} file is made, or gone on with @param {(why: string) => void} onFailure called once, then nothing is written any more */
  constructor(file, onFailure) {
    this.file = path.resolve(file)
    this.onFailure = onFailure
    this.isOver = false
    this.bytes = -1
  }

  /** @param {ArrayLike<number>} row the numbers of HEAD; NaN is what was not read */
  write(row) {
    if (this.isOver) return
    const fields = HEAD.split(',').map((_, i) => (Number.isNaN(row[i]) ? '' : String(Math.round(row[i] * 10) / 10)))
    const line = `${fields.join(',')}\n`
    try {
      if (this.bytes < 0) this.bytes = fs.existsSync(this.file) ? fs.statSync(this.file).size : 0
      if (this.bytes + line.length > BYTES_MAX) return this.end(`it has reached ${BYTES_MAX / 1e6} MB`)
      const text = this.bytes === 0 ? `${HEAD}\n${line}` : line
      fs.appendFileSync(this.file, text, { mode: 0o600 })
      this.bytes += text.length
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error))
    }
  }

  /** @param {string} why */
  end(why) {
    this.isOver = true
    this.onFailure(why)
  }
}

module.exports = { Recorder }
