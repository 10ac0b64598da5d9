// @ts-check
// Loaded into the watched server with --require, before its own code: when asked over IPC it captures the heap, or
// hands out what the guard and the captured heaps say. The server knows nothing of it.
// Must not keep the process alive, nor start the guard: that is the server's part.

'use strict'

/** How often load.js has the heap captured. */
const CAPTURES = 3

/** @type {import('../../../index.js').HeapGraph[]} */
const graphs = []

/** @type {Record<string, () => Promise<object>>} */
const answers = {
  async capture() {
    // Of the last one it is told who holds the memory.
    graphs.push(await leakguard().captureHeap({ eager: graphs.length === CAPTURES - 1 }))
    return {}
  },
  async report() {
    const { merge } = require('./merge.js')
    const [before, after, final] = graphs
    const report = merge(leakguard().check(), await leakguard().diffHeaps(before, after, final))
    return { text: String(report), json: report }
  }
}

process.on('message', async (/** @type {any} */ message) => {
  const type = String(message?.type)
  if (!Object.hasOwn(answers, type)) return
  const answer = await answers[type]().catch((error) => ({ error: String(error) }))
  process.send?.({ type, ...answer })
})

// Whoever watches is done, or dead. Signals do not exist everywhere, but the server's answer to one does.
process.on('disconnect', () => {
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit()
})

process.channel?.unref()

/** Not sooner: the guard belongs to the server. @returns {typeof import('../../../index.js')} */
function leakguard() {
  return require('../../../index.js')
}
