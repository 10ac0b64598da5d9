'use strict'
// @ts-check
// Knows which crates are compiled into the addon of a target, and what they say of themselves.
// Must not know which licences are good.

const fs = require('node:fs')
const path = require('node:path')
const { run } = require('./exec.js')
const { readOr } = require('./files.js')

/**
 * @typedef {object} Crate
 * @property {string} name @property {string} version
 * @property {string | null} licence an SPDX expression
 * @property {string | null} source `registry+…`, null for our own
 * @property {string | undefined} checksum SHA-256 of its archive, of Cargo.lock
 * @property {boolean} isMacro runs in the compiler: nothing of it is in the binary
 * @property {string} folder where its sources are
 */

/** @param {string[]} args */
function metadata(args) {
  const done = run('cargo', ['metadata', '--format-version', '1', '--locked', ...args], { capture: true })
  if (done.code !== 0) throw new Error(`cargo metadata: ${done.output}`)
  return JSON.parse(done.output.slice(done.output.indexOf('{"packages"')))
}

/** @param {any} entry @returns {Crate} */
function crateOf(entry) {
  const isMacro = entry.targets.some((/** @type {any} */ target) => target.kind.includes('proc-macro'))
  const { name, version, license, source } = entry
  const folder = path.dirname(entry.manifest_path)
  return { name, version, licence: license, source, checksum: checksums().get(`${name} ${version}`), isMacro, folder }
}

/** @type {Map<string, string> | undefined} */
let known

function checksums() {
  const entries = /name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([^"]+)"/g
  known ??= new Map(
    [...String(readOr('Cargo.lock', '')).matchAll(entries)].map(([, name, at, sum]) => [`${name} ${at}`, sum])
  )
  return known
}

/** Of all platforms, tests and build scripts too. @returns {Crate[]} */
const allCrates = () => metadata([]).packages.map(crateOf)

/** @param {string} target @returns {Crate[]} what is compiled into the binary, macros and build scripts left out */
function linkedCrates(target) {
  const { packages, resolve } = metadata(['--filter-platform', target])
  const nodes = new Map(resolve.nodes.map((/** @type {any} */ node) => [node.id, node]))
  const crates = new Map(packages.map((/** @type {any} */ entry) => [entry.id, crateOf(entry)]))
  const found = new Set()
  const visit = (/** @type {string} */ id) => {
    if (found.has(id) || crates.get(id)?.isMacro) return
    found.add(id)
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      if (dep_kinds.some((/** @type {any} */ kind) => kind.kind === null)) visit(pkg)
    }
  }
  visit(resolve.root)
  found.delete(resolve.root)
  const byName = (/** @type {Crate} */ a, /** @type {Crate} */ b) =>
    `${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1
  return [...found].map((id) => crates.get(id)).sort(byName)
}

/** @param {Crate} crate @returns {string} its licence as written beside its sources; MIT before others where one may choose */
function licenceText({ folder }) {
  const names = fs.readdirSync(folder).filter((name) => /^(licen[cs]e|copying|unlicense|notice)/i.test(name))
  const isChoice = names.some((name) => /mit/i.test(name))
  const wanted = isChoice ? names.filter((name) => !/apache|unlicense|copying/i.test(name)) : names
  return wanted.map((name) => fs.readFileSync(path.join(folder, name), 'utf8').trim()).join('\n\n')
}

module.exports = { allCrates, linkedCrates, licenceText }
