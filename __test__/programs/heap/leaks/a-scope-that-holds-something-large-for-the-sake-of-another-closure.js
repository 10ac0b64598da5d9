const callbacks = [] // here
exports.step = (i) => {
  const large = new Array(500).fill(i) // here
  const other = () => large.length
  callbacks.push(() => i)
  other()
}
