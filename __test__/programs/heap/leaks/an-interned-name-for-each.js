const seen = {} // here
exports.step = (i) => {
  seen['user-' + i] = i
}
