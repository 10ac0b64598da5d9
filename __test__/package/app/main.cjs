// What an application does with the installed package: every part of it that could miss a file or a binary.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter, once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { Worker, isMainThread, parentPort } = require('node:worker_threads')

const leakguard = require('leakguard')

/** @param {typeof leakguard} copy */
async function use({ start }) {
  const guard = start({ minGrowthMs: 200 })
  const bus = new EventEmitter().setMaxListeners(0)
  const work = setInterval(() => bus.on('change', () => {}), 5)
  try {
    for (let i = 0; i < 100; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const report = guard.check()
      if (report.verdict === 'leaking') {
        assert.equal(report.findings[0].kind, 'listener')
        return
      }
    }
    assert.fail(`ten seconds, and not found\n${guard.check()}`)
  } finally {
    clearInterval(work)
    guard.stop()
  }
}

/** Both packages once more, in another folder, as two versions of a dependency bring them. */
async function useSecondCopy() {
  // Under plug'n'play there are no folders to copy.
  if (process.versions.pnp) return
  const first = path.dirname(fs.realpathSync(require.resolve('leakguard/package.json')))
  const { optionalDependencies } = require('leakguard/package.json')
  const modules = fs.mkdtempSync(path.join(__dirname, 'second-'))
  const folder = path.join(modules, 'node_modules')
  fs.cpSync(first, path.join(folder, 'leakguard'), { recursive: true, dereference: true })
  const fromFirst = require('node:module').createRequire(path.join(first, 'index.js'))
  for (const name of Object.keys(optionalDependencies)) {
    try {
      const binary = path.dirname(fs.realpathSync(fromFirst.resolve(`${name}/package.json`)))
      fs.cpSync(binary, path.join(folder, name), { recursive: true })
    } catch {
      // Of another platform.
    }
  }
  const second = require(path.join(folder, 'leakguard'))
  assert.notEqual(second, leakguard)
  const guards = [leakguard.start(), second.start()]
  for (const guard of guards) assert.match(guard.check().verdict, /^(undecided|clean|leaking)$/)
  for (const guard of guards) guard.stop()
  await use(second)
  fs.rmSync(modules, { recursive: true })
}

async function inWorker() {
  await use(leakguard)
  parentPort?.postMessage('done')
}

async function main() {
  await use(leakguard)
  const worker = new Worker(__filename)
  const [message] = await once(worker, 'message')
  assert.equal(message, 'done')
  await once(worker, 'exit')
  await useSecondCopy()

  const graph = await leakguard.captureHeap()
  assert.ok(graph.nodeCount > 1000)
  graph.dispose()

  if (process.env.APP_THOROUGH) {
    const sessions = new Map()
    await assert.rejects(
      leakguard.assertNoLeaks(() => void sessions.set(Symbol('token'), {})),
      { code: 'ERR_LEAKGUARD_LEAK' }
    )
  }
  console.log('main.cjs done')
}

if (isMainThread) main()
else inWorker()
