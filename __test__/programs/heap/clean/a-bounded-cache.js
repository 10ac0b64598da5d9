const cache = new Map()
exports.step = (i) => {
  cache.set('key ' + i, { i, body: 'x'.repeat(i % 7) })
  if (cache.size > 120) cache.delete(cache.keys().next().value)
}
