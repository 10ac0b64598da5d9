const shutdown = new AbortController() // here
require('node:events').setMaxListeners(0, shutdown.signal)
exports.step = (i) => {
  // here
  const state = { i } // here
  shutdown.signal.addEventListener('abort', () => state.i++) // here
}
