'use strict'
// @ts-check
// Knows under which licences the code of others may come in, and that it comes from a registry, with a hash.
// Must not know vulnerabilities: the workflow `audit` asks those who collect them.
//
//   node scripts/licences.js     part of npm run ready

const { say } = require('./lib/exec.js')
const { allCrates } = require('./lib/crates.js')
const { readOr } = require('./lib/files.js')

/** What is compiled into binaries: only licences that ask for no more than their text, which goes with the binary. */
const FOR_BINARIES = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'Zlib',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unicode-3.0',
  'Unlicense'
]
/** Tools that only developers run: nothing of them is published. */
const FOR_TOOLS = [...FOR_BINARIES, 'BlueOak-1.0.0', 'CC-BY-4.0', 'CC0-1.0', 'Python-2.0', 'MPL-2.0', 'Artistic-2.0']

/**
 * Whether an SPDX expression can be met with these licences: `(MIT OR X) AND Y`. `/` is an old way to write `OR`.
 * @param {string} expression @param {string[]} allowed @returns {boolean}
 */
function isAllowed(expression, allowed) {
  const words = expression.replaceAll('/', ' OR ').match(/\(|\)|[^\s()]+/g) ?? []
  let at = 0
  /** @returns {boolean} */
  function any() {
    let found = all()
    while (words[at] === 'OR') {
      at++
      found = all() || found
    }
    return found
  }
  /** @returns {boolean} */
  function all() {
    let found = one()
    while (words[at] === 'AND') {
      at++
      found = one() && found
    }
    return found
  }
  /** @returns {boolean} */
  function one() {
    const word = words[at++]
    if (word !== '(') {
      // An exception only ever allows more.
      if (words[at] === 'WITH') at += 2
      return allowed.includes(word)
    }
    const found = any()
    at++
    return found
  }
  const found = any()
  return found && at === words.length
}

/** @returns {string[]} what is wrong with crates */
function faultsOfCrates() {
  return allCrates().flatMap(({ name, version, licence, source, checksum, isMacro }) => {
    if (name === 'leakguard') return []
    const faults = []
    if (!isAllowed(licence ?? '', isMacro ? FOR_TOOLS : FOR_BINARIES)) faults.push(`licence ${licence ?? 'unknown'}`)
    if (!source?.startsWith('registry+')) faults.push(`not from a registry: ${source}`)
    if (!checksum) faults.push('Cargo.lock has no checksum')
    return faults.map((fault) => `crate ${name} ${version}: ${fault}`)
  })
}

/**
 * @param {Record<string, any>} lock package-lock.json
 * @returns {string[]} what is wrong with npm packages
 */
function faultsOfPackages(lock) {
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    if (place === '') return Object.keys(entry.dependencies ?? {}).map((name) => `runtime dependency ${name}`)
    const faults = []
    if (!isAllowed(entry.license ?? '', FOR_TOOLS)) faults.push(`licence ${entry.license ?? 'unknown'}`)
    if (!/^sha512-/.test(entry.integrity ?? '')) faults.push('no SHA-512 in package-lock.json')
    if (!entry.dev && !entry.devOptional) faults.push('is not for development only')
    return faults.map((fault) => `npm ${place.split('node_modules/').at(-1)} ${entry.version}: ${fault}`)
  })
}

function main() {
  const lock = JSON.parse(String(readOr('package-lock.json', '')))
  const faults = [...faultsOfCrates(), ...faultsOfPackages(lock)]
  for (const fault of faults) say(fault)
  process.exitCode = faults.length === 0 ? 0 : 1
}

if (require.main === module) main()

module.exports = { isAllowed, faultsOfPackages }
