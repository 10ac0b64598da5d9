// @ts-check
// What memory this thread and this process take now, read so that it needs no new descriptor: a program may have none
// left. NaN is what cannot be read just now.
'use strict'

const { addon } = require('../base/addon.js')
const { getHeapStatistics, memoryUsage } = require('../base/natives.js')

/** The heap in use, and what V8 was told of outside of it. 1 µs. @returns {{ heapUsed: number, external: number }} */
function heapUsage() {
  const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics()
  return { heapUsed, external }
}

/**
 * What of external memory is that of ArrayBuffers. Only Node knows, and it opens a file to tell: where that would become
 * stdin, stdout or stderr, Node 20 aborts. 7 µs.
 */
function arrayBufferBytes() {
  if (!addon().isStdioOpen()) return Number.NaN
  try {
    return memoryUsage().arrayBuffers
  } catch {
    return Number.NaN // no descriptor is left
  }
}

/** What stands in memory of the process. 2 µs. */
function rssBytes() {
  const bytes = addon().rssBytes()
  if (bytes !== null || process.platform === 'linux') return bytes ?? Number.NaN
  try {
    return memoryUsage.rss() // asks the kernel without a file
  } catch {
    return Number.NaN
  }
}

module.exports = { heapUsage, arrayBufferBytes, rssBytes }
