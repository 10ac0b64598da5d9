const meta = new WeakMap()
exports.step = (i) => {
  meta.set({ i }, { note: i })
}
