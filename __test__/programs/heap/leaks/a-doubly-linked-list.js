class Item {
  prev = null
  next = null
}
const list = { head: null, tail: null } // here
exports.step = () => {
  // here
  const item = new Item() // here
  if (list.tail) {
    // here
    list.tail.next = item // here
    item.prev = list.tail // here
  } else list.head = item // here
  list.tail = item // here
}
