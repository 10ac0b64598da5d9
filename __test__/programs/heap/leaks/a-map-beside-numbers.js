class Session {}
function createStore() {
  const kept = new Map() // here
  let count = 0
  let most = 1.5
  return { put: () => kept.set(count++, new Session()), most: () => most++ }
}
const store = createStore()
exports.step = () => store.put()
exports.createStore = createStore
