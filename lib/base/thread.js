// @ts-check
// What reports call the thread that this is. Knows threads, not what they find.
'use strict'

const { isMainThread, threadId } = require('node:worker_threads')

/** Empty for the main thread, `worker 3` for another. */
const THREAD = isMainThread ? '' : `worker ${threadId}`

module.exports = { THREAD }
