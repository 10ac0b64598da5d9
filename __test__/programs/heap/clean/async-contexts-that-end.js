const { AsyncLocalStorage } = require('node:async_hooks')
const storage = new AsyncLocalStorage()
exports.step = (i) =>
  storage.run({ i }, async () => {
    await null
    await new Promise((resolve) => setImmediate(resolve))
    return storage.getStore().i
  })
