const stop = new Promise(() => {}) // here
exports.step = async (i) => {
  // here
  await Promise.race([stop, Promise.resolve(i)]) // here
}
