// @ts-check
// The side of a process that is asked for heaps: looks for a request now and then, has it done, and leaves the answer.
// Knows requests, not how heaps are compared.
'use strict'

const os = require('node:os')
const { nowMs } = require('../base/clock.js')
const { attempt } = require('../base/entry.js')
const { Mailbox } = require('./mailbox.js')

/** So often a request is looked for. */
const LOOK_MS = 1000

/** @typedef {import('./mailbox.js').Request} Request */
/** @typedef {(request: Request, until: AbortSignal, onProgress: (progress: import('./mailbox.js').Progress) => void) => Promise<any>} Compare resolves with a report */

class Answerer {
  /** @param {Compare} compare @param {{ temporary?: string, onDone?: () => void }} [how] */
  constructor(compare, { temporary = os.tmpdir(), onDone = () => {} } = {}) {
    this.compare = compare
    this.onDone = onDone
    this.mailbox = new Mailbox(temporary, process.pid)
    this.lookedMs = Number.NEGATIVE_INFINITY
    /** What is being answered. @type {{ request: Request, controller: AbortController } | undefined} */
    this.current = undefined
  }

  /** Looks, unless it has a moment ago. @param {number} [now] */
  tick(now = nowMs()) {
    if (now - this.lookedMs < LOOK_MS) return
    this.lookedMs = now
    // No file system, no request.
    attempt(() => this.look())
  }

  look() {
    if (this.current) {
      if (this.mailbox.isOver(this.current.request)) this.current.controller.abort()
      return
    }
    const request = this.mailbox.take()
    if (!request) return
    this.current = { request, controller: new AbortController() }
    this.answer(this.current)
  }

  /** @param {{ request: Request, controller: AbortController }} current */
  async answer({ request, controller }) {
    const { mailbox } = this
    const tell = (/** @type {any} */ progress) => attempt(() => mailbox.tell(progress))
    let answer
    try {
      const report = await this.compare(request, controller.signal, tell)
      answer = { report: report.toJSON() }
    } catch (error) {
      const { code, message } = /** @type {any} */ (error)
      answer = { error: { code, message: String(message) } }
    }
    attempt(() => mailbox.leave(request, answer))
    this.current = undefined
    this.onDone()
  }

  stop() {
    this.current?.controller.abort()
  }
}

/** @typedef {InstanceType<typeof Answerer>} AnswererLike */

module.exports = { Answerer }
