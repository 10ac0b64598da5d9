class Message {}
const rooms = new Map([['lobby', new Map()]]) // here
exports.step = (i) => {
  rooms.get('lobby').set(i, new Message())
}
