class Job {}
class Queue {
  pending = [] // here
  add() {
    this.pending.push(new Job())
  }
}
const queue = new Queue()
exports.step = () => queue.add()
