const tokens = new Set() // here
exports.step = (i) => {
  tokens.add('a token with the number ' + i)
}
