// @ts-check
// Sampled file descriptors: numbers that the system gives out again, so that what each points at is looked at.
'use strict'

const { GONE } = require('./kind.js')

/** @typedef {import('./kind.js').Slots} Slots */

/** Renewed by `scan`, which costs a system call each: until then it does not count. @type {import('./kind.js').Kind} */
const DESCRIPTOR = { pool: 'descriptor', read: (slots, slot) => slots.page[slot] }

/** @param {Slots} slots @param {{ fd: number, weight: number, site: string }} record */
function add(slots, { fd, weight, site }) {
  const found = slots.native.descriptor(fd)
  if (!found) return // closed since, or a system that does not tell
  const before = slots.byDescriptor.get(fd)
  // The number was free, so what had it before has been closed.
  if (before !== undefined && slots.entries[before]?.fd === fd) slots.page[before] = GONE
  const entry = { kind: DESCRIPTOR, weight, fd, points: found.identity }
  const slot = slots.claim(`fd:${found.kind}`, site, undefined, entry)
  if (slot !== undefined) slots.byDescriptor.set(fd, slot)
}

/** Looks at all open descriptors, and whether the sampled ones are still what they were. @param {Slots} slots */
function scan(slots) {
  /** @type {number[]} */
  const sampled = []
  for (let slot = 0; slot < slots.entries.length; slot++)
    if (slots.entries[slot]?.kind === DESCRIPTOR) sampled.push(slot)
  const seen = slots.native.scanDescriptors(sampled.map((slot) => /** @type {number} */ (slots.entry(slot).fd)))
  if (!seen) return
  sampled.forEach((slot, i) => {
    const entry = slots.entry(slot)
    if (slots.page[slot] === GONE) return
    const isOpen = seen.identities[i] === entry.points
    slots.page[slot] = isOpen ? entry.weight : GONE
    if (!isOpen && slots.byDescriptor.get(/** @type {number} */ (entry.fd)) === slot) {
      slots.byDescriptor.delete(/** @type {number} */ (entry.fd))
    }
  })
  return seen
}

module.exports = { add, scan }
