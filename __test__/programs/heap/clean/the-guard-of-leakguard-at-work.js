const { EventEmitter } = require('node:events')
const guard = require('leakguard').start({ callSites: 'all' })
const kept = require('leakguard').track(new Map([[1, {}]]), 'kept')
exports.step = (i) => {
  const bus = new EventEmitter()
  bus.on('a' + (i % 10), () => {})
  clearTimeout(setTimeout(() => kept, 1e6))
  guard.check()
}
