class Row {}
globalThis.leakedHere = []
exports.step = () => {
  globalThis.leakedHere.push(new Row())
}
