'use strict'
// @ts-check
// Knows what a fresh clone needs before any other command: development dependencies and the addon.
// Must not do anything when both are fresh: every npm script runs it first. `--force` builds always, `--release` builds
// the addon as it is published, for what is measured.

const { npm, say, secondsSince } = require('./lib/exec.js')
const { hashFiles, readOr, writeText } = require('./lib/files.js')
const { build, buildReason, haveCargo } = require('./lib/addon.js')

const stamp = 'node_modules/.leakguard-stamp'
const cargoMissing = `leakguard: cargo is missing, and the native addon is built with it.
Install the Rust toolchain (1.88 or newer) as https://rustup.rs says, open a new shell and run the command again.`

function main() {
  checkNode()
  installDependencies()
  const profile = process.argv.includes('--release') ? 'release' : 'everyday'
  buildAddon(profile, process.argv.includes('--force') ? 'asked for' : buildReason(profile))
}

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    fail(`leakguard: Node ${process.version} is too old, it needs 20`)
}

function installDependencies() {
  const hash = () => hashFiles(['package-lock.json'], [wantedPackages()])
  const known = String(readOr(stamp, ''))
  if (known === hash()) return
  const locked = readOr('package-lock.json', null) !== null
  const command = locked ? 'ci' : 'install'
  const reason = known ? 'the wanted packages or their lock have changed' : 'not installed yet'
  const startNs = begin(`npm ${command}, development dependencies (${reason})`)
  // Install scripts of dependencies are not needed, so none gets to run.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const done = npm([command, ...quiet], { capture: true })
  if (done.missing) fail('leakguard: npm is missing')
  end(done, startNs)
  writeText(stamp, hash())
}

/** The part of package.json that npm installs from: an edit elsewhere in it calls for nothing. */
function wantedPackages() {
  const { dependencies, devDependencies, optionalDependencies, overrides } = JSON.parse(
    String(readOr('package.json', '{}'))
  )
  return JSON.stringify({ dependencies, devDependencies, optionalDependencies, overrides })
}

/** @param {import('./lib/addon.js').Profile} profile @param {string} reason '' when there is nothing to do */
function buildAddon(profile, reason) {
  if (!reason) return
  if (!haveCargo()) fail(cargoMissing)
  const startNs = begin(`building the ${profile} addon (${reason})`)
  end(build(profile), startNs)
}

/** @param {string} what */
function begin(what) {
  process.stdout.write(`leakguard: ${what} ... `)
  return process.hrtime.bigint()
}

/** @param {import('./lib/exec.js').Outcome} done @param {bigint} startNs */
function end(done, startNs) {
  say(done.code === 0 ? secondsSince(startNs) : 'failed')
  if (done.code !== 0) fail(done.output)
}

/** @param {string} text @returns {never} */
function fail(text) {
  process.stderr.write(`${text.trimEnd()}\n`)
  process.exit(1)
}

main()
