'use strict'
// @ts-check
// Leaks that people have reported, replayed: each is accused with what holds it, its mended twin never.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { start } = require('leakguard')
const { collectGarbage } = require('../support/gc.js')
const { incidents } = require('./incidents.js')

const ROUNDS = 14
const LIVES = 400
const AT_ONCE = 8
const canFork = process.platform === 'linux' && !process.env.LEAKGUARD_NO_FORK

/** @param {import('./incidents.js').Incident} incident @param {boolean} isLeaky */
async function replay({ answer, serve, isAborted, isClosed }, isLeaky) {
  // One process for all of them: together they take more copies than go unasked.
  const guard = start({ explain: 'heap' })
  const server = http.createServer(answer(isLeaky))
  serve?.(server, isLeaky)
  server.listen(0)
  await once(server, 'listening')
  const port = /** @type {import('node:net').AddressInfo} */ (server.address()).port
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const ask = (/** @type {number} */ at) =>
    new Promise((resolve) => {
      const gone = isAborted && at % 2 === 1
      const path = gone ? '/abort' : '/'
      const request = http.get({ port, path, agent: isClosed ? false : agent }, (response) => response.resume())
      request.once('close', resolve)
      request.on('error', () => {})
      if (gone) setTimeout(() => request.destroy(), 3)
    })
  const findings = () =>
    guard.check().findings.filter(({ evidence }) => evidence.some((line) => line.includes('ended more than')))
  const sure = () => findings().filter(({ confidence }) => confidence !== 'possible')
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, lane) => {
          for (let at = lane; at < LIVES; at += AT_ONCE) await ask(Math.floor(at / AT_ONCE))
        })
      )
      await wait(120)
      await collectGarbage()
      await wait(120)
    }
    for (let i = 0; isLeaky && canFork && i < 400 && sure().length === 0; i++) await wait(100)
    return { findings: findings(), sure: sure(), lifecycles: guard.stats().lifecycles }
  } finally {
    guard.stop()
    agent.destroy()
    server.closeAllConnections()
    server.close()
  }
}

const all = Object.entries(incidents)
const drawn = process.env.LEAKGUARD_TEST_SLICE === '1' ? all.slice(0, 1) : all
for (const [name, incident] of drawn) {
  describe(name, () => {
    test('is accused, with its holder', { skip: !canFork && 'copies of the process are made on Linux' }, async () => {
      const { findings, sure, lifecycles } = await replay(incident, true)
      const told = JSON.stringify([findings.map(({ confidence, message }) => `${confidence}: ${message}`), lifecycles])
      assert.ok(sure.length > 0, told)
      const [{ culprit, message, retainerPath }] = sure
      const path = JSON.stringify(retainerPath)
      assert.ok(
        culprit.name === incident.holder || message.includes(`'${incident.holder}'`) || path.includes(incident.holder),
        told
      )
      assert.ok(culprit.file?.endsWith('incidents.js'), told)
    })

    test('mended, is not', async () => {
      const { findings, lifecycles } = await replay(incident, false)
      assert.deepEqual(
        findings.filter(({ confidence }) => confidence !== 'possible').map(({ message }) => message),
        [],
        JSON.stringify(lifecycles)
      )
      assert.ok(lifecycles.some(({ kind, collected }) => kind === incident.kind && collected > 0))
    })
  })
}
