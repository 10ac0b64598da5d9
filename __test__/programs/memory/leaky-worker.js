// @ts-check
// A worker thread that remembers all its jobs: `remember` leaks.
'use strict'

const jobs = new Map()
let done = 0

function remember() {
  for (let i = 0; i < 60; i++) jobs.set(jobs.size, { name: `job ${done}`, tags: [done, i, 3, 4, 5, 6, 7, 8] })
}

setInterval(() => {
  done++
  remember()
  JSON.stringify(Array.from({ length: 400 }, (_, i) => ({ i, text: `row ${i}` })))
}, 20)
