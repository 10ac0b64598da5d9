// @ts-check
// Long lists of listeners, and lists of dependent signals: their lengths, and which samples stand in them.
'use strict'

const { dependentsOf, labelOf, listenedTo, sizeOf, stands } = require('../../v8/listener-lists.js')
const { GONE } = require('./kind.js')

/** @typedef {import('./kind.js').Kind} Kind */
/** @typedef {import('./kind.js').Family} Family */
/** @typedef {import('./kind.js').Slots} Slots */

/** Ticks after which the samples of a list that changes are confirmed at the latest. */
const CONFIRM_TICKS = 4

/** @type {Kind} */
const LIST = {
  pool: 'target',
  read(slots, slot) {
    const entry = slots.entry(slot)
    const target = slots.target(slot)
    if (!target) return GONE
    const size = sizeOf(/** @type {Family} */ (entry.family), target, /** @type {any} */ (entry.type))
    const before = entry.confirmedAt ?? 0
    const isLong = slots.ticks - (entry.confirmedTick ?? 0) >= CONFIRM_TICKS
    if (size > before * 1.1 || size < before * 0.7 || (isLong && size !== before)) confirm(slots, slot, size)
    return size
  }
}

/**
 * A dependent that is listened to is held by Node itself, whether or not the program still has it. Of the others Node
 * drops those that were collected, a moment after the collection, where it drops them at all (20 does not): what is still
 * listed some turns later is held.
 * @type {Kind}
 */
const DEPENDENTS = {
  pool: 'target',
  read(slots, slot) {
    const entry = slots.entry(slot)
    const source = slots.target(slot)
    if (!source) return GONE
    const dependents = dependentsOf(source)
    const size = dependents?.size ?? 0
    if (entry.born < slots.majors) {
      entry.readFrom ??= slots.ticks + 2
      if (slots.ticks >= entry.readFrom) {
        entry.held = size
        entry.born = slots.majors
        entry.readFrom = undefined
      }
    }
    if (Math.abs(size - (entry.confirmedAt ?? 0)) > size * 0.05) {
      entry.confirmedAt = size
      entry.listened = listenedTo(dependents)
    }
    return Math.min(size, Math.max(entry.held ?? 0, entry.listened ?? 0))
  }
}

/** Whether a sample still stands in its list. @param {import('./kind.js').Entry} entry @param {any} target @param {object} listener */
function standsIn({ family, type, hint }, target, listener) {
  return stands(/** @type {Family} */ (family), target, /** @type {string | symbol} */ (type), listener, hint)
}

/** Drops those samples of a list that no longer stand in it. @param {Slots} slots @param {number} list @param {number} size */
function confirm(slots, list, size) {
  const target = slots.target(list)
  slots.entry(list).confirmedAt = size
  slots.entry(list).confirmedTick = slots.ticks
  if (!target) return
  for (let slot = 0; slot < slots.entries.length; slot++) {
    const entry = slots.entries[slot]
    if (entry?.owner !== list) continue
    const listener = entry.listener?.deref()
    if (entry.family === 'dependents') continue // those that have gone are dead
    if (!listener || !standsIn(entry, target, listener)) entry.owner = GONE // read as gone
  }
}

/**
 * The slot of a long list, taken at its first sight.
 * @param {Slots} slots @param {Family} family @param {object} target @param {string | symbol} type @param {string} label @param {string} site
 * @param {number} [began] its length before it was heard of; not known: its length now
 */
function list(slots, family, target, type, label, site, began = -1) {
  const byType = slots.lists.get(target) ?? new Map()
  slots.lists.set(target, byType)
  const known = byType.get(type)
  if (known !== undefined && slots.entries[known]?.type === type && slots.target(known) === target) {
    slots.touched.add(known)
    return known
  }
  const kind = family === 'dependents' ? DEPENDENTS : LIST
  const slot = slots.claim(label, site, target, { kind, weight: 1, family, type }, undefined, { began })
  if (slot === undefined) return
  byType.set(type, slot)
  adopt(slots, slot, target, type)
  return slot
}

/** Samples taken while the list was short stand in it too. @param {Slots} slots @param {number} list @param {object} target @param {string | symbol} type */
function adopt(slots, list, target, type) {
  if (!slots.sampled.has(target)) return
  for (let slot = 0; slot < slots.entries.length; slot++) {
    const entry = slots.entries[slot]
    if (entry?.kind.pool !== 'listener' || entry.owner !== undefined || entry.type !== type) continue
    if (slots.target(slot) !== target) continue
    entry.owner = list
    slots.ledger.adopt(slot, list)
  }
}

/** Follows a list that Node warned of. @param {Slots} slots @param {Family} family @param {object} target @param {string | symbol} type */
function warn(slots, family, target, type) {
  const slot = list(slots, family, target, type, labelOf(target, type), '')
  if (slot !== undefined) slots.ledger.warn(slot)
}

module.exports = { list, standsIn, warn }
