class Item {}
function start() {
  const batch = [] // here
  const timer = setInterval(() => batch.length, 1e6)
  timer.unref()
  return (item) => batch.push(item)
}
const add = start()
exports.step = () => {
  add(new Item())
}
