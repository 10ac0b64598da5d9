const frames = [] // here
exports.step = () => {
  frames.push(new Uint8Array(300))
}
