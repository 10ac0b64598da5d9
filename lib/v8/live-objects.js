// @ts-check
// Every live object of this thread, without a snapshot: asked of V8 through a session of the inspector, realm by realm, and
// what each is: its class, its size if it is a container. Runs no code of the program: no getter, no proxy trap, no
// Symbol.toStringTag. Must not know what is counted, or why.
'use strict'

const { types } = require('node:util')
const { runInContext, runInThisContext } = require('node:vm')
const { collectNow } = require('../base/clock.js')
const { cut } = require('../base/cut.js')

const GROUP = 'leakguard'
/** Where code that is handed to the inspector finds ours. */
const kOurs = Symbol.for('leakguard.census')

/** @param {object} holder @param {string} name @returns {(target: any) => number} */
function getter(holder, name) {
  const { get } = /** @type {any} */ (Object.getOwnPropertyDescriptor(holder, name))
  return (target) => Reflect.apply(get, target, [])
}
const mapSize = getter(Map.prototype, 'size')
const setSize = getter(Set.prototype, 'size')
const bufferBytes = getter(ArrayBuffer.prototype, 'byteLength')
const { keys, getOwnPropertyDescriptor, defineProperty } = Object
const { isArray } = Array
const { isProxy, isMap, isSet, isArrayBuffer, isBoxedPrimitive, isModuleNamespaceObject } = types
const { isView } = ArrayBuffer

/** What is counted of an object besides its class. @typedef {'map' | 'set' | 'array' | 'buffer' | 'keys' | 'none'} Shape */
/** One realm: its global, and what the inspector calls it; undefined for the one there is. @typedef {{ global: object, contextId?: number }} Realm */
/** What all objects with one prototype share. @typedef {{ name: string, shape: Shape }} Kind */

/** What an object with this prototype is, told by one of them. @param {any} object @param {object} prototype @returns {Kind} */
function kindOf(object, prototype) {
  const name = prototype === null || isProxy(prototype) ? 'Object' : nameOf(prototype)
  // Node 26 crashes when the keys of a Storage without a file are listed, and Jest's realms have one.
  return { name, shape: name === 'Storage' ? 'none' : shapeOf(object, name === 'Object') }
}

/** @param {any} object @param {boolean} isPlain @returns {Shape} */
function shapeOf(object, isPlain) {
  if (typeof object === 'function') return 'none'
  if (isMap(object)) return 'map'
  if (isSet(object)) return 'set'
  if (isArrayBuffer(object)) return 'buffer'
  if (isView(object) || isBoxedPrimitive(object) || isModuleNamespaceObject(object)) return 'none'
  return isPlain || !isArray(object) ? 'keys' : 'array'
}

/** Whether what it holds are elements or characters: each would be a property when they are listed. @param {any} object */
const isIndexed = (object) => isView(object) || isArray(object) || isBoxedPrimitive(object)

/** The name of the class of which this is the prototype. @param {any} prototype @returns {string} */
function nameOf(prototype) {
  const made = getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof made !== 'function' || isProxy(made)) return 'Object'
  const name = getOwnPropertyDescriptor(made, 'name')?.value
  return typeof name === 'string' && name !== '' ? cut(name) : 'Object'
}

/** How large a container is: entries, elements, properties; of a buffer its bytes. @param {any} object @param {Shape} shape @returns {number} */
function sizeOf(object, shape) {
  switch (shape) {
    case 'map':
      return isMap(object) ? mapSize(object) : 0
    case 'set':
      return isSet(object) ? setSize(object) : 0
    case 'array':
      return isArray(object) ? object.length : 0
    case 'buffer':
      return isArrayBuffer(object) ? bufferBytes(object) : 0
    case 'keys':
      if (typeof object === 'function' || isView(object) || isModuleNamespaceObject(object)) return 0
      return isArray(object) ? object.length : keys(object).length
    default:
      return 0
  }
}

/**
 * The realms of this thread as the inspector tells them, newest first. V8 crashes when one of them is asked for that is
 * garbage and not yet buried: a collection should have come before, and the newest are to be asked first.
 * @param {import('./inspector.js').InspectorLike} inspector
 * @returns {{ id: number, auxData?: { isDefault?: boolean } }[]}
 */
function contextsOf(inspector) {
  const created = inspector.during('Runtime.executionContextCreated', () => {
    // Left on, it would have V8 keep what the program prints.
    inspector.post('Runtime.enable')
    inspector.post('Runtime.disable')
  })
  return created.map(({ context }) => context).sort((a, b) => b.id - a.id)
}

/**
 * The realms whose objects are the program's: this module's, and Node's own where that is another.
 * @param {import('./inspector.js').InspectorLike} inspector
 * @returns {Realm[]}
 */
function ownRealms(inspector) {
  const outer = runInThisContext('globalThis')
  if (outer === globalThis) return [{ global: outer }]
  collectNow()
  const contexts = contextsOf(inspector)
  const inner = contexts.find(({ id, auxData }) => !auxData?.isDefault && isRealm(inspector, globalThis, id))
  const main = contexts.find(({ auxData }) => auxData?.isDefault)
  return [
    { global: globalThis, contextId: inner?.id },
    { global: outer, contextId: main?.id }
  ].filter(({ contextId }) => contextId !== undefined)
}

/**
 * The realms behind these, which `vm.createContext` made. A collection should have come before.
 * @param {import('./inspector.js').InspectorLike} inspector @param {object[]} sandboxes
 * @returns {Realm[]}
 */
function realmsOf(inspector, sandboxes) {
  const contexts = contextsOf(inspector).filter(({ auxData }) => !auxData?.isDefault)
  return sandboxes.flatMap((sandbox) => {
    const global = runInContext('globalThis', sandbox)
    const context = contexts.find(({ id }) => isRealm(inspector, global, id))
    return context ? [{ global, contextId: context.id }] : []
  })
}

/** @param {import('./inspector.js').InspectorLike} inspector @param {object} global @param {number} contextId */
function isRealm(inspector, global, contextId) {
  try {
    defineProperty(global, kOurs, { value: contextId, configurable: true })
    const expression = `globalThis[Symbol.for('leakguard.census')] === ${contextId}`
    return inspector.post('Runtime.evaluate', { expression, contextId }).result?.value === true
  } catch {
    return false
  } finally {
    Reflect.deleteProperty(global, kOurs)
  }
}

/**
 * Gives `visit` all live objects that have a prototype of the realm in their chain. V8 collects all garbage first.
 * What has no prototype at all is not among them.
 * @param {import('./inspector.js').InspectorLike} inspector @param {Realm} realm @param {(objects: any[]) => void} visit
 * @param {string} [expression] that gives the prototype
 */
function visitRealm(inspector, { global, contextId }, visit, expression = 'Object.prototype') {
  const where = contextId === undefined ? {} : { contextId }
  try {
    const { result } = inspector.post('Runtime.evaluate', { expression, objectGroup: GROUP, ...where })
    const query = { prototypeObjectId: result.objectId, objectGroup: GROUP }
    const { objects } = inspector.post('Runtime.queryObjects', query)
    defineProperty(global, kOurs, { value: visit, configurable: true })
    const functionDeclaration = "function () { globalThis[Symbol.for('leakguard.census')](this) }"
    const { exceptionDetails } = inspector.post('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  } finally {
    Reflect.deleteProperty(global, kOurs)
    inspector.post('Runtime.releaseObjectGroup', { objectGroup: GROUP })
  }
}

module.exports = { kindOf, isIndexed, nameOf, sizeOf, contextsOf, ownRealms, realmsOf, visitRealm }
