// @ts-check
// Knows how to get other people's packages that tests meet, once, into .cache/peers (remove it to renew them).
// Must not know what is done with them.
'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./child.js')

const INSTALL_TIMEOUT_MS = 60_000

/**
 * The node_modules folder that holds this package, or why there is none. The last try is remembered, so that tests
 * without a registry are not slow.
 * @param {string} name @param {string} version
 * @returns {{ folder: string, reason?: undefined } | { folder?: undefined, reason: string }}
 */
function peer(name, version) {
  const home = path.join(root, '.cache', 'peers', `${name.replaceAll('/', '+')}@${version}`)
  const folder = path.join(home, 'node_modules')
  if (fs.existsSync(path.join(folder, name, 'package.json'))) return { folder }
  const unpacked = `${home}.${process.pid}.tmp`
  try {
    fs.mkdirSync(unpacked, { recursive: true })
    fs.writeFileSync(path.join(unpacked, 'package.json'), '{}')
    const flags = ['--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const onWindows = process.platform === 'win32'
    execFileSync('npm', ['install', ...flags, `${name}@${version}`], {
      cwd: unpacked,
      stdio: 'ignore',
      timeout: INSTALL_TIMEOUT_MS,
      shell: onWindows
    })
    if (!fs.existsSync(home)) fs.renameSync(unpacked, home)
    return { folder }
  } catch (error) {
    return { reason: `npm cannot give ${name}@${version} here: ${String(error).split('\n')[0]}` }
  } finally {
    fs.rmSync(unpacked, { recursive: true, force: true })
  }
}

module.exports = { peer }
