class Row {}
let late // here
let never
exports.set = () => {
  never = {}
}
exports.step = (i) => {
  if (i > 150) never ??= {}
  late ??= []
  late.push(new Row())
}
