// @ts-check
// What is to be counted: containers that an instance and a module's exports hold.
'use strict'

class Store {
  constructor() {
    this.byId = new Map(Array.from({ length: 4000 }, (_, i) => [i, i]))
    this.seen = new Set(Array.from({ length: 300 }, (_, i) => i))
    this.names = Object.create(null)
    for (let i = 0; i < 500; i++) this.names[`name ${i}`] = i
    const few = Object.create(null)
    few.one = 1
    this.few = few
  }
}

module.exports = { store: new Store(), rows: Array.from({ length: 700 }, (_, i) => i) }
