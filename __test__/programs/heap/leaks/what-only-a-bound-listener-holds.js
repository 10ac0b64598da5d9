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
bus.on('change', ((watcher) => watcher.note.bind(watcher))(new Watcher()))
exports.step = () => {
  bus.emit('change')
}
