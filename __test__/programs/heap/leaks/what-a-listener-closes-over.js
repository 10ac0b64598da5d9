class Change {}
const { EventEmitter } = require('node:events')
const bus = new EventEmitter()
function watch() {
  const history = [] // here
  bus.on('change', () => history.push(new Change()))
}
watch()
exports.step = () => {
  bus.emit('change')
}
