class Job {}
class Queue {
  #pending = new Map() // here
  add(i) {
    this.#pending.set(i, new Job())
  }
}
const queue = new Queue()
exports.step = (i) => queue.add(i)
