const { AsyncLocalStorage } = require('node:async_hooks')
class RequestState {
  body = new Array(50).fill(1)
}
const storage = new AsyncLocalStorage()
exports.step = () => {
  // here
  storage.run(new RequestState(), () => setInterval(() => {}, 1e6).unref()) // here
}
