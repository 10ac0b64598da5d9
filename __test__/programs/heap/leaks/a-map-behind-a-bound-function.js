class Row {}
function add(seen, i) {
  seen.set(i, new Row())
}
const seen = new Map() // here
exports.step = add.bind(null, seen) // here
