const byToken = Object.create(null) // here
exports.step = (i) => {
  byToken['token-' + i] = { user: i }
}
