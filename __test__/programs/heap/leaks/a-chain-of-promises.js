let release // here
let tail = new Promise((resolve) => {
  release = resolve
})
exports.release = () => release()
exports.step = (i) => {
  // here
  const state = { i } // here
  tail = tail.then(() => state) // here
}
