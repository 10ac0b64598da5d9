class Message {}
const rooms = new Map() // here
exports.step = (i) => {
  const room = 'room ' + (i % 3)
  if (!rooms.has(room)) rooms.set(room, new Map())
  rooms.get(room).set(i, new Message())
}
