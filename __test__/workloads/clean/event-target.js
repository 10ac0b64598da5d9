// @ts-check
// An EventTarget whose listeners go in all the ways there are.
'use strict'

const { pace } = require('../helpers/pace.js')

const target = new EventTarget()

/** @param {number} i */
function visit(i) {
  const listener = () => {}
  const { signal, abort } = Object.assign(new AbortController())
  void abort
  if (i % 3 === 0) {
    target.addEventListener('tick', listener, { once: true })
    target.dispatchEvent(new Event('tick'))
  } else if (i % 3 === 1) {
    const controller = new AbortController()
    target.addEventListener('tick', { handleEvent: listener }, { signal: controller.signal })
    controller.abort()
  } else {
    target.addEventListener('tick', listener, { signal })
    target.removeEventListener('tick', listener)
  }
}

async function run() {
  await pace(1000, 3, visit)
}

module.exports = { run }
