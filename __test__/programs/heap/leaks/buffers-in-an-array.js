const chunks = [] // here
exports.step = (i) => {
  chunks.push(Buffer.alloc(2000, i))
}
