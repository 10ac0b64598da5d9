// @ts-check
// What the command line says to a person who asks for help or mistypes.

'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const test = require('node:test')
const { version } = require('../../package.json')

const bin = path.join(__dirname, '../../bin/leakguard.js')

/** @param {string[]} args */
function leakguard(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('--version prints the version of the package', () => {
  assert.deepEqual(leakguard('--version'), { status: 0, stdout: `${version}\n`, stderr: '' })
})

test('--help lists the commands', () => {
  const { status, stdout, stderr } = leakguard('--help')
  assert.equal(status, 0)
  assert.match(stdout, /^ {2}demo {2,}\S/m)
  assert.equal(stderr, '')
})

test('the help of a command is the same either way it is asked for', () => {
  const { status, stdout } = leakguard('demo', '--help')
  assert.equal(status, 0)
  assert.match(stdout, /--seconds N/)
  assert.equal(leakguard('help', 'demo').stdout, stdout)
})

const mistakes = [
  { args: [], says: /^leakguard finds/ },
  { args: ['dmeo'], says: /unknown command dmeo: did you mean demo\?\nSee leakguard --help/ },
  { args: ['xyzzy'], says: /unknown command xyzzy\n/ },
  { args: ['--versoin'], says: /unknown option --versoin: did you mean --version\?/ },
  { args: ['../main'], says: /unknown command \.\.\/main\n/ },
  {
    args: ['demo', '--secnds', '3'],
    says: /unknown option --secnds: did you mean --seconds\?\nSee leakguard demo --help/
  },
  { args: ['demo', '--toString'], says: /unknown option --toString\n/ },
  { args: ['demo', '--seconds'], says: /--seconds needs a value: --seconds N/ },
  { args: ['demo', '--seconds', '--json'], says: /--seconds needs a value/ },
  { args: ['demo', '--seconds='], says: /--seconds must be a number from 1 to 3600/ },
  { args: ['demo', '--seconds', '-3'], says: /--seconds must be a number from 1 to 3600, got -3/ },
  { args: ['demo', '--seconds', 'ten'], says: /--seconds must be a number from 1 to 3600, got ten/ },
  { args: ['demo', '--json=yes'], says: /--json takes no value, but got yes/ },
  { args: ['demo', 'server.js'], says: /demo takes no argument, but got server\.js/ }
]

for (const { args, says } of mistakes) {
  test(`"leakguard ${args.join(' ')}" is refused with what to write instead`, () => {
    const { status, stdout, stderr } = leakguard(...args)
    assert.match(stderr, says)
    assert.equal(stdout, '')
    assert.equal(status, 2)
  })
}
