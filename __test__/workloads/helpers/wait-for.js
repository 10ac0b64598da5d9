// @ts-check
// Waits for a thing that can be given up: a helper as programs have them, with a leak that its callers cannot see.
'use strict'

/** @param {AbortSignal} signal @param {Promise<any>} work */
function waitFor(signal, work) {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }) // leaks
    work.then(resolve, reject)
  })
}

module.exports = { waitFor }
