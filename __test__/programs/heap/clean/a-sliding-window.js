const window = []
exports.step = (i) => {
  window.push({ i, at: new Date() })
  if (window.length > 64) window.shift()
}
