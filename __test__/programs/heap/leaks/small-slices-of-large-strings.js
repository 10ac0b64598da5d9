const names = [] // here
exports.step = (i) => {
  const text = ('line ' + i + ' ').repeat(200)
  names.push(text.slice(3, 30))
}
exports.peek = () => names.map((name) => name.charCodeAt(0))
