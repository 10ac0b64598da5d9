// @ts-check
// A program closes the descriptors of the guard's reader and opens files in their place. Prints what was read by whom.
'use strict'

const fs = require('node:fs')
const { start } = require('leakguard')

const guard = start({ memory: { sampleMs: 100 } })

/** @param {string} fd */
function isOfGuard(fd) {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('/statm')
  } catch {
    return false
  }
}

const ofGuard = () => fs.readdirSync('/proc/self/fd').filter(isOfGuard).map(Number)

setTimeout(() => {
  const before = ofGuard()
  for (const fd of before) fs.closeSync(fd)
  const mine = before.map(() => fs.openSync(__filename, 'r'))
  setTimeout(() => {
    const text = mine.map((fd) => fs.readFileSync(fd, 'utf8').length > 100)
    const rss = Number(guard.stats().memory?.rss) > 1e6
    console.log(JSON.stringify({ before, mine, text, rss, after: ofGuard().length }))
    guard.stop()
  }, 500)
}, 500)
