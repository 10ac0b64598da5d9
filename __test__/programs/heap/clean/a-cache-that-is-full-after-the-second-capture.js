const cache = new Map()
exports.step = (i) => {
  if (cache.size < 390) cache.set('key ' + i, { i })
}
