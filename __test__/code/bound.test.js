'use strict'
// @ts-check
// What the code says of a container: a number that bounds it, that entries are taken out in some other way, or that
// nothing but the end of each takes it out.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { BY_KEY, boundIn, boundOf, fillIn, keysIn } = require('../../lib/code/bound.js')
const { Outline } = require('../../lib/code/outline.js')

/** @param {...string} texts */
const read = (...texts) => texts.map((text) => new Outline(text))

/** @type {[string, string, number | undefined][]} */
const codes = [
  // A size that is written there.
  ['if (ring.length > 10_000) ring.shift()', 'ring', 10_000],
  ['const MAX = 1e4\nif (this.ring.length >= MAX) this.ring.shift()', 'ring', 10_000],
  ['const limits = { entries: 500 }\nwhile (cache.size > limits.entries) cache.delete(first)', 'cache', 500],
  ['ring[next++ % 1000] = request', 'ring', 1000],
  [
    'class Recent { #slots = Array.from({ length: 30_000 })\nadd(one) { this.#slots[this.#next++] = one } }',
    '#slots',
    30_000
  ],
  ['let last = []\nlast.push(request)\nif (last.length >= 300) last = last.slice(-200)', 'last', 300],
  ['ring[next++ % ring.length] = request', 'ring', Infinity],
  ['slots[next] = request\nnext = next + 1 === size ? 0 : next + 1', 'slots', Infinity],
  [
    'class Ring { add(one) { this.all[this.at++] = one\nif (this.at === this.all.length) this.at = 0 } }\nring.add(request)',
    'all',
    Infinity
  ],
  ['sampled[Math.floor(Math.random() * 100)] = request', 'sampled', Infinity],
  // One that is not.
  ['while (cache.size > limits.entries) cache.delete(first)', 'cache', Infinity],
  ['function keep(request) { if (MAX_OLD < ring.length) ring.shift() }', 'ring', Infinity],
  [
    'set(key, one) { this.map.set(key, one)\nif (this.map.size > this.max) { const [first] = this.map.keys(); this.map.delete(first) } }',
    'map',
    Infinity
  ],
  // By time.
  [
    'setInterval(() => { for (const [key, { at }] of open) if (Date.now() - at > TTL) open.delete(key) }, 5000)',
    'open',
    Infinity
  ],
  ['store.set(key, one)\nsetTimeout(() => store.delete(key), 60_000)', 'store', Infinity],
  ['const drop = (key) => store.delete(key)\nadd(key)\nsetTimeout(drop, 60_000, key)', 'store', Infinity],
  [
    'class Store {\n  sweep() { this.map.forEach((one, key) => { if (one.at < limit()) this.map.delete(key) }) }\n}',
    'map',
    Infinity
  ],
  ['setInterval(() => { Object.keys(byId).forEach((id) => { delete byId[id] }) }, 1000)', 'byId', Infinity],
  ['let batch = []\nsetInterval(() => { const now = batch; batch = []; write(now) }, 60_000)', 'batch', Infinity],
  ['class Log { constructor() { this.lines = [] }\nflush() { write(this.lines.splice(0)) } }', 'lines', Infinity],
  [
    'let young = new Map()\nlet old = new Map()\nfunction turn() { old = young; young = new Map() }\nif (young.size > MAX) turn()',
    'old',
    Infinity
  ],
  [
    'class Batch { constructor() { this.reset() }\nreset() { this.items = [] }\nsend() { write(this.items)\nthis.reset() } }\nsetInterval(() => batch.send(), 1000)',
    'items',
    Infinity
  ],
  ['last = [request, ...last].slice(0, MAX)', 'last', Infinity],
  [
    'function release() { const first = queueHead\nif (first) queueHead = first.next }\nsetImmediate(release)',
    'queueHead',
    Infinity
  ],
  [
    'const next = (state, request) => ({ ...state, recent: [...state.recent.slice(-99), request] })\nstate = next(state, request)',
    'recent',
    Infinity
  ],
  ['recent = takeRight(recent, 100)', 'recent', Infinity],
  // In turn, or when somebody else has done with it.
  ['async function drain() { while (queue.length) await work(queue.shift()) }', 'queue', Infinity],
  ['const work = run(request).then(() => pending.delete(id))\npending.set(id, work)', 'pending', Infinity],
  ["bus.once('tick', () => look(request))\nsetInterval(() => bus.emit('tick'), 1000)", 'bus', Infinity],
  ['function note(error) { errors.unshift(error)\nerrors.length = Math.min(errors.length, 100) }', 'errors', Infinity],
  // Whoever asks for that one, or for none any more.
  ["app.post('/done/:id', (request) => { jobs.delete(request.params.id) })", 'jobs', BY_KEY],
  ['app.post(path, (request) => { const { id } = request.params\njobs.delete(id) })', 'jobs', BY_KEY],
  [
    'class Store { get(id) { const one = this.all[id]\nif (one && one.expires <= Date.now()) delete this.all[id]\nreturn one } }\nserve((request) => store.get(request.id))',
    'all',
    BY_KEY
  ],
  [
    'Store.prototype.destroy = function destroy(id, done) { delete this.all[id]\ndone() }\nrun((id) => store.destroy(id))',
    'all',
    BY_KEY
  ],
  [
    'class Subject { complete() { once(() => { while (this.news.length) this.news.shift().complete() }) } }',
    'news',
    BY_KEY
  ],
  ['class Store { clear() { this.all = {} }\nput(id) { this.all[id] = 1 } }', 'all', undefined],
  [
    'class Store { constructor() { this.reset() }\nreset() { this.all = {} } }\nsetInterval(() => store.reset(), 60_000)',
    'all',
    Infinity
  ],
  [
    'class Metrics { resetMetrics() { for (const name in this.all) this.all[name].reset() } }\nclass Metric { constructor() { this.reset() }\nreset() { this.byLabel = {} } }',
    'byLabel',
    undefined
  ],
  [
    'class Metric { reset() { this.byLabel = {} } }\nfunction resetAll() { for (const one of metrics) one.reset() }\nsetInterval(() => it.resetAll(), 60_000)',
    'byLabel',
    Infinity
  ],
  ['app.opened = new Promise((resolve) => { open = resolve })', 'open', undefined],
  // What looks like it is in turn, by size or by time all the same.
  ['const drop1 = (id) => all.delete(id)\nsetTimeout(drop1, 60_000, id)', 'all', Infinity],
  ['function done(id) { all.delete(id) }\nfor (const id of old) done(id)', 'all', Infinity],
  ['function done(id) { all.delete(id) }\nold.forEach((one) => done(one.id))', 'all', Infinity],
  ['function done(id) { setTimeout(() => all.delete(id), 60_000) }\nrun((id) => done(id))', 'all', Infinity],
  [
    'function put(id) { all.set(id, 1)\nif (queue.length > max()) all.delete(id) }\nrun((id) => put(id))',
    'all',
    Infinity
  ],
  ['run((id) => { const first = all.keys().next().value\nall.delete(first) })', 'all', Infinity],
  // Begun anew by a function that is no method.
  ['app.x = 1\nfunction resetDaily() { seen.clear() }\nsetInterval(resetDaily, 864e5)', 'seen', Infinity],
  [
    'app.x = 1\nfunction emptyQueue() { while (queue.length) work(queue.shift()) }\nsetInterval(emptyQueue, 1000)',
    'queue',
    Infinity
  ],
  [
    'app.x = 1\nfunction emptyBatch() { const b = batch\nbatch = []\nreturn b }\nsetInterval(() => post(emptyBatch()), 1000)',
    'batch',
    Infinity
  ],
  [
    'class Ids { constructor() { const reset = () => { this.seen.clear() }\nsetInterval(reset, 6e4) } }',
    'seen',
    Infinity
  ],
  [
    'app.x = 1\nfunction resetDaily() { seen.clear() }\nsetInterval(() => { if (resetDaily()) { log() } }, 864e5)',
    'seen',
    Infinity
  ],
  // By its key, and in another way too.
  [
    'class Lru { put(key) { if (this.map.size >= 10000) this.map.delete(this.first)\nthis.map.set(key, 1) }\ninvalidate(key) { this.map.delete(key) } }\nrun((key) => lru.invalidate(key))',
    'map',
    10_000
  ],
  ['ring[next++ % 20000] = request\nrun((id) => { delete ring[id] })', 'ring', Infinity],
  // By counters of its own, or when something has come to its end.
  [
    'class Lru { put(key) { if (this.count === this.max) { const victim = this.tail\nthis.map.delete(victim.key) } } }\nrun((key) => lru.put(key))',
    'map',
    Infinity
  ],
  [
    'class Lru { put(key) { if (this.bytes > this.maxBytes) this.map.delete(this.tail.key) } }\nrun((key) => lru.put(key))',
    'map',
    Infinity
  ],
  [
    'class Lru { put(key) { if (this.count >= this.max) this.remove(key) }\nremove(key) { this.map.delete(key) } }\nrun((key) => lru.put(key))',
    'map',
    Infinity
  ],
  [
    'class Window { tick() { this.all.delete(this.oldest) }\nrun() { this.tick()\nsetTimeout(() => this.run(), 50) } }',
    'all',
    Infinity
  ],
  [
    'app.x = 1\nfunction remove(id) { all.delete(id) }\nfunction check(id) { if (old(id)) remove(id) }\nsetInterval(() => { for (const id of all.keys()) check(id) }, 6e4)',
    'all',
    Infinity
  ],
  [
    'async function issue(id) { tokens.set(id)\nawait sleep(600000)\ntokens.delete(id) }\nrun((id) => issue(id))',
    'tokens',
    Infinity
  ],
  [
    'function issue(id) { tokens.set(id)\nwait(600000).then(() => tokens.delete(id)) }\nrun((id) => issue(id))',
    'tokens',
    Infinity
  ],
  [
    'function issue(id) { tokens.set(id)\nscheduler.after(600000, () => tokens.delete(id)) }\nrun((id) => issue(id))',
    'tokens',
    Infinity
  ],
  ["jobs.set(job.id, job)\nqueue.on('completed', (job) => jobs.delete(job.id))", 'jobs', Infinity],
  [
    'class Segment { complete() { send(this.points)\nthis.points = [] } }\nsetInterval(() => segment.complete(), 9e5)',
    'points',
    Infinity
  ],
  // At its own end, or not at all.
  ["response.on('close', () => open.delete(id))", 'open', undefined],
  [
    "socket.once('end', () => { const at = sockets.indexOf(socket)\nif (at >= 0) sockets.splice(at, 1) })",
    'sockets',
    undefined
  ],
  ["app.addHook('onResponse', async (request) => { if (wanted) open.delete(request) })", 'open', undefined],
  ['response.end(body, () => { delete underway[id] })', 'underway', undefined],
  [
    'async function answer(request) { open.add(request)\ntry { await work(request) } finally { open.delete(request) } }',
    'open',
    undefined
  ],
  ["class Open { done(id) { this.all.delete(id) } }\nresponse.on('finish', () => open.done(id))", 'all', undefined],
  ['class Open { done(id) { this.all.delete(id) } }', 'all', undefined],
  ['if (!cache) cache = new Map()\ncache.set(id, request)', 'cache', undefined],
  ['function Loader() { this.cache = new Map() }\nmake = () => new Loader()\nmake()', 'cache', undefined],
  ['function Loader() { setInterval(() => { this.cache = new Map() }, 1000) }', 'cache', Infinity],
  ['const before = last\nlast = () => [before, request]', 'last', undefined],
  [
    'const before = first ? null : last; const headers = { ...request.headers }; last = () => [before, headers]',
    'last',
    undefined
  ],
  ['const before = other\nlast = () => [before, request]', 'last', Infinity],
  ['const kept = sessions.filter((one) => one.expires > Date.now())\nsessions = kept', 'sessions', Infinity],
  ['const next = new Map([...cache].slice(-max)); cache = next', 'cache', Infinity],
  ['for (const one of clients) { try { one.write(text) } catch { clients.delete(one) } }', 'clients', Infinity],
  [
    'function pruneFailures() { for (const [ip, f] of failures) if (now - f.at > WINDOW) failures.delete(ip) }\nsetInterval(pruneFailures, 60_000)',
    'failures',
    Infinity
  ],
  [
    'function rejectOldest() { for (const id of pending) pending.delete(id) }\nsetInterval(rejectOldest, 60_000)',
    'pending',
    Infinity
  ],
  [
    'class Ids { constructor() { setInterval(this.reset.bind(this), 3.6e6) }\nreset() { this.ids.clear() } }',
    'ids',
    Infinity
  ],
  ['class Ids { clear() { this.ids.clear() } }\nfor (const one of all) one.clear()', 'ids', Infinity],
  [
    'class Lru { constructor(limit = 1000) { this.limit = limit }\nset(id) { if (map.size >= this.limit) map.delete(first) } }',
    'map',
    Infinity
  ],
  ['function put(id, max = 100) { if (map.size > max) map.delete(first) }', 'map', Infinity],
  ['use({ max: 500 }); use({ max: 50_000 })\nif (map.size > options.max) map.delete(first)', 'map', Infinity],
  [
    'subscribe = (fn) => { listeners.add(fn); return () => listeners.delete(fn) }\nsubscribe(look)',
    'listeners',
    undefined
  ],
  [
    'function on(fn) { listeners.add(fn); return function off() { listeners.delete(fn) } }\non(look)',
    'listeners',
    undefined
  ],
  ['news.push(one); return new Subscription(() => { arrRemove(news, one) })', 'news', undefined],
  ['news.push(one); return new Subscription(() => { news.splice(news.indexOf(one), 1) })', 'news', undefined],
  ['if (kept.length > 64 * 1024) kept.shift()', 'kept', Infinity],
  ['const MAX = 64 * 1024\nif (kept.length > MAX) kept.shift()', 'kept', Infinity],
  ['if (kept.length > LIMIT * 20) kept.shift()', 'kept', Infinity],
  // For whoever wants to begin anew, and nobody does; and for what has failed.
  ['class Loader { clearAll() { this.cache.clear() }\nclear(key) { this.cache.delete(key) } }', 'cache', undefined],
  [
    'class Loader { clear(key) { this.cache.delete(key) } }\nfunction failed(loader, keys) { for (const key of keys) loader.clear(key) }\ntry { load() } catch (error) { failed(loader, [id]) }\nsetInterval(() => failed(loader, []), 10)',
    'cache',
    undefined
  ],
  ['load(id).catch(() => { for (const one of ids) cache.delete(one) })', 'cache', undefined],
  ['try { await load(id) } catch { cache.delete(id) }', 'cache', undefined],
  [
    'class All { at = 0\nconstructor() { this.at = 0 }\nadd(one) { this.all[this.at++] = one } }\nall.add(request)',
    'all',
    undefined
  ],
  ['byUrl[request.url] = request', 'byUrl', undefined],
  ['list = list.concat(request)', 'list', undefined],
  ['list = [...list, request]', 'list', undefined],
  ['cache ??= new Map()\ncache.set(id, request)', 'cache', undefined],
  ['last = { before: last, request }', 'last', undefined],
  ['class Log { constructor() { this.lines = [] } }', 'lines', undefined],
  ['if (ring.length > 10_000) console.warn(ring.length)', 'ring', undefined],
  ['if (served >= slow.length) log()', 'slow', undefined],
  ['slow.push(entry)\nres.json({ n: slow.length })\nif (slow.length > 0) log()', 'slow', undefined],
  ['for (let i = 0; i < slow.length; i++) look(slow[i])', 'slow', undefined],
  ['if (yellow.length > 10_000) yellow.shift()', 'low', undefined],
  ['// if (slow.length > 100) slow.shift()\nslow.push(request)', 'slow', undefined],
  ["const text = 'for (;;) { slow.shift('\nslow.push(text)", 'slow', undefined]
]

