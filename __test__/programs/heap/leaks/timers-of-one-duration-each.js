exports.step = (i) => {
  // here
  const state = { i } // here
  setTimeout(() => state.i++, 1e6 + i).unref() // here
}
