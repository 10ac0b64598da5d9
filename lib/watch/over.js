// @ts-check
// Whether a life is over, by kind: read off the object itself, since Node announces hardly any end. Runs no code of the
// program. Knows fields of Node's, not who asks.
'use strict'

const { isClosed, own, ownSymbol } = require('./own-data.js')

/** A message that was sent: set on all ends, an abort and a destroy() too. @param {any} message */
const isSent = (message) => own(message, '_closed') === true || own(message, 'destroyed') === true

/** A message that came whole, or whose connection is gone. @param {any} message */
const isReceived = (message) => own(message, 'complete') === true || isClosed(own(message, 'socket')) === true

/**
 * What is undefined has been collected: a request without its answer is judged alone.
 * @type {Record<string, { many: string, isRare?: boolean, isOver: (...parts: any[]) => boolean }>}
 */
const LIVES = {
  'server request': {
    many: 'server requests',
    isOver: (request, response) =>
      (response === undefined || isSent(response)) && (request === undefined || isReceived(request))
  },
  'client request': {
    many: 'client requests',
    isOver: (request) => {
      const response = own(request, 'res')
      return own(request, '_closed') === true && (!response || isReceived(response))
    }
  },
  'server socket': { many: 'server sockets', isOver: (socket) => isClosed(socket) === true },
  'client socket': { many: 'client sockets', isOver: (socket) => isClosed(socket) === true },
  'server stream': { many: 'HTTP/2 server streams', isOver: (stream) => isClosed(stream) === true },
  'client stream': { many: 'HTTP/2 client streams', isOver: (stream) => isClosed(stream) === true },
  'child process': {
    many: 'child processes',
    isRare: true,
    isOver: (child) => typeof own(child, 'exitCode') === 'number' || typeof own(child, 'signalCode') === 'string'
  },
  worker: { many: 'workers', isRare: true, isOver: (worker) => ownSymbol(worker, 'kHandle') === null }
}

/**
 * The route that a framework found for a request, as a pattern and never the URL. Express and what stands on it (Nest)
 * leave it on the request; others keep it in objects of their own, which a graph finds.
 * @param {any} request @returns {string | undefined}
 */
function routeOf(request) {
  const pattern = own(own(request, 'route'), 'path')
  // A program's own code may leave a URL there.
  if (typeof pattern !== 'string' || /#|\?.*=/.test(pattern)) return undefined
  const method = own(request, 'method')
  return `${typeof method === 'string' ? `${method.slice(0, 10)} ` : ''}${pattern.slice(0, 100)}`
}

module.exports = { LIVES, routeOf }
