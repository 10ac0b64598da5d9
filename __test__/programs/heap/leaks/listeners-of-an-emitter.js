const { EventEmitter } = require('node:events')
const bus = new EventEmitter().setMaxListeners(0) // here
exports.step = (i) => {
  // here
  const state = { i } // here
  bus.on('change', () => state.i++) // here
}
