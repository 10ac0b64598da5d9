process.setMaxListeners(0)
exports.step = (i) => {
  // here
  const state = { i } // here
  process.on('leaky', () => state.i++) // here
}
