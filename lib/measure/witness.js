// @ts-check
// Hears of every listener, timer, descriptor and handle that is made in one round, with the line that made it, and
// tells afterwards which are still there. Knows how each is asked; keeps all of them weakly.
'use strict'

const { createHook, executionAsyncId } = require('node:async_hooks')
const { callSite } = require('../v8/call-site.js')
const { hub } = require('../hooks/index.js')
const { labelOf, stands } = require('../v8/listener-lists.js')
const { IS_OPEN, endsByItself } = require('../v8/open-resources.js')

/** More than so many are not kept. */
const RECORDS_MAX = 50_000

/**
 * @typedef {object} Record_
 * @property {'listener' | 'timer' | 'handle'} kind
 * @property {string} label
 * @property {string} site
 * @property {number} weight how many it stands for: of long lists not each addition is looked at
 * @property {() => object | boolean | undefined} isThere what holds it, or whether it is held
 */

/** Whether a resource is still held; of a file's stream, whether it has a descriptor. @param {string} type @param {any} object */
const isOpen = (type, object) =>
  type === 'stream' ? !object.closed && typeof object.fd === 'number' : IS_OPEN[type]?.(object)

class Witness {
  /** @param {typeof import('../../native.js')} native */
  constructor(native) {
    this.native = native
    /** @type {Record_[]} */
    this.records = []
    /** Timers that end by themselves and cannot be ended before. */
    this.ending = 0
    /** Lines that asked to open a file, and how often. @type {Map<string, number>} */
    this.opened = new Map()
    /** Where ticks were asked for by what a program made: a file's stream opens in one. @type {Map<number, string>} */
    this.ticks = new Map()
    this.requests = createHook({ init: (id, type, trigger) => this.requested(type, id, trigger) })
    const nothing = () => {}
    /** @type {import('../hooks/hub.js').Sink} */
    this.sink = {
      listener: ({ family, target, type, listener, size, passed }, site) => {
        if (listener === null || (typeof listener !== 'object' && typeof listener !== 'function')) return
        const [targetRef, listenerRef] = [new WeakRef(target), new WeakRef(listener)]
        const isThere = () => {
          const [there, heard] = [targetRef.deref(), listenerRef.deref()]
          return there !== undefined && heard !== undefined && stands(family, there, type, heard, size - 1) && there
        }
        this.add('listener', labelOf(target, type), site, isThere, passed)
      },
      timer: ({ kind, timer, delayMs }, site) => {
        if (endsByItself({ kind, delayMs })) {
          this.ending++
          return
        }
        const ref = new WeakRef(timer)
        this.add('timer', kind, site, () => isPending(ref.deref()))
      },
      resource: ({ type, object, site }) => {
        const ref = new WeakRef(object)
        const isThere = () => {
          const there = ref.deref()
          return there !== undefined && isOpen(type, there)
        }
        this.add('handle', type === 'stream' ? 'fd:file' : type, site, isThere)
      },
      descriptor: ({ fd, site }) => {
        const opened = native.descriptor(fd)
        const isThere = () => native.descriptor(fd)?.identity === opened?.identity
        if (opened) this.add('handle', `fd:${opened.kind}`, site, isThere)
      },
      warning: nothing,
      tick: nothing
    }
  }

  start() {
    hub().add(this.sink, globalThis, true)
    this.requests.enable()
  }

  /**
   * A program may have taken hold of fs.open before it could be hooked (graceful-fs does): its requests are seen all
   * the same, though not which descriptor came of them.
   * @param {string} type of async resource @param {number} id @param {number} trigger what it came of
   */
  requested(type, id, trigger) {
    if (type === 'TickObject') {
      const site = callSite() || (this.ticks.get(trigger) ?? '')
      if (site !== '' && this.ticks.size < RECORDS_MAX) this.ticks.set(id, site)
    }
    if (type !== 'FSREQCALLBACK' && type !== 'FSREQPROMISE') return
    const { stack = '' } = new Error()
    if (!/ (?:Object\.)?open \(node:/.test(stack)) return
    const site = callSite() || (this.ticks.get(executionAsyncId()) ?? '')
    this.opened.set(site, (this.opened.get(site) ?? 0) + 1)
  }

  /** @param {Record_['kind']} kind @param {string} label @param {string} site @param {Record_['isThere']} isThere @param {number} [weight] */
  add(kind, label, site, isThere, weight = 1) {
    if (this.records.length < RECORDS_MAX) this.records.push({ kind, label, site, weight, isThere })
  }

  stop() {
    this.requests.disable()
    this.ticks.clear()
    hub().remove(this.sink)
  }

  clear() {
    this.records = []
    this.ending = 0
    this.opened.clear()
  }

  /** What is still there, by kind and label, the lines that made most of it first. */
  left() {
    /** @type {Map<string, { kind: Record_['kind'], label: string, count: number, sites: Map<string, number>, holders: Set<unknown> }>} */
    const groups = new Map()
    for (const { kind, label, site, weight, isThere } of this.records) {
      const holder = check(isThere)
      if (!holder) continue
      const key = `${kind} ${label}`
      const group = groups.get(key) ?? { kind, label, count: 0, sites: new Map(), holders: new Set() }
      group.count += weight
      group.holders.add(holder)
      group.sites.set(site, (group.sites.get(site) ?? 0) + weight)
      groups.set(key, group)
    }
    return [...groups.values()].sort((a, b) => b.count - a.count)
  }
}

/** @typedef {InstanceType<typeof Witness>} WitnessLike */

/** @param {any} timer */
function isPending(timer) {
  return timer !== undefined && (timer._destroyed === undefined ? typeof timer.then === 'function' : !timer._destroyed)
}

/** A getter of the program's that throws: nothing is known. @param {Record_['isThere']} isThere */
function check(isThere) {
  try {
    return isThere()
  } catch {
    return false
  }
}

module.exports = { Witness }