describe('bounds that the code has', () => {
  for (const [code, name, bound] of codes)
    test(`${JSON.stringify(code.slice(0, 90))} bounds ${name} at ${bound}`, () => {
      // As a handler: at the top of a file code runs once.
      assert.equal(
        boundIn(read(code.startsWith('app') ? code : `app.use(async (request, response) => {\n${code}\n})`), [name]),
        bound
      )
    })

  test('any of the names that lead there may be bounded, in any of the files', () => {
    const texts = [
      "recent = new Ring(9000)\nserver.on('request', (one) => recent.push(one))",
      'class Ring { push(one) { this.items[this.at++ % this.max] = one } }'
    ]
    assert.equal(boundIn(read(...texts), ['recent', 'items']), Infinity)
    assert.equal(boundIn(read(texts[0]), ['recent', 'items']), undefined)
  })
})

/** Code, the name of its container, and how many entries it comes to. @type {[string, string, number | undefined][]} */
const fills = [
  ['if (this.items.length < 100) this.items.push(line)', 'items', 100],
  ['if (seen.size >= MAX) return\nseen.add(id)', 'seen', Infinity],
  ['const MAX = 2000\nif (seen.size === MAX) return\nseen.add(id)', 'seen', 2000],
  ['list.length < this.limit && list.push(line)', 'list', Infinity],
  ['for (let i = 0; i < list.length; i++) look(list[i])\nlist.push(line)', 'list', undefined],
  ['if (list.length > 0) look(list)\nlist.push(line)', 'list', undefined],
  ['if (kept.length < 50 * 1000) kept.push(one)', 'kept', Infinity],
  ['kept.set(x % total, x)', 'kept', Infinity],
  ['kept[x % (40 * 1000)] = x', 'kept', Infinity],
  ['shards[n % shards.length].push(one)', 'shards', undefined],
  ['heads.set(id, Buffer.alloc(32768).subarray(0, 16))', 'heads', undefined]
]

