const fs = require('node:fs')
exports.step = async (i) => {
  const text = await fs.promises.readFile(__filename, 'utf8')
  return JSON.parse(JSON.stringify({ i, lines: text.split('\n') }))
}
