class Point {
  constructor(x) {
    this.x = x
    this.y = { x }
  }
}
const work = [
  (a) => a.x + 1,
  (a) => a.y.x * 2,
  (a) => JSON.stringify(a),
  (a) => [a, a].map((b) => b.x),
  (a) => new Map([[a, 1]]).size
]
exports.step = (i) => {
  let sum = 0
  for (let n = 0; n < 200; n++) for (const f of work) sum += String(f(new Point(i + n))).length
  return sum
}
