// @ts-check
// Error is not as Node made it: leaks are found, and Error stays so. The first argument says what is odd, one that is
// a flag of Node's is given by who runs this; the second is whether lines are found ('sites') or not ('no-sites').
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { start } = require('leakguard')
const { leakUntilFound } = require('../../support/leaks.js')

/** @type {any} */
const AnyError = Error
/** @type {Record<string, () => void>} */
const ODDITIES = {
  'a stackTraceLimit of 0': () => {
    Error.stackTraceLimit = 0
  },
  'no stackTraceLimit': () => {
    delete AnyError.stackTraceLimit
  },
  'a prepareStackTrace that is an accessor': () => {
    /** @type {unknown} */
    let kept
    Object.defineProperty(Error, 'prepareStackTrace', {
      configurable: true,
      get: () => kept,
      set: (value) => {
        kept = value
      }
    })
  },
  'a prepareStackTrace that cannot be set': () => {
    Object.defineProperty(Error, 'prepareStackTrace', { value: () => 'fixed' })
  },
  'a prepareStackTrace whose setter does nothing': () => {
    Object.defineProperty(Error, 'prepareStackTrace', { get: () => () => 'a\tb\t1\t1', set() {} })
  },
  'a captureStackTrace that was replaced': () => {
    Error.captureStackTrace = () => {
      throw new Error('mine')
    }
  },
  'a frozen Error': () => {
    Object.freeze(Error)
  }
}

const [oddity, sites] = process.argv.slice(2)
assert.match(sites, /^(no-)?sites$/)
if (oddity.startsWith('--')) assert.ok(process.execArgv.includes(oddity))
else ODDITIES[oddity]()

const look = () => Object.getOwnPropertyDescriptors(Error)
const was = look()
const guard = start({ minGrowthMs: 100 })
const bus = new EventEmitter().setMaxListeners(0)

function leaky() {
  bus.on('x', () => {})
}

async function main() {
  const { finding } = await leakUntilFound(guard, () => {
    for (let i = 0; i < 5; i++) leaky()
  })
  assert.equal(finding.kind, 'listener')
  if (sites === 'sites') assert.equal(finding.culprit.function, 'leaky')
  else assert.ok([undefined, __filename].includes(finding.culprit.file), finding.culprit.file)
  guard.stop()
  assert.deepEqual(look(), was)
}

main()
