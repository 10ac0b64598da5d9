const { EventEmitter } = require('node:events')
const sockets = [] // here
exports.step = (i) => {
  // here
  const socket = new EventEmitter() // here
  socket.on('close', () => i) // here
  sockets.push(socket) // here
}
