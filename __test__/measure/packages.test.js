'use strict'
// @ts-check
// Published packages, used carelessly and well, each in a process of its own. A few of them, drawn; all with
// LEAKGUARD_TEST_ALL=1. They are installed once, into .cache/; without a registry they are skipped.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { draw } = require('../support/draw.js')
const { judgeLive } = require('../support/live.js')
const { leaky, clean } = require('./packages/operations.js')

const root = path.resolve(__dirname, '../..')
const source = path.join(__dirname, 'packages')
const folder = path.join(root, '.cache', 'measured-packages')
/** One in so many is enough for every day. */
const SHARE = 1 / 8

/** @returns {string | undefined} why it cannot be */
function install() {
  fs.mkdirSync(folder, { recursive: true })
  const wanted = fs.readFileSync(path.join(source, 'package.json'), 'utf8')
  const at = path.join(folder, 'package.json')
  const isThere = fs.existsSync(path.join(folder, 'node_modules')) && fs.existsSync(at)
  fs.copyFileSync(path.join(source, 'operations.js'), path.join(folder, 'operations.js'))
  if (isThere && fs.readFileSync(at, 'utf8') === wanted) return
  fs.writeFileSync(at, wanted)
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--loglevel=error']
  const { status, stderr } = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32'
  })
  if (status === 0) return
  fs.rmSync(at, { force: true })
  return `npm install failed: ${stderr?.trim().split('\n')[0]}`
}

const PROGRAM = `
const { measureLeaks } = require(process.argv[1])
const operations = require(process.argv[2])
const [kind, name] = process.argv.slice(3)
const op = kind === 'leaky' ? operations.leaky[name].make() : operations.clean[name]()
measureLeaks(op).then((report) => {
  process.stdout.write(JSON.stringify({ report, text: String(report) }), () => process.exit())
})`

/** @param {'leaky' | 'clean'} kind @param {string} name */
function measured(kind, name) {
  const args = ['-e', PROGRAM, path.join(root, 'index.js'), path.join(folder, 'operations.js'), kind, name]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 120_000 })
  assert.ok(stdout, stderr)
  return JSON.parse(stdout)
}

const skip = install()

describe('a package that is used carelessly leaks, and the report says where to look', { skip }, () => {
  for (const name of draw('leaky package', Object.keys(leaky), SHARE)) {
    test(name, (t) =>
      judgeLive(t, { kind: 'leaky package', name, expected: 'leaking' }, () => {
        const { report, text } = measured('leaky', name)
        const isRight = report.verdict === 'leaking' && text.includes(/** @type {any} */ (leaky)[name].held)
        return { verdict: report.verdict, wrong: isRight ? '' : text }
      })
    )
  }
})

describe('a package that is used well does not', { skip }, () => {
  for (const name of draw('clean package', Object.keys(clean), SHARE)) {
    test(name, (t) =>
      judgeLive(t, { kind: 'clean package', name, expected: 'clean' }, () => {
        const { report, text } = measured('clean', name)
        return { verdict: report.verdict, wrong: report.verdict === 'clean' ? '' : text }
      })
    )
  }
})
