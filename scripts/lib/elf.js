'use strict'
// @ts-check
// Knows how a 64-bit little-endian ELF file says which versions of which libraries it needs (section .gnu.version_r),
// as the Linux Standard Base describes it. Must not know what is allowed.

const VERNEED = 0x6ffffffe

/**
 * @param {Buffer} file
 * @returns {Map<string, string[]>} library -> versions: `libc.so.6` -> `GLIBC_2.28`, …; empty when it asks for none
 */
function neededVersions(file) {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new Error('not a 64-bit little-endian ELF file')
  }
  const offset = (/** @type {number} */ at) => Number(file.readBigUInt64LE(at))
  const start = offset(40)
  const size = file.readUInt16LE(58)
  const count = file.readUInt16LE(60)
  const header = (/** @type {number} */ index) => {
    const at = start + index * size
    return { type: file.readUInt32LE(at + 4), at: offset(at + 24), link: file.readUInt32LE(at + 40) }
  }
  const section = Array.from({ length: count }, (_, index) => header(index)).find(({ type }) => type === VERNEED)
  if (!section) return new Map()
  const strings = header(section.link).at
  const text = (/** @type {number} */ at) => file.toString('latin1', strings + at, file.indexOf(0, strings + at))

  /** @type {Map<string, string[]>} */
  const needed = new Map()
  for (let at = section.at, next = 1; next > 0; at += next) {
    const versions = []
    for (let aux = at + file.readUInt32LE(at + 8), more = 1; more > 0; aux += more) {
      versions.push(text(file.readUInt32LE(aux + 8)))
      more = file.readUInt32LE(aux + 12)
    }
    needed.set(text(file.readUInt32LE(at + 4)), versions)
    next = file.readUInt32LE(at + 12)
  }
  return needed
}

/** @param {Buffer} file @returns {string} the newest glibc it asks for: `2.28`; `0` when it asks for none */
function neededGlibc(file) {
  const versions = [...neededVersions(file).values()]
    .flat()
    .flatMap((name) => /^GLIBC_(\d[\d.]*)$/.exec(name)?.[1] ?? [])
  return versions.sort(compareVersions).at(-1) ?? '0'
}

/** @param {string} a @param {string} b */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number))
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

module.exports = { neededVersions, neededGlibc, compareVersions }
