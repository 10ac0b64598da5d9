const timers = [] // here
exports.step = (i) => {
  // here
  timers.push(setInterval(() => i, 1e6).unref()) // here
}
