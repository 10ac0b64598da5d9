// @ts-check
// The handler for collectors, over HTTP as they ask it.
'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { afterEach, describe, test } = require('node:test')
const { start } = require('../..')
const { pprofHandler } = require('leakguard/pprof')
const { runNode, tempFolder } = require('../support/child.js')
const { until } = require('../support/leaks.js')
const { readOfficial } = require('../support/pprof/official.js')

afterEach(() => start().stop())

/** @param {import('node:test').TestContext} t @param {import('leakguard/pprof').PprofHandlerOptions} [options] */
async function served(t, options) {
  const handler = pprofHandler(options)
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  t.after(() => {
    handler.stop()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { handler, url: `http://127.0.0.1:${port}/debug/pprof/heap` }
}

describe('leakguard/pprof', () => {
  test('has nothing at first, then the newest profile with its age; a request takes none', async (t) => {
    const guard = start()
    const { url } = await served(t, { guard, everyMs: 0 })
    const none = await fetch(url)
    assert.deepEqual([none.status, none.headers.get('retry-after')], [503, '60'])
    assert.match(await none.text(), /^no profile has been taken yet/)
    const taken = await guard.profile({ type: 'leaks' })
    const got = await fetch(url)
    assert.equal(got.status, 200)
    assert.equal(got.headers.get('content-type'), 'application/octet-stream')
    assert.ok(Number(got.headers.get('age')) >= 0)
    assert.ok(Math.abs(Date.parse(got.headers.get('last-modified') ?? '') - Date.now()) < 60_000)
    const bytes = Buffer.from(await got.arrayBuffer())
    assert.deepEqual(bytes, Buffer.from(taken))
    for (let at = 0; at < 5; at++) assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), bytes)
    const head = await fetch(url, { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(bytes.length)])
    const post = await fetch(url, { method: 'POST' })
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
  })

  test('takes profiles by itself, without a program that waits for them', async (t) => {
    const { url, handler } = await served(t, { guard: start(), everyMs: 50 })
    await until(async () => (await fetch(url)).status === 200)
    const first = readOfficial(Buffer.from(await (await fetch(url)).arrayBuffer()))
    assert.ok(first.types.some((/** @type {any} */ { type }) => type === 'leak_objects'))
    // Where there may be no copy, it says so.
    const hasHeap = first.types.some((/** @type {any} */ { type }) => type === 'retained_space')
    assert.match(first.comments.join(), hasHeap ? /^heap: fork, / : /^without the heap: /)
    handler.stop()
  })

  test('keeps no process alive, and tells workers without a copy', async (t) => {
    const folder = tempFolder(t, {
      'app.js': `
        const { Worker, isMainThread, parentPort } = require('node:worker_threads')
        const { start } = require('leakguard')
        const { pprofHandler } = require('leakguard/pprof')
        const guard = start()
        pprofHandler({ guard, everyMs: 20 })
        if (isMainThread) {
          new Worker(__filename).once('message', (comment) => console.log(comment))
        } else {
          const timer = setInterval(() => {
            if (!guard.lastProfile) return
            clearInterval(timer)
            parentPort.postMessage(guard.lastProfile.type)
          }, 10)
        }`
    })
    const { code, stdout, stderr } = await runNode(['app.js'], { cwd: folder })
    assert.deepEqual([code, stdout.trim()], [0, 'leaks'], stderr)
  })

  test('takes none where leakguard is turned off', async (t) => {
    const folder = tempFolder(t, {
      'app.js': `
        const guard = require('leakguard').start()
        require('leakguard/pprof').pprofHandler({ guard, everyMs: 1 })
        setTimeout(() => console.log(guard.lastProfile), 300)`
    })
    const { stdout } = await runNode(['app.js'], { cwd: folder, env: { LEAKGUARD_DISABLE: '1' } })
    assert.equal(stdout.trim(), 'undefined')
  })

  test('refuses options that are wrong', () => {
    assert.throws(() => pprofHandler(/** @type {any} */ ({ guard: {} })), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => pprofHandler({ everyMs: -1 }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => pprofHandler(/** @type {any} */ ({ every: 1 })), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
  })
})
