'use strict'
// @ts-check
// Knows all that must hold before a commit; CI runs the same list.
// Must not repair anything: `npm run format` does.
//
//   npm run ready               everything
//   npm run ready -- --lint     without the tests

const fs = require('node:fs')
const path = require('node:path')
const { root, run, say, secondsSince, tool } = require('./lib/exec.js')
const { readOr } = require('./lib/files.js')
const { build, generated } = require('./lib/addon.js')

const warningsAreErrors = ['--all-targets', '--quiet', '--', '-D', 'warnings']

/** @type {{ name: string, check: () => number }[]} */
const lints = [
  { name: 'rustfmt', check: () => cargo('fmt', '--check') },
  { name: 'clippy', check: () => cargo('clippy', ...warningsAreErrors) },
  { name: 'clippy without Node', check: () => cargo('clippy', '--no-default-features', ...warningsAreErrors) },
  { name: 'biome', check: () => tool('@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '.']).code },
  { name: 'types', check: () => tool('typescript/bin/tsc', ['--noEmit', '--project', 'tsconfig.json']).code },
  { name: 'licences', check: () => run(process.execPath, ['scripts/licences.js']).code },
  { name: 'generated files', check: checkGenerated }
]
const tests = [{ name: 'tests', check: () => run(process.execPath, ['scripts/test.js']).code }]

/** @param {string[]} args */
function cargo(...args) {
  const { code, missing } = run('cargo', args)
  if (missing) say('cargo is missing')
  return code
}

/**
 * The loader must be what a build makes of the sources as they are, and must be committed together with them:
 * setup.js renews it silently, so a stale commit shows only in git.
 */
function checkGenerated() {
  const folder = 'target/generated'
  fs.rmSync(path.join(root, folder), { recursive: true, force: true })
  const done = build('everyday', { into: folder })
  if (done.code !== 0) say(done.output)
  const edited = generated.filter((file) => String(readOr(file, '')) !== String(readOr(`${folder}/${file}`, '')))
  for (const file of edited) say(`${file} is not what a build makes: npm run build`)
  const stale = staleInGit()
  for (const file of stale) say(`${file} in the last commit does not belong to its sources: commit it`)
  return done.code === 0 && edited.length === 0 && stale.length === 0 ? 0 : 1
}

/** @returns {string[]} generated files that differ from the last commit though their sources do not */
function staleInGit() {
  const sources = ['src', 'build.rs', 'Cargo.toml', 'Cargo.lock', 'package.json']
  if (run('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], { capture: true }).code !== 0) return []
  return changed(sources).length > 0 ? [] : changed(generated)
}

/** @param {string[]} files @returns {string[]} */
function changed(files) {
  const { output } = run('git', ['status', '--porcelain', '--', ...files], { capture: true })
  return output.split('\n').flatMap((line) => line.slice(3) || [])
}

function main() {
  const steps = process.argv.includes('--lint') ? lints : [...lints, ...tests]
  const failed = steps.filter(({ name, check }) => {
    const startNs = process.hrtime.bigint()
    const code = check()
    say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} ${secondsSince(startNs)}`)
    return code !== 0
  })
  if (failed.length > 0) say(`\nnot ready: ${failed.map(({ name }) => name).join(', ')}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}

main()
