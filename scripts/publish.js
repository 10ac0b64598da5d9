'use strict'
// @ts-check
// Knows the order in which packed archives are published: platforms first, so that the main package never names what is
// not there. Must not build or pack; the release workflow calls it with what it has tested.
//
//   node scripts/publish.js DIR [--partial] [-- FLAGS of npm publish]     --partial: not all platforms (for tests)

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { npm, say } = require('./lib/exec.js')
const { mainManifest } = require('./lib/staging.js')
const { manifestOf } = require('./lib/registry.js')

const REFUSAL = `leakguard is published by the release workflow, from packed archives: this folder is not the package.
  npm run pack:local -- DIR   packs what is released`

/** @param {string} folder @param {boolean} partial @returns {string[]} archives, the main package last */
function inOrder(folder, partial) {
  const { name, version, optionalDependencies } = mainManifest()
  const archives = new Map()
  for (const file of fs.readdirSync(folder).filter((entry) => entry.endsWith('.tgz'))) {
    const found = manifestOf(fs.readFileSync(path.join(folder, file)))
    if (found.version !== version) throw new Error(`${file} is ${found.version}, not ${version}`)
    archives.set(found.name, path.join(folder, file))
  }
  const wanted = [...Object.keys(optionalDependencies), name]
  const lost = wanted.filter((one) => !archives.has(one))
  if (!archives.has(name) || (lost.length > 0 && !partial)) throw new Error(`not packed: ${lost.join(', ')}`)
  const strange = [...archives.keys()].filter((one) => !wanted.includes(one))
  if (strange.length > 0) throw new Error(`not ours: ${strange.join(', ')}`)
  return wanted.flatMap((one) => archives.get(one) ?? [])
}

function main() {
  const cut = process.argv.indexOf('--')
  const own = process.argv.slice(2, cut < 0 ? undefined : cut)
  const flags = cut < 0 ? [] : process.argv.slice(cut + 1)
  const { values, positionals } = parseArgs({
    args: own,
    options: { partial: { type: 'boolean' }, refuse: { type: 'boolean' } },
    allowPositionals: true
  })
  if (values.refuse || positionals.length !== 1) {
    process.stderr.write(`${REFUSAL}\n`)
    process.exitCode = 1
    return
  }
  for (const archive of inOrder(path.resolve(positionals[0]), values.partial === true)) {
    say(`publishing ${path.basename(archive)}`)
    const { code } = npm(['publish', archive, '--ignore-scripts', ...flags])
    if (code !== 0) {
      // What was published stays: running this again after mending goes on where npm says "already there".
      process.exitCode = code
      return
    }
  }
}

main()
