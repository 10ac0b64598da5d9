const rooms = new Map() // here
exports.step = (i) => {
  rooms.set(i, new Map([['a', { i }]]))
}
