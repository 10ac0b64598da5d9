const { writeFileSync } = require('node:fs')
writeFileSync(__dirname + '/plugin.js', 'exports.made = new Array(100).fill(1)')
exports.step = (i) => {
  delete require.cache[require.resolve('./plugin.js')]
  require('./plugin.js')
}
