const { AsyncLocalStorage } = require('node:async_hooks')
class Entry {}
const storage = new AsyncLocalStorage()
const runInside = storage.run({ log: [] }, () => AsyncLocalStorage.snapshot())
exports.step = () => {
  runInside(() => storage.getStore().log.push(new Entry()))
}
