'use strict'
// A small program with what the graph's rules tell apart; writes its snapshot to the file named first.

const v8 = require('node:v8')
const { EventEmitter } = require('node:events')

class User {
  constructor(id) {
    this.id = id
    this.name = `user ${id}`
    this.tags = [id, `tag ${id}`]
    this.visits = new Map([[`page ${id}`, { id, at: new Date(id) }]])
  }
}
const Twin = (() => {
  class User extends EventEmitter {
    #secret = { text: 'x'.repeat(100) }
    reveal() {
      return this.#secret
    }
  }
  return User
})()

const metadata = new WeakMap()
const values = new WeakMap()
const keep = { users: [], twins: [], handlers: [], weak: [], shapes: [], dictionary: Object.create(null) }
globalThis.app = keep
for (let id = 0; id < 3000; id++) {
  const user = new User(id)
  keep.users.push(user)
  if (id % 3 === 0) metadata.set(user, { audit: [id, `note ${id}`], owner: keep })
  if (id % 9 === 0) values.set(metadata.get(user), new Twin())
  if (id % 10 === 0) keep.twins.push(new Twin().on('seen', () => user.id))
  if (id % 7 === 0) keep.handlers.push((request) => ({ user, request }))
  if (id % 5 === 0) keep.weak.push(new WeakRef({ id }), Symbol(`s${id}`), BigInt(id) ** 9n, /a+/g)
  if (id % 4 === 0) keep.shapes.push(id % 8 ? { a: id, b: user } : { b: user, a: id }, { [`only ${id}`]: id })
  keep.dictionary[`key ${id}`] = user.name.slice(1)
}
setInterval(() => keep.users.length, 1e6).unref()
keep.buffers = [Buffer.alloc(100_000), new Float64Array(10), new ArrayBuffer(77)]
keep.promise = Promise.resolve(keep).then((value) => value)
v8.writeHeapSnapshot(process.argv[2])
process.exit(0)
