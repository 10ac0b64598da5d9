// @ts-check
// What all kinds of slots have in common: how they are told apart, what stands in one, when it is gone. Knows no kind.
'use strict'

/** What is read of a slot whose object is gone. */
const GONE = -1

/** @typedef {import('../../v8/listener-lists.js').Family} Family */
/** @typedef {import('../slots.js').SlotsLike} Slots */

/**
 * A kind of slot: where it counts and how it is read.
 * @typedef {object} Kind
 * @property {string} pool
 * @property {(slots: Slots, slot: number) => number} read what it holds now, or GONE
 * @property {boolean} [isProven] only collections tell what of it is kept
 */

/**
 * What stands in one slot besides its weak reference.
 * @typedef {object} Entry
 * @property {Kind} kind
 * @property {number} weight
 * @property {number} born major collections so far when it was made
 * @property {string | symbol} [type]
 * @property {Family} [family]
 * @property {number} [owner] slot of the list it stands in
 * @property {WeakRef<object>} [listener]
 * @property {number} [hint] where in the list it was put
 * @property {number} [confirmedAt] length at which the samples of this list were last confirmed
 * @property {number} [endsAtMs] when a promise is settled at the latest
 * @property {number} [confirmedTick] when the samples of this list were last confirmed
 * @property {boolean} [isWeak] it may stand in its list though only garbage refers to it
 * @property {number} [fd]
 * @property {number} [points] identity of what the descriptor pointed at
 * @property {number} [provenAt] age in major collections at which it was last seen to live
 * @property {number} [held] a reading that is renewed after a collection only
 * @property {number} [listened] dependents that have listeners
 * @property {number} [readFrom] the tick from which on it is renewed
 */

module.exports = { GONE }
