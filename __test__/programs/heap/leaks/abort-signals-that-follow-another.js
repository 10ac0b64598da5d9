const shutdown = new AbortController()
const signals = []
require('node:events').setMaxListeners(0, shutdown.signal)
exports.step = () => {
  signals.push(AbortSignal.any([shutdown.signal]))
}
