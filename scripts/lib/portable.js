'use strict'
// @ts-check
// Knows how a binary for publishing is built: one that loads on machines older than the one that builds it.
// Must not know how it is packed. The everyday build is addon.js, which is faster and good for this machine only.

const fs = require('node:fs')
const path = require('node:path')
const { root, run } = require('./exec.js')
const { neededGlibc, compareVersions } = require('./elf.js')
const { hashFiles, readOr, writeText } = require('./files.js')

/** What Node's own binaries ask for, 20 to 26. */
const GLIBC_MAX = '2.28'
const requirements = 'scripts/lib/zig.txt'

/**
 * @param {import('./platforms.js').Platform} platform
 * @returns {string} path of the binary, from the root
 */
function buildPortable(platform) {
  const { target, os, libc, library } = platform
  const onZig = os === 'linux'
  const env = { ...process.env, ...(onZig ? zigEnvironment() : {}), ...settingsFor(platform) }
  const wanted = libc === 'glibc' ? `${target}.${GLIBC_MAX}` : target
  const args = ['--release', '--lib', '--locked', '--target', wanted, '--target-dir', 'target/portable']
  const done = run('cargo', [onZig ? 'zigbuild' : 'build', ...args], { env, capture: true })
  if (done.missing) throw new Error('cargo is missing')
  if (done.code !== 0) throw new Error(`the build for ${target} failed\n${done.output}`)
  const file = `target/portable/${target}/release/${library}`
  checkBinary(platform, fs.readFileSync(path.join(root, file)))
  return file
}

/** Throws where the binary asks for more than it may. @param {import('./platforms.js').Platform} platform @param {Buffer} binary */
function checkBinary({ libc, name }, binary) {
  if (libc !== 'glibc') return
  const needed = neededGlibc(binary)
  if (compareVersions(needed, GLIBC_MAX) > 0) {
    throw new Error(`the binary for ${name} needs glibc ${needed}; Node needs ${GLIBC_MAX}, so must it`)
  }
}

/** @param {import('./platforms.js').Platform} platform @returns {Record<string, string>} */
function settingsFor({ target, os, libc }) {
  const flags = `CARGO_TARGET_${target.replaceAll('-', '_').toUpperCase()}_RUSTFLAGS`
  // A library cannot bring a C library of its own into Node; on Windows it can, and then needs no runtime installed.
  if (libc === 'musl') return { [flags]: '-C target-feature=-crt-static' }
  if (os === 'win32') return { [flags]: '-C target-feature=+crt-static' }
  // The oldest macOS that Node 20 runs on.
  if (os === 'darwin') return { MACOSX_DEPLOYMENT_TARGET: '11.0' }
  return {}
}

/** Installs zig, once, with hashes checked. @returns {Record<string, string>} what finds it */
function zigEnvironment() {
  const folder = path.join(root, '.cache', 'zig')
  const stamp = '.cache/zig/.stamp'
  const hash = hashFiles([requirements])
  if (String(readOr(stamp, '')) !== hash) {
    fs.rmSync(folder, { recursive: true, force: true })
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes', '--only-binary=:all:']
    const done = run('python3', ['-m', 'pip', 'install', ...options, '--target', folder, '-r', requirements], {
      capture: true
    })
    if (done.missing || done.code !== 0) {
      throw new Error(`zig, which links the Linux binaries, comes from pip: python3 with pip is needed\n${done.output}`)
    }
    writeText(stamp, hash)
  }
  const places = [path.join(folder, 'bin'), path.join(folder, 'ziglang'), process.env.PATH ?? '']
  return { PATH: places.join(path.delimiter) }
}

module.exports = { buildPortable, checkBinary, GLIBC_MAX }
