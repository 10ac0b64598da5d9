class Note {}
const meta = new WeakMap() // here
const owner = {}
meta.set(owner, [])
exports.step = () => meta.get(owner).push(new Note())