describe('what containers come to', () => {
  for (const [code, name, fill] of fills)
    test(`${JSON.stringify(code.slice(0, 90))} fills ${name} to ${fill}`, () =>
      assert.equal(fillIn(read(code), [name]), fill))
})

test('keys that repeat, wherever they are made, are so many', () => {
  for (const [code, keys] of /** @type {[string, number | undefined][]} */ ([
    ["const key = 'k' + (n++ % 3000); memo[key] = memo[key] || {}", 3000],
    ['known.set(Math.floor(Math.random() * 5_000), one)', 5000],
    ['const USERS = 4000\nload(n++ % USERS)', 4000],
    ['if (n % 100 === 0) log(n)\nid = hash % 4_294_967_296', 100],
    ['list.push(n % 7)', undefined]
  ]))
    assert.equal(keysIn(new Outline(code)), keys, code)
})

describe('bounds of files', () => {
  /** @param {Record<string, string>} files @param {(name: (file: string) => string) => void} body */
  const within = (files, body) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-bound-'))
    try {
      for (const [name, text] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        fs.writeFileSync(path.join(folder, name), text)
      }
      body((name) => path.join(folder, name))
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  }
  const store = { 'store.js': 'exports.open = new Map()', 'app.js': "require('./store.js').open.set(id, request)" }

  test('a file of the program that uses the one of the container may take out, too', () => {
    const sweeper =
      "const { open } = require('./store')\nsetInterval(() => { for (const id of open.keys()) open.delete(id) }, 1000)"
    within({ ...store, 'sweeper.js': sweeper, 'other.js': sweeper.replace('store', 'another') }, (at) => {
      const hold = { names: ['open'], files: [at('store.js')], entries: 9 }
      assert.equal(
        boundOf(hold, () => [at('app.js'), at('other.js')]),
        undefined
      )
      assert.equal(
        boundOf(hold, () => [at('app.js'), at('sweeper.js')]),
        Infinity
      )
    })
  })

  test('lodash clears caches of its own alone, at 500', () => {
    const lodash = 'node_modules/lodash/lodash.js'
    const files = {
      [lodash]: 'if (cache.size === MAX_MEMOIZE_SIZE) cache.clear()\nfunction hashSet(key) { this.__data__[key] = 1 }',
      'app.js': 'const profile = _.memoize(load)',
      'hourly.js': 'const profile = _.memoize(load)\nsetInterval(() => profile.cache.clear(), 3_600_000)',
      'few.js': 'const profile = _.memoize(load)\nprofile(id % 20_000)'
    }
    within(files, (at) => {
      const names = ['profile', 'cache', '__data__', 'string']
      const of = (/** @type {string} */ app) =>
        boundOf({ names, files: [at(app), at(lodash)], entries: 2000 }, () => [at(app)], true)
      assert.deepEqual([of('app.js'), of('hourly.js'), of('few.js')], [500, Infinity, 20_000])
    })
  })

  test('modules have URLs', () => {
    within({ 'ring.mjs': 'if (ring.length > 10_000) ring.shift()' }, (at) => {
      const files = [pathToFileURL(at('ring.mjs')).href]
      assert.equal(
        boundOf({ names: ['ring'], files, entries: 9 }, () => []),
        10_000
      )
    })
  })

  test('what a module exports has a name in its code alone', () => {
    const files = {
      'open.mjs': 'export const open = new Map()\nexport const sweep = () => open.clear()\nsetInterval(sweep, 1000)'
    }
    within(files, (at) => {
      assert.equal(
        boundOf({ names: [], files: [at('open.mjs')], entries: 9 }, () => []),
        Infinity
      )
    })
    within({ 'sweep.mjs': "import { open as all } from './open.mjs'\nsetInterval(() => all.clear(), 1000)" }, (at) => {
      assert.equal(
        boundOf({ names: [], files: [at('sweep.mjs')], entries: 9 }, () => []),
        Infinity
      )
    })
    within({ 'open.mjs': 'export const open = new Map()' }, (at) => {
      assert.equal(
        boundOf({ names: [], files: [at('open.mjs')], entries: 9 }, () => []),
        undefined
      )
    })
  })

  test('code that cannot be read may do anything', () => {
    assert.equal(
      boundOf({ names: ['ring'], files: ['evaluated'], entries: 9 }, () => []),
      Infinity
    )
    assert.equal(
      boundOf({ names: ['ring'], files: [], entries: 9 }, () => []),
      Infinity
    )
  })

  test('a chain of objects is cut where code runs along it', () => {
    within({ 'chain.js': 'function keep() { if (++count > MAX) oldest = oldest.next }' }, (at) => {
      const of = (/** @type {number} */ entries) =>
        boundOf({ names: ['newest'], files: [at('chain.js')], entries }, () => [])
      assert.deepEqual([of(0), of(9)], [Infinity, undefined])
    })
    within(
      { 'text.js': 'function keep(path) { path = path.trim(); rest = rest?.slice (1); newest = { path, newest } }' },
      (at) => {
        assert.equal(
          boundOf({ names: ['kept'], files: [at('text.js')], entries: 0 }, () => []),
          undefined
        )
      }
    )
  })

  test('a long text takes no longer than a moment', () => {
    const text = `const DATA = '${'0123456789abcdef'.repeat(15_000)}'\nif (kept.length < 100) kept.push(1)`
    const before = performance.now()
    assert.equal(fillIn(read(text), ['kept']), 100)
    assert.equal(boundIn(read(text), ['kept']), undefined)
    assert.ok(performance.now() - before < 1000)
  })

  test('a bundle in which all is called alike takes no longer than a moment, and may do anything', () => {
    const functions = Array.from(
      { length: 2000 },
      (_, i) => `function t(e){if(e.n)t(e.n);a.delete(e),e.t((n)=>t(n)),b${i}(t(e))}`
    )
    const before = performance.now()
    assert.equal(boundIn(read(functions.join('')), ['a', 't', 'e']), Infinity)
    const tookMs = performance.now() - before
    assert.ok(tookMs < 2000, `${tookMs} ms`)
  })

  test('a large text of one line takes no longer than a moment', () => {
    const text = `${'a.b(function(){if(a){a.delete(c)}});'.repeat(8000)}${'x'.repeat(100_000)}`
    const before = performance.now()
    boundIn(read(text), ['a', 'b', 'c', 'x'])
    const tookMs = performance.now() - before
    assert.ok(tookMs < 2000, `${tookMs} ms`)
  })
})
