// @ts-check
// Operations that leak, one way each. The line that makes what stays is marked `// leaks`; a finding of the kind must
// name it. What they hold is held by what `make` returns, so that a process can go through all of them.
'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

/**
 * @typedef {object} Leak
 * @property {string[]} kinds any of them is right
 * @property {number} [perCall] in things, not bytes
 * @property {number} [bytesPerCall]
 * @property {string} [file] of the marked line, when not this one
 * @property {boolean} [noLine] no line can be known: the file of the finding is not looked at
 * @property {string} [name] of the culprit
 * @property {() => () => unknown} make
 */

const nothing = () => {}
const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))
const HELD = ['collection', 'object']

/** Of the module, as it would be in a service. */
const stopped = new Promise((resolve) => process.once('SIGUSR2', resolve))

class Session {
  /** @param {number} id */
  constructor(id) {
    this.id = id
  }
}

class Registry {
  /** @type {object[]} */
  #entries = []
  /** @param {object} entry */
  add(entry) {
    this.#entries.push(entry)
  }
  get size() {
    return this.#entries.length
  }
}

/** @type {Record<string, Leak>} */
const LEAKY = {
  'an object in ten calls': {
    kinds: HELD,
    perCall: 0.1,
    make() {
      /** @type {object[]} */
      const kept = []
      let i = 0
      return () => {
        if (i++ % 10 === 0) kept.push({}) // leaks
        return kept.length
      }
    }
  },
  'integer keys in a Map': {
    kinds: HELD,
    perCall: 1,
    make() {
      const seen = new Map()
      let i = 0
      return () => {
        seen.set(i++, true) // leaks
        return seen.size
      }
    }
  },
  'string keys in a Map': {
    kinds: HELD,
    perCall: 1,
    make() {
      const seen = new Map()
      let i = 0
      return () => {
        seen.set(`user ${i++}`, 1) // leaks
        return seen.size
      }
    }
  },
  'a dictionary': {
    kinds: HELD,
    perCall: 1,
    make() {
      /** @type {Record<string, object>} */
      const byId = {}
      let i = 0
      return () => {
        byId[`id ${i++}`] = { at: i } // leaks
        return byId
      }
    }
  },
  'a dictionary without prototype': {
    kinds: HELD,
    perCall: 1,
    make() {
      const byId = Object.create(null)
      let i = 0
      return () => {
        byId[`id ${i++}`] = { at: i } // leaks
        return byId
      }
    }
  },
  'a dictionary without prototype, of numbers': {
    kinds: [...HELD, 'heap', 'string'],
    make() {
      const byId = Object.create(null)
      let i = 0
      return () => {
        byId[`id ${i++}`] = i // leaks
        return byId
      }
    }
  },
  'a Set': {
    kinds: HELD,
    perCall: 1,
    make() {
      const seen = new Set()
      let i = 0
      return () => {
        seen.add(`token ${i++}`) // leaks
        return seen.size
      }
    }
  },
  'an array of integers': {
    kinds: HELD,
    perCall: 1,
    make() {
      /** @type {number[]} */
      const times = []
      return () => times.push(7) // leaks
    }
  },
  'a promise that never settles': {
    kinds: ['promise', ...HELD],
    perCall: 1,
    make() {
      /** @type {Promise<void>[]} */
      const pending = []
      return () => void pending.push(new Promise(nothing)) // leaks
    }
  },
  'a chain of closures': {
    kinds: ['closure', 'context', ...HELD],
    perCall: 1,
    make() {
      let last = () => 0
      return () => {
        const before = last
        last = () => (before === nothing ? 1 : 2) // leaks
        return last
      }
    }
  },
  'a Buffer of 1 KB': {
    kinds: ['buffer', ...HELD],
    make() {
      /** @type {Buffer[]} */
      const uploads = []
      return () => uploads.push(Buffer.alloc(1024)) // leaks
    }
  },
  'a listener of an EventEmitter': {
    kinds: ['listener'],
    perCall: 1,
    make() {
      const bus = new EventEmitter().setMaxListeners(0)
      return () => bus.on('config', () => {}) // leaks
    }
  },
  'a listener of an EventTarget': {
    kinds: ['listener'],
    perCall: 1,
    make() {
      const target = new EventTarget()
      return () => target.addEventListener('change', () => {}) // leaks
    }
  },
  'a listener of an AbortSignal': {
    kinds: ['listener'],
    perCall: 1,
    make() {
      const { signal } = new AbortController()
      return () => signal.addEventListener('abort', () => {}) // leaks
    }
  },
  'an interval without ref': {
    kinds: ['timer'],
    perCall: 1,
    make() {
      return () => setInterval(nothing, 60_000).unref() // leaks
    }
  },
  'a timeout of minutes': {
    kinds: ['timer'],
    perCall: 1,
    make() {
      return () => setTimeout(nothing, 600_000) // leaks
    }
  },
  'a descriptor by openSync': {
    kinds: ['handle'],
    perCall: 1,
    make() {
      return () => fs.openSync(__filename) // leaks
    }
  },
  'a FileHandle that is kept': {
    kinds: ['handle'],
    perCall: 1,
    make() {
      /** @type {fs.promises.FileHandle[]} */
      const kept = []
      return async () => {
        kept.push(await fs.promises.open(__filename)) // leaks
        return kept.length
      }
    }
  },
  'a growing text': {
    kinds: ['string', 'heap', ...HELD],
    make() {
      const log = { text: '' }
      let i = 0
      return () => {
        log.text += `line ${i++} of a log that nobody empties\n` // leaks
        return log
      }
    }
  },
  'weak references never pruned': {
    kinds: HELD,
    perCall: 1,
    make() {
      /** @type {WeakRef<object>[]} */
      const clients = []
      return () => clients.push(new WeakRef({})) // leaks
    }
  },
  'an object, while older ones go': {
    kinds: HELD,
    perCall: 1,
    make() {
      /** @type {object[]} */
      const kept = []
      const older = Array.from({ length: 150_000 }, (_, i) => [i, i, i, i])
      return () => {
        older.pop()
        kept.push({}) // leaks
      }
    }
  },
  'instances in a list': {
    kinds: HELD,
    perCall: 1,
    make() {
      /** @type {Session[]} */
      const sessions = []
      let i = 0
      return () => sessions.push(new Session(i++)) // leaks
    }
  },
  'a private field': {
    kinds: HELD,
    perCall: 1,
    make() {
      const registry = new Registry()
      return () => {
        registry.add({ at: 1 }) // leaks
        return registry.size
      }
    }
  },
  "another module's cache": {
    kinds: HELD,
    perCall: 1,
    file: 'fixtures/module-cache.js',
    make() {
      const { load } = require('./fixtures/module-cache.js')
      let i = 0
      return () => load(`row ${i++}`)
    }
  },
  'memory of WebAssembly': {
    kinds: ['buffer', 'native'],
    noLine: true,
    make() {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 60_000 })
      return () => memory.grow(1) // leaks
    }
  },
  'a vm context that is kept': {
    kinds: ['context', ...HELD],
    perCall: 1,
    make() {
      /** @type {object[]} */
      const plugins = []
      return () => plugins.push(vm.createContext({})) // leaks
    }
  },
  'request data in an AsyncLocalStorage': {
    kinds: ['timer', ...HELD],
    perCall: 1,
    make() {
      const storage = new AsyncLocalStorage()
      let i = 0
      return () => storage.run({ request: i++ }, () => setTimeout(nothing, 3_600_000).unref()) // leaks
    }
  },
  'an async generator never returned': {
    kinds: ['object', 'promise', 'context', 'collection'],
    perCall: 1,
    make() {
      /** @type {AsyncGenerator<number>[]} */
      const open = []
      async function* numbers() {
        for (let i = 0; ; i++) yield i
      }
      return async () => {
        const all = numbers()
        open.push(all) // leaks
        await all.next()
      }
    }
  },
  'a SharedArrayBuffer of 4 KB': {
    kinds: ['buffer', 'native', ...HELD],
    make() {
      /** @type {SharedArrayBuffer[]} */
      const shared = []
      return () => shared.push(new SharedArrayBuffer(4096)) // leaks
    }
  },
  'a slow async call that keeps an object': {
    kinds: HELD,
    perCall: 1,
    make() {
      /** @type {object[]} */
      const history = []
      return async () => {
        await wait(2)
        history.push({ at: 1 }) // leaks
      }
    }
  },
  'a slow async call that keeps an object in ten calls': {
    kinds: HELD,
    perCall: 0.1,
    make() {
      /** @type {object[]} */
      const history = []
      let i = 0
      return async () => {
        await wait(1)
        if (i++ % 10 === 0) history.push({ at: 1 }) // leaks
      }
    }
  },
  'a slow async call that adds a listener': {
    kinds: ['listener'],
    perCall: 1,
    make() {
      const bus = new EventEmitter().setMaxListeners(0)
      return async () => {
        await wait(5)
        bus.on('config', () => {}) // leaks
      }
    }
  },
  'a slow call that keeps a text': {
    kinds: ['string', 'heap', ...HELD],
    perCall: 1,
    make() {
      const seen = new Set()
      let i = 0
      return () => {
        for (const endMs = performance.now() + 1; performance.now() < endMs; );
        seen.add(`request ${i++}`) // leaks
      }
    }
  },
  'a chain through asynchronous context': {
    kinds: [...HELD, 'string', 'closure'],
    noLine: true,
    make() {
      const { createHook, executionAsyncId } = require('node:async_hooks')
      /** @type {Map<number, object>} */
      const spans = new Map()
      createHook({
        init: (id, _type, trigger) => void spans.set(id, { parent: spans.get(trigger), label: `${id}`.padEnd(80) }),
        destroy: (id) => void spans.delete(id)
      }).enable()
      return async () => {
        await new Promise((resolve) => setImmediate(resolve))
        return executionAsyncId()
      }
    }
  },
  'a ring of views of large Buffers': {
    kinds: ['buffer'],
    perCall: 1,
    name: 'headers',
    make() {
      const headers = Array.from({ length: 4000 }, () => Buffer.from('none')) // leaks
      let i = 0
      return () => {
        headers[i++ % headers.length] = Buffer.alloc(12_000, i % 200).subarray(0, 20)
      }
    }
  },
  'a ring of slices of texts': {
    kinds: ['string'],
    perCall: 1,
    name: 'titles',
    make() {
      const titles = Array.from({ length: 4000 }, (_, i) => `title ${i}`) // leaks
      let i = 0
      return () => {
        const page = Buffer.alloc(8000, 97 + (i % 26)).toString() + i
        titles[i++ % titles.length] = page.slice(10, 60)
      }
    }
  },
  'WebAssembly memory that grows once in two hundred calls': {
    kinds: ['native', 'buffer'],
    noLine: true,
    make() {
      const { WebAssembly } = /** @type {any} */ (globalThis)
      const memory = new WebAssembly.Memory({ initial: 8, maximum: 16_384 })
      let i = 0
      return () => {
        if (i++ % 200 !== 199) return
        const at = memory.grow(8) * 65_536 // leaks
        new Uint8Array(memory.buffer, at).fill(1)
      }
    }
  },
  'a stream of a file that is never ended': {
    kinds: ['handle'],
    perCall: 1,
    make() {
      const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'leakguard-'))
      process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }))
      let i = 0
      return () =>
        new Promise((resolve) => {
          const log = fs.createWriteStream(path.join(folder, `${i++ % 20}`)) // leaks
          log.write('entry', resolve)
        })
    }
  },
  'a race with a promise in a variable': {
    kinds: ['promise'],
    perCall: 1,
    name: 'stopped',
    make() {
      let i = 0
      return () => Promise.race([Promise.resolve({ id: i++, text: 'x'.repeat(200) + i }), stopped]) // leaks
    }
  }
}

/** Where the line is that a finding must name. @param {string} name @returns {{ file: string, line: number }} */
function markedLine(name) {
  const file = path.resolve(__dirname, LEAKY[name].file ?? path.basename(__filename))
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  const from = LEAKY[name].file ? 0 : lines.findIndex((line) => /^ {2}['"]/.test(line) && line.includes(name))
  return { file, line: lines.findIndex((line, i) => i >= from && line.endsWith('// leaks')) + 1 }
}

module.exports = { LEAKY, markedLine }
