class Session {}
function createStore() {
  const kept = new Map() // here
  return { put: (key) => kept.set(key, new Session()) }
}
const store = createStore()
exports.step = (i) => store.put('key ' + i)
