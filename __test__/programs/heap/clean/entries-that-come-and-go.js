const { EventEmitter } = require('node:events')
const live = new Map()
const bus = new EventEmitter()
exports.step = async (i) => {
  const done = () => {}
  bus.on('x', done)
  live.set(i, { i, text: 'text ' + i })
  const timer = setTimeout(() => {}, 1e6)
  await new Promise((resolve) => setImmediate(resolve))
  live.delete(i)
  bus.off('x', done)
  clearTimeout(timer)
}
