const { EventEmitter } = require('node:events')
class Change {}
class Watcher {
  // here
  seen = [] // here
  note() {
    this.seen.push(new Change())
  }
}
const bus = new EventEmitter()
const watcher = new Watcher()
bus.on('change', watcher.note.bind(watcher))
exports.step = () => {
  bus.emit('change')
}
