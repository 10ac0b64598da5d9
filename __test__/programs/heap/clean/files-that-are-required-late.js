const fs = require('node:fs'),
  path = require('node:path')
exports.step = (i) => {
  if (i % 5) return
  const file = path.join(__dirname, 'late' + i + '.js')
  fs.writeFileSync(
    file,
    'const local = new Map([[' +
      i +
      ', 1]]); class Late' +
      i +
      ' { run() { return local } } module.exports = { Late: Late' +
      i +
      ', size: () => local.size }'
  )
  require(file).size()
}
