// @ts-check
// Sampled listeners: alone, where only collections tell what is kept, or in a long list.
'use strict'

const { weakRef } = require('../../base/natives.js')
const { BY_FETCH } = require('../../v8/call-site.js')
const { labelOf } = require('../../v8/listener-lists.js')
const { GONE } = require('./kind.js')
const { list, standsIn } = require('./lists.js')

/** @typedef {import('./kind.js').Slots} Slots */

/** @type {import('./kind.js').Kind} */
const LISTENER = {
  pool: 'listener',
  isProven: true,
  read(slots, slot) {
    const entry = slots.entry(slot)
    if (entry.owner !== undefined && !slots.entries[entry.owner]) return GONE
    if ((entry.owner === undefined || entry.isWeak) && !slots.isProvable(entry)) return slots.page[slot]
    const target = slots.target(slot)
    const listener = entry.listener?.deref()
    if (!target || !listener) return GONE
    if (entry.owner !== undefined) return entry.weight
    return standsIn(entry, target, listener) ? entry.weight : GONE
  }
}

/**
 * A sampled listener, and the long list it stands in.
 * @param {Slots} slots @param {import('../../hooks/listeners.js').ListenerRecord} record @param {string} site @param {() => void} [full]
 */
function add(slots, record, site, full) {
  const { family, target, type, listener, size, weight } = record
  const label = labelOf(target, type)
  const owner = record.long ? list(slots, family, target, type, label, site, size - record.passed) : undefined
  if (listener === null || (typeof listener !== 'object' && typeof listener !== 'function')) return
  if (owner === undefined && isSampled(slots, target, type, listener)) return
  const ref = weakRef(listener)
  const isWeak = owner !== undefined && (family === 'dependents' || site.endsWith(BY_FETCH))
  const entry = { kind: LISTENER, weight, family, type, owner, listener: ref, hint: size - 1, isWeak }
  slots.claim(label, site, target, entry, full)
}

/**
 * Whether this very listener was sampled on this target before: one that is taken off and put back again and
 * again is one listener.
 * @param {Slots} slots @param {object} target @param {string | symbol} type @param {object} listener
 */
function isSampled(slots, target, type, listener) {
  const types = slots.sampled.get(target) ?? new WeakMap()
  slots.sampled.set(target, types)
  if (types.get(listener) === type) return true
  types.set(listener, type)
  return false
}

module.exports = { add }
