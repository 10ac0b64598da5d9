const byToken = {} // here
exports.step = (i) => {
  byToken['token-' + i] = { user: i }
}
