const waiting = [] // here
exports.step = () => {
  waiting.push(new Promise(() => {}))
}
