'use strict'
// @ts-check
// Knows which packages make a release, and writes them as archives. Must not publish them: publish.js does.
//
//   npm run pack:local -- DIR             the main package, and the binary of this machine's platform, built for old ones too
//   node scripts/pack.js DIR --from BIN   the main package, and a package for each binary in BIN; all eight must be there

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { npm, root, say, secondsSince } = require('./lib/exec.js')
const { platforms, ownPlatform } = require('./lib/platforms.js')
const { buildPortable, checkBinary } = require('./lib/portable.js')
const { stageMain, stagePlatform } = require('./lib/staging.js')

/** @typedef {{ platform: import('./lib/platforms.js').Platform, binary: string }} Built */

/** @returns {Built[]} */
function builtHere() {
  const platform = ownPlatform()
  if (!platform) throw new Error(`there is no package for ${process.platform}-${process.arch}`)
  const startNs = process.hrtime.bigint()
  const binary = path.join(root, buildPortable(platform))
  say(`built the binary for ${platform.name} in ${secondsSince(startNs)}`)
  return [{ platform, binary }]
}

/** @param {string} folder @returns {Built[]} */
function builtElsewhere(folder) {
  const all = platforms().map((platform) => ({ platform, binary: path.join(folder, platform.binary) }))
  const lost = all.filter(({ binary }) => !fs.existsSync(binary)).map(({ platform }) => platform.name)
  if (lost.length > 0) throw new Error(`no release without all platforms; missing: ${lost.join(', ')}`)
  for (const { platform, binary } of all) checkBinary(platform, fs.readFileSync(binary))
  return all
}

/** @param {string} folder @param {string} into @returns {{ filename: string, size: number, unpackedSize: number }} */
function pack(folder, into) {
  const done = npm(['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', into], {
    cwd: folder,
    capture: true
  })
  if (done.code !== 0) throw new Error(`npm pack: ${done.output}`)
  // A list until npm 11, an object by name since npm 12.
  return /** @type {any} */ (Object.values(JSON.parse(done.output.slice(done.output.search(/^[[{]/m))))[0])
}

/** @param {string} into @param {Built[]} built */
function packAll(into, built) {
  fs.mkdirSync(into, { recursive: true })
  const staged = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-pack-'))
  try {
    const folders = built.map(({ platform, binary }) =>
      stagePlatform(path.join(staged, platform.name), platform, binary)
    )
    return [stageMain(path.join(staged, 'main')), ...folders].map((folder) => pack(folder, into))
  } finally {
    fs.rmSync(staged, { recursive: true, force: true })
  }
}

function main() {
  const { values, positionals } = parseArgs({ options: { from: { type: 'string' } }, allowPositionals: true })
  if (positionals.length !== 1) throw new Error('which folder shall the packages be written to?')
  const into = path.resolve(positionals[0])
  const packed = packAll(into, values.from ? builtElsewhere(path.resolve(values.from)) : builtHere())
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1e3).toFixed(0)} kB`.padStart(8)
  for (const { filename, size, unpackedSize } of packed) {
    say(`${kilobytes(size)} packed ${kilobytes(unpackedSize)} unpacked  ${filename}`)
  }
}

if (require.main === module) main()

module.exports = { pack }
