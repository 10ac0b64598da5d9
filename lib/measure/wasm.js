// @ts-check
// Memories of WebAssembly where V8 tells of their bytes nowhere (Node 26: neither external nor ArrayBuffers have them).
// Knows how to find and read them; not what becomes of the figure.
'use strict'

const { Inspector } = require('../v8/inspector.js')
const { ownRealms, visitRealm } = require('../v8/live-objects.js')
const { heapUsage } = require('../v8/memory-usage.js')
const { weakRef } = require('../base/natives.js')

const PAGE_BYTES = 65_536
/** Pages that are asked for, and given back, to see whether V8 counts them. Nothing is written to them. */
const TRIED_PAGES = 64

/** Node's types do not have it. @type {any} */
const { WebAssembly } = globalThis
/** V8's own, whatever a program puts over it; undefined where there is no WebAssembly. @type {((this: object) => ArrayBuffer) | undefined} */
const bufferOf = WebAssembly && Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer')?.get

let isCounted = /** @type {boolean | undefined} */ (undefined)

/** Whether memory that grows shows in what V8 says of external memory. */
function areCounted() {
  if (isCounted !== undefined) return isCounted
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 + TRIED_PAGES })
    const before = heapUsage().external
    memory.grow(TRIED_PAGES)
    isCounted = heapUsage().external - before >= (TRIED_PAGES * PAGE_BYTES) / 2
  } catch {
    isCounted = true // no WebAssembly, or no memory for it
  }
  return isCounted
}

class WasmMemories {
  constructor() {
    /** @type {WeakRef<object>[]} */
    this.refs = []
  }

  /** Those of the program that there are. Where V8 counts them none are looked for; else it is some milliseconds. */
  static find() {
    const found = new WasmMemories()
    if (areCounted()) return found
    const { inspector } = Inspector.open()
    if (!inspector) return found
    try {
      // A prototype that was made of Memory's has it in its chain too, and is none.
      const take = (/** @type {object[]} */ objects) => {
        for (const object of objects) if (!Number.isNaN(bytesOf(object))) found.refs.push(weakRef(object))
      }
      for (const realm of ownRealms(inspector)) visitRealm(inspector, realm, take, 'WebAssembly.Memory.prototype')
    } finally {
      inspector.close()
    }
    return found
  }

  /** Bytes of those that are left. */
  bytes() {
    let bytes = 0
    for (const ref of this.refs) {
      const memory = ref.deref()
      if (memory) bytes += bytesOf(memory)
    }
    return bytes
  }
}

/** NaN of what is no memory. @param {object} object */
function bytesOf(object) {
  try {
    return bufferOf?.call(object).byteLength ?? Number.NaN
  } catch {
    return Number.NaN
  }
}

module.exports = { WasmMemories }
