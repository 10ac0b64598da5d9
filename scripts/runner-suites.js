'use strict'
// @ts-check
// Knows how to run the test suites of other people's packages under the check of each file, and which of the things
// that it tells are known to be true. Must not know how it checks.
//
//   SUITES_DIR=<folder with the checkouts below, each installed> node scripts/runner-suites.js [--node=FILE] [NAME…]
//
// Checkouts of github.com/expressjs/express, websockets/ws, honojs/node-server, tj/commander.js, siimon/prom-client, in
// folders of those names.

const fs = require('node:fs')
const path = require('node:path')
const { stripVTControlCharacters } = require('node:util')
const { root, runAside, say } = require('./lib/exec.js')

const TIMEOUT_MS = 300_000

/**
 * `known`: what its tests do leave behind, each looked up in its sources.
 * @type {Record<string, { args: string[], known: Record<string, RegExp> }>}
 */
const suites = {
  express: {
    args: 'node_modules/mocha/bin/mocha.js --require test/support/env --require leakguard/mocha --exit --check-leaks test/ test/acceptance/'.split(
      ' '
    ),
    known: {}
  },
  ws: {
    args: 'node_modules/mocha/bin/mocha.js --require leakguard/mocha --exit test/*.test.js'.split(' '),
    known: {
      'sockets whose look-up never answers are never closed': /open TCP sockets left .*opened at (?:net|tls)Connect/,
      'a test that fails leaves its server': /listening TCP server left .*cannot be read/
    }
  },
  'node-server': {
    args: 'node_modules/vitest/vitest.mjs run --config leakguard.config.mjs'.split(' '),
    known: {
      'requests that are never ended, to servers closed without their connections':
        /open TCP sockets left .*'autoCleanupIncoming: false/
    }
  },
  'commander.js': {
    args: '--require leakguard/node-test --test'.split(' '),
    known: { 'executable subcommands forward signals, and never stop to': /'SIG\w+' listeners? on one process left / }
  },
  'prom-client': {
    args: 'node_modules/jest/bin/jest.js --setupFilesAfterEnv leakguard/jest --watchman=false'.split(' '),
    known: { 'an aggregator listens to the cluster module for good': /'message' listener.*addListeners/ }
  }
}

/** Vitest takes set-up files from its configuration only. */
const VITEST_CONFIG = `import { mergeConfig } from 'vitest/config'
import own from './vitest.config'
export default mergeConfig(own, { test: { setupFiles: ['leakguard/vitest'] } })
`

/** @param {string} folder of a checkout */
function installHere(folder) {
  const own = path.join(folder, 'node_modules', 'leakguard')
  fs.rmSync(own, { recursive: true, force: true })
  fs.mkdirSync(own)
  for (const name of fs.readdirSync(root))
    if (/^(?:package\.json|(?:index|cache|register|native)\.m?js|lib|leakguard\..*\.node)$/.test(name))
      fs.cpSync(path.join(root, name), path.join(own, name), { recursive: true })
  fs.writeFileSync(path.join(folder, 'leakguard.config.mjs'), VITEST_CONFIG)
}

/** The first line of each finding that is printed, once. @param {string} output */
const findingsIn = (output) => [...new Set([...output.matchAll(/^ *\d+\. (\w+, \w+: .*)$/gm)].map(([, line]) => line))]

/** @param {string} output */
const countsIn = (output) =>
  output.split('\n').filter((line) => /^\s*(?:Tests:? +\d|\d+ (?:passing|failing)|ℹ (?:pass|fail) )/.test(line))

/** @param {string} name @param {string} folder @param {string} node @returns {Promise<number>} findings that nobody looked up */
async function runSuite(name, folder, node) {
  installHere(folder)
  const { args, known } = suites[name]
  let unknown = 0
  for (const mode of ['', 'file']) {
    const env = { ...process.env, LEAKGUARD_CHECK: mode, CI: '1' }
    const { output: raw, timedOut } = await runAside(node, expanded(args, folder), {
      cwd: folder,
      env,
      timeoutMs: TIMEOUT_MS
    })
    const output = stripVTControlCharacters(raw)
    const counts = countsIn(output).map((line) => line.trim())
    say(`\n${name}, ${mode ? 'each file checked' : 'plain'}: ${timedOut ? 'no end' : counts.join(', ')}`)
    for (const finding of findingsIn(output)) {
      const why = Object.keys(known).find((reason) => known[reason].test(finding))
      if (!why) unknown++
      say(`  ${why ? `true (${why})` : 'NOT KNOWN'}: ${finding}`)
    }
  }
  return unknown
}

/** A star in a file's name, as a shell has it. @param {string[]} args @param {string} folder */
const expanded = (args, folder) =>
  args.flatMap((arg) => {
    if (!arg.includes('*')) return arg
    const [before, after] = path.basename(arg).split('*')
    const names = fs.readdirSync(path.join(folder, path.dirname(arg)))
    return names
      .filter((one) => one.startsWith(before) && one.endsWith(after))
      .map((one) => path.join(path.dirname(arg), one))
  })

async function main() {
  const home = process.env.SUITES_DIR
  if (!home) return say('skip: SUITES_DIR names no folder with checkouts; see the head of this file')
  const args = process.argv.slice(2)
  const node = args.find((arg) => arg.startsWith('--node='))?.slice(7) ?? process.execPath
  const wanted = args.filter((arg) => !arg.startsWith('--'))
  let [ran, unknown] = [0, 0]
  for (const name of Object.keys(suites)) {
    const folder = path.resolve(home, name)
    if (wanted.length > 0 && !wanted.includes(name)) continue
    if (!fs.existsSync(path.join(folder, 'node_modules'))) {
      say(`skip ${name}: ${folder} is not there, or not installed`)
      continue
    }
    ran++
    unknown += await runSuite(name, folder, node)
  }
  say(`\n${ran} suites, ${unknown} findings that nobody has looked up`)
  process.exitCode = unknown > 0 ? 1 : 0
}

main()
