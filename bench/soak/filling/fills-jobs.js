// @ts-check
// Jobs that wait for six minutes.
'use strict'

const { setTimeout: wait } = require('node:timers/promises')

const open = new Map()
/** @param {number} id */
async function job(id) {
  open.set(id, { id, headers: { host: 'a', id: `${id}` }, at: Date.now() })
  try {
    await wait(360_000, undefined, { ref: false })
  } finally {
    open.delete(id)
  }
}
module.exports = (/** @type {number} */ n) => void job(n)
