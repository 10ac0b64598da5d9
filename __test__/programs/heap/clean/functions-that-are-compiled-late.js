const make = (i) => new Function('a', 'return a + ' + (i % 40))
const keep = Array.from({ length: 40 }, (_, i) => make(i))
exports.step = (i) => {
  let sum = 0
  for (let n = 0; n < 300; n++) sum += keep[i % 40](n)
  return sum
}
