let head = null // here
class Item {
  constructor(next) {
    this.next = next
  }
}
exports.step = () => {
  head = new Item(head)
}
exports.first = () => head
