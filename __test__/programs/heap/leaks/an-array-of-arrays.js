const rows = [] // here
exports.step = (i) => {
  rows.push([i, [i + 0.5, { i }]])
}
