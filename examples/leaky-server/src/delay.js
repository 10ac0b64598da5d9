// @ts-check
// A pause that ends early, with the signal's reason, when the signal aborts.

'use strict'

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function delay(ms, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

module.exports = { delay }
