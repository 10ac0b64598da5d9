const gate = new Promise(() => {}) // here
async function work(i) {
  // here
  const big = new Array(200).fill(i) // here
  await gate // here
  return big.length // here
}
exports.step = (i) => {
  work(i)
}
