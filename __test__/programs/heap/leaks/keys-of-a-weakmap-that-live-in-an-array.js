class Owner {}
const owners = [] // here
const meta = new WeakMap()
exports.step = (i) => {
  const owner = new Owner()
  owners.push(owner)
  meta.set(owner, { i })
}
