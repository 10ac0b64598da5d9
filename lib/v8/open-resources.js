// @ts-check
// Whether what the system lends to a program is still held, read from the objects themselves. Runs no code of theirs.
'use strict'

const { symbolOf } = require('./listener-lists.js')

/** AbortSignal.timeout() cannot be taken back, and ends by itself: up to this delay, in milliseconds, nothing can pile up. */
const SIGNAL_LIMIT_MS = 120_000

/** @param {{ kind: string, delayMs?: unknown }} timer as the hooks tell of it */
const endsByItself = ({ kind, delayMs }) =>
  kind === 'AbortSignal.timeout' && typeof delayMs === 'number' && delayMs <= SIGNAL_LIMIT_MS

/** @type {Record<string, (object: any) => boolean>} by type of resource */
const IS_OPEN = {
  TCPSocketWrap: (socket) => !socket.destroyed,
  UDPWrap: (socket) => socket[symbolOf(socket, 'state symbol') ?? 'state']?.handle !== null,
  ProcessWrap: (child) => child.exitCode === null && child.signalCode === null,
  Worker: (worker) => worker.threadId !== -1,
  FSEventWrap: (watcher) => watcher._handle !== null,
  StatWatcher: (watcher) => watcher._handle !== null
}

module.exports = { IS_OPEN, endsByItself }
