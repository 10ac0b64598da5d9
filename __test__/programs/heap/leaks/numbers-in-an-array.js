const samples = [] // here
exports.step = (i) => {
  samples.push(i + 0.5, 'x')
}
