const lines = [] // here
exports.step = (i) => {
  lines.push('a rather long line with the number ' + i + ' and more text')
}
