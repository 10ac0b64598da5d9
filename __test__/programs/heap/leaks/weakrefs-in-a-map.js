const refs = new Map() // here
exports.step = (i) => {
  refs.set(i, new WeakRef({ i }))
}
