// @ts-check
// Files read, compressed and written by pipelines.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const zlib = require('node:zlib')
const { pipeline } = require('node:stream/promises')
const { lanes } = require('../helpers/pace.js')

async function run() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-pipelines-'))
  const source = path.join(folder, 'source')
  fs.writeFileSync(source, 'a line of text\n'.repeat(4000))
  await lanes(3, 3, (i) =>
    pipeline(fs.createReadStream(source), zlib.createGzip(), fs.createWriteStream(path.join(folder, `${i % 3}.gz`)))
  )
  return () => fs.rmSync(folder, { recursive: true })
}

module.exports = { run }
