class User {
  constructor(i) {
    this.id = i
    this.tags = new Map([[i, { i }]])
    this.more = [i, 'x']
  }
}
const users = new Map() // here
exports.step = (i) => {
  users.set('u' + i, new User(i))
}
