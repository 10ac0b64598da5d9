const flags = {} // here
exports.step = (i) => {
  flags['flag' + i] = [i]
}
