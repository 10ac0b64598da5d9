// @ts-check
// Reads listener lists from the objects themselves: Node's own fields, found by name or by the description of their
// symbol. Where one is missing nothing is there to be read. Runs no code of the program.
'use strict'

const { isProxy } = require('node:util').types
const { cut } = require('../base/cut.js')

/** Probes for a sampled listener in a long list: it can only have moved towards the front. */
const PROBES_MAX = 512
/** Nodes of an EventTarget's list that are walked. */
const NODES_MAX = 4096

/** Characters of an event's or a class's name. */
const SHOWN_MAX = 80

/** @typedef {'emitter' | 'target' | 'dependents'} Family */

/** @param {object} object @param {string} name */
const symbolOf = (object, name) => Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === name)

/** @param {any} target @param {string | symbol} type */
function emitterSize(target, type) {
  return lengthOf(target._events?.[type])
}

/** Of an emitter's list, which is a function where it is the only one. @param {any} list */
const lengthOf = (list) => (list === undefined ? 0 : typeof list === 'function' ? 1 : (list.length ?? 0))

/** @type {symbol | undefined} */
let kEvents
/** @param {any} target @param {string | symbol} type @returns {any} */
function rootOf(target, type) {
  kEvents ??= symbolOf(target, 'kEvents')
  return kEvents && target[kEvents]?.get(type)
}

/** @param {any} source @returns {Set<WeakRef<object>> | undefined} */
function dependentsOf(source) {
  const key = symbolOf(source, 'kDependantSignals')
  return key && source[key]
}

/** How many dependent signals somebody listens to. O(dependents). @param {Set<WeakRef<object>> | undefined} dependents */
function listenedTo(dependents) {
  let count = 0
  for (const ref of dependents ?? []) {
    const signal = ref.deref()
    if (signal && (rootOf(signal, 'abort')?.size ?? 0) > 0) count++
  }
  return count
}

/** @param {Family} family @param {object} target @param {string | symbol} type */
function sizeOf(family, target, type) {
  if (family === 'emitter') return emitterSize(target, type)
  if (family === 'target') return rootOf(target, type)?.size ?? 0
  return dependentsOf(target)?.size ?? 0
}

/** Whether an emitter's list still holds a listener, looked for from where it was put. */
function inList(/** @type {any} */ list, /** @type {unknown} */ listener, /** @type {number} */ hint) {
  if (list === undefined) return false
  if (typeof list === 'function') return list === listener
  const from = Math.min(hint, list.length - 1)
  for (let i = from, probes = 0; i >= 0 && probes < PROBES_MAX; i--, probes++) if (list[i] === listener) return true
  return list.lastIndexOf(listener, PROBES_MAX) >= 0
}

/** Whether an EventTarget's list still holds a listener. */
function inChain(/** @type {any} */ root, /** @type {unknown} */ listener) {
  let nodes = 0
  for (let node = root?.next; node; node = node.next) {
    if (node.listener === listener || node.callback === listener) return true
    if (++nodes > NODES_MAX) return true // too long to tell: that it is alive must do
  }
  return false
}

/**
 * Whether a listener still stands where it was put. Dependents that have gone are dead.
 * @param {Family} family @param {any} target @param {string | symbol} type @param {object} listener @param {number} [hint]
 */
function stands(family, target, type, listener, hint = 0) {
  if (family === 'emitter') return inList(target._events?.[type], listener, hint)
  if (family === 'target') return inChain(rootOf(target, type), listener)
  return true
}

/**
 * Every list of an emitter or a target, with its size.
 * @param {Exclude<Family, 'dependents'>} family @param {any} target @param {(event: string, size: number) => void} visit
 */
function eachList(family, target, visit) {
  if (family === 'emitter') {
    const events = ownValue(target, '_events')
    if (typeof events !== 'object' || events === null || isProxy(events)) return
    for (const type of Reflect.ownKeys(events)) visit(nameOf(type), lengthOf(ownValue(events, type)))
    return
  }
  kEvents ??= symbolOf(target, 'kEvents')
  const roots = kEvents && ownValue(target, kEvents)
  if (roots) for (const [type, root] of roots) visit(nameOf(type), root?.size ?? 0)
}

/** @param {string | symbol} type */
const nameOf = (type) => cut(String(type), SHOWN_MAX)

/** What listeners are called: the event and the class of what they listen to. @param {object} target @param {string | symbol} type */
const labelOf = (target, type) => `${nameOf(type)}\n${className(target)}`

/** @param {object} object @param {string | symbol} key */
const ownValue = (object, key) => Object.getOwnPropertyDescriptor(object, key)?.value

/** What an object has from its prototypes, where no getter and no proxy gives it. @param {object} object @param {string} key */
function inherited(object, key) {
  for (let at = isProxy(object) ? null : Object.getPrototypeOf(object); at !== null && !isProxy(at); ) {
    if (Object.hasOwn(at, key)) return ownValue(at, key)
    at = Object.getPrototypeOf(at)
  }
}

/** A name for an object, without running its code. @param {any} object */
function className(object) {
  try {
    if (object === process) return 'process'
    const made = inherited(object, 'constructor')
    const name = typeof made === 'function' && !isProxy(made) ? ownValue(made, 'name') : undefined
    return typeof name === 'string' && name !== '' ? cut(name, SHOWN_MAX) : 'object'
  } catch {
    return 'object'
  }
}

module.exports = { symbolOf, dependentsOf, listenedTo, sizeOf, stands, eachList, labelOf }
