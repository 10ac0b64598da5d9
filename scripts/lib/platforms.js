'use strict'
// @ts-check
// Knows the platforms that have a binary, and what each package of one is called.
// Must not know how a binary is built or packed. package.json (`napi.targets`) is the list; this gives it names.

const { readOr } = require('./files.js')

/**
 * @typedef {object} Platform
 * @property {string} target as rustc calls it
 * @property {string} name as the loader calls it: `linux-x64-gnu`
 * @property {string} os @property {string} cpu @property {'glibc' | 'musl' | undefined} libc as package managers call them
 * @property {string} packageName
 * @property {string} binary file name of the addon in its package
 * @property {string} library what cargo calls the result
 */

const parts = /^(x86_64|aarch64)-(?:unknown-(linux)-(gnu|musl)|apple-(darwin)|pc-(windows)-(msvc))$/

/** @param {string} target @returns {Platform} */
function platformOf(target) {
  const found = parts.exec(target)
  if (!found) throw new Error(`package.json has a target without a name here: ${target}`)
  const cpu = found[1] === 'x86_64' ? 'x64' : 'arm64'
  const os = found[2] ?? found[4] ?? 'win32'
  const abi = found[3] ?? found[6]
  const name = [os, cpu, ...(abi ? [abi] : [])].join('-')
  const library = { linux: 'libleakguard.so', darwin: 'libleakguard.dylib', win32: 'leakguard.dll' }[os] ?? ''
  const libc = abi === 'gnu' ? 'glibc' : abi === 'musl' ? 'musl' : undefined
  return { target, name, os, cpu, libc, packageName: `leakguard-${name}`, binary: `leakguard.${name}.node`, library }
}

/** @returns {Platform[]} */
const platforms = () => JSON.parse(String(readOr('package.json', ''))).napi.targets.map(platformOf)

/** @returns {Platform | undefined} the one this process runs on */
function ownPlatform() {
  const report = /** @type {any} */ (process.report?.getReport())
  const libc = process.platform !== 'linux' ? undefined : report?.header?.glibcVersionRuntime ? 'glibc' : 'musl'
  return platforms().find((one) => one.os === process.platform && one.cpu === process.arch && one.libc === libc)
}

module.exports = { platforms, ownPlatform }
