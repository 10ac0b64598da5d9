class Plugin {}
module.exports = {
  registry: {},
  step: (i) => {
    module.exports.registry['p' + i] = new Plugin()
  }
}
exports.step = module.exports.step
