// @ts-check
// Sampled handles of Node's: sockets, servers, watchers, child processes, streams of files.
'use strict'

const { IS_OPEN } = require('../../v8/open-resources.js')
const { hasEnded } = require('../../watch/own-data.js')
const { GONE } = require('./kind.js')

/** @typedef {import('./kind.js').Kind} Kind */

/** What a server has accepted is its client's until that has gone. @type {Kind} */
const ACCEPTED = {
  pool: 'resource',
  read(slots, slot) {
    const socket = slots.target(slot)
    if (!socket || !IS_OPEN.TCPSocketWrap(socket)) return GONE
    return hasEnded(socket) ? slots.entry(slot).weight : 0
  }
}

/** @type {Kind} */
const STREAM = {
  pool: 'resource',
  read(slots, slot) {
    const stream = /** @type {any} */ (slots.target(slot))
    if (!stream || stream.closed) return GONE
    return typeof stream.fd === 'number' ? slots.entry(slot).weight : 0
  }
}

/** @param {(object: object) => boolean} isOpen @returns {Kind} */
const handle = (isOpen) => ({
  pool: 'resource',
  read(slots, slot) {
    const object = slots.target(slot)
    return object && isOpen(object) ? slots.entry(slot).weight : GONE
  }
})

/** @type {Record<string, Kind>} */
const KINDS = { stream: STREAM }
for (const [type, isOpen] of Object.entries(IS_OPEN)) KINDS[type] = handle(isOpen)

/**
 * @param {import('./kind.js').Slots} slots @param {{ type: string, object: object, weight: number, site: string }} record
 * @param {boolean} isAccepted by a server whose connections are counted apart
 */
function add(slots, { type, object, weight, site }, isAccepted) {
  const label = type === 'stream' ? 'fd:file' : type
  slots.claim(label, site, object, { kind: isAccepted ? ACCEPTED : KINDS[type], weight })
}

module.exports = { add }
