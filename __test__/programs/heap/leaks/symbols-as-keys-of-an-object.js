const table = {} // here
exports.step = (i) => {
  table[Symbol(i)] = { i }
}
