// @ts-check
// A session with this thread's own inspector, open for one measurement. Knows the protocol's shape, not what is asked.
'use strict'

const { messageOf } = require('../base/entry.js')

class Inspector {
  /** @param {import('node:inspector').Session} session */
  constructor(session) {
    this.session = session
  }

  /** @returns {{ inspector?: Inspector, why?: string }} the reason where there is none: built without, or not permitted */
  static open() {
    try {
      const { Session } = require('node:inspector')
      const session = new Session()
      session.connect()
      return { inspector: new Inspector(session) }
    } catch (error) {
      return { why: messageOf(error) }
    }
  }

  /** Asks and has the answer at once: the inspector answers its own thread synchronously. @param {string} method @param {object} [params] @returns {any} */
  post(method, params) {
    let answer
    /** @type {any} */
    let failed = new Error(`${method} was not answered`)
    this.session.post(method, params, (error, result) => {
      failed = error
      answer = result
    })
    if (failed) throw new Error(`${method}: ${failed.message}`)
    return answer
  }

  /** What is announced while `work` runs. @param {string} event @param {() => void} work @returns {any[]} */
  during(event, work) {
    /** @type {any[]} */
    const seen = []
    const listener = (/** @type {any} */ message) => seen.push(message.params)
    this.session.on(event, listener)
    try {
      work()
    } finally {
      this.session.off(event, listener)
    }
    return seen
  }

  close() {
    this.session.disconnect()
  }
}

/** @typedef {InstanceType<typeof Inspector>} InspectorLike */

module.exports = { Inspector }
