// @ts-check
// Reads what an object says of itself without running any code: own data properties, and bits of Node's stream states.
// No getter, no Proxy. Which fields mean what is the caller's.
'use strict'

const { Readable, Writable } = require('node:stream')
const { isProxy } = require('node:util').types

const { getOwnPropertyDescriptor, getOwnPropertySymbols } = Object

/** @param {any} object @param {PropertyKey} key @returns {any} undefined where there is no such property of its own, or it is not plain data */
function own(object, key) {
  if (object === null || (typeof object !== 'object' && typeof object !== 'function') || isProxy(object))
    return undefined
  const descriptor = getOwnPropertyDescriptor(object, key)
  return descriptor && 'value' in descriptor ? descriptor.value : undefined
}

/** What stands under a symbol of Node's own, by its description; null is an answer. @param {any} object @param {string} description */
function ownSymbol(object, description) {
  if (object === null || typeof object !== 'object' || isProxy(object)) return undefined
  const key = getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
  return key && own(object, key)
}

/**
 * Where a state of Node's streams keeps a flag: a property of its own on old versions, a bit of a number on newer ones.
 * Tried on a state that nobody uses.
 * @param {any} state @param {string} flag @returns {(state: any) => boolean | undefined}
 */
function flagReader(state, flag) {
  if (typeof own(state, flag) === 'boolean') return (other) => own(other, flag)
  const numbers = Reflect.ownKeys(state).filter((key) => Number.isInteger(own(state, key)))
  const before = numbers.map((key) => own(state, key))
  state[flag] = true
  const at = numbers.findIndex((key, i) => own(state, key) !== before[i])
  if (at < 0) return () => undefined
  const key = numbers[at]
  const mask = own(state, key) & ~before[at]
  // Symbols are the same for all states of one kind.
  return (other) => {
    const bits = own(other, key)
    return typeof bits === 'number' ? (bits & mask) !== 0 : undefined
  }
}

const closedReadable = flagReader(own(new Readable(), '_readableState'), 'closed')
const endedReadable = flagReader(own(new Readable(), '_readableState'), 'ended')
const closedWritable = flagReader(own(new Writable(), '_writableState'), 'closed')

/** Whether a stream is closed; undefined where it does not say. @param {any} stream @returns {boolean | undefined} */
function isClosed(stream) {
  return closedReadable(own(stream, '_readableState')) ?? closedWritable(own(stream, '_writableState'))
}

/** Whether the other side of a stream has ended, as far as it was read; undefined where it does not say. @param {any} stream @returns {boolean | undefined} */
const hasEnded = (stream) => endedReadable(own(stream, '_readableState'))

module.exports = { hasEnded, isClosed, own, ownSymbol }
