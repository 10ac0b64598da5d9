class Row {}
const byId = {} // here
exports.step = (i) => {
  byId[i * 1000003] = new Row()
}
