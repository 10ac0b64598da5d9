// @ts-check
// Captures and readings of a heap that are aborted give their memory back, leave no file, and let the program end.
// Writes into the folder it is run in; wants --expose-gc.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { captureHeap, loadHeap, writeHeap } = require('leakguard')

const kept = Array.from({ length: 60_000 }, (_, i) => ({ i, a: i + 0.5, b: [i] }))
const aborted = { code: 'ERR_LEAKGUARD_ABORTED' }
const gc = /** @type {() => void} */ (globalThis.gc)
const CHUNK = 99_999

/** @param {number} afterMs */
function stopping(afterMs) {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), afterMs)
  return { signal: stop.signal }
}

/** All but the end, which never comes. @param {Buffer} bytes */
async function* stuck(bytes) {
  for (let at = 0; at < bytes.length - CHUNK; at += CHUNK) yield bytes.subarray(at, at + CHUNK)
  await new Promise(() => {})
}

async function main() {
  await writeHeap('big.heapsnapshot')
  const bytes = fs.readFileSync('big.heapsnapshot')
  /** @type {number[]} */
  const rss = []
  for (let round = 0; round < 12; round++) {
    await assert.rejects(loadHeap(stuck(bytes), stopping(150)), aborted)
    await assert.rejects(captureHeap(stopping(0)), aborted)
    gc()
    rss.push(process.memoryUsage.rss() / 1e6)
  }
  // What was under way at an abort ends a moment later; what is kept is there in all of the last rounds. One that kept
  // what it read would add the size of the file each time, in five rounds at the least.
  const growth = Math.min(...rss.slice(-4)) - rss[3]
  const size = bytes.length / 1e6
  assert.ok(growth < 2 * size, `rss in MB: ${rss.map(Math.round)}, file ${size}`)
  const partials = fs.readdirSync('.').filter((name) => name.includes('partial'))
  assert.deepEqual(partials, [])
  console.log(kept.length)
}

main()
