const target = new EventTarget() // here
require('node:events').setMaxListeners(0, target)
exports.step = (i) => {
  // here
  const state = { i } // here
  target.addEventListener('change', () => state.i++) // here
}
