// @ts-check
// Makes a program's heap of a given size and writes its snapshots: users, orders, caches, closures, listeners, trees.
// With three files, a Map in a closure gets a thousand sessions between each.
//
//   node --max-old-space-size=14000 generate.js TENANTS FILE [FILE FILE]
'use strict'

const { EventEmitter } = require('node:events')
const { Session: Inspector } = require('node:inspector')
const v8 = require('node:v8')

const [tenants, ...files] = process.argv.slice(2)
let seed = 7
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const WORDS = Array.from({ length: 4000 }, (_, i) => `word${i.toString(36)}${Math.floor(random() * 1e6).toString(36)}`)
const word = () => WORDS[Math.floor(random() * WORDS.length)]

class Address {
  constructor() {
    this.street = `${word()} ${Math.floor(random() * 900)}`
    this.city = word()
  }
}
class User {
  constructor(/** @type {number} */ id) {
    this.id = id
    this.name = `${word()}_${id}`
    this.address = new Address()
    this.tags = [word(), word()]
    this.created = new Date(1.6e12 + id)
    this.score = random() * 1e6
    this.settings = { theme: 'dark', language: word(), level: id & 7 }
  }
}
class Order {
  constructor(/** @type {User} */ user, /** @type {number} */ no) {
    this.user = user
    this.no = no
    this.lines = Array.from({ length: 3 }, () => ({
      order: this,
      sku: `SKU-${Math.floor(random() * 1e5)}`,
      price: random()
    }))
    this.meta = new Map([
      ['source', word()],
      ['coupon', `${word()}${no}`]
    ])
  }
}
class Leaf {
  /** @type {Leaf | null} */ left = null
  /** @type {Leaf | null} */ right = null
  constructor(/** @type {number} */ depth) {
    if (depth > 0) {
      this.left = new Leaf(depth - 1)
      this.right = new Leaf(depth - 1)
    }
  }
}
class Session {
  constructor(/** @type {number} */ id) {
    this.id = id
    this.token = `token-${id}-${word()}`
    this.seen = [id, id + 1]
  }
}

const notes = new WeakMap()

class Tenant {
  constructor(/** @type {number} */ id) {
    this.users = Array.from({ length: 40 }, (_, i) => new User(id * 40 + i))
    this.orders = new Map(this.users.flatMap((user) => [0, 1].map((no) => [`${user.id}/${no}`, new Order(user, no)])))
    this.handlers = this.users.map((user) => (/** @type {unknown} */ request) => [user.id, request])
    this.index = Object.assign(Object.create(null), Object.fromEntries(this.users.map((user) => [user.name, user])))
    this.set = new Set(this.users)
    for (const user of this.users) if (user.id % 4 === 0) notes.set(user, { owner: this, at: random() })
    this.waiting = this.users
      .filter((user) => user.id % 10 === 0)
      .map((user) => Promise.resolve(user).then((u) => u.id))
    this.bus = new EventEmitter()
    for (let i = 0; i < 5; i++) this.bus.on('data', () => this.users[i])
    this.tree = new Leaf(5)
    this.json = JSON.parse(JSON.stringify(this.users.slice(0, 10)))
    this.text = `lorem ${word()} `.repeat(20) + id
  }
}

function store() {
  const sessions = new Map()
  return { add: (/** @type {number} */ id) => sessions.set(`s${id}`, new Session(id)) }
}

const keep = { tenants: Array.from({ length: Number(tenants) }, (_, i) => new Tenant(i)), store: store() }
Object.assign(globalThis, { keep })
// Node 20 searches line ends anew for each location, unless the debugger was enabled once.
const inspector = new Inspector()
inspector.connect()
inspector.post('Debugger.enable')
inspector.post('Debugger.disable')
inspector.disconnect()

let next = 0
for (const file of files) {
  for (let i = 0; i < 1000; i++) keep.store.add(next++)
  v8.writeHeapSnapshot(file)
}
