class Request {}
const seen = new Map() // here
exports.step = () => {
  seen.set(new Request(), true)
}
