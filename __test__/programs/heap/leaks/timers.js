exports.step = (i) => {
  // here
  const state = { i } // here
  setInterval(() => state.i++, 1e6).unref() // here
}
