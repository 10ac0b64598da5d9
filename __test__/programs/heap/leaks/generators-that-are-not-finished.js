function* cursor(i) {
  const big = new Array(50).fill(i)
  yield 1
  yield big
}
const cursors = [] // here
exports.step = (i) => {
  const c = cursor(i)
  c.next()
  cursors.push(c)
}
