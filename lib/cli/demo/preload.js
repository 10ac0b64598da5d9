// @ts-check
// Loaded into the watched server with --require, before its own code: hands out the guard's report when asked over IPC.
// The server knows nothing of it. Must not keep the process alive, nor start the guard: that is the server's part.

'use strict'

process.on('message', (/** @type {any} */ message) => {
  if (message?.type === 'report') process.send?.({ type: 'report', ...takeReport() })
})

// Whoever watches is done, or dead. Signals do not exist everywhere, but the server's answer to one does.
process.on('disconnect', () => {
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit()
})

process.channel?.unref()

function takeReport() {
  try {
    // Not sooner: the guard belongs to the server.
    const report = require('../../../index.js').check()
    return { text: String(report), json: report }
  } catch (error) {
    return { error: String(error) }
  }
}
