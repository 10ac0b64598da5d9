const seen = Object.create(null) // here
exports.step = (i) => {
  seen['user ' + i] = i
}
