'use strict'
// @ts-check
// Knows how the native addon is built and what its result depends on.
// Must not know when a build is wanted: that is for setup.js and ready.js to say.

const fs = require('node:fs')
const path = require('node:path')
const { root, run, tool } = require('./exec.js')
const { hashFiles, listFiles, readOr, writeText } = require('./files.js')

const stamp = 'target/.leakguard-stamp'
const generated = ['native.js', 'native.d.ts']

/** All that decides about the addon and its loader; of package.json the two fields the loader is made from. */
function sourcesHash() {
  const { version, napi } = JSON.parse(String(readOr('package.json', '{}')))
  const settings = ['build.rs', 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml', 'rust-toolchain.toml']
  const facts = [process.platform, process.arch, String(version), JSON.stringify(napi)]
  return hashFiles([...listFiles('src'), ...settings], facts)
}

/** Profiles of Cargo.toml: one builds fast, the other is what is published and measured. @typedef {'everyday' | 'release'} Profile */

/**
 * @param {Profile} profile at least this one: a release addon serves every day too
 * @returns {string} why the addon has to be built, or '' when it is fresh
 */
function buildReason(profile) {
  if (!fs.readdirSync(root).some(isAddonOfThisMachine)) return 'there is none for this machine yet'
  const lost = generated.find((file) => readOr(file, null) === null)
  if (lost) return `${lost} is missing`
  const [known, builtAs] = String(readOr(stamp, '')).split(' ')
  if (!known) return 'nothing tells which sources it was built from'
  if (known !== sourcesHash()) return 'its sources have changed'
  return profile === 'release' && builtAs !== 'release' ? 'the one that is there was built for every day' : ''
}

/** @param {string} name */
function isAddonOfThisMachine(name) {
  return name.startsWith(`leakguard.${process.platform}-${process.arch}`) && name.endsWith('.node')
}

/**
 * @param {Profile} profile
 * @param {{ into?: string, capture?: boolean }} [options] `into`: a folder for addon and loader instead of the root
 */
function build(profile, { into, capture = true } = {}) {
  const args = ['build', '--platform', '--profile', profile, '--js', 'native.js', '--dts', 'native.d.ts']
  // Taken before the build: a source saved meanwhile must leave the stamp stale.
  const hash = sourcesHash()
  const done = tool('@napi-rs/cli/dist/cli.js', into ? [...args, '--output-dir', into] : args, { capture })
  if (done.code === 0 && !into) writeText(stamp, `${hash} ${profile}`)
  return done
}

/** Where the addon is that writes down what its monitor is told. It is built beside the other, and never packed. */
const recorderFolder = 'target/record'

/** Builds it; what is fresh costs a second. @returns {import('./exec.js').Outcome & { file: string }} */
function buildRecorder() {
  const into = path.join(root, recorderFolder, 'addon')
  const features = ['--features', 'record', '--target-dir', recorderFolder]
  const args = ['build', '--platform', '--profile', 'everyday', '--js', 'native.js', '--dts', 'native.d.ts']
  const done = tool('@napi-rs/cli/dist/cli.js', [...args, ...features, '--output-dir', into], { capture: true })
  const name = done.code === 0 ? fs.readdirSync(into).find(isAddonOfThisMachine) : undefined
  return { ...done, file: path.join(into, name ?? '') }
}

/** @returns {boolean} whether cargo answers */
function haveCargo() {
  const { code, missing } = run('cargo', ['--version'], { capture: true })
  return !missing && code === 0
}

module.exports = { build, buildReason, buildRecorder, generated, haveCargo }
