class Plugin {}
class Host {
  static registry // here
  static {
    // here
    this.registry = new Map() // here
  }
}
exports.step = (i) => {
  Host.registry.set(i, new Plugin())
}
