const key = Symbol('listeners')
const owner = { [key]: [] } // here
class Note {}
exports.step = () => {
  owner[key].push(new Note())
}
