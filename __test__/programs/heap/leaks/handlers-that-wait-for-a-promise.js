const ready = new Promise(() => {}) // here
exports.step = (i) => {
  // here
  const big = new Array(50).fill(i) // here
  ready.then(() => big.length) // here
}
