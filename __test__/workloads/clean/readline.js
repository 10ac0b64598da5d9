// @ts-check
// Files read line by line.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const { lanes } = require('../helpers/pace.js')

async function run() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-readline-'))
  const source = path.join(folder, 'source')
  fs.writeFileSync(source, 'a line of text\n'.repeat(200))
  await lanes(4, 3, async () => {
    let lines = 0
    for await (const line of readline.createInterface({ input: fs.createReadStream(source) })) lines += line.length
    return lines
  })
  return () => fs.rmSync(folder, { recursive: true })
}

module.exports = { run }
